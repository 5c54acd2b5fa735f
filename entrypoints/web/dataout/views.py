"""What the pages of exports show: values for their templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from entrypoints.web.dataout.texts import FORMATS, STATES, size, told
from entrypoints.web.words import words
from invoices.billing_data.exports import Export
from invoices.billing_data.formats import Format
from invoices.billing_data.reading import span_problems
from metering.calendar import Period
from metering.itemised import KEPT_DAYS
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that can be had, or whose hash alone is left."""

    name: str
    address: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An export as the pages show it; ``files`` can be had if ``is_kept``."""

    address: str
    order: str
    days: str
    format: str
    asked_by: str
    asked_at: str
    state: str
    look: str
    is_over: bool
    is_kept: bool
    until: str
    percent: int
    done: str
    entries: str
    count: int
    files: tuple[FileLink, ...]


def shown(own: Export, code: str, kept_days: int, now: datetime) -> Shown:
    """An export in a language."""
    say, address = words(code), address_of(own.order, own.id)
    state, look = STATES[own.state]
    until = own.until(kept_days)
    return Shown(
        address=address,
        order=own.order,
        days=say.days(own.first, own.last),
        format=own.form.upper(),
        asked_by=own.asked_by,
        asked_at=say.instant(own.asked_at),
        state=say.text(state),
        look=look,
        is_over=own.is_over,
        is_kept=own.has_files(now, kept_days),
        until=say.instant(until) if until else "",
        percent=own.percent,
        done=say.quantity(Decimal(own.done)),
        entries=say.quantity(Decimal(own.entries or 0)),
        count=own.entries or 0,
        files=tuple(
            FileLink(
                own.name(file.number),
                f"{address}/files/{file.number}",
                size(file.bytes, code),
                file.sha256,
            )
            for file in own.files
        ),
    )


def shown_all(found: Iterable[Export], code: str, kept_days: int, now: datetime) -> list[Shown]:
    """Exports in a language."""
    return [shown(own, code, kept_days, now) for own in found]


def address_of(order: str, export: str) -> str:
    """The page of an export."""
    return f"/orders/{quote(order)}/exports/{export}"


def formats(code: str) -> list[tuple[str, str]]:
    """The formats as choices."""
    say = words(code)
    return [(form.value, say.text(text)) for form, text in FORMATS.items()]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was typed into the form of an export, and what is wrong with it."""

    first: str
    last: str
    form: str
    problems: dict[str, str]

    @classmethod
    def proposed(cls, today: date) -> Choice:
        """The month before, as most people want it."""
        month = Period.of(today).before()
        return cls(str(month.first_day), str(month.last_day), Format.CSV.value, {})


def read_choice(
    first: str, last: str, form: str, today: date, code: str
) -> tuple[Choice, tuple[date, date, Format] | None]:
    """What was typed, and what it means where nothing is wrong with it."""
    days = {name: _day(text) for name, text in (("from", first), ("to", last))}
    problems = [Problem("not_a_day", name, "") for name, day in days.items() if day is None]
    if form not in set(Format):
        problems.append(Problem("unknown_value", "format", ""))
    start, end = days["from"], days["to"]
    if start is not None and end is not None:
        problems += span_problems(start, end, today)
    choice = Choice(first, last, form, told(problems, code, limits_said(today, code)))
    if problems or start is None or end is None:
        return choice, None
    return choice, (start, end, Format(form))


def limits_said(today: date, code: str) -> dict[str, str]:
    """The days between which an export may be, as texts."""
    say = words(code)
    return {"oldest": say.day(oldest(today)), "today": say.day(today)}


def oldest(today: date) -> date:
    """The oldest day that may be given out (R123)."""
    return today - timedelta(days=KEPT_DAYS)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2025-10-31") else None
    except ValueError:
        return None
