"""From records to lines of JSON, and from a line back to its record.

A record holds one event, or an array of events, and may be written on many lines. In most batches
every record is one event on one line: then a line's number is its record's place in the batch, and
nothing is done record by record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

BLANKS = " \t\r\n"
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Begins a line that cannot be read, so that it is no JSON either, and is rejected."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line comes from: its record in the batch, and its place in an array."""

    record: int
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of JSON, one event each; ``places`` are given unless every record is one line."""

    raw: bytes
    places: Sequence[Place] | None = None

    def place(self, line: int) -> Place:
        """Where a line comes from."""
        return Place(line) if self.places is None else self.places[line]


def lines_of(values: Sequence[bytes]) -> Lines:
    """The events of the records of a batch."""
    raw = b"".join([value + b"\n" for value in values])
    if raw.startswith(b"{") and raw.count(b"\n{") + 1 == raw.count(b"\n") == len(values):
        return Lines(raw)
    pairs = [pair for record, own in enumerate(values) for pair in _events(record, _text(own))]
    return Lines("".join([f"{text}\n" for _, text in pairs]).encode(), [own for own, _ in pairs])


def _text(value: bytes) -> str:
    try:
        return value.decode().strip(BLANKS)
    except UnicodeDecodeError:
        return UNREADABLE + value.decode(errors="replace")


def _events(record: int, text: str) -> Iterator[tuple[Place, str]]:
    """The events of a record, each on one line."""
    if not text.startswith("[") and "\n" not in text:
        yield Place(record), text or UNREADABLE
        return
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        # Without its line ends it might be readable, and say something else.
        yield Place(record), UNREADABLE + text.replace("\n", " ") if "\n" in text else text
        return
    if isinstance(value, list):
        yield from ((Place(record, index), _written(own)) for index, own in enumerate(value))
    else:
        yield Place(record), _written(value)


def _written(event: Any) -> str:
    try:
        return orjson.dumps(event).decode()
    except orjson.JSONEncodeError:  # it is nested too deeply to be written
        return UNREADABLE
