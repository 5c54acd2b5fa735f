"""The console for finance in a browser: a month checked and closed, everybody able to follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.recorded_words import did, reported, time, times
from tests.running import Server, licznik, record, used
from tests.web.finance import MONTH, number_of, ready
from tests.web.portal import Portal, accessible, running_portal

BOARD = f"/finance/months/{MONTH}"
NOVEMBER = "2025-11-05T12:00:00+01:00"
PAGES = [
    BOARD,
    f"{BOARD}/drafts",
    f"{BOARD}/drafts/beta-main",
    f"{BOARD}/issue?part=whole",
    "/finance/claims",
    "/finance/claims/acme-main/2025-11",
    "/finance/incidents",
    "/finance/incidents/INC-1",
    "/finance/notes",
    "/finance/receivables",
    "/finance/payments?show=all",
    "/finance/search?q=acme",
    "/finance/exports",
    "/finance/invoices/{number}/correct?cause=annulment",
]


@pytest.fixture(scope="module")
def office(server: Server, template: str, browser: Browser) -> Iterator[Portal]:
    """The pages with drafts of November, an incident, a claim and a payment that waits."""
    with server.database(template) as url:
        record(url, used("sms", 9000, NOVEMBER, "november", order="beta-main"))
        reported(url)
        down = times(time("2025-11-10 10:00", "2025-11-10 16:00"))
        did(url, "incidents", "down", "INC-1", *down)
        filed = ("--period", MONTH, "--on", "2025-12-02", "--by", "Anna")
        did(url, "claims", "file", "acme-main", *filed)
        number = number_of(url, "acme-main")
        licznik(url, "payments", "record", number, "9000.00", "--on", "2026-01-05")
        with running_portal(url) as own:
            ready(own)
            own.browser = browser
            yield own


def seen(page: Page, path: str) -> None:
    """A page that everybody can use, and that fits into the window."""
    page.goto(path)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("look", ["desk", "phone"])
def test_every_page_can_be_used_by_everybody(office: Portal, tmp_path: Path, look: str) -> None:
    """Wide and light in Polish, narrow and dark in English; pictures lie in a folder."""
    is_phone = look == "phone"
    language = "en" if is_phone else "pl"
    page = office.browser_page("finance", language, phone=is_phone, dark=is_phone)
    number = number_of(office.database, "acme-main")
    for n, path in enumerate(PAGES):
        seen(page, path.format(number=number))
        page.screenshot(path=tmp_path / f"{look}-{n:02}.png", full_page=True)


def test_a_month_is_checked_and_closed(office: Portal) -> None:
    """From the first page: drafts, a check, the word, and the steps as they go, in Polish."""
    page = office.browser_page("finance")
    page.goto("/")
    page.get_by_role("link", name="Projekty faktur").click()
    page.goto(f"{BOARD}/drafts")
    page.get_by_label("sprawdzono acme-main").check()
    page.get_by_role("button", name="Oznacz zaznaczone").click()
    expect(page.get_by_role("status")).to_have_text("Oznaczono jako sprawdzone.")
    page.goto(BOARD)
    page.get_by_role("link", name="Zamknij miesiąc …").click()
    page.get_by_label("Wpisz miesiąc").fill(MONTH)
    page.get_by_role("button", name="Zamknij miesiąc").click()
    expect(page.locator("#run")).to_contain_text("wystawiono: 2", timeout=60_000)
    expect(page.get_by_role("link", name="Wystaw faktury …")).to_be_visible(timeout=60_000)
    expect(page.locator("#run")).to_contain_text("raport jest gotowy")
    accessible(page)


def test_a_correction_is_looked_at_and_issued(office: Portal) -> None:
    """In English; the number of the correction stands in the address afterwards."""
    page, number = office.browser_page("finance", "en"), number_of(office.database, "beta-main")
    page.goto(f"/finance/invoices/{number}/correct")
    page.get_by_label("Cause").select_option("annulment")
    page.get_by_role("button", name="Show the correction").click()
    expect(page.get_by_role("heading", name="as it would be issued")).to_be_visible()
    page.get_by_role("button", name="Issue the correction").click()
    page.wait_for_url("**/invoices/KOR/**")
