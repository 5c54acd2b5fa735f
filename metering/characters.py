"""Billable characters of a text passed to speech synthesis (R81)."""

from __future__ import annotations

import unicodedata

BILLABLE_CATEGORIES = frozenset("LNP")


def billable_characters(text: str) -> int:
    """Counts letters, digits and punctuation marks; spaces, line breaks and symbols are free.

    The text is normalised to NFC first, so that a letter with a combining accent is one letter.
    Unicode categories L*, N* and P* are billable: ``Dzień dobry, tu 24/7!`` has 18.
    """
    normalised = unicodedata.normalize("NFC", text)
    return sum(unicodedata.category(char)[0] in BILLABLE_CATEGORIES for char in normalised)
