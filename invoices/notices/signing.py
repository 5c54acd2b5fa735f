"""Signing by the Standard Webhooks scheme: a receiver can tell that a notice is ours and fresh."""

from __future__ import annotations

from base64 import b64encode
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32


def secret_of(random: bytes) -> str:
    """A secret made of random bytes, as receivers' libraries read it."""
    return f"whsec_{b64encode(random).decode()}"


def signed_headers(
    notice: str, body: str, at: datetime, secrets: Iterable[str | None]
) -> dict[str, str]:
    """The headers of an attempt: while a secret is being rotated, both of them sign."""
    utc = at.astimezone(UTC)
    signatures = [Webhook(own).sign(notice, utc, body) for own in secrets if own]
    return {
        "content-type": "application/json",
        "webhook-id": notice,
        "webhook-timestamp": str(timegm(utc.utctimetuple())),
        "webhook-signature": " ".join(signatures),
    }
