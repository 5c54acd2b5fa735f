"""Back-test: what other prices or allowances would have made of recorded months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing.catalog.edition import Catalog
from billing.money import Money
from billing.orders.terms import OrderTerms
from metering.calendar import Period
from metering.problems import Problem
from metering.usage import PeriodUsage


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A new price of a group (``overage``, ``licence``, ``packs`` …) and a key, or of all keys.

    Either ``amount``, or ``percent`` more (or less) than what the order pays now. It replaces the
    order's own price as well as the edition's.
    """

    group: str
    key: str | None
    amount: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AllowanceChange:
    """New free units of a limit in some packages, or of what comes with an item (``meter``)."""

    limit: str | None = None
    meter: str | None = None
    units: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """A proposed change, for orders of some ``editions`` (all where none is named).

    ``catalog`` stands in place of today's, where it is given; then the others are put on it.
    """

    prices: tuple[PriceChange, ...] = ()
    allowances: tuple[AllowanceChange, ...] = ()
    editions: frozenset[str] = frozenset()
    catalog: Catalog | None = None


@dataclass(frozen=True, slots=True)
class RecordedMonth:
    """What an order used in a period, as recorded."""

    period: Period
    usage: PeriodUsage


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """An order with its recorded months: all that a back-test needs of it, as plain values."""

    terms: OrderTerms
    months: tuple[RecordedMonth, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Net amounts of one kind of line, or of all: as it was and as it would have been."""

    before: Money
    after: Money

    @property
    def difference(self) -> Money:
        """What would have been more (or less, where negative)."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class MonthEffect:
    """What a change makes of one month, by kind of line; refused units are counted by meter."""

    period: Period
    kinds: Mapping[str, Effect]
    whole: Effect
    newly_refused: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderEffect:
    """What a change makes of an order's months; with problems it could not be priced."""

    order: str
    account: str
    currency: str
    months: tuple[MonthEffect, ...]
    kinds: Mapping[str, Effect]
    whole: Effect
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class BackTest:
    """Every order's effect, those that would have paid most more first; totals by currency.

    ``dearer``, ``cheaper`` and ``same`` count the orders.
    """

    orders: tuple[OrderEffect, ...]
    totals: Mapping[str, Effect]
    kinds: Mapping[str, Mapping[str, Effect]]
    dearer: int
    cheaper: int
    same: int


def back_test(catalog: Catalog, changes: Changes, orders: Iterable[RecordedOrder]) -> BackTest:
    """What a change would have made of recorded months: fees, packs, training and overage.

    Credits, adjustments of late usage and service work are left out on both sides.
    """
    raise NotImplementedError
