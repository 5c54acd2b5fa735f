"""What will I pay this month, and why: from signing in down to an event, in a browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from entrypoints.cli.session import clock
from metering.calendar import local_day
from tests.running import record, used
from tests.web.portal import Portal, accessible

YESTERDAY = local_day(clock()) - timedelta(days=1)
PERIOD = str(YESTERDAY)[:7]
TEXTS = {
    "en": {"sms": "SMS, overage", "table": "As a table", "why": "How it was reckoned"},
    "pl": {"sms": "SMS-y ponad limit", "table": "Jako tabela", "why": "Jak to policzono"},
}


@pytest.fixture(scope="module", autouse=True)
def lively(portal: Portal) -> None:
    """6000 SMS on yesterday: more than the pack has. The service has begun to answer."""
    record(portal.database, used("sms", 6000, f"{YESTERDAY}T10:00:00+01:00", "many"))
    portal.visit("customer").get("/orders/acme-main/meters/sms")


@pytest.mark.parametrize("language", ["pl", "en"])
def test_what_will_i_pay_and_why(browsed: Portal, language: str) -> None:
    """The first page says what; one click says why, a second one shows the day."""
    page, words = browsed.browser_page("customer", language), TEXTS[language]
    page.goto("/")
    expect(page).to_have_url(re.compile("/orders/acme-main$"))
    page.goto(f"/orders/acme-main?period={PERIOD}")
    accessible(page)
    page.get_by_role("link", name=words["sms"]).click()
    expect(page.get_by_role("heading", name=words["why"])).to_be_visible()
    accessible(page)
    page.get_by_text(words["table"]).click()
    page.locator(f"a[href$='/days/{YESTERDAY}']").first.click()
    expect(page.get_by_text("many")).to_be_visible()
    accessible(page)


def test_a_month_is_chosen_by_keyboard(browsed: Portal) -> None:
    """The list of months, then the button."""
    page = browsed.browser_page("customer", "en")
    page.goto("/orders/acme-main")
    choice = page.get_by_label("Month", exact=True)
    choice.focus()
    choice.select_option("2025-10")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("period=2025-10"))


def paths(page: Page) -> list[str]:
    """The pages of usage, with a line of the invoice that the account's page names."""
    page.goto("/accounts/acme")
    invoice = page.locator("a[href^='/invoices/']", has_text="FV/").first.get_attribute("href")
    meter = "/orders/acme-main/meters"
    return ["/accounts/acme", "/orders/acme-main?period=2025-10", f"{meter}/records?period=2025-10",
            f"{meter}/sms/days/2025-10-03", f"{invoice}/lines/1"]  # fmt: skip


@pytest.mark.parametrize(("phone", "dark"), [(True, False), (False, True)])
def test_every_page_is_fit_for_phones_and_for_the_dark(
    browsed: Portal, phone: bool, dark: bool
) -> None:
    """Nothing is wider than the screen, and everything can be read."""
    page = browsed.browser_page("customer", "pl", phone=phone, dark=dark)
    for path in paths(page):
        page.goto(path)
        accessible(page)
        assert page.evaluate(FITS), path


FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
