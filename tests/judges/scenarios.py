"""Random scenarios of service levels, in which as many rules as possible meet.

Every one is valid: orders carry all prices, the times of an incident follow one
another, and intervals are not empty.  Times are whole minutes, and most of them lie
where calculations go wrong: at the borders of service hours, months, holidays, changes
of the clock, and limits of notice and of claims.  There is no usage.  Work on a false
report is the last dated thing of each scenario, and comes at least a month after each
period that is claimed for; so which periods are billed is never in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Plain = dict[str, Any]

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

IN_FORCE = {"fcc-2025-03-01": date(2025, 3, 1), "welyo-2025-06-25": date(2025, 6, 25)}
SLA_LEVELS = ("standard", "progres", "progres_plus", "premium")
FIRST_MONTH, LAST_MONTH = date(2025, 3, 1), date(2027, 3, 1)
MONTHS = [date(2025 + (m + 2) // 12, (m + 2) % 12 + 1, 1) for m in range(25)]
CLOCK_CHANGES = [
    date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29), date(2026, 10, 25),
    date(2027, 3, 28),
]  # fmt: skip
HOLIDAYS = [
    date(2025, 4, 20), date(2025, 4, 21), date(2025, 6, 8), date(2025, 6, 19),
    date(2026, 4, 5), date(2026, 4, 6), date(2026, 5, 24), date(2026, 6, 4), date(2027, 3, 29),
    *(date(year, month, day) for year in (2025, 2026) for month, day in (
        (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26),
    )),
    *(date(year, 1, day) for year in (2026, 2027) for day in (1, 6)),
]  # fmt: skip
MONTH_ENDS = [month - DAY for month in MONTHS[1:]]
NOTABLE_DAYS = sorted({*CLOCK_CHANGES, *HOLIDAYS, *MONTH_ENDS, *(day + DAY for day in MONTH_ENDS)})

BORDERS = [time(hour) for hour in (0, 2, 3, 6, 8, 18, 22)]
"""Where service hours begin and end, days turn and clocks change."""

PRICES = ("0.01", "33.33", "99.99", "150.00", "612.35", "6000.00")
FEES = ("0.00", "0.05", "400.00", "1234.56")
ADDONS = {"email_sms_automation": 1, "vpn": 1, "sms_number": 7, "sip_trunk_byoc": 30}
"""Flat add-ons with the highest quantity ordered of each; 1 is paid as a function."""

PRIORITIES = ("critical", "critical", "critical", "high", "high", "medium", "low")
REPORTERS = ("client", "client", "user", "provider")
REPAIRS = (0, 1, 60, 119, 120, 121, 299, 300, 301, 600, 960, 1440, 2880, 4321, 14400, 43200, 86400)
"""Minutes of repair on and around the limits, up to two months."""
WAITS = (0, 0, 1, 25, 60, 240, 900, 2 * 1440)
LENGTHS = (1, 43, 44, 45, 60, 91, 92, 115, 216, 217, 600, 1500, 4000)
NOTICES = (0, 1, -1, 1440, -1440, -8 * 1440)
"""Minutes by which an exclusion is announced earlier (or later) than seven days before."""
CLAIM_DAYS = (1, 5, 10, 29, 30, 31, 45)


class Window(NamedTuple):
    """The time in which incidents may be reported: from an instant for some days."""

    begin: datetime
    days: int


def _text(at: datetime) -> str:
    return at.astimezone(WARSAW).isoformat()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, WARSAW).astimezone(UTC)


def _minutes(number: int) -> timedelta:
    return number * MINUTE


def _next_month(day: date) -> date:
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def _dates_of_interest(begin: date, days: int) -> list[date]:
    return [day for day in NOTABLE_DAYS if begin <= day < begin + days * DAY] or [begin]


@st.composite
def _moments(draw: st.DrawFn, window: Window) -> datetime:
    """An instant in a window, often at a border of the day on a notable day."""
    begin = window.begin.astimezone(WARSAW).date()
    notable = st.sampled_from(_dates_of_interest(begin, window.days))
    any_day = st.integers(0, window.days - 1).map(lambda n: begin + n * DAY)
    day = draw(st.one_of(notable, any_day))
    near = st.sampled_from(BORDERS)
    any_time = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))
    offset = draw(st.sampled_from((-60, -1, 0, 0, 1, 59)))
    at = _at(day, draw(st.one_of(near, any_time))) + _minutes(offset)
    return max(at, window.begin)


@st.composite
def _intervals(draw: st.DrawFn, begin: datetime, end: datetime, most: int) -> list[Plain]:
    """Up to `most` intervals inside another one; they may overlap."""
    total = (end - begin) // MINUTE
    if total < 1:
        return []
    found = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.one_of(st.just(0), st.integers(0, min(total - 1, 240))))
        start = draw(st.sampled_from((start, total - 1 - start % total)))
        length = draw(st.sampled_from((*LENGTHS, total)))
        stop = min(start + length, total)
        found.append({"from": _text(begin + start * MINUTE), "to": _text(begin + stop * MINUTE)})
    return found


def _apart(intervals: list[Plain]) -> list[Plain]:
    """The intervals without those that begin before an earlier one has ended."""
    kept: list[Plain] = []
    for own in sorted(intervals, key=lambda own: datetime.fromisoformat(own["from"])):
        begin = datetime.fromisoformat(own["from"])
        if not kept or datetime.fromisoformat(kept[-1]["to"]) <= begin:
            kept.append(own)
    return kept


@st.composite
def _addon(draw: st.DrawFn, item: str, launch: date, *, later: bool) -> Plain:
    begin = launch + draw(st.sampled_from((9, 20) if later else (0, 0, 9, 31, 45))) * DAY
    lasts = None if later else draw(st.sampled_from((None, None, 0, 17, 40)))
    return {
        "item": item,
        "quantity": draw(st.integers(1, ADDONS[item])),
        "from": begin.isoformat(),
        "to": None if lasts is None else (begin + lasts * DAY).isoformat(),
    }


@st.composite
def _launches(draw: st.DrawFn, month: date) -> date:
    """A day of a month, often its first, its last or a notable one."""
    days = (_next_month(month) - month).days
    notable = _dates_of_interest(month, days)
    some = draw(st.sampled_from((month, month, month + 14 * DAY, month + (days - 1) * DAY)))
    any_day = month + draw(st.integers(0, days - 1)) * DAY
    return draw(st.sampled_from((some, any_day, *notable)))


@st.composite
def _orders(draw: st.DrawFn, number: int, launch: date) -> Plain:
    """An order; one in five starts so small that its add-ons are worth more than a year of it.

    Penalties of such an order reach the limit of all liability.
    """
    editions = [key for key, since in IN_FORCE.items() if since <= launch]
    items = draw(st.lists(st.sampled_from(sorted(ADDONS)), max_size=2, unique=True))
    grows = draw(st.integers(0, 4)) == 4 and bool(items)
    prices = {
        "licence": draw(st.sampled_from(PRICES[:2] if grows else PRICES)),
        "sla": draw(st.sampled_from(FEES[:2] if grows else FEES)),
        "addons": {item: draw(st.sampled_from(PRICES[3 * grows :])) for item in items},
    }
    order = {
        "id": f"order-{number}",
        "account": "acme",
        "edition": draw(st.sampled_from(editions)),
        "package": "pro",
        "licences": draw(st.integers(1, 4 if grows else 40)),
        "sla": draw(st.sampled_from(SLA_LEVELS)),
        "launch_date": launch.isoformat(),
        "prices": prices,
        "addons": [draw(_addon(item, launch, later=grows)) for item in items],
    }
    if draw(st.integers(0, 5)) == 5:
        order["policies"] = {"proration": "none"}
    return order


@st.composite
def _incidents(
    draw: st.DrawFn, number: int, ids: list[str], window: Window, *, overlapping: bool
) -> Plain:
    """An incident; one in four is not repaired, and some of those are not qualified."""
    reported = draw(_moments(window))
    incident: Plain = {
        "id": f"INC-{number}",
        "orders": draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)),
        "priority": draw(st.sampled_from(PRIORITIES)),
        "reported": _text(reported),
        "reported_by": draw(st.sampled_from(REPORTERS)),
        "cause": draw(st.sampled_from(("provider", "provider", "provider", "external"))),
    }
    qualified = reported + _minutes(draw(st.sampled_from(WAITS)))
    repair = draw(st.one_of(st.sampled_from(REPAIRS), st.integers(0, 6000)))
    end = qualified + _minutes(repair)
    stage = draw(st.sampled_from(("repaired",) * 9 + ("qualified", "qualified", "reported")))
    if stage != "reported":
        incident["qualified"] = _text(qualified)
    if stage == "repaired":
        incident["repaired"] = _text(end)
    keep = list if overlapping else _apart
    incident["down"] = keep(draw(_intervals(reported - 2 * HOUR, end, most=4)))
    incident["client_action"] = keep(draw(_intervals(reported, end, most=3)))
    unavailable = draw(st.sampled_from((None, None, None, True, False)))
    if unavailable is not None:
        incident["service_unavailable"] = unavailable
    return incident


@st.composite
def _exclusions(
    draw: st.DrawFn, ids: list[str], window: Window, incidents: Sequence[Plain]
) -> Plain:
    """Planned work, often in the middle of down time, announced in time or late."""
    down = [own["from"] for incident in incidents for own in incident["down"]]
    begin = draw(_moments(window))
    amid = draw(st.booleans())
    if amid and down:
        near = datetime.fromisoformat(draw(st.sampled_from(down)))
        begin = near + _minutes(draw(st.sampled_from((-90, -1, 0, 1, 30, 600))))
    wall = begin.astimezone(WARSAW).replace(tzinfo=None) - 7 * DAY
    announced = wall - _minutes(draw(st.sampled_from(NOTICES)))
    return {
        "orders": draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)),
        "from": _text(begin),
        "to": _text(begin + _minutes(draw(st.sampled_from(LENGTHS)))),
        "announced": _text(announced.replace(tzinfo=WARSAW).astimezone(UTC)),
    }


@st.composite
def _claims(draw: st.DrawFn, order: Plain, month: date) -> Plain:
    filed = _next_month(month) - DAY + draw(st.sampled_from(CLAIM_DAYS)) * DAY
    claim: Plain = {
        "order": order["id"],
        "period": f"{month:%Y-%m}",
        "filed": filed.isoformat(),
        "confirmed": None,
    }
    decision = draw(st.sampled_from(("confirmed", "confirmed", "confirmed", "refused", None)))
    if decision is not None:
        claim[decision] = (filed + draw(st.integers(0, 9)) * DAY).isoformat()
    return claim


def _incident_months(incidents: Sequence[Plain], order: Plain) -> list[date]:
    """The months in which incidents of an order were reported or repaired."""
    times = [
        own[key]
        for own in incidents
        for key in ("reported", "repaired")
        if key in own and order["id"] in own["orders"]
    ]
    days = [datetime.fromisoformat(text).astimezone(WARSAW).date() for text in times]
    return sorted({day.replace(day=1) for day in days})


@st.composite
def _all_claims(draw: st.DrawFn, orders: list[Plain], incidents: list[Plain]) -> list[Plain]:
    """Up to three claims, at most one for an order and a period."""
    chances = [
        (number, month)
        for number, order in enumerate(orders)
        for month in {
            date.fromisoformat(order["launch_date"]).replace(day=1): 0,
            **dict.fromkeys(_incident_months(incidents, order)),
        }
    ]
    chosen = draw(st.lists(st.sampled_from(chances), max_size=3, unique=True))
    return [draw(_claims(orders[number], month)) for number, month in chosen]


def _last_day(incidents: list[Plain], exclusions: list[Plain], claims: list[Plain]) -> date:
    """A day after everything else that has a date, in or after the month of a credit."""
    texts = [
        own[key] for own in claims for key in ("filed", "confirmed", "refused") if own.get(key)
    ]
    days = [date.fromisoformat(text) for text in texts]
    days += [_next_month(date.fromisoformat(f"{own['period']}-01")) for own in claims]
    times = [
        own[key] for own in incidents for key in ("reported", "qualified", "repaired") if key in own
    ]
    times += [part["to"] for own in incidents for part in own["down"] + own["client_action"]]
    times += [own["to"] for own in exclusions]
    days += [datetime.fromisoformat(text).astimezone(WARSAW).date() for text in times]
    return max(days, default=FIRST_MONTH)


@st.composite
def _order_book(draw: st.DrawFn) -> list[Plain]:
    """One order, or two of which the second starts in the same month or in the next."""
    notable = [day.replace(day=1) for day in (*CLOCK_CHANGES, *HOLIDAYS)]
    months = [draw(st.sampled_from((*MONTHS, *notable)))]
    if draw(st.integers(0, 2)) == 2:
        months.append(draw(st.sampled_from((months[0], min(_next_month(months[0]), LAST_MONTH)))))
    return [draw(_orders(n, draw(_launches(month)))) for n, month in enumerate(months, 1)]


@st.composite
def scenarios(draw: st.DrawFn, *, overlapping: bool = True) -> Plain:
    """A valid scenario of one or two orders, up to four incidents and what goes with them.

    `overlapping` lets the intervals of one incident overlap; those of two incidents,
    and of exclusions, may do so at any rate.
    """
    orders = draw(_order_book())
    ids = [own["id"] for own in orders]
    launched = max(date.fromisoformat(own["launch_date"]) for own in orders)
    window = Window(_at(launched, time(0)), draw(st.sampled_from((10, 35, 65))))
    how_many = draw(st.integers(0, 4))
    incidents = [
        draw(_incidents(n, ids, window, overlapping=overlapping)) for n in range(1, how_many + 1)
    ]
    exclusions = [draw(_exclusions(ids, window, incidents)) for _ in range(draw(st.integers(0, 3)))]
    claims = draw(_all_claims(orders, incidents))
    last = max(launched, _last_day(incidents, exclusions, claims))
    done = (last + draw(st.sampled_from((0, 1, 31))) * DAY).isoformat()
    return {
        "accounts": [{"id": "acme", "name": "Acme", "country": "PL", "tax_id": "5260001246"}],
        "orders": orders,
        "incidents": incidents,
        "exclusions": exclusions,
        "claims": claims,
        "service_work": [{"order": ids[0], "hours": "1", "accepted": done, "performed": done}],
    }
