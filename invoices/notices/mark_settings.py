"""Which marks an order has for a meter, where they are not those of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.order import Event
from invoices.notices import queries
from metering.problems import Problem, ProblemsFound
from metering.store import Statement

MARK_STREAMS = "marks/"
HIGHEST, MOST = 1000, 20
"""The highest mark in percent (an allowance may be passed), and the most marks of a meter."""


@dataclass(frozen=True, kw_only=True)
class MarksSet(Event):
    """An order got marks of its own for a meter; None gives it those of the catalog again."""

    order: str
    meter: str
    marks: list[int] | None


class MarkSettings:
    """The marks of some orders, or of all."""

    def __init__(self, decisions: Decisions, catalog: Catalog, orders: list[str] | None) -> None:
        rows = decisions.rows(queries.MARK_SETTINGS, orders, orders)
        self.own = {(row["order_id"], row["meter"]): tuple(row["marks"]) for row in rows}
        self._default = catalog.marks

    def of(self, order: str, meter: str) -> Sequence[int]:
        """The marks in percent of an order's meter."""
        return self.own.get((order, meter), self._default)


def set_marks(
    decisions: Decisions,
    catalog: Catalog,
    order: str,
    meter: str,
    marks: Sequence[int] | None,
    now: datetime,
) -> MarksSet:
    """Gives an order its own marks for a meter, none of them if the list is empty."""
    decisions.order(order)  # a misspelt one is a problem
    problems = list(_problems(catalog, meter, marks or ()))
    if problems:
        raise ProblemsFound(problems)
    stream = f"{MARK_STREAMS}{order}"
    before = list(decisions.events.get(stream))
    event = MarksSet(
        originator_id=stream,
        originator_version=len(before) + 1,
        recorded_at=now,
        order=order,
        meter=meter,
        marks=None if marks is None else sorted(set(marks)),
    )
    try:
        decisions.save(event, statements=[keep_marks(event)])
    except IntegrityError as error:
        message = f"the marks of order {order} were set by somebody else meanwhile: look again"
        raise ProblemsFound([Problem("changed_meanwhile", "order", message)]) from error
    return event


def keep_marks(event: MarksSet) -> Statement:
    """The read model's row of an order's marks for a meter."""
    if event.marks is None:
        return Statement(queries.DROP_MARKS, (event.order, event.meter))
    return Statement(queries.KEEP_MARKS, (event.order, event.meter, event.marks))


def _problems(catalog: Catalog, meter: str, marks: Sequence[int]) -> list[Problem]:
    problems = []
    if meter not in catalog.meters:
        message = f"there is no meter {meter}: there are {', '.join(sorted(catalog.meters))}"
        problems.append(Problem("unknown_meter", "meter", message))
    if wrong := [mark for mark in marks if not 1 <= mark <= HIGHEST]:
        message = f"{', '.join(map(str, wrong))}: a mark is a percentage from 1 to {HIGHEST}"
        problems.append(Problem("out_of_range", "marks", message))
    if len(set(marks)) > MOST:
        problems.append(Problem("out_of_range", "marks", f"a meter has at most {MOST} marks"))
    return problems
