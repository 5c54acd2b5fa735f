"""The codes on a printed structured invoice, by which anybody can look it up in KSeF.

Code I leads to the invoice. Code II, on an invoice issued offline, proves who issued it: it is
signed with the key of a certificate that KSeF has given out for that (type Offline).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from metering.problems import Problem

PRODUCTION = "https://qr.ksef.mf.gov.pl"
OFFLINE = "OFFLINE"
CERTIFICATE = "CERTYFIKAT"


@dataclass(frozen=True, slots=True)
class StructuredInvoice:
    """A structured invoice as its printed form shows and contains it.

    ``xml`` are the very bytes that are sent, made at ``made_at``; ``link`` is code I, and
    ``certificate_link`` code II of an invoice issued offline.
    """

    xml: bytes
    made_at: datetime
    link: str
    ksef_number: str | None = None
    certificate_link: str | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal digits."""
        return sha256(self.xml).hexdigest()

    @property
    def label(self) -> str:
        """What stands below code I."""
        return self.ksef_number or OFFLINE


@dataclass(frozen=True, slots=True)
class OfflineCertificate:
    """A certificate to issue offline with: its serial number in KSeF, and its key in PEM."""

    serial: str
    key: str = field(repr=False)
    password: str | None = field(default=None, repr=False)


def invoice_link(tax_id: str, issued_on: date, xml: bytes, host: str = PRODUCTION) -> str:
    """Code I: by the seller's NIP, the day of issue and the hash of the bytes."""
    return f"{host.rstrip('/')}/invoice/{tax_id}/{issued_on:%d-%m-%Y}/{_hash(xml)}"


def certificate_link(
    tax_id: str, xml: bytes, certificate: OfflineCertificate, host: str = PRODUCTION
) -> str | Problem:
    """Code II: the seller issues for itself, so its NIP is the context's as well.

    Signed by RSA-PSS or ECDSA, as the key is; such signatures differ each time.
    """
    from ksef_client.config import KsefClientOptions  # its import costs half a second
    from ksef_client.services.verification_link import VerificationLinkService

    service = VerificationLinkService(KsefClientOptions(base_url=host, base_qr_url=host))
    try:
        return service.build_certificate_verification_url(
            seller_nip=tax_id,
            context_identifier_type="Nip",
            context_identifier_value=tax_id,
            certificate_serial=certificate.serial,
            invoice_hash=_hash(xml),
            private_key_pem=certificate.key,
            private_key_password=certificate.password,
        )
    except (ValueError, TypeError) as error:
        message = f"the certificate cannot sign, check its serial number, key and password: {error}"
        return Problem("unusable_certificate", "certificate", message)


def _hash(xml: bytes) -> str:
    return urlsafe_b64encode(sha256(xml).digest()).decode().rstrip("=")
