"""Seller and buyer: who they are to the tax office, and where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stdnum.eu import vat as eu_vat

from billing.invoicing import NOT_FOR_SERVICES
from invoices.fa3.nodes import Node, node, optional
from invoices.fa3.texts import NAME, SHORT, fitted

Party = Mapping[str, Any]
REVERSE_CHARGE = "np II"
LONGEST_PHONE = 16
UNION_PREFIXES = {"GR": "EL"}
"""Where the prefix of a VAT number is not the country's code."""
NO = "2"


def seller(document: Party) -> Node:
    """Podmiot1. Where a buyer in the Union accounts for the tax, with the prefix PL (art. 97)."""
    own = document["seller"]
    reverse = any(own["vat_rate"] == REVERSE_CHARGE for own in document["vat_groups"])
    return node(
        "Podmiot1",
        node("PrefiksPodatnika", "PL") if reverse else None,
        node("DaneIdentyfikacyjne", node("NIP", compact(own["tax_id"])), _name(own)),
        _address(own, always=True),
        _contact(own),
    )


def buyer(own: Party) -> Node:
    """Podmiot2: neither a unit of local government (JST) nor a member of a VAT group (GV)."""
    return node("Podmiot2", *_described(own), node("JST", NO), node("GV", NO))


def buyer_before(own: Party) -> Node:
    """Podmiot2K: the buyer as the corrected invoice has it."""
    return node("Podmiot2K", *_described(own))


def _described(own: Party) -> tuple[Node, Node | None]:
    identity = node("DaneIdentyfikacyjne", *_identifier(own), _name(own))
    return identity, _address(own, always=False)


def _identifier(own: Party) -> Sequence[Node]:
    """By what the tax office knows a buyer; a consumer has nothing (BrakID)."""
    country: str = own["country"]
    tax_id: str | None = own["tax_id"]
    if tax_id is None:
        return (node("BrakID", "1"),)
    if country == "PL":
        return (node("NIP", compact(tax_id)),)
    if is_of_union(country):
        prefix = UNION_PREFIXES.get(country, country)
        return node("KodUE", prefix), node("NrVatUE", compact(tax_id).removeprefix(prefix))
    return node("KodKraju", country), node("NrID", fitted(tax_id, 50))


def is_of_union(country: str) -> bool:
    """Whether a business there is known by a VAT number of the Union."""
    return country.lower() in set(eu_vat.MEMBER_STATES) - NOT_FOR_SERVICES


def compact(tax_id: str) -> str:
    """A tax number in capitals and digits alone: ``526-000-12-46`` is ``5260001246``."""
    return re.sub(r"[\s.-]", "", tax_id).upper()


def _name(own: Party) -> Node:
    return node("Nazwa", fitted(own["name"], NAME))


def _address(own: Party, *, always: bool) -> Node | None:
    """The first line, and all others in one; a buyer need not have an address."""
    lines = [fitted(line, NAME) for line in own["address"]]
    first, *rest = [line for line in lines if line] or [""]
    if not first and not always:
        return None
    return node(
        "Adres",
        node("KodKraju", own["country"]),
        node("AdresL1", first),
        optional("AdresL2", fitted(", ".join(rest), NAME)),
    )


def _contact(own: Party) -> Node | None:
    email, phone = fitted(own.get("email") or "", 255), (own.get("phone") or "").strip()
    short = phone if len(phone) <= LONGEST_PHONE else re.sub(r"\s", "", phone)
    known = (
        optional("Email", email if "@" in email[1:-1] else None),
        optional("Telefon", fitted(short, SHORT) if len(short) <= LONGEST_PHONE else None),
    )
    return node("DaneKontaktowe", *known) if any(one is not None for one in known) else None
