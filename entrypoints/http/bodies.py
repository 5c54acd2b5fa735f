"""Bodies of requests with events: media types, and the lines that the decoder takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from entrypoints.http.problems import Refused
from entrypoints.usage_files import split_lines

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
JSON = "application/json"

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNWRITABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for an event that is nested too deeply to be written; it is no JSON, so it is rejected."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The events of a body, a line of JSON each, and the place of each in the body, from 0."""

    places: pl.Series
    texts: pl.Series


def media_type(content_type: str | None, encoding: str | None) -> str:
    """The media type of a body; raises Refused where it is none of ours."""
    media = (content_type or "").partition(";")[0].strip().lower()
    if media not in READERS:
        message = f"send events as {', '.join(READERS)}"
        raise Refused(415, "unsupported_media_type", message)
    if encoding not in (None, "", "identity"):
        raise Refused(415, "unsupported_encoding", "send the body without a content encoding")
    return media


def read_lines(body: bytes, media: str, most: int) -> Lines:
    """The events of a body; raises Refused where it cannot be read, or holds too many."""
    lines = READERS[media](body)
    if len(lines.texts) > most:
        message = f"{len(lines.texts)} events are more than the {most} of one request: divide them"
        raise Refused(413, "batch_too_large", message)
    return lines


def _of_lines(body: bytes) -> Lines:
    """Lines of text; empty ones are no events, but count for the place of the others."""
    texts = split_lines(body.removeprefix(BYTE_ORDER_MARK))
    places = pl.int_range(len(texts), eager=True)
    given = texts != ""
    return Lines(places.filter(given), texts.filter(given))


def _of_json(body: bytes, *shapes: type) -> Lines:
    """One event or an array of them, as far as the media type allows either."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(
            400, "unreadable_body", f"the body is not readable as JSON: {error}"
        ) from error
    if not isinstance(value, shapes):
        wanted = " or ".join(SHAPES[shape] for shape in shapes)
        raise Refused(400, "wrong_shape", f"a body of this media type is {wanted}")
    events = value if isinstance(value, list) else [value]
    texts = pl.Series(_written(events), dtype=pl.String)
    return Lines(pl.int_range(len(texts), eager=True), texts)


def _written(events: list[Any]) -> list[str]:
    try:
        return [orjson.dumps(event).decode() for event in events]
    except orjson.JSONEncodeError:  # one of them is nested too deeply: find it
        return [_written_alone(event) for event in events]


def _written_alone(event: Any) -> str:
    try:
        return orjson.dumps(event).decode()
    except orjson.JSONEncodeError:
        return UNWRITABLE


SHAPES: Mapping[type, str] = {dict: "one event, a JSON object", list: "a JSON array of events"}
READERS: Mapping[str, Callable[[bytes], Lines]] = {
    EVENT: lambda body: _of_json(body, dict),
    BATCH: lambda body: _of_json(body, list),
    LINES: _of_lines,
    JSON: lambda body: _of_json(body, dict, list),
}
"""One function for each media type."""
