"""Who may see and do what on the pages: one table of roles, and whose things a customer sees."""

from __future__ import annotations

from fastapi import Request, params

from billing.decisions import Decisions
from entrypoints import queries
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.keys import Role
from entrypoints.people import queries as people_queries
from entrypoints.people.sessions import IDLE, LONGEST, token_hash
from entrypoints.web.errors import NotHere, SignInFirst, marked
from entrypoints.web.visitors import Visitor, recognised

EVERYBODY = frozenset(Role)
BILLED = frozenset({Role.CUSTOMER, Role.FINANCE, Role.ADMIN})
"""Who is billed and who bills: they alone see single entries, with numbers and names in them."""
FINANCE = frozenset({Role.FINANCE, Role.ADMIN})
PLATFORM = frozenset({Role.PLATFORM, Role.ADMIN})
SALES = frozenset({Role.SALES, Role.ADMIN})

ALLOWED: dict[str, frozenset[Role]] = {
    "be_signed_in": EVERYBODY,
    "see_usage": BILLED,
    "see_invoices": BILLED,
    "see_service": BILLED,
    "claim": frozenset({Role.CUSTOMER}),
    "set_notices": BILLED,
    "export": BILLED,
    "export_on_request": FINANCE,
    "close_months": FINANCE,
    "correct": FINANCE,
    "decide_claims": FINANCE,
    "search": FINANCE,
    "book_payments": FINANCE,
    "model": SALES,
    "see_models": SALES | FINANCE,
    "watch": PLATFORM,
    "retry": PLATFORM,
    "manage_keys": PLATFORM,
    "manage_users": frozenset({Role.ADMIN}),
}


def visiting(to: str) -> params.Depends:
    """A dependency: who is signed in, where that role may do something."""
    roles = ALLOWED[to]

    def visitor(request: Request, service: Serving) -> Visitor:
        found = recognised(request, service.session.decisions)
        if found is None:
            raise SignInFirst
        if found.role not in roles:
            raise NotHere(403, marked("This page is not for your role."))
        return found

    return params.Depends(visitor)


def still_may(decisions: Decisions, token: str, to: str) -> bool:
    """Whether a session lasts and its user may do something; to look on is no sign of life."""
    now = clock()
    asked = {"hash": token_hash(token), "not_before": now - LONGEST, "not_idle": now - IDLE}
    rows = decisions.rows(people_queries.SESSION_USER, **asked)
    return any(Role(row["role"]) in ALLOWED[to] for row in rows)


def may(visitor: Visitor, to: str) -> bool:
    """Whether a visitor may do something."""
    return visitor.role in ALLOWED[to]


def check_order(visitor: Visitor, decisions: Decisions, order: str) -> None:
    """Whether an order exists for the visitor; another customer's does not."""
    found = decisions.rows(queries.ACCOUNT_OF, order)
    if not found or visitor.account not in (None, found[0]["account_id"]):
        raise NotHere(404, marked("There is no such order."))


def check_account(visitor: Visitor, decisions: Decisions, account: str) -> None:
    """Whether an account exists for the visitor; a customer sees one alone."""
    is_foreign = visitor.account is not None and visitor.account != account
    if is_foreign or not decisions.rows(queries.ACCOUNT, account):
        raise NotHere(404, marked("There is no such account."))
