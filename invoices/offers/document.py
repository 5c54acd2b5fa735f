"""An offer as plain data: lines of the first month, sums of every month, rates, the usage meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Edition, MeterTerms, Name
from billing.documents import invoice_document
from billing.entitlements import Contract, allowance, cap, contract
from billing.invoicing import InvoiceDraft
from billing.money import Money, amount_text, plain, price_text, rounded, total
from billing.orders.terms import OrderTerms
from billing.plans.values import Basis, PricedMonth, PricedPlan
from billing.prospects.prospect import Prospect
from billing.prospects.spreading import MonthDemand, demand
from billing.statement import Limit, limit_of, open_meters
from metering.problems import Problem, ProblemsFound

OFFER = "offer"
SHOWN_BYTES = Decimal(10) ** 7
"""So many bytes are the hundredth of a gigabyte."""
Document = dict[str, Any]


def offer_document(
    prospect: Prospect, priced: PricedPlan, terms: OrderTerms, basis: Basis, language: str
) -> Document:
    """The offer of a plan to a prospect, but for its number and days.

    ``terms`` are the order that the plan would be. Raises ProblemsFound where it costs nothing.
    """
    if not priced.invoices:
        message = "the plan costs nothing in any month: give it prices"
        raise ProblemsFound([Problem("nothing_to_charge", "plan", message)])
    first, edition = priced.invoices[0], basis.own_edition
    governed = contract(terms, basis.catalog, first.period, modelling=True)
    level = basis.catalog.sla_levels[priced.plan.level]
    return {
        **invoice_document(first),
        "type": OFFER,
        "language": language,
        "package": _name(edition.packages[priced.plan.package]),
        "level": {"pl": level.pl, "en": level.en},
        "licences": priced.plan.licences,
        "months": [_month(own, priced.currency) for own in priced.months],
        "whole": _sums(priced.invoices, priced.currency),
        "rates": list(_rates(governed)) if governed else [],
        "usage": list(_usage(demand(prospect, basis.catalog.meters), edition)),
        "indicative": priced.is_indicative,
    }


def _sums(drafts: Iterable[InvoiceDraft], currency: str) -> dict[str, str]:
    own = list(drafts)
    return {
        "net": amount_text(_sum((draft.net for draft in own), currency)),
        "vat": amount_text(_sum((draft.vat for draft in own), currency)),
        "gross": amount_text(_sum((draft.gross for draft in own), currency)),
    }


def _sum(amounts: Iterable[Money], currency: str) -> Money:
    return total(list(amounts), currency)


def _month(month: PricedMonth, currency: str) -> Document:
    drafts = [month.invoice] if month.invoice else []
    return {"period": str(month.period), **_sums(drafts, currency)}


def _rates(governed: Contract) -> Iterator[Document]:
    """What each meter includes in a month, and the price of a unit beyond allowance and packs."""
    for key in open_meters(governed):
        terms, included = (
            governed.edition.meters[key],
            allowance(governed, governed.edition.meters[key]),
        )
        price = governed.price("overage", key) if _is_charged(governed, terms) else None
        if price is None and not included:
            continue
        yield {
            **_metered(terms),
            "included": plain(included),
            "by_user": terms.meter.by_user,
            "unit_price": None if price is None else price_text(price.amount),
            "indicative": price is not None and price.indicative,
        }


def _is_charged(governed: Contract, terms: MeterTerms) -> bool:
    """Whether units beyond allowance and packs are charged; up to a cap of nothing none is."""
    kind = limit_of(governed, terms)
    return kind is Limit.SOFT or (kind is Limit.CAPPED and bool(cap(governed, terms)))


def _usage(months: tuple[MonthDemand, ...], edition: Edition) -> Iterator[Document]:
    """What the amounts are reckoned from: each meter in the first month and in the last."""
    first, last = months[0].amounts, months[-1].amounts
    for key, terms in edition.meters.items():
        if key in first or key in last:
            texts = {"first": _text(first, terms), "last": _text(last, terms)}
            yield {**_metered(terms), **texts}


def _text(amounts: Mapping[str, Decimal], terms: MeterTerms) -> str:
    """A quantity in the meter's units; of bytes what two digits of a gigabyte say."""
    amount = amounts.get(terms.meter.key, Decimal(0))
    return plain(
        rounded(amount / SHOWN_BYTES, 0) * SHOWN_BYTES if terms.meter.unit == "byte" else amount
    )


def _metered(terms: MeterTerms) -> Document:
    return {"meter": terms.meter.key, "name": _name(terms.name), "unit": terms.meter.unit}


def _name(name: Name) -> dict[str, str]:
    return {"pl": name.pl, "en": name.en}
