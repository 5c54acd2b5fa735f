"""A month as a board: how far it has come, what waits for a person, each order with its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from entrypoints.cli.closing import service_levels
from entrypoints.cli.periods import closes_at
from entrypoints.cli.session import Session
from entrypoints.web.errors import NotHere
from entrypoints.web.finance import queries
from invoices.closing.drafted import MonthDraft, month_drafts
from invoices.closing.steps import Said, say
from invoices.invoice import INVOICE, NOTE
from invoices.issuing import InvoiceRun
from invoices.ksef.submission import ACCEPTED
from invoices.language import marked
from metering.calendar import Period, local_day

ZERO = Decimal(0)
Row = Mapping[str, Any]
Amounts = dict[str, Decimal]
"""Sums by currency."""


def month_of(text: str, now: datetime) -> Period:
    """The month of an address; one that has not begun is none."""
    try:
        period = Period.parse(text)
    except ValueError as error:
        raise NotHere(404, marked("There is no such month.")) from error
    if period.start > now:
        raise NotHere(404, marked("The month has not begun yet."))
    return period


def month_to_close(now: datetime) -> Period:
    """The last month that is over."""
    return Period.of(local_day(now)).before()


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a month is in one respect: so many of so many, with amounts, and what waits."""

    name: str
    count: int
    of: int
    amounts: Amounts = field(default_factory=dict)
    waits: tuple[Said, ...] = ()
    path: str = ""
    note: Said | None = None

    @property
    def is_done(self) -> bool:
        return self.count >= self.of and not self.waits


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order of the month: its draft or its invoice, and how far that is."""

    order: str
    account: str
    name: str
    number: str | None
    currency: str
    net: Decimal
    gross: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Board:
    """A month's stages and orders."""

    period: Period
    stages: tuple[Stage, ...]
    orders: tuple[OrderRow, ...]


_remembered: dict[Period, tuple[tuple[Any, ...], list[MonthDraft]]] = {}
MONTHS_REMEMBERED, DRAFTS_REMEMBERED = 3, 5_000
"""So much is kept in the memory of a process."""


def drafts_of(session: Session, period: Period, now: datetime) -> list[MonthDraft]:
    """The drafts of every order that has no invoice of a month yet; those without anything to
    charge, now and before, are left out.

    They are made again only when something was recorded since, and on every new day.
    """
    made_of = tuple(session.decisions.rows(queries.DRAFTED_FROM)[0].values())
    key = (*made_of, local_day(now))
    known = _remembered.get(period)
    if known is not None and known[0] == key:
        drafts = [one.draft for one in known[1]]
        return month_drafts(session.decisions, drafts, period)
    run = InvoiceRun(session.decisions, session.usage, session.catalog, period, now)
    made = month_drafts(session.decisions, list(run.drafts(run.orders())), period)
    found = [own for own in made if not own.is_nothing]
    if len(_remembered) >= MONTHS_REMEMBERED:
        _remembered.clear()
    if len(found) <= DRAFTS_REMEMBERED:
        _remembered[period] = key, found
    return found


def sums(rows: Iterable[tuple[str, Decimal]]) -> Amounts:
    """Amounts added up by currency."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in rows:
        found[currency] += amount
    return dict(sorted(found.items()))


def read_board(session: Session, period: Period, now: datetime) -> Board:
    """The board of a month."""
    drafts = drafts_of(session, period, now)
    rows = session.decisions.rows(queries.MONTH_DOCUMENTS, period=period.first_day)
    stages = (
        _usage(session, period, now, drafts),
        _service(session, period, now),
        *_drafted(period, drafts),
        *_issued(period, rows, drafts),
    )
    orders = [*map(_order_of_draft, drafts), *(_order_of(row) for row in rows if _stands(row))]
    return Board(period, stages, tuple(sorted(orders, key=lambda own: own.order)))


def _usage(session: Session, period: Period, now: datetime, drafts: Sequence[MonthDraft]) -> Stage:
    """Whether usage has had its time to come in, and what came late for earlier months."""
    closes = closes_at(period, session.settings)
    is_over = now >= closes
    message = "{period} is over since {day}" if is_over else LATE_USAGE
    said = say(message, period=period, day=local_day(closes))
    late = [
        say(MISSING, order=own.order, period=at) for own in drafts for at in own.draft.to_invoice
    ]
    late += [
        say(WRONG, order=own.order, period=at) for own in drafts for at in own.draft.to_correct
    ]
    return Stage("usage", int(is_over), 1, waits=tuple(late), note=said)


MISSING = marked("{order} has charges in {period} and no invoice")
WRONG = marked("the invoice of {order} for {period} is to be corrected")
LATE_USAGE = marked("{period} closes on {day}, when late usage has come in")


def _service(session: Session, period: Period, now: datetime) -> Stage:
    step = service_levels(session, period, now)
    incidents, waiting = int(step.said.values["count"]), len(step.details)
    of = max(incidents, waiting)
    return Stage("service", of - waiting, of, waits=step.details, path="/finance/claims")


def _drafted(period: Period, drafts: Sequence[MonthDraft]) -> tuple[Stage, Stage]:
    wanted = [own for own in drafts if own.document is not None or own.problems]
    good = [own for own in wanted if own.document is not None]
    checked = [own for own in good if own.check]
    wrong = len(wanted) - len(good)
    path = f"/finance/months/{period}/drafts"
    waits = (say(marked("{count} drafts have problems"), count=wrong),) if wrong else ()
    to_check = len(good) - len(checked)
    waiting = (say(marked("{count} drafts are not checked"), count=to_check),) if to_check else ()
    return (
        Stage("drafts", len(good), len(wanted), _gross(good), waits, path),
        Stage("checked", len(checked), len(good), _gross(checked), waiting, path),
    )


def _gross(drafts: Iterable[MonthDraft]) -> Amounts:
    return sums(
        (own.document["currency"], Decimal(own.document["gross"]))
        for own in drafts
        if own.document is not None
    )


def _issued(period: Period, rows: Sequence[Row], drafts: Sequence[MonthDraft]) -> tuple[Stage, ...]:
    invoices = [row for row in rows if _stands(row)]
    to_issue = sum(own.document is not None for own in drafts)
    for_ksef = [row for row in rows if row["ksef"] is not None]
    accepted = [row for row in for_ksef if row["ksef"] == ACCEPTED]
    printed = [row for row in rows if row["printed"]]
    delivered = [row for row in rows if row["delivered"]]
    paid = [row for row in invoices if row["paid"] >= row["owed"]]
    refused = [
        say(marked("{number} is not accepted: {status}"), number=row["number"], status=row["ksef"])
        for row in for_ksef
        if row["ksef"] not in (ACCEPTED, "waiting", "sent")
    ]
    return (
        Stage("issued", len(invoices), len(invoices) + to_issue, _of(invoices, "gross")),
        Stage("ksef", len(accepted), len(for_ksef), _of(accepted, "gross"), tuple(refused)),
        Stage("printed", len(printed), len(rows)),
        Stage("delivered", len(delivered), len(rows)),
        Stage("paid", len(paid), len(invoices), _of(invoices, "paid"), path=RECEIVABLES),
    )


RECEIVABLES = "/finance/receivables"


def _stands(row: Row) -> bool:
    return row["kind"] == INVOICE and not row["annulled"]


def _of(rows: Iterable[Row], name: str) -> Amounts:
    return sums((row["currency"], row[name]) for row in rows if row["kind"] != NOTE)


def _order_of_draft(own: MonthDraft) -> OrderRow:
    terms, account = own.draft.customer.terms, own.draft.customer.account
    gross = Decimal(own.document["gross"]) if own.document else ZERO
    state = next(name for name, holds in DRAFT_STATES if holds(own))
    amounts = own.net, gross
    return OrderRow(own.order, account.id, account.name, None, terms.currency, *amounts, state)


DRAFT_STATES: Sequence[tuple[str, Callable[[MonthDraft], bool]]] = (
    ("problem", lambda own: bool(own.problems)),
    ("nothing", lambda own: own.document is None),
    ("checked", lambda own: own.check is not None),
    ("changed", lambda own: own.was_checked),
    ("draft", lambda own: True),
)
"""How far a draft is; the first that holds counts."""


def _order_of(row: Row) -> OrderRow:
    state = next(name for name, holds in INVOICE_STATES if holds(row))
    plain = (row["order_id"], row["account_id"], row["name"], row["number"], row["currency"])
    return OrderRow(*plain, row["net"], row["gross"], state)


INVOICE_STATES: Sequence[tuple[str, Callable[[Row], bool]]] = (
    ("paid", lambda row: row["paid"] >= row["owed"]),
    ("delivered", lambda row: row["delivered"]),
    ("refused", lambda row: row["ksef"] == "rejected"),
    ("printed", lambda row: row["printed"]),
    ("accepted", lambda row: row["ksef"] == ACCEPTED),
    ("issued", lambda row: True),
)
