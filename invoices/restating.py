"""An invoice as its corrections have left it, and the difference between two states of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import VatRules
from billing.money import amount_text, money, plain

Document = Mapping[str, Any]
SUMS = ("net", "vat", "gross")
ZERO = Decimal(0)
LineKey = tuple[str, str, str, str, str]


def state_of(original: Document, corrections: Sequence[Document]) -> dict[str, Any]:
    """An invoice with all of its corrections in it; the last of them says who the buyer is.

    Lines are added up by what tells them apart; one that comes to nothing is left out. VAT is that
    of the documents together, which is the VAT of the state, since each difference was made so.
    """
    documents = (original, *corrections)
    last = documents[-1]
    lines = merged(line for own in documents for line in own["lines"])
    groups = _added(group for own in documents for group in own["vat_groups"])
    sums = {name: _text(Decimal(own[name]) for own in documents) for name in SUMS}
    named = {name: last[name] for name in ("buyer", "ledgers")}
    return {**original, **named, "lines": lines, "vat_groups": groups, **sums}


def line_key(line: Document) -> LineKey:
    """What tells a line from the others of its invoice."""
    days = "" if line["days"] is None else f"{line['days']['from']}/{line['days']['to']}"
    return line["kind"], line["item"], line["unit_price"], line["vat_rate"], days


def merged(lines: Iterable[Document]) -> list[dict[str, Any]]:
    """Lines of one kind, item, price and time added up, each in the place of its first."""
    found: dict[LineKey, dict[str, Any]] = {}
    for line in lines:
        known = found.get(line_key(line))
        found[line_key(line)] = {**known, **_sum(known, line)} if known else dict(line)
    return [line for line in found.values() if Decimal(line["quantity"]) or Decimal(line["net"])]


def _sum(one: Document, other: Document) -> dict[str, Any]:
    quantity = plain(Decimal(one["quantity"]) + Decimal(other["quantity"]))
    net = _text((Decimal(one["net"]), Decimal(other["net"])))
    return {"quantity": quantity, "net": net, "proration": other["proration"]}


def _added(groups: Iterable[Document]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for group in groups:
        known = found.setdefault(group["vat_rate"], {**group, **dict.fromkeys(SUMS, "0.00")})
        for name in SUMS:
            known[name] = _text((Decimal(known[name]), Decimal(group[name])))
    return list(found.values())


def _text(amounts: Iterable[Decimal]) -> str:
    return f"{sum(amounts, ZERO):.2f}"


def restated(before: Document, lines: Sequence[Document], rules: VatRules) -> dict[str, Any]:
    """A state with other lines: the VAT of each rate is computed once, from its net."""
    rates = dict.fromkeys([*(g["vat_rate"] for g in before["vat_groups"]), *_rates(lines)])
    groups = [_group(before, rate, lines, rules) for rate in rates]
    sums = {name: _text(Decimal(group[name]) for group in groups) for name in SUMS}
    return {**before, "lines": list(lines), "vat_groups": groups, **sums}


def _rates(lines: Iterable[Document]) -> Iterator[str]:
    return (line["vat_rate"] for line in lines)


def _group(
    before: Document, rate: str, lines: Iterable[Document], rules: VatRules
) -> dict[str, Any]:
    known = next((own for own in before["vat_groups"] if own["vat_rate"] == rate), None)
    own = rules.rates[rate]
    named = known or {
        "vat_rate": rate,
        "name": {"pl": own.name.pl, "en": own.name.en},
        "note": {"pl": own.note.pl, "en": own.note.en} if own.note else None,
    }
    net = money(
        sum((Decimal(o["net"]) for o in lines if o["vat_rate"] == rate), ZERO), before["currency"]
    )
    vat = money(Fraction(net.amount) * Fraction(own.percent) / 100, before["currency"])
    amounts = {"net": net, "vat": vat, "gross": net + vat}
    return {**named, **{name: amount_text(one) for name, one in amounts.items()}}


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction states: rows that change an invoice, and what they come to."""

    lines: list[dict[str, Any]]
    lines_before: list[Document]
    lines_after: list[Document]
    vat_groups: list[dict[str, Any]]
    sums: dict[str, str]


def difference(before: Document, after: Document) -> Difference:
    """What must be added to one state of an invoice to make another of it.

    A line whose price changed is taken back and put anew: no row mixes two prices.
    """
    old, new = ({line_key(one): one for one in merged(own["lines"])} for own in (before, after))
    changed = [key for key in {**old, **new} if _differs(old.get(key), new.get(key))]
    return Difference(
        lines=[_row(old.get(key), new.get(key)) for key in changed],
        lines_before=[old[key] for key in changed if key in old],
        lines_after=[new[key] for key in changed if key in new],
        vat_groups=_less(before["vat_groups"], after["vat_groups"]),
        sums={name: _text((Decimal(after[name]), -Decimal(before[name]))) for name in SUMS},
    )


def _differs(old: Document | None, new: Document | None) -> bool:
    return _figures(old) != _figures(new)


def _figures(line: Document | None) -> tuple[Decimal, Decimal]:
    return (Decimal(line["quantity"]), Decimal(line["net"])) if line else (ZERO, ZERO)


def _row(old: Document | None, new: Document | None) -> dict[str, Any]:
    (quantity, net), (less_quantity, less_net) = _figures(new), _figures(old)
    shown: Document = new or old or {}
    changed = {"quantity": plain(quantity - less_quantity), "net": _text((net, -less_net))}
    return {**shown, **changed, "proration": None}


def _less(before: Iterable[Document], after: Iterable[Document]) -> list[dict[str, Any]]:
    old = {own["vat_rate"]: own for own in before}
    groups = []
    for group in after:
        was = old.get(group["vat_rate"], dict.fromkeys(SUMS, "0.00"))
        changed = {name: _text((Decimal(group[name]), -Decimal(was[name]))) for name in SUMS}
        groups.append({**group, **changed})
    return groups
