"""A month's drafts as a person checks them: beside the month before, with what is checked of them.

A check is about a draft's content; one that has changed since is not checked any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from invoices.closing import queries
from invoices.closing.differences import MONTHS, ZERO, Comparison, compare_months, spikes
from invoices.closing.fingerprints import fingerprint
from invoices.drafting import Draft
from invoices.finding import load_invoices
from invoices.invoice import INVOICE, Invoice
from invoices.restating import state_of
from metering.calendar import Period
from metering.problems import Problem
from metering.store import Statement


@dataclass(frozen=True, slots=True)
class Check:
    """Who has checked a draft, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MonthDraft:
    """An order's draft of a month with all that a person looks at.

    ``mark`` is that of its content, None where nothing would be issued; ``check`` is of just this
    content; ``was_checked`` tells that somebody has checked another content. ``before`` is the net
    of the month before, None where the order has no invoice of any month yet.
    """

    draft: Draft
    mark: str | None
    before: Decimal | None
    spikes: tuple[str, ...]
    check: Check | None
    was_checked: bool

    @property
    def order(self) -> str:
        return self.draft.customer.terms.id

    @property
    def document(self) -> Mapping[str, Any] | None:
        return self.draft.document

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.draft.problems

    @property
    def net(self) -> Decimal:
        return Decimal(self.document["net"]) if self.document else ZERO

    @property
    def difference(self) -> Decimal:
        """Net now less net of the month before."""
        return self.net - (self.before or ZERO)

    @property
    def is_nothing(self) -> bool:
        """Whether the order has nothing to charge now, and had nothing the month before."""
        return self.document is None and not self.problems and not self.before


def month_drafts(decisions: Decisions, drafts: Sequence[Draft], period: Period) -> list[MonthDraft]:
    """Some drafts of a period beside what their orders were billed before."""
    orders = [own.customer.terms.id for own in drafts]
    earlier = earlier_nets(decisions, orders, period)
    checks = checks_of(decisions, period, orders)
    return [
        _month_draft(own, earlier.get(order, []), checks.get(order, {}))
        for order, own in zip(orders, drafts, strict=True)
    ]


def _month_draft(
    draft: Draft, earlier: Sequence[Decimal], known: Mapping[str, Check]
) -> MonthDraft:
    document = draft.document
    mark = fingerprint(document) if document is not None else None
    net = Decimal(document["net"]) if document is not None else ZERO
    found = () if draft.problems else spikes(net, earlier)
    before = earlier[0] if earlier else None
    return MonthDraft(draft, mark, before, found, known.get(mark or ""), bool(known))


def comparisons(
    decisions: Decisions, drafts: Sequence[MonthDraft], period: Period
) -> dict[str, Comparison]:
    """Some drafts beside the invoices of the month before, line by line, by order."""
    before = documents_of(decisions, [own.order for own in drafts], period.before())
    return {own.order: compare_months(before.get(own.order), own.document) for own in drafts}


def earlier_nets(
    decisions: Decisions, orders: Sequence[str], period: Period
) -> dict[str, list[Decimal]]:
    """What some orders were billed in the months before one, the last first.

    A month in between that has no invoice counts as nothing.
    """
    known: defaultdict[str, dict[Period, Decimal]] = defaultdict(dict)
    for row in decisions.rows(queries.NETS, orders=list(orders), period=period.first_day):
        known[row["order_id"]][Period.of(row["period"])] = row["net"]
    return {order: list(_from(nets, period)) for order, nets in known.items()}


def _from(nets: Mapping[Period, Decimal], period: Period) -> Iterator[Decimal]:
    first, month = min(nets), period
    for _ in range(MONTHS):
        month = month.before()
        if month < first:
            return
        yield nets.get(month, ZERO)


def documents_of(
    decisions: Decisions, orders: Sequence[str], period: Period
) -> dict[str, dict[str, Any]]:
    """The invoices of some orders for a period as their corrections have left them."""
    rows = decisions.rows(queries.LAST_DOCUMENTS, orders=list(orders), period=period.first_day)
    of_order = {row["id"]: row["order_id"] for row in rows}
    found: defaultdict[str, list[Invoice]] = defaultdict(list)
    for own in load_invoices(decisions, of_order):
        found[of_order[own.id]].append(own)
    states = {order: _standing(own) for order, own in found.items()}
    return {order: own for order, own in states.items() if own is not None}


def _standing(issued: Sequence[Invoice]) -> dict[str, Any] | None:
    """The invoice that stands, with its corrections in it."""
    annulled = {own.draft.corrects for own in issued if own.draft.annuls}
    for own in issued:
        if own.kind == INVOICE and own.id not in annulled:
            made = [one.document for one in issued if one.draft.corrects == own.id]
            return state_of(own.document, made)
    return None


def checks_of(
    decisions: Decisions, period: Period, orders: Sequence[str] | None = None
) -> dict[str, dict[str, Check]]:
    """What was checked of a period: by order, then by the mark of the content."""
    wanted = None if orders is None else list(orders)
    found: defaultdict[str, dict[str, Check]] = defaultdict(dict)
    for row in decisions.rows(queries.CHECKS, period=period.first_day, orders=wanted):
        check = Check(row["checked_by"], row["checked_at"])
        found[row["order_id"]][row["sha256"]] = check
    return found


def keep_checks(
    decisions: Decisions, period: Period, marks: Mapping[str, str], by: str, now: datetime
) -> None:
    """Notes that a person has checked some drafts; ``marks`` are those of their content."""
    said = {"period": period.first_day, "by": by, "at": now}
    rows = ({**said, "order": order, "sha256": mark} for order, mark in marks.items())
    decisions.run(*(Statement(queries.KEEP_CHECK, row) for row in rows))


def marks_of(drafts: Iterable[Draft]) -> dict[str, str]:
    """The marks of what would be issued, by order."""
    return {
        own.customer.terms.id: fingerprint(own.document)
        for own in drafts
        if own.document is not None
    }


def checked_marks(
    marks: Mapping[str, str], checks: Mapping[str, Mapping[str, Check]]
) -> dict[str, str]:
    """Those of some marks that are of checked drafts."""
    return {order: mark for order, mark in marks.items() if mark in checks.get(order, {})}
