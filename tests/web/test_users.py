"""Users: added, changed and blocked, by administrators and on the command line (R140)."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psycopg
import pytest

from billing.decisions import Decisions
from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.changes import Hand
from entrypoints.people.managing import add_person, block
from entrypoints.people.users import NewUser, PortalUser
from metering.problems import ProblemsFound
from tests.mail_server import Mailbox, mail_server, text_of
from tests.running import Outcome, change, codes, decision_store, licznik, rows, value, waiting
from tests.waiting import eventually
from tests.web.people import (
    PASSWORD,
    STAFF,
    Person,
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
)
from tests.web.portal import Portal, Visit

_numbers = count(1)


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[Portal]:
    """The pages, with somebody who is told of changes."""
    with guarded(shared_database) as own:
        yield own


@pytest.fixture
def box(portal: Portal) -> Iterator[Mailbox]:
    """A mail server, and no e-mail that still waits."""
    forget_attempts(portal)
    change(portal.database, "DELETE FROM portal_mail")
    with mail_server() as own:
        yield own


@pytest.fixture(scope="module")
def admin(portal: Portal) -> Visit:
    """An administrator who is signed in."""
    return signed_in(portal, person(portal, "admin"))


def form(**given: str) -> dict[str, str]:
    """The form of a new user."""
    email = f"new-{next(_numbers)}@example.com"
    empty = {"email": email, "name": "Ewa Lis", "role": "sales", "account": "", "language": "en"}
    return {**empty, **given}


def changes(portal: Portal, user: str) -> list[tuple[str, str | None, str | None]]:
    """What was changed of a user, in order."""
    query = "SELECT what, before, after FROM user_change WHERE user_id = %s ORDER BY id"
    return [(what, before, after) for what, before, after in rows(portal.database, query, user)]


def test_a_new_user_is_invited_and_sets_a_password(
    portal: Portal, admin: Visit, box: Mailbox
) -> None:
    """By the link in the invitation; the staff in charge is told as well."""
    new = form()
    answer = admin.post("/users", **new)
    assert answer.status_code == 303, answer.text
    assert send_posts(portal, box) == "2 sent, 0 failed"
    to = [own.rcpt_tos for own in box.taken]
    assert sorted(to) == sorted([[new["email"]], [STAFF]])
    box.taken.sort(key=lambda own: own.rcpt_tos == [new["email"]])
    link, visit = link_in(box), guest(portal)
    assert visit.post(link, password=PASSWORD, again=PASSWORD).status_code == 303
    assert is_in(visit)


def test_the_staff_is_told_who_changed_what(portal: Portal, admin: Visit, box: Mailbox) -> None:
    """Before and after, by whom and when; and it is kept (R140)."""
    own = person(portal)
    admin.post(f"/users/{own.id}/role", role="customer", account="acme")
    assert changes(portal, own.id)[-1] == ("role", "finance", "customer acme")
    send_posts(portal, box)
    (email,) = box.emails
    text = text_of(email)
    assert email["To"] == STAFF
    assert ("Przedtem:    finance" in text, "Teraz:       customer acme" in text) == (True, True)
    assert own.email in text
    assert "Anna Nowak <admin-" in text


def test_the_staff_is_told_of_keys_too(portal: Portal, admin: Visit, box: Mailbox) -> None:
    """A key has a role like a user; what it is stands nowhere (R140)."""
    page = admin.post("/platform/keys", name="node-9", role="customer", account="acme").text
    made = licznik(portal.database, "keys", "add", "--role", "admin", LICZNIK_STAFF_MAILS=STAFF)
    licznik(portal.database, "keys", "revoke", made.out.split("_")[1], LICZNIK_STAFF_MAILS=STAFF)
    assert send_posts(portal, box) == "3 sent, 0 failed"
    texts = [text_of(own) for own in box.emails]
    assert "lk_" in page
    assert all("lk_" not in own for own in texts)
    wanted = ("node-9, customer acme", "Zmiana:  nowy klucz", "Zmiana:  unieważniono klucz")
    assert all(any(own in text for text in texts) for own in wanted)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"email": "no address"}, "This is not an e-mail address."),
        ({"name": ""}, "Write a name"),
        ({"name": "x" * 201}, "Write a name"),
        ({"role": "customer"}, "A customer belongs to an account"),
        ({"role": "customer", "account": "nobody"}, "A customer belongs to an account"),
        ({"account": "acme"}, "Only a customer belongs to an account"),
        ({"role": "emperor"}, "Choose a role."),
        ({"language": "de"}, "Choose Polish or English."),
    ],
)
def test_what_is_wrong_with_a_new_user_is_said_beside_the_field(
    admin: Visit, given: dict[str, str], sentence: str
) -> None:
    """And what was typed stays."""
    answer = admin.post("/users", **form(**{"name": "Ewa Kept", **given}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "name" in given or 'value="Ewa Kept"' in answer.text


def test_an_address_has_one_user(portal: Portal, admin: Visit) -> None:
    """However its letters are written."""
    own = person(portal)
    answer = admin.post("/users", **form(email=own.email.upper()))
    assert answer.status_code == 422
    assert "There is a user with this e-mail address already." in answer.text


@pytest.mark.parametrize("what", ["role", "block", "signout", "second-factor"])
def test_who_loses_rights_is_signed_out(portal: Portal, admin: Visit, what: str) -> None:
    """Everywhere, at once."""
    own = person(portal)
    visit = signed_in(portal, own)
    turn_on_second_factor(portal, own)
    assert admin.post(f"/users/{own.id}/{what}", role="sales", account="").status_code == 303
    assert not is_in(visit)


def test_who_is_blocked_comes_in_again_when_unblocked(portal: Portal, admin: Visit) -> None:
    """With the same password."""
    own = person(portal)
    admin.post(f"/users/{own.id}/block")
    assert try_password(guest(portal), own.email).status_code == 422
    admin.post(f"/users/{own.id}/unblock")
    assert try_password(guest(portal), own.email).status_code == 303
    assert [what for what, *_ in changes(portal, own.id)][-2:] == ["blocked", "unblocked"]


def test_a_link_of_a_blocked_user_works_no_more(portal: Portal, admin: Visit, box: Mailbox) -> None:
    """Not even when it was sent before."""
    own, visit = person(portal), guest(portal)
    visit.post("/signin/link", email=own.email, kind="sign_in", next="/")
    send_posts(portal, box)
    admin.post(f"/users/{own.id}/block")
    assert visit.post(link_in(box)).status_code == 410


def test_the_last_administrator_stays(shared_database: str, portal: Portal, admin: Visit) -> None:
    """Else nobody could make another one."""
    others = "UPDATE portal_user SET blocked_at = now() WHERE role = 'admin' AND id <> %s"
    own = value(shared_database, "SELECT min(id) FROM portal_user WHERE role = 'admin'")
    change(shared_database, others, own)
    answer = admin.post(f"/users/{own}/block")
    assert answer.status_code == 422
    assert "the last administrator" in answer.text
    assert admin.post(f"/users/{own}/role", role="sales", account="").status_code == 422


def test_two_administrators_who_block_each_other_at_once(database: str) -> None:
    """The second finds no other one, and stays."""
    with decision_store(database) as decisions, ThreadPoolExecutor(2) as pool:
        pair = [add_person(decisions, HAND, admin_named(name), invite=False) for name in "ab"]
        with psycopg.connect(database) as held:
            held.execute("SELECT id FROM portal_user FOR UPDATE")
            found = [pool.submit(blocked, decisions, own) for own in pair]
            eventually(lambda: waiting(database) == 2)
        assert sorted(own.result() for own in found) == ["blocked", "last_admin"]
    assert value(database, "SELECT count(*) FROM portal_user WHERE blocked_at IS NULL") == 1


HAND = Hand("test", "test", clock())


def admin_named(name: str) -> NewUser:
    """An administrator to be."""
    return NewUser(f"{name}@example.com", name, Role.ADMIN)


def blocked(decisions: Decisions, user: PortalUser) -> str:
    """What comes of blocking a user."""
    try:
        block(decisions, HAND, user)
    except ProblemsFound as found:
        return found.problems[0].code
    return "blocked"


def test_of_two_who_add_an_address_at_once_one_does(database: str) -> None:
    """The other is told that it is taken."""

    def add(_: int) -> str:
        try:
            return add_person(decisions, HAND, admin_named("a"), invite=False).name
        except ProblemsFound as found:
            return found.problems[0].code

    with decision_store(database) as decisions, ThreadPoolExecutor(8) as pool:
        with psycopg.connect(database) as held:
            held.execute("LOCK portal_user IN SHARE MODE")
            found = [pool.submit(add, n) for n in range(2)]
            eventually(lambda: waiting(database) == 2)
        assert sorted(own.result() for own in found) == ["a", "email_taken"]


def test_administrators_turn_their_own_second_factor_off_by_a_code(portal: Portal) -> None:
    """A browser left open is not enough, whatever the role."""
    own = person(portal, "admin")
    visit = signed_in(portal, own)
    turn_on_second_factor(portal, own)
    assert visit.post(f"/users/{own.id}/second-factor").status_code == 409
    assert is_in(visit)
    assert "Take the second factor away" not in visit.get(f"/users/{own.id}").text


def test_the_page_of_nobody_is_not_there(admin: Visit) -> None:
    """Nor can nobody be blocked."""
    assert admin.get("/users/nobody").status_code == 404
    assert admin.post("/users/nobody/block").status_code == 404


def test_users_change_their_name_and_language(portal: Portal, box: Mailbox) -> None:
    """Which is kept and told like every change."""
    own = person(portal)
    visit = signed_in(portal, own)
    assert visit.post("/profile", name="Anna Lis", language="en").status_code == 303
    assert changes(portal, own.id)[-2:] == [
        ("name", "Anna Nowak", "Anna Lis"),
        ("language", "pl", "en"),
    ]
    assert send_posts(portal, box) == "2 sent, 0 failed"
    assert "Your profile is kept." in visit.get("/profile").text


def test_users_change_their_password_if_they_know_the_old_one(portal: Portal, box: Mailbox) -> None:
    """The session becomes a new one, the others end, and the user is told by e-mail."""
    own = person(portal)
    elsewhere, visit = signed_in(portal, own), signed_in(portal, own)
    before, new = session_of(visit), "a new long password"
    wrong = visit.post("/profile/password", current="wrong", password=new, again=new)
    assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
    answer = visit.post("/profile/password", current=PASSWORD, password=new, again=new)
    assert answer.status_code == 303
    assert session_of(visit) != before
    assert "Your password is changed." in visit.get("/profile").text
    assert not is_in(elsewhere)
    send_posts(portal, box)
    assert sorted(own.rcpt_tos[0] for own in box.taken) == sorted([own.email, STAFF])


def test_users_sign_out_everywhere_else(portal: Portal) -> None:
    """This browser stays signed in."""
    own = person(portal)
    elsewhere, visit = signed_in(portal, own), signed_in(portal, own)
    assert visit.post("/profile/sessions/end").status_code == 303
    assert (is_in(visit), is_in(elsewhere)) == (True, False)


def test_users_see_their_last_attempts(portal: Portal) -> None:
    """And nobody else's."""
    own = person(portal)
    try_password(guest(portal, "203.0.113.200"), own.email, "a wrong password")
    text = signed_in(portal, own).get("/profile").text
    assert ("203.0.113.200" in text, "turned away" in text) == (True, True)
    assert "203.0.113.200" not in signed_in(portal, person(portal)).get("/profile").text


def added(portal: Portal, *words: str) -> Outcome:
    """Adds a user on the command line."""
    email = f"cli-{next(_numbers)}@example.com"
    given = ("users", "add", email, "--name", "Jan Lis", "--role", "finance", "--json", *words)
    return licznik(portal.database, *given, LICZNIK_STAFF_MAILS=STAFF)


def with_password(portal: Portal, user: str, password: str) -> Outcome:
    """Sets a password on the command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return licznik(portal.database, "users", "password", user, "--password-stdin")


def test_the_command_line_makes_the_first_user(portal: Portal) -> None:
    """Whose password is read from standard input."""
    own = added(portal).data
    assert with_password(portal, own["email"], "short").status == 2
    assert with_password(portal, own["email"], PASSWORD).status == 0
    assert try_password(guest(portal), own["email"]).status_code == 303
    by = value(portal.database, "SELECT min(by) FROM user_change WHERE user_id = %s", own["id"])
    assert by == "command line"


def test_the_command_line_changes_users(portal: Portal) -> None:
    """As an administrator does on the page."""
    own = Person(**added(portal).data)
    turn_on_second_factor(portal, own)
    for words in (("role", own.email, "sales"), ("block", own.id), ("reset-totp", own.id)):
        assert licznik(portal.database, "users", *words).status == 0
    listed = licznik(portal.database, "users", "list", "--json").data["users"]
    (found,) = [one for one in listed if one["id"] == own.id]
    assert (found["role"], found["second_factor"]) == ("sales", False)
    assert found["blocked_at"] is not None
    assert licznik(portal.database, "users", "unblock", own.id).status == 0
    assert [what for what, *_ in changes(portal, own.id)] == [
        "added",
        "role",
        "blocked",
        "second_factor_off",
        "unblocked",
    ]


def test_the_command_line_says_what_is_wrong(portal: Portal) -> None:
    """All at once."""
    bad = ("users", "add", "nobody", "--name", "", "--role", "customer")
    outcome = licznik(portal.database, *bad)
    assert outcome.status == 2
    assert codes(outcome) == ["invalid_email", "invalid_name", "unknown_account"]
    assert codes(licznik(portal.database, "users", "block", "nobody")) == ["unknown_user"]


def test_a_table_for_people(portal: Portal) -> None:
    """Without anything secret in it."""
    outcome = licznik(portal.database, "users", "list")
    assert outcome.status == 0
    assert "argon2" not in outcome.out


def test_changes_without_anybody_to_tell(database: str) -> None:
    """Are kept all the same."""
    given = ("users", "add", "a@example.com", "--name", "Jan", "--role", "finance")
    assert licznik(database, *given).status == 0
    assert value(database, "SELECT count(*) FROM user_change") == 1
    assert value(database, "SELECT count(*) FROM portal_mail") == 0


def test_the_token_of_another_page_will_do(portal: Portal, admin: Visit) -> None:
    """All forms of a session carry the same one."""
    assert token_in(admin.get("/users")) == token_in(admin.get("/profile"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("LICZNIK_STAFF_MAILS", "a@example.com, nobody"),
        ("LICZNIK_TOTP_ROLES", "admin,emperor"),
        ("LICZNIK_PROXIES", "10.0.0.0/99"),
        ("LICZNIK_TOTP_KEYS", "too short"),
        ("LICZNIK_OIDC_ISSUER", "https://login.example.com"),
    ],
)
def test_wrong_settings_are_said(database: str, name: str, wrong: str) -> None:
    """Before anything is done."""
    outcome = licznik(database, "users", "list", **{name: wrong})
    assert outcome.status == 2
    assert set(codes(outcome)) == {"invalid_setting"}
