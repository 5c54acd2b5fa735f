"""The ways a message can go: by e-mail, or as files into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from billing.orders.terms import Account
from invoices.invoice import INVOICE
from invoices.mailing.attachments import Attachment
from invoices.mailing.emails import Envelope, Sender, compose
from invoices.mailing.letters import write_letter
from invoices.mailing.wording import REMINDER
from invoices.messages import INVOICE as INVOICE_PURPOSE
from invoices.messages import MessageStarted, folder_purpose, reminder_purpose

Transmit = Callable[[Envelope], None]
"""Hands an e-mail to the mail server; raises NotSent or Unanswered."""

Write = Callable[[Sequence[Attachment]], None]
"""Puts files into a folder; raises NotSent."""


class Carrier(Protocol):
    """Knows to whom a message goes, and packs it so that sending is all that is left to do."""

    @property
    def purpose(self) -> str: ...

    def recipients(self, account: Account) -> tuple[str, ...]:
        """Where the message goes; nowhere if the account has no address."""

    def domain(self, document: Mapping[str, Any]) -> str:
        """The second half of the Message-ID."""

    def pack(
        self,
        started: MessageStarted,
        document: Mapping[str, Any],
        due: Decimal,
        attachments: Sequence[Attachment],
    ) -> Callable[[], None]:
        """What sends the message, which says how much is still ``due``.

        Everything that can go wrong before has gone wrong by then.
        """


@dataclass(frozen=True, slots=True)
class ByMail:
    """By e-mail: an invoice, correction or note itself, or the reminder of a ``step``."""

    transmit: Transmit
    mail_from: str | None
    step: int | None = None

    @property
    def purpose(self) -> str:
        return INVOICE_PURPOSE if self.step is None else reminder_purpose(self.step)

    def recipients(self, account: Account) -> tuple[str, ...]:
        """The account's addresses."""
        return account.email

    def domain(self, document: Mapping[str, Any]) -> str:
        """That of the sender."""
        return self._sender(document).domain

    def pack(
        self,
        started: MessageStarted,
        document: Mapping[str, Any],
        due: Decimal,
        attachments: Sequence[Attachment],
    ) -> Callable[[], None]:
        """Writes the e-mail."""
        kind = document.get("type", INVOICE) if self.step is None else REMINDER
        letter = write_letter(kind, document, due, document["language"])
        sender, at = self._sender(document), started.recorded_at
        envelope = compose(letter, sender, started.recipients, started.message_id, at, attachments)
        return lambda: self.transmit(envelope)

    def _sender(self, document: Mapping[str, Any]) -> Sender:
        seller = document["seller"]
        return Sender(seller["name"], self.mail_from or seller["email"], seller["email"])


@dataclass(frozen=True, slots=True)
class IntoFolder:
    """As files into a folder, given by its absolute path."""

    folder: str
    write: Write

    @property
    def purpose(self) -> str:
        return folder_purpose(self.folder)

    def recipients(self, _account: Account) -> tuple[str, ...]:
        """The folder, whatever the account."""
        return (self.folder,)

    def domain(self, _document: Mapping[str, Any]) -> str:
        """The machine."""
        return "localhost"

    def pack(
        self,
        _started: MessageStarted,
        _document: Mapping[str, Any],
        _due: Decimal,
        attachments: Sequence[Attachment],
    ) -> Callable[[], None]:
        """The documents are files already."""
        return lambda: self.write(attachments)
