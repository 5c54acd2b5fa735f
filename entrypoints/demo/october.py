"""The demo's customers and their month: four orders, one a package, over both editions."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from metering.calendar import WARSAW, Period

PERIOD = Period(2025, 10)
NOW = datetime(2025, 11, 3, 9, 30, tzinfo=WARSAW)
"""When the demo takes place: the month is over, and so is the time for late usage."""

SEED = 20251001
HOURS = 12
"""So long a day of work is."""
ITEMISED = "klinika-recepcja"
"""The order whose single entries are written out too."""

ORDERS = """\
accounts:
  - {id: klinika, name: Klinika Zdrowie Sp. z o.o., country: PL, tax_id: "1234563218",
     address: [ul. Przykładowa 1, 00-001 Warszawa], email: faktury@klinika.example}
  - {id: meblex, name: Meblex S.A., country: PL, tax_id: "9876543210",
     address: [ul. Przykładowa 7, 09-400 Płock], email: [ksiegowosc@meblex.example]}

orders:
  - id: klinika-recepcja            # a small reception, on the older specification
    account: klinika
    edition: fcc-2025-03-01
    package: uc
    licences: 6
    launch_date: 2025-10-01
    prices:
      licence: 79.00
      addons: {calendar: 49.00}
      packs: {pack_sms_2000: 160.00}
      overage: {api_calls: 0.002, records: 0.005, sms: 0.09}
    addons: [{item: calendar}]
    packs: [{item: pack_sms_2000, at: "2025-10-14T09:30:00+02:00"}]

  - id: klinika-infolinia           # a help line that starts in mid-month
    account: klinika
    edition: fcc-2025-03-01
    package: standard
    licences: 20
    sla: progres
    launch_date: 2025-10-15
    prices:
      licence: 119.00
      sla: 400.00
      addons: {mail: 149.00, sms: 99.00}
      overage: {api_calls: 0.002, records: 0.005, sms: 0.09, hlr_lookups: 0.035}
    addons: [{item: mail}, {item: sms}]

  - id: meblex-sklep                # a shop that mails its customers
    account: meblex
    edition: welyo-2025-06-25
    package: pro
    licences: 35
    sla: progres_plus
    launch_date: 2025-10-01
    prices:
      licence: 169.00
      sla: 700.00
      addons: {email_sms_automation: 99.00, automatic_caller: 399.00}
      packs: {pack_sms_5000: 375.00, pack_email_25000: 199.00, pack_tts_10000: 5.00}
      overage: {api_calls: 0.002, records: 0.005, mass_emails: 0.01, mass_sms: 0.09, sms: 0.09,
                tts_characters: 0.0006}
    caps: {mass_emails: 2000, mass_sms: 500}
    addons: [{item: email_sms_automation}, {item: automatic_caller}, {item: tts}]
    packs:
      - {item: pack_email_25000, at: "2025-10-01T08:00:00+02:00", recurring: true}
      - {item: pack_sms_5000, at: "2025-10-17T12:00:00+02:00"}
      - {item: pack_tts_10000, at: "2025-10-20T10:00:00+02:00"}

  - id: meblex-centrala             # the head office, with everything
    account: meblex
    edition: welyo-2025-06-25
    package: enterprise
    licences: 60
    sla: premium
    launch_date: 2025-10-01
    prices:
      licence: 249.00
      sla: 1500.00
      addons: {post_call_surveys: 149.00}
      packs: {pack_queues_10: 149.00, pack_training_oneoff_5h: 850.00,
              pack_business_rules_5000: 99.00}
      overage: {api_calls: 0.002, records: 0.005, sms: 0.09, rule_launches: 0.02, surveys: 0.02,
                hlr_lookups: 0.035, tts_characters: 0.0006}
    policies: {pack_coverage: from_purchase}
    addons: [{item: post_call_surveys}, {item: tts}]
    packs:
      - {item: pack_queues_10, at: "2025-10-10T10:00:00+02:00"}
      - {item: pack_training_oneoff_5h, at: "2025-10-06T10:00:00+02:00"}
      - {item: pack_business_rules_5000, at: "2025-10-20T00:00:00+02:00"}
"""


@dataclass(frozen=True, slots=True)
class Traffic:
    """So many events of a meter, each of so many units; of a stock meter the changes."""

    order: str
    meter: str
    events: int
    least: int = 1
    most: int = 1
    users: int = 0
    from_day: int = 1


TRAFFIC = (
    Traffic("klinika-recepcja", "api_calls", 9_000, 5, 60, users=6),
    Traffic("klinika-recepcja", "records", 2_500, 20, 80),
    Traffic("klinika-recepcja", "sms", 6_300),
    Traffic("klinika-recepcja", "queues", 7),
    Traffic("klinika-infolinia", "api_calls", 30_000, 5, 60, users=20, from_day=15),
    Traffic("klinika-infolinia", "records", 3_000, 10, 60, from_day=15),
    Traffic("klinika-infolinia", "sms", 12_000, from_day=15),
    Traffic("klinika-infolinia", "hlr_lookups", 4_000, from_day=15),
    Traffic("klinika-infolinia", "email_accounts", 5, from_day=15),
    Traffic("meblex-sklep", "api_calls", 60_000, 20, 120, users=35),
    Traffic("meblex-sklep", "records", 5_000, 40, 180),
    Traffic("meblex-sklep", "mass_emails", 29_000),
    Traffic("meblex-sklep", "mass_sms", 3_200),
    Traffic("meblex-sklep", "sms", 4_100),
    Traffic("meblex-sklep", "tts_characters", 320),
    Traffic("meblex-sklep", "disk_bytes", 1_500, 1_000_000, 20_000_000),
    Traffic("meblex-centrala", "api_calls", 105_000, 20, 160, users=60),
    Traffic("meblex-centrala", "records", 6_000, 60, 260),
    Traffic("meblex-centrala", "tickets", 9_000),
    Traffic("meblex-centrala", "sms", 2_600),
    Traffic("meblex-centrala", "rule_launches", 13_500),
    Traffic("meblex-centrala", "surveys", 6_200),
    Traffic("meblex-centrala", "queues", 27),
    Traffic("meblex-centrala", "tts_characters", 400),
)
STOCK = frozenset({"records", "queues", "email_accounts", "disk_bytes", "tickets"})
TEXTS = (
    "Dzień dobry! Państwa zamówienie nr 24/7 jest gotowe do odbioru.",
    "Saldo: 12,50 zł. Dziękujemy za wpłatę.",
    "Wszyscy konsultanci są zajęci, prosimy czekać.",
)


def write_orders(path: Path) -> None:
    """Writes the orders file."""
    path.write_text(ORDERS, encoding="utf-8")


def write_usage(path: Path) -> int:
    """Writes a month of events in the order of their times; says how many."""
    return write_events(path, _events(random.Random(SEED)))


def write_events(path: Path, events: Iterable[dict[str, Any]]) -> int:
    """Writes events in the order of their times; says how many."""
    ordered = sorted(events, key=lambda event: event["time"])
    with path.open("wb") as file:
        for event in ordered:
            file.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    return len(ordered)


def _events(chance: random.Random) -> Iterator[dict[str, Any]]:
    for traffic in TRAFFIC:
        for _ in range(traffic.events):
            day = chance.randint(traffic.from_day, PERIOD.days)
            yield event_of(traffic, date(PERIOD.year, PERIOD.month, day), chance)


def event_of(
    traffic: Traffic, day: date, chance: random.Random, hours: int = HOURS
) -> dict[str, Any]:
    """An event of a meter, some time in the first ``hours`` from seven in the morning of a day."""
    start = datetime(day.year, day.month, day.day, 7, tzinfo=WARSAW)
    at = start + timedelta(seconds=chance.randrange(hours * 3600))
    return {
        "specversion": "1.0",
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "source": f"/platform/node-{chance.randint(1, 4)}",
        "type": traffic.meter,
        "subject": traffic.order,
        "time": at.isoformat(),
        "data": _data(traffic, chance),
    }


def _data(traffic: Traffic, chance: random.Random) -> dict[str, Any]:
    if traffic.meter == "tts_characters":
        return {"text": chance.choice(TEXTS)}
    units = chance.randint(traffic.least, traffic.most)
    if traffic.meter in STOCK:
        return {"delta": units or 1}
    data: dict[str, Any] = {"quantity": units}
    if traffic.users:
        data["user"] = f"agent{chance.randint(1, traffic.users)}@{traffic.order}.pl"
    if traffic.meter in ("sms", "mass_sms"):
        data |= {"to": f"+4860{chance.randint(1_000_000, 9_999_999)}", "direction": "out"}
    return data
