"""What a printed invoice shows of its structured form, and which invoices cannot be printed yet.

An invoice that goes to KSeF is printed when it has its number there, or when it was issued offline:
its codes and its label are part of it, and a kept file is never made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from billing.decisions import Decisions
from invoices.fa3.codes import (
    PRODUCTION,
    OfflineCertificate,
    StructuredInvoice,
    certificate_link,
    invoice_link,
)
from invoices.invoice import Invoice
from invoices.ksef.submission import ACCEPTED, Submission
from invoices.structured import stored_xml, submission
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Codes:
    """Where printed codes lead to, and the certificates that sign those of offline invoices.

    Certificates are by the seller's NIP; that of no NIP serves every seller without its own.
    """

    host: str = PRODUCTION
    certificates: Mapping[str, OfflineCertificate] = field(default_factory=dict)

    def certificate(self, seller: str) -> OfflineCertificate | None:
        """The certificate of a seller."""
        return self.certificates.get(seller) or self.certificates.get("")


@dataclass
class Forms:
    """Structured forms by the ids of their invoices, and why others cannot be printed yet."""

    ready: dict[str, StructuredInvoice] = field(default_factory=dict)
    waiting: dict[str, Problem] = field(default_factory=dict)


def printed_forms(decisions: Decisions, invoices: Iterable[Invoice], codes: Codes) -> Forms:
    """What some invoices show of their structured forms; those that need not have none."""
    forms = Forms()
    for own in invoices:
        sent = submission(decisions, own.id)
        content = stored_xml(decisions, own.id) if sent is not None else None
        if sent is None or content is None or own.issued is None:
            continue
        made = _form(own, sent, content, codes)
        if isinstance(made, Problem):
            forms.waiting[own.id] = made
        else:
            forms.ready[own.id] = made
    return forms


def _form(
    invoice: Invoice, sent: Submission, content: bytes, codes: Codes
) -> StructuredInvoice | Problem:
    made_at = invoice.rendered[0].recorded_at
    link = invoice_link(sent.seller, sent.issued_on, content, codes.host)
    if sent.status == ACCEPTED:
        return StructuredInvoice(content, made_at, link, sent.ksef_number)
    if not sent.offline:
        message = f"{sent.number} waits for its KSeF number: `licznik ksef send` gets it"
        return Problem("waits_for_ksef", "number", message)
    certificate = codes.certificate(sent.seller)
    if certificate is None:
        message = f"{sent.number} is issued offline: set the certificate that signs its code"
        return Problem("missing_setting", "LICZNIK_KSEF_OFFLINE_KEY", message)
    proof = certificate_link(sent.seller, content, certificate, codes.host)
    if isinstance(proof, Problem):
        return proof
    return StructuredInvoice(content, made_at, link, certificate_link=proof)
