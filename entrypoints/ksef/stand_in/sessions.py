"""Sessions of the stand-in: interactive ones take documents one by one, batches a package."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from entrypoints.ksef.stand_in.access import UNKNOWN_KEY
from entrypoints.ksef.stand_in.documents import Archive, Document, digest, status
from entrypoints.ksef.stand_in.faults import DOCUMENT, Faults
from entrypoints.ksef.stand_in.keys import DOCUMENTS, KeyRing, NotDecrypted, decrypt_document
from entrypoints.ksef.stand_in.problems import instant_text, refused
from entrypoints.ksef.stand_in.upo import confirmation

LIVES = timedelta(hours=12)
FORM = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
OPEN, CLOSED, DONE, BAD_KEY, BAD_PACKAGE = 100, 170, 200, 415, 405
WORDS = {
    OPEN: "Sesja otwarta",
    CLOSED: "Sesja zamknięta",
    DONE: "Sesja przetworzona pomyślnie",
    BAD_KEY: "Błąd odszyfrowania dostarczonego klucza",
    BAD_PACKAGE: "Błąd weryfikacji poprawności dostarczonych elementów paczki",
}


@dataclass
class Session:
    """A session of a seller; ``parts`` are those of a package, by their numbers."""

    reference: str
    context: str
    key: bytes | None
    vector: bytes
    offline: bool = False
    package: dict[str, Any] | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    code: int = OPEN
    began: datetime = field(default_factory=lambda: datetime.now(UTC))


class Sessions:
    """Every session, and what was sent in it. A document is in progress when first asked about."""

    def __init__(self, keys: KeyRing, faults: Faults, delay: int = 1) -> None:
        self._keys, self._faults, self.delay = keys, faults, delay
        self._sessions: dict[str, Session] = {}
        self.archive = Archive()
        self.received: list[Document] = []

    # Interactive

    def open(self, context: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Opens an interactive session."""
        own = self._new(context, asked)
        return {
            "referenceNumber": own.reference,
            "validUntil": instant_text(own.began + LIVES),
        }

    def _new(self, context: str, asked: dict[str, Any]) -> Session:
        if asked.get("formCode") != FORM:
            raise refused(21405, "Błąd walidacji danych wejściowych.", "formCode")
        encryption = asked["encryption"]
        key = self._keys.get(DOCUMENTS, encryption.get("publicKeyId"))
        if key is None:
            raise refused(21470, UNKNOWN_KEY)
        try:
            symmetric = key.decrypt(b64decode(encryption["encryptedSymmetricKey"]))
        except NotDecrypted:
            symmetric = None
        vector = b64decode(encryption["initializationVector"])
        own = Session(str(uuid4()), context, symmetric, vector)
        own.code = OPEN if symmetric else BAD_KEY
        self._sessions[own.reference] = own
        return own

    def send(self, context: str, reference: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Takes a document of an interactive session."""
        own = self.get(context, reference)
        if own.code not in (OPEN, BAD_KEY) or own.package is not None:
            raise refused(21180, "Status sesji nie pozwala na wykonanie operacji.")
        encrypted = b64decode(asked["encryptedInvoiceContent"])
        if len(encrypted) != asked["encryptedInvoiceSize"]:
            raise refused(21402, "Nieprawidłowy rozmiar pliku.")
        if b64encode(digest(encrypted)).decode() != asked["encryptedInvoiceHash"]:
            raise refused(21403, "Nieprawidłowy skrót pliku.")
        claimed = b64decode(asked["invoiceHash"]), asked["invoiceSize"]
        document = self._document(own, claimed[0], bool(asked.get("offlineMode")))
        try:
            content = self._decrypted(own, encrypted)
        except NotDecrypted:
            document.status = status(435 if own.key else BAD_PACKAGE)
        else:
            self._judge(own, document, content, claimed)
        return {"referenceNumber": document.reference}

    def close(self, context: str, reference: str) -> None:
        """Closes an interactive session."""
        own = self.get(context, reference)
        if own.code not in (OPEN, BAD_KEY):
            raise refused(21180, "Status sesji nie pozwala na wykonanie operacji.")
        own.code = CLOSED if own.code == OPEN else own.code

    # Packages

    def open_batch(self, context: str, asked: dict[str, Any], address: str) -> dict[str, Any]:
        """Opens a session for a package, and says where its parts are put."""
        own = self._new(context, asked)
        own.package, own.offline = asked["batchFile"], bool(asked.get("offlineMode"))
        uploads = [
            {
                "ordinalNumber": part["ordinalNumber"],
                "method": "PUT",
                "url": f"{address}/stand-in/parts/{own.reference}/{part['ordinalNumber']}",
                "headers": {"x-ms-blob-type": "BlockBlob"},
            }
            for part in asked["batchFile"]["fileParts"]
        ]
        return {"referenceNumber": own.reference, "partUploadRequests": uploads}

    def put_part(self, reference: str, ordinal: int, content: bytes) -> None:
        """Takes a part of a package."""
        self._known(reference).parts[ordinal] = content

    def close_batch(self, context: str, reference: str) -> None:
        """Closes a package, and judges its documents."""
        own = self.get(context, reference)
        if own.package is None or own.code not in (OPEN, BAD_KEY):
            raise refused(21180, "Status sesji nie pozwala na wykonanie operacji.")
        if own.code == OPEN:
            own.code = self._unpacked(own, own.package)

    def _unpacked(self, own: Session, package: dict[str, Any]) -> int:
        try:
            files = self._files(own, package)
        except (NotDecrypted, zipfile.BadZipFile, KeyError, ValueError):
            return BAD_PACKAGE
        for name, content in files.items():
            document = self._document(own, digest(content), own.offline, name)
            self._judge(own, document, content, (digest(content), len(content)))
        return DONE

    def _files(self, own: Session, package: dict[str, Any]) -> dict[str, bytes]:
        """The files of a package whose parts and whole have the hashes that were said."""
        whole = b""
        for part in sorted(package["fileParts"], key=lambda one: one["ordinalNumber"]):
            content = own.parts[part["ordinalNumber"]]
            _check(content, part)
            whole += self._decrypted(own, content)
        _check(whole, package)
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def _decrypted(self, own: Session, content: bytes) -> bytes:
        if own.key is None:
            raise NotDecrypted
        return decrypt_document(content, own.key, own.vector)

    # Documents

    def _document(
        self, own: Session, sha256: bytes, offline: bool, name: str | None = None
    ) -> Document:
        ordinal, now = len(own.documents) + 1, datetime.now(UTC)
        reference = str(uuid4())
        document = Document(reference, own.reference, ordinal, sha256, now, offline)
        document.file_name = name
        own.documents.append(document)
        self.received.append(document)
        return document

    def _judge(
        self, own: Session, document: Document, content: bytes, claimed: tuple[bytes, int]
    ) -> None:
        fault = self._faults.take(DOCUMENT)
        if fault is not None:
            document.status = status(fault.code, text=fault.text)
        elif claimed != (digest(content), len(content)):
            document.status = status(430, "the hash or the size is not that of the document")
        else:
            self.archive.judge(document, content, own.context)

    # Answers

    def get(self, context: str, reference: str) -> Session:
        """A session of a seller."""
        own = self._known(reference)
        if own.context != context:
            raise refused(21173, "Brak sesji o wskazanym numerze referencyjnym.")
        return own

    def _known(self, reference: str) -> Session:
        own = self._sessions.get(reference)
        if own is None:
            raise refused(21173, "Brak sesji o wskazanym numerze referencyjnym.")
        return own

    def status(self, context: str, reference: str) -> dict[str, Any]:
        """How far a session is."""
        own = self.get(context, reference)
        good = sum(one.ksef_number is not None for one in own.documents)
        return {
            "status": {"code": own.code, "description": WORDS[own.code]},
            "dateCreated": instant_text(own.began),
            "dateUpdated": instant_text(datetime.now(UTC)),
            "invoiceCount": len(own.documents),
            "successfulInvoiceCount": good,
            "failedInvoiceCount": len(own.documents) - good,
        }

    def listed(self, context: str, reference: str, start: int, size: int) -> dict[str, Any]:
        """The documents of a session, page by page."""
        documents = self.get(context, reference).documents
        page = documents[start : start + size]
        more = start + size < len(documents)
        shown = {"invoices": [one.shown(self.delay) for one in page]}
        return {**shown, "continuationToken": str(start + size)} if more else shown

    def document(self, context: str, reference: str, document: str) -> dict[str, Any]:
        """A document of a session."""
        for one in self.get(context, reference).documents:
            if one.reference == document:
                return one.shown(self.delay)
        raise refused(21405, "Błąd walidacji danych wejściowych.", document)

    def upo(self, context: str, reference: str, number: str) -> bytes:
        """The confirmation of receipt of a document by its reference, or its KSeF number."""
        for one in self.get(context, reference).documents:
            if number in (one.ksef_number, one.reference) and one.ksef_number:
                return confirmation(one, context)
        raise refused(21178, "Nie znaleziono UPO dla podanych kryteriów.")


def _check(content: bytes, said: dict[str, Any]) -> None:
    """Compares a part or a whole package with what was said of it."""
    if (len(content), b64encode(digest(content)).decode()) != (said["fileSize"], said["fileHash"]):
        raise ValueError("size or hash is not what was said")
