"""People who sign in, for the tests: users with passwords, guests, e-mails, codes of an app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path

import httpx
import pyotp

from entrypoints.cli.scheduling import Jobs
from entrypoints.cli.session import clock
from entrypoints.cli.stopping import Stop
from entrypoints.keys import Role
from entrypoints.mail_settings import read_mail_settings
from entrypoints.people.changes import Hand
from entrypoints.people.managing import add_person, set_password
from entrypoints.people.users import NewUser
from entrypoints.settings import ROOT, Settings
from entrypoints.web.visitors import SESSION
from tests.builders import ACCOUNT, order
from tests.mail_server import Mailbox, text_of
from tests.running import change, decision_store, place, rows
from tests.waiting import PATIENCE, eventually
from tests.web.portal import Portal, Visit, running_portal

PASSWORD = "zielony parasol w deszczu"
STAFF = "security@example.com"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """A user of the tests."""

    id: str
    email: str


@contextmanager
def guarded(url: str, **settings: str) -> Iterator[Portal]:
    """The pages on an empty database, with one customer, behind a proxy that names callers."""
    place(url, order(), accounts=(ACCOUNT,))
    own = {"LICZNIK_PROXIES": "127.0.0.1", "LICZNIK_STAFF_MAILS": STAFF, **settings}
    with running_portal(url, **own) as portal:
        eventually(lambda: _answers(portal), "the first answer", 3 * PATIENCE)
        yield portal


def _answers(portal: Portal) -> bool:
    """Whether the first worker has started; on a busy machine that takes its time."""
    with suppress(httpx.TransportError):
        return portal.visit().get("/signin").status_code == 200
    return False


def person(portal: Portal, role: str = "finance", password: str | None = PASSWORD) -> Person:
    """A new user of a role; a customer is that of acme."""
    email = f"{role}-{next(_numbers)}@example.com"
    account = "acme" if role == "customer" else None
    hand = Hand("test", "test", clock())
    with decision_store(portal.database) as decisions:
        new = NewUser(email, "Anna Nowak", Role(role), account)
        user = add_person(decisions, hand, new, invite=False)
        if password is not None:
            set_password(decisions, hand, user, password)
    change(portal.database, "DELETE FROM portal_mail")
    return Person(user.id, email)


def guest(portal: Portal, address: str = "198.51.100.7", language: str = "en") -> Visit:
    """Somebody who is not signed in and looks at the sign-in page."""
    visit = portal.visit(language=language)
    visit.client.headers["x-forwarded-for"] = address
    visit.form_token = token_in(visit.get("/signin"))
    return visit


def token_in(answer: httpx.Response) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="form_token" value="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


def try_password(
    visit: Visit, email: str, password: str = PASSWORD, then: str = "/profile"
) -> httpx.Response:
    """Sends the sign-in form."""
    return visit.post("/signin", email=email, password=password, next=then)


def signed_in(portal: Portal, own: Person, password: str = PASSWORD) -> Visit:
    """A user who has signed in by a password."""
    visit = guest(portal)
    answer = try_password(visit, own.email, password)
    assert answer.headers.get("location") == "/profile", answer.text
    visit.form_token = token_in(visit.get("/profile"))
    return visit


def session_of(visit: Visit) -> str:
    """The session's token in a client's cookies; empty if there is none."""
    return next((own.value or "" for own in visit.client.cookies.jar if own.name == SESSION), "")


def is_in(visit: Visit) -> bool:
    """Whether a client is signed in."""
    return visit.get("/profile").status_code == 200


def wait_for_mail(portal: Portal) -> None:
    """Until an e-mail waits to be sent: one with a link is kept after the page is answered."""
    eventually(lambda: rows(portal.database, "SELECT 1 FROM portal_mail"), "the e-mail")


def send_posts(portal: Portal, box: Mailbox) -> str:
    """Does what the scheduler does with e-mails that wait."""
    return jobs_of(portal, box).send_posts()


def jobs_of(portal: Portal, box: Mailbox | None = None) -> Jobs:
    """What recurs, with a mail server if one is given."""
    mail, problems = read_mail_settings(box.settings() if box else {})
    assert not problems
    catalog = ROOT / "pricing_catalog.yaml"
    own = Settings(data=Path(), catalog=catalog, database_url=portal.database, mail=mail)
    return Jobs(own, Stop())


def link_in(box: Mailbox) -> str:
    """The path of the link in the last e-mail."""
    found = re.search(r"(/signin/link/\S+)", text_of(box.emails[-1]))
    assert found is not None
    return found[1]


def attempts(portal: Portal, method: str = "password") -> list[tuple[str, str]]:
    """Who tried to sign in by a method, and what came of it, in order."""
    query = "SELECT subject, result FROM sign_in_attempt WHERE method = %s ORDER BY id"
    return [(str(who), str(result)) for who, result in rows(portal.database, query, method)]


def forget_attempts(portal: Portal) -> None:
    """As if nobody had tried to sign in."""
    change(portal.database, "DELETE FROM sign_in_attempt")


def code(secret: str, at: datetime | None = None) -> str:
    """What an app shows."""
    return pyotp.TOTP(secret).at(at or clock())


def turn_on_second_factor(portal: Portal, own: Person) -> str:
    """Gives a user an app; its secret, of which no code was taken in the last minutes."""
    secret = pyotp.random_base32()
    change(
        portal.database,
        "INSERT INTO second_factor (user_id, secret, confirmed_at, last_step) VALUES (%s,%s,%s,0)",
        own.id,
        secret,
        clock() - timedelta(days=1),
    )
    return secret
