"""The number that KSeF gives an invoice, and its check digits."""

from __future__ import annotations

import re
from datetime import date

SHAPE = re.compile(
    r"[1-9](?:\d[1-9]|[1-9]\d)\d{7}"  # the seller's NIP
    r"-20[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"  # the day on which KSeF took it
    r"-[0-9A-F]{12}-[0-9A-F]{2}",
    re.ASCII,
)
CHECKED = 32
"""So many characters are checked by the two that follow the last dash."""
POLYNOMIAL = 0x07


def valid_ksef_number(number: str) -> bool:
    """Whether a text is a KSeF number: 35 characters, the last two the CRC-8 of the first 32."""
    if not SHAPE.fullmatch(number):
        return False
    return number[-2:] == f"{crc8(number[:CHECKED].encode()):02X}"


def ksef_number(tax_id: str, accepted_on: date, technical: int) -> str:
    """The KSeF number of these parts; ``technical`` fits into 48 bits."""
    start = f"{tax_id}-{accepted_on:%Y%m%d}-{technical:012X}"
    return f"{start}-{crc8(start.encode()):02X}"


def crc8(content: bytes) -> int:
    """The check sum of some bytes, with the polynomial 0x07."""
    check = 0
    for byte in content:
        check ^= byte
        for _ in range(8):
            check = (check << 1) ^ (POLYNOMIAL if check & 0x80 else 0)
        check &= 0xFF
    return check
