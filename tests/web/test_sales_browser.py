"""The way of sales in a browser: from an empty form to a link that a prospect opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.waiting import eventually
from tests.web.portal import Portal, accessible

WORDS = {
    "pl": {
        "new": "Nowy model",
        "name": "Nazwa przyszłego klienta",
        "people": "Osoby pracujące jednocześnie",
        "months": "Liczba miesięcy",
        "see": "Zapisz i zobacz, ile to kosztuje",
        "best": "Najtańszy plan",
        "even": "Kiedy opłaca się inny pakiet",
        "loss": "Ile kosztowałyby awarie",
        "issue": "Wystaw ofertę",
        "link": "Utwórz link",
    },
    "en": {
        "new": "New model",
        "name": "Name of the prospect",
        "people": "People at work at a time",
        "months": "Months ahead",
        "see": "Save and see what it costs",
        "best": "The cheapest plan",
        "even": "Where another package wins",
        "loss": "What outages would cost",
        "issue": "Issue the offer",
        "link": "Make a link",
    },
}


@pytest.fixture(scope="module", autouse=True)
def _loaded(portal: Portal) -> None:
    """The service has loaded all that it works with; on a busy machine that takes a while."""
    eventually(lambda: portal.visit("sales").get("/sales").status_code == 200, "the first page")


def looked_at(page: Page, folder: Path, name: str) -> None:
    """A page that everybody can use, that is no wider than its window, as a picture."""
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "dark", "phone"), [("pl", False, False), ("en", True, True)])
def test_from_a_form_to_a_shared_offer(
    browsed: Portal, tmp_path: Path, language: str, dark: bool, phone: bool
) -> None:
    """New model, its answer, what varies, what outages cost, an offer, a link to it."""
    say = WORDS[language]
    page = browsed.browser_page("sales", language, dark=dark, phone=phone)
    page.goto("/sales")
    page.get_by_role("link", name=say["new"]).click()
    looked_at(page, tmp_path, "form")
    page.get_by_label(say["name"]).fill("Biuro Azymut")
    page.get_by_label(say["people"]).fill("5")
    page.get_by_label(say["months"]).fill("2")
    page.locator("#sms").fill("2500")
    page.get_by_role("button", name=say["see"]).click()
    page.get_by_role("heading", name=say["best"]).wait_for()
    looked_at(page, tmp_path, "model")
    model = page.url
    for part in ("even", "loss"):
        page.get_by_role("link", name=say[part]).click()
        page.get_by_role("heading", name=say[part]).wait_for()
        looked_at(page, tmp_path, part)
        page.goto(model)
    page.get_by_role("button", name=say["issue"]).click()
    page.get_by_role("button", name=say["link"]).click()
    link = page.locator("#shared-link").get_attribute("href")
    looked_at(page, tmp_path, "offer")
    assert link is not None
    guest = browsed.browser_page("", language, dark=dark, phone=phone)
    guest.goto(link)
    assert "Biuro Azymut" in guest.content()
    looked_at(guest, tmp_path, "shared")


def test_other_prices_without_a_script(browsed: Portal, tmp_path: Path) -> None:
    """A price is typed, and every order's difference is there."""
    page = browsed.browser_page("sales", "pl")
    page.goto("/sales/backtest")
    looked_at(page, tmp_path, "empty")
    page.locator("[id='overage.sms']").fill("0,05")
    page.locator("form.trial button").click()
    page.get_by_role("rowheader", name="acme-main").wait_for()
    looked_at(page, tmp_path, "backtest")


def test_the_form_is_used_by_keyboard(browsed: Portal) -> None:
    """A mistake brings the form back with what was typed, its field told as wrong."""
    page = browsed.browser_page("sales", "pl")
    page.goto("/sales/models/new")
    page.locator("#name").fill("Biuro Azymut")
    page.locator("#sms").fill("5,000")
    page.locator("#sms").press("Enter")
    page.locator("#sms[aria-invalid=true]").wait_for()
    assert page.locator("#sms").input_value() == "5,000"
    assert page.locator("#name").input_value() == "Biuro Azymut"
