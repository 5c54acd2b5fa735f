"""Makes an e-mail of a letter: addresses, headers, attachments.

Every header is made from text on one line, and the library refuses a line break in a header. The
body is ASCII on its way, so that no mail server has to change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from email_validator import EmailNotValidError, validate_email

from invoices.mailing.attachments import Attachment
from invoices.mailing.letters import Letter, one_line
from metering.problems import Problem, ProblemsFound

POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an e-mail comes from; answers go to ``reply_to``."""

    name: str
    address: str
    reply_to: str

    @property
    def domain(self) -> str:
        return ascii_address(self.address).rpartition("@")[2]


def ascii_address(address: str) -> str:
    """An address as every mail server takes it: a@żółw.pl is a@xn--w-uga1v8h.pl.

    Raises ProblemsFound where there is no such way to write it.
    """
    try:
        valid = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        message = f"no e-mail can be sent to or from {one_line(address)!r}: {error}"
        raise ProblemsFound([Problem("unusable_address", "", message)]) from error
    return valid.ascii_email or valid.normalized


@dataclass(frozen=True, slots=True)
class Envelope:
    """An e-mail as it is handed to a mail server, all addresses and bytes in ASCII."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)


def compose(
    letter: Letter,
    sender: Sender,
    recipients: Sequence[str],
    message_id: str,
    sent_at: datetime,
    attachments: Sequence[Attachment],
) -> Envelope:
    """The e-mail, ready to be sent."""
    source = ascii_address(sender.address)
    to = tuple(map(ascii_address, recipients))
    email = EmailMessage(POLICY)
    email["From"] = Address(one_line(sender.name), addr_spec=source)
    email["To"] = [Address(addr_spec=own) for own in to]
    if sender.reply_to != sender.address:
        email["Reply-To"] = Address(addr_spec=ascii_address(sender.reply_to))
    email["Subject"] = one_line(letter.subject, longest=200)
    email["Date"] = sent_at
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answer comes back
    email.set_content(letter.text, cte="quoted-printable")
    for own in attachments:
        maintype, _, subtype = own.media_type.partition("/")
        email.add_attachment(own.content, maintype, subtype, filename=own.name)
    return Envelope(source, to, email.as_bytes())
