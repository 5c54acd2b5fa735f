"""The pages of exports in a browser: by everybody, in both languages, followed while made."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entrypoints.cli.session import clock
from metering.calendar import local_day
from tests.web.portal import Portal, accessible

YESTERDAY = local_day(clock()) - timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def awake(portal: Portal) -> None:
    """The service answers: a browser waits for a shorter time than a slow machine may need."""
    assert portal.visit().get("/register").status_code == 200


@pytest.mark.parametrize(("language", "done"), [("pl", "gotowe"), ("en", "ready")])
def test_a_customer_exports_and_sees_it_done(
    browsed: Portal, tmp_path: Path, language: str, done: str
) -> None:
    """The page follows by itself, and the file is saved."""
    page = browsed.browser_page("customer", language)
    page.goto("/orders/acme-main/export")
    accessible(page)
    page.fill("#from", str(YESTERDAY))
    page.fill("#to", str(YESTERDAY))
    page.select_option("#format", "xlsx")
    page.locator("main form button").click()
    page.get_by_text(done, exact=True).wait_for()
    page.locator("main a[href*='/files/']").wait_for()
    accessible(page)
    with page.expect_download() as saved:
        page.locator("main a[href*='/files/']").click()
    saved.value.save_as(tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")


@pytest.mark.parametrize("dark", [False, True])
def test_pages_can_be_used_by_everybody(browsed: Portal, *, dark: bool) -> None:
    """Also on a phone, where nothing is wider than the screen."""
    for role, path in (("finance", "/finance/data-requests"), ("", "/register")):
        page = browsed.browser_page(role, phone=True, dark=dark)
        page.goto(path)
        accessible(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_problems_are_said_to_those_who_do_not_see_them(browsed: Portal) -> None:
    """Tied to their fields."""
    page = browsed.browser_page("finance", "en")
    page.goto("/finance/data-requests")
    for name, text in {"account": "acme", "person": "x", "checked": "y", "fee": "-1"}.items():
        page.fill(f"#{name}", text)
    page.locator("main form button").click()
    assert page.locator("#account").get_attribute("aria-invalid") == "true"
    accessible(page)
