"""Clients of the service, in processes of their own: this module imports nothing of the engine."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orjson

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Clients:
    """Some ``numbers`` of clients; each of them sends its share of a file's events."""

    port: int
    key: str
    path: str
    file: Path
    numbers: tuple[int, ...]
    of: int


_BODIES: dict[int, list[bytes]] = {}
"""The bodies of each client of this process."""


def prepare(own: Clients) -> None:
    """Makes the bodies of the clients, before the time is taken."""
    with own.file.open("rb") as file:
        lines = file.read().splitlines()
    for number in own.numbers:
        _BODIES[number] = list(_bodies(lines[number :: own.of]))


def _bodies(lines: list[bytes]) -> Iterator[bytes]:
    for start in range(0, len(lines), BATCH):
        yield b"[" + b",".join(lines[start : start + BATCH]) + b"]"


def send(own: Clients) -> int:
    """How many events the clients of a process had answered."""
    with ThreadPoolExecutor(len(own.numbers)) as threads:
        return sum(threads.map(lambda number: _answered(own, _BODIES[number]), own.numbers))


def _answered(own: Clients, bodies: list[bytes]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", own.port)
    headers = {
        "Authorization": f"Bearer {own.key}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    events = 0
    for body in bodies:
        connection.request("POST", own.path, body, headers)
        answer = connection.getresponse()
        told = orjson.loads(answer.read())
        if answer.status != 202:
            raise AssertionError(told)
        events += told["accepted"]
    connection.close()
    return events
