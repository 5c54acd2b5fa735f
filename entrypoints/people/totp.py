"""One-time codes of an authenticator app (RFC 6238), and recovery codes; values in, values out."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

import pyotp
import segno

STEP_SECONDS = 30
DRIFT = 1
"""A code of the step before and after is taken too: clocks differ, and people type slowly."""
RECOVERY_CODES = 10
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs that nobody mistakes for one another on paper."""
_HALF = 6


def new_secret() -> str:
    """A secret of 160 random bits, in base 32."""
    return pyotp.random_base32(32)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that a code is of; None if it is of no present one."""
    given = "".join(code.split())
    if not (given.isascii() and given.isdecimal()):
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT, present + DRIFT + 1):
        if compare_digest(totp.generate_otp(step), given):
            return step
    return None


def setup_address(secret: str, email: str, issuer: str) -> str:
    """The ``otpauth://`` address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def setup_image(address: str) -> str:
    """The QR code as an image that a page may carry within itself."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def in_groups(secret: str) -> str:
    """A secret as a person types it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Codes for the day on which the phone is lost; each works once."""
    halves = ("".join(secrets.choice(_SIGNS) for _ in range(_HALF)) for _ in iter(int, 1))
    return [f"{next(halves)}-{next(halves)}" for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code: 59 random bits, and few tries, need no slow hash."""
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return sha256(plain.encode()).digest()
