"""What may be done to an order: each change is a function from terms to terms (R16-R19).

Changes with rules of their own have a function that finds their problems; the terms that result
are checked like any others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing.orders.terms import (
    AddonLine,
    EditionLine,
    LineT,
    OrderTerms,
    PackageLine,
    PackLine,
    SlaLine,
    day_before,
)
from metering.calendar import local_day
from metering.problems import Problem


def shift_problems(terms: OrderTerms, to: date, shift_days: int) -> list[Problem]:
    """A launch may move earlier freely, and later by at most 14 days from the date agreed (R16).

    The days are counted from the date in the order in force, so shifts do not add up.
    """
    latest = terms.agreed_launch_date + timedelta(days=shift_days)
    if to <= latest:
        return []
    message = f"the launch may move to {latest} at the latest; a later one is an order update (R17)"
    return [Problem("shift_too_late", "launch_date", message)]


def latest_start(terms: OrderTerms, asked: date, shift_days: int) -> date:
    """When service starts if the client asked for a later launch and no update was agreed (R18)."""
    return min(asked, terms.agreed_launch_date + timedelta(days=shift_days))


def with_launch(terms: OrderTerms, to: date) -> OrderTerms:
    """The order with another launch date."""
    return replace(terms, launch_date=to)


def licence_problems(terms: OrderTerms, package: str, start: date) -> list[Problem]:
    """Licences of a package that the order does not have on the day they are to change."""
    if any(line.package == package for line in terms.on(terms.packages, start)):
        return []
    message = f"order {terms.id} has no package {package} on {start}: add it, or change the package"
    return [Problem("not_ordered", "package", message)]


def with_licences(terms: OrderTerms, package: str, licences: int, start: date) -> OrderTerms:
    """Another number of licences of a package from a day on; other packages stay as they are."""
    others = tuple(line for line in terms.packages if line.package != package)
    same = [line for line in terms.packages if line.package == package]
    line = PackageLine(start=start, package=package, licences=licences)
    return replace(terms, packages=(*others, *_before(terms, same, start), line))


def _before(terms: OrderTerms, lines: Iterable[LineT], day: date) -> tuple[LineT, ...]:
    """The lines that started before a day, those that run on ended on the day before it."""
    return tuple(
        replace(line, end=day_before(day)) if line.end is None or line.end >= day else line
        for line in lines
        if (line.start or terms.launch_date) < day
    )


def with_only_package(
    terms: OrderTerms, package: str, licences: int, start: date, price: Decimal | None
) -> OrderTerms:
    """Another package from a day on, in the place of those before."""
    line = PackageLine(start=start, package=package, licences=licences)
    changed = replace(terms, packages=(*_before(terms, terms.packages, start), line))
    return changed if price is None else with_prices(changed, "licence", {package: price})


def with_edition(terms: OrderTerms, edition: str, start: date) -> OrderTerms:
    """Another edition from the start of a period on (R7)."""
    line = EditionLine(start=start, edition=edition)
    return replace(terms, editions=(*_before(terms, terms.editions, start), line))


def update_problems(terms: OrderTerms, today: date) -> list[Problem]:
    """New terms may take the place of old ones until the service has begun (R17)."""
    if today < terms.launch_date:
        return []
    message = (
        f"order {terms.id} has been in service since {terms.launch_date}: "
        "change what is to be different from a day on"
    )
    return [Problem("order_running", "id", message)]


def with_package(terms: OrderTerms, package: str, licences: int, start: date) -> OrderTerms:
    """A further package from a day on (R19)."""
    line = PackageLine(start=start, package=package, licences=licences)
    return replace(terms, packages=(*terms.packages, line))


def with_sla(terms: OrderTerms, level: str, start: date, price: Decimal | None) -> OrderTerms:
    """Another service level from a day on, at the order's own price if one is agreed."""
    line = SlaLine(start=start, level=level)
    changed = replace(terms, sla=(*_before(terms, terms.sla, start), line))
    return changed if price is None else with_prices(changed, "sla", {level: price})


def with_prices(terms: OrderTerms, group: str, prices: Mapping[str, Decimal]) -> OrderTerms:
    """The order with prices of its own in a group."""
    group_prices = {**terms.prices.get(group, {}), **prices}
    return replace(terms, prices={**terms.prices, group: group_prices})


def with_addon(terms: OrderTerms, addon: AddonLine, price: Decimal | None) -> OrderTerms:
    """One more add-on."""
    changed = replace(terms, addons=(*terms.addons, addon))
    return changed if price is None else with_prices(changed, "addons", {addon.item: price})


def with_pack(terms: OrderTerms, pack: PackLine, price: Decimal | None) -> OrderTerms:
    """One more pack."""
    changed = replace(terms, packs=(*terms.packs, pack))
    return changed if price is None else with_prices(changed, "packs", {pack.item: price})


def without(terms: OrderTerms, item: str, last_day: date) -> OrderTerms:
    """An add-on or a recurring pack ended, with its last day."""
    addons = tuple(
        replace(line, end=last_day)
        if line.item == item
        and _open(line.end, last_day)
        and (line.start or terms.launch_date) <= last_day
        else line
        for line in terms.addons
    )
    packs = tuple(
        replace(line, end=last_day)
        if line.item == item
        and line.recurring
        and _open(line.end, last_day)
        and local_day(line.at) <= last_day
        else line
        for line in terms.packs
    )
    return replace(terms, addons=addons, packs=packs)


def _open(end: date | None, last_day: date) -> bool:
    return end is None or end > last_day


def end_problems(terms: OrderTerms, item: str, last_day: date) -> list[Problem]:
    """An item that is not in the order, or starts only after the day it should end on."""
    starts = [line.start or terms.launch_date for line in terms.addons if line.item == item]
    starts += [local_day(line.at) for line in terms.packs if line.item == item and line.recurring]
    if any(start <= last_day for start in starts):
        return []
    message = f"order {terms.id} has no {item} that could end on {last_day}"
    return [Problem("not_ordered", "item", message)]


def usage_problems(terms: OrderTerms, first: date | None, last: date | None) -> list[Problem]:
    """Usage recorded on days that a change would leave without service."""
    outside = [day for day in (first, last) if day is not None and day not in terms.service]
    if not outside:
        return []
    message = f"order {terms.id} has usage on {outside[0]}, which would be outside of its service"
    return [Problem("usage_recorded", "order", message)]


def closed(terms: OrderTerms, last_day: date) -> OrderTerms:
    """The order ended, with its last day of service."""
    return replace(terms, end_date=last_day)
