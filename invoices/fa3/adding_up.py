"""Whether the sums of a structured invoice follow from its rows, and say what its document says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import rounded
from invoices.fa3.corrections import is_correction
from invoices.fa3.decimals import exact, total
from invoices.fa3.nodes import NAMESPACE, Node
from invoices.fa3.payment import to_pay
from invoices.fa3.rates import FIELDS, ORDER
from metering.problems import Problem

Document = Mapping[str, Any]
Problems = Iterator[Problem]
CODE = "totals_do_not_add_up"
HUNDREDTH = Decimal("0.01")
IN_FA = {"f": NAMESPACE}


def total_problems(document: Document, root: Node) -> Problems:
    """Sums that do not add up: in the XML, and between it and the document."""
    yield from _gross(root)
    yield from _rows(root)
    yield from _vat(document)
    yield from _as_in_document(document, root)
    yield from _deductions(document)


def _gross(root: Node) -> Problems:
    """P_15 is the sum of P_13 and P_14."""
    parts = [_sum(root, f"Fa/{name}") for own in ORDER for name in (own.net, own.vat) if name]
    gross = _sum(root, "Fa/P_15")
    if sum(parts) != gross:
        message = f"the gross amount is {gross}, and net and VAT make {sum(parts)}: draft again"
        yield Problem(CODE, "gross", message)


def _rows(root: Node) -> Problems:
    """P_13 of a rate is the sum of its rows; of a correction, of those after less those before."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in root.iterfind("f:Fa/f:FaWiersz", IN_FA):
        field = FIELDS.get(row.findtext("f:P_12", "", IN_FA))
        sign = -1 if row.find("f:StanPrzed", IN_FA) is not None else 1
        if field is not None:
            sums[field.net] += sign * exact(row.findtext("f:P_11", "", IN_FA))
    for field in ORDER:
        stated = _sum(root, f"Fa/{field.net}")
        if stated != sums[field.net]:
            message = f"{field.net} is {stated}, and its rows make {sums[field.net]}: draft again"
            yield Problem(CODE, "vat_groups", message)


def _vat(document: Document) -> Problems:
    """VAT is the net of a rate times the rate, rounded once; a correction's is a difference of two.

    So it may be a hundredth away from the VAT of the difference.
    """
    for place, group in enumerate(document["vat_groups"]):
        rate, vat = group["vat_rate"], exact(group["vat"])
        if rate not in FIELDS:
            continue
        percent = Decimal(rate) if rate.isdecimal() else Decimal(0)
        computed = rounded(Fraction(exact(group["net"])) * Fraction(percent) / 100)
        away = HUNDREDTH if is_correction(document) and percent else Decimal(0)
        if abs(vat - computed) > away:
            message = f"VAT is {vat}, and {rate} of {group['net']} is {computed}: draft again"
            yield Problem("wrong_vat", f"vat_groups[{place}].vat", message)


def _as_in_document(document: Document, root: Node) -> Problems:
    """Net, VAT and gross of the XML are those of the document."""
    stated = {
        "net": sum(_sum(root, f"Fa/{field.net}") for field in ORDER),
        "vat": sum(_sum(root, f"Fa/{field.vat}") for field in ORDER if field.vat),
        "gross": _sum(root, "Fa/P_15"),
    }
    for name, value in stated.items():
        if value != exact(document[name]):
            message = f"{name} is {document[name]}, and the rates make {value}: draft again"
            yield Problem(CODE, name, message)


def _deductions(document: Document) -> Problems:
    """What is left to pay is the gross amount less the deductions (Rozliczenie)."""
    deducted = total(own["amount"] for own in document.get("deductions") or ())
    left = exact(document["gross"]) - deducted
    if exact(to_pay(document)) != left:
        message = (
            f"{to_pay(document)} is to be paid, and {left} is left after deductions: correct it"
        )
        yield Problem(CODE, "to_pay", message)


def _sum(root: Node, path: str) -> Decimal:
    names = "/".join(f"f:{name}" for name in path.split("/"))
    return total(own.text or "" for own in root.iterfind(names, IN_FA))
