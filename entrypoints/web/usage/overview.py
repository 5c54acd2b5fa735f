"""What an order's month costs so far and will cost, and how full its limits are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Name
from billing.rating.cover import cover_usage
from billing.statement import in_service, with_unused
from entrypoints.web.usage.reading import Seen
from invoices.explaining.meters import packs_of
from invoices.forecasting import Forecast
from invoices.language import Language
from invoices.pdf.explanations import Step, explanations
from invoices.pdf.statement_pdf import NEARLY_FULL, gauge
from invoices.statements.rows import statement_document
from metering.calendar import local_day
from metering.forecast import Case, Knowledge

Document = Mapping[str, Any]
NO_SUMS = {"net": "0.00", "vat": "0.00", "gross": "0.00"}


@dataclass(frozen=True, slots=True)
class CostLine:
    """A line of the month's cost: as it is so far and as it is expected, None where it is not.

    ``place`` is that on the invoice; ``steps`` tell how the line comes about so far.
    """

    place: int
    line: Document
    so_far: Document | None
    expected: Document | None
    steps: tuple[Step, ...]

    @property
    def meter(self) -> str | None:
        """The meter that it charges, if it does."""
        of_usage = self.line["kind"] in ("overage", "adjustment")
        return self.line["item"] if of_usage else None

    @property
    def month(self) -> str | None:
        """The earlier month that it charges again, if it does."""
        return self.line["days"]["from"][:7] if self.line["kind"] == "adjustment" else None


@dataclass(frozen=True, slots=True)
class Gauged:
    """A meter's row, how full it is in whole percent, and what is expected by the month's end."""

    row: Document
    share: int | None
    look: str
    expected: Mapping[Case, Decimal] | None
    known: Knowledge | None

    @property
    def is_close(self) -> bool:
        """Whether it needs attention: nearly full, full, or some of it refused."""
        full = self.row["fill"] is not None and Decimal(self.row["fill"]) >= NEARLY_FULL
        return full or self.look == "over"

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to say of it."""
        return self.row["used"] != "0" or self.row["fill"] is not None


@dataclass(frozen=True, slots=True)
class Overview:
    """An order's month for its page."""

    seen: Seen
    document: Document
    lines: tuple[CostLine, ...]
    gauges: tuple[Gauged, ...]
    packs: tuple[Document, ...]

    @property
    def so_far(self) -> Document:
        """Net, VAT and gross so far."""
        return self.document["cost"] or NO_SUMS

    @property
    def expected(self) -> Mapping[Case, Document] | None:
        """Net, VAT and gross by the month's end in each case; None without a forecast."""
        return expected_sums(self.seen.forecast)

    @property
    def close(self) -> list[Gauged]:
        """What needs attention."""
        return [own for own in self.gauges if own.is_close]

    @property
    def invoice(self) -> str | None:
        """The number of the month's invoice, if it is issued."""
        return next(iter(self.document["invoices"]), None)


def expected_sums(forecast: Forecast | None) -> Mapping[Case, Document] | None:
    """The sums of each case; None where nothing can be foretold."""
    if forecast is None or forecast.problems:
        return None
    return {case: forecast.costs[case] or NO_SUMS for case in Case}


def overview(seen: Seen, say: Language) -> Overview:
    """The values of an order's page."""
    document = statement_document(seen.report)
    return Overview(
        seen,
        document,
        tuple(_lines(document["cost"], seen.forecast, say)),
        tuple(_gauged(row, seen.forecast) for row in document["meters"]),
        tuple(_packs(seen)),
    )


def _lines(cost: Document | None, forecast: Forecast | None, say: Language) -> Iterator[CostLine]:
    """The lines so far in their order, then those that are only expected."""
    will_cost = forecast.costs[Case.EXPECTED] if forecast else None
    steps = {own.line: own.steps for own in explanations(cost, say)} if cost else {}
    so_far, expected = _by_key(cost), _by_key(will_cost)
    for key in {**so_far, **expected}:
        place, line = so_far.get(key, (0, None))
        coming = expected.get(key, (0, None))[1]
        if (shown := line or coming) is not None:
            yield CostLine(place, shown, line, coming, steps.get(place, ()))


LineKey = tuple[str, ...]


def _by_key(cost: Document | None) -> dict[LineKey, tuple[int, Document]]:
    """The lines with their places, by what tells one from another; of several alike, their turn."""
    names, turns = ("kind", "item", "days", "unit_price"), Counter[LineKey]()
    found: dict[LineKey, tuple[int, Document]] = {}
    for place, line in enumerate(cost["lines"] if cost else (), 1):
        key = tuple(str(line[name]) for name in names)
        turns[key] += 1
        found[*key, str(turns[key])] = place, line
    return found


def _gauged(row: Document, forecast: Forecast | None) -> Gauged:
    own, meter = gauge(row), row["meter"]
    outlook = forecast.outlooks.get(meter) if forecast else None
    return Gauged(
        row,
        None if own is None else int(own.width),
        "over" if row["refused"] != "0" else own.look if own else "well",
        forecast.used(meter) if forecast and outlook else None,
        outlook.known if outlook else None,
    )


def _packs(seen: Seen) -> Iterator[Document]:
    """The packs that give units now or gave them in the period, with what is left of each."""
    contract = seen.report.statement.contract
    at = in_service(contract, seen.now)
    usage = with_unused(seen.report.usage, contract, at)
    pools = set[str]()
    for covered in cover_usage(contract, usage):
        pool = covered.meter.pool
        if pool is not None and pool not in pools:
            pools.add(pool)
            for pack in packs_of(covered, contract):
                unit = covered.meter.meter.unit
                yield {**pack, "pool": pool, "name": _name(seen, pack["item"]), "unit": unit}


def _name(seen: Seen, item: str) -> Document:
    return _both(seen.report.statement.contract.edition.items[item].name)


def _both(name: Name) -> Document:
    return {"pl": name.pl, "en": name.en}


def own_packs(own: Overview, meter: str) -> list[Document]:
    """The packs that serve a meter."""
    pool = own.seen.report.statement.contract.edition.meters[meter].pool
    return [pack for pack in own.packs if pack["pool"] == pool]


def packages(own: Overview, say: Language) -> list[str]:
    """The packages that the order has in the month, each with its licences."""
    contract = own.seen.report.statement.contract
    terms, names = contract.terms, contract.edition.packages
    lines = terms.on(terms.packages, local_day(in_service(contract, own.seen.now)))
    return [
        f"{say.name(_both(names[one.package]))}, "
        + say.count("{n} licence", "{n} licences", one.licences)
        for one in lines
    ]


def most_full(gauges: Iterable[Gauged]) -> Gauged | None:
    """The limit or allowance that is nearest to its end."""
    bounded = [own for own in gauges if own.row["fill"] not in (None, "0")]
    return max(bounded, key=lambda own: Decimal(own.row["fill"]), default=None)
