"""Signing in by a password or a link: what works, what is logged, what has to wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from entrypoints.cli.session import clock
from entrypoints.people import tokens
from entrypoints.people.attempts import PASSWORD as BY_PASSWORD
from entrypoints.people.attempts import (
    Attempt,
    Wait,
    begin_attempt,
    limit_questions,
    network_of,
    unknown_subject,
)
from entrypoints.people.passwords import hashed, is_weak, opens, password_problems
from entrypoints.people.sessions import token_hash
from tests.mail_server import Mailbox, mail_server, text_of
from tests.running import change, decision_store, rows, value
from tests.web.people import (
    PASSWORD,
    Person,
    attempts,
    forget_attempts,
    guarded,
    guest,
    is_in,
    jobs_of,
    link_in,
    person,
    send_posts,
    session_of,
    signed_in,
    try_password,
    wait_for_mail,
)
from tests.web.portal import Portal, Visit


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[Portal]:
    """The pages, for users with passwords."""
    with guarded(shared_database) as own:
        yield own


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as own:
        yield own


def test_a_password_opens_and_leads_on(portal: Portal) -> None:
    """To the page that was asked for."""
    own = person(portal)
    visit = guest(portal)
    answer = try_password(visit, own.email.upper(), then="/profile?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?x=1")
    assert is_in(visit)


def test_a_wrong_password_and_a_stranger_get_the_same_answer(portal: Portal) -> None:
    """But for what was typed, not a sign differs."""
    own, visit = person(portal), guest(portal)
    wrong = try_password(visit, own.email, "a wrong password")
    strange = try_password(visit, "nobody@example.com", "a wrong password")
    assert wrong.status_code == strange.status_code == 422
    assert "do not fit together" in wrong.text
    assert wrong.text.replace(own.email, "nobody@example.com") == strange.text


def test_a_blocked_user_is_answered_like_a_stranger(portal: Portal) -> None:
    """Even with the right password."""
    own = person(portal)
    change(portal.database, "UPDATE portal_user SET blocked_at = now() WHERE id = %s", own.id)
    assert try_password(guest(portal), own.email).status_code == 422
    assert attempts(portal)[-1] == (own.id, "blocked")


def test_every_attempt_is_logged_and_no_password(portal: Portal) -> None:
    """With time, user and result; of a stranger a hash (R139)."""
    forget_attempts(portal)
    own = person(portal)
    try_password(guest(portal), own.email, "not the password")
    try_password(guest(portal), own.email)
    try_password(guest(portal), "a secret typed into the wrong field")
    (wrong, right, strange) = attempts(portal)
    assert (wrong, right) == ((own.id, "wrong"), (own.id, "right"))
    assert strange[0] == unknown_subject("")
    written = str(rows(portal.database, "SELECT * FROM sign_in_attempt"))
    written += portal.service.log.read_text(encoding="utf-8")
    secrets = ("not the password", PASSWORD, "wrong field")
    assert [secret for secret in secrets if secret in written] == []


def test_guessers_wait_and_the_user_comes_in_from_elsewhere(portal: Portal) -> None:
    """Ten wrong passwords from a network are enough for a quarter of an hour."""
    forget_attempts(portal)
    own = person(portal)
    guesser = guest(portal, "203.0.113.9")
    answers = [try_password(guesser, own.email, f"guess number {n}") for n in range(11)]
    assert [one.status_code for one in answers] == [422] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60
    assert try_password(guesser, own.email).status_code == 429
    assert try_password(guest(portal, "198.51.100.8"), own.email).status_code == 303


def test_a_crowd_of_guessers_does_not_lock_out_a_known_address(portal: Portal) -> None:
    """It only keeps out addresses from which the user never came."""
    forget_attempts(portal)
    own = person(portal)
    assert try_password(guest(portal, "192.0.2.1"), own.email).status_code == 303
    for n in range(20):
        try_password(guest(portal, f"203.0.113.{n}"), own.email, "a guess of a crowd")
    assert try_password(guest(portal, "203.0.113.99"), own.email).status_code == 429
    assert try_password(guest(portal, "192.0.2.1"), own.email).status_code == 303


def test_one_address_that_tries_many_names_waits(portal: Portal) -> None:
    """Sixty in a quarter of an hour."""
    forget_attempts(portal)
    visit = guest(portal, "2001:db8::1")
    change(
        portal.database,
        """INSERT INTO sign_in_attempt (at, subject, address, method, result)
           SELECT now(), 'unknown:' || n, '2001:db8::/64', 'password', 'wrong'
           FROM generate_series(1, 60) n""",
    )
    visit.client.headers["x-forwarded-for"] = "2001:db8::ffff:1"
    assert try_password(visit, "somebody@example.com").status_code == 429


def test_what_a_stranger_writes_into_the_header_is_not_believed(portal: Portal) -> None:
    """The last address that is none of our proxies counts."""
    forget_attempts(portal)
    visit = guest(portal, "203.0.113.77")
    visit.client.headers["x-forwarded-for"] = "192.0.2.99, 203.0.113.77"
    try_password(visit, "somebody@example.com")
    assert value(portal.database, "SELECT address FROM sign_in_attempt") == "203.0.113.77"


def test_guesses_at_the_same_moment_do_not_slip_past_a_limit(portal: Portal) -> None:
    """Each is counted before it is judged."""
    forget_attempts(portal)
    guess = Attempt(BY_PASSWORD, "somebody", "203.0.113.50", clock())
    with decision_store(portal.database) as decisions, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: begin_attempt(decisions, guess), range(20)))
    assert [isinstance(one, Wait) for one in found].count(False) == 10


def test_of_two_who_use_a_link_at_once_one_is_in(portal: Portal) -> None:
    """Whoever was first."""
    with decision_store(portal.database) as decisions, ThreadPoolExecutor(8) as pool:
        token = tokens.Token(tokens.SIGN_IN, person(portal).id)
        secret = tokens.issue_token(decisions, token, clock())
        used = pool.map(
            lambda _: tokens.use_token(decisions, tokens.LINKS, secret, clock()), range(8)
        )
        assert len([one for one in used if one is not None]) == 1


def test_attempts_are_forgotten_after_60_days(portal: Portal) -> None:
    """By what recurs every night (R138)."""
    forget_attempts(portal)
    for n in range(2):
        try_password(guest(portal), f"nobody-{n}@example.com")
    aged = "UPDATE sign_in_attempt SET at = at - interval '60 days' WHERE id = %s"
    oldest = value(portal.database, "SELECT min(id) FROM sign_in_attempt")
    change(portal.database, aged, oldest)
    assert jobs_of(portal).forget() == "1 forgotten"
    assert len(attempts(portal)) == 1


def test_what_a_limit_turned_away_is_not_read_again(portal: Portal) -> None:
    """A flood from one address makes nobody else wait: a limit looks at what it counts alone."""
    forget_attempts(portal)
    change(
        portal.database,
        """INSERT INTO sign_in_attempt (at, subject, address, method, result)
           SELECT now(), 'unknown:' || n, '203.0.113.66', 'password', 'limited'
           FROM generate_series(1, 20000) n""",
    )
    change(portal.database, "ANALYZE sign_in_attempt")
    guess = Attempt(BY_PASSWORD, "somebody", "203.0.113.66", clock())
    for query, named in limit_questions(guess):
        (plan,) = rows_named(portal.database, f"EXPLAIN ANALYZE {query}", named)
        assert "Rows Removed by Filter" not in plan


def rows_named(url: str, query: str, named: Mapping[str, Any]) -> list[str]:
    """The lines of a plan as one text."""
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode(), named).fetchall()
    return ["\n".join(line for (line,) in found)]


def test_sessions_that_are_over_are_forgotten(portal: Portal) -> None:
    """By what recurs every night; the others last."""
    old, fresh = (signed_in(portal, person(portal)) for _ in range(2))
    aged = "UPDATE web_session SET seen_at = now() - interval '2 hours' WHERE token_hash = %s"
    change(portal.database, aged, token_hash(session_of(old)))
    jobs_of(portal).forget()
    query = "SELECT count(*) FROM web_session WHERE token_hash = %s"
    kept = [value(portal.database, query, token_hash(session_of(own))) for own in (old, fresh)]
    assert kept == [0, 1]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_addresses_count_by_who_can_choose_them(address: str, network: str) -> None:
    """A household has 2^64 addresses of IPv6."""
    assert network_of(address) == network


def test_a_link_signs_in_once(portal: Portal, box: Mailbox) -> None:
    """Opening it changes nothing: programs that look through e-mails do that."""
    visit = ask_for_link(portal, person(portal))
    link = sent_link(portal, box)
    for _ in range(2):
        assert "Press the button" in visit.get(link).text
    assert not is_in(visit)
    assert visit.post(link).headers["location"] == "/profile"
    assert is_in(visit)
    assert guest(portal).post(link).status_code == 410


def ask_for_link(portal: Portal, own: Person, kind: str = "sign_in") -> Visit:
    """A guest who has asked for a link, which waits."""
    forget_attempts(portal)
    change(portal.database, "DELETE FROM portal_mail")
    visit = guest(portal)
    ask(visit, own.email, kind)
    wait_for_mail(portal)
    return visit


def ask(visit: Visit, email: str, kind: str = "sign_in") -> str:
    """Asks for a link; what the page says."""
    answer = visit.post("/signin/link", email=email, kind=kind, next="/profile")
    assert answer.status_code == 200, answer.text
    return answer.text


def sent_link(portal: Portal, box: Mailbox) -> str:
    """The link that is sent."""
    assert send_posts(portal, box) == "1 sent, 0 failed"
    return link_in(box)


def test_a_stranger_who_asks_for_a_link_hears_the_same(portal: Portal, box: Mailbox) -> None:
    """And no e-mail is sent; nor one to a blocked user."""
    own = person(portal)
    forget_attempts(portal)
    change(portal.database, "DELETE FROM portal_mail")
    visit = guest(portal)
    assert ask(visit, own.email) == ask(visit, "nobody@example.com")
    wait_for_mail(portal)
    change(portal.database, "UPDATE portal_user SET blocked_at = now() WHERE id = %s", own.id)
    ask(guest(portal), own.email)
    assert send_posts(portal, box) == "1 sent, 0 failed"


def test_links_are_not_sent_without_end(portal: Portal, box: Mailbox) -> None:
    """Three in a quarter of an hour to one address."""
    own = person(portal)
    visit = ask_for_link(portal, own)
    for _ in range(2):
        ask(visit, own.email)
    answer = visit.post("/signin/link", email=own.email, kind="sign_in", next="/")
    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)


def test_a_link_lasts_a_quarter_of_an_hour_and_is_kept_as_a_hash(
    portal: Portal, box: Mailbox
) -> None:
    """From when it was sent."""
    visit = ask_for_link(portal, person(portal))
    link = sent_link(portal, box)
    kept = str(rows(portal.database, "SELECT * FROM one_time_token"))
    kept += str(rows(portal.database, "SELECT * FROM portal_mail"))
    assert link.rpartition("/")[2] not in kept
    left = "SELECT max(expires_at - created_at) = interval '15 minutes' FROM one_time_token"
    assert value(portal.database, left)
    change(portal.database, "UPDATE one_time_token SET expires_at = now()")
    assert visit.get(link).status_code == 410


def test_a_link_sets_a_new_password(portal: Portal, box: Mailbox) -> None:
    """A bad one is said and leaves the link; a good one ends the sessions of the old one."""
    own = person(portal)
    elsewhere = signed_in(portal, own)
    visit = ask_for_link(portal, own, "password")
    link = sent_link(portal, box)
    assert visit.post(link, password="short", again="short").status_code == 422
    differing = visit.post(link, password="a long new password", again="a long old password")
    assert "The two passwords differ." in differing.text
    new = "a long new password"
    assert visit.post(link, password=new, again=new).headers["location"] == "/profile"
    assert is_in(visit)
    assert not is_in(elsewhere)
    assert try_password(guest(portal), own.email).status_code == 422
    assert try_password(guest(portal), own.email, new).status_code == 303


def test_a_mail_server_that_is_away_loses_no_link(portal: Portal, box: Mailbox) -> None:
    """It is tried again; the link's minutes begin when it is sent."""
    own = person(portal)
    visit = ask_for_link(portal, own)
    box.refused.add(own.email)
    assert send_posts(portal, box) == "0 sent, 1 failed"
    assert send_posts(portal, box) == ""
    box.refused.clear()
    change(portal.database, "UPDATE portal_mail SET due_at = now()")
    assert visit.post(sent_link(portal, box)).status_code == 303


def test_a_link_that_waited_an_hour_is_not_wanted_any_more(portal: Portal, box: Mailbox) -> None:
    """Nobody waits before the sign-in page for so long."""
    ask_for_link(portal, person(portal))
    change(portal.database, "UPDATE portal_mail SET created_at = now() - interval '61 minutes'")
    assert send_posts(portal, box) == "0 sent, 1 failed"
    assert box.taken == []


def test_the_mail_is_in_the_language_of_the_user(portal: Portal, box: Mailbox) -> None:
    """Polish, unless the user chose English."""
    ask_for_link(portal, person(portal))
    sent_link(portal, box)
    assert "Adres działa 15 minut" in text_of(box.emails[-1])


def test_signing_out_ends_the_session_in_the_database(portal: Portal) -> None:
    """A copy of the cookie opens nothing."""
    visit = signed_in(portal, person(portal))
    copy = session_of(visit)
    assert visit.post("/signout").headers["location"] == "/signin"
    thief = portal.visit()
    thief.client.cookies.set("licznik_session", copy)
    assert not is_in(thief)


def test_without_a_provider_there_is_no_such_page(portal: Portal) -> None:
    """Nor is it offered, nor are links where there is no mail server."""
    visit = guest(portal)
    assert visit.get("/signin/provider").status_code == 404
    text = visit.get("/signin").text
    assert ("company account" in text, "by e-mail" in text) == (False, False)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("abababababab", "password_too_plain"),
        ("anna@example.com1", "password_about_you"),
        ("I am Anna Nowak!", "password_about_you"),
        ("password1234", "password_too_common"),
        ("1q2w3e4r5t6y", "password_too_common"),
        ("polska123456", "password_too_common"),
    ],
)
def test_bad_passwords(password: str, code: str) -> None:
    """Too short, too long, too plain, or about its owner."""
    (problem,) = password_problems(password, "anna@example.com", "Anna Nowak")
    assert problem.code == code


def test_a_long_password_needs_no_signs_and_digits() -> None:
    """Several words are enough, in any alphabet."""
    for own in (PASSWORD, "zażółć gęślą jaźń", "сложный пароль из слов"):
        assert list(password_problems(own, "anna@example.com", "Anna Nowak")) == []


def test_a_password_is_kept_as_a_salted_slow_hash() -> None:
    """Argon2id; however an accent is composed, it is the same password."""
    first, second = hashed("zażółć gęślą"), hashed("zażółć gęślą")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert opens(first, "zaz\u0307o\u0301łc\u0301 ge\u0328s\u0301la\u0328")
    assert not opens(first, "zazolc gesla")
    assert not opens(None, "anything")


def test_a_weak_hash_is_renewed_at_the_next_sign_in(portal: Portal) -> None:
    """When the parameters have become stronger since."""
    own = person(portal)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    change(portal.database, "UPDATE portal_user SET password_hash = %s WHERE id = %s", weak, own.id)
    assert is_weak(weak)
    signed_in(portal, own)
    kept = value(portal.database, "SELECT password_hash FROM portal_user WHERE id = %s", own.id)
    assert not is_weak(kept)
    assert try_password(guest(portal), own.email).status_code == 303
