"""A real mail server on this machine for the tests, and issued invoices to send through it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from invoices import queries
from invoices.files import keep, without_pdf
from invoices.invoice import NOTE, TAXED
from tests import waiting
from tests.builders import ACCOUNT, Plain, order
from tests.running import RECEIVED, Outcome, decision_store, licznik, place

USER, PASSWORD = "licznik@focus.pl", "p@ss/w:rd%1"
LOGIN = "licznik%40focus.pl:p%40ss%2Fw%3Ard%251@"
"""User and password as they stand in an address."""
PDF = b"%PDF-1.7 a document\n.\n"
MAIL = "office@example.com"

Hook = Callable[[SMTP, Envelope], str | None]


@dataclass
class Mailbox:
    """What a mail server has taken, and how it behaves.

    ``refused`` recipients are not taken; ``on_data`` runs when a message has come in and may give
    another answer than yes; ``on_recipient`` when a recipient is named.
    """

    port: int
    taken: list[Envelope] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    connections: int = 0
    on_data: Hook | None = None
    on_recipient: Hook | None = None
    server: SMTP | None = None

    async def handle_EHLO(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        self.server = server
        self.connections += session.ssl is None or server.tls_context is None
        session.host_name = hostname
        return replies

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: SMTP, _: Session, envelope: Envelope, address: str, __: Sequence[str]
    ) -> str:
        if self.on_recipient is not None and (answer := self.on_recipient(server, envelope)):
            return answer
        if address in self.refused:
            return f"550 5.1.1 <{address}> no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.on_data(server, envelope) if self.on_data is not None else None
        if answer is None:
            self.taken.append(envelope)
        return answer or "250 taken"

    def hang_up(self) -> None:
        """The server closes the connection that it has."""
        assert self.server is not None
        self.server.loop.call_soon_threadsafe(abort, self.server)
        while self.server.transport is not None and not self.server.transport.is_closing():
            time.sleep(0.01)

    @property
    def emails(self) -> list[EmailMessage]:
        """The messages, read."""
        return [read_email(own) for own in self.taken]

    @property
    def subjects(self) -> list[str]:
        return sorted(str(own["Subject"]) for own in self.emails)

    def settings(self, scheme: str = "smtp+plain", login: str = "", **more: str) -> dict[str, str]:
        """The settings of a command that sends through this server."""
        return {"LICZNIK_SMTP_URL": f"{scheme}://{login}localhost:{self.port}", **more}


def read_email(envelope: Envelope) -> EmailMessage:
    """A message as the recipient's program reads it."""
    assert isinstance(envelope.content, bytes)
    email = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(email, EmailMessage)
    return email


def text_of(email: EmailMessage) -> str:
    """The text of a message."""
    body = email.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def files_of(email: EmailMessage) -> list[tuple[str | None, bytes]]:
    """The attachments of a message."""
    return [(own.get_filename(), own.get_content()) for own in email.iter_attachments()]


def abort(server: SMTP, _: Envelope | None = None) -> None:
    """The server dies: no answer, the connection gone."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def _free_port() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        port: int = own.getsockname()[1]
        return port


def _let_in(_: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == known, handled=False)


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    *,
    login: bool = False,
    port: int | None = None,
) -> Iterator[Mailbox]:
    """A mail server; with TLS from the start, with STARTTLS, or with neither."""
    box = Mailbox(port or _free_port())
    controller = Controller(
        box,
        hostname="localhost",
        port=box.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_required=login,
        auth_require_tls=starttls is not None,  # implicit TLS is not known to it
        authenticator=_let_in,
    )
    controller.start()
    box.connections = 0
    try:
        yield box
    finally:
        controller.stop()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the tests; ``file`` is its certificate."""

    ca: trustme.CA
    file: Path

    def context(self, host: str = "localhost") -> ssl.SSLContext:
        """What a server of a name shows."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(host).configure_cert(context)
        return context


def authority(folder: Path) -> Authority:
    """A new certificate authority."""
    ca, file = trustme.CA(), folder / "ca.pem"
    ca.cert_pem.write_to_path(file)
    return Authority(ca, file)


def issue(url: str, *accounts: Plain, period: str = "2025-10") -> None:
    """Issues an invoice of a period to each account, and stores a PDF of each."""
    own = accounts or ({**ACCOUNT, "email": MAIL},)
    orders = [order(id=f"{account['id']}-main", account=account["id"]) for account in own]
    place(url, *orders, accounts=own)
    assert licznik(url, "invoices", "run", "--period", period).status == 0
    store_documents(url)


def customers(count: int) -> list[Plain]:
    """So many accounts, each with an address."""
    return [
        {**ACCOUNT, "id": f"c{n:02}", "name": f"Customer {n}", "email": f"c{n:02}@example.com"}
        for n in range(count)
    ]


def store_documents(url: str) -> None:
    """Keeps a few bytes as the PDF of every document, in the language of its account."""
    with decision_store(url) as decisions:
        wanted = {"period": None, "order": None, "kinds": [*TAXED, NOTE]}
        ids = [row["id"] for row in decisions.rows(queries.ISSUED, **wanted)]
        missing = without_pdf(decisions, ids, None)
        if missing:
            made = [(own, own.document["language"], PDF) for own in missing]
            keep(decisions, made, RECEIVED)


def deliver(url: str, box: Mailbox, *options: str) -> Outcome:
    """What a delivery ended with."""
    return licznik(url, "invoices", "deliver", "--json", *options, **box.settings())


def log(url: str) -> list[tuple[str, str, int]]:
    """Purpose, status and attempts of every message."""
    listed = licznik(url, "invoices", "deliveries", "--json").data["messages"]
    return [(own["purpose"], own["status"], int(own["attempts"])) for own in listed]


eventually = partial(waiting.eventually, seconds=30)
