"""From a rated period to an invoice draft: VAT for each rate group, totals, names (invoices §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from stdnum.eu import vat as eu_vat

from billing.catalog.edition import Edition, Name, Seller, VatRate, VatRules
from billing.entitlements import Contract
from billing.money import Money, money, total
from billing.orders.terms import Account
from billing.rating.adjustments import fit_credits
from billing.rating.charges import Charge, Ledger, Rated
from metering.calendar import Period, Span


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A charge with its name, unit and VAT rate, as the invoice states it."""

    charge: Charge
    name: Name
    unit: str
    vat_rate: str


@dataclass(frozen=True, slots=True)
class VatGroup:
    """The sums of one VAT rate; VAT is computed once, from the group's net."""

    vat_rate: str
    rate: VatRate
    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """Everything of an invoice but its number and dates. ``days`` are those of service in it.

    ``net``, ``vat`` and ``gross`` are the sums over the VAT groups, and the net of the lines.
    """

    order: str
    account: Account
    seller: Seller
    edition: Edition
    period: Period
    days: Span
    currency: str
    lines: tuple[InvoiceLine, ...]
    vat_groups: tuple[VatGroup, ...]
    net: Money
    vat: Money
    gross: Money
    ledgers: tuple[Ledger, ...]


def draft_invoice(contract: Contract, rated: Rated, account: Account) -> InvoiceDraft | None:
    """The draft of a period's invoice; a period with nothing to charge has none."""
    if not rated.charges:
        return None
    rules = contract.catalog.vat
    rate = vat_rate(rules, account)
    lines = tuple(InvoiceLine(one, *describe(contract.edition, one), rate) for one in rated.charges)
    groups = vat_groups(lines, rules, contract.terms.currency)
    return InvoiceDraft(
        order=rated.order,
        account=account,
        seller=contract.edition.seller,
        edition=contract.edition,
        period=rated.period,
        days=_days(contract, rated.period),
        currency=contract.terms.currency,
        lines=lines,
        vat_groups=groups,
        net=total([group.net for group in groups], contract.terms.currency),
        vat=total([group.vat for group in groups], contract.terms.currency),
        gross=total([group.gross for group in groups], contract.terms.currency),
        ledgers=rated.ledgers,
    )


def _days(contract: Contract, period: Period) -> Span:
    """The days of service in a period; all of it where what is charged came after the service."""
    served = contract.served if contract.period == period else None
    return served or Span(period.first_day, period.last_day)


def bill(
    contract: Contract, rated: Rated, account: Account
) -> tuple[InvoiceDraft | None, tuple[Charge, ...]]:
    """The draft of a period's invoice, and the credits that it has no room for."""
    fitted = fit_credits(contract, rated.charges)
    return draft_invoice(contract, replace(rated, charges=fitted.charges), account), fitted.carried


NOT_FOR_SERVICES = frozenset({"xi"})
"""Northern Ireland is in the Union's VAT territory for goods alone."""


def vat_rate(rules: VatRules, account: Account) -> str:
    """The VAT rate of a buyer: Polish for Poland and for consumers, else by place of business."""
    if account.country == "PL" or account.tax_id is None:
        return rules.home
    in_union = account.country.lower() in set(eu_vat.MEMBER_STATES) - NOT_FOR_SERVICES
    return rules.eu_business if in_union else rules.other_business


def vat_groups(
    lines: Sequence[InvoiceLine], rules: VatRules, currency: str
) -> tuple[VatGroup, ...]:
    """The VAT of each rate: the group's net times the rate, rounded once (art. 106e)."""
    groups = []
    for rate in dict.fromkeys(line.vat_rate for line in lines):
        net = total([line.charge.net for line in lines if line.vat_rate == rate], currency)
        vat = money(Fraction(net.amount) * Fraction(rules.rates[rate].percent) / 100, currency)
        groups.append(VatGroup(rate, rules.rates[rate], net, vat, net + vat))
    return tuple(groups)


EXPORT_FEE = "export_fee"
LINE_UNITS = {
    "licence": "licence",
    "sla": "month",
    "service_work": "hour",
    "sla_credit": "credit",
    EXPORT_FEE: "export",
}
METER_LINES = {
    "overage": ("ponad limit", "overage"),
    "adjustment": ("ponad limit we wcześniejszym okresie", "overage of an earlier period"),
}
"""What the line of a meter says after its name, in Polish and in English."""


def describe(edition: Edition, charge: Charge) -> tuple[Name, str]:
    """A line's name, with the product's name of the pinned edition (R8), and its unit."""
    if charge.kind in ("overage", "adjustment"):
        meter = edition.meters[charge.item]
        pl, en = METER_LINES[charge.kind]
        return Name(f"{meter.name.pl} {pl}", f"{meter.name.en}, {en}"), meter.meter.unit
    if charge.item in edition.items:
        item = edition.items[charge.item]
        if charge.kind in ("pack", "training"):
            return item.name, "pack"
        return item.name, item.unit if item.counted else "month"
    service = edition.service
    named = {
        "service_work": Name("Prace serwisowe", "Service work"),
        "sla_credit": Name("Kredyt SLA", "SLA credit"),
        EXPORT_FEE: Name("Eksport danych na żądanie", "Export of data on request"),
        "licence": Name(f"{service.pl} – licencje", f"{service.en}, licences"),
        "sla": Name(f"{service.pl} – poziom SLA", f"{service.en}, SLA level"),
    }
    return named[charge.item], LINE_UNITS[charge.item]
