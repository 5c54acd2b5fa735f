"""Many events at once: from lines of JSON to a frame of entries and a list of rejected lines.

The fast way decodes a whole batch in columns. It only ever accepts a line, and only one whose every
key it knows with a plain value: whatever else a line may be, accepted or not, is decided by the
exact way of `metering.events`, one line at a time. So both ways agree on every input, which a test
proves, and problems carry their line numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

import orjson
import polars as pl

from metering.entries import ENTRIES, UTC_MICROSECONDS, Columns, entries_of
from metering.events import MAX_ATTRIBUTES, MAX_NAME, MAX_QUANTITY, UsageEvent, read_event
from metering.meters import TTS_CHARACTERS
from metering.problems import Problem
from metering.routes import Routes

RouteLookup = Callable[[Iterable[str]], Routes]
"""Finds the routes of some orders, by their ids."""

TEXT_ATTRIBUTES = ("category", "cost", "direction", "from", "operator", "status", "to")
_ENVELOPE = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype")
_NAMES = ("id", "source", "type", "subject")
_DATA: Columns = {
    "quantity": pl.Int64,
    "delta": pl.Int64,
    "text": pl.String,
    "user": pl.String,
    "duration_seconds": pl.Int64,
    **dict.fromkeys(TEXT_ATTRIBUTES, pl.String),
}
_EVENT: Columns = {**dict.fromkeys(_ENVELOPE, pl.String), "data": pl.Struct(_DATA)}

_ANY_KEY = r'"\s*:'
_PLAIN_KEY = (
    r'"(?:' + "|".join((*_ENVELOPE, "text", "user", *TEXT_ATTRIBUTES)) + r')"\s*:\s*"'
    r'|"(?:quantity|delta|duration_seconds)"\s*:\s*-?(?:0|[1-9]\d{0,14})\s*[,}]'
    r'|"data"\s*:\s*\{'
)
_NOT_PLAIN = r"[\\\x7f]"
_PLAIN_TIME = (
    r"^20\d\d-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
    r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$"
)
# Latin letters, digits and punctuation, of which every version of Unicode has the same opinion.
_PLAIN_TEXT = r"^[\x20-\x7e\u{a0}-\u{17f}\u{2010}-\u{2027}]*$"
_BILLABLE = r"[\p{L}\p{N}\p{P}]"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was not accepted, and why; ``text`` is the line as it came."""

    line: int
    problems: tuple[Problem, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """The accepted entries of a batch, in the order of their lines, and the rejected lines."""

    entries: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()
    lines: pl.DataFrame | None = None

    def text_of(self, line: int) -> str:
        """A line as it came, by its number; empty where the lines were not kept."""
        if self.lines is None:
            return ""
        return str(self.lines.filter(pl.col("line") == line)["text"].item())


def decode_lines(numbers: pl.Series, lines: pl.Series, find_routes: RouteLookup) -> Decoded:
    """Decodes lines of JSON, one event each; ``numbers`` are their line numbers."""
    frame = pl.DataFrame({"line": numbers, "text": lines})
    fast, rest = _decode_plain(frame, find_routes)
    slow = decode_slowly(rest, find_routes)
    entries = pl.concat([fast, slow.entries]).sort("line") if slow.entries.height else fast
    return Decoded(entries, slow.rejected, frame)


def decode_slowly(frame: pl.DataFrame, find_routes: RouteLookup) -> Decoded:
    """Decodes lines the exact way: every rejected line gets all its problems."""
    rejected: list[Rejected] = []
    accepted: list[tuple[int, UsageEvent]] = []
    parsed = [(line, text, _loaded(text)) for line, text in frame.iter_rows()]
    routes = find_routes({_subject(raw) for _, _, raw in parsed})
    for line, text, raw in parsed:
        event, problems = (None, [raw]) if isinstance(raw, Problem) else read_event(raw, routes)
        if event is None:
            rejected.append(Rejected(line, tuple(problems), text))
        else:
            accepted.append((line, event))
    return Decoded(entries_of(accepted, _decimals(routes)), tuple(rejected))


def _subject(raw: object) -> str:
    subject = raw.get("subject") if isinstance(raw, dict) else None
    return subject if isinstance(subject, str) else ""


def _loaded(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Problem("broken_line", "", f"this line is not readable as JSON: {error}")


def _decimals(routes: Routes) -> dict[str, int]:
    return {
        key: meter.meter.decimals
        for order in routes.values()
        for key, meter in order.meters.items()
    }


def _decode_plain(
    frame: pl.DataFrame, find_routes: RouteLookup
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The entries of the lines that are plain events, and the lines that are not."""
    text = pl.col("text")
    lines = frame.with_columns(
        keys=text.str.count_matches(_ANY_KEY),
        plain_keys=text.str.count_matches(_PLAIN_KEY),
        odd=text.str.contains(_NOT_PLAIN),
    )
    plain = (pl.col("keys") > 0) & (pl.col("keys") == pl.col("plain_keys")) & ~pl.col("odd")
    candidates = _parse_columns(lines.filter(plain))
    checked = _check(_with_routes(candidates, find_routes))
    accepted = checked.filter(pl.col("fits"))
    rest = frame.join(accepted.select("line"), on="line", how="anti", maintain_order="left")
    return _as_entries(accepted), rest


def _parse_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Parses JSON lines into columns; where one line breaks the batch, halves find it."""
    parsed = _parse("\n".join(frame["text"])) if frame.height else pl.DataFrame(schema=_EVENT)
    if parsed is not None and parsed.height == frame.height:
        return frame.select("line", "keys").hstack(parsed.unnest("data"))
    half = frame.height // 2
    if half == 0:
        return _parse_columns(frame.clear())
    return pl.concat([_parse_columns(frame[:half]), _parse_columns(frame[half:])])


def _parse(lines: str) -> pl.DataFrame | None:
    try:
        return pl.read_ndjson(lines.encode(), schema=_EVENT)
    except pl.exceptions.ComputeError:
        return None


def _with_routes(frame: pl.DataFrame, find_routes: RouteLookup) -> pl.DataFrame:
    """Adds what the order's route says of the meter; null where the exact way must look."""
    pairs = frame.select("subject", "type").unique().drop_nulls().rows()
    routes = find_routes({order for order, _ in pairs})
    rows = []
    for order, key in pairs:
        meter = routes[order].meters.get(key) if order in routes else None
        if meter is not None and len(meter.open) == 1:
            opens, closes = meter.open[0].start, meter.open[0].end
            kind, decimals = meter.meter.amount_field, meter.meter.decimals
            rows.append((order, key, kind, decimals, opens, closes))
    known = pl.DataFrame(
        rows,
        orient="row",
        schema={
            "subject": pl.String,
            "type": pl.String,
            "amount_field": pl.String,
            "decimals": pl.Int64,
            "opens": UTC_MICROSECONDS,
            "closes": UTC_MICROSECONDS,
        },
    )
    return frame.join(known, on=["subject", "type"], how="left", maintain_order="left")


def _check(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds instants and quantities, and in ``fits`` whether the line is accepted as it is."""
    given = pl.sum_horizontal(pl.col(*_ENVELOPE, *_DATA).is_not_null().cast(pl.Int64)) + 1
    characters = (
        pl.when(pl.col("text").str.contains(_PLAIN_TEXT) & (pl.col("type") == TTS_CHARACTERS))
        .then(pl.col("text").str.count_matches(_BILLABLE))
        .cast(pl.Int64)
    )
    amounts = pl.sum_horizontal(pl.col("quantity", "delta", "text").is_not_null().cast(pl.Int64))
    frame = frame.with_columns(
        at=pl.col("time")
        .str.replace("Z$", "+00:00")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False),
        amount=pl.when(pl.col("amount_field") == "delta")
        .then(pl.col("delta"))
        .otherwise(pl.coalesce("quantity", characters)),
        attributes=_attributes(),
    )
    scaled = pl.col("amount") * pl.lit(10, pl.Int64).pow(pl.col("decimals"))
    counted = pl.col("text").is_not_null()
    fits = [
        given == pl.col("keys"),
        amounts == 1,
        pl.col("specversion") == "1.0",
        pl.col("time").str.contains(_PLAIN_TIME),
        pl.col("at") >= pl.col("opens"),
        pl.col("closes").is_null() | (pl.col("at") < pl.col("closes")),
        counted | (pl.col("amount") > 0) | (pl.col("amount_field") == "delta"),
        counted | (pl.col("amount") != 0),
        pl.col("amount").abs() <= MAX_QUANTITY // pl.lit(10, pl.Int64).pow(pl.col("decimals")),
        pl.col("attributes").str.len_chars() <= MAX_ATTRIBUTES,
        *(pl.col(name).str.len_chars().is_between(1, MAX_NAME) for name in _NAMES),
        pl.col("user").is_null() | (pl.col("user").str.len_chars() <= MAX_NAME),
    ]
    return frame.with_columns(amount=scaled, fits=pl.all_horizontal(*fits).fill_null(False))


def _attributes() -> pl.Expr:
    """The attributes as `metering.events.attributes_text` writes them."""
    names = sorted((*TEXT_ATTRIBUTES, "duration_seconds"))
    parts = [_member(name, _DATA[name]) for name in names]
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(joined == "").then(pl.lit("")).otherwise("{" + joined + "}")


def _member(name: str, dtype: object) -> pl.Expr:
    value = pl.col(name).cast(pl.String)
    quote = '"' if dtype == pl.String else ""
    return pl.lit(f'"{name}":{quote}') + value + pl.lit(quote)


def _as_entries(accepted: pl.DataFrame) -> pl.DataFrame:
    return accepted.select(
        line="line",
        order="subject",
        source="source",
        id="id",
        meter="type",
        at="at",
        quantity="amount",
        user=pl.col("user").fill_null(""),
        attributes="attributes",
    ).cast(pl.Schema(ENTRIES))


def exact_quantity(scaled: int, decimals: int) -> Decimal:
    """The quantity of an entry, from whole parts of its smallest unit."""
    return Decimal(scaled).scaleb(-decimals)
