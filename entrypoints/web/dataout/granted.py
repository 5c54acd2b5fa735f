"""Who may have an export: the customer while the account is open, then staff on request (R125)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.web.access import check_order
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.visitors import Visitor
from invoices.billing_data.reading import account_closed_on, customer_of
from invoices.billing_data.requests import Request, request_for
from metering.calendar import local_day
from metering.problems import ProblemsFound

CLOSED = marked("This account is closed.")
NO_REQUEST = marked("There is no such request for this account.")


@dataclass(frozen=True, slots=True)
class Granted:
    """An order whose data a visitor may have; ``request`` is why, after closure."""

    order: str
    account: str
    request: Request | None = None

    @property
    def query(self) -> str:
        """What is put behind an address, so that the request is not forgotten."""
        return f"?{urlencode({'request': self.request.id})}" if self.request else ""


class ClosedToCustomer(NotHere):
    """The account is closed, and the customer has no access any more."""

    def __init__(self) -> None:
        super().__init__(403, CLOSED)


class RequestNeeded(Exception):
    """The account is closed, and no request is named: it is recorded first."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.account = account


def granted(service: Serving, visitor: Visitor, order: str, request: str | None) -> Granted:
    """Raises NotHere where the visitor may not have the order's data."""
    decisions = service.session.decisions
    check_order(visitor, decisions, order)
    account = customer_of(decisions, order).id
    closed = account_closed_on(decisions, account, local_day(clock()))
    if closed is not None and visitor.account is not None:
        raise ClosedToCustomer
    if request:
        return Granted(order, account, _request(service, request, account))
    if closed is not None:
        raise RequestNeeded(account)
    return Granted(order, account)


def _request(service: Serving, request: str, account: str) -> Request:
    try:
        return request_for(service.session.decisions, request, account)
    except ProblemsFound as found:
        raise NotHere(404, NO_REQUEST) from found
