"""Who may call what: keys in the Authorization header, and a table of roles."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from billing.decisions import Decisions
from entrypoints import queries
from entrypoints.http.problems import Refused
from entrypoints.http.service import Serving
from entrypoints.keys import Key, Role, parts

EVERYBODY = frozenset(Role)

ALLOWED: dict[str, frozenset[Role]] = {
    "send_events": frozenset({Role.PLATFORM, Role.ADMIN}),
    "decide": frozenset({Role.PLATFORM, Role.ADMIN}),
    "read_orders": EVERYBODY,
    "read_balances": EVERYBODY,
    "read_statements": frozenset({Role.FINANCE, Role.CUSTOMER, Role.ADMIN}),
    "export": frozenset({Role.FINANCE, Role.CUSTOMER, Role.ADMIN}),
    "read_invoices": frozenset({Role.FINANCE, Role.CUSTOMER, Role.ADMIN}),
    "embed": frozenset({Role.PLATFORM, Role.ADMIN}),
    "simulate": frozenset({Role.PLATFORM, Role.FINANCE, Role.SALES, Role.ADMIN}),
}
"""Which roles may do what. A customer sees the orders and invoices of one account alone.

A statement has single entries with telephone numbers and names of users in it, so it is for those
who are billed and who bill; a platform's key lies on many machines and does not need them.
"""

bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `licznik keys add`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def allowed(to: str) -> params.Depends:
    """A dependency: the caller's key, where its role may do something."""
    roles = ALLOWED[to]

    async def caller(request: Request, service: Serving, credentials: Credentials) -> Key:
        key = await _known(service, credentials)
        request.state.key = key.id
        if key.role not in roles:
            message = f"a key of role {key.role} may not do this"
            raise Refused(403, "forbidden", message)
        return key

    return params.Depends(caller)


async def _known(service: Serving, credentials: HTTPAuthorizationCredentials | None) -> Key:
    token = parts(credentials.credentials) if credentials else None
    if token is not None:
        key_id, secret = token
        keys = service.keys
        lock = keys.remembered(key_id) or await run_in_threadpool(keys.look_up, key_id)
        if lock is not None and lock.opens_with(secret):
            return lock.key
    message = "send a valid key: Authorization: Bearer lk_…"
    raise Refused(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def visible_account(key: Key, decisions: Decisions, account: str | None) -> str | None:
    """The account to whose things a list is limited; None for all of them.

    A customer who asks for another account gets the answer of one that does not exist.
    """
    own = key.account if account is None else account
    is_foreign = key.account is not None and own != key.account
    if own is not None and (is_foreign or not decisions.rows(queries.ACCOUNT, own)):
        raise Refused(404, "unknown_account", f"there is no account {own}")
    return own


def check_visible(key: Key, decisions: Decisions, order: str) -> None:
    """Whether an order exists for the caller; another customer's does not."""
    found = decisions.rows(queries.ACCOUNT_OF, order)
    if not found or key.account not in (None, found[0]["account_id"]):
        raise Refused(404, "unknown_order", f"there is no order {order}")
