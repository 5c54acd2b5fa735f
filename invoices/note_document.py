"""An accounting note as plain data: the penalties of an order's period, with their grounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.documents import parties, span_document
from billing.entitlements import Contract
from billing.money import Money, amount_text, money, total
from billing.orders.terms import Account
from billing.rating.recurring import KINDS
from billing.sla.documents import local_time
from billing.sla.levels import level_in
from billing.sla.penalties import Penalty, penalties
from billing.sla.record import Incident, ServiceRecord
from billing.sla.settling import timeliness
from invoices.finding import not_annulled
from invoices.invoice import NOTE, TAXED, Invoice
from metering.calendar import Period, Span, local_day


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a note rests on; ``base`` is what the period's invoices bill as recurring fees.

    ``paid`` is what earlier notes state for each incident.
    """

    contract: Contract
    record: ServiceRecord
    base: Money
    paid: dict[str, Money]

    def penalties(self) -> list[Penalty]:
        """The penalties of the period that are more than nothing."""
        end = self.contract.period.end
        found = penalties(self.contract, self.record, self.base, end, self.paid)
        return [own for own in found if own.amount.amount]


def grounds(contract: Contract, record: ServiceRecord, issued: Sequence[Invoice]) -> Grounds | None:
    """The grounds of a period's note; None while the period has no invoice that stands."""
    period, currency = str(contract.period), contract.terms.currency
    if all(own.document["period"] != period for own in not_annulled(issued)):
        return None
    taxed = [own for own in issued if own.kind in TAXED and own.document["period"] == period]
    lines = [line for own in taxed for line in own.document["lines"] if line["kind"] in KINDS]
    base = total([money(Decimal(line["net"]), currency) for line in lines], currency)
    return Grounds(contract, record, base, _paid(issued, contract.period, currency))


def is_late(contract: Contract, record: ServiceRecord) -> bool:
    """Whether an order has full hours or days of excess in a period, whatever its fees are."""
    nothing = money(Fraction(), contract.terms.currency)
    return any(own.units for own in penalties(contract, record, nothing, contract.period.end, {}))


def _paid(issued: Sequence[Invoice], period: Period, currency: str) -> dict[str, Money]:
    paid: dict[str, Money] = {}
    for own in issued:
        if own.kind == NOTE and Period.parse(own.document["period"]) < period:
            for line in own.document["lines"]:
                amount = money(Decimal(line["net"]), currency)
                paid[line["item"]] = paid.get(line["item"], money(Fraction(), currency)) + amount
    return paid


def note_document(own: Grounds, account: Account) -> dict[str, Any] | None:
    """The note but for its number and dates; None where nothing is owed."""
    owed, governed = own.penalties(), own.contract
    if not owed:
        return None
    incidents = {one.id: one for one in own.record.incidents}
    amount = amount_text(total([one.amount for one in owed], governed.terms.currency))
    served = governed.served or Span(governed.period.first_day, governed.period.last_day)
    return {
        "type": NOTE,
        "order": governed.terms.id,
        **parties(account, governed.edition, governed.terms.currency),
        "period": str(governed.period),
        "days": span_document(served),
        "currency": governed.terms.currency,
        "penalties": governed.edition.seller.penalties,
        "base": amount_text(own.base),
        "cap": amount_text(own.base * governed.catalog.sla_rules.penalty_cap_monthly_fees),
        "lines": [_line(own, incidents[one.incident], one) for one in owed],
        "vat_groups": [],
        "net": amount,
        "vat": "0.00",
        "gross": amount,
        "ledgers": [],
    }


def _line(own: Grounds, incident: Incident, penalty: Penalty) -> dict[str, Any]:
    """The penalty for an incident; ``unit_price`` is that of an hour or day, rounded."""
    governed = own.contract
    level = level_in(governed, local_day(incident.qualified or governed.period.start))
    per, share = (level.penalty.per, level.penalty.share) if level.penalty else ("", "0/1")
    each = money(Fraction(share) * Fraction(own.base.amount), governed.terms.currency)
    due = timeliness(governed.terms, governed.catalog, incident, governed.period.end).due
    return {
        "kind": "penalty",
        "item": incident.id,
        "name": {"pl": f"Kara umowna, zgłoszenie {incident.id}", "en": f"Penalty, {incident.id}"},
        "quantity": str(penalty.units),
        "unit": per,
        "unit_price": amount_text(each),
        "share": share,
        "net": amount_text(penalty.amount),
        "vat_rate": "",
        "indicative": False,
        "days": None,
        "proration": None,
        "level": {"pl": level.pl, "en": level.en},
        "priority": incident.priority,
        "qualified": local_time(incident.qualified),
        "due": local_time(due.repair),
        "repaired": local_time(incident.repaired),
    }


def same_amounts(one: Iterator[Any] | Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two lists of lines state the same penalties."""
    return {o["item"]: o["net"] for o in one} == {o["item"]: o["net"] for o in other}
