"""Values that nobody types: no page answers one with a fault of ours, and none takes long."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from entrypoints.people.passwords import opens
from entrypoints.people_settings import read_people_settings
from entrypoints.web.redirects import local_path
from tests.web.people import guarded, guest
from tests.web.portal import Portal
from tests.web.routes import ROWS

BOUNDARY = "multipart/form-data; boundary=b"
FIELD = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n%s\r\n--b--\r\n'


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[Portal]:
    """The pages."""
    with guarded(shared_database) as own:
        yield own


@pytest.mark.parametrize("role", ["admin", "customer"])
def test_a_nul_in_an_address_is_no_page(portal: Portal, role: str) -> None:
    """Nor in what is asked behind it: the database takes no such text."""
    visit = portal.visit(role)
    plain = {row.path.partition("?")[0] for row in ROWS if row.method == "GET"}
    for path in {own for own in plain if "{" not in own}:
        for asked in (f"{path}%00", f"{path}?order=a%00b"):
            assert (asked, visit.get(asked).status_code) == (asked, 404)


@pytest.mark.parametrize("fields", [{"email": "a\0@b"}, {"\0": "x"}])
def test_a_nul_in_a_form_is_refused(portal: Portal, fields: dict[str, str]) -> None:
    """In a field, or as the name of one."""
    assert guest(portal).post("/signout", **fields).status_code == 422


def test_a_number_beyond_all_numbers_is_none(portal: Portal) -> None:
    """Of a delivery, in a form that somebody has changed."""
    visit = portal.visit("admin")
    assert visit.post("/platform/deliveries/again", delivery="9" * 30).status_code == 404


@pytest.mark.parametrize("charset", ["punycode", "utf-7", '"punycode"', "utf-8; charset=punycode"])
def test_a_form_in_a_charset_of_its_own_is_refused_unread(portal: Portal, charset: str) -> None:
    """Punycode takes a minute for a megabyte, during which nobody else would be answered."""
    begun = time.monotonic()
    headers = {"content-type": f"{BOUNDARY}; charset={charset}"}
    content = FIELD % (b"-" + b"ba" * 200_000)
    answer = guest(portal).client.post("/signin", content=content, headers=headers)
    assert answer.status_code == 415
    assert time.monotonic() - begun < 5


def test_a_flood_of_text_is_cut_before_it_is_composed() -> None:
    """One sign of Arabic becomes eighteen."""
    begun = time.monotonic()
    assert not opens(None, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 1_000_000)
    assert time.monotonic() - begun < 1


def test_a_way_on_has_an_end() -> None:
    """It is kept in tables and sent in headers."""
    assert local_path("/" + "x" * 2000) == "/" + "x" * 2000
    assert local_path("/" + "x" * 2001) == "/"


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        ("203.0.113.9:50123", "203.0.113.9"),
        ("[2001:db8::9]:50123", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("203.0.113.9, 10.0.0.2:50123", "203.0.113.9"),
    ],
)
def test_a_new_port_is_no_new_caller(forwarded: str, caller: str) -> None:
    """Some proxies write it behind the address; it differs with every connection."""
    settings, _ = read_people_settings({"LICZNIK_PROXIES": "10.0.0.0/8"})
    assert settings.caller("10.0.0.1", forwarded) == caller
