"""What the stand-in thinks of a document: the XSD of FA(3), the seller, duplicates, the day."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from lxml import etree

from entrypoints.ksef.stand_in.problems import instant_text
from invoices.fa3.ksef_numbers import ksef_number
from invoices.fa3.schema import parsed, schema_problems
from metering.calendar import WARSAW

MOST_BYTES = 1_000_000
TEXTS = {
    200: "Sukces",
    405: "Przetwarzanie anulowane z powodu błędu sesji",
    410: "Nieprawidłowy zakres uprawnień",
    430: "Błąd weryfikacji pliku faktury",
    435: "Błąd odszyfrowania pliku",
    440: "Duplikat faktury",
    450: "Błąd weryfikacji semantyki dokumentu faktury",
}
IN_PROGRESS = {"code": 150, "description": "Trwa przetwarzanie"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What identifies a document: seller, kind of invoice, number; and its day of issue."""

    seller: str
    kind: str
    number: str
    issued_on: date

    @property
    def identity(self) -> tuple[str, str, str]:
        """What KSeF knows duplicates by."""
        return self.seller, self.kind, self.number


@dataclass
class Document:
    """A document that was sent, and what becomes of it."""

    reference: str
    session: str
    ordinal: int
    sha256: bytes
    received_at: datetime
    offline: bool
    status: dict[str, Any] = field(default_factory=dict)
    facts: Facts | None = None
    ksef_number: str | None = None
    file_name: str | None = None
    asked: int = 0

    def shown(self, delay: int) -> dict[str, Any]:
        """As the API shows it; it is in progress until it was asked about so often."""
        self.asked += 1
        done = self.asked > delay
        number = self.ksef_number if done else None
        at = instant_text(self.received_at)
        shown = {
            "ordinalNumber": self.ordinal,
            "referenceNumber": self.reference,
            "invoiceHash": b64encode(self.sha256).decode(),
            "invoicingDate": at,
            "invoicingMode": "Offline" if self.is_offline else "Online",
            "status": self.status if done else IN_PROGRESS,
            "invoiceNumber": self.facts.number if self.facts else None,
            "invoiceFileName": self.file_name,
            "ksefNumber": number,
            "acquisitionDate": at if number else None,
        }
        return {key: own for key, own in shown.items() if own is not None}

    @property
    def is_offline(self) -> bool:
        """Declared so, or sent later than on the day of issue."""
        late = self.facts is not None and self.facts.issued_on < _day(self.received_at)
        return self.offline or late


class Archive:
    """Every document that was accepted."""

    def __init__(self) -> None:
        self._identities: dict[tuple[str, str, str], Document] = {}
        self._hashes: dict[bytes, Document] = {}
        self._count = 0

    @property
    def documents(self) -> list[Document]:
        """The documents in the order of their numbers."""
        return list(self._identities.values())

    def judge(self, document: Document, content: bytes, context: str) -> None:
        """Gives a document its status, and its number if it is accepted."""
        trouble = wrong_content(content)
        if trouble:
            document.status = status(430, trouble)
            return
        facts = document.facts = read_facts(content)
        twin = self._identities.get(facts.identity) or self._hashes.get(document.sha256)
        if facts.seller != context:
            document.status = status(410, f"NIP {facts.seller} is not {context}")
        elif twin is not None:
            document.status = _duplicate(twin)
        elif facts.issued_on > _day(document.received_at):
            document.status = status(450, "P_1 must not be later than today")
        else:
            self._accept(document, facts)

    def _accept(self, document: Document, facts: Facts) -> None:
        self._count += 1
        day = _day(document.received_at)
        document.ksef_number = ksef_number(facts.seller, day, 0x010000000000 + self._count)
        document.status = status(200)
        self._identities[facts.identity] = self._hashes[document.sha256] = document


def status(code: int, *details: str, text: str = "") -> dict[str, Any]:
    """A status as the API shows it."""
    own: dict[str, Any] = {"code": code, "description": text or TEXTS.get(code, "Nieznany błąd")}
    return {**own, "details": list(details)} if details else own


def _duplicate(twin: Document) -> dict[str, Any]:
    said = f"Duplikat faktury. Faktura o numerze KSeF: {twin.ksef_number} została już przesłana"
    extensions = {
        "originalSessionReferenceNumber": twin.session,
        "originalKsefNumber": twin.ksef_number,
    }
    return {**status(440, said), "extensions": extensions}


def wrong_content(content: bytes) -> str:
    """What is wrong with the XML of a document; empty if nothing."""
    if len(content) > MOST_BYTES:
        return f"the file has more than {MOST_BYTES} bytes"
    if content.startswith(b"\xef\xbb\xbf"):
        return "the file begins with a BOM"
    try:
        root = parsed(content)
    except etree.XMLSyntaxError as error:
        return f"no XML: {error}"
    return "; ".join(f"{own.path}: {own.message}" for own in schema_problems(root))


def read_facts(content: bytes) -> Facts:
    """What identifies a document that the XSD has passed."""
    root = parsed(content)
    paths = ("Podmiot1/DaneIdentyfikacyjne/NIP", "Fa/RodzajFaktury", "Fa/P_2", "Fa/P_1")
    seller, kind, number, day = (
        root.findtext("/".join(f"{{*}}{part}" for part in path.split("/"))) or "" for path in paths
    )
    return Facts(seller, kind, number, date.fromisoformat(day[:10]))


def digest(content: bytes) -> bytes:
    """The SHA-256 of some bytes."""
    return sha256(content).digest()


def _day(at: datetime) -> date:
    return at.astimezone(WARSAW).date()
