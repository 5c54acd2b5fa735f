"""Whether an order is valid: every mistake in it, against the catalog it pins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing.catalog.edition import Catalog, Cell, Edition, Kind
from billing.orders.availability import any_available, covers
from billing.orders.terms import AddonLine, OrderTerms, PackLine
from metering.calendar import Span, local_day
from metering.problems import Problem

SLA_UNIT = "sla_level"


def check_order(terms: OrderTerms, catalog: Catalog) -> list[Problem]:
    """Every problem of an order, with paths into the order (R1-R4, R7, R12-R15)."""
    problems = [*_dates(terms), *_editions(terms, catalog), *_levels(terms, catalog)]
    if problems:
        return problems
    edition = catalog.editions[terms.editions[-1].edition]
    problems = [
        *_packages(terms, edition),
        *_addon_items(terms, edition),
        *_pack_items(terms, edition),
        *_names(terms, edition),
    ]
    if problems:
        return problems
    return [
        *_prerequisites(terms, edition, catalog),
        *_pack_bases(terms, edition, catalog),
        *_repeated(terms, edition),
        *_licence_extensions(terms),
    ]


def _dates(terms: OrderTerms) -> Iterator[Problem]:
    if terms.end_date is not None and terms.end_date < terms.launch_date:
        message = f"the order ends on {terms.end_date}, before its launch on {terms.launch_date}"
        yield Problem("ends_before_start", "end_date", message)
    for i, addon in enumerate(terms.addons):
        start = addon.start or terms.launch_date
        if addon.end is not None and addon.end < start:
            message = f"the add-on ends on {addon.end}, before it starts on {start}"
            yield Problem("ends_before_start", f"addons[{i}].to", message)
    for i, pack in enumerate(terms.packs):
        yield from _pack_date(terms, pack, f"packs[{i}]")


def _pack_date(terms: OrderTerms, pack: PackLine, path: str) -> Iterator[Problem]:
    day = local_day(pack.at)
    if day < terms.launch_date:
        message = f"the pack is bought on {day}, before the launch on {terms.launch_date}"
        yield Problem("before_launch", f"{path}.at", message)
    if terms.end_date is not None and day > terms.end_date:
        message = f"the pack is bought on {day}, after the order ended on {terms.end_date}"
        yield Problem("after_end", f"{path}.at", message)
    if pack.end is not None and pack.end < day:
        message = f"the pack ends on {pack.end}, before it is bought on {day}"
        yield Problem("ends_before_start", f"{path}.to", message)


def _editions(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    for line in terms.editions:
        edition = catalog.editions.get(line.edition)
        start = line.start or terms.launch_date
        if edition is None:
            known = ", ".join(catalog.editions)
            message = f"there is no edition {line.edition}; the catalog has {known}"
            yield Problem("unknown_edition", "edition", message)
        elif edition.in_force > start:
            message = f"edition {edition.id} is in force from {edition.in_force}, not on {start}"
            yield Problem("edition_not_in_force", "edition", message)


def _levels(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    known = [level for level, sla in catalog.sla_levels.items() if sla.item is not None]
    for line in terms.sla:
        if line.level not in known:
            message = f"there is no SLA level {line.level}; choose one of {', '.join(known)}"
            yield Problem("unknown_sla_level", "sla", message)


def _packages(terms: OrderTerms, edition: Edition) -> Iterator[Problem]:
    for line in terms.packages:
        if line.package not in edition.packages:
            known = ", ".join(edition.packages)
            message = f"there is no package {line.package}; choose one of {known}"
            yield Problem("unknown_package", "package", message)


def _addon_items(terms: OrderTerms, edition: Edition) -> Iterator[Problem]:
    for i, addon in enumerate(terms.addons):
        path = f"addons[{i}].item"
        item = edition.items.get(addon.item)
        if item is None:
            message = f"edition {edition.id} has no item {addon.item}; see `licznik catalog show`"
            yield Problem("unknown_item", path, message)
        elif item.kind in (Kind.PACK, Kind.LIMIT) or item.unit == SLA_UNIT:
            message = f"{addon.item} is not an add-on: give packs under packs, the level under sla"
            yield Problem("not_an_addon", path, message)
        elif not item.counted and item.same_as is None and addon.quantity != 1:
            message = f"{addon.item} is charged as a function: its quantity is 1"
            yield Problem("single_quantity", f"addons[{i}].quantity", message)
        else:
            yield from _sold(terms, edition, addon, path)


def _sold(terms: OrderTerms, edition: Edition, addon: AddonLine, path: str) -> Iterator[Problem]:
    if any(line.package not in edition.packages for line in terms.packages):
        return
    wanted = terms.span(addon)
    packages = [
        line.package
        for line in terms.packages
        if wanted is not None and (span := terms.span(line)) and span.within(wanted)
    ]
    cells = {edition.cell(addon.item, package) for package in packages}
    names = ", ".join(packages)
    if Cell.INCLUDED in cells:
        message = f"{addon.item} is included in package {names}: take it out of the order"
        yield Problem("already_included", path, message)
    elif cells == {Cell.UNAVAILABLE}:
        message = f"{addon.item} cannot be bought in package {names}"
        yield Problem("not_available", path, message)


def _pack_items(terms: OrderTerms, edition: Edition) -> Iterator[Problem]:
    for i, pack in enumerate(terms.packs):
        item = edition.items.get(pack.item)
        if item is None:
            message = f"edition {edition.id} has no pack {pack.item}; see `licznik catalog show`"
            yield Problem("unknown_item", f"packs[{i}].item", message)
        elif item.kind is not Kind.PACK:
            hint = f"; the pack is called {item.same_as}" if item.same_as else ""
            yield Problem("not_a_pack", f"packs[{i}].item", f"{pack.item} is not a pack{hint}")


def _names(terms: OrderTerms, edition: Edition) -> Iterator[Problem]:
    for group, known, what in (
        ("addons", edition.items, "item"),
        ("packs", edition.items, "pack"),
        ("overage", edition.meters, "meter"),
    ):
        for key in terms.prices.get(group, {}):
            if key not in known:
                message = f"edition {edition.id} has no {what} {key}"
                yield Problem(f"unknown_{what}", f"prices.{group}.{key}", message)
    for key, cap in terms.caps.items():
        if key not in edition.meters:
            message = f"edition {edition.id} has no meter {key}"
            yield Problem("unknown_meter", f"caps.{key}", message)
        elif cap < 0 or cap != cap.to_integral_value():
            message = f"a cap is a whole number of units, not {cap}"
            yield Problem("out_of_range", f"caps.{key}", message)


def _prerequisites(terms: OrderTerms, edition: Edition, catalog: Catalog) -> Iterator[Problem]:
    for i, addon in enumerate(terms.addons):
        item, wanted = edition.items[addon.item], terms.span(addon)
        if item.same_as is not None:
            yield from _base(terms, catalog, edition, item.same_as, wanted, f"addons[{i}].item")
            continue
        for alternatives in item.needs:
            days = any_available(terms, catalog, alternatives)
            if wanted is not None and not covers(days, wanted):
                message = f"{addon.item} needs {_or(alternatives)} for as long as it is ordered"
                yield Problem("missing_prerequisite", f"addons[{i}].item", message)


def _pack_bases(terms: OrderTerms, edition: Edition, catalog: Catalog) -> Iterator[Problem]:
    for i, pack in enumerate(terms.packs):
        day = local_day(pack.at)
        yield from _base(terms, catalog, edition, pack.item, Span(day, day), f"packs[{i}].item")


def _base(
    terms: OrderTerms,
    catalog: Catalog,
    edition: Edition,
    pack: str,
    wanted: Span | None,
    path: str,
) -> Iterator[Problem]:
    """A pack enlarges a function and does not create it (R14)."""
    for alternatives in edition.items[pack].needs:
        days = any_available(terms, catalog, alternatives)
        if wanted is not None and not any(wanted.start in span for span in days):
            message = f"{pack} enlarges {_or(alternatives)}, which the order does not have"
            yield Problem("pack_not_sellable", path, message)


def _repeated(terms: OrderTerms, edition: Edition) -> Iterator[Problem]:
    """A function ordered twice for the same days."""
    for i, addon in enumerate(terms.addons):
        item, span = edition.items[addon.item], terms.span(addon)
        if item.counted or item.same_as is not None or span is None:
            continue
        earlier = [terms.span(other) for other in terms.addons[:i] if other.item == addon.item]
        if any(other is not None and other.within(span) for other in earlier):
            message = f"{addon.item} is already in the order on these days"
            yield Problem("already_ordered", f"addons[{i}].item", message)


def _licence_extensions(terms: OrderTerms) -> Iterator[Problem]:
    """GSM Monitoring extends an Agent or PBX licence, one each (R28)."""
    for i, addon in enumerate(terms.addons):
        span = terms.span(addon)
        if addon.item != "gsm_monitoring" or span is None:
            continue
        holders = _licences_on(terms, span.start) + sum(
            other.quantity
            for other in terms.addons
            if other.item == "pbx_user_licence"
            and (days := terms.span(other)) is not None
            and span.start in days
        )
        if addon.quantity > holders:
            message = f"{addon.quantity} GSM Monitoring licences extend only {holders} licences"
            yield Problem("too_many_licences", f"addons[{i}].quantity", message)


def _licences_on(terms: OrderTerms, day: date) -> int:
    return sum(
        line.licences
        for line in terms.packages
        if (span := terms.span(line)) is not None and day in span
    )


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(names)
