"""What all pages have in common: their frame, errors, headers, languages, forms."""

from __future__ import annotations

import pytest

from entrypoints.web.redirects import local_path
from tests.web.portal import Portal, accessible

FOREIGN = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
    "/a b",
    "/a\r\nSet-Cookie: x=1",
    "",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_nobody_is_sent_to_another_site(address: str) -> None:
    """Whatever stands in the place of a page of ours."""
    assert local_path(address) == "/"


@pytest.mark.parametrize("path", ["/", "/orders/acme-main?period=2025-10", "/invoices/FV/2025/1"])
def test_a_page_of_ours_is_gone_on_to(path: str) -> None:
    """With its question."""
    assert local_path(path) == path


def test_who_is_not_signed_in_is_asked_to(portal: Portal) -> None:
    """And comes back to what was asked for."""
    answer = portal.visit().get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=%2F")


def test_an_unknown_page_says_so(portal: Portal) -> None:
    """In the language of the visitor, with the number of the request."""
    answer = portal.visit("finance", language="pl").get("/nothing")
    assert answer.status_code == 404
    assert "Nie ma takiej strony." in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_the_language_is_kept(portal: Portal) -> None:
    """In the browser, when somebody has chosen it."""
    visit = portal.visit("finance", language="pl")
    assert visit.get("/language/en?next=//evil.example").headers["location"] == "/"
    assert 'lang="en"' in visit.get("/nothing").text


def test_every_page_forbids_what_it_does_not_need(portal: Portal) -> None:
    """No script but ours, nothing from elsewhere, no frame, nothing kept."""
    headers = portal.visit().get("/nothing").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_style_and_script_may_be_kept(portal: Portal) -> None:
    """Their address changes with them; no other file is given out."""
    visit = portal.visit()
    assert "immutable" in visit.get("/static/style.css").headers["cache-control"]
    assert visit.get("/static/..%2fapp.py").status_code == 404


def test_an_error_is_a_page_that_everybody_can_use(browsed: Portal) -> None:
    """By screen reader and keyboard, in light and dark."""
    for dark in (False, True):
        page = browsed.browser_page("finance", dark=dark)
        page.goto("/nothing")
        accessible(page)
