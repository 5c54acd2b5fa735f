"""Hands e-mails to a mail server: one connection for many, always verified, never half a message.

What fails is told apart: NotSent where the server certainly has not taken the message, Unanswered
where the connection broke off after the message had gone out and before the answer came.
"""

from __future__ import annotations

import ssl
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPResponseException,
)
from types import TracebackType

from entrypoints.mail_settings import PLAIN, TLS, MailServer
from invoices.mailing.emails import Envelope
from invoices.mailing.letters import one_line
from invoices.messages import NotSent, Unanswered
from metering.problems import Problem, ProblemsFound

SECONDS = 30
"""How long the server may take for one answer."""
LONGEST_REPLY = 300
TAKEN = 250
ACCEPTED = (250, 251)
FAILURES = (OSError, SMTPException, ValueError)
"""What goes wrong before a message is handed over; ValueError is that of names and addresses."""
REFUSALS = (4, 5)
"""The first digit of an answer that says no."""


class MailTransport:
    """A connection to the mail server, made when the first e-mail goes, and again when it broke.

    A server that cannot be reached is not asked again for each of a thousand e-mails: it is given
    up for as long as this object lives.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._tls = _tls(server)
        self._smtp: SMTP | None = None
        self._given_up: str | None = None

    def __enter__(self) -> MailTransport:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._leave()

    def send(self, envelope: Envelope) -> None:
        """Sends to all recipients or to none; raises NotSent or Unanswered."""
        smtp = self._connected()
        self._address(smtp, envelope)
        self._hand_over(smtp, envelope.content)

    def _connected(self) -> SMTP:
        """The connection, if the server still answers on it; else a new one."""
        if self._smtp is not None and _answers(self._smtp):
            return self._smtp
        self._leave()
        if self._given_up is None:
            try:
                self._smtp = self._connect()
                return self._smtp
            except FAILURES as error:
                self._given_up = f"mail server {self._server}: {self._sentence(error)}"
        raise NotSent(self._given_up)

    def _connect(self) -> SMTP:
        own = self._server
        if own.protection == TLS:
            smtp: SMTP = SMTP_SSL(own.host, own.port, timeout=SECONDS, context=self._tls)
        else:
            smtp = SMTP(own.host, own.port, timeout=SECONDS)
        try:
            if own.protection not in (TLS, PLAIN):
                smtp.starttls(context=self._tls)
            if own.user is not None and own.password is not None:
                smtp.login(own.user, own.password)
            smtp.ehlo_or_helo_if_needed()
        except FAILURES:
            smtp.close()
            raise
        return smtp

    def _address(self, smtp: SMTP, envelope: Envelope) -> None:
        """Names sender and recipients; if one of them is refused, nobody gets the message."""
        try:
            code, reply = smtp.mail(envelope.sender)
            if code != TAKEN:
                raise NotSent(f"sender {envelope.sender} was refused: {self._reply(code, reply)}")
            for own in envelope.recipients:
                code, reply = smtp.rcpt(own)
                if code not in ACCEPTED:
                    raise NotSent(f"recipient {own} was refused: {self._reply(code, reply)}")
        except FAILURES as error:
            raise NotSent(f"mail server {self._server}: {self._sentence(error)}") from error

    def _hand_over(self, smtp: SMTP, content: bytes) -> None:
        try:
            code, reply = smtp.data(content)
        except SMTPDataError as error:  # the server did not want to hear the message
            refused = self._reply(error.smtp_code, error.smtp_error)
            raise NotSent(f"the message was refused: {refused}") from error
        except (OSError, SMTPException) as error:
            message = f"the connection broke off before the answer: {self._sentence(error)}"
            raise Unanswered(message) from error
        if code // 100 in REFUSALS:
            raise NotSent(f"the message was refused: {self._reply(code, reply)}")
        if code != TAKEN:
            raise Unanswered(f"the answer says neither yes nor no: {self._reply(code, reply)}")

    def _sentence(self, error: Exception) -> str:
        """What went wrong, without a secret in it."""
        if isinstance(error, SMTPAuthenticationError):
            refused = self._reply(error.smtp_code, error.smtp_error)
            return f"user {self._server.user} was not let in: {refused}"
        if isinstance(error, SMTPNotSupportedError):
            return f"the server cannot do what the settings ask for: {error}"
        if isinstance(error, SMTPResponseException):
            return self._reply(error.smtp_code, error.smtp_error)
        return self._clean(str(error) or type(error).__name__)

    def _reply(self, code: int, reply: bytes | str) -> str:
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        return self._clean(f"{code} {text}")

    def _clean(self, text: str) -> str:
        secret = self._server.password
        return one_line(text.replace(secret, "…") if secret else text, LONGEST_REPLY)

    def _leave(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, SMTPException):
            smtp.close()


def _answers(smtp: SMTP) -> bool:
    """Whether the server is ready for a message: many close after some of them, or some time.

    What is left of a message that was refused is forgotten.
    """
    try:
        return smtp.rset()[0] == TAKEN
    except (OSError, SMTPException):
        return False


def _tls(server: MailServer) -> ssl.SSLContext:
    """Verifies the server's certificate and name, by the system's authorities and a further one."""
    context = ssl.create_default_context()
    if server.ca is not None:
        try:
            context.load_verify_locations(server.ca)
        except ssl.SSLError as error:
            message = f"{server.ca} holds no certificates in PEM"
            raise ProblemsFound([Problem("invalid_setting", "LICZNIK_SMTP_CA", message)]) from error
    return context
