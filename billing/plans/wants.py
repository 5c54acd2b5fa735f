"""Which add-ons a demand needs in a package: every set that could be part of the cheapest plan.

What opens a used meter, what is wanted, what these need in turn, and what raises an allowance:
any other add-on costs and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import chain, combinations
from math import ceil

from billing.catalog.edition import Beyond, Cell, Edition, Kind, MeterTerms
from billing.orders.item_checks import GSM, PBX, SLA_UNIT
from billing.plans.pricing import closed_meter, used_meters, without
from billing.plans.values import Basis, Demand, Month
from metering.problems import Problem

MOST_OPTIONAL = 10
"""So many optional add-ons are taken together in every way."""
MOST_CHOICES = 1_000
"""So many numbers of one counted add-on are tried, one by one."""

Addons = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Wants:
    """A demand seen from one package of a basis."""

    demand: Demand
    basis: Basis
    package: str

    @property
    def edition(self) -> Edition:
        return self.basis.own_edition

    @cached_property
    def meters(self) -> list[MeterTerms]:
        """The meters that are used in any month."""
        keys = dict.fromkeys(key for m in self.demand.months for key in used_meters(m.usage))
        return [own for key in keys if (own := self.edition.meters.get(key))]

    def is_there(self, item: str) -> bool:
        """Whether an item needs no order: the package includes it, or the client has it."""
        if item in self.basis.declares:
            return True
        return item in self.edition.items and self._cell(item) is Cell.INCLUDED

    def can_be_bought(self, item: str) -> bool:
        """Whether an item can be ordered as an add-on of the package."""
        row = self.edition.items.get(item)
        if row is None or row.kind in (Kind.PACK, Kind.LIMIT) or row.unit == SLA_UNIT:
            return False
        return row.same_as is None and self._cell(item) in (Cell.PAYABLE, Cell.NOT_STATED)

    def _cell(self, item: str) -> Cell:
        return self.edition.cell(item, self.package)

    def ways(self, item: str) -> tuple[str, ...]:
        """The items that make an item available: itself, and add-ons that stand for it."""
        twins = (key for key, row in self.edition.items.items() if row.stands_for == item)
        return (item, *twins)

    def is_met(self, alternatives: Iterable[str], ordered: Iterable[str]) -> bool:
        """Whether one of some items is there."""
        return any(
            self.is_there(item) or any(way in ordered for way in self.ways(item))
            for item in alternatives
        )

    def requirements(self, ordered: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """What must be there: wanted items, what meters need, what ordered add-ons need."""
        yield from ((item,) for item in self.demand.items)
        for meter in self.meters:
            if items := tuple(need for need in meter.needs if need in self.edition.items):
                yield items
        for item in ordered:
            yield from self.edition.items[item].needs

    def closures(self, ordered: frozenset[str]) -> Iterator[frozenset[str]]:
        """The sets of add-ons that hold some and meet every requirement."""
        for alternatives in self.requirements(sorted(ordered)):
            if not self.is_met(alternatives, ordered):
                ways = chain.from_iterable(map(self.ways, alternatives))
                for way in dict.fromkeys(way for way in ways if self.can_be_bought(way)):
                    yield from self.closures(ordered | {way})
                return
        yield ordered

    def addon_sets(self) -> list[frozenset[str]]:
        """Every set of add-ons worth a look; none where something cannot be had."""
        optional = [item for item in self._optional() if self.can_be_bought(item)]
        chosen = optional[:MOST_OPTIONAL]
        starts = chain.from_iterable(combinations(chosen, n) for n in range(len(chosen) + 1))
        return list(dict.fromkeys(own for one in starts for own in self.closures(frozenset(one))))

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out of the sets and their numbers."""
        optional = [item for item in self._optional() if self.can_be_bought(item)]
        steps = [choices.step for _, choices in self._extras(frozenset(optional))]
        return len(optional) <= MOST_OPTIONAL and all(step == 1 for step in steps)

    @property
    def carries_over(self) -> bool:
        """Whether single uses are known of meters whose packs may outlive a month (R63)."""
        packs, months = self.edition.packs.values(), self.demand.months
        lasting = {own.pool for own in packs if own.life_days is not None}
        timed = {own.meter.key for own in self.meters if own.pool in lasting}
        return len(months) > 1 and any(u.meter in timed for m in months for u in m.usage.timed)

    def _optional(self) -> list[str]:
        """What raises an allowance of a used meter, or lets its packs be sold."""
        found: dict[str, None] = {}
        for meter in self.meters:
            needs = [need for row in self._rows(meter) for one in row for need in one]
            given = meter.allowance.with_item if meter.allowance else None
            found |= dict.fromkeys([*needs, *([given] if given else [])])
        return list(found)

    def _rows(self, meter: MeterTerms) -> Iterator[tuple[tuple[str, ...], ...]]:
        if meter.allowance and meter.allowance.limit:
            yield self.edition.items[meter.allowance.limit].needs
        for key, own in self.edition.packs.items():
            if meter.pool and own.pool == meter.pool:
                yield self.edition.items[key].needs

    def numbers(self, ordered: frozenset[str]) -> Iterator[Addons]:
        """A set of add-ons with its numbers; counted ones that raise an allowance may be more."""
        more = {item: most for item, most in self._extras(ordered) if self.can_be_bought(item)}
        yield from self._numbered(ordered, list(more.items()), {})

    def _numbered(
        self, ordered: frozenset[str], left: list[tuple[str, range]], more: Mapping[str, int]
    ) -> Iterator[Addons]:
        if left:
            (item, choices), *rest = left
            for many in choices:
                yield from self._numbered(ordered, rest, {**more, item: many})
            return
        wanted = {item: self._wanted(item) for item in ordered}
        numbers = {k: max(more.get(k, 0), wanted.get(k, 0)) for k in {**wanted, **more}}
        yield tuple(sorted((item, own) for item, own in numbers.items() if own))

    def _wanted(self, item: str) -> int:
        stands = self.edition.items[item].stands_for
        return max(self.demand.items.get(item, 0), self.demand.items.get(stands or item, 0), 1)

    def _extras(self, ordered: frozenset[str]) -> Iterator[tuple[str, range]]:
        """Add-ons of which each raises an allowance, and how many are worth a look."""
        for meter in self.meters:
            source = meter.allowance
            if source is None or source.plus_each is None:
                continue
            if source.with_item and not self.is_met((source.with_item,), ordered):
                continue
            short = ceil(self.most_used(meter.meter.key) - source.units)
            if short > 0:
                yield source.plus_each, self._choices(meter, short)
        unheld = self.extensions - self.demand.licences
        if unheld > 0:
            yield PBX, range(0, unheld + 1, max(1, unheld // MOST_CHOICES))

    @property
    def extensions(self) -> int:
        """How many licences of others are wanted that each extend one of users or of the PBX."""
        held = self.demand.items.get(PBX, 0)
        return max(self.demand.items.get(GSM, 0) - held, 0)

    def _choices(self, meter: MeterTerms, short: int) -> range:
        is_hard = meter.beyond is Beyond.REFUSED
        if is_hard and meter.meter.key not in self.demand.may_refuse:
            return range(short, short + 1)
        return range(0, short + 1, max(1, short // MOST_CHOICES))

    def most_used(self, key: str) -> Decimal:
        """The most of a meter that is used in a month."""
        return max(amount_of(month, key) for month in self.demand.months)


def amount_of(month: Month, key: str) -> Decimal:
    """What is used of a meter in a month: units of a flow, the peak of a stock."""
    peak = month.usage.peaks.get(key)
    return peak.level if peak else month.usage.totals.get(key, Decimal(0))


def obstacles(wants: Wants) -> tuple[Wants, list[Problem]]:
    """What cannot be had in a package whatever is paid, and the wants without it."""
    problems, gone = [], set()
    for item in wants.demand.items:
        if not _reachable(wants, (item,)):
            gone.add(item)
            problems.append(_not_there(wants, item))
    closed = [key for key in _used(wants) if not _opens(wants, key)]
    problems += [_closed(wants, key) for key in closed]
    items = {key: many for key, many in wants.demand.items.items() if key not in gone}
    months = tuple(replace(m, usage=without(m.usage, closed)) for m in wants.demand.months)
    return replace(wants, demand=replace(wants.demand, items=items, months=months)), problems


def _used(wants: Wants) -> list[str]:
    return list(dict.fromkeys(k for m in wants.demand.months for k in used_meters(m.usage)))


def _opens(wants: Wants, key: str) -> bool:
    meter = wants.edition.meters.get(key)
    if meter is None:
        return False
    items = tuple(need for need in meter.needs if need in wants.edition.items)
    is_by_packs = len(items) < len(meter.needs)
    return not meter.needs or is_by_packs or _reachable(wants, items)


def _reachable(wants: Wants, alternatives: tuple[str, ...]) -> bool:
    """Whether one of some items can be had at all, with what it needs in turn."""
    bare = replace(wants, demand=replace(wants.demand, items={}, months=()))
    if bare.is_met(alternatives, ()):
        return True
    ways = (way for item in alternatives for way in bare.ways(item) if bare.can_be_bought(way))
    return any(True for way in ways for _ in bare.closures(frozenset((way,))))


def _not_there(wants: Wants, item: str) -> Problem:
    path, package = f"items.{item}", wants.edition.packages[wants.package].en
    row = wants.edition.items.get(item)
    if row is None:
        message = f"edition {wants.edition.id} has no {item}"
    elif wants.can_be_bought(item):
        message = f"{row.name.en} needs what package {package} cannot have"
    else:
        message = f"{row.name.en} cannot be had in package {package}"
    return Problem("not_available", path, message)


def _closed(wants: Wants, key: str) -> Problem:
    meter = wants.edition.meters.get(key)
    if meter is None:
        return closed_meter(wants.basis, key)
    package = wants.edition.packages[wants.package].en
    needs = [wants.edition.items[n].name.en for n in meter.needs if n in wants.edition.items]
    message = f"{meter.name.en} need {' or '.join(needs)}, which package {package} cannot have"
    return Problem("not_available", f"usage.{key}", message)
