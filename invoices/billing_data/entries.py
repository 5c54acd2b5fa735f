"""Entries as billing data: from the columns of `metering.written` to those of `fields`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from invoices.billing_data.fields import COLUMNS
from invoices.billing_data.telephone import e164

CATEGORIES = {"sms": "sms", "mass_sms": "sms"}
"""What a meter counts is of this category, if its events do not say it."""

PARTIES = ("from", "to")


def billing_data(frames: Iterable[pl.DataFrame], country: str) -> Iterator[pl.DataFrame]:
    """Written entries as billing data; numbers without a country's code are of ``country``."""
    for frame in frames:
        own = frame.with_columns(*(_numbers(frame[name], country) for name in PARTIES))
        yield own.with_columns(
            date="time",
            category=pl.coalesce("category", _category()),
            not_e164=_not_e164(frame, country),
        ).select(COLUMNS)


def _category() -> pl.Expr:
    return pl.col("meter").replace_strict(CATEGORIES, default=None, return_dtype=pl.String)


def _numbers(column: pl.Series, country: str) -> pl.Series:
    """A column of numbers, those that can be read in E.164."""
    read = _read(column, country)
    return column.replace_strict(
        list(read), [number or text for text, number in read.items()], default=None,
        return_dtype=pl.String,
    )  # fmt: skip


def _not_e164(frame: pl.DataFrame, country: str) -> pl.Series:
    """Which parties' numbers stand as they came, null where none does."""
    marks = pl.DataFrame(
        [
            _unread(frame[name], country).replace_strict({True: name, False: None})
            for name in PARTIES
        ]
    )
    joined = pl.concat_str(PARTIES, separator=" ", ignore_nulls=True)
    return marks.select(pl.when(joined != "").then(joined)).to_series()


def _unread(column: pl.Series, country: str) -> pl.Series:
    unread = [text for text, number in _read(column, country).items() if number is None and text]
    return column.is_in(unread).fill_null(value=False)


def _read(column: pl.Series, country: str) -> dict[str, str | None]:
    """The texts of a column, each once, with the numbers that they are."""
    return {text: e164(text, country) for text in column.drop_nulls().unique()}
