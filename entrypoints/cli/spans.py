"""Reading times and shares as people type them: `FROM/TO`, `FROM/TO/NAME`, `3/5`, `60%`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import typer

from metering.problems import Problem, ProblemsFound

OPEN = ("", "..")
"""How an end is written that has not come yet."""
_PARTS = re.compile(r"([0-9]+)/([0-9]+)")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


def Share(value: Any) -> Fraction:  # noqa: N802  # the name stands in the help of each option
    """An exact share of the users, 3/5 or 60%."""
    if isinstance(value, Fraction):
        return value
    try:
        found = share_of(value)
    except ProblemsFound as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    if found is None:
        raise typer.BadParameter("write a share as 3/5 or 60%")
    return found


def share_of(text: str) -> Fraction | None:
    """An exact share, 3/5 or 60%; None of no text; raises ProblemsFound."""
    if not text.strip():
        return None
    if (found := _PARTS.fullmatch(text.strip())) and int(found[2]):
        return Fraction(int(found[1]), int(found[2]))
    if found := _PERCENT.fullmatch(text.strip()):
        return Fraction(found[1]) / 100
    message = f"{text!r} is no share: write it as 3/5 or 60%"
    raise ProblemsFound([Problem("invalid_value", "", message)])


def time_span(text: str) -> dict[str, Any]:
    """A time `FROM/TO`, its end perhaps open, with a name behind it if there is a third part."""
    start, _, rest = text.partition("/")
    end, _, name = rest.partition("/")
    span = {"from": start, "to": None if end in OPEN else end}
    return {**span, "service": name} if name else span
