"""What the page shows that sets up an authenticator app."""

from __future__ import annotations

from entrypoints.people.totp import in_groups, setup_address, setup_image

ISSUER = "Licznik"
"""What the app calls us."""


def setup_values(secret: str, email: str) -> dict[str, str]:
    """The QR code, and the same for those who type it."""
    address = setup_address(secret, email, ISSUER)
    return {"image": setup_image(address), "secret": in_groups(secret), "address": address}
