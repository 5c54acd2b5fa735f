"""Back-test: what other prices or allowances would have made of recorded months."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing.catalog.edition import Catalog
from billing.entitlements import Contract, contract
from billing.money import Money, total
from billing.orders.terms import OrderTerms
from billing.plans.changes import Changes, changed_catalog, changed_terms
from billing.rating.charges import Rated
from billing.rating.rate import rate_period
from metering.calendar import Period
from metering.problems import Problem
from metering.usage import PeriodUsage

NOTHING = Decimal(0)


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

    def __add__(self, other: Effect) -> Effect:
        return Effect(self.before + other.before, self.after + other.after)


@dataclass(frozen=True, slots=True)
class MonthEffect:
    """What a change makes of one month, by kind of line.

    ``refused`` are the units of meters that the change would refuse beyond what was refused.
    """

    period: Period
    kinds: Mapping[str, Effect]
    whole: Effect
    refused: Mapping[str, Decimal] = field(default_factory=dict)


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

    ``dearer``, ``cheaper`` and ``same`` count the orders that could be priced.
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
    after = changed_catalog(catalog, changes)
    return gathered(order_effect(catalog, after, changes, own) for own in orders)


def gathered(orders: Iterable[OrderEffect]) -> BackTest:
    """The effects on some orders, put together."""
    found = sorted(orders, key=lambda own: (own.currency, -own.whole.difference.amount, own.order))
    priced = [own for own in found if not own.problems]
    signs = Counter(
        (own.whole.difference.amount > 0) - (own.whole.difference.amount < 0) for own in priced
    )
    currencies = dict.fromkeys(own.currency for own in found)
    kinds = {
        key: _summed([o.kinds for o in priced if o.currency == key], key) for key in currencies
    }
    totals = {key: _whole(own, key) for key, own in kinds.items()}
    return BackTest(tuple(found), totals, kinds, signs[1], signs[-1], signs[0])


def order_effect(
    catalog: Catalog, after: Catalog, changes: Changes, own: RecordedOrder
) -> OrderEffect:
    """What a change makes of one order."""
    currency, months, problems = own.terms.currency, [], list[Problem]()
    for month in own.months:
        governed = contract(own.terms, catalog, month.period)
        if governed is None:
            continue
        was = rate_period(governed, month.usage)
        would = rate_period(changed_contract(governed, after, changes), month.usage)
        problems += [*was.problems, *would.problems]
        months.append(_month(governed, was, would))
    kinds = _summed([month.kinds for month in months], currency)
    whole = _whole(kinds, currency)
    unique = tuple(dict.fromkeys(problems))
    return OrderEffect(
        own.terms.id, own.terms.account, currency, tuple(months), kinds, whole, unique
    )


def changed_contract(governed: Contract, after: Catalog, changes: Changes) -> Contract:
    """The contract of a period as it would be."""
    edition = after.editions[governed.edition.id]
    return Contract(changed_terms(governed, changes), edition, after, governed.period)


def _month(governed: Contract, was: Rated, would: Rated) -> MonthEffect:
    currency = governed.terms.currency
    before, after = _by_kind(was, currency), _by_kind(would, currency)
    nothing = total([], currency)
    kinds = {
        kind: Effect(before.get(kind, nothing), after.get(kind, nothing))
        for kind in dict.fromkeys([*before, *after])
    }
    refused = dict(_refused(was, would))
    return MonthEffect(governed.period, kinds, _whole(kinds, currency), refused)


def _by_kind(rated: Rated, currency: str) -> dict[str, Money]:
    nets: defaultdict[str, list[Money]] = defaultdict(list)
    for one in rated.charges:
        nets[one.kind].append(one.net)
    return {kind: total(own, currency) for kind, own in nets.items()}


def _refused(was: Rated, would: Rated) -> Iterator[tuple[str, Decimal]]:
    before = {own.meter: own.refused for own in was.ledgers}
    for own in would.ledgers:
        more = own.refused - before.get(own.meter, NOTHING)
        if more > 0:
            yield own.meter, more


def _summed(parts: Iterable[Mapping[str, Effect]], currency: str) -> dict[str, Effect]:
    """Effects by kind, added up."""
    found: dict[str, Effect] = {}
    for part in parts:
        for kind, own in part.items():
            found[kind] = found[kind] + own if kind in found else own
    return found


def _whole(kinds: Mapping[str, Effect], currency: str) -> Effect:
    nothing = total([], currency)
    return sum(kinds.values(), Effect(nothing, nothing))
