"""The rows of a correction as a person compares them: before, after, and the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from billing.money import plain
from invoices.fa3.rows import Row, rows_of
from invoices.language import Language

Document = Mapping[str, Any]
NOTHING = {"quantity": "0", "net": "0.00"}


@dataclass(frozen=True, slots=True)
class State:
    """A line as it was or is, or what lies between; None where it was not there."""

    label: str
    line: Document | None
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A line that was corrected."""

    name: Mapping[str, str]
    days: Mapping[str, str] | None
    states: tuple[State, ...]


def pairs(document: Document, say: Language) -> Iterator[Pair]:
    """The corrected lines of a correction by before and after; one by differences has none."""
    if document["form"] != "before_after":
        return
    for _, rows in groupby(rows_of(document), key=lambda row: row.id):
        yield _pair(list(rows), say)


def _pair(rows: list[Row], say: Language) -> Pair:
    was = next((row.line for row in rows if row.before), None)
    now = next((row.line for row in rows if not row.before), None)
    shown = rows[-1].line
    states = (
        State(say.text("before"), was),
        State(say.text("after"), now),
        State(say.text("difference"), _difference(was, now, shown), is_difference=True),
    )
    return Pair(shown["name"], shown["days"], states)


def _difference(was: Document | None, now: Document | None, shown: Document) -> Document:
    """What lies between; without units where the price is another, for they would say nothing."""
    before, after = was or NOTHING, now or NOTHING
    same_price = not (was and now) or was["unit_price"] == now["unit_price"]
    units = Decimal(after["quantity"]) - Decimal(before["quantity"])
    return {
        **shown,
        "quantity": plain(units) if same_price else "",
        "unit_price": shown["unit_price"] if same_price else "",
        "net": f"{Decimal(after['net']) - Decimal(before['net']):.2f}",
    }
