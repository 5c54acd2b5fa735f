"""Verification of corrections: each states the difference between two states of its invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from invoices.exchange import in_zloty
from invoices.invoice import CORRECTION, INVOICE, Invoice
from invoices.restating import SUMS, Document, line_key, merged, restated, state_of
from invoices.verifying.comparing import Verification, compare
from invoices.verifying.documents import number_of


def verify_corrections(catalog: Catalog, issued: Iterable[Invoice], result: Verification) -> None:
    """The original, its corrections added, comes to what a correction says it comes to.

    Its rows are what lies between the rows before and after, and the VAT of the state is that of
    its net: so no sum of differences is off by a grosz.
    """
    states: dict[str, list[Document]] = defaultdict(list)
    for own in issued:
        if own.kind == INVOICE:
            states[own.id].append(own.document)
        elif own.kind == CORRECTION and own.draft.corrects is not None:
            earlier = states[own.draft.corrects]
            if earlier:
                _verify(catalog, earlier, own, result)
            earlier.append(own.document)


def _verify(catalog: Catalog, earlier: list[Document], own: Invoice, result: Verification) -> None:
    where, document = f"correction {number_of(own)}", own.document
    state = state_of(earlier[0], [*earlier[1:], document])
    whole = restated(state, state["lines"], catalog.vat)
    compare(where, _sums(whole), _sums(state), result)
    if own.draft.annuls:
        compare(f"{where}: what is left", "0.00", state["gross"], result)
    _verify_exchange(where, [*earlier, document], state, result)
    before = {line_key(line): line for line in state_of(earlier[0], earlier[1:])["lines"]}
    stated = {line_key(line): line for line in merged(document["lines_before"])}
    for key, line in stated.items():
        compare(f"{where}: {key[1]} before", _figures(before.get(key)), _figures(line), result)
    after = merged([*before.values(), *document["lines"]])
    named = {line_key(line): line for line in after}
    for line in document["lines_after"]:
        made = _figures(named.get(line_key(line)))
        compare(f"{where}: {line['item']} after", made, _figures(line), result)


def _verify_exchange(
    where: str, documents: list[Document], state: Document, result: Verification
) -> None:
    """VAT in złoty, however many documents state it, is that of the state, rounded once."""
    exchange: Document = documents[0].get("exchange") or {"vat": ()}
    for rate in exchange["vat"]:
        vat = next((own["vat"] for own in state["vat_groups"] if own["vat_rate"] == rate), "0")
        stated = sum(Decimal(own["exchange"]["vat"][rate]) for own in documents)
        compare(f"{where}: VAT in PLN", in_zloty(vat, Decimal(exchange["rate"])), stated, result)


def _sums(document: Document) -> dict[str, Any]:
    return {name: document[name] for name in SUMS}


def _figures(line: Document | None) -> tuple[str, str] | None:
    return None if line is None else (line["quantity"], line["net"])
