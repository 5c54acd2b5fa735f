"""Why an invoice is corrected, and what it comes to then: usage, price, buyer, a credit, an end.

Each cause makes the new state of an invoice from the state that its corrections have left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.documents import line_document, named_ledger
from billing.entitlements import Contract, contract
from billing.invoicing import InvoiceLine, describe
from billing.rating.adjustments import fit_into, not_billed_yet
from billing.rating.charges import Charge
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from billing.sla.recorded.reading import decided_service
from invoices.corrections.drafting import (
    Correction,
    changed_usage,
    corrections_of,
    period_of,
    usage_correction,
)
from invoices.drafting import Customer, customers
from invoices.finding import invoices_of, not_annulled
from invoices.invoice import Invoice
from invoices.late import billed_elsewhere, has_ended
from invoices.restating import restated, state_of
from invoices.service import credits_left, governing
from metering.calendar import Period
from metering.history import Rows
from metering.problems import Problem, ProblemsFound
from metering.store import UsageStore

RATED = ("subscription", "sla", "addon", "pack", "training", "overage")
"""The kinds of lines that follow from the order and its usage in the period itself."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """An invoice with all that a correction of it rests on."""

    decisions: Decisions
    usage: UsageStore
    rows: Rows
    catalog: Catalog
    invoice: Invoice
    issued: list[Invoice]
    customer: Customer
    contract: Contract | None

    @property
    def governed(self) -> Contract:
        """The contract of the invoice's period; raises ProblemsFound where there is none now."""
        if self.contract is None:
            period, order = self.invoice.document["period"], self.customer.terms.id
            message = f"order {order} is not in service in {period} any more: annul the invoice"
            raise ProblemsFound([Problem("not_in_service", "number", message)])
        return self.contract

    @property
    def unchanged(self) -> Correction:
        """A correction that changes nothing yet."""
        earlier = corrections_of(self.invoice, self.issued)
        before = state_of(self.invoice.document, [own.document for own in earlier])
        position = self.invoice.draft.usage_position
        return Correction(self.invoice, len(earlier), before, before, position=position)


def grounds(
    decisions: Decisions, usage: UsageStore, rows: Rows, catalog: Catalog, invoice: Invoice
) -> Grounds:
    """Reads what a correction of an invoice rests on."""
    document = invoice.document
    period = Period.parse(document["period"])
    (own,) = customers(decisions, period, [document["order"]])
    governed = contract(own.terms, catalog, period)
    issued = invoices_of(decisions, own.terms.id)
    return Grounds(decisions, usage, rows, catalog, invoice, issued, own, governed)


def for_usage(own: Grounds) -> Correction:
    """Overage of the period as it is now."""
    period = period_of(own.invoice)
    terms, issued = own.customer.terms, own.issued
    changed = changed_usage(own.usage, own.rows, own.catalog, terms, issued, period)
    found = [one for one in changed if one.invoice.id == own.invoice.id]
    return usage_correction(own.usage, own.rows, found[0], issued) if found else own.unchanged


def for_price(own: Grounds) -> Correction:
    """Every line of the period by the order and its prices as they are now, and its usage.

    Late usage that later invoices have charged stays with them. Where they have charged too much of
    it, the usage is looked at again.
    """
    start, governed = own.unchanged, own.governed
    reader = UsageReader(own.usage, own.rows, [governed.terms.id], governed.period)
    recorded = reader.read(governed)
    rated = rate_period(governed, recorded.usage)
    rate = start.before["vat_groups"][0]["vat_rate"]
    elsewhere = billed_elsewhere((one.document for one in own.issued), governed.period)
    charges, is_all = not_billed_yet(governed, rated.charges, elsewhere)
    lines = [_line(governed, one, rate) for one in charges]
    kept = [line for line in start.before["lines"] if line["kind"] not in RATED]
    ledgers = [named_ledger(one, governed.edition) for one in rated.ledgers]
    after = restated(start.before, [*lines, *kept], own.catalog.vat)
    return replace(
        start,
        after={**after, "ledgers": ledgers},
        problems=rated.problems,
        entries=recorded.entries if is_all else None,
        position=reader.position,
    )


def _line(contract: Contract, own: Charge, rate: str) -> dict[str, Any]:
    return line_document(InvoiceLine(own, *describe(contract.edition, own), rate))


def for_buyer(own: Grounds) -> Correction:
    """The buyer's name and address as they are now.

    Another tax number or country is another buyer: then the invoice is annulled and issued anew.
    """
    start, account = own.unchanged, own.customer.account
    was = start.before["buyer"]
    if (account.tax_id, account.country) != (was["tax_id"], was["country"]):
        message = (
            "the buyer's tax number or country is another: correct the invoice to zero with "
            "--because annulment, and issue it anew with `licznik invoices run`"
        )
        return replace(start, problems=(Problem("other_buyer", "buyer", message),))
    now = {**was, "name": account.name, "address": list(account.address)}
    return replace(start, after={**start.before, "buyer": now})


def for_credit(own: Grounds) -> Correction:
    """The credits that no later invoice can give back, as far as this one has room for them."""
    start = own.unchanged
    governed = governing(own.customer.terms, own.catalog, period_of(own.invoice)) or own.governed
    if not has_ended(own.customer.terms, map(period_of, own.issued)):
        message = "the order goes on: its next invoice gives credits back"
        return replace(start, problems=(Problem("not_ended", "because", message),))
    owed = credits_left(own.decisions, governed, own.issued)
    left = list(fit_into(governed, owed, Fraction(start.before["net"])))
    if owed and not left:
        message = "nothing of this invoice is left to give back: correct another one of the order"
        return replace(start, problems=(Problem("no_room", "number", message),))
    rate = start.before["vat_groups"][0]["vat_rate"]
    lines = [*start.before["lines"], *(_line(governed, one, rate) for one in left)]
    return replace(start, after=restated(start.before, lines, own.catalog.vat))


def credits_due(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    order: str | None = None,
    period: Period | None = None,
) -> Iterator[Correction]:
    """Of each order that has ended, the correction that gives back its credits.

    It is that of the last invoice that has room for them; what it has no room for is due after it.
    """
    terms = decisions.terms([order] if order is not None else None)
    ended = [key for key, own in terms.items() if own.end_date is not None]
    with usage.snapshot() as rows:
        for key in sorted(decided_service(decisions, ended)):
            for invoice in reversed(not_annulled(invoices_of(decisions, key))):
                made = for_credit(grounds(decisions, usage, rows, catalog, invoice))
                if not made.problems:
                    wanted = period in (None, period_of(invoice))
                    yield from [made] if wanted and made.after["net"] != made.before["net"] else []
                    break


def for_annulment(own: Grounds) -> Correction:
    """Nothing is left of the invoice, and another one takes its place.

    Late usage of earlier periods that it has charged is late again.
    """
    start = own.unchanged
    after = restated(start.before, [], own.catalog.vat)
    stand = {one.document["period"] for one in not_annulled(own.issued)}
    again = stand & set(own.invoice.draft.adjusts) - {own.invoice.document["period"]}
    return replace(start, after={**after, "annuls": True}, reopened=tuple(sorted(again)))


CAUSES: Mapping[str, tuple[str, Callable[[Grounds], Correction]]] = {
    "usage": ("Zmiana wielkości wykorzystania usług", for_usage),
    "price": ("Zmiana ceny", for_price),
    "buyer": ("Zmiana danych nabywcy", for_buyer),
    "credit": ("Kredyt SLA", for_credit),
    "annulment": ("Błędne dane nabywcy", for_annulment),
}
"""The causes, each with the reason that a correction states unless another one is given."""
