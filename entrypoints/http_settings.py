"""How the HTTP service listens and what it takes: LICZNIK_HTTP_HOST and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from metering.problems import Problem

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Whole:
    """A setting that is a whole number within bounds."""

    name: str
    default: int
    least: int
    most: int


PORT = Whole("LICZNIK_HTTP_PORT", 8080, 0, 65535)
WORKERS = Whole("LICZNIK_HTTP_WORKERS", 1, 1, 64)
BODY_LIMIT = Whole("LICZNIK_HTTP_BODY_LIMIT", 16 * MEBIBYTE, 1024, 256 * MEBIBYTE)
BATCH_LIMIT = Whole("LICZNIK_HTTP_BATCH_LIMIT", 10_000, 1, 100_000)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the service listens, in how many processes, and what one request may hold.

    ``body_limit`` is in bytes, ``batch_limit`` in events. Port 0 is any free one. ``public_url`` is
    where people reach it, where a proxy stands before it.
    """

    host: str = "127.0.0.1"
    port: int = PORT.default
    workers: int = WORKERS.default
    body_limit: int = BODY_LIMIT.default
    batch_limit: int = BATCH_LIMIT.default
    public_url: str = ""

    @property
    def behind_tls(self) -> bool:
        """Whether people reach it by TLS, so that its cookies may travel no other way."""
        return self.public_url.startswith("https://")

    @property
    def address(self) -> str:
        """Where people reach it, without a slash in the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"


DEFAULTS = HttpSettings()


def read_http_settings(environment: Mapping[str, str]) -> tuple[HttpSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_HTTP_HOST: the address to listen on (default 127.0.0.1: this machine alone).
    LICZNIK_HTTP_PORT: the port (default 8080).
    LICZNIK_HTTP_WORKERS: how many processes answer (default 1).
    LICZNIK_HTTP_BODY_LIMIT: the most bytes of a request's body (default 16 MiB).
    LICZNIK_HTTP_BATCH_LIMIT: the most events of a request (default 10,000).
    LICZNIK_PUBLIC_URL: where people reach it, such as https://billing.example.com.
    """
    wholes = (PORT, WORKERS, BODY_LIMIT, BATCH_LIMIT)
    given = {own.name: environment.get(own.name) or str(own.default) for own in wholes}
    problems = [_wrong(own, given[own.name]) for own in wholes if not _fits(own, given[own.name])]
    url = (environment.get("LICZNIK_PUBLIC_URL") or "").rstrip("/")
    if not _is_address(url):
        message = "write https://name or http://name, with a port if needed and nothing after it"
        problems.append(Problem("invalid_setting", "LICZNIK_PUBLIC_URL", message))
    if problems:
        return DEFAULTS, problems
    host = environment.get("LICZNIK_HTTP_HOST") or DEFAULTS.host
    port, workers, body, batch = (int(given[own.name]) for own in wholes)
    return HttpSettings(host, port, workers, body, batch, url), []


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        return not url or (known and url == f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False


def _fits(own: Whole, text: str) -> bool:
    return text.isdecimal() and len(text) <= 12 and own.least <= int(text) <= own.most


def _wrong(own: Whole, text: str) -> Problem:
    message = f"{text!r} is not a whole number from {own.least} to {own.most}"
    return Problem("invalid_setting", own.name, message)
