"""Requests for data of closed accounts: who asked, in what capacity, how we know, and the fee.

After closure the customer has no access any more. An employee makes the export, for an entitled
person alone, and may charge what it cost (R125, R126). A fee is typed by a person with its reason;
none is ever made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

from pydantic import StringConstraints

from billing.decisions import Decisions
from billing.forms import Amount, Currency, Day, Form, Text, read_form
from invoices.billing_data import queries
from invoices.billing_data.published import Published
from metering.problems import Problem, ProblemsFound
from metering.store import Statement

MOST_SHOWN = 100
Said = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"\S")]


class Capacity(StrEnum):
    """What makes a person entitled to ask (R125)."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    ADMINISTRATOR = "administrator"


class RequestForm(Form):
    """A request as an employee writes it down; ``fee`` is net."""

    account: Text
    person: Said
    capacity: Capacity
    asked_on: Day
    checked: Said
    fee: Amount | None = None
    currency: Currency | None = None
    fee_reason: Said | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request on record."""

    id: str
    account: str
    person: str
    capacity: Capacity
    asked_on: date
    checked: str
    fee: Decimal | None
    currency: str | None
    fee_reason: str | None
    recorded_by: str
    recorded_at: datetime


def request_problems(
    form: RequestForm, closed_on: date | None, today: date, law: Published
) -> Iterator[Problem]:
    """What speaks against a request for an account that was closed on a day, or is not."""
    yield from _open(form.account, closed_on)
    if form.asked_on > today:
        yield Problem("in_the_future", "asked_on", f"today is {today}")
    elif closed_on is not None and form.asked_on <= closed_on:
        message = f"the account was in service to {closed_on}: the request comes after that"
        yield Problem("before_closure", "asked_on", message)
    if form.fee is not None:
        yield from _fee_problems(form, form.fee, today, law)
    elif form.fee_reason is not None:
        yield Problem("missing_field", "fee", "a reason goes with a fee: type the amount as well")


def _open(account: object, closed_on: date | None) -> Iterator[Problem]:
    if account and closed_on is None:
        message = f"account {account} is not closed: the customer exports by itself"
        yield Problem("account_open", "account", message)


def _fee_problems(
    form: RequestForm, fee: Decimal, today: date, law: Published
) -> Iterator[Problem]:
    """A fee is what the export cost, and from a day on it is forbidden (R126)."""
    if not law.charges_allowed(max(form.asked_on, today)):
        message = f"from {law.charges_forbidden_from} on nothing may be charged: leave it empty"
        yield Problem("fee_forbidden", "fee", message)
    if fee == 0 or fee != round(fee, 2):
        yield Problem("invalid_value", "fee", "type an amount above 0, with at most 2 decimals")
    if form.fee_reason is None:
        message = "say what cost this was: a fee is the equivalent of the cost and no more"
        yield Problem("missing_field", "fee_reason", message)
    if form.currency is None:
        yield Problem("missing_field", "currency", "name the currency of the fee")


def _currency_problems(form: RequestForm, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    """A fee is invoiced with an order of the account, so it is in one of their currencies."""
    known = [row["currency"] for row in rows]
    if form.currency is not None and known and form.currency not in known:
        message = f"the orders of the account are in {', '.join(known)}"
        yield Problem("invalid_value", "currency", message)


def record_request(
    decisions: Decisions,
    given: Mapping[str, Any],
    closed_on: date | None,
    by: str,
    now: datetime,
    today: date,
    law: Published,
) -> Request:
    """Records a request; raises ProblemsFound with everything that speaks against it.

    One that is written down twice, word by word, is one, also where both come at once: a form that
    is sent again charges no second fee.
    """
    form, problems = read_form(RequestForm, given)
    if form is None:
        raise ProblemsFound([*problems, *_open(given.get("account"), closed_on)])
    wrong = [
        *request_problems(form, closed_on, today, law),
        *_currency_problems(form, decisions.rows(queries.CURRENCIES, form.account)),
    ]
    if wrong:
        raise ProblemsFound(wrong)
    own = {**form.model_dump(), "id": _id(form), "recorded_by": by, "recorded_at": now}
    own["currency"] = form.currency if form.fee is not None else None
    row = {**own, "capacity": form.capacity.value}
    decisions.run(Statement(queries.KEEP_REQUEST, row))
    return request_for(decisions, own["id"], form.account)


def _id(form: RequestForm) -> str:
    return sha256(form.model_dump_json().encode()).hexdigest()[:32]


def requests(decisions: Decisions, skipped: int = 0, **by: str) -> list[Request]:
    """Requests, the last one first; ``by`` the ``id`` of one, or the ``account``."""
    asked = {"id": None, "account": None, "limit": MOST_SHOWN, "skipped": skipped, **by}
    rows = decisions.rows(queries.REQUESTS, **asked)
    return [Request(**{**row, "capacity": Capacity(row["capacity"])}) for row in rows]


def request_for(decisions: Decisions, request: str, account: str) -> Request:
    """The request of an id, for an account; raises ProblemsFound where it is for no such one."""
    found = requests(decisions, id=request, account=account)
    if not found:
        message = f"there is no request {request} for account {account}: record it first"
        raise ProblemsFound([Problem("unknown_request", "request", message)])
    return found[0]
