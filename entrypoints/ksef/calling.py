"""Calls of KSeF by one seller, through `ksef-client`: counted, signed in, errors translated."""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from ksef_client import KsefClient, KsefClientOptions, KsefHttpError
from ksef_client.models import (
    EncryptionInfo,
    FormCode,
    InvoicingMode,
    OpenBatchSessionRequest,
    OpenOnlineSessionRequest,
    PartUploadRequest,
    SessionInvoiceStatusResponse,
)
from ksef_client.services.batch import encrypt_batch_parts
from ksef_client.services.crypto import (
    EncryptionData,
    build_encryption_data,
    build_send_invoice_request,
)
from ksef_client.utils.datetime_parsing import try_parse_api_datetime
from ksef_client.utils.zip_utils import build_zip

from entrypoints.ksef.faults import KeyUnknown, SignedOut, one_line, translated
from entrypoints.ksef.keys import DOCUMENTS, PublicKeys
from entrypoints.ksef.signing_in import Entrance
from entrypoints.ksef_settings import KsefSettings, is_this_machine
from invoices.ksef.answers import Answer
from invoices.ksef.gateway import NoEntry, NoSuchSession, Unclear

FA_3 = FormCode(system_code="FA (3)", schema_version="1-0E", value="FA")
PAGE = 1000
"""Documents of a session that are listed at a time."""
Found = TypeVar("Found")
Spend = Callable[[str, int], None]
"""Counts a call of a kind, of which so many are allowed within an hour."""

# Addresses of files carry their own permission, and the library's client logs each address.
logging.getLogger("httpx").setLevel(logging.WARNING)


class KsefGateway:
    """KSeF, seen by one seller. What it raises is said in `invoices.ksef.gateway`."""

    def __init__(
        self, settings: KsefSettings, seller: str, spend: Spend, clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._spend, self.clock = settings, spend, clock
        self._url = settings.required()
        credentials = settings.of(seller)
        options = KsefClientOptions(base_url=self._url, timeout_seconds=settings.timeout)
        self._client = KsefClient(options)
        self._keys = PublicKeys(self._client.security, clock)
        self._entrance = Entrance(self._client, self._keys, seller, credentials, clock)
        self._encryption: dict[str, EncryptionData] = {}

    def __enter__(self) -> KsefGateway:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.close()

    # Sessions

    def open_session(self) -> str:
        """Opens an interactive session."""
        return self._with_fresh_keys(self._open_session)

    def _open_session(self) -> str:
        own, info = self._new_encryption()
        request = OpenOnlineSessionRequest(form_code=FA_3, encryption=info)
        sessions = self._client.sessions
        answer = self._call(
            "sessions", lambda token: sessions.open_online_session(request, access_token=token)
        )
        self._encryption[answer.reference_number] = own
        return str(answer.reference_number)

    def _new_encryption(self) -> tuple[EncryptionData, EncryptionInfo]:
        """A new key for documents, and the same encrypted for KSeF."""
        certificate = self._call("", lambda _: self._keys.get(DOCUMENTS), signed_in=False)
        try:
            own = build_encryption_data(
                certificate.certificate, public_key_id=certificate.public_key_id
            )
        except ValueError as error:
            raise Unclear(f"KSeF's public key cannot be used: {one_line(str(error))}") from error
        if own.encryption_info is None:
            raise Unclear("no key could be made")
        return own, own.encryption_info

    def send(self, session: str, content: bytes, *, offline: bool) -> str:
        """Sends a document in a session; returns its reference."""
        own = self._encryption.get(session)
        if own is None:
            raise NoSuchSession(0, "the session was opened by another process")
        request = build_send_invoice_request(content, own.key, own.iv, offline_mode=offline)
        sessions = self._client.sessions
        answer = self._call(
            "sends",
            lambda token: sessions.send_online_invoice(session, request, access_token=token),
        )
        return str(answer.reference_number)

    def close_session(self, session: str) -> None:
        """Closes an interactive session."""
        self._encryption.pop(session, None)
        sessions = self._client.sessions
        self._call(
            "sessions", lambda token: sessions.close_online_session(session, access_token=token)
        )

    def send_batch(self, files: Mapping[str, bytes], *, offline: bool) -> str:
        """Sends documents as one package, by their names; returns the session."""
        return self._with_fresh_keys(lambda: self._send_batch(files, offline=offline))

    def _send_batch(self, files: Mapping[str, bytes], *, offline: bool) -> str:
        own, info = self._new_encryption()
        parts, described = encrypt_batch_parts(build_zip(dict(files)), own.key, own.iv)
        request = OpenBatchSessionRequest(
            batch_file=described, encryption=info, form_code=FA_3, offline_mode=offline
        )
        sessions = self._client.sessions
        opened = self._call(
            "batches", lambda token: sessions.open_batch_session(request, access_token=token)
        )
        session = str(opened.reference_number)
        for part in opened.part_upload_requests:
            self._upload(part, parts[part.ordinal_number - 1])
        self._call(
            "batches", lambda token: sessions.close_batch_session(session, access_token=token)
        )
        return session

    def _upload(self, asked: PartUploadRequest, content: bytes) -> None:
        """Puts a part where KSeF wants it; the address is the permission, no token goes with it.

        The library's own upload refuses every address of this machine, the stand-in's too.
        """
        if urlsplit(asked.url).scheme != "https" and not is_this_machine(self._url):
            raise NoEntry("KSeF wants a part of the package at an address without TLS")
        headers = {name: own for name, own in (asked.headers or {}).items() if own is not None}
        try:
            answer = httpx.request(
                asked.method,
                asked.url,
                content=content,
                headers=headers,
                timeout=self._settings.timeout,
            )
        except httpx.HTTPError as error:
            said = one_line(str(error))
            raise Unclear(f"a part of the package did not arrive: {said}") from error
        if not answer.is_success:
            raise Unclear(f"a part of the package was not taken: {answer.status_code}")

    # Answers

    def ask(self, session: str, reference: str) -> Answer:
        """What became of a document."""
        sessions = self._client.sessions
        found = self._call(
            "status",
            lambda token: sessions.get_session_invoice_status(
                session, reference, access_token=token
            ),
        )
        return _answer(session, found)

    def ask_all(self, session: str) -> list[Answer]:
        """What became of every document of a session."""
        sessions, found, after = self._client.sessions, [], None
        while True:
            page = self._call(
                "lists",
                lambda token, after=after: sessions.get_session_invoices(  # type: ignore[misc]
                    session, page_size=PAGE, continuation_token=after, access_token=token
                ),
            )
            found += [_answer(session, own) for own in page.invoices]
            after = page.continuation_token
            if not after:
                return found

    def ask_session(self, session: str) -> Answer:
        """How far a session is."""
        sessions = self._client.sessions
        found = self._call(
            "status", lambda token: sessions.get_session_status(session, access_token=token)
        )
        status = found.status
        return Answer(status.code, _text(status.description, status.details), session)

    def upo(self, session: str, ksef_number: str) -> bytes:
        """The official confirmation of receipt."""
        sessions = self._client.sessions
        return self._call(
            "status",
            lambda token: sessions.get_session_invoice_upo_by_ksef(
                session, ksef_number, access_token=token
            ),
        )

    def renew_keys(self) -> None:
        """Forgets KSeF's public keys, so that they are fetched anew."""
        self._keys.forget()

    # Calls

    def _with_fresh_keys(self, work: Callable[[], Found]) -> Found:
        """Does it, and once more with fresh keys where KSeF does not know ours any more."""
        try:
            return work()
        except KeyUnknown:
            self._keys.forget()
        try:
            return work()
        except KeyUnknown as error:
            raise Unclear(f"KSeF refuses the public key that it names: {error}") from error

    def _call(self, kind: str, call: Callable[[str], Found], *, signed_in: bool = True) -> Found:
        """One call; where the access token is refused we sign in afresh and call once more."""
        try:
            return self._called(kind, call, signed_in=signed_in)
        except SignedOut:
            self._entrance.sign_out()
        try:
            return self._called(kind, call, signed_in=signed_in)
        except SignedOut as error:
            raise NoEntry(f"KSeF does not accept the token that it gave: {error}") from error

    def _called(self, kind: str, call: Callable[[str], Found], *, signed_in: bool) -> Found:
        token = self._entrance.access_token() if signed_in else ""
        if kind:
            self._spend(kind, getattr(self._settings, kind))
        try:
            return call(token)
        except KsefHttpError as error:
            raise translated(error) from error
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            said = one_line(f"{type(error).__name__}: {error}")
            raise Unclear(f"KSeF's answer cannot be understood: {said}") from error


def _answer(session: str, found: SessionInvoiceStatusResponse) -> Answer:
    status, more = found.status, found.status.extensions or {}
    accepted = found.acquisition_date or found.permanent_storage_date
    return Answer(
        code=status.code,
        text=_text(status.description, status.details),
        session=session,
        reference=str(found.reference_number),
        number=found.invoice_number,
        sha256=b64decode(found.invoice_hash or "").hex(),
        ksef_number=found.ksef_number,
        accepted_at=try_parse_api_datetime(accepted),
        offline=found.invoicing_mode == InvoicingMode.OFFLINE,
        first_number=more.get("originalKsefNumber"),
        first_session=more.get("originalSessionReferenceNumber"),
    )


def _text(description: str, details: list[str] | None) -> str:
    return one_line("; ".join([description, *(details or ())]))
