"""What an order makes available, and on which days (R1, R2, R4, R13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from billing.catalog.edition import Catalog, Cell, Edition
from billing.orders.terms import OrderTerms, PackLine
from metering.calendar import ONE_DAY, Period, Span, local_day, start_of


def available(terms: OrderTerms, catalog: Catalog, item: str) -> tuple[Span, ...]:
    """The days on which an item may be used: included in a package, or ordered and in service."""
    if item in terms.declares:
        return (terms.service,)
    return united(
        common
        for edition_id, in_force in terms.editions_in_force()
        for span in _granted(terms, catalog.editions[edition_id], item)
        if (common := span.within(in_force)) is not None
    )


def _granted(terms: OrderTerms, edition: Edition, item: str) -> Iterator[Span]:
    if item not in edition.items:
        return
    for package in terms.packages:
        included = edition.cell(item, package.package) is Cell.INCLUDED
        if included and (span := terms.span(package)) is not None:
            yield span
    for addon in terms.addons:
        row = edition.items.get(addon.item)
        same = row is not None and item in (addon.item, row.stands_for)
        if same and (span := terms.span(addon)) is not None:
            yield span


def any_available(terms: OrderTerms, catalog: Catalog, items: Iterable[str]) -> tuple[Span, ...]:
    """The days on which at least one of some items is available."""
    return united(span for item in items for span in available(terms, catalog, item))


def is_available(terms: OrderTerms, catalog: Catalog, item: str, day: date) -> bool:
    """Whether an item may be used on a day."""
    return any(day in span for span in available(terms, catalog, item))


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that overlap or touch, made one."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end or date.max)):
        last = result[-1] if result else None
        if last is None or (last.end is not None and span.start > last.end + ONE_DAY):
            result.append(span)
        elif last.end is not None and (span.end is None or span.end > last.end):
            result[-1] = Span(last.start, span.end)
    return tuple(result)


def covers(spans: Iterable[Span], wanted: Span) -> bool:
    """Whether one of some united spans holds every day of another."""
    return any(span.within(wanted) == wanted for span in spans)


def pack_lines(terms: OrderTerms, edition: Edition) -> Iterator[PackLine]:
    """Every pack of an order, with the add-ons that are the same product as a pack (R54).

    Such an add-on is a recurring pack from its first day of service to its last.
    """
    for pack in terms.packs:
        renewal = edition.packs[pack.item].recurs if pack.item in edition.packs else "ordered"
        recurring = pack.recurring if renewal == "ordered" else renewal == "always"
        yield PackLine(pack.item, pack.at, pack.quantity, recurring, pack.end)
    for addon in terms.addons:
        row = edition.items.get(addon.item)
        span = terms.span(addon)
        if row is not None and row.same_as is not None and span is not None:
            yield PackLine(row.same_as, start_of(span.start), addon.quantity, True, addon.end)


def first_pack_day(terms: OrderTerms, edition: Edition, pool: str) -> date | None:
    """The first day of the period in which the first pack of a pool was bought."""
    days = [
        Period.of(local_day(pack.at)).first_day
        for pack in pack_lines(terms, edition)
        if pack.item in edition.packs and edition.packs[pack.item].pool == pool
    ]
    return min(days, default=None)
