"""A prospect from what people type: every field checked, all problems at once, beside the fields.

Numbers are typed as in Polish or in English: ``1 741,5`` and ``1741.5`` are one number. Where whole
units are asked for, a comma or point is refused: ``50,000`` may mean fifty or fifty thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from billing.catalog.edition import Catalog
from billing.prospects.prospect import FIGURES, Calls, Figure, Nature, Prospect
from billing.prospects.spreading import demand
from metering.calendar import Period
from metering.events import MAX_QUANTITY
from metering.problems import Problem

SPACES = re.compile(r"[\s\u00a0\u202f_]+")
PLAIN = re.compile(r"[0-9]{1,30}([.,][0-9]{1,12})?")
SIGNED = re.compile(r"-?[0-9]{1,30}([.,][0-9]{1,12})?")
LONGEST_NAME = 200
CALENDAR = range(1, 13)


@dataclass(frozen=True, slots=True)
class Field:
    """A number that is asked for: its bounds, the digits it may have, what stands for nothing."""

    name: str
    least: Decimal
    most: Decimal
    digits: int = 0
    empty: Decimal = Decimal(0)

    def read(self, text: str) -> tuple[Decimal, list[Problem]]:
        """The number that was typed, and what is wrong with it."""
        bare = SPACES.sub("", text)
        if not bare:
            return self.empty, []
        pattern = SIGNED if self.least < 0 else PLAIN
        if not pattern.fullmatch(bare):
            message = f"{text!r} is no number: write digits, as in 1500 or 2.5"
            return self.empty, [Problem("not_a_number", self.name, message)]
        if self.digits == 0 and not bare.isdecimal():
            message = f"{text!r} is not a whole number: leave out commas and points"
            return self.empty, [Problem("not_a_whole_number", self.name, message)]
        number = Decimal(bare.replace(",", "."))
        return number, list(self._problems(number))

    def _problems(self, number: Decimal) -> Iterator[Problem]:
        if not self.least <= number <= self.most:
            message = f"{number} is out of range: give {self.least} to {self.most}"
            yield Problem("out_of_range", self.name, message)
        if number != round(number, self.digits):
            message = f"{number} has too many digits: at most {self.digits} after the point"
            yield Problem("too_many_digits", self.name, message)


BILLION, GIGABYTES, HOURS = (Decimal(10) ** n for n in (9, 5, 3))


def amount_field(figure: Figure) -> Field:
    """The field of an amount; it is named by its meter."""
    in_parts = {"disk_bytes": GIGABYTES, "training_hours": HOURS}
    most = Decimal(10_000) if figure.nature is Nature.FIXED else BILLION
    digits = 2 if figure.meter in in_parts else 0
    return Field(figure.meter, Decimal(0), in_parts.get(figure.meter, most), digits)


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        own.name: own
        for own in (
            Field("months", Decimal(1), Decimal(24), empty=Decimal(12)),
            Field("sessions", Decimal(1), Decimal(10_000), empty=Decimal(1)),
            Field("users", Decimal(0), Decimal(10_000)),
            Field("calls_per_day", Decimal(0), Decimal(10) ** 6),
            Field("surveyed", Decimal(0), Decimal(100), 2),
            Field("recording_mb", Decimal(0), Decimal(1000), 3),
            Field("kept_months", Decimal(0), Decimal(24)),
            Field("growth", Decimal(-50), Decimal(50), 3),
            *(amount_field(figure) for figure in FIGURES),
            *(Field(f"season_{m}", Decimal(0), Decimal(10), 4, Decimal(1)) for m in CALENDAR),
        )
    }
)
"""Every number of the form by its name."""

Read = tuple[Prospect | None, list[Problem]]


def read_prospect(typed: Mapping[str, str], wanted: Iterable[str], catalog: Catalog) -> Read:
    """The prospect that was typed, or every problem of it, each with the name of its field."""
    numbers, problems = _numbers(typed)
    name, first = typed.get("name", "").strip(), _month(typed.get("first", "").strip())
    sla, items = typed.get("sla", "") or "standard", tuple(dict.fromkeys(wanted))
    problems += [*_named(name), *_known(sla, items, catalog)]
    if first is None:
        message = "name the first month as YYYY-MM, for example 2026-01"
        problems.append(Problem("not_a_period", "first", message))
    elif (earliest := min(own.in_force for own in catalog.editions.values())) > first.first_day:
        message = f"no edition is in force before {earliest}: start in a later month"
        problems.append(Problem("edition_not_in_force", "first", message))
    if problems or first is None:
        return None, problems
    prospect = _prospect(name, first, numbers, items, sla)
    too_many = list(_countable(prospect, catalog))
    return (None, too_many) if too_many else (prospect, [])


def _numbers(typed: Mapping[str, str]) -> tuple[dict[str, Decimal], list[Problem]]:
    read = {name: own.read(typed.get(name, "")) for name, own in FIELDS.items()}
    problems = [one for _, wrong in read.values() for one in wrong]
    return {name: number for name, (number, _) in read.items()}, problems


def _month(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except ValueError:
        return None


def _named(name: str) -> Iterator[Problem]:
    if not name:
        yield Problem("missing_field", "name", "give the prospect a name")
    elif len(name) > LONGEST_NAME or not name.isprintable():
        message = f"a name is one line of at most {LONGEST_NAME} characters"
        yield Problem("invalid_value", "name", message)


def _known(sla: str, wanted: Iterable[str], catalog: Catalog) -> Iterator[Problem]:
    if sla not in {key for key, own in catalog.sla_levels.items() if own.item is not None}:
        yield Problem("unknown_value", "sla", f"there is no SLA level {sla}")
    known = {key for edition in catalog.editions.values() for key in edition.items}
    for item in wanted:
        if item not in known:
            yield Problem("unknown_value", "wanted", f"no edition has an item {item}")


def _prospect(
    name: str, first: Period, numbers: Mapping[str, Decimal], wanted: tuple[str, ...], sla: str
) -> Prospect:
    amounts = {own.meter: numbers[own.meter] * own.scale for own in FIGURES if numbers[own.meter]}
    seasons = {month: numbers[f"season_{month}"] for month in CALENDAR}
    return Prospect(
        name=name,
        first=first,
        months=int(numbers["months"]),
        sessions=int(numbers["sessions"]),
        users=int(numbers["users"]) or int(numbers["sessions"]),
        calls=Calls(
            per_day=int(numbers["calls_per_day"]),
            surveyed=numbers["surveyed"],
            recording_mb=numbers["recording_mb"],
            kept_months=int(numbers["kept_months"]),
        ),
        amounts=amounts,
        growth=numbers["growth"],
        seasons={month: own for month, own in seasons.items() if own != 1},
        wanted=wanted,
        sla=sla,
    )


def _countable(prospect: Prospect, catalog: Catalog) -> Iterator[Problem]:
    """Growth may make more of an amount than one usage event can say."""
    meters = catalog.meters
    for month in demand(prospect, meters):
        for key, amount in month.amounts.items():
            if amount.scaleb(meters[key].decimals) > MAX_QUANTITY:
                message = f"it makes {amount} {meters[key].unit} of {key} in {month.period}"
                yield Problem("out_of_range", "growth", f"{message}: more than can be counted")
                return


WRITTEN: Mapping[str, Callable[[Prospect], Decimal | int]] = MappingProxyType(
    {
        "months": lambda own: own.months,
        "sessions": lambda own: own.sessions,
        "users": lambda own: own.users,
        "calls_per_day": lambda own: own.calls.per_day,
        "surveyed": lambda own: own.calls.surveyed,
        "recording_mb": lambda own: own.calls.recording_mb,
        "kept_months": lambda own: own.calls.kept_months,
        "growth": lambda own: own.growth,
    }
)


def written(prospect: Prospect) -> dict[str, str]:
    """A prospect as it would be typed: read again, it is the same. Items are not in it."""
    numbers = {name: Decimal(own(prospect)) for name, own in WRITTEN.items()}
    numbers |= {f.meter: prospect.amounts.get(f.meter, Decimal(0)) / f.scale for f in FIGURES}
    numbers |= {f"season_{month}": own for month, own in prospect.seasons.items()}
    texts = {name: _digits(number) for name, number in numbers.items()}
    nothing = {name: "" for name, own in texts.items() if own == "0" and FIELDS[name].empty == 0}
    head = {"name": prospect.name, "first": str(prospect.first), "sla": prospect.sla}
    return {**head, **texts, **nothing}


def _digits(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
