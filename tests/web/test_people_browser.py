"""Signing in and users in a browser: in Polish and in English, by mouse and by screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.mail_server import mail_server
from tests.web.people import (
    PASSWORD,
    code,
    forget_attempts,
    guarded,
    link_in,
    person,
    send_posts,
    wait_for_mail,
)
from tests.web.portal import Portal, accessible


@pytest.fixture(scope="module")
def portal(shared_database: str, browser: Browser) -> Iterator[Portal]:
    """The pages, with a browser."""
    with guarded(shared_database, LICZNIK_SMTP_URL="smtp+plain://localhost:9") as own:
        own.browser = browser
        yield own


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages are put, to be looked at."""
    return tmp_path_factory.mktemp("people")


def sign_in(page: Page, email: str, words: tuple[str, str, str]) -> None:
    """Fills in the form; ``words`` are its labels and button."""
    address, password, button = words
    page.get_by_label(address).fill(email)
    page.get_by_label(password).fill(PASSWORD)
    page.get_by_role("button", name=button).click()


POLISH = ("Adres e-mail", "Hasło", "Zaloguj się")
ENGLISH = ("E-mail address", "Password", "Sign in")


def test_sign_in_set_up_an_app_and_sign_in_with_it(portal: Portal, pictures: Path) -> None:
    """From the sign-in page to the profile and back, in Polish."""
    own = person(portal)
    page = portal.browser_page()
    page.goto("/profile")
    accessible(page)
    page.screenshot(path=pictures / "sign-in.png")
    sign_in(page, own.email, POLISH)
    accessible(page)
    page.screenshot(path=pictures / "profile.png", full_page=True)
    page.get_by_role("button", name="Włącz").click()
    page.get_by_text("Nie mogę zeskanować").click()
    secret = page.locator("details code").inner_text().replace(" ", "")
    accessible(page)
    page.screenshot(path=pictures / "setup.png", full_page=True)
    page.get_by_label("Kod").fill(code(secret))
    page.get_by_role("button", name="Włącz").click()
    accessible(page)
    page.screenshot(path=pictures / "codes.png", full_page=True)
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="Kody są zapisane").click()
    page.get_by_role("button", name="Wyloguj", exact=True).click()
    sign_in(page, own.email, POLISH)
    accessible(page)
    page.screenshot(path=pictures / "code.png")
    page.get_by_label("Kod").fill(recovery)
    page.get_by_role("button", name="Dalej").click()
    page.goto("/profile")
    assert "Zostało 9 kodów zapasowych." in page.inner_text("main")


def test_an_administrator_adds_and_blocks_a_user(portal: Portal, pictures: Path) -> None:
    """In English, on a dark screen; the invitation leads to a password."""
    own = person(portal, "admin")
    forget_attempts(portal)
    page = portal.browser_page(language="en", dark=True)
    page.goto("/users")
    sign_in(page, own.email, ENGLISH)
    page.get_by_label("E-mail address").fill("ewa@example.com")
    page.get_by_label("First and last name").fill("Ewa Lis")
    page.get_by_label("Role").select_option("Sales")
    page.get_by_role("combobox", name="Language").select_option("English")
    accessible(page)
    page.screenshot(path=pictures / "users.png", full_page=True)
    page.get_by_role("button", name="Add and invite").click()
    assert "The user is added" in page.inner_text(".said")
    accessible(page)
    page.screenshot(path=pictures / "user.png", full_page=True)
    with mail_server() as box:
        send_posts(portal, box)
        box.taken.sort(key=lambda sent: sent.rcpt_tos == ["ewa@example.com"])
        link = link_in(box)
    page.get_by_role("button", name="Block", exact=True).click()
    assert "The user is blocked and signed out." in page.inner_text(".said")
    guests = portal.browser_page(language="en", phone=True)
    guests.goto(link)
    assert guests.locator("h1").inner_text() == "The link is over"
    accessible(guests)


def test_an_invitation_on_a_phone(portal: Portal, pictures: Path) -> None:
    """A password, then in."""
    own = person(portal, "customer", password=None)
    forget_attempts(portal)
    page = portal.browser_page(phone=True)
    page.goto("/signin")
    page.get_by_role("link", name="Nie pamiętam hasła").click()
    page.get_by_label("Adres e-mail").fill(own.email)
    accessible(page)
    page.screenshot(path=pictures / "phone-ask.png")
    page.get_by_role("button", name="Wyślij odnośnik").click()
    accessible(page)
    with mail_server() as box:
        wait_for_mail(portal)
        send_posts(portal, box)
        page.goto(link_in(box))
    accessible(page)
    page.get_by_label("Nowe hasło").fill("krótkie")
    page.get_by_label("To samo jeszcze raz").fill("krótkie")
    page.get_by_role("button", name="Zapisz i zaloguj").click()
    accessible(page)
    page.screenshot(path=pictures / "phone-password.png")
    page.get_by_label("Nowe hasło").fill(PASSWORD)
    page.get_by_label("To samo jeszcze raz").fill(PASSWORD)
    page.get_by_role("button", name="Zapisz i zaloguj").click()
    page.goto("/profile")
    page.screenshot(path=pictures / "phone-profile.png", full_page=True)
    accessible(page)


def test_a_wrong_password_is_said_on_the_page(portal: Portal) -> None:
    """Which keeps the address, and everybody can use it."""
    page = portal.browser_page(language="en")
    page.goto("/signin")
    sign_in(page, "nobody@example.com", ENGLISH)
    assert page.get_by_role("alert").inner_text() == WRONG
    assert page.get_by_label("E-mail address").input_value() == "nobody@example.com"
    accessible(page)


WRONG = "This e-mail address and password do not fit together."
