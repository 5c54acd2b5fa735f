"""What a hostile site, page or name cannot do: forms, sessions, redirects, cookies, headers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from hashlib import sha256

import httpx
import pytest

from entrypoints.people import passwords
from tests.running import change, value
from tests.web.people import (
    PASSWORD,
    forget_attempts,
    guarded,
    guest,
    is_in,
    person,
    session_of,
    signed_in,
    token_in,
    try_password,
)
from tests.web.portal import Portal, Visit

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "%2f%2fevil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    " //evil.example",
]
HOSTILE = [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ('"><img src=x onerror=alert(1)>', "&#34;&gt;&lt;img src=x onerror=alert(1)&gt;"),
    ("' onmouseover='alert(1)", "&#39; onmouseover=&#39;alert(1)"),
    ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ("Anna\u202eawoN", "AnnaawoN"),
]
"""What somebody is called, and how it stands in a page."""


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[Portal]:
    """The pages."""
    with guarded(shared_database) as own:
        yield own


@pytest.fixture(autouse=True)
def fresh(portal: Portal) -> None:
    """No test waits for another one's attempts."""
    forget_attempts(portal)


def rename(visit: Visit, **given: str) -> httpx.Response:
    """Sends the form of the profile."""
    return visit.client.post("/profile", data={"name": "Ewa Lis", "language": "pl", **given})


def test_a_form_without_its_token_is_not_taken(portal: Portal) -> None:
    """Missing, empty, made up."""
    visit = signed_in(portal, person(portal))
    for given in ({}, {"form_token": ""}, {"form_token": "0" * 64}):
        assert rename(visit, **given).status_code == 403
    assert rename(visit, form_token=visit.form_token).status_code == 303


def test_a_token_of_another_session_is_not_taken(portal: Portal) -> None:
    """Be it another user's, or one of the same user."""
    own = person(portal)
    visit = signed_in(portal, own)
    for other in (signed_in(portal, person(portal)), signed_in(portal, own), guest(portal)):
        assert rename(visit, form_token=other.form_token).status_code == 403


def test_a_form_of_another_site_is_not_taken(portal: Portal) -> None:
    """Even with the right token, if the browser says where it comes from."""
    visit = signed_in(portal, person(portal))
    visit.client.headers["sec-fetch-site"] = "cross-site"
    assert rename(visit, form_token=visit.form_token).status_code == 403


def test_nobody_is_signed_in_as_somebody_else_by_another_site(portal: Portal) -> None:
    """The sign-in form has a token too, tied to the browser."""
    own, visit = person(portal), guest(portal)
    visit.form_token = guest(portal).form_token
    assert try_password(visit, own.email).status_code == 403
    visit.client.cookies.clear()
    assert try_password(visit, own.email).status_code == 403


def test_a_planted_session_stays_closed(portal: Portal) -> None:
    """Signing in gives a new token, whatever the browser had before."""
    own, visit = person(portal), guest(portal)
    visit.client.cookies.set("licznik_session", "planted" * 6)
    visit.form_token = token_in(visit.get("/signin"))
    assert try_password(visit, own.email).status_code == 303
    thief = portal.visit()
    thief.client.cookies.set("licznik_session", "planted" * 6)
    assert (is_in(visit), is_in(thief)) == (True, False)


def test_signing_in_again_ends_the_session_before(portal: Portal) -> None:
    """A browser has one session, and its token changes with every sign-in."""
    own = person(portal)
    visit = signed_in(portal, own)
    before = session_of(visit)
    kept = sha256(before.encode()).digest()
    again = visit.post("/signin", email=own.email, password=PASSWORD, next="/profile")
    assert again.status_code == 303
    counted = "SELECT count(*) FROM web_session WHERE token_hash = %s"
    assert value(portal.database, counted, kept) == 0


def test_a_session_is_kept_as_a_hash(portal: Portal) -> None:
    """Who reads the database cannot sign in with what is there."""
    token = session_of(signed_in(portal, person(portal)))
    counted = "SELECT count(*) FROM web_session WHERE token_hash = %s"
    assert value(portal.database, counted, sha256(token.encode()).digest()) == 1


def test_a_session_ends_when_nothing_is_done_or_after_its_time(portal: Portal) -> None:
    """Two hours idle, twelve in all."""
    idle, old = (signed_in(portal, person(portal)) for _ in range(2))
    for visit, column, hours in ((idle, "seen_at", 2), (old, "created_at", 12)):
        aged = (
            f"UPDATE web_session SET {column} = now() - %s * interval '1 hour' WHERE token_hash=%s"
        )
        change(portal.database, aged, hours, sha256(session_of(visit).encode()).digest())
        assert not is_in(visit)


@pytest.mark.parametrize("then", ELSEWHERE)
def test_signing_in_leads_to_pages_of_ours_alone(portal: Portal, then: str) -> None:
    """Whatever somebody put into the address of the sign-in page."""
    visit, own = guest(portal), person(portal)
    assert "evil.example" not in visit.client.get("/signin", params={"next": then}).text.replace(
        "%2f%2fevil.example", ""
    )
    place = try_password(visit, own.email, then=then).headers["location"]
    assert httpx.URL("http://ours.example").join(place).host == "ours.example"


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """The cookies that an answer brings, with their attributes, in lower case."""
    found = [own.lower() for own in answer.headers.get_list("set-cookie")]
    return {own.partition("=")[0]: own for own in found}


def test_a_session_cookie_is_for_us_alone(portal: Portal) -> None:
    """No script reads it, no other site sends it."""
    answer = try_password(guest(portal), person(portal).email)
    cookie = cookies_of(answer)["licznik_session"]
    assert ("httponly" in cookie, "samesite=lax" in cookie, "path=/" in cookie) == (True,) * 3
    assert "domain=" not in cookie


def test_behind_tls_cookies_travel_no_other_way(shared_database: str) -> None:
    """Under a prefix that no other host can set."""
    with guarded(shared_database, LICZNIK_PUBLIC_URL="https://billing.example.com") as portal:
        answer = portal.visit().get("/signin")
        cookie = cookies_of(answer)["__host-licznik_guest"]
        assert ("secure" in cookie, "path=/" in cookie) == (True, True)
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", ["/signin", "/signin/link", "/profile", "/users", "/nothing"])
def test_every_page_tells_the_browser_what_it_may_not(portal: Portal, path: str) -> None:
    """No foreign script or frame, no guessing, no address for others, nothing kept."""
    headers = signed_in(portal, person(portal)).get(path).headers
    policy = headers["content-security-policy"]
    for own in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
        assert own in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("name", "shown"), HOSTILE)
def test_a_hostile_name_is_shown_and_does_nothing(portal: Portal, name: str, shown: str) -> None:
    """On one's own page, and on the administrator's."""
    own, admin = person(portal), signed_in(portal, person(portal, "admin"))
    visit = signed_in(portal, own)
    assert visit.post("/profile", name=name, language="en").status_code == 303
    for text in (visit.get("/profile").text, admin.get(f"/users/{own.id}").text):
        assert shown in text
        assert name == shown or name not in text


def test_a_hostile_address_is_shown_again_and_does_nothing(portal: Portal) -> None:
    """In the sign-in form."""
    text = try_password(guest(portal), '"><script>alert(1)</script>', "x").text
    assert "<script>alert" not in text


def test_a_name_with_control_characters_is_not_taken(portal: Portal) -> None:
    """It could break lines of an e-mail or a log."""
    visit = signed_in(portal, person(portal))
    assert visit.post("/profile", name="Anna\r\nBcc: x", language="en").status_code == 422


def test_who_asks_cannot_tell_users_from_strangers_by_the_time() -> None:
    """A stranger's password is hashed as well, with the same parameters."""
    kept = passwords.hashed(PASSWORD)
    passwords.opens(None, "warm")
    times: dict[str | None, list[float]] = {kept: [], None: []}
    for _ in range(9):
        for own, taken in times.items():
            begun = time.perf_counter()
            assert not passwords.opens(own, "a wrong password")
            taken.append(time.perf_counter() - begun)
    known, unknown = (min(own) for own in times.values())
    assert abs(known - unknown) < statistics.mean([known, unknown]) / 2


def test_a_very_long_password_is_refused_at_once(portal: Portal) -> None:
    """It does not keep the service busy."""
    assert try_password(guest(portal), "a@example.com", "x" * 500_000).status_code == 422
