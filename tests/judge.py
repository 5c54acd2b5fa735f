"""A second calculation of ledgers and invoices, written from the rules alone.

It was written without sight of the engine it judges, and shares no code and no
catalog with it.  It is slow and plain on purpose: it walks over days and events
and keeps no state between calls.  It expects a valid scenario whose orders
carry every price they need, of buyers in Poland, and it leaves out SLA credits,
penalties and service work.

Everything is computed for one billing period, a calendar month in Poland (R6).
Instants are compared in UTC and intervals are half-open.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
ZERO = Decimal(0)
VAT_RATE = Fraction(23, 100)
GB = 10**9  # R51: SI, as written.

# --- Facts of the two catalogs --------------------------------------------------

FCC = "fcc-2025-03-01"
WELYO = "welyo-2025-06-25"

# R46: equal in both editions.
API_LIMIT = {"uc": 30000, "standard": 50000, "pro": 100000, "enterprise": 150000}

# R47, D2-D5.
RECORD_LIMIT = {
    FCC: {"uc": 100000, "standard": 150000, "pro": 200000, "enterprise": 300000},
    WELYO: {"uc": 150000, "standard": 300000, "pro": 500000, "enterprise": 800000},
}

# R48, D6: Welyo has no ticket limit at all.
FCC_TICKET_LIMIT = {"uc": 0, "standard": 0, "pro": 300000, "enterprise": 450000}

QUEUE_LIMIT = {"uc": 5, "standard": 10, "pro": 15, "enterprise": 20}  # R49
EMAIL_ACCOUNT_LIMIT = {"uc": 0, "standard": 5, "pro": 10, "enterprise": 20}  # R50
DISK_LIMIT_GB = {FCC: 100, WELYO: 20}  # R51, D7
CALLER_CHANNELS = 20  # R74

ALLOWANCE = {
    "mass_emails": 1000,  # R65
    "mass_sms": 100,  # R67
    "surveys": 5000,  # R71
    "rule_launches": 5000,  # R72
    "sms": 0,  # R70
    "hlr_lookups": 0,  # R60
    "tts_characters": 0,  # R41
}

# R54: what one pack holds, and of what.  "sms" is the pool of sms and mass_sms.
PACKS: dict[str, tuple[str, int]] = {
    "pack_email_5000": ("mass_emails", 5000),
    "pack_email_10000": ("mass_emails", 10000),
    "pack_email_25000": ("mass_emails", 25000),
    "pack_email_50000": ("mass_emails", 50000),
    "pack_email_100000": ("mass_emails", 100000),
    "pack_email_250000": ("mass_emails", 250000),
    "pack_email_500000": ("mass_emails", 500000),
    "pack_hlr_2000": ("hlr_lookups", 2000),
    "pack_hlr_5000": ("hlr_lookups", 5000),
    "pack_hlr_15000": ("hlr_lookups", 15000),
    "pack_hlr_30000": ("hlr_lookups", 30000),
    "pack_hlr_100000": ("hlr_lookups", 100000),
    "pack_sms_2000": ("sms", 2000),
    "pack_sms_5000": ("sms", 5000),
    "pack_sms_15000": ("sms", 15000),
    "pack_sms_30000": ("sms", 30000),
    "pack_sms_100000": ("sms", 100000),
    "pack_tts_1000": ("tts_characters", 1000),
    "pack_tts_10000": ("tts_characters", 10000),
    "pack_tts_100000": ("tts_characters", 100000),
    "pack_tts_500000": ("tts_characters", 500000),
    "pack_training_recurring_5h": ("training_hours", 5),
    "pack_training_recurring_10h": ("training_hours", 10),
    "pack_training_recurring_15h": ("training_hours", 15),
    "pack_training_oneoff_5h": ("training_hours", 5),
    "pack_training_oneoff_10h": ("training_hours", 10),
    "pack_training_oneoff_15h": ("training_hours", 15),
    "pack_disk_100gb": ("disk_bytes", 100 * GB),
    "pack_business_rules_5000": ("rule_launches", 5000),
    "pack_pcs_10000": ("surveys", 10000),
    "pack_queues_10": ("queues", 10),
    "pack_email_accounts_10": ("email_accounts", 10),
}

# Add-ons that are the same product as a pack.
ALIASES = {
    "disk_extra_100gb": "pack_disk_100gb",
    "business_rules_extra_5000": "pack_business_rules_5000",
    "queues_extra_10": "pack_queues_10",
    "email_accounts_extra_10": "pack_email_accounts_10",
    "pcs_extra_10000": "pack_pcs_10000",
}

# R27, R39, R78: add-ons charged by the piece; every other one is a function.
ADDONS_BY_QUANTITY = {
    "automatic_caller_extra_channel",
    "gsm_monitoring",
    "webphone_mobile",
    "sip_trunk_byoc",
    "click2dial_salesforce",
    "click2dial_dynamics365",
    "click2dial_hubspot",
    "click2dial_pipedrive",
    "click2dial_livespace",
    "click2dial_dealercrm",
    "reporting_db_extra_month",
    "sms_number",
    "reporting_db_extra_connection",
    "reporting_db_extra_1mbps",
    "kanri_integration",
    "light_agent_licence",
    "pbx_user_licence",
    "external_recording_archive",
}

ADDONS_BY_USE_ALONE = {"tts"}  # R41

POOLED = ("sms", "mass_sms")  # R70: sms draws on the packs before mass_sms.
ALONE = ("mass_emails", "hlr_lookups", "tts_characters", "rule_launches", "surveys")
SOFT_STOCK = ("records", "tickets")
HARD_STOCK = ("queues", "email_accounts", "disk_bytes", "caller_channels", "sessions")
ZERO_CAP_IF_MISSING = ("mass_emails", "mass_sms")  # R68


# --- Time -------------------------------------------------------------------------


def instant(text: str) -> dt.datetime:
    """An ISO time as an instant; one without an offset is Polish time."""
    moment = dt.datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=WARSAW)
    return moment.astimezone(dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(str(text))


def midnight(date: dt.date) -> dt.datetime:
    """The instant at which a day begins in Poland."""
    return dt.datetime(date.year, date.month, date.day, tzinfo=WARSAW).astimezone(dt.UTC)


def after(date: dt.date) -> dt.datetime:
    """The instant at which an inclusive last day is over."""
    return midnight(date + dt.timedelta(days=1))


def local_day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(WARSAW).date()


def month_of(date: dt.date) -> str:
    return f"{date.year:04d}-{date.month:02d}"


def days_of(period: str) -> list[dt.date]:
    """All days of a month."""
    year, month = period.split("-")
    date = dt.date(int(year), int(month), 1)
    days = []
    while month_of(date) == period:
        days.append(date)
        date += dt.timedelta(days=1)
    return days


def next_period(period: str) -> str:
    return month_of(days_of(period)[-1] + dt.timedelta(days=1))


@cache
def period_start(period: str) -> dt.datetime:
    return midnight(days_of(period)[0])


@cache
def period_end(period: str) -> dt.datetime:
    return after(days_of(period)[-1])


# --- The order --------------------------------------------------------------------


def launch_day(order: dict[str, Any]) -> dt.date:
    return day(order["launch_date"])


def end_day(order: dict[str, Any]) -> dt.date:
    """The last day of service."""
    if order.get("end_date") is None:
        return dt.date(9000, 1, 1)
    return day(order["end_date"])


def line_days(order: dict[str, Any], line: dict[str, Any]) -> tuple[dt.date, dt.date]:
    """First and last day of an add-on, inside the service of its order."""
    first, last = launch_day(order), end_day(order)
    if line.get("from") is not None:
        first = max(first, day(line["from"]))
    if line.get("to") is not None:
        last = min(last, day(line["to"]))
    return first, last


def days_in_period(first: dt.date, last: dt.date, period: str) -> int:
    count = 0
    for date in days_of(period):
        if first <= date <= last:
            count += 1
    return count


def in_service(order: dict[str, Any], period: str) -> bool:
    return days_in_period(launch_day(order), end_day(order), period) > 0


def policy(order: dict[str, Any], name: str) -> str:
    defaults = {"pack_coverage": "whole_period", "api_scope": "user", "proration": "days"}
    return str((order.get("policies") or {}).get(name) or defaults[name])


def addons(order: dict[str, Any]) -> list[dict[str, Any]]:
    return list(order.get("addons") or [])


def addon_quantity_at(order: dict[str, Any], item: str, moment: dt.datetime) -> int:
    """How many of an add-on are in force at an instant."""
    total = 0
    for line in addons(order):
        if line["item"] != item:
            continue
        first, last = line_days(order, line)
        if midnight(first) <= moment < after(last):
            total += int(line.get("quantity") or 1)
    return total


def price_table(order: dict[str, Any], name: str) -> dict[str, Any]:
    return (order.get("prices") or {}).get(name) or {}


def overage_rate(order: dict[str, Any], meter: str) -> Decimal | None:
    rate = price_table(order, "overage").get(meter)
    return None if rate is None else Decimal(str(rate))


def pack_price(order: dict[str, Any], item: str) -> Decimal:
    """The price of a pack, under its own key or under its alias."""
    names = [item] + [alias for alias, pack in ALIASES.items() if pack == item]
    for table in ("packs", "addons"):
        for name in names:
            price = price_table(order, table).get(name)
            if price is not None:
                return Decimal(str(price))
    raise KeyError(f"no price for {item}")


# --- Usage ------------------------------------------------------------------------


class Event(NamedTuple):
    at: dt.datetime
    amount: Decimal
    user: str


def tts_characters(text: str) -> int:
    """R81: letters, digits and punctuation marks after NFC."""
    count = 0
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.category(character)[0] in "LNP":
            count += 1
    return count


def amount_of(entry: dict[str, Any]) -> Decimal:
    if entry.get("text") is not None:
        return Decimal(tts_characters(entry["text"]))
    if entry.get("delta") is not None:
        return Decimal(str(entry["delta"]))
    return Decimal(str(entry["quantity"]))


def all_events(scenario: dict[str, Any], order: dict[str, Any], meter: str) -> list[Event]:
    """What the order used of a meter while in service (R15), by time."""
    begin, end = midnight(launch_day(order)), after(end_day(order))
    events = []
    for entry in scenario.get("usage") or []:
        if entry["order"] == order["id"] and entry["meter"] == meter:
            at = instant(entry["time"])
            if begin <= at < end:
                events.append(Event(at, amount_of(entry), str(entry.get("user") or "")))
    return sorted(events, key=lambda event: event.at)


def events_of_period(
    scenario: dict[str, Any], order: dict[str, Any], meter: str, period: str
) -> list[Event]:
    start, end = period_start(period), period_end(period)
    return [event for event in all_events(scenario, order, meter) if start <= event.at < end]


def total(events: list[Event]) -> Decimal:
    return sum((event.amount for event in events), ZERO)


# --- Packs ------------------------------------------------------------------------


@dataclass
class Grant:
    """The units of one pack line, charged in one period."""

    item: str
    quantity: int
    start: dt.datetime  # Bought, or renewed.
    end: dt.datetime  # No unit can be used from here on.
    left: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.left = Decimal(PACKS[self.item][1]) * self.quantity

    def take(self, wanted: Decimal) -> Decimal:
        taken = min(wanted, self.left)
        self.left -= taken
        return taken


def pack_lines(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Packs of the order, with the add-ons that are packs among them."""
    for line in order.get("packs") or []:
        item = ALIASES.get(line["item"], line["item"])
        recurring = bool(line.get("recurring"))
        if item.startswith("pack_training_recurring"):
            recurring = True  # R62
        if item.startswith("pack_training_oneoff"):
            recurring = False  # R63
        yield {
            "item": item,
            "quantity": int(line.get("quantity") or 1),
            "at": instant(line["at"]),
            "to": None if line.get("to") is None else day(line["to"]),
            "recurring": recurring,
        }
    for line in addons(order):
        if line["item"] in ALIASES:
            first, last = line_days(order, line)
            yield {
                "item": ALIASES[line["item"]],
                "quantity": int(line.get("quantity") or 1),
                "at": midnight(first),
                "to": last,
                "recurring": True,
            }


def grant_of(order: dict[str, Any], line: dict[str, Any], period: str) -> Grant | None:
    """What a pack line grants and charges in a period, if anything."""
    start, end = period_start(period), period_end(period)
    bought: dt.datetime = line["at"]
    if not line["recurring"]:
        if not start <= bought < end:
            return None
        if line["item"].startswith("pack_training_oneoff"):
            # R63: the day of purchase is not counted, day 30 is the last one.
            end = after(local_day(bought) + dt.timedelta(days=30))
        return Grant(line["item"], line["quantity"], bought, end)
    # R57: full fee and fresh units in every period the line touches.
    begin = max(bought, midnight(launch_day(order)))
    stop = after(end_day(order))
    if line["to"] is not None:
        stop = min(stop, after(line["to"]))
    if max(begin, start) >= min(stop, end):
        return None
    return Grant(line["item"], line["quantity"], max(begin, start), end)


def grants(order: dict[str, Any], period: str) -> list[Grant]:
    """Everything the packs of an order grant and charge in a period."""
    found = []
    if in_service(order, period):
        for line in pack_lines(order):
            grant = grant_of(order, line, period)
            if grant is not None:
                found.append(grant)
    return found


def grants_for(order: dict[str, Any], meter: str, period: str) -> list[Grant]:
    return [grant for grant in grants(order, period) if PACKS[grant.item][0] == meter]


# --- Ledgers ----------------------------------------------------------------------


@dataclass
class Ledger:
    used: Decimal = ZERO
    included: Decimal = ZERO
    from_packs: Decimal = ZERO
    overage: Decimal = ZERO
    refused: Decimal = ZERO


def overage_room(order: dict[str, Any], meter: str, billed: Decimal) -> Decimal | None:
    """How many more units may be billed; None is any number."""
    if meter == "hlr_lookups" and overage_rate(order, meter) is None:
        return ZERO  # R60: without a rate the check is refused.
    cap = (order.get("caps") or {}).get(meter)
    if cap is None:
        if meter in ZERO_CAP_IF_MISSING:
            return ZERO
        return None
    return max(ZERO, Decimal(str(cap)) - billed)


def bill_rest(order: dict[str, Any], meter: str, ledger: Ledger, rest: Decimal) -> None:
    """R58, R68: what nothing covers is overage up to the cap, then refused."""
    room = overage_room(order, meter, ledger.overage)
    billed = rest if room is None else min(rest, room)
    ledger.overage += billed
    ledger.refused += rest - billed


def allowance(order: dict[str, Any], meter: str) -> Decimal:
    if meter == "rule_launches" and order["package"] != "enterprise":
        return ZERO  # R37
    return Decimal(ALLOWANCE[meter])


def whole_period_ledgers(
    scenario: dict[str, Any], order: dict[str, Any], meters: tuple[str, ...], period: str
) -> dict[str, Ledger]:
    """R59, whole_period: nets the sums; meters stand in their order of drawing."""
    pool = sum((grant.left for grant in grants_for(order, meters[0], period)), ZERO)
    ledgers = {}
    for meter in meters:
        ledger = Ledger(used=total(events_of_period(scenario, order, meter, period)))
        ledger.included = min(ledger.used, allowance(order, meter))
        rest = ledger.used - ledger.included
        ledger.from_packs = min(rest, pool)
        pool -= ledger.from_packs
        bill_rest(order, meter, ledger, rest - ledger.from_packs)
        ledgers[meter] = ledger
    return ledgers


def from_purchase_ledgers(
    scenario: dict[str, Any], order: dict[str, Any], meters: tuple[str, ...], period: str
) -> dict[str, Ledger]:
    """R59, from_purchase: event by event, in the order of time."""
    bought = grants_for(order, meters[0], period)
    ledgers = {meter: Ledger() for meter in meters}
    queue = [
        (event.at, rank, meter, event.amount)
        for rank, meter in enumerate(meters)
        for event in events_of_period(scenario, order, meter, period)
    ]
    for at, _, meter, amount in sorted(queue):
        ledger = ledgers[meter]
        ledger.used += amount
        free = min(amount, allowance(order, meter) - ledger.included)
        ledger.included += free
        rest = amount - free
        for grant in bought:
            if grant.start <= at:
                taken = grant.take(rest)
                ledger.from_packs += taken
                rest -= taken
        bill_rest(order, meter, ledger, rest)
    return ledgers


def flow_ledgers(scenario: dict[str, Any], order: dict[str, Any], period: str) -> dict[str, Ledger]:
    compute = whole_period_ledgers
    if policy(order, "pack_coverage") == "from_purchase":
        compute = from_purchase_ledgers
    ledgers = compute(scenario, order, POOLED, period)
    for meter in ALONE:
        ledgers.update(compute(scenario, order, (meter,), period))
    return ledgers


def api_ledger(scenario: dict[str, Any], order: dict[str, Any], period: str) -> Ledger:
    """R46: a counter for each user, or one counter of limit x licences."""
    limit = Decimal(API_LIMIT[order["package"]])
    calls: dict[str, Decimal] = {}
    for event in events_of_period(scenario, order, "api_calls", period):
        user = event.user  # Calls without a user are those of one technical user.
        if policy(order, "api_scope") == "licences":
            user = "everybody"
        calls[user] = calls.get(user, ZERO) + event.amount
    if policy(order, "api_scope") == "licences":
        limit = limit * int(order["licences"])
    ledger = Ledger()
    for count in calls.values():
        ledger.used += count
        ledger.included += min(count, limit)
    bill_rest(order, "api_calls", ledger, ledger.used - ledger.included)
    return ledger


class Peak(NamedTuple):
    at: dt.datetime
    height: Decimal


def peak(scenario: dict[str, Any], order: dict[str, Any], meter: str, period: str) -> Peak:
    """The highest stock in the period, and the first instant it was reached."""
    start = max(period_start(period), midnight(launch_day(order)))
    changes: dict[dt.datetime, Decimal] = {start: ZERO}
    for event in all_events(scenario, order, meter):
        if event.at < period_end(period):
            at = max(event.at, start)  # What happened before is the opening stock.
            changes[at] = changes.get(at, ZERO) + event.amount
    stock = ZERO
    highest = Peak(start, ZERO)
    for at in sorted(changes):
        stock += changes[at]
        if stock > highest.height:
            highest = Peak(at, stock)
    return highest


def soft_stock_ledger(
    scenario: dict[str, Any], order: dict[str, Any], meter: str, period: str
) -> Ledger:
    """R42, R47, R48: the peak above the limit is charged."""
    ledger = Ledger(used=peak(scenario, order, meter, period).height)
    if meter == "records":
        limit = Decimal(RECORD_LIMIT[order["edition"]][order["package"]])
    elif order["edition"] == FCC:
        limit = Decimal(FCC_TICKET_LIMIT[order["package"]])
    else:
        limit = ledger.used
    ledger.included = min(ledger.used, limit)
    bill_rest(order, meter, ledger, ledger.used - ledger.included)
    return ledger


def base_limit(order: dict[str, Any], meter: str, moment: dt.datetime) -> int:
    """The hard limit at an instant, without packs."""
    package = order["package"]
    if meter == "queues":
        return QUEUE_LIMIT[package]
    if meter == "disk_bytes":
        return DISK_LIMIT_GB[order["edition"]] * GB
    if meter == "sessions":
        return int(order["licences"])  # R23
    if meter == "email_accounts":
        # R50: Standard has its 5 accounts only while Mail is bought.
        if package == "standard" and addon_quantity_at(order, "mail", moment) == 0:
            return 0
        return EMAIL_ACCOUNT_LIMIT[package]
    # R74: channels exist only while the Automatic Caller does.
    if addon_quantity_at(order, "automatic_caller", moment) == 0:
        return 0
    return CALLER_CHANNELS + addon_quantity_at(order, "automatic_caller_extra_channel", moment)


def hard_stock_ledger(
    scenario: dict[str, Any], order: dict[str, Any], meter: str, period: str
) -> Ledger:
    """R43, R61: what the limit in force at the peak does not allow is refused."""
    top = peak(scenario, order, meter, period)
    ledger = Ledger(used=top.height)
    ledger.included = min(top.height, Decimal(base_limit(order, meter, top.at)))
    rest = top.height - ledger.included
    for grant in grants_for(order, meter, period):
        if grant.start <= top.at < grant.end:
            taken = grant.take(rest)
            ledger.from_packs += taken
            rest -= taken
    ledger.refused = rest
    return ledger


def training_grants(order: dict[str, Any], last_period: str) -> list[Grant]:
    """All training hours granted up to a period, earliest expiry first (R63)."""
    found = []
    period = month_of(launch_day(order))
    while period <= last_period:
        for grant in grants_for(order, "training_hours", period):
            if (
                grant.item.startswith("pack_training_recurring")
                and policy(order, "pack_coverage") == "whole_period"
            ):
                grant.start = period_start(period)
            found.append(grant)
        period = next_period(period)
    return sorted(found, key=lambda grant: grant.end)


def training_ledger(scenario: dict[str, Any], order: dict[str, Any], period: str) -> Ledger:
    """R62-R64: hours from packs alone, with the history before the period."""
    bought = training_grants(order, period)
    ledger = Ledger()
    for event in all_events(scenario, order, "training_hours"):
        if event.at >= period_end(period):
            break
        rest = event.amount
        for grant in bought:
            if grant.start <= event.at < grant.end:
                rest -= grant.take(rest)
        if event.at >= period_start(period):
            ledger.used += event.amount
            ledger.from_packs += event.amount - rest
            ledger.refused += rest
    return ledger


def ledgers_of(scenario: dict[str, Any], order: dict[str, Any], period: str) -> dict[str, Ledger]:
    """The ledgers of one order: only meters with something used."""
    if not in_service(order, period):
        return {}
    ledgers = flow_ledgers(scenario, order, period)
    ledgers["api_calls"] = api_ledger(scenario, order, period)
    ledgers["training_hours"] = training_ledger(scenario, order, period)
    for meter in SOFT_STOCK:
        ledgers[meter] = soft_stock_ledger(scenario, order, meter, period)
    for meter in HARD_STOCK:
        ledgers[meter] = hard_stock_ledger(scenario, order, meter, period)
    return {meter: ledger for meter, ledger in ledgers.items() if ledger.used > 0}


# --- Invoice ----------------------------------------------------------------------


def round_half_up(value: Fraction, places: int) -> Decimal:
    """R120; no value here is negative."""
    scaled = value * 10**places + Fraction(1, 2)
    units = scaled.numerator // scaled.denominator
    return Decimal(units).scaleb(-places)


def line(kind: str, item: str, quantity: Fraction, price: Decimal) -> dict[str, Any]:
    return {
        "kind": kind,
        "item": item,
        "quantity": round_half_up(quantity, 6),
        "unit_price": price,
        "net": round_half_up(quantity * Fraction(price), 2),
        "exact_quantity": quantity,
    }


def prorated(
    order: dict[str, Any], units: int, first: dt.date, last: dt.date, period: str
) -> Fraction:
    """Units of a flat line in a period: by days of service, or in full."""
    days = days_in_period(first, last, period)
    if days == 0:
        return Fraction(0)
    if policy(order, "proration") == "none":
        return Fraction(units)
    return Fraction(units * days, len(days_of(period)))


def flat_lines(order: dict[str, Any], period: str) -> list[dict[str, Any]]:
    """Licences, the SLA fee and add-ons."""
    lines = []
    first, last = launch_day(order), end_day(order)
    prices = order.get("prices") or {}
    units = prorated(order, int(order["licences"]), first, last, period)
    if units:
        lines.append(line("subscription", "licence", units, Decimal(str(prices["licence"]))))
    if (order.get("sla") or "standard") != "standard":  # R40
        units = prorated(order, 1, first, last, period)
        if units:
            lines.append(line("sla", "sla", units, Decimal(str(prices["sla"]))))
    for addon in addons(order):
        item = addon["item"]
        if item in ALIASES or item in ADDONS_BY_USE_ALONE:
            continue
        quantity = int(addon.get("quantity") or 1) if item in ADDONS_BY_QUANTITY else 1
        first, last = line_days(order, addon)
        units = prorated(order, quantity, first, last, period)
        if units:
            price = Decimal(str(price_table(order, "addons")[item]))
            lines.append(line("addon", item, units, price))
    return lines


def pack_invoice_lines(order: dict[str, Any], period: str) -> list[dict[str, Any]]:
    """R55: full fee; one line for each kind of pack."""
    counts: dict[str, int] = {}
    for grant in grants(order, period):
        counts[grant.item] = counts.get(grant.item, 0) + grant.quantity
    lines = []
    for item, count in counts.items():
        kind = "training" if item.startswith("pack_training") else "pack"
        lines.append(line(kind, item, Fraction(count), pack_price(order, item)))
    return lines


def overage_lines(order: dict[str, Any], ledgers: dict[str, Ledger]) -> list[dict[str, Any]]:
    lines = []
    for meter, ledger in ledgers.items():
        if ledger.overage > 0:
            rate = overage_rate(order, meter)
            if rate is None:
                raise KeyError(f"no price for {meter}")  # R4
            lines.append(line("overage", meter, Fraction(ledger.overage), rate))
    return lines


def invoice(
    order: dict[str, Any], ledgers: dict[str, Ledger], period: str
) -> dict[str, Any] | None:
    lines = []
    candidates = flat_lines(order, period) + pack_invoice_lines(order, period)
    for candidate in candidates + overage_lines(order, ledgers):
        exact = candidate.pop("exact_quantity")
        if exact != 0 and candidate["unit_price"] != 0:
            lines.append(candidate)
    if not lines:
        return None
    net = sum((candidate["net"] for candidate in lines), ZERO)
    vat = round_half_up(Fraction(net) * VAT_RATE, 2)
    return {"order": order["id"], "lines": lines, "net": net, "vat": vat, "gross": net + vat}


def judge(scenario: dict[str, Any], period: str) -> dict[str, Any]:
    """Ledgers and invoices of all orders for one period (R5: each on its own)."""
    result: dict[str, Any] = {"ledgers": [], "invoices": []}
    for order in scenario["orders"]:
        ledgers = ledgers_of(scenario, order, period)
        for meter, ledger in ledgers.items():
            result["ledgers"].append({"order": order["id"], "meter": meter, **vars(ledger)})
        document = invoice(order, ledgers, period)
        if document is not None:
            result["invoices"].append(document)
    return result
