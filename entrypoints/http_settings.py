"""How the HTTP service listens and what it takes: LICZNIK_HTTP_HOST and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

    ``body_limit`` is in bytes, ``batch_limit`` in events. Port 0 is any free one.
    """

    host: str = "127.0.0.1"
    port: int = PORT.default
    workers: int = WORKERS.default
    body_limit: int = BODY_LIMIT.default
    batch_limit: int = BATCH_LIMIT.default


DEFAULTS = HttpSettings()


def read_http_settings(environment: Mapping[str, str]) -> tuple[HttpSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_HTTP_HOST: the address to listen on (default 127.0.0.1: this machine alone).
    LICZNIK_HTTP_PORT: the port (default 8080).
    LICZNIK_HTTP_WORKERS: how many processes answer (default 1).
    LICZNIK_HTTP_BODY_LIMIT: the most bytes of a request's body (default 16 MiB).
    LICZNIK_HTTP_BATCH_LIMIT: the most events of a request (default 10,000).
    """
    wholes = (PORT, WORKERS, BODY_LIMIT, BATCH_LIMIT)
    given = {own.name: environment.get(own.name) or str(own.default) for own in wholes}
    problems = [_wrong(own, given[own.name]) for own in wholes if not _fits(own, given[own.name])]
    if problems:
        return DEFAULTS, problems
    host = environment.get("LICZNIK_HTTP_HOST") or DEFAULTS.host
    return HttpSettings(host, *(int(given[own.name]) for own in wholes)), []


def _fits(own: Whole, text: str) -> bool:
    return text.isdecimal() and len(text) <= 12 and own.least <= int(text) <= own.most


def _wrong(own: Whole, text: str) -> Problem:
    message = f"{text!r} is not a whole number from {own.least} to {own.most}"
    return Problem("invalid_setting", own.name, message)
