"""The platform's page in a browser: it renews itself, and says when it cannot."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import Server, held
from tests.serving import sms
from tests.waiting import PATIENCE
from tests.web.answering import ready
from tests.web.portal import Portal, accessible, running_portal
from tests.web.test_platform_pages import PAGES, now, reserve

SOON = PATIENCE * 1000
"""Milliseconds."""
AT_MOST_SECONDS = 8
"""A stream that held up a stop would do so for half a minute."""


@pytest.fixture
def looked_at(browsed: Portal) -> Page:
    """The platform's page, once its stream is open."""
    return opened(browsed)


def opened(portal: Portal) -> Page:
    """The page of a service that has started."""
    ready(portal)
    page = portal.browser_page("platform", "en")
    with page.expect_response("**/platform/live", timeout=SOON):
        page.goto("/platform", timeout=SOON)
    return page


def test_events_show_without_a_reload(browsed: Portal, looked_at: Page) -> None:
    """Some hundreds of them, sent while somebody looks; the page is the same one."""
    looked_at.evaluate("window.kept = true")
    for batch in range(6):
        browsed.service.send(*(sms(f"live-{batch}-{n}") for n in range(50)))
    figure = looked_at.locator("#intake .figure").last
    expect(figure).to_have_text("300", timeout=SOON)
    assert looked_at.evaluate("window.kept")


def test_a_limit_that_passes_80_per_cent_appears(browsed: Portal, looked_at: Page) -> None:
    """A full one is told to those who do not see, too; where one was is where one stays."""
    looked_at.locator("#limits").get_by_text("No limit").wait_for()
    browsed.service.send(held("queues", 10, now(), "live-q-1"))
    row = looked_at.locator("#limits tr", has_text="acme-main")
    expect(row).to_contain_text("86.67", timeout=SOON)
    browsed.service.send(held("queues", 2, now(), "live-q-2"))
    news = looked_at.locator("#news[role=status]")
    expect(news).to_contain_text("1 limit is full", timeout=SOON)


def test_a_reservation_is_released_from_the_page(browsed: Portal, looked_at: Page) -> None:
    """Its button works in a part that has been renewed, and keeps the focus there."""
    reserve(browsed, "seat-live")
    button = looked_at.get_by_role("button", name="Release seat-live")
    button.focus(timeout=SOON)
    reserve(browsed, "seat-more", "ewa@acme.example")
    looked_at.get_by_text("seat-more").wait_for(timeout=SOON)
    expect(button).to_be_focused()
    button.press("Enter")
    expect(looked_at.locator(".said")).to_have_text("The reservation is released.")


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_the_pages(
    browsed: Portal, path: str, language: str, tmp_path: Path
) -> None:
    """By screen reader and keyboard; nothing is wider than a phone."""
    page = browsed.browser_page("platform", language, phone=language == "en", dark=language == "en")
    page.goto(path)
    accessible(page)
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_without_scripts_the_page_says_the_same(browsed: Portal) -> None:
    """What it shows is there when it is loaded."""
    assert "Events coming in" in browsed.visit("platform").get("/platform").text


# Stopping, on a service of the test's own


def test_a_stop_ends_the_streams_and_the_page_says_so(
    server: Server, template: str, browser: Browser
) -> None:
    """With several who look; the service does not wait for them to go."""
    with server.database(template) as url, running_portal(url) as portal:
        portal.browser = browser
        page = opened(portal)
        client = portal.visit("platform").client
        with client.stream("GET", "/platform/live") as stream:
            assert "event: part" in next(stream.iter_text())
            begun = time.monotonic()
            assert portal.service.stop() == 0
            assert time.monotonic() - begun < AT_MOST_SECONDS
        expect(page.locator("[data-lost]")).to_be_visible(timeout=SOON)


def test_the_stream_is_for_those_who_may_look(portal: Portal) -> None:
    """A customer may not, and who is not signed in is asked to."""
    assert portal.visit("customer").get("/platform/live").status_code == 403
    assert portal.visit().get("/platform/live").status_code == 303
