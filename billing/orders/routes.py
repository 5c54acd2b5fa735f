"""From an order's terms to what intake must know of it."""

from __future__ import annotations

from collections.abc import Iterator

from billing.catalog.edition import Catalog, Edition, MeterTerms
from billing.orders.availability import any_available, first_pack_day, united
from billing.orders.terms import OrderTerms
from metering.calendar import Span
from metering.problems import Problem
from metering.routes import MeterRoute, OrderRoute


def route(terms: OrderTerms, catalog: Catalog) -> OrderRoute:
    """The route of an order: each meter is open while its prerequisite is ordered (R3, R15)."""
    meters: dict[str, MeterRoute] = {}
    for edition_id, in_force in terms.editions_in_force():
        edition = catalog.editions[edition_id]
        for key, meter in edition.meters.items():
            spans = _open(terms, catalog, edition, meter, in_force)
            before = meters[key].open if key in meters else ()
            opened = (*before, *(span.interval() for span in spans))
            meters[key] = MeterRoute(meter.meter, opened, meter.needs)
    return OrderRoute(terms.id, terms.service.interval(), meters)


def not_loaded(terms: OrderTerms, catalog: Catalog) -> Problem | None:
    """Why a process that runs on cannot read an order: its edition came after the catalog.

    Nothing is wrong with the order, and the same request succeeds once the catalog is loaded.
    """
    missing = [line.edition for line in terms.editions if line.edition not in catalog.editions]
    if not missing:
        return None
    message = (
        f"order {terms.id} is of edition {missing[0]}, which is not loaded yet: "
        "start this process again with the new catalog, then send it again"
    )
    return Problem("edition_not_loaded", "", message)


def route_until_loaded(terms: OrderTerms, catalog: Catalog, problem: Problem) -> OrderRoute:
    """The route of an order that cannot be read yet: every meter there is, and none is open."""
    closed = {key: MeterRoute(meter, ()) for key, meter in catalog.meters.items()}
    return OrderRoute(terms.id, terms.service.interval(), closed, problem)


def _open(
    terms: OrderTerms, catalog: Catalog, edition: Edition, meter: MeterTerms, in_force: Span
) -> Iterator[Span]:
    if not meter.needs:
        yield in_force
        return
    items = [need for need in meter.needs if need in edition.items]
    pools = [need for need in meter.needs if need not in edition.items]
    spans = list(any_available(terms, catalog, items))
    days = [first_pack_day(terms, edition, pool) for pool in pools]
    spans += [Span(day) for day in days if day is not None]
    for span in united(spans):
        if (common := span.within(in_force)) is not None:
            yield common
