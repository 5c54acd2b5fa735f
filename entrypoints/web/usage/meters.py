"""One meter of an order's month: its days, its ledger, how it was reckoned; one day's entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.money import plain
from entrypoints.cli.session import Session
from entrypoints.web.charts import drawn
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.usage import queries as own_queries
from entrypoints.web.usage.overview import Gauged, Overview
from entrypoints.web.usage.reading import Seen
from invoices.explaining.now import explain_now
from invoices.language import Language
from invoices.pdf.charts import daily
from invoices.pdf.explanations import Step, coverage_steps
from invoices.units import usage_in_unit
from metering import queries as usage_queries
from metering.calendar import ONE_DAY, Span, end_of, local_day, start_of
from metering.forecast import Case
from metering.itemised import is_kept, read_itemised

PAGE = 50
WIDTH, HEIGHT, LABELS = 640, 200, 13
NO_METER = marked("This order has no such meter.")
NO_DAY = marked("This day is not in a month of the order.")
NO_PAGE = marked("There are no more entries.")


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of a meter: what was used, its entries and repeats, and what is expected of it.

    Nothing can be said of how much is used on a day that has not come: ``used`` is None. A day on
    which something was ``changed`` afterwards can be looked at though nothing stands of it.
    """

    day: str
    used: str | None
    expected: str | None
    entries: int
    repeats: int
    changed: bool

    @property
    def is_open(self) -> bool:
        """Whether its page has anything to show."""
        return bool(self.entries or self.repeats or self.changed)


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter for its page; ``explained`` is what `explain_now` says of it."""

    gauged: Gauged
    explained: Mapping[str, Any]
    days: tuple[DayRow, ...]
    chart: str
    steps: tuple[Step, ...]
    amendments: tuple[Mapping[str, Any], ...]


def meter_view(session: Session, own: Overview, meter: str, say: Language) -> MeterView:
    """The values of a meter's page."""
    seen = own.seen
    gauged = gauged_of(own, meter)
    explained = explain_now(session.usage, seen.report, meter)
    period, ledger = seen.report.period, explained["ledger"]
    changes = amendments(session, seen.order, meter, period.first_day, period.last_day)
    changed = {str(one["day"]) for one in changes}
    days = tuple(_days(gauged, explained, seen, changed))
    return MeterView(
        gauged,
        explained,
        days,
        _chart(days, gauged.row, say),
        tuple(_steps(own, ledger, say)) if ledger else (),
        changes,
    )


def _steps(own: Overview, ledger: Mapping[str, Any], say: Language) -> Iterator[Step]:
    """How the units are covered, and what is left of them with its cost, if it is charged."""
    lines = (one for one in own.lines if one.meter == ledger["meter"] and one.month is None)
    charged = next((one.steps for one in lines), ())
    if charged and not own.document["late_entries"]:
        yield from charged
        return
    yield from coverage_steps(ledger, say)
    beyond = say.quantity(usage_in_unit(Decimal(ledger["overage"]), ledger["unit"]))
    remark = "" if Decimal(ledger["overage"]) else say.text("nothing is charged")
    yield Step("=", say.text("overage"), beyond, remark, True)


def gauged_of(own: Overview, meter: str) -> Gauged:
    """A meter's row; an error page where the order has none of this key."""
    found = next((one for one in own.gauges if one.row["meter"] == meter), None)
    if found is None:
        raise NotHere(404, NO_METER)
    return found


def _days(
    gauged: Gauged, explained: Mapping[str, Any], seen: Seen, changed: Collection[str]
) -> Iterator[DayRow]:
    """Every day of the month; those of a stock meter are levels."""
    counted = {one["day"]: one["entries"] for one in explained["days"]}
    again = {one["day"]: one["repeats"] for one in explained["repeats"]["days"]}
    coming = _coming(gauged, seen)
    for one in gauged.row["days"]:
        day = one["day"]
        has_come = one["used"] != "0" or date.fromisoformat(day) <= seen.report.day
        used = one["used"] if has_come else None
        entries, repeats = counted.get(day, 0), again.get(day, 0)
        yield DayRow(day, used, coming.get(day), entries, repeats, day in changed)


def _coming(gauged: Gauged, seen: Seen) -> dict[str, str]:
    """What is expected of each day that is left: units, or the level of a stock."""
    meter = gauged.row["meter"]
    outlook = seen.forecast.outlooks.get(meter) if seen.forecast else None
    if outlook is None:
        return {}
    days = outlook.days[Case.EXPECTED]
    if gauged.row["kind"] == "flow":
        return {str(day): plain(units) for day, units in days.items() if units}
    level, found = seen.report.usage.levels.get(meter, Decimal(0)), dict[str, str]()
    for day, change in days.items():
        level = max(level + change, Decimal(0))
        found[str(day)] = plain(level)
    return found


def _chart(days: tuple[DayRow, ...], row: Mapping[str, Any], say: Language) -> str:
    """The days as a picture, in the unit in which they are told."""
    unit = row["unit"]
    values = [
        {"day": one.day}
        | {
            part: str(usage_in_unit(Decimal(units), unit))
            for part, units in (("used", one.used), ("expected", one.expected))
            if units is not None
        }
        for one in days
    ]
    return drawn(daily(values, row["kind"], WIDTH, HEIGHT, LABELS), say.code)


def amendments(
    session: Session, order: str, meter: str, first: date, last: date
) -> tuple[Mapping[str, Any], ...]:
    """What was changed of a meter's recorded usage on some days: by whom, when and why."""
    asked = {"order": order, "meter": meter, "first": first, "last": last}
    return tuple(session.usage.rows(own_queries.AMENDED_ON, **asked))


@dataclass(frozen=True, slots=True)
class DayView:
    """A page of a day's entries of a meter: ``count`` in all, ``repeats`` that came again.

    ``levels`` are those of a stock when the day begins and when it ends, if entries changed it.
    """

    day: date
    number: int
    count: int
    used: str
    entries: tuple[Mapping[str, Any], ...]
    repeats: int
    last_repeat: Any
    amendments: tuple[Mapping[str, Any], ...]
    too_old: bool
    levels: tuple[str, str] | None

    @property
    def pages(self) -> int:
        """How many pages there are; one at least."""
        return max(-(-self.count // PAGE), 1)

    @property
    def is_shifted(self) -> bool:
        """Whether the clocks are changed on the day, so that a time alone may not be enough."""
        return end_of(self.day) - start_of(self.day) != ONE_DAY


def _levels(explained: Mapping[str, Any], day: date) -> tuple[str, str] | None:
    """The levels between which the entries of a day have led."""
    changed = (own for own in explained["days"] if own["day"] == str(day) and "after" in own)
    return next(((own["before"], own["after"]) for own in changed), None)


def day_view(session: Session, seen: Seen, meter: str, day: date, number: int) -> DayView:
    """The values of a day's page; entries after the month's invoice are marked late."""
    period, today = seen.report.period, local_day(seen.now)
    if not period.first_day <= day <= min(period.last_day, today):
        raise NotHere(404, NO_DAY)
    asked = {"order": seen.order, "first": day, "last": day}
    with session.usage.snapshot() as rows:
        items = read_itemised(
            session.usage, rows, seen.order, Span(day, day), session.catalog.meters,
            today=today, invoiced=seen.report.items.invoiced,
        )  # fmt: skip
        again = rows(usage_queries.REPEAT_DAYS, **asked)
    count, entries = items.part([meter], (number - 1) * PAGE, PAGE)
    repeats = [row for row in again if row["meter"] == meter]
    view = DayView(
        day,
        number,
        count,
        next((plain(own.used) for own in seen.report.days_of(meter) if own.day == day), "0"),
        tuple(entries),
        sum(row["repeats"] for row in repeats),
        max((row["last_received_at"] for row in repeats), default=None),
        amendments(session, seen.order, meter, day, day),
        not is_kept(day, today),
        _levels(explain_now(session.usage, seen.report, meter), day),
    )
    if number > view.pages:
        raise NotHere(404, NO_PAGE)
    return view
