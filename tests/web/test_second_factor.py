"""The second factor: turned on by a code, asked for at every sign-in, each code taken once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet

from entrypoints.cli.session import clock
from entrypoints.people.sealing import SEALED, Seal
from entrypoints.people.security_queries import ONE_ATTEMPT_AT_A_TIME
from entrypoints.people.totp import matching_step, new_recovery_codes, recovery_hash
from tests.mail_server import mail_server
from tests.running import change, rows, value, waiting
from tests.waiting import eventually
from tests.web.people import (
    Person,
    attempts,
    code,
    forget_attempts,
    guarded,
    guest,
    is_in,
    link_in,
    person,
    send_posts,
    session_of,
    signed_in,
    token_in,
    try_password,
    turn_on_second_factor,
    wait_for_mail,
)
from tests.web.portal import Portal, Visit

OLD_KEY, NEW_KEY = (Fernet.generate_key().decode() for _ in range(2))
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The key of RFC 6238, appendix B: the digits 1 to 0, twice."""


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[Portal]:
    """The pages, where platform's staff must have a second factor."""
    keys = {"LICZNIK_TOTP_ROLES": "platform", "LICZNIK_TOTP_KEYS": f"{NEW_KEY},{OLD_KEY}"}
    with guarded(shared_database, **keys) as own:
        yield own


@pytest.fixture(autouse=True)
def fresh(portal: Portal) -> None:
    """No test waits for another one's attempts."""
    forget_attempts(portal)


def half_in(portal: Portal, own: Person) -> Visit:
    """A user whose password was right."""
    visit = guest(portal)
    assert try_password(visit, own.email).headers["location"] == "/signin/code"
    return visit


def give(visit: Visit, given: str) -> int:
    """The status of the answer to a code."""
    return visit.post("/signin/code", code=given).status_code


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B: the last six of the eight digits there."""
    now = datetime.fromtimestamp(at, UTC)
    assert matching_step(RFC_SECRET, code, now) == at // 30
    assert matching_step(RFC_SECRET, f"{code[:3]} {code[3:]}", now) == at // 30


@pytest.mark.parametrize(
    "given", ["", "28708", "2870820", "abcdef", "\uff12\uff18\uff17\uff10\uff18\uff12", "-28708"]
)
def test_what_is_no_code_is_none(given: str) -> None:
    """Too short, too long, letters, digits of another script."""
    assert matching_step(RFC_SECRET, given, datetime.fromtimestamp(59, UTC)) is None


@pytest.mark.parametrize(("late", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(late: int, is_taken: bool) -> None:
    """One step before and one after."""
    now = datetime.fromtimestamp(1_800_000_000, UTC)
    found = matching_step(RFC_SECRET, code(RFC_SECRET, now + timedelta(seconds=late)), now)
    assert (found is not None) is is_taken


def test_after_the_password_a_code_is_asked_for(portal: Portal) -> None:
    """Nothing is to be seen before it, and a wrong one is said."""
    own = person(portal)
    secret = turn_on_second_factor(portal, own)
    visit = half_in(portal, own)
    assert not is_in(visit)
    assert session_of(visit) == ""
    assert give(visit, "000000") == 422
    assert give(visit, code(secret)) == 303
    assert is_in(visit)


def test_a_code_is_taken_once(portal: Portal) -> None:
    """Who looks over a shoulder has nothing of it; nor of the code before."""
    own = person(portal)
    secret = turn_on_second_factor(portal, own)
    first, second = half_in(portal, own), half_in(portal, own)
    seen = code(secret)
    before = code(secret, clock() - timedelta(seconds=30))
    assert [give(first, seen), give(second, seen), give(second, before)] == [303, 422, 422]


def test_a_step_of_signing_in_is_used_up(portal: Portal) -> None:
    """The browser's cookie of it opens nothing afterwards."""
    own = person(portal)
    secret = turn_on_second_factor(portal, own)
    visit = half_in(portal, own)
    step = next(one for one in visit.client.cookies.jar if one.name == "licznik_step").value or ""
    assert give(visit, code(secret)) == 303
    again = guest(portal)
    again.client.cookies.set("licznik_step", step)
    assert give(again, code(secret, clock() + timedelta(seconds=30))) == 410


def test_who_is_blocked_half_way_gets_no_session(portal: Portal) -> None:
    """Though it happens while the code is judged, and the code is right."""
    own, ended = person(portal), "UPDATE one_time_token SET used_at = now() WHERE user_id = %s"
    secret = turn_on_second_factor(portal, own)
    visit = half_in(portal, own)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(portal.database) as held:
        held.execute(ONE_ATTEMPT_AT_A_TIME.encode())
        answer = pool.submit(give, visit, code(secret))
        eventually(lambda: waiting(portal.database) == 1)
        held.execute(ended.encode(), [own.id])
        held.commit()
        assert answer.result() == 410
    assert not is_in(visit)


def test_codes_cannot_be_guessed_through(portal: Portal) -> None:
    """Ten wrong ones, from wherever, and the next waits."""
    own = person(portal)
    secret = turn_on_second_factor(portal, own)
    visit = half_in(portal, own)
    assert [give(visit, f"{n:06}") for n in range(10)] == [422] * 10
    assert give(visit, code(secret)) == 429
    assert attempts(portal, "code")[-1] == (own.id, "limited")


def test_a_link_does_not_go_around_it(portal: Portal) -> None:
    """Nor does a new password."""
    own = person(portal)
    turn_on_second_factor(portal, own)
    with mail_server() as box:
        for kind, fields in (("sign_in", {}), ("password", {"again": NEW, "password": NEW})):
            visit = guest(portal)
            visit.post("/signin/link", email=own.email, kind=kind, next="/")
            wait_for_mail(portal)
            send_posts(portal, box)
            link = next(path for path in [link_in(box)])
            assert visit.post(link, **fields).headers["location"] == "/signin/code"
            assert not is_in(visit)
            change(portal.database, "DELETE FROM portal_mail")


NEW = "another long password"


def shown_secret(visit: Visit, path: str) -> str:
    """The key that the setup page shows."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", visit.get(path).text)
    assert found is not None
    return found[1].replace(" ", "")


def shown_codes(text: str) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"<code>([a-z0-9]{6}-[a-z0-9]{6})</code>", text)


def turn_on(visit: Visit) -> tuple[str, list[str]]:
    """Turns the second factor on in the profile; its secret and the recovery codes."""
    assert visit.post("/profile/second-factor").status_code == 303
    secret = shown_secret(visit, "/profile/second-factor")
    assert visit.post("/profile/second-factor/confirm", code="000000").status_code == 422
    answer = visit.post("/profile/second-factor/confirm", code=code(secret))
    assert answer.status_code == 200, answer.text
    visit.form_token = token_in(visit.get("/profile"))
    return secret, shown_codes(answer.text)


def test_it_is_turned_on_by_its_first_code(portal: Portal) -> None:
    """From then on it is asked for; the session is a new one, the others end."""
    own = person(portal)
    elsewhere, visit = signed_in(portal, own), signed_in(portal, own)
    before = session_of(visit)
    _, codes = turn_on(visit)
    assert len(set(codes)) == 10
    assert session_of(visit) not in ("", before)
    assert (is_in(visit), is_in(elsewhere)) == (True, False)
    half_in(portal, own)


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(portal: Portal) -> None:
    """However it is typed."""
    own = person(portal)
    _, codes = turn_on(signed_in(portal, own))
    typed = codes[0].upper().replace("-", " ")
    assert give(half_in(portal, own), typed) == 303
    assert give(half_in(portal, own), typed) == 422
    assert codes[1] not in str(rows(portal.database, "SELECT * FROM recovery_code"))
    left = "SELECT count(*) FROM recovery_code WHERE user_id = %s AND used_at IS NULL"
    assert value(portal.database, left, own.id) == 9


def test_recovery_codes_are_random_and_read_in_any_case() -> None:
    """No sign of them is mistaken for another one."""
    own = {one for _ in range(20) for one in new_recovery_codes()}
    assert len(own) == 200
    assert not set("".join(own)) & set("01loi")
    assert recovery_hash("abcdef-ghjkmn") == recovery_hash(" ABCDEF GHJKMN")


def test_it_is_turned_off_with_a_code_alone(portal: Portal) -> None:
    """A browser left open is not enough."""
    own = person(portal)
    visit = signed_in(portal, own)
    _, codes = turn_on(visit)
    assert visit.post("/profile/second-factor/off", code="000000").status_code == 422
    assert visit.post("/profile/second-factor/off", code=codes[0]).status_code == 303
    assert signed_in(portal, own).get("/profile").status_code == 200


def test_new_recovery_codes_end_the_old_ones(portal: Portal) -> None:
    """For who has the app, or the last of the codes."""
    own = person(portal)
    visit = signed_in(portal, own)
    _, old = turn_on(visit)
    new = shown_codes(visit.post("/profile/second-factor/codes", code=old[0]).text)
    assert len(new) == 10
    visit = half_in(portal, own)
    assert [give(visit, old[1]), give(visit, new[0])] == [422, 303]


def test_a_role_that_needs_it_sets_it_up_before_anything_else(portal: Portal) -> None:
    """And cannot turn it off."""
    own, visit = person(portal, "platform"), guest(portal)
    assert try_password(visit, own.email).headers["location"] == "/signin/setup"
    assert not is_in(visit)
    assert visit.get("/signin/code").status_code == 410
    secret = shown_secret(visit, "/signin/setup")
    assert visit.post("/signin/setup", code="000000").status_code == 422
    answer = visit.post("/signin/setup", code=code(secret))
    codes = shown_codes(answer.text)
    assert len(codes) == 10
    visit.form_token = token_in(visit.get("/profile"))
    assert visit.post("/profile/second-factor/off", code=codes[0]).status_code == 409


def test_who_has_it_cannot_set_up_another_one_half_way(portal: Portal) -> None:
    """The step for a code does not open the setup."""
    own = person(portal)
    turn_on_second_factor(portal, own)
    visit = half_in(portal, own)
    assert visit.get("/signin/setup").status_code == 410
    assert visit.post("/signin/setup", code="000000").status_code == 410


def test_who_may_advise_it_is_advised(portal: Portal) -> None:
    """Finance and administrators; a customer may have it and is not pressed."""
    finance = signed_in(portal, person(portal, "finance")).get("/profile").text
    customer = signed_in(portal, person(portal, "customer")).get("/profile").text
    assert ("We advise it" in finance, "We advise it" in customer) == (True, False)


def kept_secret(portal: Portal, own: Person) -> str:
    """What the database has of a user's secret."""
    query = "SELECT secret FROM second_factor WHERE user_id = %s"
    return str(value(portal.database, query, own.id))


def test_a_secret_is_kept_sealed(portal: Portal) -> None:
    """Who has a copy of the database makes no codes with it."""
    own = person(portal)
    secret, _ = turn_on(signed_in(portal, own))
    kept = kept_secret(portal, own)
    assert kept.startswith(SEALED)
    assert secret not in kept
    assert Seal((NEW_KEY,)).opened(kept) == secret


@pytest.mark.parametrize("before", [(), (OLD_KEY,)], ids=["in clear", "by an old key"])
def test_a_secret_is_sealed_anew_when_its_code_is_taken(
    portal: Portal, before: tuple[str, ...]
) -> None:
    """One of the time before there was a key, or this key."""
    own = person(portal)
    secret = turn_on_second_factor(portal, own)
    kept = Seal(before).closed(secret)
    change(portal.database, "UPDATE second_factor SET secret=%s WHERE user_id=%s", kept, own.id)
    assert give(half_in(portal, own), code(secret)) == 303
    assert Seal((NEW_KEY,)).opened(kept_secret(portal, own)) == secret


def test_where_no_key_opens_a_secret_a_recovery_code_does(portal: Portal) -> None:
    """And the page is none of our faults."""
    own = person(portal)
    secret, codes = turn_on(signed_in(portal, own))
    lost = Seal((Fernet.generate_key().decode(),)).closed(secret)
    change(portal.database, "UPDATE second_factor SET secret=%s WHERE user_id=%s", lost, own.id)
    visit = half_in(portal, own)
    assert [give(visit, code(secret)), give(visit, codes[0])] == [422, 303]
    assert Seal().opened(lost) is None
