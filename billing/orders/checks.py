"""Whether an order is valid: every mistake in it, against the editions it pins."""

from __future__ import annotations

from collections.abc import Iterator

from billing.catalog.edition import Catalog, Edition
from billing.orders.item_checks import check_items
from billing.orders.terms import OrderTerms, PackLine
from metering.calendar import Period, local_day
from metering.problems import Problem

PRICE_GROUPS = ("licence", "sla", "addons", "packs", "overage", "service_work")


def check_order(terms: OrderTerms, catalog: Catalog) -> list[Problem]:
    """Every problem of an order, with paths into the order (R1-R4, R7, R12-R15)."""
    problems = [
        *_dates(terms),
        *_quantities(terms),
        *_editions(terms, catalog),
        *_levels(terms, catalog),
        *_packages(terms, catalog),
        *_names(terms, catalog),
    ]
    if all(line.edition in catalog.editions for line in terms.editions):
        problems += check_items(terms, catalog)
    return list(dict.fromkeys(problems))


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


def _quantities(terms: OrderTerms) -> Iterator[Problem]:
    for i, addon in enumerate(terms.addons):
        if addon.quantity < 1:
            yield _too_few(addon.quantity, 1, f"addons[{i}].quantity")
    for i, pack in enumerate(terms.packs):
        if pack.quantity < 1:
            yield _too_few(pack.quantity, 1, f"packs[{i}].quantity")
    for line in terms.packages:
        if line.licences < 0:
            yield _too_few(line.licences, 0, "licences")


def _too_few(quantity: int, least: int, path: str) -> Problem:
    return Problem("out_of_range", path, f"{quantity} is too few: give {least} or more")


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
        if line.start is not None and line.start != Period.of(line.start).first_day:
            message = f"a move to {line.edition} takes effect on the first day of a month (R7)"
            yield Problem("not_a_period_start", "edition", message)


def _levels(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    known = [level for level, sla in catalog.sla_levels.items() if sla.item is not None]
    for line in terms.sla:
        if line.level not in known:
            message = f"there is no SLA level {line.level}; choose one of {', '.join(known)}"
            yield Problem("unknown_sla_level", "sla", message)


def _pinned(terms: OrderTerms, catalog: Catalog) -> list[Edition]:
    editions = (catalog.editions.get(line.edition) for line in terms.editions)
    return [edition for edition in editions if edition is not None]


def _packages(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    for edition in _pinned(terms, catalog):
        for line in terms.packages:
            if line.package not in edition.packages:
                known = ", ".join(edition.packages)
                message = f"there is no package {line.package}; choose one of {known}"
                yield Problem("unknown_package", "package", message)


def _ordered(terms: OrderTerms) -> set[str]:
    """The packages and levels an order names; what is wrong with them is said where they stand."""
    return {line.package for line in terms.packages} | {line.level for line in terms.sla}


def _names(terms: OrderTerms, catalog: Catalog) -> Iterator[Problem]:
    """Prices and caps of things that no edition knows; those of things not ordered are fine."""
    editions = catalog.editions.values()
    items = {key for edition in editions for key in edition.items}
    for group in terms.prices.keys() - set(PRICE_GROUPS):
        message = f"there are no prices of {group}; choose one of {', '.join(PRICE_GROUPS)}"
        yield Problem("unknown_field", f"prices.{group}", message)
    for group, known, what in (
        ("licence", {p for e in editions for p in e.packages} | _ordered(terms), "package"),
        ("sla", catalog.sla_levels.keys() | _ordered(terms), "SLA level"),
        ("service_work", ("service_work",), "price"),
        ("addons", items, "item"),
        ("packs", items, "pack"),
        ("overage", catalog.meters, "meter"),
    ):
        for key in terms.prices.get(group, {}):
            if key not in known:
                message = f"no edition of the catalog has a {what} {key}"
                code = f"unknown_{what.lower().replace(' ', '_')}"
                yield Problem(code, f"prices.{group}.{key}", message)
    for key, cap in terms.caps.items():
        if key not in catalog.meters:
            message = f"no edition of the catalog has a meter {key}"
            yield Problem("unknown_meter", f"caps.{key}", message)
        elif cap < 0 or cap != cap.to_integral_value():
            message = f"a cap is a whole number of units, not {cap}"
            yield Problem("out_of_range", f"caps.{key}", message)
