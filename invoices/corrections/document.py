"""A correction's draft as plain data: what it shows to programs and to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from billing.money import plain
from invoices.corrections.drafting import Correction
from invoices.restating import SUMS, Document
from metering.problems import problem_json

COVERED = ("used", "included", "from_packs", "overage", "refused")
NAMED = ("kind", "item", "name", "unit", "unit_price", "vat_rate")
NO_LINE = {"quantity": "0", "net": "0.00"}
NO_LEDGER = dict.fromkeys(COVERED, "0")


def correction_document(correction: Correction) -> dict[str, Any]:
    """A correction's draft as plain data: lines, ledgers and sums before, after and between."""
    before, after = correction.before, correction.after
    names = ("number", "issued_on", "order", "account", "period", "edition", "currency")
    return {
        **{name: before[name] for name in names},
        "lines": list(_lines(before["lines"], after["lines"])),
        "ledgers": list(_ledgers(before["ledgers"], after["ledgers"])),
        "before": {name: before[name] for name in SUMS},
        "after": {name: after[name] for name in SUMS},
        "difference": {
            name: f"{Decimal(after[name]) - Decimal(before[name]):.2f}" for name in SUMS
        },
        "amendments": list(correction.amendments),
        "problems": [problem_json(problem) for problem in correction.problems],
    }


def _lines(before: Iterable[Document], after: Iterable[Document]) -> Iterator[dict[str, Any]]:
    """The lines that differ."""
    old, new = ({_line_key(one): one for one in lines} for lines in (before, after))
    for key in {**old, **new}:
        was, now = ({n: own.get(key, NO_LINE)[n] for n in NO_LINE} for own in (old, new))
        if was != now:
            line = new.get(key) or old[key]
            units = plain(Decimal(now["quantity"]) - Decimal(was["quantity"]))
            net = f"{Decimal(now['net']) - Decimal(was['net']):.2f}"
            yield {
                **{name: line[name] for name in NAMED},
                "before": was,
                "after": now,
                "difference": {"quantity": units, "net": net},
            }


def _line_key(line: Document) -> tuple[str, str, str]:
    """What tells a line from the others of its invoice."""
    return line["kind"], line["item"], str(line["days"])


def _ledgers(before: Iterable[Document], after: Iterable[Document]) -> Iterator[dict[str, Any]]:
    """The ledgers that differ."""
    old, new = ({one["meter"]: one for one in ledgers} for ledgers in (before, after))
    for meter in {**old, **new}:
        was, now = ({n: own.get(meter, NO_LEDGER)[n] for n in COVERED} for own in (old, new))
        if was != now:
            between = {n: plain(Decimal(now[n]) - Decimal(was[n])) for n in COVERED}
            yield {"meter": meter, "before": was, "after": now, "difference": between}
