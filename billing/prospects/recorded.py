"""A customer's recorded months as a prospect: sums alone, no single use and no number in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Catalog, Kind
from billing.money import rounded
from billing.orders.terms import OrderTerms
from billing.prospects.prospect import FIGURES, Figure, Nature, Prospect
from billing.prospects.reading import amount_field
from metering.calendar import Period
from metering.usage import PeriodUsage


def recorded_prospect(
    name: str, terms: OrderTerms, months: Mapping[Period, PeriodUsage], catalog: Catalog
) -> Prospect:
    """What an order used on average in some months, and held in the last of them.

    It starts in the month after them, with the order's licences, add-ons and service level.
    """
    last = max(months)
    on = terms.on(terms.packages, last.last_day)
    usage = list(months.values())
    amounts = {own.meter: _amount(own, usage, months[last]) for own in FIGURES}
    levels = terms.on(terms.sla, last.last_day)
    return Prospect(
        name=name,
        first=last.next(),
        months=12,
        sessions=max(1, sum(line.licences for line in on)),
        users=max([1, *(len(own.by_user.get("api_calls", {})) for own in usage)]),
        amounts={key: own for key, own in amounts.items() if own},
        wanted=tuple(_wanted(terms, last, catalog)),
        sla=levels[0].level if levels else "standard",
    )


def _amount(figure: Figure, usage: Sequence[PeriodUsage], last: PeriodUsage) -> Decimal:
    """An amount in the meter's units, to the digits that its field can show."""
    if figure.nature is Nature.MONTHLY:
        whole = sum((Fraction(own.totals.get(figure.meter, 0)) for own in usage), Fraction())
        found = whole / len(usage)
    else:
        peak = last.peaks.get(figure.meter)
        found = Fraction(peak.level) if peak else Fraction()
    return rounded(found / Fraction(figure.scale), amount_field(figure).digits) * figure.scale


def _wanted(terms: OrderTerms, month: Period, catalog: Catalog) -> list[str]:
    """The add-ons in service, but for those that are packs by another name."""
    edition = catalog.editions[terms.edition_in(month) or terms.editions[-1].edition]
    lines = terms.on(terms.addons, month.last_day)
    rows = {line.item: edition.items.get(line.item) for line in lines}
    return [
        key for key, row in rows.items() if row and row.kind is not Kind.PACK and not row.same_as
    ]
