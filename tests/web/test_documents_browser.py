"""Documents, service level and notices in a real browser: the main path, and for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import value
from tests.web.documented import SERVED, number_of
from tests.web.portal import Portal, accessible


@pytest.fixture(scope="module")
def shelf(papers: Portal, browser: Browser) -> Portal:
    """The pages of documents, with a browser."""
    papers.browser = browser
    return papers


def paths(portal: Portal) -> dict[str, str]:
    """Every page of documents, service and notices."""
    note = value(portal.database, "SELECT number FROM invoice WHERE kind = 'note'")
    correction = value(portal.database, "SELECT number FROM invoice WHERE kind = 'correction'")
    return {
        "list": "/invoices",
        "invoice": f"/invoices/{number_of(portal.database, 'acme-main')}",
        "correction": f"/invoices/{correction}",
        "note": f"/invoices/{note}",
        "service": f"/orders/{SERVED}/service?period=2025-11",
        "report": f"/orders/{SERVED}/incidents/new",
        "notices": "/orders/acme-main/notices",
        "wrong": "/invoices?period=2025-13",
    }


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_can_be_used_by_all(
    shelf: Portal, language: str, dark: bool, tmp_path: Path
) -> None:
    """By screen reader and keyboard, on a desk and on a phone, with one heading."""
    for name, path in paths(shelf).items():
        page = shelf.browser_page("customer", language, phone=dark, dark=dark)
        page.goto(path)
        page.screenshot(path=tmp_path / f"{name}-{language}.png", full_page=True)
        expect(page.locator("h1")).to_have_count(1)
        accessible(page)
        assert fits(page), path


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window; wide tables scroll in their own boxes."""
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return bool(width <= 0)


def test_a_customer_finds_an_invoice_and_its_document(shelf: Portal) -> None:
    """From the list to the PDF, in Polish."""
    number = number_of(shelf.database, "acme-main")
    page = shelf.browser_page("customer", "pl")
    page.goto("/invoices")
    page.get_by_label("Zamówienie").fill("acme-main")
    page.get_by_role("button", name="Pokaż").click()
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Faktura {number}")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF (PL)").click()
    assert download.value.suggested_filename == f"{number.replace('/', '-')}.pdf"


def test_a_customer_claims_with_the_keyboard(shelf: Portal) -> None:
    """In English; the page says that a person decides."""
    page = shelf.browser_page("customer", "en")
    page.goto(f"/orders/{SERVED}/service")
    page.get_by_role("button", name="File a claim").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The claim is filed. A person decides on it.")
    expect(page.locator("#claim")).to_contain_text("filed, a person decides on it")


def test_a_customer_is_told_by_mail_from_now_on(shelf: Portal) -> None:
    """And no more, in Polish."""
    page = shelf.browser_page("customer", "pl")
    page.goto("/orders/acme-main/notices")
    page.get_by_role("button", name="Powiadamiaj ten adres").click()
    expect(page.locator("#told li")).to_contain_text("customer.acme@example.com")
    page.get_by_role("button", name="Usuń customer.acme@example.com").click()
    expect(page.locator("#told")).to_contain_text("Na razie nikt.")
