"""Drafts: what each order owes for a period, from its terms and the usage recorded so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.documents import invoice_document
from billing.entitlements import Contract, contract
from billing.invoicing import bill
from billing.orders.order import ACCOUNT, TERMS, account_key, order_key, replay
from billing.orders.terms import Account, OrderTerms
from billing.rating.adjustments import Billed, not_billed_yet
from billing.rating.charges import Charge, Rated
from billing.rating.rate import rate_period
from billing.reading import Reader, UsageReader
from invoices import queries
from invoices.earlier import earlier_periods, to_invoice
from invoices.finding import invoices_of
from invoices.invoice import InvoiceDrafted
from invoices.late import Late, billed_elsewhere, late_usage
from invoices.service import NOTHING, Named, ServiceOwed, services_owed
from metering.calendar import Period
from metering.history import Recorded
from metering.problems import Problem
from metering.store import Statement, UsageStore
from metering.usage import PeriodUsage

CHUNK = 500
"""Orders drafted together: their usage is read in one snapshot."""


@dataclass(frozen=True, slots=True)
class Customer:
    """An order with its account, as the read models have them.

    ``status`` is that of its invoice of the period; ``annulled`` counts those before it that were
    corrected to zero.
    """

    terms: OrderTerms
    version: int
    account: Account
    account_version: int
    status: str
    annulled: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An order's draft: a document to invoice, or the problems that prevent it, or neither.

    ``to_correct`` and ``to_invoice`` are earlier periods whose own invoice must be corrected, or is
    missing; ``carried`` are the credits of earlier periods that it has no room for.
    """

    customer: Customer
    document: Mapping[str, Any] | None
    problems: tuple[Problem, ...]
    usage_position: int
    entries: int
    adjusts: Mapping[str, int]
    to_correct: tuple[str, ...] = ()
    carried: tuple[Charge, ...] = ()
    to_invoice: tuple[str, ...] = ()
    service: Named = field(default_factory=dict)


def customers(
    decisions: Decisions, period: Period, orders: list[str] | None = None
) -> list[Customer]:
    """Every order, or some, in the order of their ids."""
    rows = decisions.rows(queries.ORDERS_TO_INVOICE, first=period.first_day, orders=orders)
    return [customer(row) for row in rows]


def customer(row: Mapping[str, Any]) -> Customer:
    """The order and account of a row."""
    terms, account = TERMS.validate_python(row["terms"]), ACCOUNT.validate_python(row["account"])
    versions = row["version"], row["account_version"]
    return Customer(terms, versions[0], account, versions[1], row["status"], row["annulled"])


def customer_then(decisions: Decisions, draft: InvoiceDrafted) -> Customer:
    """The order and the account as they were when an invoice was drafted."""
    order, account = draft.document["order"], draft.document["account"]
    placed = replay(decisions.events.get(order_key(order), lte=draft.order_version))
    kept = list(decisions.events.get(account_key(account), lte=draft.account_version))
    if placed is None or not kept:
        raise MapperDeserialisationError(f"order {order} or account {account} has no events")
    details: Account = ACCOUNT.validate_python(vars(kept[-1])["details"])
    return Customer(placed.terms, draft.order_version, details, draft.account_version, "issued")


def as_drafted(decisions: Decisions, chunk: list[Customer]) -> Statement:
    """Holds in a save if all that drafts are made of, but for usage, is as it is now.

    Documents of every kind count: an invoice rests on the notes before it, a note on invoices.
    Usage that comes after its draft is late, and billed later.
    """
    orders = [own.terms.id for own in chunk]
    drafted = {
        "orders": orders,
        "versions": [own.version for own in chunk],
        "account_versions": [own.account_version for own in chunk],
        **decisions.rows(queries.ISSUED_SO_FAR, orders=orders)[0],
    }
    return Statement(queries.AS_DRAFTED, drafted, changes=len(orders))


def draft_all(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    orders: list[Customer],
    period: Period,
) -> Iterator[Draft]:
    """The draft of each order, a chunk at a time."""
    for start in range(0, len(orders), CHUNK):
        chunk = orders[start : start + CHUNK]
        with usage.snapshot() as rows:
            ids = [own.terms.id for own in chunk]
            reader = UsageReader(usage, rows, ids, period)
            earlier = earlier_periods(rows, ids, period)
            terms = [own.terms for own in chunk]
            missing = to_invoice(usage, rows, catalog, terms, earlier.not_invoiced)
            services = services_owed(decisions, catalog, terms, period)
            for own in chunk:
                elsewhere = billed_later(decisions, own, period) if own.annulled else {}
                first = earlier.since.get(own.terms.id)
                changed = (
                    late_usage(decisions, reader, catalog, own.terms, first) if first else None
                )
                service = services.get(own.terms.id, NOTHING)
                draft = draft_order(reader, catalog, own, changed, service, elsewhere)
                yield replace(draft, to_invoice=missing.get(own.terms.id, ()))


def draft_order(
    reader: Reader,
    catalog: Catalog,
    own: Customer,
    late: Late | None,
    service: ServiceOwed = NOTHING,
    elsewhere: Mapping[str, Billed] | None = None,
) -> Draft:
    """The draft of one order's invoice, with what earlier periods still owe.

    ``elsewhere`` is the overage of the period that later invoices have charged: so much is left
    out, and where that was too much, a later run looks at the period again.
    """
    governed = contract(own.terms, catalog, reader.period)
    recorded = reader.read(governed) if governed else Recorded(PeriodUsage())
    rated, entries = rate_period(governed, recorded.usage) if governed else None, recorded.entries
    if governed and rated and elsewhere:
        charges, is_all = not_billed_yet(governed, rated.charges, elsewhere)
        rated, entries = replace(rated, charges=tuple(charges)), entries if is_all else 0
    return draft_rated(reader, own, governed, entries, rated, late, service)


def billed_later(
    decisions: Decisions, own: Customer, period: Period, before: str | None = None
) -> dict[str, Billed]:
    """The overage of a period that later invoices charged before its own one was annulled.

    Only those recorded ``before`` one of them count, if its id is given.
    """
    issued = invoices_of(decisions, own.terms.id, before)
    return billed_elsewhere((one.document for one in issued), period)


def draft_rated(
    reader: Reader,
    own: Customer,
    governed: Contract | None,
    entries: int,
    rated: Rated | None,
    late: Late | None,
    service: ServiceOwed = NOTHING,
) -> Draft:
    """The draft of a period that is rated already."""
    more = (*(late.charges if late else ()), *(late.problems if late else ()), *service.charges)
    whole = (rated or Rated(own.terms.id, reader.period, (), (), ())).with_more(more)
    governing = governed or (late.contract if late else None) or service.contract
    corrected = late.to_correct if late else ()
    if governing is None or whole.problems:
        return Draft(own, None, whole.problems, reader.position, entries, {}, corrected)
    draft, carried = bill(governing, whole, own.account)
    document = invoice_document(draft) if draft else None
    adjusts = _adjusted(late, carried) if late and document else {}
    named = service.named if document else {}
    return Draft(
        own, document, (), reader.position, entries, adjusts, corrected, carried, service=named
    )


def _adjusted(late: Late, carried: Iterable[Charge]) -> dict[str, int]:
    """The entries that each earlier period is billed for; none where a credit is carried on.

    Then they are not those that the period has, and the next run looks at it again.
    """
    open_ones = {adjusted_period(one) for one in carried if one.kind == "adjustment"}
    return {key: 0 if key in open_ones else count for key, count in late.entries.items()}


def adjusted_period(charge: Charge) -> str:
    """The earlier period that an adjustment belongs to."""
    return str(Period.of(charge.days.start)) if charge.days else ""
