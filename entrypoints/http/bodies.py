"""Bodies of requests with events: media types; their events as the lines that the decoder takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from entrypoints.http.problems import Refused

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
JSON = "application/json"

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANKS = b" \t\r"
LEAST_CUT = 100
"""An array of so many events is cut; a smaller one is read at once."""
UNWRITABLE = "\N{REPLACEMENT CHARACTER}\n".encode()
"""Stands for an event that is nested too deeply to be written; it is no JSON, so it is rejected."""


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a body as lines of JSON, each with its line end.

    An event's place in the body is that of its line. ``lines`` counts blank ones too, ``count``
    only those with an event. ``exactly`` reads the body again if it was only cut (`_cut`).
    """

    raw: bytes
    lines: int
    count: int
    exactly: Callable[[], Events] | None = None


def media_type(content_type: str | None, encoding: str | None) -> str:
    """The media type of a body; raises Refused where it is none of ours."""
    media = (content_type or "").partition(";")[0].strip().lower()
    if media not in READERS:
        message = f"send events as {', '.join(READERS)}"
        raise Refused(415, "unsupported_media_type", message)
    if encoding not in (None, "", "identity"):
        raise Refused(415, "unsupported_encoding", "send the body without a content encoding")
    return media


def read_events(body: bytes, media: str, most: int) -> Events:
    """The events of a body; raises Refused where it cannot be read, or holds too many."""
    return READERS[media](body, most)


def _check(count: int, most: int) -> None:
    if count > most:
        message = f"{count} events are more than the {most} of one request: divide them"
        raise Refused(413, "batch_too_large", message)


def _of_lines(body: bytes, most: int) -> Events:
    """Lines as they came; blank ones are no events, but count for the place of the others."""
    raw = body.removeprefix(BYTE_ORDER_MARK)
    if raw and not raw.endswith(b"\n"):
        raw += b"\n"
    _check(raw.count(b"\n"), most)
    lines = raw.split(b"\n")
    return Events(raw, len(lines) - 1, sum(1 for line in lines if line.strip(BLANKS)))


def _of_array(body: bytes, most: int, *shapes: type) -> Events:
    """An array of events, cut if it is a large one."""
    return _cut(body, most) or _of_json(body, most, *shapes)


def _cut(body: bytes, most: int) -> Events | None:
    """An array cut wherever an event seems to end and another to begin; None if it is no such one.

    It takes a tenth of the time of reading. If every piece is JSON by itself, they are the events
    of the array, for with commas between them they are the body again. If one is not, the body is
    to be read `exactly`.
    """
    inner = body.strip(BLANKS + b"\n")
    if not (inner.startswith(b"[{") and inner.endswith(b"}]")) or b"\n" in inner:
        return None
    raw = inner[1:-1].replace(b"},{", b"}\n{") + b"\n"
    count = raw.count(b"\n")
    if not LEAST_CUT <= count <= most:
        return None
    return Events(raw, count, count, lambda: _of_json(body, most, list))


def _of_json(body: bytes, most: int, *shapes: type) -> Events:
    """One event or an array of them, as far as the media type allows either."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"the body is not readable as JSON: {error}"
        raise Refused(400, "unreadable_body", message) from error
    if not isinstance(value, shapes):
        wanted = " or ".join(SHAPES[shape] for shape in shapes)
        raise Refused(400, "wrong_shape", f"a body of this media type is {wanted}")
    events = value if isinstance(value, list) else [value]
    _check(len(events), most)
    return Events(_written(events), len(events), len(events))


def _written(events: list[Any]) -> bytes:
    try:
        return b"".join([_line(event) for event in events])
    except orjson.JSONEncodeError:  # one of them is nested too deeply: find it
        return b"".join([_line_or_mark(event) for event in events])


def _line(event: Any) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def _line_or_mark(event: Any) -> bytes:
    try:
        return _line(event)
    except orjson.JSONEncodeError:
        return UNWRITABLE


SHAPES: Mapping[type, str] = {dict: "one event, a JSON object", list: "a JSON array of events"}
READERS: Mapping[str, Callable[[bytes, int], Events]] = {
    EVENT: lambda body, most: _of_json(body, most, dict),
    BATCH: lambda body, most: _of_array(body, most, list),
    LINES: _of_lines,
    JSON: lambda body, most: _of_array(body, most, dict, list),
}
"""One function for each media type."""
