"""One line of an invoice or correction: what it rests on, as the document saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrypoints.cli.session import Session
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.usage import queries
from invoices.explaining.invoice import explain
from invoices.finding import find_invoice
from invoices.invoice import CORRECTION, INVOICE, Invoice
from invoices.language import Language
from invoices.pdf.explanations import Step, coverage_steps, explanations

Document = Mapping[str, Any]
NO_INVOICE = marked("There is no such invoice.")
NO_LINE = marked("The document has no such line.")


@dataclass(frozen=True, slots=True)
class LineView:
    """A line for its page.

    ``told`` is what `explain` says of it, ``meter`` the meter that it charges. Of a correction's
    line these are None: ``ledgers`` tell how its meter was covered before and after, ``corrected``
    is the invoice it belongs to, and ``late`` the usage that came after that.
    """

    document: Document
    place: int
    line: Document
    steps: tuple[Step, ...]
    told: Document | None = None
    meter: Document | None = None
    corrected: str | None = None
    ledgers: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    late: tuple[Document, ...] = ()

    @property
    def charged(self) -> str | None:
        """The key of the meter whose usage it charges."""
        of_usage = self.line["kind"] in ("overage", "adjustment")
        return self.line["item"] if of_usage else None


def issued(session: Session, number: str, account: str | None) -> Invoice:
    """An issued document, of an account if it is given; an error page where there is none."""
    if not session.decisions.rows(queries.ISSUED, number, account, account):
        raise NotHere(404, NO_INVOICE)
    return find_invoice(session.decisions, number)


def line_view(session: Session, invoice: Invoice, place: int, say: Language) -> LineView:
    """The values of a line's page."""
    document = invoice.document
    lines = document.get("lines") or ()
    if invoice.kind not in (INVOICE, CORRECTION) or not 1 <= place <= len(lines):
        raise NotHere(404, NO_LINE)
    if invoice.kind == CORRECTION:
        return _of_correction(session, document, place, say)
    told = explain(session.decisions, session.usage, session.catalog, invoice, str(place))
    line = lines[place - 1]
    own = next(one for one in told["lines"] if one["line"] == place)
    meters = [one for one in told["meters"] if one["meter"] == own["meter"]]
    return LineView(
        document, place, line, _steps(document, place, say), own, next(iter(meters), None)
    )


def _steps(document: Document, place: int, say: Language) -> tuple[Step, ...]:
    return next((own.steps for own in explanations(document, say) if own.line == place), ())


def _of_correction(session: Session, document: Document, place: int, say: Language) -> LineView:
    """What has changed: the ledger of the corrected invoice, and the one now."""
    line, number = document["lines"][place - 1], document["corrects"]["number"]
    original, late = find_invoice(session.decisions, number), list[Document]()
    if line["kind"] == "overage":
        told = explain(session.decisions, session.usage, session.catalog, original, line["item"])
        late = [one for meter in told["meters"] for one in meter["late"]]
    ledgers = tuple(
        (title, tuple(coverage_steps(own, say)) if own else ())
        for title, own in (
            (number, _ledger(original.document, line)),
            (document["number"], _ledger(document, line)),
        )
        if line["kind"] == "overage"
    )
    return LineView(document, place, line, (), None, None, number, ledgers, tuple(late))


def _ledger(document: Document, line: Document) -> Document | None:
    found = (own for own in document["ledgers"] if own["meter"] == line["item"])
    return next(found, None)
