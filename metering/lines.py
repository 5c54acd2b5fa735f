"""Lines of JSON on their way in: as the bytes they came in, told apart only where need be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

BLANKS = " \t\r"
BLOCK = 1 << 18
LINE_END, RETURN, QUOTE, FIRST_PRINTED = b'\n\r" '


@dataclass(frozen=True)
class Lines:
    """Lines, one event each, in ``raw`` bytes; the first of them is line ``first`` of its file.

    Lines that come one by one have ``numbers`` and ``given`` texts of their own.
    """

    raw: bytes
    first: int = 1
    numbers: pl.Series | None = None
    given: pl.Series | None = None

    @classmethod
    def of(cls, numbers: pl.Series, texts: pl.Series) -> Lines:
        """Lines that are told apart already; raises ValueError where one has a line end in it."""
        joined = texts.str.join("\n").item()
        if joined.count("\n") > max(len(texts) - 1, 0):
            raise ValueError("an event on many lines must be brought to one before")
        return cls(joined.encode(), numbers=numbers, given=texts)

    @cached_property
    def ends(self) -> np.ndarray:
        """Where in the bytes each line ends."""
        ends = [start + np.flatnonzero(own == LINE_END) for start, own in self._blocks()]
        whole = self.raw.endswith(b"\n")
        return np.concatenate([*ends, np.array([] if whole else [len(self.raw)], dtype=np.int64)])

    @cached_property
    def is_plain(self) -> bool:
        """Whether there is no escape and no control character in any line."""
        controls = sum(int(np.count_nonzero(own < FIRST_PRINTED)) for _, own in self._blocks())
        odd = b"\\" in self.raw or b"\x7f" in self.raw
        return not odd and controls == self.raw.count(b"\n")

    def _blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """The bytes, some at a time: what is made of them then needs no memory of its own."""
        own = np.frombuffer(self.raw, dtype=np.uint8)
        return ((start, own[start : start + BLOCK]) for start in range(0, len(own), BLOCK))

    @property
    def end_with_quotes(self) -> bool:
        """Whether any line ends with a quotation mark, which no event does."""
        own = np.frombuffer(self.raw, dtype=np.uint8)
        last = self.ends[self.ends > 1] - 1
        last = last - (own[last] == RETURN)
        return bool((own[last] == QUOTE).any())

    @property
    def count(self) -> int:
        """How many lines there are, blank ones included."""
        if self.given is not None:
            return len(self.given)
        return len(self.ends) if self.raw else 0

    def numbered(self, places: np.ndarray) -> pl.Series:
        """The numbers of the lines at some places, counted from 0."""
        if self.numbers is None:
            return pl.Series(places.astype(np.int64) + self.first)
        return self.numbers.gather(places).cast(pl.Int64)

    def at(self, places: np.ndarray) -> pl.DataFrame:
        """The lines at some places with their numbers, but for the blank lines of a file."""
        frame = pl.DataFrame({"line": self.numbered(places), "text": self._texts(places)})
        return frame if self.given is not None else frame.filter(pl.col("text") != "")

    def _texts(self, places: np.ndarray) -> pl.Series:
        if self.given is not None:
            return self.given.gather(places)
        starts = np.append(0, self.ends[:-1] + 1)
        spans = zip(starts[places].tolist(), self.ends[places].tolist(), strict=True)
        return pl.Series([_text(self.raw[start:end]) for start, end in spans], dtype=pl.String)

    def has(self, line: int) -> bool:
        """Whether a line of this number is among them."""
        if self.numbers is None:
            return self.first <= line < self.first + self.count
        return self.numbers.index_of(line) is not None

    def text_of(self, line: int) -> str:
        """A line as it came, by its number."""
        place = line - self.first if self.numbers is None else self.numbers.index_of(line)
        return str(self._texts(np.array([place]))[0])


def _text(line: bytes) -> str:
    """A line's text; one that is not UTF-8 begins with a mark that makes it unreadable as JSON."""
    try:
        return line.decode().strip(BLANKS)
    except UnicodeDecodeError:
        return "\N{REPLACEMENT CHARACTER}" + line.decode(errors="replace").strip(BLANKS)
