"""The VAT rates that FA(3) knows and that the engine can bill, and the fields of their sums."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """Where the sums of a rate stand; without ``vat`` there is no Polish VAT by that rate.

    ``untaxed_here``: the buyer accounts for the tax, if anybody does (P_18).
    """

    net: str
    vat: str | None = None
    untaxed_here: bool = False


BASIC = Field("P_13_1", "P_14_1")
FIRST_REDUCED = Field("P_13_2", "P_14_2")

FIELDS = {
    "23": BASIC,
    "22": BASIC,
    "8": FIRST_REDUCED,
    "7": FIRST_REDUCED,
    "5": Field("P_13_3", "P_14_3"),
    "0 KR": Field("P_13_6_1"),
    "np I": Field("P_13_8", untaxed_here=True),
    "np II": Field("P_13_9", untaxed_here=True),
    "oo": Field("P_13_10", untaxed_here=True),
}
"""By the rate as a document and P_12 name it. An exemption (zw) would need its legal ground, which
no document states."""

ORDER = tuple(dict.fromkeys(FIELDS.values()))
"""The fields in the order of the schema."""
