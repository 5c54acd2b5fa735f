"""KSeF numbers: ``5265877635-20250826-0100001AF629-AF``, 35 signs with a check sum.

Ten digits of the seller's NIP, the day of acceptance, twelve hexadecimal digits, and a CRC-8
(polynomial 0x07) over the first 32 signs.
"""

from __future__ import annotations

import re
from datetime import date

SHAPE = re.compile(r"[1-9]\d{9}-\d{8}-[0-9A-F]{12}-[0-9A-F]{2}")
CHECKED = 32
POLYNOMIAL = 0x07
BYTE, TOP_BIT = 0xFF, 0x80


def crc8(content: bytes) -> int:
    """The check sum of some bytes."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ POLYNOMIAL if crc & TOP_BIT else crc << 1) & BYTE
    return crc


def is_ksef_number(text: str) -> bool:
    """Whether a text is a KSeF number whose check sum is right."""
    if not SHAPE.fullmatch(text):
        return False
    return text[-2:] == f"{crc8(text[:CHECKED].encode('ascii')):02X}"


def ksef_number(tax_id: str, accepted_on: date, technical: int) -> str:
    """The KSeF number of these parts; ``technical`` fits into 48 bits."""
    start = f"{tax_id}-{accepted_on:%Y%m%d}-{technical:012X}"
    return f"{start}-{crc8(start.encode('ascii')):02X}"
