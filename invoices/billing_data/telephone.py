"""Telephone numbers brought to E.164 (R122); what cannot be read as one stays as it came."""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    is_valid_number,
    parse,
)

DIALLED = re.compile(r"[+(0-9][0-9 ()./-]*")
"""What people dial. Letters are no digits here: a sender's name must not become a number."""

NAMED = (
    CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
    CountryCodeSource.FROM_NUMBER_WITH_IDD,
)
"""How a number names its country: +48 or 0048."""

REMEMBERED = 65_536


@lru_cache(REMEMBERED)
def e164(text: str, country: str) -> str | None:
    """A number as +48600100200; one without a country's code is of the country. None if it is none.

    One that names its country need only be possible: which ranges are in use changes faster than
    any table of them. Where we add the country, the number must be one there: an extension of six
    digits is not.
    """
    if not DIALLED.fullmatch(text.strip()):
        return None
    try:
        number = parse(text, country, keep_raw_input=True)
    except NumberParseException:
        return None
    is_number = is_possible_number if number.country_code_source in NAMED else is_valid_number
    return format_number(number, PhoneNumberFormat.E164) if is_number(number) else None
