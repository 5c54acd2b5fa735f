"""How KSeF is reached: the settings that begin with LICZNIK_KSEF_."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from invoices.fa3.codes import PRODUCTION, OfflineCertificate
from invoices.printing import Codes
from metering.problems import Problem, ProblemsFound

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
PREFIX = "LICZNIK_KSEF_"
OFFLINE = ("OFFLINE_SERIAL", "OFFLINE_KEY", "OFFLINE_PASSWORD")
CODES_OF = {"api-test": "qr-test", "api-demo": "qr-demo"}
"""Where codes lead to that are printed on invoices of a test environment."""
SECRETS = ("TOKEN", "TOKEN_FILE", "CERTIFICATE", "KEY", "KEY_PASSWORD")
OF_SELLER = re.compile(r"LICZNIK_KSEF_([A-Z_]+?)_(\d{10})")
RANGES = {
    "MINUTES": (1, 1440),
    "TIMEOUT": (1, 300),
    "PATIENCE": (0, 3600),
    "BATCH_FROM": (1, 10_000),
    "SENDS": (1, 1_000_000),
    "STATUS": (1, 1_000_000),
    "SESSIONS": (1, 1_000_000),
    "BATCHES": (1, 1_000_000),
    "LISTS": (1, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to KSeF: a token, a file that holds one, or a certificate with its key.

    Files are read whenever we sign in, so a new token or certificate needs no restart.
    """

    token: str = field(default="", repr=False)
    token_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class KsefSettings:
    """``credentials`` by the seller's NIP; those of no NIP serve every seller without its own.

    The scheduler sends every ``minutes``. A call has ``timeout`` seconds, a round waits for KSeF's
    decisions for ``patience`` seconds, and from ``batch_from`` documents on they go as a package.
    The last five are how many calls of a kind are made within an hour.
    """

    url: str | None = None
    codes: Codes = field(default_factory=Codes)
    credentials: Mapping[str, Credentials] = field(default_factory=dict)
    minutes: int = 1
    timeout: int = 30
    patience: int = 60
    batch_from: int = 20
    sends: int = 180
    status: int = 1200
    sessions: int = 120
    batches: int = 60
    lists: int = 200

    def required(self) -> str:
        """The address of KSeF; raises ProblemsFound where none is set."""
        if self.url is None:
            message = "set the address of KSeF, such as https://api-test.ksef.mf.gov.pl"
            raise ProblemsFound([Problem("missing_setting", f"{PREFIX}URL", message)])
        return self.url

    def of(self, seller: str) -> Credentials:
        """Who we are as a seller; raises ProblemsFound where nothing is set."""
        found = self.credentials.get(seller) or self.credentials.get("")
        if found is None:
            message = "set a token, a file that holds one, or a certificate and its key"
            raise ProblemsFound([Problem("missing_setting", f"{PREFIX}TOKEN", message)])
        return found


NO_KSEF = KsefSettings()


def read_ksef_settings(environment: Mapping[str, str]) -> tuple[KsefSettings, list[Problem]]:
    """The settings and every problem of them. No problem repeats a token or a password.

    LICZNIK_KSEF_URL: the address of KSeF, or of the stand-in.
    LICZNIK_KSEF_TOKEN, or _TOKEN_FILE with a file that holds it: a token of KSeF.
    LICZNIK_KSEF_CERTIFICATE, _KEY, _KEY_PASSWORD: files in PEM or DER, to sign in by XAdES.
        Each of these may end in _ and a NIP: then it is that seller's alone.
    LICZNIK_KSEF_MINUTES: how often the scheduler sends (default 1).
    LICZNIK_KSEF_TIMEOUT: seconds that a call may take (default 30).
    LICZNIK_KSEF_PATIENCE: seconds that a round waits for KSeF's decisions (default 60).
    LICZNIK_KSEF_BATCH_FROM: so many documents go as a package (default 20).
    LICZNIK_KSEF_QR_URL: where the codes on printed invoices lead to (default: as the address says).
    LICZNIK_KSEF_OFFLINE_SERIAL, _OFFLINE_KEY, _OFFLINE_PASSWORD: the certificate of type Offline
        that signs code II; these may end in _ and a NIP as well.
    LICZNIK_KSEF_SENDS, _STATUS, _SESSIONS, _BATCHES, _LISTS: calls within an hour
        (default 180, 1200, 120, 60 and 200, which are KSeF's own limits).
    """
    own = {key: text for key, text in environment.items() if key.startswith(PREFIX) and text}
    url = own.get(f"{PREFIX}URL")
    problems = [*_wrong_url(url), *_wrong_numbers(own)]
    credentials = {}
    for seller in sorted({_seller(key) for key in own if _is_secret(key)}):
        suffix = f"_{seller}" if seller else ""
        given = {name: own.get(f"{PREFIX}{name}{suffix}", "") for name in SECRETS}
        problems += _wrong_credentials(given, suffix)
        credentials[seller] = _credentials(given)
    if problems:
        return NO_KSEF, problems
    numbers = {
        name.lower(): int(own[f"{PREFIX}{name}"]) for name in RANGES if f"{PREFIX}{name}" in own
    }
    codes, problems = _codes(own, url)
    if problems:
        return NO_KSEF, problems
    return KsefSettings(url=url, codes=codes, credentials=credentials, **numbers), []


def _codes(own: Mapping[str, str], url: str | None) -> tuple[Codes, list[Problem]]:
    """How codes on printed invoices are made: where they lead to, what signs those offline."""
    host = own.get(f"{PREFIX}QR_URL") or _host_of_codes(url)
    certificates, problems = {}, list[Problem]()
    for seller in sorted({_seller(key) for key in own if _base(key) in OFFLINE}):
        suffix = f"_{seller}" if seller else ""
        serial, path, password = (own.get(f"{PREFIX}{name}{suffix}", "") for name in OFFLINE)
        if not serial or not path or not Path(path).is_file():
            message = "give the certificate's serial number, and a file with its key in PEM"
            problems.append(Problem("invalid_setting", f"{PREFIX}OFFLINE_KEY{suffix}", message))
        else:
            key = Path(path).read_text(encoding="utf-8")
            certificates[seller] = OfflineCertificate(serial, key, password or None)
    return Codes(host, certificates), problems


def _host_of_codes(url: str | None) -> str:
    """The host of codes that belongs to an address of KSeF."""
    name, _, rest = (urlsplit(url or "").hostname or "").partition(".")
    return f"https://{CODES_OF[name]}.{rest}" if name in CODES_OF else PRODUCTION


def _is_secret(key: str) -> bool:
    return _base(key) in SECRETS


def _base(key: str) -> str:
    found = OF_SELLER.fullmatch(key)
    return found[1] if found else key.removeprefix(PREFIX)


def _seller(key: str) -> str:
    found = OF_SELLER.fullmatch(key)
    return found[2] if found else ""


def _credentials(given: Mapping[str, str]) -> Credentials:
    paths = {name: Path(given[name]) if given[name] else None for name in SECRETS}
    return Credentials(
        token=given["TOKEN"],
        token_file=paths["TOKEN_FILE"],
        certificate=paths["CERTIFICATE"],
        key=paths["KEY"],
        key_password=given["KEY_PASSWORD"],
    )


def _wrong_url(url: str | None) -> list[Problem]:
    if url is None:
        return []
    try:
        parts = urlsplit(url)
        secret = bool(parts.username or parts.password or parts.query)
    except ValueError:
        parts, secret = urlsplit(""), False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(url))
    if secure and parts.hostname and not secret:
        return []
    message = "write https://, the host and nothing secret; http:// only for this machine"
    return [Problem("invalid_setting", f"{PREFIX}URL", message)]


def is_this_machine(url: str) -> bool:
    """Whether an address is one of this machine, as that of the stand-in is."""
    return urlsplit(url).hostname in THIS_MACHINE


def _wrong_numbers(own: Mapping[str, str]) -> list[Problem]:
    return [
        Problem("invalid_setting", key, f"{own[key]!r} is not a whole number {least} to {most}")
        for name, (least, most) in RANGES.items()
        if (key := f"{PREFIX}{name}") in own and not _is_within(own[key], least, most)
    ]


def _is_within(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most


def _wrong_credentials(given: Mapping[str, str], suffix: str) -> list[Problem]:
    """One way to sign in, whole; its files must be there."""
    problems = []
    ways = [name for name in ("TOKEN", "TOKEN_FILE", "CERTIFICATE") if given[name]]
    if len(ways) != 1 or bool(given["CERTIFICATE"]) != bool(given["KEY"]):
        message = "give a token, or a file that holds one, or a certificate and its key"
        problems.append(Problem("invalid_setting", f"{PREFIX}TOKEN{suffix}", message))
    for name in ("TOKEN_FILE", "CERTIFICATE", "KEY"):
        if given[name] and not Path(given[name]).is_file():
            message = f"there is no file {given[name]}"
            problems.append(Problem("invalid_setting", f"{PREFIX}{name}{suffix}", message))
    return problems
