"""Where e-mails are handed over: LICZNIK_SMTP_URL and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from metering.problems import Problem, ProblemsFound

TLS, STARTTLS, PLAIN = "tls", "starttls", "plain"
SCHEMES = {"smtps": (TLS, 465), "smtp": (STARTTLS, 587), "smtp+plain": (PLAIN, 25)}
"""How a connection is protected, and its usual port."""

HOW_TO_WRITE = (
    "write smtps://user:password@host:465 (TLS), smtp://user:password@host:587 (STARTTLS) or "
    "smtp+plain://localhost:25 (a relay on this machine), signs such as @ in a password as %40"
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and who we are to it. ``ca`` is a file with further authorities to trust."""

    host: str
    port: int
    protection: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server, and the sender's address where it is not the seller's."""

    server: MailServer | None = None
    sender: str | None = None

    def required(self) -> MailServer:
        """The mail server; raises ProblemsFound where none is set."""
        if self.server is None:
            message = f"no mail server is set: {HOW_TO_WRITE}"
            raise ProblemsFound([Problem("missing_setting", "LICZNIK_SMTP_URL", message)])
        return self.server


NO_MAIL = MailSettings()


def read_mail_settings(environment: Mapping[str, str]) -> tuple[MailSettings, list[Problem]]:
    """The settings and every problem of them. A problem never repeats the address: it is secret."""
    url, ca = environment.get("LICZNIK_SMTP_URL"), environment.get("LICZNIK_SMTP_CA")
    sender = environment.get("LICZNIK_MAIL_FROM") or None
    authorities = Path(ca) if ca else None
    server = _server(url, authorities) if url else None
    wrong = {
        "LICZNIK_SMTP_URL": server if isinstance(server, str) else None,
        "LICZNIK_SMTP_CA": _wrong_file(authorities),
        "LICZNIK_MAIL_FROM": _wrong_address(sender),
    }
    problems = [Problem("invalid_setting", name, own) for name, own in wrong.items() if own]
    return MailSettings(server if isinstance(server, MailServer) else None, sender), problems


def _server(url: str, ca: Path | None) -> MailServer | str:
    """The mail server of an address, or a sentence that says what is wrong with it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return HOW_TO_WRITE
    if parts.scheme not in SCHEMES or not parts.hostname or _more_than_a_server(parts):
        return HOW_TO_WRITE
    protection, usual_port = SCHEMES[parts.scheme]
    if not _is_a_name(parts.hostname):
        return "no host can have this name: its parts have 1 to 63 signs, with one dot between them"
    user, password = _decoded(parts.username), _decoded(parts.password)
    if bool(user) != bool(password):
        return f"a user needs a password, and a password a user: {HOW_TO_WRITE}"
    if user and protection == PLAIN:
        return "a password must not travel unprotected: use smtps:// or smtp://"
    if not (plain := f"{user}{password}").isascii() or not plain.isprintable():
        return "a mail server takes only ASCII signs in user and password"
    return MailServer(parts.hostname, port or usual_port, protection, user, password, ca)


def _more_than_a_server(parts: SplitResult) -> bool:
    return parts.path not in ("", "/") or bool(parts.query or parts.fragment)


def _is_a_name(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _decoded(quoted: str | None) -> str | None:
    return unquote(quoted) if quoted else None


def _wrong_file(path: Path | None) -> str | None:
    return None if path is None or path.is_file() else f"there is no file {path}"


def _wrong_address(address: str | None) -> str | None:
    if address is None:
        return None
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return f"{address!r} is not an e-mail address: {error}"
    return None
