"""What an order may use in a period: allowances, packs and hard limits (R42-R64).

Everything here follows from the order's terms and the edition alone; usage is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.catalog.edition import Allowance, Catalog, Edition, MeterTerms, Pack, Policies, Price
from billing.orders.availability import is_available, pack_lines
from billing.orders.terms import Line, OrderTerms, PackLine
from metering.calendar import ONE_DAY, Interval, Period, Span, end_of, local_day, periods


@dataclass(frozen=True, slots=True)
class Grant:
    """Units of a pool that a pack gives for some time."""

    item: str
    units: Decimal
    life: Interval


@dataclass(frozen=True, slots=True)
class Contract:
    """An order, the edition it pins in a period, and the catalog both stand in.

    ``modelling`` allows indicative prices, which no invoice may use.
    """

    terms: OrderTerms
    edition: Edition
    catalog: Catalog
    period: Period
    modelling: bool = False

    @property
    def policies(self) -> Policies:
        return self.edition.policies.overridden(self.terms.policies)

    @property
    def served(self) -> Span | None:
        """The days of service in the period."""
        return self.terms.service.within(Span(self.period.first_day, self.period.last_day))

    def served_days(self) -> list[date]:
        """Every day of service from the launch to the end of the period."""
        served = self.terms.service.within(Span(self.terms.launch_date, self.period.last_day))
        if served is None or served.end is None:
            return []
        return [served.start + n * ONE_DAY for n in range((served.end - served.start).days + 1)]

    def days_in_period(self, line: Line) -> int:
        """How many days of the period a line of the order is in service."""
        span = self.terms.span(line)
        return 0 if span is None else span.days_in(self.period)

    def price(self, group: str, key: str) -> Price | None:
        """The order's price, else the edition's."""
        own = self.terms.price(group, key)
        return Price(own) if own is not None else self.printed_price(group, key)

    def printed_price(self, group: str, key: str) -> Price | None:
        """The edition's price: in the catalog's currency alone, indicative for modelling alone."""
        if self.terms.currency != self.catalog.currency:
            return None
        price = self.edition.price(group, key)
        return price if price is None or self.modelling or not price.indicative else None


def contract(
    terms: OrderTerms, catalog: Catalog, period: Period, *, modelling: bool = False
) -> Contract | None:
    """The contract that governs a period, None where the order is not in service."""
    edition = terms.edition_in(period)
    if edition is None:
        return None
    return Contract(terms, catalog.editions[edition], catalog, period, modelling)


def allowance(contract: Contract, meter: MeterTerms) -> Decimal:
    """The free units of a meter in the period: the highest that any day of it gives (R15, R19)."""
    served = contract.served
    if meter.allowance is None or served is None:
        return Decimal(0)
    starts = [served.start, *_changes(contract, served)]
    return max(_on_day(contract, meter.allowance, day) for day in starts)


def _changes(contract: Contract, served: Span) -> Iterator[date]:
    """The days of the period on which a line of the order starts."""
    terms = contract.terms
    for line in (*terms.packages, *terms.addons):
        span = terms.span(line)
        if span is not None and span.start in served:
            yield span.start


def capacity(contract: Contract, meter: MeterTerms, at: datetime) -> tuple[Decimal, Decimal]:
    """A hard limit at an instant: what the package gives, and what packs add (R49-R53)."""
    if meter.allowance is None:
        return Decimal(0), Decimal(0)
    base = _on_day(contract, meter.allowance, local_day(at))
    added = [g.units for g in grants(contract, meter.pool) if at in g.life] if meter.pool else []
    return base, sum(added, Decimal(0))


def _on_day(contract: Contract, source: Allowance, day: date) -> Decimal:
    terms = contract.terms
    lines = terms.on(terms.packages, day)
    if source.licences:
        return Decimal(sum(line.licences for line in lines))
    if source.limit is not None:
        return _limit_on_day(contract, source.limit, day) * source.units_each
    if source.with_item and not is_available(terms, contract.catalog, source.with_item, day):
        return Decimal(0)
    extra = [addon for addon in terms.addons if addon.item == source.plus_each]
    return source.units + sum(addon.quantity for addon in terms.on(extra, day))


def _limit_on_day(contract: Contract, limit: str, day: date) -> Decimal:
    """The highest limit of the packages of a day, 0 where what it needs is not ordered (R50)."""
    terms, edition = contract.terms, contract.edition
    for alternatives in edition.items[limit].needs:
        if not any(is_available(terms, contract.catalog, need, day) for need in alternatives):
            return Decimal(0)
    limits = [edition.limit(limit, line.package) for line in terms.on(terms.packages, day)]
    return max(limits, default=Decimal(0))


def grants(contract: Contract, pool: str) -> list[Grant]:
    """Every grant of a pool from the launch to the end of the period."""
    return [
        grant
        for line in pack_lines(contract.terms, contract.edition)
        if (pack := contract.edition.packs.get(line.item)) is not None and pack.pool == pool
        for grant in _grants(contract, line, pack)
    ]


def _grants(contract: Contract, line: PackLine, pack: Pack) -> Iterator[Grant]:
    units = pack.units * line.quantity
    if pack.life_days is not None:
        last = local_day(line.at) + timedelta(days=pack.life_days)
        yield Grant(line.item, units, Interval(line.at, end_of(last)))
        return
    for period in pack_periods(contract.terms, line, contract.period):
        start = max(line.at, period.start)
        if _covers_whole_period(contract, pack):
            start = period.start
        yield Grant(line.item, units, Interval(start, period.end))


def _covers_whole_period(contract: Contract, pack: Pack) -> bool:
    """Policy ``pack_coverage``; capacity counts from the purchase whatever the policy (R59)."""
    raises_capacity = any(
        contract.edition.meters[meter].meter.kind == "stock"
        for meter in contract.edition.pool_meters(pack.pool)
    )
    return contract.policies.pack_coverage == "whole_period" and not raises_capacity


def pack_periods(terms: OrderTerms, line: PackLine, until: Period) -> Iterator[Period]:
    """The periods in which a pack is charged and gives its units (R56, R57)."""
    first = Period.of(local_day(line.at))
    ends = [day for day in (line.end, terms.end_date) if day is not None]
    last = min([until, *(Period.of(day) for day in ends)]) if line.recurring else min(first, until)
    return periods(first, last)


def cap(contract: Contract, meter: MeterTerms) -> Decimal | None:
    """The overage units the order allows; None where there is no cap (R68)."""
    own = contract.terms.caps.get(meter.meter.key)
    if own is None and meter.beyond == "charged_to_cap":
        return Decimal(0)
    return own


def needs_times(contract: Contract, meter: MeterTerms) -> bool:
    """Whether rating must know when a meter was used, not only how much in the period."""
    if meter.pool is None or meter.meter.kind == "stock":
        return False
    lasting = any(
        pack.life_days is not None
        for pack in contract.edition.packs.values()
        if pack.pool == meter.pool
    )
    by_purchase = contract.policies.pack_coverage == "from_purchase"
    return (by_purchase or lasting) and bool(grants(contract, meter.pool))


def lives_on(contract: Contract, meter: str) -> bool:
    """Whether what was used of a meter before the period counts in it.

    It does as a level (R42), and where it has drawn on a pack that lives on (R63).
    """
    own, start = contract.edition.meters.get(meter), contract.period.start
    if own is None or own.meter.kind == "stock":
        return own is not None
    packs = grants(contract, own.pool) if own.pool else []
    return any(start in pack.life and pack.life.start < start for pack in packs)


def first_timed_day(contract: Contract, meters: Iterable[str]) -> date:
    """From when single uses matter: the period's start, or the launch where packs outlive it."""
    lasting = {pack.pool for pack in contract.edition.packs.values() if pack.life_days is not None}
    pools = {contract.edition.meters[key].pool for key in meters}
    return contract.terms.launch_date if pools & lasting else contract.period.first_day


def timed_meters(contract: Contract) -> frozenset[str]:
    """The meters whose single uses rating needs in this period."""
    meters = contract.edition.meters
    return frozenset(key for key, meter in meters.items() if needs_times(contract, meter))
