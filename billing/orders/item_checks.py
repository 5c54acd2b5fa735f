"""Whether what an order names can be ordered: sold in the package, with what it needs, and once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.catalog.edition import Catalog, Cell, Edition, Item, Kind
from billing.orders.availability import any_available, covers
from billing.orders.terms import AddonLine, OrderTerms, PackLine
from metering.calendar import Span, local_day
from metering.problems import Problem

SLA_UNIT = "sla_level"
GSM, PBX = "gsm_monitoring", "pbx_user_licence"


@dataclass(frozen=True, slots=True)
class _Part:
    """An order while one edition applies; where a package is unknown, less can be said."""

    terms: OrderTerms
    catalog: Catalog
    edition: Edition
    days: Span

    @property
    def packages_known(self) -> bool:
        return all(line.package in self.edition.packages for line in self.terms.packages)

    def addons(self) -> Iterator[tuple[str, AddonLine, Span]]:
        """The add-ons in service meanwhile, with their paths and their days in it."""
        for i, addon in enumerate(self.terms.addons):
            span = self.terms.span(addon)
            if span is not None and (common := span.within(self.days)) is not None:
                yield f"addons[{i}]", addon, common

    def known_addons(self) -> Iterator[tuple[str, AddonLine, Item, Span]]:
        """Those of them that are rows of the edition."""
        for path, addon, days in self.addons():
            if (item := self.edition.items.get(addon.item)) is not None:
                yield path, addon, item, days

    def packs(self) -> Iterator[tuple[str, PackLine, date]]:
        """The packs bought meanwhile, with their paths and days."""
        for i, pack in enumerate(self.terms.packs):
            if (day := local_day(pack.at)) in self.days:
                yield f"packs[{i}]", pack, day


def check_items(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    """Every problem of the add-ons and packs of an order whose editions are known."""
    for edition, days in terms.editions_in_force():
        part = _Part(terms, catalog, catalog.editions[edition], days)
        yield from _addons(part)
        yield from _packs(part)
        yield from _repeated(part)
        if part.packages_known:
            yield from _pack_bases(part)
            yield from _prerequisites(part)
    yield from _licence_extensions(terms)


def _addons(part: _Part) -> Iterator[Problem]:
    for path, addon, days in part.addons():
        item = part.edition.items.get(addon.item)
        where = f"{path}.item"
        if item is None:
            yield _unknown(part.edition, addon.item, where)
        elif item.kind in (Kind.PACK, Kind.LIMIT) or item.unit == SLA_UNIT:
            message = f"{addon.item} is not an add-on: give packs under packs, the level under sla"
            yield Problem("not_an_addon", where, message)
        elif not item.counted and item.same_as is None and addon.quantity != 1:
            message = f"{addon.item} is charged as a function: its quantity is 1"
            yield Problem("single_quantity", f"{path}.quantity", message)
        elif part.packages_known:
            yield from _sold(part, addon.item, days, where)


def _unknown(edition: Edition, item: str, where: str) -> Problem:
    message = f"edition {edition.id} has no item {item}; see `licznik catalog show`"
    return Problem("unknown_item", where, message)


def _sold(part: _Part, item: str, days: Span, where: str) -> Iterator[Problem]:
    """An item is sold where a package of those days has it for a fee, and none includes it (R2)."""
    spans = [(line.package, part.terms.span(line)) for line in part.terms.packages]
    packages = [package for package, span in spans if span and span.within(days)]
    cells = {part.edition.cell(item, package) for package in packages}
    names = ", ".join(dict.fromkeys(packages))
    if Cell.INCLUDED in cells:
        message = f"{item} is included in package {names}: take it out of the order"
        yield Problem("already_included", where, message)
    elif cells == {Cell.UNAVAILABLE}:
        yield Problem("not_available", where, f"{item} cannot be bought in package {names}")


def _packs(part: _Part) -> Iterator[Problem]:
    for path, pack, _ in part.packs():
        item = part.edition.items.get(pack.item)
        where = f"{path}.item"
        if item is None:
            yield _unknown(part.edition, pack.item, where)
        elif item.kind is not Kind.PACK:
            hint = f"; the pack is called {item.same_as}" if item.same_as else ""
            yield Problem("not_a_pack", where, f"{pack.item} is not a pack{hint}")


def _pack_bases(part: _Part) -> Iterator[Problem]:
    for path, pack, day in part.packs():
        item = part.edition.items.get(pack.item)
        if item is not None and item.kind is Kind.PACK:
            yield from _base(part, item, day, f"{path}.item")


def _base(part: _Part, pack: Item, day: date, where: str) -> Iterator[Problem]:
    """A pack enlarges a function and does not create it (R14)."""
    for alternatives in pack.needs:
        spans = any_available(part.terms, part.catalog, alternatives)
        if not any(day in span for span in spans):
            message = f"{pack.key} enlarges {_or(alternatives)}, which the order does not have"
            yield Problem("pack_not_sellable", where, message)


def _prerequisites(part: _Part) -> Iterator[Problem]:
    """What an add-on needs must be there for as long as it is (R13)."""
    for path, addon, item, days in part.known_addons():
        if item.same_as is not None:
            pack = part.edition.items[item.same_as]
            yield from _base(part, pack, days.start, f"{path}.item")
            continue
        for alternatives in item.needs:
            if not covers(any_available(part.terms, part.catalog, alternatives), days):
                message = f"{addon.item} needs {_or(alternatives)} for as long as it is ordered"
                yield Problem("missing_prerequisite", f"{path}.item", message)


def _repeated(part: _Part) -> Iterator[Problem]:
    """A function ordered twice for the same days."""
    seen: list[tuple[str, Span]] = []
    for path, addon, item, days in part.known_addons():
        if item.counted or item.same_as is not None:
            continue
        if any(key == addon.item and span.within(days) for key, span in seen):
            message = f"{addon.item} is already in the order on these days"
            yield Problem("already_ordered", f"{path}.item", message)
        seen.append((addon.item, days))


def _licence_extensions(terms: OrderTerms) -> Iterator[Problem]:
    """GSM Monitoring extends an Agent or PBX licence, one each (R28)."""
    gsm, pbx = ([a for a in terms.addons if a.item == item] for item in (GSM, PBX))
    for i, addon in enumerate(terms.addons):
        span = terms.span(addon)
        if addon.item != GSM or span is None:
            continue
        wanted = sum(other.quantity for other in terms.on(gsm, span.start))
        holders = sum(line.licences for line in terms.on(terms.packages, span.start))
        holders += sum(other.quantity for other in terms.on(pbx, span.start))
        if wanted > holders:
            message = f"{wanted} GSM Monitoring licences extend only {holders} licences"
            yield Problem("too_many_licences", f"addons[{i}].quantity", message)


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(names)
