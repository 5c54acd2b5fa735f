"""The public keys of KSeF, fetched anew when they run out or are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ksef_client.clients.security import SecurityClient
from ksef_client.models import PublicKeyCertificate, PublicKeyCertificateUsage
from ksef_client.utils.datetime_parsing import try_parse_api_datetime

from invoices.ksef.gateway import Unclear

TOKENS = PublicKeyCertificateUsage.KSEFTOKENENCRYPTION
DOCUMENTS = PublicKeyCertificateUsage.SYMMETRICKEYENCRYPTION


class PublicKeys:
    """The certificates of KSeF's public keys, by what they are for."""

    def __init__(self, security: SecurityClient, clock: Callable[[], datetime]) -> None:
        self._security, self._clock = security, clock
        self._known: list[PublicKeyCertificate] = []

    def get(self, usage: PublicKeyCertificateUsage) -> PublicKeyCertificate:
        """The newest certificate that is valid now."""
        found = self._valid(usage)
        if not found:
            self._known = self._security.get_public_key_certificates()
            found = self._valid(usage)
        if not found:
            raise Unclear(f"KSeF names no valid public key for {usage.value}")
        return max(found, key=lambda own: _instant(own.valid_from))

    def forget(self) -> None:
        """Fetches them anew at the next use."""
        self._known = []

    def _valid(self, usage: PublicKeyCertificateUsage) -> list[PublicKeyCertificate]:
        now = self._clock().astimezone(UTC)
        return [own for own in self._known if usage in own.usage and _is_valid(own, now)]


def _is_valid(own: PublicKeyCertificate, now: datetime) -> bool:
    return bool(own.certificate) and _instant(own.valid_from) <= now < _instant(own.valid_to)


def _instant(text: str | None) -> datetime:
    """A time as KSeF writes it; one that cannot be read is long ago."""
    return try_parse_api_datetime(text) or datetime.min.replace(tzinfo=UTC)
