"""Every page and every role: who gets what, in one table that no page can be left out of.

A row (tests/web/routes.py) is a route, a sample of its path, who may use it, and what those get.
Everybody else gets 403, who is not signed in is led to the sign-in page, and a customer of another
account gets what stands in ``foreign``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.sessions import begin_session, form_token
from entrypoints.sales.shares import share_offer
from entrypoints.web.access import ALLOWED
from entrypoints.web.app import create_pages
from entrypoints.web.visitors import SESSION
from metering.calendar import local_day
from tests.running import decision_store, value
from tests.waiting import eventually
from tests.web.finance import hidden, number_of
from tests.web.people import forget_attempts, guest
from tests.web.portal import Portal, Visit
from tests.web.routes import ROWS, Row

FORM = "POST"
EVENTS = "text/event-stream"
PROSPECT = {"name": "Nowa", "first": "2026-12", "months": "2", "sessions": "4", "whole": "yes"}
Things = dict[str, str]
OF_CUSTOMERS = {"see_usage", "see_invoices", "see_service", "set_notices", "export"}
OF_FINANCE = {"close_months", "correct", "decide_claims", "search", "book_payments"}
MAY = {
    Role.CUSTOMER: {"be_signed_in", "claim", *OF_CUSTOMERS},
    Role.FINANCE: {"be_signed_in", "export_on_request", "see_models", *OF_CUSTOMERS, *OF_FINANCE},
    Role.SALES: {"be_signed_in", "model", "see_models"},
    Role.PLATFORM: {"be_signed_in", "watch", "retry", "manage_keys"},
    Role.ADMIN: set(ALLOWED) - {"claim"},
}
"""What each role may do, in words of its own: rows take their roles from the pages' table."""


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


@pytest.fixture(scope="module")
def things(portal: Portal) -> Things:
    """What the samples name in braces: addresses, numbers and ids of this database."""
    added(portal.visit("customer"), "/orders/acme-main/claims", {"period": "2025-10"})
    sales = portal.visit("sales")
    model = added(sales, "/sales/models", PROSPECT)
    until = str(local_day(clock()) + timedelta(days=30))
    offer = added(sales, f"{model}/offers", {"valid_until": until})
    with decision_store(portal.database) as decisions:
        share = share_offer(decisions, offer.rpartition("/")[2], 1, "Jan Testowy", clock())
    return {
        "address": told_address(portal),
        "incident": reported(portal),
        "own": user_of(portal, "admin", None),
        "invoice": number_of(portal.database, "acme-main"),
        "export": exported(portal),
        "model": model,
        "offer": offer,
        "share": share,
    }


def added(visit: Visit, path: str, fields: dict[str, str]) -> str:
    """Sends a form that adds something; the address of what it added."""
    answer = visit.post(path, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def exported(portal: Portal) -> str:
    """The address of an export of acme's that is made."""
    customer, today = portal.visit("customer"), str(local_day(clock()))
    fields = {"from": today, "to": today, "format": "csv"}
    address = added(customer, "/orders/acme-main/export", fields)
    eventually(lambda: "SHA-256" in customer.get(address).text)
    return address


def told_address(portal: Portal) -> str:
    """The id under which a user of acme is told of its marks."""
    customer, path = portal.visit("customer"), "/orders/acme-main/notices"
    added(customer, f"{path}/addresses", {"address": "customer.acme@example.com"})
    return hidden(customer.get(path).text)["endpoint"]


def reported(portal: Portal) -> str:
    """The address, for those who decide, of an incident that acme has reported."""
    said = {"description": "Nobody can sign in.", "reporter": "Jan Testowy"}
    added(portal.visit("customer"), "/orders/acme-main/incidents/new", said)
    return f"/finance/incidents/{value(portal.database, 'SELECT id FROM incident')}"


def called(row: Row, visit: Visit, things: Things) -> httpx.Response:
    """The answer to a row's sample; of events, which may have no end, the head."""
    path = row.path.format_map(things)
    if row.method == FORM:
        return visit.post(path, **row.fields)
    with visit.client.stream(row.method, path) as answer:
        if not answer.headers.get("content-type", "").startswith(EVENTS):
            answer.read()
        return answer


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    """A new page needs a decision on who may see it."""
    assert sorted(row.route for row in ROWS) == sorted(routes())


@pytest.mark.parametrize("role", sorted(Role))
def test_a_role_may_do_what_is_its_own(role: Role) -> None:
    """Wider rights are given on purpose only."""
    assert {to for to, roles in ALLOWED.items() if role in roles} == MAY[role]


@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_gets_what_is_for_it(portal: Portal, things: Things, role: Role) -> None:
    """And 403 for everything else."""
    wanted = {own.route: own.status if role in own.allowed else 403 for own in ROWS}
    got = {own.route: called(own, fresh_visit(portal, role), things).status_code for own in ROWS}
    assert got == wanted


def test_who_is_not_signed_in_sees_nothing(portal: Portal, things: Things) -> None:
    """But for the pages of signing in."""
    for row in ROWS:
        answer = called(row, nobody(portal), things)
        if row.open_status is not None:
            assert (row.route, answer.status_code) == (row.route, row.open_status)
        else:
            assert (row.route, answer.status_code) == (row.route, 303)
            assert answer.headers["location"].startswith("/signin")


def test_a_customer_of_another_account_sees_nothing_of_it(portal: Portal, things: Things) -> None:
    """The same answer as for what does not exist."""
    for row in ROWS:
        if row.foreign is not None:
            answer = called(row, fresh_visit(portal, "customer", "beta"), things)
            assert (row.route, answer.status_code) == (row.route, row.foreign)


@pytest.mark.parametrize(
    "path",
    [
        "/invoices?account=acme",
        "/invoices?order=acme-main&account=beta",
        "/invoices/{invoice}/lines/1?account=beta",
        "/invoices/{invoice}/pdf?language=en",
        "/orders/acme-main/export?request=" + "0" * 32,
        "/orders/beta-main/export?request=" + "0" * 32,
    ],
)
def test_another_account_cannot_be_asked_for(portal: Portal, things: Things, path: str) -> None:
    """Whatever stands behind the address."""
    assert portal.visit("customer", "beta").get(path.format_map(things)).status_code == 404


def test_another_accounts_things_are_not_under_ones_own_order(
    portal: Portal, things: Things
) -> None:
    """The id of somebody else's export or address opens and changes nothing."""
    beta, export = portal.visit("customer", "beta"), things["export"].replace("acme", "beta")
    for path in (export, f"{export}/live", f"{export}/files/1"):
        assert beta.get(path).status_code == 404
    remove = "/orders/beta-main/notices/addresses/remove"
    assert beta.post(remove, endpoint=things["address"]).status_code == 404


def test_a_customers_pages_do_not_speak_of_another_one(portal: Portal, things: Things) -> None:
    """Those of beta, which are like acme's, hold nothing of acme."""
    beta, paths = portal.visit("customer", "beta"), ["/invoices", "/profile"]
    paths += [row.path for row in ROWS if row.foreign and row.method != FORM]
    for path in (own.replace("acme", "beta") for own in paths if "{" not in own):
        answer = beta.get(path)
        assert (path, answer.status_code) == (path, 200)
        assert "acme" not in answer.text.lower(), path


def test_a_form_without_its_token_does_nothing(portal: Portal, things: Things) -> None:
    """Whoever sends it: it may come from a page that is not ours."""
    for row in ROWS:
        if row.method == FORM:
            visit = fresh_visit(portal, min(row.allowed))
            answer = visit.client.post(row.path.format_map(things), data=row.fields)
            assert (row.route, answer.status_code) == (row.route, 403)
