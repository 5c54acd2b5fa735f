"""Random valid scenarios: each follows from its seed alone.

What may be ordered with what is written down here once more, apart from the catalog, so that a
scenario the engine refuses is a finding too. Sizes lie around the allowances, limits and packs,
times around the edges of months and days and around the purchases of packs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Plain = dict[str, Any]
Days = tuple[date, date]

WARSAW = ZoneInfo("Europe/Warsaw")
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
GB = 10**9
IN_FORCE = {"fcc-2025-03-01": date(2025, 3, 1), "welyo-2025-06-25": date(2025, 6, 25)}
PACKAGES = ("uc", "standard", "pro", "enterprise")
CLOCK_CHANGES = (datetime(2025, 3, 30, 1, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC))

FUNCTIONS = (
    "email_sms_automation",
    "calendar",
    "tts",
    "post_call_surveys",
    "automatic_caller",
    "vpn",
    "dol_volvo_integration",
    "private_box_mini",
    "chat_custom_css",
)
WITH_STANDARD = ("sms", "mail", "chat", "messenger", "web_forms")
FROM_STANDARD = ("predictive_dialer_amd",)
FROM_PRO = ("baselinker_connector", "ecommerce_integrations")
BY_THE_PIECE = (
    "webphone_mobile",
    "sip_trunk_byoc",
    "click2dial_hubspot",
    "light_agent_licence",
    "pbx_user_licence",
    "sms_number",
    "gsm_monitoring",
)
DEPENDENT = {
    "automatic_caller": ("automatic_caller_extra_channel",),
    "vpn": ("reporting_db",),
    "private_box_mini": ("private_box_encryption_at_rest",),
}
ALIASES = {
    "disk_extra_100gb": "pack_disk_100gb",
    "queues_extra_10": "pack_queues_10",
    "email_accounts_extra_10": "pack_email_accounts_10",
    "business_rules_extra_5000": "pack_business_rules_5000",
    "pcs_extra_10000": "pack_pcs_10000",
}
PACK_FAMILIES: dict[str, tuple[str, ...]] = {
    "email": ("pack_email_5000", "pack_email_10000"),
    "sms": ("pack_sms_2000", "pack_sms_5000"),
    "hlr": ("pack_hlr_2000", "pack_hlr_5000"),
    "tts": ("pack_tts_1000", "pack_tts_10000"),
    "rules": ("pack_business_rules_5000",),
    "surveys": ("pack_pcs_10000",),
    "capacity": ("pack_disk_100gb", "pack_queues_10", "pack_email_accounts_10"),
    "training": (
        "pack_training_recurring_5h",
        "pack_training_oneoff_5h",
        "pack_training_oneoff_10h",
    ),
}

FLOWS: dict[str, tuple[int, ...]] = {
    "api_calls": (1, 400, 29999, 30001, 50000, 100000, 150001, 400000),
    "mass_emails": (1, 400, 999, 1001, 5000, 6200, 6201, 12000),
    "mass_sms": (1, 60, 100, 101, 1900, 2100, 5200),
    "sms": (1, 50, 1999, 2001, 5000, 6200, 9000),
    "hlr_lookups": (1, 700, 2000, 2001, 7001),
    "tts_characters": (1, 500, 1000, 1001, 25000),
    "rule_launches": (1, 900, 4999, 5001, 10000, 12000),
    "surveys": (1, 900, 4999, 5001, 15000, 16001),
}
HOURS = ("0.25", "1", "2.5", "4.5", "5", "7.333333", "10", "0.000001")
LEVELS: dict[str, tuple[int, ...]] = {
    "records": (1, 100000, 150000, 200000, 300000, 500000, 800000, 800100),
    "tickets": (1, 299999, 300000, 450000, 460000),
    "queues": (1, 5, 10, 15, 20, 25, 40),
    "email_accounts": (1, 5, 10, 15, 20, 30),
    "disk_bytes": (GB, 20 * GB, 60 * GB, 100 * GB, 120 * GB, 220 * GB, 320 * GB),
    "caller_channels": (1, 19, 20, 21, 23, 30),
    "sessions": (1, 2, 3, 5, 20, 21),
}
TEXTS = (
    "Dzień dobry, tu 24/7!",
    "Saldo: 12,50 zł.",
    "Dzien\u0301 dobry",
    "łódź\n№ 7 = 5 €",
    "A",
    "+ = € °",
)
USERS = (None, "anna@acme.pl", "jan@acme.pl", "ewa@acme.pl")
RATES = ("0.002", "0.0004", "0.05", "0.09", "0.000001", "0.1234567", "1", "0.00")


def random_scenario(seed: int) -> Plain:
    """A valid scenario of one or two orders."""
    rng = random.Random(seed)
    plans = [_Plan(rng, f"order-{i}") for i in range(rng.choice((1, 1, 2)))]
    usage = [use for plan in plans for use in plan.usage()]
    rng.shuffle(usage)
    account = {"id": "acme", "name": "Acme", "country": "PL", "tax_id": "5260001246"}
    return {"accounts": [account], "orders": [plan.order() for plan in plans], "usage": usage}


def periods_of(scenario: Plain) -> list[str]:
    """Every period from the first launch to the month after the last use."""
    days = [date.fromisoformat(order["launch_date"]) for order in scenario["orders"]]
    uses = [datetime.fromisoformat(use["time"]) for use in scenario["usage"]]
    last = max([*days, *(at.astimezone(WARSAW).date() for at in uses)])
    months = [min(days).replace(day=1)]
    while months[-1] <= last:
        months.append(_next_month(months[-1]))
    return [f"{month:%Y-%m}" for month in months]


def compact(scenario: Plain) -> str:
    """A scenario in few lines: one for an order, one for a use."""
    uses = sorted(scenario["usage"], key=lambda use: (use["order"], use["meter"], use["time"]))
    parts = (*scenario["orders"], *uses)
    return "\n".join(json.dumps(part, ensure_ascii=False, default=str) for part in parts)


class _Plan:
    """One random order in the making, with the times that are of interest in it."""

    def __init__(self, rng: random.Random, name: str) -> None:
        self.rng = rng
        self.name = name
        self.edition = rng.choice(list(IN_FORCE))
        self.package = rng.choice(PACKAGES)
        self.licences = rng.choice((0, 1, 2, 3, 20))
        self.launch = self._launch()
        self.last = self.launch + timedelta(days=rng.choice((0, 12, 35, 70, 100)))
        self.ends = self._chance(50)
        self.addons: list[Plain] = []
        self.packs: list[Plain] = []
        self.moments = list(self._moments())
        self._order_functions()
        self._order_pieces()
        self._order_aliases()
        self._buy_packs()

    def _chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def _launch(self) -> date:
        """A launch in mid-month, at the edge of a month or near a change of the clocks."""
        earliest = IN_FORCE[self.edition]
        day = earliest + timedelta(days=self.rng.randrange(200))
        end_of_month = _next_month(day) - ONE_DAY
        choices = (day, earliest, day.replace(day=1), end_of_month, date(2025, 10, 20))
        return max(self.rng.choice(choices), earliest)

    # Times

    def _moments(self) -> Iterator[datetime]:
        """Edges of the service and of its months, midnights, clock changes, any other time."""
        days = (self.last - self.launch).days + 1
        for edge in (self.launch, self.last + ONE_DAY, *self._months()):
            start = _midnight(edge)
            yield from (start, start - timedelta(microseconds=1), start + timedelta(seconds=1))
        for _ in range(12):
            day = self.launch + self.rng.randrange(days) * ONE_DAY
            yield _midnight(day)
            yield _midnight(day) + timedelta(seconds=self.rng.randrange(86400))
        for change in CLOCK_CHANGES:
            yield from (change, change - timedelta(minutes=30), change + timedelta(minutes=30))

    def _months(self) -> list[date]:
        months = [_next_month(self.launch)]
        while months[-1] <= self.last:
            months.append(_next_month(months[-1]))
        return months

    def _moments_in(self, spans: Iterable[Days]) -> list[datetime]:
        whole = [(_midnight(first), _midnight(last + ONE_DAY)) for first, last in spans]
        return [at for at in self.moments if any(start <= at < end for start, end in whole)]

    def _written(self, at: datetime) -> str:
        """An instant with the local offset or another one."""
        local = at.astimezone(WARSAW)
        zones: tuple[tzinfo, ...] = (WARSAW, WARSAW, UTC, timezone(-5 * ONE_HOUR))
        return local.astimezone(self.rng.choice(zones)).isoformat()

    # What is ordered

    def spans(self, *items: str) -> list[Days]:
        """The days on which one of some add-ons is in service."""
        return [self._span(line) for line in self.addons if line["item"] in items]

    def _span(self, line: Plain) -> Days:
        start, to = line.get("from"), line.get("to")
        first = date.fromisoformat(start) if start else self.launch
        last = date.fromisoformat(to) if to else self.last
        return max(first, self.launch), min(last, self.last)

    @property
    def service(self) -> list[Days]:
        return [(self.launch, self.last)]

    def _day_in(self, first: date, last: date) -> date:
        return first + self.rng.randrange((last - first).days + 1) * ONE_DAY

    def _line(self, item: str, quantity: int = 1) -> Plain:
        """An add-on for the whole service, or for a part of it."""
        line: Plain = {"item": item}
        if quantity != 1 or self._chance(30):
            line["quantity"] = quantity
        first = self._day_in(self.launch, self.last)
        if self._chance(50):
            line["from"] = str(first)
        elif self._chance(20):
            line["from"] = str(self.launch - 10 * ONE_DAY)
        if "from" in line and self._chance(50):
            line["to"] = str(self._day_in(max(first, self.launch), self.last))
        elif self._chance(20):
            line["to"] = self.rng.choice((None, str(self.last + 10 * ONE_DAY)))
        return line

    def _order_functions(self) -> None:
        offered = list(FUNCTIONS)
        offered += WITH_STANDARD if self.package == "standard" else ()
        offered += FROM_STANDARD if self.package != "uc" else ()
        offered += FROM_PRO if self.package in ("pro", "enterprise") else ()
        if (self.edition, self.package) == ("fcc-2025-03-01", "uc"):
            offered.append("wallboard_addon")
        for item in offered:
            if self._chance(45):
                line = self._line(item)
                self.addons.append(line)
                self._order_again(line)
                for other in DEPENDENT.get(item, ()):
                    if self._chance(50):
                        self.addons.append({**line, "item": other})

    def _order_again(self, line: Plain) -> None:
        """The same function once more, some days after it ended."""
        _, last = self._span(line)
        start = last + self.rng.choice((1, 5)) * ONE_DAY
        if line.get("to") and start <= self.last and self._chance(60):
            self.addons.append({"item": line["item"], "from": str(start)})

    def _order_pieces(self) -> None:
        offered = [*BY_THE_PIECE]
        offered += ["kanri_integration"] if self.edition.startswith("welyo") else []
        for item in offered:
            most = self.licences if item == "gsm_monitoring" else 7
            if most and self._chance(20):
                self.addons.append(self._line(item, self.rng.randrange(1, most + 1)))
        for base in self.spans("automatic_caller"):
            first, last = base
            extra = {"item": "automatic_caller_extra_channel", "quantity": self.rng.choice((1, 3))}
            if self._chance(50):
                start = self._day_in(first, last)
                to = self._day_in(start, last)
                self.addons.append({**extra, "from": str(start), "to": str(to)})

    def _order_aliases(self) -> None:
        for item in ALIASES:
            bases = self._bases(item)
            if bases and self._chance(25):
                line = self._line(item, self.rng.choice((1, 1, 2)))
                start = self._day_in(*self.rng.choice(bases))
                if self._span(line)[0] not in _all_days(bases) or self._chance(50):
                    line = {"item": item, "from": str(start)}
                self.addons.append(line)

    def _bases(self, product: str) -> list[Days]:
        """The days on which a pack or its alias may be bought (R14)."""
        if "rules" in product:
            return self.service if self.package == "enterprise" else []
        if "pcs" in product:
            return self.spans("post_call_surveys")
        if "_email_" in product and "accounts" not in product:
            return self.spans("email_sms_automation")
        if "_sms_" in product:
            channel = self.service if self.package in ("pro", "enterprise") else []
            return [*channel, *self.spans("sms", "calendar", "email_sms_automation")]
        if "_hlr_" in product:
            return self.service if self.package != "uc" else []
        return self.spans("tts") if "_tts_" in product else self.service

    def _buy_packs(self) -> None:
        for family in PACK_FAMILIES.values():
            for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
                item = self.rng.choice(family)
                times = self._moments_in(self._bases(item))
                if times:
                    self._buy(item, self.rng.choice(times))

    def _buy(self, item: str, at: datetime) -> None:
        line: Plain = {"item": item, "at": self._written(at)}
        if self._chance(20):
            line["quantity"] = self.rng.choice((1, 2, 3))
        if self._chance(40):
            line["recurring"] = self._chance(80)
        if self._chance(30):
            first = at.astimezone(WARSAW).date()
            line["to"] = str(first + self.rng.randrange(60) * ONE_DAY)
        self.packs.append(line)
        moment = timedelta(microseconds=1)
        self.moments += [at, at, at - moment, at + moment, at - ONE_HOUR]

    # The order and its usage

    def order(self) -> Plain:
        """The order as a file states it, all prices given."""
        own: Plain = {
            "id": self.name,
            "account": "acme",
            "edition": self.edition,
            "package": self.package,
            "licences": self.licences,
            "launch_date": str(self.launch),
            "prices": self._prices(),
            "addons": self.addons,
            "packs": self.packs,
        }
        if self.ends or self._chance(30):
            own["end_date"] = str(self.last) if self.ends else None
        if self._chance(70):
            own["sla"] = self.rng.choice(("standard", "progres", "progres_plus", "premium"))
        return {**own, "caps": self._caps(), "policies": self._policies()}

    def _prices(self) -> Plain:
        addons = {line["item"] for line in self.addons}
        packs = {line["item"] for line in self.packs}
        by_alias = {alias for alias in addons & ALIASES.keys() if self._chance(50)}
        packs |= {ALIASES[alias] for alias in addons & ALIASES.keys() if alias not in by_alias}
        priced_apart = sorted((addons - ALIASES.keys() - {"tts"}) | by_alias)
        meters = [*FLOWS, *LEVELS]
        if self._chance(40):
            meters.remove("hlr_lookups")
        return {
            "licence": self._amount(),
            "sla": self._amount(),
            "addons": {item: self._amount() for item in priced_apart},
            "packs": {item: self._amount() for item in sorted(packs)},
            "overage": {meter: self.rng.choice(RATES) for meter in meters},
        }

    def _amount(self) -> str:
        cents = self.rng.randrange(50000) if self._chance(95) else 0
        return str(Decimal(cents).scaleb(-2))

    def _caps(self) -> dict[str, int]:
        caps = {
            meter: self.rng.choice((0, 1, 200, 1000))
            for meter in ("mass_emails", "mass_sms")
            if self._chance(60)
        }
        for meter in ("sms", "api_calls", "hlr_lookups", "records", "surveys"):
            if self._chance(10):
                caps[meter] = self.rng.choice((0, 100, 5000))
        return caps

    def _policies(self) -> dict[str, str]:
        chosen = {
            "pack_coverage": self.rng.choice(("whole_period", "from_purchase")),
            "api_scope": self.rng.choice(("user", "licences")),
            "proration": self.rng.choice(("days", "none")),
            "late_usage": self.rng.choice(("adjustment", "correction")),
        }
        return {name: value for name, value in chosen.items() if self._chance(60)}

    def usage(self) -> Iterator[Plain]:
        """Uses of every meter the order may use."""
        for meter, spans in self._open().items():
            times = self._moments_in(spans)
            if times and self._chance(75):
                chosen = sorted(self.rng.choice(times) for _ in range(self.rng.randrange(1, 8)))
                yield from (
                    self._levels(meter, chosen)
                    if meter in LEVELS
                    else (self._flow(meter, at) for at in chosen)
                )

    def _open(self) -> dict[str, list[Days]]:
        """The days on which each meter may be used (R3, R15)."""
        never: list[Days] = []
        service = self.service
        desk = service if self.package in ("pro", "enterprise") else never
        always = ("api_calls", "records", "queues", "email_accounts", "disk_bytes", "sessions")
        return {
            **dict.fromkeys(always, service),
            "tickets": desk,
            "sms": [*desk, *self.spans("sms", "calendar")],
            "mass_emails": self.spans("email_sms_automation"),
            "mass_sms": self.spans("email_sms_automation"),
            "hlr_lookups": service if self.package != "uc" else never,
            "tts_characters": self.spans("tts"),
            "rule_launches": service if self.package == "enterprise" else never,
            "surveys": self.spans("post_call_surveys"),
            "caller_channels": self.spans("automatic_caller"),
            "training_hours": self._training_days(),
        }

    def _training_days(self) -> list[Days]:
        times = [
            datetime.fromisoformat(line["at"]).astimezone(WARSAW).date()
            for line in self.packs
            if "training" in line["item"]
        ]
        return [(max(min(times).replace(day=1), self.launch), self.last)] if times else []

    def _entry(self, meter: str, at: datetime, **amount: Any) -> Plain:
        return {"order": self.name, "meter": meter, "time": self._written(at), **amount}

    def _flow(self, meter: str, at: datetime) -> Plain:
        if meter == "training_hours":
            hours = self.rng.choice(HOURS)
            return self._entry(meter, at, quantity=self.rng.choice((hours, Decimal(hours))))
        if meter == "tts_characters" and self._chance(50):
            return self._entry(meter, at, text=self.rng.choice(TEXTS))
        quantity = self.rng.choice(FLOWS[meter]) + self.rng.choice((-1, 0, 0, 1))
        user = self.rng.choice(USERS) if meter == "api_calls" else None
        known = {"user": user} if user else {}
        return self._entry(meter, at, quantity=max(quantity, 1), **known)

    def _levels(self, meter: str, times: Sequence[datetime]) -> Iterator[Plain]:
        """Changes that lead from one level near a limit to another."""
        level = 0
        for at in times:
            wanted = self.rng.choice(LEVELS[meter]) + self.rng.choice((-1, 0, 0, 1))
            if wanted != level:
                yield self._entry(meter, at, delta=wanted - level)
            level = wanted


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), WARSAW).astimezone(UTC)


def _all_days(spans: Iterable[Days]) -> set[date]:
    return {first + i * ONE_DAY for first, last in spans for i in range((last - first).days + 1)}
