"""Between pydantic and problems: the edge where text from people becomes checked values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from moneyed import CURRENCIES
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from metering.problems import Problem, format_path

FIRST_YEAR, LAST_YEAR = 2000, 2199
MOST_PRICE, PRICE_DIGITS = Decimal(10) ** 14, 8
"""What a structured invoice can show of a unit price."""

_PLAIN_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?")

FormT = TypeVar("FormT", bound=BaseModel)


class Form(BaseModel):
    """A part of a file as people write it; unknown keys are mistakes, not decoration."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError("write a decimal number, quoted where the format has no exact numbers")
    if isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is not a plain decimal number: write it out, as in 0.002")
    return Decimal(value)


def _amount(value: Any) -> Decimal:
    number = _exact(value)
    if number < 0:
        raise ValueError(f"{value} is negative: a price is zero or more")
    if number >= MOST_PRICE or number != round(number, PRICE_DIGITS):
        raise ValueError(f"{value} has more digits than an invoice can show (14, and 8 decimals)")
    return number


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError(f"{value!r} is not a day: write it as YYYY-MM-DD")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a day of the calendar: {error}") from error
    return _near(day)


def _near(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        years = f"{FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(f"{day} is not in the years {years}: leave an open end empty")
    return day


def _whole(value: Any) -> Any:
    """Whole numbers are no truth values: `true` licences are a mistake."""
    if isinstance(value, bool):
        raise ValueError("write a whole number")
    return value


def _currency(value: Any) -> Any:
    if isinstance(value, str) and value not in CURRENCIES:
        raise ValueError(f"{value} is not a currency: write its code, such as PLN or EUR")
    return value


def _instant(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is not a time: write 2025-10-05T09:00:00+02:00") from error
    if not isinstance(value, datetime):
        raise ValueError("write a time as 2025-10-05T09:00:00+02:00")
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no offset: add one, for example +02:00")
    _near(value.date())
    return value


def _text(value: Any) -> Any:
    """Identifiers may look like numbers in YAML; they are text all the same.

    Control characters are refused: on an invoice they cannot be printed, and on a terminal they
    would be obeyed.
    """
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, str) and any(unicodedata.category(sign) == "Cc" for sign in value):
        raise ValueError(f"{value!r} has a line break or another control character: take it out")
    return str(value) if is_number else value


_NUMBER_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}]}
)
Exact = Annotated[Decimal, BeforeValidator(_exact), _NUMBER_SCHEMA]
Amount = Annotated[Decimal, BeforeValidator(_amount), _NUMBER_SCHEMA]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Text = Annotated[str, BeforeValidator(_text)]
Whole = Annotated[int, BeforeValidator(_whole)]
Currency = Annotated[str, BeforeValidator(_currency)]

_CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_value",
    "enum": "unknown_value",
    "int_type": "not_a_whole_number",
    "int_from_float": "not_a_whole_number",
    "int_parsing": "not_a_whole_number",
    "int_parsing_size": "not_a_whole_number",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "model_type": "not_a_mapping",
    "dict_type": "not_a_mapping",
    "list_type": "not_a_list",
    "tuple_type": "not_a_list",
    "string_type": "not_text",
}
_SENTENCES = {
    "missing_field": "this field is required",
    "unknown_field": "there is no field of this name here; check its spelling",
    "not_a_mapping": "give this as a mapping, key: value",
    "not_a_list": "give this as a list",
    "not_text": "give this as text",
    "not_a_whole_number": "give this as a whole number",
}


def read_form(form: type[FormT], value: Any, path: str = "") -> tuple[FormT | None, list[Problem]]:
    """Checks a value against a form; the form is None when there are problems."""
    try:
        return form.model_validate(value), []
    except ValidationError as error:
        return None, [p.under(path) for p in _problems(error.errors(include_url=False))]


def _problems(errors: Iterable[Any]) -> list[Problem]:
    return [
        Problem(code := _code(e), format_path(_shown(e["loc"])), _SENTENCES.get(code, _sentence(e)))
        for e in errors
    ]


def _code(error: Any) -> str:
    if error["type"] == "value_error":
        return getattr(error.get("ctx", {}).get("error"), "code", "invalid_value")
    return _CODES.get(error["type"], "invalid_value")


def _sentence(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _shown(location: tuple[str | int, ...]) -> list[str | int]:
    """Drops the names pydantic adds for unions and validators; they are no part of the file."""
    return [part for part in location if not (isinstance(part, str) and "[" in part)]


def read_each(
    form: type[FormT], values: Iterable[Any], group: str
) -> tuple[list[tuple[str, FormT]], list[Problem]]:
    """The valid parts of a list with their paths, and the problems of the others."""
    found: list[tuple[str, FormT]] = []
    problems: list[Problem] = []
    for i, value in enumerate(values):
        read, wrong = read_form(form, value, f"{group}[{i}]")
        problems += wrong
        if read is not None:
            found.append((f"{group}[{i}]", read))
    return found, problems


def repeated(what: str, ids: Iterable[tuple[str, str]], field: str = "id") -> list[Problem]:
    """A problem for every id that was given before; ids come with the path of what they name."""
    seen: set[str] = set()
    problems: list[Problem] = []
    for path, key in ids:
        if key in seen:
            problems.append(
                Problem(f"duplicate_{what}", f"{path}.{field}", f"{what} {key} is given twice")
            )
        seen.add(key)
    return problems
