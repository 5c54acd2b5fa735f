"""Invoice numbers in the titles of payments, which people type as they like.

A number is its series and a running number of six digits or more: FV/2025/000001. People leave out
zeros, write it in small letters, with other signs between its parts or with none. What could be two
numbers is none: a person looks at it. The end of a longer number, W/FV/2025/000001, is unclear
unless that is of a series of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

DIGITS, MOST_DIGITS = 6, 12
"""So many digits a running number has at least, filled up with zeros, and at most."""

UNCLEAR = "?"
"""Stands among the numbers of a title for the end of a longer number, which may be anybody's."""

_PART = re.compile(r"[^\W\d_]+|[0-9]+")
_BETWEEN = r"(?:[\W_]|\b(?:nr|no|numer)\b)"
_LONGER = re.compile(r"[^\W_][/-]")
_STRUCTURED = re.compile(r"/INV/(.*?)(?=/TXT/|$)", re.IGNORECASE | re.DOTALL)


def numbers_in(title: str, series: Iterable[str]) -> tuple[str, ...]:
    """The invoice numbers of some series in a title, in its order, and UNCLEAR for others.

    The title of a split payment (/VAT/23,00/IDC/5260001246/INV/FV/2025/000001/TXT/…) names them in
    its field INV; its field IDC is the seller's tax id and says nothing about the payer.
    """
    field = _STRUCTURED.search(title)
    own = sorted(set(series))
    return (_found(field[1], own) if field else ()) or _found(title, own)


def _found(text: str, series: list[str]) -> tuple[str, ...]:
    hits = ((one, hit) for one in series for hit in _pattern(one).finditer(text))
    numbers = (_number(one, hit) for one, hit in _outermost(hits))
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def _outermost(hits: Iterable[tuple[str, re.Match[str]]]) -> Iterator[tuple[str, re.Match[str]]]:
    """The hits in the order of the text without those inside a longer one of another series."""
    last = (0, 0)
    for series, hit in sorted(hits, key=lambda one: (one[1].start(), -one[1].end(), one[0])):
        if hit.end() > last[1] or hit.span() == last:
            last = hit.span()
            yield series, hit


@lru_cache(maxsize=256)
def _pattern(series: str) -> re.Pattern[str]:
    """A number of a series: on its own, and not the beginning of a longer one.

    ``digits`` may be glued to the series if they are six; zeros may be cut off by a blank, where a
    bank breaks a line; ``more`` are digits after a blank, which may or may not belong to it.
    """
    parts = f"{_BETWEEN}{{0,4}}".join(map(re.escape, _PART.findall(series)))
    digits = r"(?P<digits>0+\s+[0-9]+|[0-9]+)"
    glued = rf"(?P<glued>[0-9]{{{DIGITS}}})"
    own = rf"(?:{_BETWEEN}{{1,4}}{digits}|{glued})"
    return re.compile(
        rf"(?<![^\W_]){parts}{own}(?![^\W_])(?![/.,-][0-9])(?:(?=\s+(?P<more>[0-9]+)))?",
        re.IGNORECASE,
    )


def _number(series: str, hit: re.Match[str]) -> str | None:
    """The number that a hit stands for; None if nobody can tell, UNCLEAR if it may be another."""
    start = hit.start()
    if _LONGER.fullmatch(hit.string, max(start - 2, 0), start):
        return UNCLEAR
    written = hit["digits"] or hit["glued"]
    digits = "".join(written.split())
    cut = digits != written
    padded = digits.startswith("0")
    unclear = padded and len(digits) < DIGITS and len(digits + (hit["more"] or "")) == DIGITS
    too_long = len(digits) > (DIGITS if padded else MOST_DIGITS)
    if unclear or too_long or (cut and len(digits) != DIGITS) or not int(digits):
        return None
    return f"{series}/{int(digits):0{DIGITS}}"
