"""Telephone numbers brought to E.164 (R122); what cannot be read as one stays as it came."""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

DIALLED = re.compile(r"[+(0-9][0-9 ()./-]*")
"""What people dial. Letters are no digits here: a sender's name must not become a number."""

REMEMBERED = 65_536


@lru_cache(REMEMBERED)
def e164(text: str, country: str) -> str | None:
    """A number as +48600100200; one without a country's code is of the country. None if it is none.

    Possible is enough: which ranges are in use changes faster than any table of them.
    """
    if not DIALLED.fullmatch(text.strip()):
        return None
    try:
        number = parse(text, country)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else None
