"""Documents of every kind of invoice and correction, as they are given to the structured form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache

from billing.money import rounded
from invoices.fa3.building import structured_invoice
from tests.builders import ACCOUNT, Plain, bill, catalog, order, use
from tests.printed import issued

MADE_AT = datetime(2025, 11, 3, 8, 30, tzinfo=UTC)
KSEF_NUMBER = "1111111111-20251103-0100001AF629-BD"
SUMS = ("net", "vat", "gross")
BUYERS: dict[str, Plain] = {
    "union": {**ACCOUNT, "name": "Muster GmbH", "country": "DE", "tax_id": "DE136695976"},
    "greek": {**ACCOUNT, "name": "Hellas AE", "country": "GR", "tax_id": "EL094259216"},
    "third country": {**ACCOUNT, "name": "Acme Inc.", "country": "US", "tax_id": "12-3456789"},
    "consumer": {**ACCOUNT, "name": "Jan Kowalski", "tax_id": None, "address": []},
}


@cache
def of_buyer(kind: str = "") -> Plain:
    """October of an order with an overage line, for a kind of buyer."""
    own = bill(order(), use("sms", 1_200), account=BUYERS.get(kind, ACCOUNT))
    return issued(own)


def line(kind: str, quantity: str, unit_price: str, **given: object) -> Plain:
    """A line of a kind that no charge of these orders brings."""
    net = rounded(Fraction(quantity) * Fraction(unit_price))
    return {
        "kind": kind,
        "item": kind,
        "name": {"pl": f"Pozycja {kind}", "en": f"Line {kind}"},
        "quantity": quantity,
        "unit": "month",
        "unit_price": unit_price,
        "net": f"{net:.2f}",
        "vat_rate": "23",
        "indicative": False,
        "days": None,
        "proration": None,
        **given,
    }


SLA_CREDIT = line(
    "sla_credit", "-1", "174.95", name={"pl": "Obniżka za niedostępność", "en": "SLA credit"}
)
SERVICE_WORK = line(
    "service_work",
    "2.5",
    "180.00",
    name={"pl": "Prace serwisowe", "en": "Service work"},
    unit="hour",
    days={"from": "2025-10-21", "to": "2025-10-21"},
)
GIVEN_BACK = line(
    "adjustment",
    "-300",
    "0.09",
    item="sms",
    name={"pl": "SMS-y ponad limit we wcześniejszym okresie", "en": "SMS overage, given back"},
    unit="message",
    days={"from": "2025-09-01", "to": "2025-09-30"},
)


def groups(lines: Sequence[Plain]) -> list[Plain]:
    """The sums of each VAT rate: VAT once, from the net of the rate."""
    found = []
    for name in dict.fromkeys(own["vat_rate"] for own in lines):
        rate = catalog().vat.rates[name]
        net = sum((Fraction(own["net"]) for own in lines if own["vat_rate"] == name), Fraction())
        vat = Fraction(rounded(net * Fraction(rate.percent) / 100))
        note = {"pl": rate.note.pl, "en": rate.note.en} if rate.note else None
        names = {"vat_rate": name, "name": {"pl": rate.name.pl, "en": rate.name.en}, "note": note}
        found.append({**names, "net": text(net), "vat": text(vat), "gross": text(net + vat)})
    return found


def text(value: Fraction) -> str:
    """An amount for programs."""
    return f"{rounded(value):.2f}"


def billed(document: Plain, lines: Sequence[Plain], **given: object) -> Plain:
    """A document with other lines, and the sums that follow."""
    return {**document, "lines": list(lines), **summed(groups(lines)), **given}


def summed(own: Sequence[Plain]) -> Plain:
    """Groups with their totals."""
    totals = {name: f"{sum((Decimal(g[name]) for g in own), Decimal()):.2f}" for name in SUMS}
    return {"vat_groups": list(own), **totals}


def correction(before: Plain, now: Plain, form: str, **given: object) -> Plain:
    """The correction that makes one invoice another, in one of both forms."""
    changed = [
        (was, new) for was, new in zip(before["lines"], now["lines"], strict=True) if was != new
    ]
    return {
        **now,
        "type": "correction",
        "number": "KOR/2025/000001",
        "issued_on": "2025-11-20",
        "due_on": "2025-12-04",
        "corrects": {
            "number": before["number"],
            "issued_on": before["issued_on"],
            "ksef_number": KSEF_NUMBER,
        },
        "reason": "Zużycie zgłoszone po wystawieniu faktury",
        "effect": "2",
        "form": form,
        "lines": [_difference(was, new) for was, new in changed],
        "lines_before": [was for was, _ in changed],
        "lines_after": [new for _, new in changed],
        **summed(_differences(before["vat_groups"], now["vat_groups"])),
        "buyer_before": None,
        **given,
    }


def _difference(was: Plain, new: Plain) -> Plain:
    quantity = Decimal(new["quantity"]) - Decimal(was["quantity"])
    net = Decimal(new["net"]) - Decimal(was["net"])
    return {**new, "quantity": f"{quantity:f}", "net": f"{net:.2f}"}


def _differences(before: Sequence[Plain], now: Sequence[Plain]) -> list[Plain]:
    pairs = zip(before, now, strict=True)
    return [
        {**new, **{name: f"{Decimal(new[name]) - Decimal(was[name]):.2f}" for name in SUMS}}
        for was, new in pairs
    ]


def used(document: Plain, quantity: str) -> Plain:
    """The invoice with another overage on its last line."""
    *others, last = document["lines"]
    net = text(Fraction(quantity) * Fraction(last["unit_price"]))
    return billed(document, [*others, {**last, "quantity": quantity, "net": net}])


def in_euro() -> Plain:
    """An order in euro with Polish VAT, which the invoice states in złoty as well."""
    document = issued(bill(order(currency="EUR"), use("sms", 1_200)))
    rate, vat = Fraction("4.2512"), Fraction(document["vat"])
    exchange = {
        "currency": "EUR",
        "rate": "4.2512",
        "day": "2025-10-30",
        "table": "210/A/NBP/2025",
        "vat": {"23": text(vat * rate)},
    }
    return {**document, "exchange": exchange}


def euro_correction() -> Plain:
    """A correction in euro: its VAT in złoty is a difference too, at the rate of the invoice."""
    before = in_euro()
    own = correction(before, used(before, "1000"), "differences")
    vat = text(Fraction(own["vat"]) * Fraction("4.2512"))
    return {**own, "exchange": {**before["exchange"], "vat": {"23": vat}}}


def penalised(document: Plain, *amounts: str) -> Plain:
    """An invoice with contractual penalties deducted from what is to be paid."""
    reason = "Kara umowna za przekroczenie czasu naprawy, incydent INC-{n}"
    deductions = [
        {"reason": reason.format(n=n), "amount": amount} for n, amount in enumerate(amounts, 1)
    ]
    left = Decimal(document["gross"]) - sum(map(Decimal, amounts))
    return {**document, "deductions": deductions, "to_pay": f"{left:.2f}"}


def with_names(document: Plain) -> Plain:
    """An invoice whose texts are too long, or hold what XML and KSeF do not take."""
    buyer = {
        **document["buyer"],
        "name": "Bardzo długa nazwa " * 40,
        "address": ["ul. Prosta 1\x00\x1b[0m", "budynek\tB", "00-001\nWarszawa", "Polska"],
    }
    first, *others = document["lines"]
    name = {"pl": "<b>Licencje</b> & „cudzysłów” \u202e01.0\u202c " + "x" * 600, "en": "x"}
    return {**document, "buyer": buyer, "lines": [{**first, "name": name}, *others]}


def goods_of_annex_15() -> Plain:
    """Above 15,000 zł gross with a line of Annex 15: split payment is compulsory."""
    document = of_buyer()
    first, *others = document["lines"]
    flagged = {**first, "quantity": "100", "net": "15000.00", "split_payment": True}
    return billed(document, [flagged, *others])


def _moved() -> Plain:
    document = of_buyer()
    now = {**document, "buyer": {**document["buyer"], "address": ["ul. Nowa 2", "30-001 Kraków"]}}
    own = correction(document, now, "differences", buyer_before=document["buyer"], effect="3")
    return {**own, "reason": "Zmiana adresu nabywcy", "corrects": _without_number(own)}


def _without_number(own: Plain) -> Plain:
    return {**own["corrects"], "ksef_number": None}


def _without_ksef() -> Plain:
    own = correction(of_buyer(), used(of_buyer(), "900"), "differences", effect="1")
    return {**own, "corrects": _without_number(own)}


def _second() -> Plain:
    """It refers to the first invoice, and begins where the first correction left off."""
    own = correction(used(of_buyer(), "900"), used(of_buyer(), "950"), "before_after")
    return {**own, "number": "KOR/2025/000002", "issued_on": "2025-12-01"}


CASES: dict[str, Callable[[], Plain]] = {
    "invoice": of_buyer,
    "sla-credit": lambda: billed(of_buyer(), [*of_buyer()["lines"], SLA_CREDIT]),
    "own-days": lambda: billed(of_buyer(), [*of_buyer()["lines"], SERVICE_WORK, GIVEN_BACK]),
    "penalties": lambda: penalised(of_buyer(), "240.00", "60.50"),
    "penalties-above-the-amount": lambda: penalised(of_buyer(), "5000.00"),
    "union-business": lambda: of_buyer("union"),
    "greek-business": lambda: of_buyer("greek"),
    "other-business": lambda: of_buyer("third country"),
    "consumer": lambda: of_buyer("consumer"),
    "euro": in_euro,
    "split-payment": goods_of_annex_15,
    "long-texts": lambda: with_names(of_buyer()),
    "correction-by-differences": _without_ksef,
    "correction-before-and-after": lambda: correction(
        of_buyer(), used(of_buyer(), "900"), "before_after"
    ),
    "second-correction": _second,
    "correction-of-the-buyer": _moved,
    "correction-in-euro": euro_correction,
}
"""Every case that the engine bills, by the name of its golden file."""


def xml_of(document: Plain) -> bytes:
    """The structured form of a document."""
    return structured_invoice(document, MADE_AT)
