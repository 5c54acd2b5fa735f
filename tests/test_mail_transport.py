"""The mail server is verified before anything is said to it, and no secret is told to anybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from entrypoints.mail import MailTransport
from entrypoints.mail_settings import MailServer, MailSettings, read_mail_settings
from invoices.mailing.emails import Envelope
from invoices.messages import NotSent
from tests.mail_server import (
    LOGIN,
    PASSWORD,
    PDF,
    USER,
    Authority,
    Mailbox,
    authority,
    files_of,
    issue,
    mail_server,
)
from tests.running import MIGRATED, Outcome, Server, contents, is_answered, licznik, value


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that the settings can name."""
    return authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def billed(server: Server) -> Iterator[str]:
    """The name of a database with one issued invoice."""
    with server.database(MIGRATED) as url:
        issue(url)
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def invoice(server: Server, billed: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(billed) as url:
        yield url


def send(url: str, box: Mailbox, scheme: str, login: str = "", **more: str) -> Outcome:
    """What a delivery over a kind of connection ended with."""
    settings = box.settings(scheme, login, **more)
    return licznik(url, "invoices", "deliver", "--json", **settings)


LETTER = Envelope("b@example.com", ("a@example.com",), b"Subject: x\r\n\r\nx\r\n")
"""A message of no meaning."""


def error(outcome: Outcome) -> str:
    """Why the one message failed; the password is nowhere in what was printed."""
    assert (outcome.status, outcome.data["failed"]) == (1, 1)
    assert PASSWORD not in outcome.out + outcome.err
    found: str = outcome.data["messages"][0]["error"]
    return found


# Protected connections

# The server of the tests does not count TLS from the start as TLS, and warns of the login.
OF_THE_SERVER = "ignore:Requiring AUTH while not requiring TLS"


def starttls(ca: Authority) -> AbstractContextManager[Mailbox]:
    """A server that wants STARTTLS."""
    return mail_server(starttls=ca.context(), login=True)


def implicit_tls(ca: Authority) -> AbstractContextManager[Mailbox]:
    """A server that speaks TLS from the start."""
    return mail_server(tls=ca.context(), login=True)


@pytest.mark.filterwarnings(OF_THE_SERVER)
@pytest.mark.parametrize(("scheme", "kind"), [("smtp", starttls), ("smtps", implicit_tls)])
def test_a_message_goes_over_tls_with_a_login(
    invoice: str,
    ca: Authority,
    scheme: str,
    kind: Callable[[Authority], AbstractContextManager[Mailbox]],
) -> None:
    """User and password hold every sign that an address has a meaning for."""
    with kind(ca) as box:
        outcome = send(invoice, box, scheme, LOGIN, LICZNIK_SMTP_CA=str(ca.file))
    assert (outcome.status, outcome.data["sent"]) == (0, 1)
    assert [own for _, own in files_of(box.emails[0])] == [PDF]


@pytest.mark.filterwarnings(OF_THE_SERVER)
@pytest.mark.parametrize(("scheme", "kind"), [("smtp", starttls), ("smtps", implicit_tls)])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    invoice: str,
    ca: Authority,
    scheme: str,
    kind: Callable[[Authority], AbstractContextManager[Mailbox]],
) -> None:
    """Without the authority's file the system does not know it."""
    with kind(ca) as box:
        assert "CERTIFICATE_VERIFY_FAILED" in error(send(invoice, box, scheme, LOGIN))
    assert box.taken == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_another_name_is_refused(invoice: str, ca: Authority, scheme: str) -> None:
    """Though the authority is known."""
    other = ca.context("elsewhere.example.com")
    kinds = {"smtp": mail_server(starttls=other), "smtps": mail_server(tls=other)}
    with kinds[scheme] as box:
        outcome = send(invoice, box, scheme, LOGIN, LICZNIK_SMTP_CA=str(ca.file))
    assert "CERTIFICATE_VERIFY_FAILED" in error(outcome)
    assert box.taken == []


def test_a_server_without_starttls_is_refused(invoice: str, ca: Authority) -> None:
    """Nothing is said to it, the password least of all."""
    with mail_server() as box:
        outcome = send(invoice, box, "smtp", LOGIN, LICZNIK_SMTP_CA=str(ca.file))
    assert "STARTTLS extension not supported" in error(outcome)
    assert box.taken == []


def test_a_wrong_password_is_said_without_the_password(invoice: str, ca: Authority) -> None:
    """The user is named."""
    wrong = LOGIN.replace("rd", "RD")
    with starttls(ca) as box:
        outcome = send(invoice, box, "smtp", wrong, LICZNIK_SMTP_CA=str(ca.file))
    assert f"user {USER} was not let in: 535" in error(outcome)
    assert "RD%1" not in outcome.out + outcome.err


def test_a_server_that_repeats_the_password_does_not_bring_it_into_the_log(
    invoice: str, ca: Authority
) -> None:
    """Whatever the server answers."""
    with starttls(ca) as box:
        box.on_recipient = lambda *_: f"550 I know {PASSWORD}"
        outcome = send(invoice, box, "smtp", LOGIN, LICZNIK_SMTP_CA=str(ca.file))
    assert "550 I know …" in error(outcome)
    assert PASSWORD not in str(contents(invoice)["message"])


def test_a_server_that_closes_between_messages_is_called_again(ca: Authority) -> None:
    """Many do so after some messages, or some time."""
    with mail_server() as box:
        own = MailServer("localhost", box.port, "plain")
        with MailTransport(own) as transport:
            for _ in range(2):
                transport.send(LETTER)
                box.hang_up()
    assert (len(box.taken), box.connections) == (2, 2)


def test_a_server_that_cannot_be_reached_is_asked_once() -> None:
    """A thousand messages do not wait for it a thousand times."""
    with mail_server() as box:
        gone = MailServer("localhost", box.port, "plain")
    with MailTransport(gone) as transport:
        with pytest.raises(NotSent, match="Connection refused"):
            transport.send(LETTER)
        with mail_server(port=gone.port), pytest.raises(NotSent, match="Connection refused"):
            transport.send(LETTER)


@pytest.mark.parametrize("protection", ["plain", "tls", "starttls"])
@pytest.mark.parametrize("host", ["mail..example", "mail.example\0"])
def test_a_name_that_no_server_can_have_fails_the_message(host: str, protection: str) -> None:
    """It certainly was not sent; that is a sentence, not an error of the program."""
    with MailTransport(MailServer(host, 25, protection)) as transport, pytest.raises(NotSent):
        transport.send(LETTER)


# Settings


def server(url: str) -> MailServer:
    """The mail server of an address that is right."""
    settings, problems = read_mail_settings({"LICZNIK_SMTP_URL": url})
    assert problems == []
    return settings.required()


@pytest.mark.parametrize(
    ("url", "port", "protection"),
    [
        ("smtps://mail.example.com", 465, "tls"),
        ("smtp://mail.example.com", 587, "starttls"),
        ("smtp+plain://localhost", 25, "plain"),
        ("smtp://mail.example.com:2525/", 2525, "starttls"),
    ],
)
def test_each_way_has_its_usual_port(url: str, port: int, protection: str) -> None:
    """Another one can be named."""
    own = server(url)
    assert (own.port, own.protection, own.user) == (port, protection, None)


def test_user_and_password_are_decoded() -> None:
    """Signs with a meaning in an address are written as %40 and the like."""
    own = server(f"smtp://{LOGIN}mail.example.com")
    assert (own.user, own.password) == (USER, PASSWORD)


def test_the_password_is_in_no_text_of_the_settings() -> None:
    """Neither as a string nor as the value of an object."""
    own = server(f"smtp://{LOGIN}mail.example.com")
    shown = f"{own} {own!r} {MailSettings(own)!r}"
    assert PASSWORD not in shown
    assert "mail.example.com" in shown
    assert dataclasses.replace(own, password="x") != own


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.com", "write smtps://"),
        ("https://mail.example.com", "write smtps://"),
        ("smtp://", "write smtps://"),
        ("smtp://user:s3cret@mail.example.com:port", "write smtps://"),
        ("smtp://user:s3cret@mail.example.com:99999", "write smtps://"),
        ("smtp://user:s3cret@[mail", "write smtps://"),
        ("smtp://user:s3cret@mail.example.com/path", "write smtps://"),
        ("smtp://user:s3c#ret@mail.example.com", "write smtps://"),
        ("smtp://user:s3cret@mail..example", "no host can have this name"),
        ("smtp+plain://.example.com", "no host can have this name"),
        (f"smtp+plain://{'a' * 64}.example.com", "no host can have this name"),
        ("smtp://user@mail.example.com", "a user needs a password"),
        ("smtp://user:@mail.example.com", "a user needs a password"),
        ("smtp://:s3cret@mail.example.com", "a user needs a password"),
        ("smtp+plain://user:s3cret@localhost", "must not travel unprotected"),
        ("smtp://user:s3cretż@mail.example.com", "only ASCII"),
        ("smtp://user:s3cret%C5%BC@mail.example.com", "only ASCII"),
        ("smtp://user:s3cret%0D%0AQUIT@mail.example.com", "only ASCII"),
    ],
)
def test_a_wrong_address_is_a_sentence_without_the_password(url: str, said: str) -> None:
    """With exit status 2."""
    outcome = licznik(None, "invoices", "list", LICZNIK_SMTP_URL=url)
    assert is_answered(outcome)
    assert "LICZNIK_SMTP_URL: invalid_setting" in outcome.err
    assert said in outcome.err
    assert "s3c" not in outcome.err


def test_all_wrong_settings_are_said_at_once(tmp_path: Path) -> None:
    """Those of other parts too."""
    outcome = licznik(
        None,
        "scheduler",
        LICZNIK_SMTP_URL="x",
        LICZNIK_SMTP_CA=str(tmp_path / "none.pem"),
        LICZNIK_MAIL_FROM="Licznik",
        LICZNIK_DELIVER_MINUTES="0",
        LICZNIK_GRACE_DAYS="two",
    )
    assert is_answered(outcome)
    names = ("SMTP_URL", "SMTP_CA", "MAIL_FROM", "DELIVER_MINUTES", "GRACE_DAYS")
    assert all(f"LICZNIK_{name}: invalid_setting" in outcome.err for name in names)


def test_a_file_without_certificates_is_a_sentence(invoice: str, tmp_path: Path) -> None:
    """Found before anything is sent."""
    file = tmp_path / "ca.pem"
    file.write_text("no certificate", encoding="utf-8")
    settings = {"LICZNIK_SMTP_URL": "smtps://localhost", "LICZNIK_SMTP_CA": str(file)}
    outcome = licznik(invoice, "invoices", "deliver", **settings)
    assert is_answered(outcome)
    assert "holds no certificates" in outcome.err
    assert value(invoice, "SELECT count(*) FROM message") == 0
