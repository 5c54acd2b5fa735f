"""The parts of the platform's page that are renewed: each a template, filled from what was seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from threading import Lock
from typing import Any

from billing.catalog.edition import Catalog
from billing.money import rounded
from entrypoints.watching.board import Seen
from entrypoints.web.pages import environment
from invoices.units import usage_in_unit
from metering.calendar import WARSAW

PARTS = (
    "news",
    "seen",
    "intake",
    "rejections",
    "limits",
    "reservations",
    "deliveries",
    "kafka",
    "sources",
)
"""The ids of the parts on the page; their templates have the same names."""
MOST_KEPT = 8

_kept: OrderedDict[tuple[int, int, str, bool], dict[str, str]] = OrderedDict()
_turn = Lock()


Names = Mapping[str, Mapping[str, str]]
"""The names of meters, by their keys, in both languages."""


def meter_names(catalog: Catalog) -> Names:
    """What every meter of the catalog is called, by its newest edition."""
    return {
        key: {"pl": own.name.pl, "en": own.name.en}
        for edition in catalog.editions.values()
        for key, own in edition.meters.items()
    }


def of_seen(seen: Seen, names: Names, *, follows: bool) -> dict[str, Any]:
    """What the parts are filled from; whoever ``follows`` may go to the pages of orders."""
    clock = f"{seen.at.astimezone(WARSAW):%H:%M:%S}"
    return {"seen": seen, "names": names, "clock": clock, "in_unit": in_unit, "follows": follows}


def in_unit(quantity: Decimal, unit: str) -> Decimal:
    """Used units in the unit in which they are shown, to the hundredth: enough at a glance."""
    return rounded(Fraction(usage_in_unit(quantity, unit))).normalize()


def rendered(seen: Seen, code: str, names: Names, *, follows: bool) -> dict[str, str]:
    """The parts in a language, made once for all who look and may see the same."""
    key = (id(seen), seen.number, code, follows)
    with _turn:
        if key not in _kept:
            templates, values = environment(code), of_seen(seen, names, follows=follows)
            _kept[key] = {
                name: templates.get_template(f"platform/parts/{name}.html").render(values)
                for name in PARTS
            }
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
        return _kept[key]
