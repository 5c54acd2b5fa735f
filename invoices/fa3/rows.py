"""The rows of a structured invoice (FaWiersz)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any

from invoices.fa3.decimals import trimmed
from invoices.fa3.nodes import Node, node, optional
from invoices.fa3.rates import FIELDS
from invoices.fa3.texts import NAME, SHORT, fitted
from invoices.units import unit_name

Document = Mapping[str, Any]
Line = Mapping[str, Any]
ID_LENGTH = 32
LONGEST_ID = 50
LANGUAGE = "pl"
"""The language of structured invoices, whatever the customer reads."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line as a row. ``path`` is its place in the document; ``before``: as it was (StanPrzed)."""

    line: Line
    id: str
    path: str
    before: bool = False


def rows_of(document: Document) -> list[Row]:
    """The rows of an invoice or correction, in their order.

    A correction by before and after has, for each line, the state before and then the one after.
    """
    if document.get("form") != "before_after":
        return list(_rows(document, "lines"))
    found = [*_rows(document, "lines_before", before=True), *_rows(document, "lines_after")]
    places = {own: at for at, own in enumerate(dict.fromkeys(row.id for row in found))}
    return sorted(found, key=lambda row: (places[row.id], not row.before))


def _rows(document: Document, name: str, *, before: bool = False) -> Iterator[Row]:
    lines: Sequence[Line] = document.get(name) or ()
    named = zip(lines, line_ids(document, lines), count(), strict=False)
    for line, own_id, place in named:
        yield Row(line, own_id, f"{name}[{place}]", before)


def line_ids(document: Document, lines: Iterable[Line]) -> Iterator[str]:
    """The ids of some lines of a document: those of a corrected line are those it had (UU_ID).

    A line is known by its order, period, kind, item and days; of several alike, by their order.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        days = line["days"]
        parts = [document["order"], document["period"], line["kind"], line["item"], days]
        key = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        seen[key] += 1
        made = sha256(f"{key}#{seen[key]}".encode()).hexdigest()[:ID_LENGTH]
        own: str = line.get("id") or made
        yield own if len(own) <= LONGEST_ID else sha256(own.encode()).hexdigest()[:ID_LENGTH]


def row_nodes(document: Document) -> Iterator[Node]:
    """FaWiersz of every row."""
    for number, row in enumerate(rows_of(document), 1):
        yield _row(number, row, document)


def _row(number: int, row: Row, document: Document) -> Node:
    line = row.line
    return node(
        "FaWiersz",
        node("NrWierszaFa", str(number)),
        node("UU_ID", row.id),
        optional("P_6A", _own_day(line, document)),
        node("P_7", fitted(line["name"][LANGUAGE], NAME)),
        node("P_8A", fitted(unit_name(line["unit"], LANGUAGE), SHORT)),
        node("P_8B", line["quantity"]),
        node("P_9A", line["unit_price"]),
        node("P_11", line["net"]),
        node("P_12", line["vat_rate"]),
        node("P_12_Zal_15", "1") if line.get("split_payment") else None,
        optional("KursWaluty", _exchange_rate(line, document)),
        node("StanPrzed", "1") if row.before else None,
    )


def _own_day(line: Line, document: Document) -> str | None:
    """The day on which a row's service ended, where it is not the whole invoice's."""
    days = line["days"]
    return days["to"] if days and days["to"] != document["days"]["to"] else None


def _exchange_rate(line: Line, document: Document) -> str | None:
    """The rate at which the VAT of a row in foreign currency is stated in złoty."""
    exchange, field = document.get("exchange"), FIELDS.get(line["vat_rate"])
    is_taxed = field is not None and field.vat is not None
    return trimmed(exchange["rate"]) if exchange and is_taxed else None
