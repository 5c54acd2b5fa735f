"""Every page and every role: who gets what, in one table that no page can be left out of.

A row is a route, a sample of its path, who may use it, and what those get. Everybody else gets 403,
who is not signed in is led to the sign-in page, and a customer of another account gets what stands
in ``foreign``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.sessions import begin_session, form_token
from entrypoints.web.access import ALLOWED
from entrypoints.web.app import create_pages
from entrypoints.web.visitors import SESSION
from tests.running import decision_store, value
from tests.web.people import forget_attempts, guest
from tests.web.portal import Portal, Visit

ALL = frozenset(Role)
ADMIN = ALLOWED["manage_users"]
FORM, OPEN = "POST", frozenset[Role]()
"""``OPEN`` pages are for who is not signed in as well; they show nothing of anybody."""


@dataclass(frozen=True)
class Row:
    """A route and a sample; ``status`` is what those get who may, ``foreign`` other customers.

    ``open_status`` is what somebody gets who is not signed in, where that is no way to /signin.
    """

    route: str
    path: str
    allowed: frozenset[Role] = ALL
    status: int = 200
    foreign: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    open_status: int | None = None

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]


def signed_out(route: str, path: str, status: int, otherwise: int, **fields: str) -> Row:
    """A page for who is not signed in."""
    return Row(route, path, ALL, otherwise, None, fields, status)


ROWS = (
    # What all pages share.
    Row("GET /", "/", status=303),
    signed_out("GET /language/{code}", "/language/pl", 303, 303),
    signed_out("GET /static/{name}", "/static/style.css", 200, 200),
    # Signing in. Who is signed in already is led on.
    signed_out("GET /signin", "/signin", 200, 303),
    signed_out("POST /signin", "/signin", 422, 422, email="nobody@example.com", password="x"),
    signed_out("GET /signin/link", "/signin/link", 200, 200),
    signed_out("POST /signin/link", "/signin/link", 200, 200, email="nobody@example.com"),
    signed_out("GET /signin/link/{secret}", "/signin/link/none", 410, 410),
    signed_out("POST /signin/link/{secret}", "/signin/link/none", 410, 410),
    signed_out("GET /signin/code", "/signin/code", 410, 410),
    signed_out("POST /signin/code", "/signin/code", 410, 410, code="000000"),
    signed_out("GET /signin/setup", "/signin/setup", 410, 410),
    signed_out("POST /signin/setup", "/signin/setup", 410, 410, code="000000"),
    signed_out("GET /signin/provider", "/signin/provider", 404, 404),
    signed_out("GET /signin/provider/back", "/signin/provider/back", 422, 422),
    signed_out("POST /signout", "/signout", 303, 303),
    # One's own profile.
    Row("GET /profile", "/profile"),
    Row("POST /profile", "/profile", status=422),
    Row("POST /profile/password", "/profile/password", status=422),
    Row("POST /profile/password/link", "/profile/password/link", status=303),
    Row("POST /profile/sessions/end", "/profile/sessions/end", status=303),
    Row("POST /profile/second-factor", "/profile/second-factor", status=303),
    Row("GET /profile/second-factor", "/profile/second-factor"),
    Row("POST /profile/second-factor/confirm", "/profile/second-factor/confirm", status=422),
    Row("POST /profile/second-factor/codes", "/profile/second-factor/codes", status=422),
    Row("POST /profile/second-factor/off", "/profile/second-factor/off", status=422),
    # Users.
    Row("GET /users", "/users", ADMIN),
    Row("POST /users", "/users", ADMIN, 422),
    Row("GET /users/{user}", "/users/{own}", ADMIN),
    Row("POST /users/{user}/role", "/users/{own}/role", ADMIN, 422),
    Row("POST /users/{user}/block", "/users/nobody/block", ADMIN, 404),
    Row("POST /users/{user}/unblock", "/users/{own}/unblock", ADMIN, 303),
    Row("POST /users/{user}/invite", "/users/{own}/invite", ADMIN, 303),
    Row("POST /users/{user}/signout", "/users/nobody/signout", ADMIN, 404),
    Row("POST /users/{user}/second-factor", "/users/nobody/second-factor", ADMIN, 404),
)


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """No test has to wait for another one's attempts to sign in."""
    if "portal" in request.fixturenames:
        forget_attempts(request.getfixturevalue("portal"))


def routes() -> Iterator[str]:
    """Every route that the application answers."""
    for route in iter_route_contexts(create_pages().routes):
        yield from (f"{method} {route.path}" for method in sorted(route.methods or ()))


def user_of(portal: Portal, role: str, account: str | None) -> str:
    """The id of the portal's user of a role."""
    portal.token(role, account)
    email = f"{role}.{(account or 'acme') if role == 'customer' else 'staff'}@example.com"
    found: str = value(portal.database, "SELECT id FROM portal_user WHERE email = %s", email)
    return found


def fresh_visit(portal: Portal, role: str, account: str | None = None) -> Visit:
    """A session of its own: some pages end it."""
    with decision_store(portal.database) as decisions:
        token = begin_session(decisions, user_of(portal, role, account), clock())
    visit = portal.visit()
    visit.client.cookies.set(SESSION, token)
    return Visit(visit.client, form_token(token))


def nobody(portal: Portal) -> Visit:
    """Somebody who has seen the sign-in page."""
    return guest(portal)


def called(portal: Portal, row: Row, visit: Visit) -> Any:
    """The answer to a row's sample."""
    own = user_of(portal, "admin", None)
    path = row.path.replace("{own}", own)
    return visit.post(path, **row.fields) if row.method == FORM else visit.get(path)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    """A new page needs a decision on who may see it."""
    assert sorted(row.route for row in ROWS) == sorted(routes())


@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_gets_what_is_for_it(portal: Portal, role: Role) -> None:
    """And 403 for everything else."""
    wanted = {own.route: own.status if role in own.allowed else 403 for own in ROWS}
    got = {own.route: called(portal, own, fresh_visit(portal, role)).status_code for own in ROWS}
    assert got == wanted


def test_who_is_not_signed_in_sees_nothing(portal: Portal) -> None:
    """But for the pages of signing in."""
    for row in ROWS:
        answer = called(portal, row, nobody(portal))
        if row.open_status is not None:
            assert (row.route, answer.status_code) == (row.route, row.open_status)
        else:
            assert (row.route, answer.status_code) == (row.route, 303)
            assert answer.headers["location"].startswith("/signin")


def test_a_customer_of_another_account_sees_nothing_of_it(portal: Portal) -> None:
    """The same answer as for what does not exist."""
    for row in ROWS:
        if row.foreign is not None:
            answer = called(portal, row, fresh_visit(portal, "customer", "beta"))
            assert (row.route, answer.status_code) == (row.route, row.foreign)
