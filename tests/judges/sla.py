"""A second calculation of service levels, written from the rules alone.

It was written without sight of the engine it judges and shares no code and no
catalog with it.  It is slow and plain on purpose: it walks over the service time
of a level minute by minute, asks of each minute what happened in it, and counts.
It expects a valid scenario and says nothing about invoices but the fees that
credits and penalties are computed from.

Instants are whole seconds since 1970 in UTC; intervals are half-open; days, months
and service hours are those of Europe/Warsaw.  A step of the walk, a tick, is named
by its first instant.  It lasts one minute, or less if the scenario has times with
seconds, so that every time of the scenario is the border of a tick.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor, gcd
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Plain = dict[str, Any]

WARSAW = ZoneInfo("Europe/Warsaw")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
MINUTE = 60
HOUR = 3600
FAR_DAY = dt.date(9000, 1, 1)

# --- Facts of the service levels --------------------------------------------------


class Level(NamedTuple):
    """What a service level promises.

    `served` says which days have service ("business", "no_holiday" or "all"), from
    the hour `opens` to the hour `closes` (R86).  `credits` has pairs of a threshold
    of availability and the credit below it, both in percent, the lowest threshold
    first (R93).  `rate` is the part of the fee for each full unit of exceeded repair
    time and `unit` the service seconds of such a unit (R108); without a rate there
    are no penalties.  `reaction` and `repair` are limits by priority (R103, R104):
    hours ("5h") or Business Days ("3DR").
    """

    served: str
    opens: int
    closes: int
    credits: tuple[tuple[Decimal, int], ...] = ()
    rate: Fraction | None = None
    unit: int = HOUR
    reaction: Mapping[str, str] = {}
    repair: Mapping[str, str] = {}


def _limits(critical: str, high: str, medium: str, low: str) -> dict[str, str]:
    return {"critical": critical, "high": high, "medium": medium, "low": low}


def _steps(five: str, ten: str, fifteen: str) -> tuple[tuple[Decimal, int], ...]:
    return ((Decimal(fifteen), 15), (Decimal(ten), 10), (Decimal(five), 5))


LEVELS: dict[str, Level] = {
    "standard": Level(
        served="business",
        opens=8,
        closes=18,
        credits=_steps("99", "98", "97"),
        rate=Fraction(1, 30),
        unit=10 * HOUR,
        reaction=_limits("4h", "8h", "1DR", "1DR"),
        repair=_limits("1DR", "7DR", "14DR", "21DR"),
    ),
    "progres": Level(
        served="business",
        opens=6,
        closes=22,
        credits=_steps("99.5", "99", "98"),
        rate=Fraction(1, 100),
        reaction=_limits("1h", "4h", "6h", "8h"),
        repair=_limits("5h", "1DR", "7DR", "14DR"),
    ),
    "progres_plus": Level(
        served="no_holiday",
        opens=6,
        closes=22,
        credits=_steps("99.5", "99", "98"),
        rate=Fraction(1, 100),
        reaction=_limits("1h", "4h", "6h", "8h"),
        repair=_limits("5h", "1DR", "7DR", "14DR"),
    ),
    "premium": Level(
        served="all",
        opens=0,
        closes=24,
        credits=_steps("99.9", "99.5", "99"),
        rate=Fraction(3, 200),
        reaction=_limits("0.5h", "2h", "4h", "8h"),
        repair=_limits("2h", "8h", "3DR", "7DR"),
    ),
    # R157: measured and reported only; no credit, penalty or repair time is printed.
    "user_com": Level(served="all", opens=0, closes=24),
}

FIXED_HOLIDAYS = {
    (1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26),
}  # fmt: skip
CHRISTMAS_EVE_SINCE = 2025  # R97
EASTER = {
    2024: dt.date(2024, 3, 31),
    2025: dt.date(2025, 4, 20),
    2026: dt.date(2026, 4, 5),
    2027: dt.date(2027, 3, 28),
    2028: dt.date(2028, 4, 16),
}
AFTER_EASTER = (0, 1, 49, 60)  # Easter Sunday and Monday, Pentecost, Corpus Christi.

NOTICE = dt.timedelta(days=7)  # R89
CLAIM_DAYS = 30  # R94
LIABILITY_MONTHS = 12  # R118
CLIENT_SIDE = ("client", "user")  # R99
SERIOUS = ("critical", "high")  # R109
PAID_BY_USE = ("tts",)
ALIASES_OF_PACKS = (
    "disk_extra_100gb",
    "business_rules_extra_5000",
    "queues_extra_10",
    "email_accounts_extra_10",
    "pcs_extra_10000",
)


# --- Time -------------------------------------------------------------------------


def moment(text: Any) -> dt.datetime:
    """An ISO time; one without an offset is Polish time."""
    read = dt.datetime.fromisoformat(str(text))
    return read.replace(tzinfo=WARSAW) if read.tzinfo is None else read


def instant(text: Any) -> int:
    return (moment(text) - EPOCH) // SECOND


def local(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, WARSAW)


def date_of(text: Any) -> dt.date:
    """A day, or the Polish day of a time."""
    if len(str(text)) == len("2025-10-01"):
        return dt.date.fromisoformat(str(text))
    return moment(text).astimezone(WARSAW).date()


def midnight(day: dt.date) -> int:
    """The instant at which a day begins in Poland."""
    return (dt.datetime(day.year, day.month, day.day, tzinfo=WARSAW) - EPOCH) // SECOND


def month_of(day: dt.date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def first_day(period: str) -> dt.date:
    return dt.date.fromisoformat(f"{period}-01")


def last_day(period: str) -> dt.date:
    day = first_day(period)
    while month_of(day + DAY) == period:
        day += DAY
    return day


def next_period(period: str) -> str:
    return month_of(last_day(period) + DAY)


def is_holiday(day: dt.date) -> bool:
    if (day.month, day.day) in FIXED_HOLIDAYS:
        return True
    if (day.month, day.day) == (12, 24) and day.year >= CHRISTMAS_EVE_SINCE:
        return True
    return (day - EASTER[day.year]).days in AFTER_EASTER


def is_business_day(day: dt.date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


def is_served(level: Level, day: dt.date) -> bool:
    if level.served == "business":
        return is_business_day(day)
    return level.served == "all" or not is_holiday(day)


@lru_cache(maxsize=400)
def _open_ticks(opens: int, closes: int, day: dt.date, tick: int) -> tuple[int, ...]:
    """The ticks of a day whose local hour is inside the service hours (R98)."""
    whole_day = range(midnight(day), midnight(day + DAY), tick)
    return tuple(at for at in whole_day if opens <= local(at).hour < closes)


def ticks_of_day(level: Level, day: dt.date, tick: int) -> tuple[int, ...]:
    if not is_served(level, day):
        return ()
    return _open_ticks(level.opens, level.closes, day, tick)


def walk(level: Level, begin: int, end: int, tick: int) -> Iterator[int]:
    """The ticks of service time in an interval, one after another."""
    day = local(begin).date()
    while day < FAR_DAY and midnight(day) < end:
        for at in ticks_of_day(level, day, tick):
            if begin <= at < end:
                yield at
        day += DAY


def ticks_in(intervals: Iterable[tuple[int, int]], tick: int) -> set[int]:
    """All ticks of the intervals; those of several of them count once."""
    covered: set[int] = set()
    for begin, end in intervals:
        covered.update(range(begin, end, tick))
    return covered


def spans(intervals: Iterable[Plain] | None) -> list[tuple[int, int]]:
    return [(instant(own["from"]), instant(own["to"])) for own in intervals or []]


# --- Deadlines --------------------------------------------------------------------


def deadline(
    level: Level, limit: str, start: int, pauses: set[int] | None = None, tick: int = MINUTE
) -> int:
    """The instant at which a limit is used up (R100, R103, R104, R106, R107).

    The clock starts at the first tick of service time from `start` on.  A limit in
    hours is that much service time; one in Business Days is the service time from
    there to the end of the service window of the n-th Business Day after the day of
    that first tick.  Ticks in which the client was at work are not counted.
    """
    end_of_time = midnight(dt.date(max(EASTER), 12, 31))
    opening = next(walk(level, start, end_of_time, tick))
    if limit.endswith("DR"):
        day = local(opening).date()
        for _ in range(int(limit.removesuffix("DR"))):
            day += DAY
            while not is_business_day(day):
                day += DAY
        closing = ticks_of_day(level, day, tick)[-1] + tick
        needed = sum(1 for _ in walk(level, opening, closing, tick))
    else:
        needed = int(Fraction(limit.removesuffix("h")) * HOUR) // tick
    for at in walk(level, opening, end_of_time, tick):
        if at not in (pauses or ()):
            needed -= 1
        if needed == 0:
            return at + tick
    raise ValueError("the deadline is beyond the years this calculation knows")


def full_units(
    level: Level, due: int, stop: int, pauses: set[int], tick: int = MINUTE
) -> list[int]:
    """The last tick of every full unit of service time between a deadline and `stop`.

    The month of that tick is the month of the unit, so one that is full exactly at
    midnight belongs to the month that ends then (R110).  The clock rests while the
    client is at work (R107).
    """
    ran = 0
    full = []
    for at in walk(level, due, stop, tick):
        if at in pauses:
            continue
        ran += tick
        if ran == level.unit:
            full.append(at)
            ran = 0
    return full


# --- Money ------------------------------------------------------------------------


def half_up(value: Fraction, places: int) -> Decimal:
    """A value that is not negative, rounded half up."""
    return Decimal(floor(value * 10**places + Fraction(1, 2))).scaleb(-places)


def cents(value: Fraction) -> Decimal:
    return half_up(value, 2)


class Fee(NamedTuple):
    """One recurring line of an order: `units` at a `price` from `first` to `last` day."""

    units: int
    price: Fraction
    first: dt.date
    last: dt.date


def launch_day(order: Plain) -> dt.date:
    return date_of(order["launch_date"])


def end_day(order: Plain) -> dt.date:
    return FAR_DAY if order.get("end_date") is None else date_of(order["end_date"])


def fees(order: Plain) -> list[Fee]:
    """Licences, the fee of the level (none for Standard) and flat add-ons (R96)."""
    prices = order["prices"]
    whole = (launch_day(order), end_day(order))
    lines = [Fee(int(order["licences"]), Fraction(str(prices["licence"])), *whole)]
    if order["sla"] != "standard":
        lines.append(Fee(1, Fraction(str(prices["sla"])), *whole))
    for addon in order.get("addons") or []:
        item = addon["item"]
        if item in PAID_BY_USE or item in ALIASES_OF_PACKS:
            continue
        first = max(whole[0], date_of(addon["from"]) if addon.get("from") else whole[0])
        last = min(whole[1], date_of(addon["to"]) if addon.get("to") else whole[1])
        price = Fraction(str(prices["addons"][item]))
        lines.append(Fee(int(addon.get("quantity") or 1), price, first, last))
    return lines


def base(order: Plain, period: str) -> Decimal:
    """What the period's invoice bills for the recurring lines, each rounded (R96, R108)."""
    month = [first_day(period) + DAY * n for n in range(last_day(period).day)]
    prorated = (order.get("policies") or {}).get("proration", "days") == "days"
    total = Decimal(0)
    for fee in fees(order):
        served = sum(1 for day in month if fee.first <= day <= fee.last)
        share = Fraction(served, len(month)) if prorated else Fraction(min(served, 1))
        total += cents(fee.units * fee.price * share)
    return total


def monthly_fee(order: Plain, day: dt.date) -> Decimal:
    """A whole month of the recurring lines in force on a day, each rounded (R118)."""
    day = max(day, launch_day(order))
    in_force = [fee for fee in fees(order) if fee.first <= day <= fee.last]
    return sum((cents(fee.units * fee.price) for fee in in_force), Decimal(0))


# --- The scenario -----------------------------------------------------------------


class Case(NamedTuple):
    """A scenario with what is asked of it: levels, billed periods, length of a tick."""

    scenario: Plain
    levels: Mapping[str, Level]
    periods: list[str]
    tick: int

    def named(self, kind: str, order: Plain) -> list[Plain]:
        """The incidents or exclusions that name an order, as they stand in the file."""
        return [own for own in self.scenario.get(kind) or [] if order["id"] in own["orders"]]

    def level(self, order: Plain) -> Level:
        return self.levels[order["sla"]]

    @property
    def end(self) -> int:
        """The end of the last billed period."""
        return midnight(first_day(next_period(self.periods[-1])))


def dated_things(scenario: Plain) -> list[dt.date]:
    """The days of everything that extends the billed periods (contract, section 2)."""
    found: list[Any] = [use["time"] for use in scenario.get("usage") or []]
    for order in scenario["orders"]:
        found += [pack["at"] for pack in order.get("packs") or []]
    for incident in scenario.get("incidents") or []:
        found += [incident.get(key) for key in ("reported", "qualified", "repaired")]
        for own in [*(incident.get("down") or []), *(incident.get("client_action") or [])]:
            found += [own["from"], own["to"]]
    for claim in scenario.get("claims") or []:
        found += [claim.get(key) for key in ("filed", "confirmed", "refused")]
    for work in scenario.get("service_work") or []:
        found += [work.get(key) for key in ("accepted", "performed")]
    return [date_of(text) for text in found if text is not None]


def billed_periods(scenario: Plain, last: str | None = None) -> list[str]:
    """Every month from the first launch to the last dated thing, or to `last`."""
    launches = [launch_day(order) for order in scenario["orders"]]
    periods = [month_of(min(launches))]
    until = last or month_of(max([min(launches), *dated_things(scenario)]))
    while periods[-1] < until:
        periods.append(next_period(periods[-1]))
    return periods


def tick_of(scenario: Plain) -> int:
    """The longest tick, of at most a minute, that fits all times of the scenario."""
    tick = MINUTE
    for kind in ("incidents", "exclusions"):
        for own in scenario.get(kind) or []:
            ends = [*spans(own.get("down")), *spans(own.get("client_action"))]
            texts = [own.get(key) for key in ("from", "to", "qualified", "repaired", "reported")]
            times = [at for pair in ends for at in pair]
            times += [instant(text) for text in texts if text is not None]
            for at in times:
                tick = gcd(tick, at)
    return tick


def service_span(order: Plain, period: str) -> tuple[int, int]:
    """The order's days of service in a period as an interval; empty if there are none (R15)."""
    first = max(launch_day(order), first_day(period))
    last = min(end_day(order), last_day(period))
    return midnight(first), max(midnight(first), midnight(last + DAY))


def in_service(order: Plain, period: str) -> bool:
    begin, end = service_span(order, period)
    return begin < end


# --- Availability -----------------------------------------------------------------


class Measured(NamedTuple):
    """A, B and C of R87 in seconds."""

    total: int
    down: int
    excluded: int

    @property
    def ratio(self) -> Fraction:
        """Availability in percent, exact; without measurable time it is 100 (R87, R91)."""
        if self.total == self.excluded:
            return Fraction(100)
        good = self.total - self.down - self.excluded
        return Fraction(good, self.total - self.excluded) * 100


def credit_percent(level: Level, measured: Measured) -> int:
    """The highest step whose threshold the exact availability is below (R92, R93)."""
    for threshold, credit in level.credits:
        if measured.ratio < Fraction(threshold):
            return credit
    return 0


def is_counted(exclusion: Plain) -> bool:
    """Announced at least seven days before it begins, by the clock on the wall (R89)."""
    announced = moment(exclusion["announced"]).astimezone(WARSAW).replace(tzinfo=None)
    begins = moment(exclusion["from"]).astimezone(WARSAW).replace(tzinfo=None)
    return announced + NOTICE <= begins


def measure(case: Case, order: Plain, period: str) -> Measured:
    """Every tick of service time is planned work, down or neither (R87-R89, R115)."""
    counted = [own for own in case.named("exclusions", order) if is_counted(own)]
    planned = ticks_in(spans(counted), case.tick)
    failing: set[int] = set()
    for incident in case.named("incidents", order):
        if incident["cause"] == "provider":
            failing |= ticks_in(spans(incident.get("down")), case.tick)
    total = down = excluded = 0
    for at in walk(case.level(order), *service_span(order, period), case.tick):
        total += case.tick
        if at in planned:
            excluded += case.tick
        elif at in failing:
            down += case.tick
    return Measured(total, down, excluded)


def availability(case: Case) -> list[Plain]:
    return [
        _availability_row(case, order, period)
        for order in case.scenario["orders"]
        for period in case.periods
        if in_service(order, period)
    ]


def _availability_row(case: Case, order: Plain, period: str) -> Plain:
    measured = measure(case, order, period)
    return {
        "order": order["id"],
        "period": period,
        "level": order["sla"],
        "total_seconds": measured.total,
        "down_seconds": measured.down,
        "excluded_seconds": measured.excluded,
        "percent": f"{half_up(measured.ratio, 4):f}",
        "credit_percent": str(credit_percent(case.level(order), measured)),
    }


# --- Penalties --------------------------------------------------------------------


def closing(case: Case, incident: Plain) -> int:
    """The repair, or the end of the last billed period if there was none by then."""
    if incident.get("repaired") is None:
        return case.end
    return min(instant(incident["repaired"]), case.end)


def is_unavailable(incident: Plain) -> bool:
    """Whether the service was unavailable in the sense of R109."""
    told = incident.get("service_unavailable")
    return incident["priority"] in SERIOUS if told is None else bool(told)


def is_open(case: Case, incident: Plain, order: Plain, period: str) -> bool:
    """Whether any of the time from report to repair is in the order's period.

    An incident repaired in the instant of its report is open in the period of that
    instant.
    """
    begin, end = service_span(order, period)
    reported = instant(incident["reported"])
    stop = max(closing(case, incident), reported + 1)
    return max(begin, reported) < min(end, stop)


def exceeded(case: Case, incident: Plain, order: Plain) -> list[int]:
    """The last tick of every unit to be penalised, of all periods (R105, R108, R109)."""
    level = case.level(order)
    if incident.get("qualified") is None or not is_unavailable(incident):
        return []
    pauses = ticks_in(spans(incident.get("client_action")), case.tick)
    limit = level.repair[incident["priority"]]
    due = deadline(level, limit, instant(incident["qualified"]), pauses, case.tick)
    stop = min(closing(case, incident), midnight(min(end_day(order), FAR_DAY - DAY) + DAY))
    return full_units(level, due, stop, pauses, case.tick)


def penalties(case: Case) -> list[Plain]:
    rows = []
    for order in case.scenario["orders"]:
        if case.level(order).rate is not None:
            rows += _penalties_of(case, order)
    return rows


def _penalties_of(case: Case, order: Plain) -> list[Plain]:
    incidents = [own for own in case.named("incidents", order) if own["cause"] == "provider"]
    units = {own["id"]: exceeded(case, own, order) for own in incidents}
    left = {
        own["id"]: LIABILITY_MONTHS * monthly_fee(order, date_of(own["reported"]))
        for own in incidents
    }
    rows = []
    for period in case.periods:
        if not in_service(order, period):
            continue
        inside = {
            name: [at for at in ends if month_of(local(at).date()) == period]
            for name, ends in units.items()
        }
        amounts = shared(case.level(order), base(order, period), inside, left)
        for name, amount in amounts.items():
            left[name] = max(left[name] - amount, Decimal(0))
        rows += [
            {
                "order": order["id"],
                "period": period,
                "incident": own["id"],
                "units": len(inside[own["id"]]),
                "amount": f"{amounts[own['id']]:.2f}",
            }
            for own in incidents
            if is_open(case, own, order, period)
        ]
    return rows


def shared(
    level: Level, fee: Decimal, inside: Mapping[str, list[int]], left: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """The penalties of one order and period by incident (R110, R111, R118, R120).

    The exact amounts are summed, the sum is capped at the fee and rounded once.  The
    incidents take their shares in the order in which their last units of the period
    were full: each its own rounded amount or what is left, the last one the rest.
    """
    exact: dict[str, Fraction] = {}
    for name, ends in inside.items():
        own = len(ends) * (level.rate or Fraction(0)) * Fraction(fee)
        exact[name] = min(own, Fraction(left[name]))
    rest = cents(min(sum(exact.values(), Fraction(0)), Fraction(fee)))
    # The sort is stable: of two that end together the first of the file comes first.
    turn = sorted((name for name in inside if exact[name] > 0), key=lambda name: inside[name][-1])
    amounts = dict.fromkeys(inside, Decimal(0))
    for name in turn:
        amounts[name] = rest if name == turn[-1] else min(cents(exact[name]), rest)
        rest -= amounts[name]
    return amounts


# --- Credits ----------------------------------------------------------------------


def is_down_in(incident: Plain, begin: int, end: int) -> bool:
    """Whether critical functions were down at any time of an interval, at any hour."""
    return any(max(begin, own) < min(end, stop) for own, stop in spans(incident.get("down")))


def refusal(case: Case, order: Plain, claim: Plain, credit: int) -> str | None:
    """Why a claim is refused before anyone has to confirm the drop; the first that holds.

    `late`, filed after day 30 from the end of the period; `external_cause`, incidents
    with critical functions down in the period were reported in it by the client or a
    user, all of them with causes outside the provider, and no other one; `no_drop`,
    the availability earns no credit; `not_reported`, none of the incidents behind the
    drop was so reported.
    """
    if date_of(claim["filed"]) > last_day(claim["period"]) + CLAIM_DAYS * DAY:
        return "late"
    begin, end = service_span(order, claim["period"])
    causes = {
        own["cause"]
        for own in case.named("incidents", order)
        if is_down_in(own, begin, end)
        and own["reported_by"] in CLIENT_SIDE
        and begin <= instant(own["reported"]) < end
    }
    if causes and "provider" not in causes:
        return "external_cause"
    if credit == 0:
        return "no_drop"
    return None if causes else "not_reported"


def answer(case: Case, claim: Plain) -> Plain:
    """A claim with its result (R94, R95, R151).

    What is wrong with the claim is told first, whether or not it was confirmed; then
    a refusal of the provider (`not_confirmed`); then it waits for a decision (`pending`).
    """
    order = next(own for own in case.scenario["orders"] if own["id"] == claim["order"])
    period = claim["period"]
    credit = credit_percent(case.level(order), measure(case, order, period))
    reason = refusal(case, order, claim, credit)
    if reason is None and claim.get("refused") is not None:
        reason = "not_confirmed"
    row = {"order": order["id"], "period": period, "state": "refused", "reason": reason}
    if reason is None:
        row["state"] = "pending" if claim.get("confirmed") is None else "granted"
    if row["state"] != "granted":
        return {**row, "amount": "0.00", "invoice_period": None}
    amount = cents(Fraction(base(order, period)) * credit / 100)
    later = next_period(period)
    return {
        **row,
        "amount": f"{amount:.2f}",
        "invoice_period": later if in_service(order, later) else None,
    }


def judge(
    scenario: Plain,
    catalog_levels: Mapping[str, Level] | None = None,
    *,
    last_period: str | None = None,
) -> dict[str, list[Plain]]:
    """Availability, penalties and credits of a scenario in the form of the contract.

    Orders and incidents come as they stand in the file, periods in time.  `last_period`
    is the last one billed if it is not to be found from the scenario.
    """
    periods = billed_periods(scenario, last_period)
    case = Case(scenario, catalog_levels or LEVELS, periods, tick_of(scenario))
    return {
        "availability": availability(case),
        "penalties": penalties(case),
        "credits": [answer(case, claim) for claim in scenario.get("claims") or []],
    }
