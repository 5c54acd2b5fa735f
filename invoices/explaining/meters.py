"""How the usage of a meter was covered: its ledger, packs, users and days, and what came late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    """

    contract: Contract
    seen: AsOf
    rated: Mapping[str, Mapping[str, Any]]
    repeats: Sequence[Mapping[str, Any]]
    billers: Sequence[Biller]
    users: Mapping[str, str]


def explain_meter(meter: str, ledger: Mapping[str, Any] | None, own: MeterGrounds) -> Explained:
    """A meter of an invoice; one that has no ledger was used only later."""
    covered = {c.meter.meter.key: c for c in cover_usage(own.contract, own.seen.recorded.usage)}
    rows = [row for row in own.seen.days if row["meter"] == meter]
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
        "late": [_late(one, own) for one in own.seen.late if one.meter == meter],
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


def _late(one: LateEntries, own: MeterGrounds) -> Explained:
    """Usage that the invoice could not see yet, and the invoice that did."""
    biller = next((b for b in own.billers if b.position >= one.position), None)
    waits = "to_correct" if own.contract.policies.late_usage == "correction" else "waiting"
    return {
        "day": str(one.day),
        "quantity": plain(one.quantity),
        "entries": one.entries,
        "state": "billed" if biller else waits,
        "invoice": biller.number if biller else None,
        "line": biller.lines.get(one.meter) if biller else None,
    }


def _local(instant: datetime) -> str:
    return instant.astimezone(WARSAW).isoformat()
