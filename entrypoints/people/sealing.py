"""Secrets that the database keeps for us: sealed by a key of the settings, where there is one.

Unlike a password, the secret of a second factor must be read again to check a code. Sealed, it is
worth nothing to who has the database, or a copy of it, and not the settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SEALED = "sealed:"


@dataclass(frozen=True, slots=True)
class Seal:
    """``keys`` are those of Fernet: the first one seals, each of them opens."""

    keys: tuple[str, ...] = field(default=(), repr=False)

    def closed(self, secret: str) -> str:
        """A secret as it is kept; without a key as it is."""
        if not self.keys:
            return secret
        return SEALED + self._fernet().encrypt(secret.encode()).decode()

    def opened(self, kept: str) -> str | None:
        """The secret, kept before there was a key or since; None where no key opens it."""
        if not kept.startswith(SEALED):
            return kept
        try:
            return self._fernet().decrypt(kept.removeprefix(SEALED)).decode() if self.keys else None
        except InvalidToken:
            return None

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])
