"""Free text as FA(3) takes it: one line, of characters that XML knows, not longer than allowed."""

from __future__ import annotations

import unicodedata

NAME = 512
"""The longest name of a party or of a row, and the longest line of an address."""
SHORT = 256
"""The longest of most other texts."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Marks that turn the direction of the text after them: they could make a figure read otherwise."""
NO_CHARACTERS = frozenset({"Cc", "Cn", "Cs"})
"""Kinds of code points that stand for nothing; XML forbids most of them."""


def fitted(text: str, longest: int = SHORT) -> str:
    """A text in one line, cut at a word where it is too long, with a sign that it was."""
    clean = " ".join("".join(map(_clean, text)).split())
    if len(clean) <= longest:
        return clean
    cut = clean[: longest - 1]
    whole_words = cut.rpartition(" ")[0] if clean[longest - 1] != " " else cut
    kept = whole_words if len(whole_words) > longest // 2 else _without_half_a_sign(clean, cut)
    return f"{kept.rstrip()}{ELLIPSIS}"


def _clean(character: str) -> str:
    if character in TURNING:
        return ""
    return " " if unicodedata.category(character) in NO_CHARACTERS else character


def _without_half_a_sign(text: str, cut: str) -> str:
    """A letter whose accents are characters of their own is kept whole or not at all."""
    length = len(cut)
    while length > 1 and unicodedata.combining(text[length]):
        length -= 1
    return cut[:length]
