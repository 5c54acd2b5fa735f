"""Text that is safe to be shown: every character has a picture, and none turns what follows."""

from __future__ import annotations

import unicodedata
from typing import Any

REPLACEMENT = "�"
UNPRINTABLE = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Kinds of characters that no font has a picture for."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Marks that turn the direction of the text after them."""


def printable(value: Any) -> Any:
    """A value as it may be printed: characters without a picture, or that turn text, are replaced.

    A name may hold control characters, unassigned ones, or marks that reverse what follows them:
    on an invoice they would hide or falsify a figure, and PDF/A does not allow missing glyphs.
    """
    if not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    return type(value)("".join(_printed(character) for character in value))


def _printed(character: str) -> str:
    if character in "\n\t":
        return " "
    if character in TURNING:
        return ""
    return REPLACEMENT if is_unprintable(character) else character


def is_unprintable(character: str) -> bool:
    """Whether no font has a picture for a character."""
    return unicodedata.category(character) in UNPRINTABLE
