"""How the usage of a meter was covered: its ledger, packs, users and days, and what came late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.entitlements import Contract, grants
from billing.money import plain
from billing.rating.cover import Covered, cover_usage
from billing.rating.drawdown import OpenGrant
from invoices.explaining.lines import Explained, coverage
from metering.as_of import AsOf, LateEntries
from metering.calendar import WARSAW, start_of
from metering.history import BalanceRow

MOST_USERS = 50
"""So many users are named, those that used most; the ledger counts them all."""


@dataclass(frozen=True, slots=True)
class Biller:
    """A later invoice that looked at the period again, with all of its usage up to a position.

    ``lines`` are the places of its adjustments of the period, by meter.
    """

    number: str
    position: int
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MeterGrounds:
    """What ledgers rest on: the contract, the usage as the invoice saw it, repeats, later invoices.

    ``billers`` stand in the order of their positions. ``users`` are the names of users by number.
    ``taken_back`` says how many entries of a day and meter were voided or replaced by then.
    """

    contract: Contract
    seen: AsOf
    rated: Mapping[str, Mapping[str, Any]]
    repeats: Sequence[Mapping[str, Any]]
    billers: Sequence[Biller]
    users: Mapping[str, str]
    taken_back: Mapping[tuple[date, str], int] = field(default_factory=dict)

    def days(self, meter: str) -> list[BalanceRow]:
        """The days of a meter; an entry that was taken back is none, nor is what takes it back."""
        return [
            {**row, "entries": row["entries"] - 2 * self.taken_back.get((row["day"], meter), 0)}
            for row in self.seen.days
            if row["meter"] == meter
        ]


def taken_back(
    rows: Iterable[Mapping[str, Any]], later: Collection[str] = ()
) -> Counter[tuple[date, str]]:
    """How many entries amendments took back, but for those that came ``later``."""
    found = Counter[tuple[date, str]]()
    for row in rows:
        if row["amendment_id"] not in later:
            found[row["day"], row["meter"]] += row["taken_back"]
    return found


def explain_meter(meter: str, ledger: Mapping[str, Any] | None, own: MeterGrounds) -> Explained:
    """A meter of an invoice; one that has no ledger was used only later."""
    covered = {c.meter.meter.key: c for c in cover_usage(own.contract, own.seen.recorded.usage)}
    rows = own.days(meter)
    is_stock = own.contract.edition.meters[meter].meter.kind == "stock"
    days = list(_levels(meter, rows, own) if is_stock else _quantities(rows))
    counted = _counted(meter, rows, own, is_stock=is_stock)
    used = Decimal(ledger["used"]) if ledger else Decimal(0)
    return {
        "meter": meter,
        "unit": own.contract.edition.meters[meter].meter.unit,
        "kind": own.contract.edition.meters[meter].meter.kind.value,
        "ledger": ledger,
        "arithmetic": list(_arithmetic(ledger)) if ledger else [],
        "packs": list(packs_of(covered.get(meter), own.contract)),
        "users": _users(meter, own, ledger),
        "days": days,
        "counted": plain(counted),
        "entries": sum(row["entries"] for row in rows),
        "agrees": counted == used and own.rated.get(meter) == _rated_part(ledger),
        "repeats": _repeats(meter, own.repeats),
        "late": _late([one for one in own.seen.late if one.meter == meter], own),
    }


def _rated_part(ledger: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A ledger without the names that the invoice gave it."""
    named = ("name", "unit", "kind")
    return {key: own for key, own in ledger.items() if key not in named} if ledger else None


def _arithmetic(ledger: Mapping[str, Any]) -> Iterator[str]:
    """The ledger, then where each of its parts comes from."""
    yield coverage(ledger)
    if ledger["shares"]:
        yield from _shares(ledger, ledger["shares"])
    elif Decimal(ledger["allowance"]):
        yield f"the allowance is {ledger['allowance']}"
    if Decimal(ledger["granted"]):
        yield f"packs give {ledger['granted']}"
    if ledger["cap"] is not None:
        yield f"the order allows {ledger['cap']} of overage"
    if ledger["peak_at"]:
        yield f"the level was highest, {ledger['used']}, at {ledger['peak_at']}"


def _shares(ledger: Mapping[str, Any], shares: Mapping[str, Any]) -> Iterator[str]:
    allowance = f"{shares['holders']} {shares['of']} × {shares['each']} = {ledger['allowance']}"
    yield f"the allowance is {allowance}"
    if shares["over"]:
        yield (
            f"{shares['over']} {shares['of']} used more than theirs, {shares['used_over']} "
            f"together: {shares['used_over']} - {shares['over']} × {shares['each']} = "
            f"{_beyond(shares)} beyond"
        )


def _beyond(shares: Mapping[str, Any]) -> str:
    return plain(Decimal(shares["used_over"]) - shares["over"] * Decimal(shares["each"]))


def packs_of(covered: Covered | None, contract: Contract) -> Iterator[Explained]:
    """The packs that could cover something in the period, with what it left of each."""
    if covered is None or covered.meter.pool is None:
        return
    packs = covered.packs or [OpenGrant(g, g.units) for g in grants(contract, covered.meter.pool)]
    for pack in packs:
        life = pack.grant.life
        if life.end is None or life.end > contract.period.start:
            yield {
                "item": pack.grant.item,
                "units": plain(pack.grant.units),
                "from": _local(life.start),
                "to": _local(life.end) if life.end else None,
                "left": plain(pack.left) if covered.packs else None,
            }


def _users(meter: str, own: MeterGrounds, ledger: Mapping[str, Any] | None) -> list[Explained]:
    """The users that used most, each with what is beyond its own share."""
    by_user = own.seen.recorded.usage.by_user.get(meter, {})
    shares = ledger["shares"] if ledger else None
    each = Decimal(shares["each"]) if shares and shares["of"] == "user" else None
    first = sorted(by_user.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_USERS]
    return [
        {
            "user": own.users.get(user),
            "used": plain(used),
            "beyond": None if each is None else plain(max(used - each, Decimal(0))),
        }
        for user, used in first
    ]


def _quantities(rows: Iterable[BalanceRow]) -> Iterator[Explained]:
    for row in rows:
        used = plain(row["used"])
        yield {"day": str(row["day"]), "used": used, "entries": row["entries"]}


def _levels(meter: str, rows: Iterable[BalanceRow], own: MeterGrounds) -> Iterator[Explained]:
    """The level of each day on which it changed: before, highest, after."""
    level = own.seen.openings.get(meter, Decimal(0))
    for row in rows:
        highest, at = level + row["peak"], row["peak_at"]
        if row["first_at"] > start_of(row["day"]) and level >= highest:
            highest, at = level, start_of(row["day"])
        yield {
            "day": str(row["day"]),
            "before": plain(level),
            "used": plain(highest),
            "at": _local(at),
            "after": plain(level + row["used"]),
            "entries": row["entries"],
        }
        level += row["used"]


def _counted(
    meter: str, rows: Iterable[BalanceRow], own: MeterGrounds, *, is_stock: bool
) -> Decimal:
    """What the days come to: their sum, or the highest level with that at the period's start."""
    if not is_stock:
        return sum((row["used"] for row in rows), Decimal(0))
    peaks = [Decimal(day["used"]) for day in _levels(meter, rows, own)]
    first = next(iter(rows), None)
    opening = own.seen.openings.get(meter, Decimal(0))
    if first is None or first["first_at"] > own.contract.period.start:
        peaks.append(opening)
    return max([*peaks, Decimal(0)])


def _repeats(meter: str, repeats: Iterable[Mapping[str, Any]]) -> Explained:
    own = [row for row in repeats if row["meter"] == meter]
    days = [
        {
            "day": str(row["day"]),
            "repeats": row["repeats"],
            "last_received_at": _local(row["last_received_at"]),
        }
        for row in own
    ]
    return {"count": sum(row["repeats"] for row in own), "days": days}


def _late(late: Iterable[LateEntries], own: MeterGrounds) -> list[Explained]:
    """Usage that the invoice could not see yet, by its day and the invoice that did."""
    waits = "to_correct" if own.contract.policies.late_usage == "correction" else "waiting"
    found: dict[tuple[date, str | None], Explained] = {}
    for one in late:
        biller = next((b for b in own.billers if b.position >= one.position), None)
        number = biller.number if biller else None
        told = {
            "day": str(one.day),
            "quantity": "0",
            "entries": 0,
            "state": "billed" if biller else waits,
            "invoice": number,
            "line": biller.lines.get(one.meter) if biller else None,
        }
        whole = found.setdefault((one.day, number), told)
        whole["quantity"] = plain(Decimal(whole["quantity"]) + one.quantity)
        whole["entries"] += one.entries
    return list(found.values())


def _local(instant: datetime) -> str:
    return instant.astimezone(WARSAW).isoformat()
