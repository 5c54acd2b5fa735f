"""What is metered, and how what was used in a period is told from its entries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TTS_CHARACTERS = "tts_characters"
"""The one meter whose events may carry a text in place of a quantity (R81)."""


class MeterKind(StrEnum):
    """How the entries of a meter add up."""

    FLOW = "flow"
    """Quantities are positive and add up over the period."""
    STOCK = "stock"
    """Signed changes make a level that lives on; a period's use is the highest level in it."""


class Held(StrEnum):
    """Who holds the units of a meter that are taken for a time and given back."""

    BY_USER = "by_user"
    """Each user one at a time: a seat (R24)."""
    BY_ANYONE = "by_anyone"


@dataclass(frozen=True, slots=True)
class Meter:
    """One metered thing.

    ``unit`` is the English word for one unit, ``decimals`` the digits after the point that a
    quantity may have, ``by_user`` tells that quantities are also counted for each named user,
    ``held`` that its units are held for a time, and by whom.
    """

    key: str
    kind: MeterKind
    unit: str
    decimals: int = 0
    by_user: bool = False
    held: Held | None = None

    @property
    def amount_field(self) -> str:
        """The field of an event's data that holds its amount."""
        return "delta" if self.kind is MeterKind.STOCK else "quantity"
