"""What the demo's customers use after October, up to the morning on which its portal opens.

Their months are as busy as October, in fewer events of more units each, and quieter at weekends.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from entrypoints.demo.october import HOURS, SEED, STOCK, TRAFFIC, Traffic, event_of
from metering.calendar import WARSAW, Period

NOVEMBER, DECEMBER, JANUARY = Period(2025, 11), Period(2025, 12), Period(2026, 1)
MORNING = datetime(2026, 1, 8, 10, tzinfo=WARSAW)
"""When the demo's portal opens: December waits for its invoices, January has begun."""

BUNDLE = 25
"""So many of October's units come in one event."""
WORKDAYS = 5
WORKDAY, WEEKEND = 5, 1
"""How often a day of either kind is drawn."""
MORNING_HOURS = 2
SHARES = {"klinika-recepcja": 18, "klinika-infolinia": 31, "meblex-sklep": 31}
"""How many in 31 parts of October's flow there are of some orders; of others all but three."""

CHANGES: Mapping[Period, tuple[Traffic, ...]] = {
    NOVEMBER: (
        Traffic("klinika-recepcja", "queues", 1, -3, -3),
        Traffic("klinika-recepcja", "records", 40, 20, 80),
        Traffic("klinika-infolinia", "queues", 8),
        Traffic("klinika-infolinia", "records", 60, 100, 300),
        Traffic("meblex-sklep", "records", 80, -900, 600),
        Traffic("meblex-sklep", "disk_bytes", 100, 5_000_000, 20_000_000),
        Traffic("meblex-centrala", "queues", 4, -2, -2),
        Traffic("meblex-centrala", "records", 100, -400, 900),
        Traffic("meblex-centrala", "tickets", 400, 1, 20),
    ),
    DECEMBER: (
        Traffic("klinika-recepcja", "records", 40, 20, 80),
        Traffic("klinika-infolinia", "queues", 1),
        Traffic("klinika-infolinia", "records", 60, 100, 300),
        Traffic("meblex-sklep", "records", 80, -700, 600),
        Traffic("meblex-sklep", "disk_bytes", 80, 5_000_000, 20_000_000),
        Traffic("meblex-centrala", "records", 100, -400, 900),
        Traffic("meblex-centrala", "tickets", 400, 1, 20),
    ),
    JANUARY: (
        Traffic("klinika-recepcja", "records", 9, 20, 80),
        Traffic("klinika-infolinia", "records", 14, 100, 300),
        Traffic("meblex-sklep", "mass_emails", 48, 450, 470),
        Traffic("meblex-sklep", "disk_bytes", 25, 5_000_000, 20_000_000),
        Traffic("meblex-centrala", "records", 20, -400, 900),
        Traffic("meblex-centrala", "tickets", 100, 1, 20),
    ),
}
"""What customers add to their stocks and take away; in January's week a shop mails everybody."""


def usage_of(period: Period) -> Iterator[dict[str, Any]]:
    """The events of a month; of January's those up to the morning."""
    chance = random.Random(SEED + period.year * 100 + period.month)
    days = [day for day in _days(period) if day < MORNING.date()]
    told = {(own.order, own.meter) for own in CHANGES[period]}
    flows = (
        own for own in TRAFFIC if own.meter not in STOCK and (own.order, own.meter) not in told
    )
    traffic = [*CHANGES[period], *(_bundled(own, len(days), period.days) for own in flows)]
    yield from _events(traffic, days, chance)
    if MORNING.date() in _days(period):
        early = [replace(own, events=own.events // 8) for own in traffic if own.meter not in STOCK]
        yield from _events(early, [MORNING.date()], chance, MORNING_HOURS)


def _days(period: Period) -> list[date]:
    return [period.first_day + timedelta(days=number) for number in range(period.days)]


def _bundled(traffic: Traffic, days: int, of: int) -> Traffic:
    """October's traffic of some days out of a month."""
    size = 1 if traffic.meter == "tts_characters" else BUNDLE
    share = SHARES.get(traffic.order, 28)
    events = traffic.events * share * days // (size * 31 * of)
    return replace(traffic, events=events, least=traffic.least * size, most=traffic.most * size)


def _events(
    traffic: Iterable[Traffic], days: list[date], chance: random.Random, hours: int = HOURS
) -> Iterator[dict[str, Any]]:
    weights = [WORKDAY if day.weekday() < WORKDAYS else WEEKEND for day in days]
    for own in traffic:
        for day in chance.choices(days, weights, k=own.events):
            yield event_of(own, day, chance, hours)
