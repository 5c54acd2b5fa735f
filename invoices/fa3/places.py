"""From a place in the XML to the place in the document that it was written from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from invoices.fa3.rows import rows_of

ROW_FIELDS = {
    "P_6A": "days.to",
    "P_7": "name.pl",
    "P_8A": "unit",
    "P_8B": "quantity",
    "P_9A": "unit_price",
    "P_11": "net",
    "P_12": "vat_rate",
    "KursWaluty": "",
}
PARTY_FIELDS = (
    (r"DaneIdentyfikacyjne\.Nazwa", "name"),
    (r"DaneIdentyfikacyjne\..*", "tax_id"),
    (r"Adres\.KodKraju", "country"),
    (r"Adres.*", "address"),
    (r"DaneKontaktowe\.Email", "email"),
    (r"DaneKontaktowe\.Telefon", "phone"),
)
PARTIES = {"Podmiot1": "seller", "Podmiot2": "buyer", "Fa.Podmiot2K": "buyer_before"}
FIELDS = (
    (r"Fa\.KodWaluty", "currency"),
    (r"Fa\.P_1", "issued_on"),
    (r"Fa\.P_2", "number"),
    (r"Fa\.OkresFa\.P_6_Od", "days.from"),
    (r"Fa\.OkresFa\.P_6_Do", "days.to"),
    (r"Fa\.P_14_\dW", "exchange.vat"),
    (r"Fa\.P_1[34]_.*", "vat_groups"),
    (r"Fa\.P_15", "gross"),
    (r"Fa\.PrzyczynaKorekty", "reason"),
    (r"Fa\.TypKorekty", "effect"),
    (r"Fa\.DaneFaKorygowanej\.NrFaKorygowanej", "corrects.number"),
    (r"Fa\.DaneFaKorygowanej\.DataWyst.*", "corrects.issued_on"),
    (r"Fa\.DaneFaKorygowanej\.NrKSeF.*", "corrects.ksef_number"),
    (r"Fa\.Rozliczenie\.Odliczenia.*", "deductions"),
    (r"Fa\.Rozliczenie\.Do.*", "to_pay"),
    (r"Fa\.Platnosc\.TerminPlatnosci.*", "due_on"),
    (r"Fa\.Platnosc\.RachunekBankowy.*", "seller.bank"),
    (r"Fa\.WarunkiTransakcji.*", "order"),
    (r"Stopka.*", "seller.register_entry.pl"),
)
"""Patterns of places in the XML, and the places in the document; the first that fits counts."""


def place_in_document(path: str, document: Mapping[str, Any]) -> str:
    """Where in a document what stands at a path of the XML comes from."""
    row = re.fullmatch(r"Fa\.FaWiersz(?:\[(\d+)\])?(?:\.(\w+))?", path)
    if row:
        field = ROW_FIELDS.get(row[2] or "", "")
        return ".".join(filter(None, (rows_of(document)[int(row[1] or 0)].path, field)))
    for element, party in PARTIES.items():
        if path == element or path.startswith(f"{element}."):
            field = _first(PARTY_FIELDS, path[len(element) + 1 :]) or ""
            return ".".join(filter(None, (party, field)))
    return _first(FIELDS, path) or path


def _first(table: Sequence[tuple[str, str]], path: str) -> str | None:
    return next((field for pattern, field in table if re.fullmatch(pattern, path)), None)
