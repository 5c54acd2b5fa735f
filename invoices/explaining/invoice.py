"""An invoice explains itself: from its lines to ledgers, days and single entries, as plain data.

Everything is read as the invoice saw it, from the usage up to its position and the order as it was
then; what came later is told apart, with the invoice that billed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.documents import ledger_document
from billing.entitlements import Contract, contract
from billing.orders.terms import OrderTerms
from billing.rating.rate import rate_period
from billing.reading import Reader, days_used
from invoices.drafting import customer_then
from invoices.explaining.lines import Earlier, Explained, Grounds, explain_line, wanted
from invoices.explaining.meters import Biller, MeterGrounds, explain_meter, taken_back
from invoices.explaining.service import given_back
from invoices.finding import invoices_of, not_annulled
from invoices.invoice import INVOICE, Invoice
from invoices.late import adjusts, billed_overage
from metering import queries as usage_queries
from metering.as_of import AsOf, LateEntries, amendments_since, read_as_of
from metering.calendar import Period, Span
from metering.history import Recorded, Rows
from metering.itemised import Itemised, read_itemised
from metering.meters import Meter
from metering.problems import Problem, ProblemsFound
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an explanation is read from; ``rows`` runs queries within one snapshot."""

    decisions: Decisions
    usage: UsageStore
    catalog: Catalog
    rows: Rows


class AsOfReader(Reader):
    """Reads usage as it was at a position, from balances less what came later."""

    def __init__(self, sources: Sources, period: Period, position: int) -> None:
        super().__init__(sources.usage, period, position)
        self._rows, self._meters = sources.rows, sources.catalog.meters
        self._known: dict[tuple[str, Period], AsOf] = {}

    def as_of(self, order: str, period: Period) -> AsOf:
        """An order's usage of a period; it is read once."""
        if (order, period) not in self._known:
            asked = (order, period, self.position, self._meters)
            self._known[order, period] = read_as_of(self._store, self._rows, *asked)
        return self._known[order, period]

    def _sums(self, order: str, period: Period) -> Recorded:
        return self.as_of(order, period).recorded

    def _days(self, governed: Contract, first: date, meters: Mapping[str, Meter]) -> list[date]:
        return days_used(self._rows, governed, first, meters)


def explain(
    decisions: Decisions, usage: UsageStore, catalog: Catalog, invoice: Invoice, asked: str | None
) -> Explained:
    """What an invoice, or what is asked for of it, rests on; raises ProblemsFound.

    A line is asked for by its place or its item, a meter without a line by its key.
    """
    if invoice.kind != INVOICE:
        raise ProblemsFound([_not_an_invoice(invoice)])
    with usage.snapshot() as rows:
        sources = Sources(decisions, usage, catalog, rows)
        return _Explanation(sources, invoice).of(asked)


def _not_an_invoice(own: Invoice) -> Problem:
    """The problem of a correction or a note: neither rests on usage and prices by itself."""
    number, corrected = own.document["number"], own.document.get("corrects") or {}
    shown = f"`licznik invoices show {number}` shows it"
    if corrected:
        shown = f"{shown}, and `licznik invoices explain {corrected['number']}` what it corrects"
    return Problem("not_an_invoice", "number", f"{number} is a {own.kind}, not an invoice: {shown}")


def entries_of(
    usage: UsageStore, catalog: Catalog, invoice: Invoice, day: date, today: date
) -> Itemised:
    """The entries of a day of an invoice's order; those that it did not see are marked late."""
    order, position = invoice.draft.document["order"], invoice.draft.usage_position
    with usage.snapshot() as rows:
        return read_itemised(
            usage, rows, order, Span(day, day), catalog.meters, today=today, invoiced=position
        )


class _Explanation:
    """An invoice with all that its explanation needs."""

    def __init__(self, sources: Sources, invoice: Invoice) -> None:
        self._sources = sources
        self._invoice = invoice
        self._document = invoice.draft.document
        self._order: str = self._document["order"]
        self._period = Period.parse(self._document["period"])
        self._reader = AsOfReader(sources, self._period, invoice.draft.usage_position)
        self._terms: OrderTerms = customer_then(sources.decisions, invoice.draft).terms
        self._contract = contract(self._terms, sources.catalog, self._period)

    def of(self, asked: str | None) -> Explained:
        """The explanation of what is asked for."""
        lines = wanted(self._document["lines"], asked)
        meters = self._meters(asked, [line for _, line in lines])
        if not lines and not meters:
            raise ProblemsFound([self._unknown_line(asked)])
        before = invoices_of(self._sources.decisions, self._order, before=self._invoice.id)
        service = self._invoice.draft.service
        grounds = Grounds(
            document=self._document,
            contract=self._contract,
            earlier=self._earlier(lines, before),
            credits=given_back(service.get("credits", {}), [one.document for one in before]),
            work=service.get("work", {}),
        )
        explained = [explain_line(place, line, grounds) for place, line in lines]
        whole = [*explained, *meters]
        names = ("number", "issued_on", "order", "account", "period", "currency", "edition", "net")
        return {
            **{name: self._invoice.document[name] for name in names},
            "usage_position": self._invoice.draft.usage_position,
            "agrees": all(one["agrees"] for one in whole),
            "lines": explained,
            "meters": meters,
        }

    def _unknown_line(self, asked: str | None) -> Problem:
        number, count = self._invoice.document["number"], len(self._document["lines"])
        message = (
            f"{number} has no line {asked}: give a line from 1 to {count}, or the item of one; "
            f"`licznik invoices show {number}` shows them"
        )
        return Problem("unknown_line", "line", message)

    def _meters(self, asked: str | None, lines: Sequence[Mapping[str, Any]]) -> list[Explained]:
        """The meters of some lines, or those that are asked for."""
        if self._contract is None:
            return []
        ledgers = {own["meter"]: own for own in self._document["ledgers"]}
        charged = {line["item"] for line in lines if line["kind"] == "overage"}
        known = self._contract.edition.meters
        if asked is not None and not charged & set(known) and asked not in known:
            return []
        own = self._meter_grounds(self._contract)
        later = {one.meter for one in own.seen.late}
        found = [key for key in known if key in ledgers or key in later]
        shown = [key for key in found if asked is None or key in charged or key == asked]
        return [explain_meter(key, ledgers.get(key), own) for key in shown]

    def _meter_grounds(self, governed: Contract) -> MeterGrounds:
        period, rows = self._period, self._sources.rows
        asked = {"order": self._order, "first": period.first_day, "last": period.last_day}
        seen = self._reader.as_of(self._order, period)
        recorded = self._reader.read(governed)
        rated = rate_period(governed, recorded.usage)
        position = self._reader.position
        later = amendments_since(self._sources.usage, rows, self._order, period, position)
        return MeterGrounds(
            contract=governed,
            seen=replace(seen, recorded=recorded),
            rated={own.meter: ledger_document(own) for own in rated.ledgers},
            repeats=rows(usage_queries.REPEAT_DAYS, **asked),
            billers=sorted(self._billers(), key=lambda one: one.position),
            users={
                str(row["number"]): row["name"] for row in rows(usage_queries.USER_NAMES, **asked)
            },
            taken_back=taken_back(rows(usage_queries.TAKEN_BACK, **asked), later),
        )

    def _billers(self) -> Iterator[Biller]:
        """The later invoices that settled this period again, and carried no credit on."""
        period = str(self._period)
        for one in invoices_of(self._sources.decisions, self._order):
            if one.draft.adjusts.get(period):
                lines = enumerate(one.draft.document["lines"], 1)
                places = {
                    line["item"]: place for place, line in lines if adjusts(line, self._period)
                }
                yield Biller(str(one.document["number"]), one.draft.usage_position, places)

    def _earlier(
        self, lines: Sequence[tuple[int, Mapping[str, Any]]], before: Sequence[Invoice]
    ) -> dict[str, Earlier]:
        """The earlier periods that some lines adjust."""
        periods = {line["days"]["from"][:7] for _, line in lines if line["kind"] == "adjustment"}
        return {period: self._earlier_period(period, before) for period in periods}

    def _earlier_period(self, key: str, before: Sequence[Invoice]) -> Earlier:
        period, documents = Period.parse(key), [one.document for one in before]
        standing = (one.document for one in not_annulled(before))
        own = next((one for one in standing if one["period"] == key), None)
        governed = contract(self._terms, self._sources.catalog, period)
        rated = rate_period(governed, self._reader.read(governed).usage) if governed else None
        return Earlier(
            invoice=own["number"] if own else None,
            then={one["meter"]: one for one in own["ledgers"]} if own else {},
            now={one.meter: ledger_document(one) for one in rated.ledgers} if rated else {},
            billed=billed_overage(documents, period),
            late=self._late(period, before),
        )

    def _late(self, period: Period, before: Sequence[Invoice]) -> list[LateEntries]:
        """What this invoice was the first to see of an earlier period."""
        key = str(period)
        seen = [
            one.draft.usage_position
            for one in before
            if one.draft.document["period"] == key or key in one.draft.adjusts
        ]
        reader = AsOfReader(self._sources, period, max(seen, default=0))
        late = reader.as_of(self._order, period).late
        return _by_day(one for one in late if one.position <= self._reader.position)


def _by_day(late: Iterable[LateEntries]) -> list[LateEntries]:
    """Late entries of several pages as those of a day."""
    found: dict[tuple[date, str], LateEntries] = {}
    for one in late:
        same = found.get((one.day, one.meter), replace(one, quantity=Decimal(0), entries=0))
        found[one.day, one.meter] = replace(
            one, quantity=same.quantity + one.quantity, entries=same.entries + one.entries
        )
    return list(found.values())
