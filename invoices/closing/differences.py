"""How a draft differs from the invoice of the month before, line by line, and why.

Pure functions of documents (`billing.documents`). Amounts are net.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.invoicing import EXPORT_FEE
from billing.rating.recurring import KINDS as RECURRING

Document = Mapping[str, Any]
ZERO = Decimal(0)
Key = tuple[str, str, str]

ALONE: Mapping[str, str] = {
    "adjustment": "late_usage",
    "sla_credit": "credit",
    "service_work": "service_work",
    EXPORT_FEE: EXPORT_FEE,
}
"""Kinds of lines that stand for one month alone, each with its reason."""


@dataclass(frozen=True, slots=True)
class Side:
    """The lines of one kind and item in one of the two documents, added up.

    ``unit_price`` is None where they have more than one.
    """

    quantity: Decimal = ZERO
    unit_price: Decimal | None = None
    net: Decimal = ZERO
    is_prorated: bool = False


NOTHING = Side()


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line now and a month before. ``reasons`` say why it differs; none where it does not."""

    kind: str
    item: str
    name: Mapping[str, str]
    unit: str
    before: Side | None
    now: Side | None
    reasons: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        """Net now less net before."""
        return (self.now or NOTHING).net - (self.before or NOTHING).net


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft beside the invoice of the month before; either may be missing."""

    lines: tuple[LineChange, ...]
    before: Decimal | None
    now: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Net now less net before."""
        return (self.now or ZERO) - (self.before or ZERO)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason once; that of the largest difference comes first."""
        changed = sorted(self.lines, key=lambda own: -abs(own.difference))
        return tuple(dict.fromkeys(reason for own in changed for reason in own.reasons))


def compare_months(before: Document | None, now: Document | None) -> Comparison:
    """The lines of two months side by side, in the order of the later one."""
    old, new = _sides(before), _sides(now)
    named = {**_lines(before), **_lines(now)}
    keys = [*new, *(key for key in old if key not in new)]
    lines = (_change(named[key], old.get(key), new.get(key)) for key in keys)
    return Comparison(tuple(lines), _net(before), _net(now))


def _net(document: Document | None) -> Decimal | None:
    return Decimal(document["net"]) if document else None


def _key(line: Document) -> Key:
    """What tells a line from others; one that stands for one month alone belongs to its days."""
    days = line["days"]["from"] if line["kind"] in ALONE and line["days"] else ""
    return line["kind"], line["item"], days


def _lines(document: Document | None) -> dict[Key, Document]:
    return {_key(line): line for line in document["lines"]} if document else {}


def _sides(document: Document | None) -> dict[Key, Side]:
    found: dict[Key, list[Document]] = {}
    for line in document["lines"] if document else ():
        found.setdefault(_key(line), []).append(line)
    return {key: _side(own) for key, own in found.items()}


def _side(lines: Iterable[Document]) -> Side:
    own = list(lines)
    prices = {Decimal(line["unit_price"]) for line in own}
    return Side(
        sum((Decimal(line["quantity"]) for line in own), ZERO),
        prices.pop() if len(prices) == 1 else None,
        sum((Decimal(line["net"]) for line in own), ZERO),
        any(line["proration"] is not None for line in own),
    )


def _change(line: Document, before: Side | None, now: Side | None) -> LineChange:
    reasons = () if before == now else tuple(_reasons(line["kind"], before, now))
    return LineChange(line["kind"], line["item"], line["name"], line["unit"], before, now, reasons)


def _reasons(kind: str, before: Side | None, now: Side | None) -> Iterator[str]:
    """Why a line differs: what it is for, its price, its units."""
    old, new = before or NOTHING, now or NOTHING
    if kind in ALONE:
        yield ALONE[kind]
        return
    is_as_much = old.quantity == new.quantity
    costs_more_or_less = is_as_much and old.net != new.net
    if before and now and (old.unit_price != new.unit_price or costs_more_or_less):
        yield "price"
    if not is_as_much:
        yield _of_quantity(kind, old, new)


def _of_quantity(kind: str, old: Side, new: Side) -> str:
    if kind in RECURRING:
        return "proration" if old.is_prorated or new.is_prorated else "order"
    if kind == "overage":
        return "more_usage" if new.quantity > old.quantity else "less_usage"
    return "order"


@dataclass(frozen=True, slots=True)
class SpikeRule:
    """A net sum is a spike where it is away from another by more than both of these.

    ``percent`` is of the other sum; ``amount`` is in the currency of the order.
    """

    against: str
    percent: Decimal
    amount: Decimal


SPIKES = (
    SpikeRule("month_before", Decimal(50), Decimal(100)),
    SpikeRule("median", Decimal(50), Decimal(100)),
)
"""What is marked for a person to look at."""
MONTHS = 6
FEWEST = 3
"""A median is that of the last six months, of three of them at least."""


def spikes(net: Decimal, earlier: Iterable[Decimal]) -> tuple[str, ...]:
    """The rules by which a net sum is a spike; ``earlier`` are those of earlier months, last one
    first. A first invoice is none: there is nothing to compare it with.
    """
    known = list(earlier)[:MONTHS]
    return tuple(
        rule.against
        for rule in SPIKES
        if (base := BASES[rule.against](known)) is not None and _is_away(net, base, rule)
    )


def _is_away(net: Decimal, base: Decimal, rule: SpikeRule) -> bool:
    away = abs(net - base)
    return away > rule.amount and away * 100 > rule.percent * abs(base)


def _last(known: list[Decimal]) -> Decimal | None:
    return known[0] if known else None


def _median(known: list[Decimal]) -> Decimal | None:
    if len(known) < FEWEST:
        return None
    ordered, middle = sorted(known), len(known) // 2
    return ordered[middle] if len(known) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


BASES: Mapping[str, Callable[[list[Decimal]], Decimal | None]] = {
    "month_before": _last,
    "median": _median,
}
"""What each rule compares with; None where too little is known."""
