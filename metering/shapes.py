"""Shapes of lines: an event's JSON cut at its quotation marks, what is fixed told from the values.

A program writes all events of a kind alike, so a handful of shapes fits a whole file. A line whose
fixed pieces are those of a line that was read as JSON, and whose other pieces are plain values, is
JSON with the same names at the same places: nothing else need be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson
import polars as pl

from metering.events import AMOUNT_FIELDS
from metering.lines import Lines

ENVELOPE = ("specversion", "id", "source", "type", "subject", "time")
PLACE = "place"
MOST_PIECES = 160
LOOKED_AT = 50
"""So many lines are looked at to find one that makes a shape."""
LOOKED_AT_BYTES = 65536
"""In so many bytes the line of the most pieces is looked for."""

_NOT_PLAIN = r"[\\\x00-\x1f\x7f]"
_BLANK = r"[ \t]*"
_WHOLE = r"0|-?[1-9][0-9]{0,14}"
_COLON = re.compile(f"{_BLANK}:{_BLANK}")
_OPENING = re.compile(f"{_BLANK}:{_BLANK}" r"\{" f"{_BLANK}")
_NUMBER = re.compile(f"({_BLANK}:{_BLANK})({_WHOLE})([^0-9.eE-].*)")


@dataclass(frozen=True, slots=True)
class Number:
    """The piece that holds a whole number, and what stands around its digits."""

    place: int
    before: str
    after: str


@dataclass(slots=True)
class Shape:
    """Which pieces of a line are fixed, and where each field's value is: a text, or a number."""

    size: int
    fixed: dict[int, str] = field(default_factory=dict)
    envelope: dict[str, int | Number] = field(default_factory=dict)
    data: dict[str, int | Number] = field(default_factory=dict)

    @property
    def amount(self) -> str:
        """The field that holds the amount."""
        return next(name for name in AMOUNT_FIELDS if name in self.data)

    def is_event(self) -> bool:
        """Whether the fields are those of an event that the fast way can take."""
        texts = [self.envelope.get(name) for name in ENVELOPE]
        amounts = [name for name in AMOUNT_FIELDS if name in self.data]
        return (
            all(isinstance(place, int) for place in texts)
            and len(amounts) == 1
            and isinstance(self.data[amounts[0]], int) == (amounts == ["text"])
            and not isinstance(self.data.get("user"), Number)
            and "data" not in self.envelope
        )

    def fits(self, *, all_plain: bool) -> pl.Expr:
        """Whether a line has this shape; ``all_plain`` tells that no text need be looked at."""
        same = [pl.col(piece(place)) == text for place, text in self.fixed.items()]
        values = [*self.envelope.values(), *self.data.values()]
        numbers = [_is_number(own) for own in values if isinstance(own, Number)]
        texts = [_is_plain(own) for own in values if isinstance(own, int) and not all_plain]
        ends = pl.col(piece(self.size)).is_null()
        return pl.all_horizontal(*same, *numbers, *texts, ends).fill_null(value=False)

    def columns(self) -> Iterator[pl.Expr]:
        """An event's fields from a line of this shape; ``given`` names the field of the amount."""
        yield pl.col(PLACE)
        for name in ENVELOPE:
            yield _value(self.envelope[name]).alias(name)
        amount = _value(self.data[self.amount])
        counted = self.amount == "text"
        yield (pl.lit(None, pl.Int64) if counted else amount.cast(pl.Int64)).alias("amount")
        yield (amount if counted else pl.lit(None, pl.String)).alias("text")
        yield pl.lit(self.amount).alias("given")
        yield (_value(self.data["user"]) if "user" in self.data else pl.lit("")).alias("user")
        yield self._attributes().alias("attributes")

    def _attributes(self) -> pl.Expr:
        """The attributes as `metering.events.attributes_text` writes them."""
        names = sorted(self.data.keys() - {"user", *AMOUNT_FIELDS})
        parts: list[pl.Expr] = []
        for before, name in zip(("{", *"," * len(names)), names, strict=False):
            quote = "" if isinstance(self.data[name], Number) else '"'
            parts.append(pl.lit(f"{before}{orjson.dumps(name).decode()}:{quote}"))
            parts += [_value(self.data[name]), pl.lit(quote)]
        return pl.concat_str(*parts, pl.lit("}")) if parts else pl.lit("")


def piece(place: int) -> str:
    """The name of the column that holds a line's piece."""
    return f"column_{place}"


def _value(own: int | Number) -> pl.Expr:
    if isinstance(own, Number):
        return pl.col(piece(own.place)).str.strip_prefix(own.before).str.strip_suffix(own.after)
    return pl.col(piece(own)).fill_null("")


def _is_plain(place: int) -> pl.Expr:
    return ~pl.col(piece(place)).str.contains(_NOT_PLAIN).fill_null(value=False)


def _is_number(own: Number) -> pl.Expr:
    pattern = f"^{re.escape(own.before)}(?:{_WHOLE}){re.escape(own.after)}$"
    return pl.col(piece(own.place)).str.contains(pattern)


def shape_of(pieces: Sequence[str]) -> Shape | None:
    """The shape of a line, None where it is no event that the fast way can take."""
    text = '"'.join(pieces)
    if re.search(_NOT_PLAIN, text) or not _is_object(text):
        return None
    shape = Shape(len(pieces), dict(enumerate(pieces)))
    fields, depth = shape.envelope, 0
    for place in range(1, len(pieces), 2):
        depth += pieces[place - 1].count("{") - pieces[place - 1].count("}")
        fields = shape.envelope if depth == 1 else shape.data
        if not _read(shape, fields, pieces, place):
            return None
    return shape if shape.is_event() else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _read(shape: Shape, fields: dict[str, int | Number], pieces: Sequence[str], place: int) -> bool:
    """Takes note of a name and where its value is; whether the line can still have a shape."""
    after = pieces[place + 1]
    if ":" not in after:
        return True  # a value, of which its name took note
    name = pieces[place]
    if not name or name in fields:
        return False
    if _OPENING.fullmatch(after):
        return name == "data" and fields is shape.envelope and not shape.data
    if _COLON.fullmatch(after):
        fields[name] = place + 2
    elif number := _NUMBER.fullmatch(after):
        fields[name] = Number(place + 1, number[1], number[3])
    else:
        return False
    own = fields[name]
    del shape.fixed[own.place if isinstance(own, Number) else own]
    return True


def first_shape(pieces: pl.DataFrame) -> Shape | None:
    """The shape of the first line that has one, among those that are looked at."""
    for _, *row in pieces.head(LOOKED_AT).iter_rows():
        own = [text or "" for text in row]
        while own and own[-1] == "":
            own.pop()
        if len(own) < len(row) and (shape := shape_of(own)) is not None:
            return shape
    return None


def cut(lines: Lines) -> pl.DataFrame | None:
    """Lines cut at their quotation marks, a column for each piece beside the ``place`` of the line.

    It is None where they cannot be. How many pieces the reader looks for is told from its first
    line, so one made of quotation marks is put before the others. Of a line with more pieces the
    rest is not seen, and a piece of no length is null, as one that is not there: therefore no shape
    is as long as there are columns, and lines that end with a quotation mark are not cut.
    """
    most = max(line.count(b'"') for line in lines.raw[:LOOKED_AT_BYTES].split(b"\n"))
    if lines.end_with_quotes:
        return None
    try:
        pieces = pl.read_csv(
            b'"' * min(MOST_PIECES, most + 2) + b"\n" + lines.raw,
            has_header=False,
            separator='"',
            quote_char=None,
            infer_schema=False,
            truncate_ragged_lines=True,
        )[1:]
    except pl.exceptions.PolarsError:
        return None
    return pieces.with_row_index(PLACE) if pieces.height == lines.count else None
