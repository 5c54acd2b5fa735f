"""Reading what people type: days, instants, amounts, periods; a sentence where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError

from billing import forms
from metering.calendar import Period


def _parser(adapter: TypeAdapter[Any]) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            message = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise typer.BadParameter(message) from error

    return parse


_day: Callable[[Any], date] = _parser(TypeAdapter(forms.Day))
_instant: Callable[[Any], datetime] = _parser(TypeAdapter(forms.Instant))
_amount: Callable[[Any], Decimal] = _parser(TypeAdapter(forms.Amount))
_currency: Callable[[Any], str] = _parser(TypeAdapter(forms.Currency))


def Day(value: Any) -> date:  # noqa: N802  # the name stands in the help of each option
    """A day, YYYY-MM-DD."""
    return _day(value)


def Instant(value: Any) -> datetime:  # noqa: N802  # as above
    """A time with its offset."""
    return _instant(value)


def Amount(value: Any) -> Decimal:  # noqa: N802  # as above
    """An amount of money."""
    return _amount(value)


def Currency(value: Any) -> str:  # noqa: N802  # as above
    """The code of a currency, such as PLN."""
    return _currency(value)


def Month(value: Any) -> Period:  # noqa: N802  # as above
    """A period, YYYY-MM."""
    if isinstance(value, Period):
        return value
    try:
        return Period.parse(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
