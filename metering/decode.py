"""Many events at once: from lines of JSON to a frame of entries and a list of rejected lines.

The fast way decodes a whole batch in columns, by the shapes of its lines (`metering.shapes`). It
only ever accepts a line, and only one that is plain: whatever else a line may be, accepted or not,
is decided by the exact way of `metering.events`, one line at a time. So both ways agree on every
input, which a test proves, and problems carry their line numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain

import numpy as np
import orjson
import polars as pl

from metering.entries import ENTRIES, UTC_MICROSECONDS, Columns, entries_of
from metering.events import (
    MAX_ATTRIBUTES,
    MAX_NAME,
    MAX_QUANTITY,
    OWN_SOURCE,
    UsageEvent,
    read_event,
)
from metering.lines import Lines
from metering.meters import TTS_CHARACTERS
from metering.problems import Problem
from metering.routes import OrderRoute, Routes
from metering.shapes import PLACE, cut, first_shape

RouteLookup = Callable[[Iterable[str]], Routes]
"""Finds the routes of some orders, by their ids."""

A_FEW = 300
"""So many lines are decoded sooner one by one than in columns."""
MOST_SHAPES = 32

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
    """The accepted entries of a batch, each with the number of its line, and the rejected lines."""

    entries: pl.DataFrame
    rejected: tuple[Rejected, ...] = ()
    lines: tuple[Lines, ...] = ()

    def text_of(self, line: int) -> str:
        """A line as it came, by its number; empty where the lines were not kept."""
        return next((own.text_of(line) for own in self.lines if own.has(line)), "")


def joined(batches: Sequence[Decoded]) -> Decoded:
    """Batches whose lines have different numbers, as one."""
    return Decoded(
        pl.concat([batch.entries for batch in batches]),
        tuple(chain.from_iterable(batch.rejected for batch in batches)),
        tuple(chain.from_iterable(batch.lines for batch in batches)),
    )


def decode(lines: Lines, find_routes: RouteLookup) -> Decoded:
    """Decodes lines of JSON, one event each: a few one by one, many in columns."""
    if lines.count >= A_FEW:
        return decode_in_columns(lines, find_routes)
    slow = decode_slowly(lines.at(np.arange(lines.count)), find_routes)
    return Decoded(slow.entries, slow.rejected, (lines,))


def decode_in_columns(lines: Lines, find_routes: RouteLookup) -> Decoded:
    """Decodes lines in columns as far as they are plain, the others one by one."""
    fast, rest = _decode_plain(lines, find_routes)
    if len(rest) == 0:
        return Decoded(fast, lines=(lines,))
    slow = decode_slowly(lines.at(rest), find_routes)
    return Decoded(pl.concat([fast, slow.entries]), slow.rejected, (lines,))


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


def _decode_plain(lines: Lines, find_routes: RouteLookup) -> tuple[pl.DataFrame, np.ndarray]:
    """The entries of the lines that are plain events, and the places of the lines that are not."""
    pieces = cut(lines)
    events = [] if pieces is None else list(_by_shape(pieces, all_plain=lines.is_plain))
    if not events:
        return pl.DataFrame(schema=ENTRIES), np.arange(lines.count)
    checked = _check(_with_routes(pl.concat(events), find_routes)).filter("fits")
    places = checked[PLACE].to_numpy()
    is_rest = np.ones(lines.count, dtype=np.bool_)
    is_rest[places] = False
    return _as_entries(checked, lines.numbered(places)), np.flatnonzero(is_rest)


def _by_shape(pieces: pl.DataFrame, *, all_plain: bool) -> Iterator[pl.DataFrame]:
    """The events that lines are, as far as their shapes are told; those of one shape together."""
    for _ in range(MOST_SHAPES):
        shape = first_shape(pieces)
        if shape is None:
            return
        fits = pieces.select(fits=shape.fits(all_plain=all_plain)).to_series()
        yield pieces.lazy().filter(fits).select(shape.columns()).collect()
        if fits.all():
            return
        pieces = pieces.filter(~fits)


def _with_routes(events: pl.DataFrame, find_routes: RouteLookup) -> pl.DataFrame:
    """Adds what the order's route says of the meter; null where the exact way must look.

    Orders whose meters are the same share them, so few meters are looked at for many orders.
    """
    orders = events["subject"].unique().sort()
    routes = find_routes(orders)
    by_order, meters = _tables(tuple(route for key in orders if (route := routes.get(key))))
    joined = events.join(by_order, on="subject", how="left", maintain_order="left")
    return joined.join(meters, on=["kind", "type"], how="left", maintain_order="left")


@lru_cache(maxsize=4)
def _tables(routes: tuple[OrderRoute, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The kind of each order, and the meters of each kind that are open once.

    They are kept, for batches that follow each other mostly have the same orders.
    """
    kinds = {id(route.meters): route.meters for route in routes}
    numbers = {key: number for number, key in enumerate(kinds)}
    by_order = [(route.order, numbers[id(route.meters)]) for route in routes]
    meters = [
        (
            number,
            key,
            own.meter.amount_field,
            own.meter.decimals,
            own.open[0].start,
            own.open[0].end,
        )
        for number, of_kind in enumerate(kinds.values())
        for key, own in of_kind.items()
        if len(own.open) == 1
    ]
    return (
        pl.DataFrame(by_order, orient="row", schema=_KINDS),
        pl.DataFrame(meters, orient="row", schema=_METERS),
    )


_KINDS: Columns = {"subject": pl.String, "kind": pl.Int64}
_METERS: Columns = {
    "kind": pl.Int64,
    "type": pl.String,
    "amount_field": pl.String,
    "decimals": pl.Int64,
    "opens": UTC_MICROSECONDS,
    "closes": UTC_MICROSECONDS,
}


def _check(events: pl.DataFrame) -> pl.DataFrame:
    """Adds instants and quantities, and in ``fits`` whether the line is accepted as it is."""
    counted = pl.col("given") == "text"
    plain = pl.col("text").str.contains(_PLAIN_TEXT) & (pl.col("type") == TTS_CHARACTERS)
    characters = pl.when(plain).then(pl.col("text").str.count_matches(_BILLABLE)).cast(pl.Int64)
    events = events.with_columns(
        at=pl.col("time")
        .str.replace("Z$", "+00:00")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False),
        amount=pl.coalesce("amount", characters),
    )
    unit = pl.lit(10, pl.Int64).pow(pl.col("decimals"))
    amount = pl.col("amount")
    fits = [
        pl.col("specversion") == "1.0",
        ~pl.col("source").str.starts_with(OWN_SOURCE),
        pl.col("time").str.contains(_PLAIN_TIME),
        pl.col("at") >= pl.col("opens"),
        pl.col("closes").is_null() | (pl.col("at") < pl.col("closes")),
        counted | (pl.col("given") == pl.col("amount_field")),
        counted | (amount > 0) | (pl.col("amount_field") == "delta"),
        counted | (amount != 0),
        amount.abs() <= MAX_QUANTITY // unit,
        pl.col("attributes").str.len_chars() <= MAX_ATTRIBUTES,
        *(pl.col(name).str.len_chars().is_between(1, MAX_NAME) for name in _NAMES),
        pl.col("user").str.len_chars() <= MAX_NAME,
    ]
    return events.with_columns(amount=amount * unit, fits=pl.all_horizontal(*fits)).with_columns(
        pl.col("fits").fill_null(value=False)
    )


_NAMES = ("id", "source", "type", "subject")


def _as_entries(checked: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return checked.select(
        line=numbers,
        order="subject",
        source="source",
        id="id",
        meter="type",
        at="at",
        quantity="amount",
        user="user",
        attributes="attributes",
    ).cast(pl.Schema(ENTRIES))


def exact_quantity(scaled: int, decimals: int) -> Decimal:
    """The quantity of an entry, from whole parts of its smallest unit."""
    return Decimal(scaled).scaleb(-decimals)
