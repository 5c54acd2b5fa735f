"""What commands on incidents are checked by, beside the forms that scenarios are checked by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from billing.catalog.document import SlaLevelForm
from billing.catalog.edition import Catalog
from billing.orders.terms import OrderTerms
from billing.sla.levels import level_on
from billing.sla.recorded.incident import RecordedIncident
from billing.sla.recorded.parts import RepairMade, Report
from metering.calendar import local_day
from metering.problems import Problem

Levels = Mapping[str, SlaLevelForm]
"""The level of each of some orders."""


def levels_of(terms: Iterable[OrderTerms], catalog: Catalog, at: datetime) -> Levels:
    """The levels of some orders at an instant."""
    return {own.id: catalog.sla_levels[level_on(own, local_day(at))] for own in terms}


def repeated_orders(orders: Iterable[str]) -> Iterator[Problem]:
    """Orders that are named twice."""
    for order, count in Counter(orders).items():
        if count > 1:
            yield Problem("duplicate_order", "orders", f"order {order} is named {count} times")


def lost_orders(own: RecordedIncident) -> Iterator[Problem]:
    """Orders that work is estimated for, and that a report stated again does not name."""
    for order in dict.fromkeys(one.order for one in own.estimates):
        if order not in own.orders:
            message = f"work is estimated for order {order}: the incident goes on to concern it"
            yield Problem("order_has_estimate", "orders", message)


def incomplete(report: Report, levels: Levels) -> Iterator[Problem]:
    """A report that does not say all that the level of one of the orders asks for (R158)."""
    wanted = tuple(dict.fromkeys(name for own in levels.values() for name in own.report_fields))
    missing = report.missing(wanted) if report.reported_by is not None else []
    if missing:
        message = f"the report does not say: {', '.join(missing)}"
        yield Problem("incomplete_report", "report", message)


def unknown_functions(own: RecordedIncident, catalog: Catalog, levels: Levels) -> Iterator[Problem]:
    """Failures of what is no critical function; where each service is measured it names one."""
    if any(level.measured_per == "service" for level in levels.values()):
        return
    known = catalog.incidents.critical_functions
    for i, failure in enumerate(own.down):
        if failure.service and failure.service not in known:
            message = f"{failure.service} is no critical function: take {', '.join(known)}"
            yield Problem("unknown_function", f"down[{i}].service", message)


def no_repairs(repair: RepairMade, catalog: Catalog, levels: Levels) -> Iterator[Problem]:
    """A repair that does not stop the clock of one of the orders' levels (R114, R161)."""
    for order, level in levels.items():
        if repair.how not in level.repaired_by:
            ways = ", ".join(level.repaired_by)
            message = f"by {level.en}, which order {order} has, only this is a repair: {ways}"
            yield Problem("not_a_repair", "how", message)


def in_future(now: datetime, **times: datetime | date | None) -> list[Problem]:
    """Times and days that have not come yet, by the names of their fields."""
    return [
        Problem("in_future", name, f"{time} is not yet: record what has happened")
        for name, time in times.items()
        if time is not None and _is_later(time, now)
    ]


def _is_later(time: datetime | date, now: datetime) -> bool:
    return time > now if isinstance(time, datetime) else time > local_day(now)


def future_times(own: RecordedIncident, now: datetime) -> list[Problem]:
    """Failures and waits that begin or end later than now."""
    groups = (("down", own.down), ("client_action", own.client_action))
    return [
        problem.under(f"{name}[{i}]")
        for name, times in groups
        for i, time in enumerate(times)
        for problem in in_future(now, **{"from": time.start, "to": time.end})
    ]
