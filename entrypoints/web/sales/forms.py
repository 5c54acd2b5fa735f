"""The form of a prospect: its fields with their names, what was typed, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from babel.dates import get_month_names

from billing.catalog.edition import Catalog, Cell, Edition, Kind, MeterTerms
from billing.orders.item_checks import SLA_UNIT
from billing.prospects.prospect import FIGURES, Nature
from billing.prospects.reading import CALENDAR, FIELDS
from invoices.language import Language, marked
from invoices.units import SCALED, usage_unit
from metering.calendar import Period
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as it is shown."""

    name: str
    label: str
    value: str
    problem: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together."""

    title: str
    fields: list[Shown]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Ticked:
    """An item that a prospect may want."""

    key: str
    name: str
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class ProspectForm:
    """The whole form."""

    head: Mapping[str, Shown]
    parts: list[Part]
    levels: list[tuple[str, str]]
    groups: list[tuple[str, list[Ticked]]]
    seasons: list[Shown]
    problems: list[str] = field(default_factory=list)
    is_season_set: bool = False


LABELS = {
    "name": marked("Name of the prospect"),
    "first": marked("First month"),
    "months": marked("Months ahead"),
    "sla": marked("Service level"),
    "sessions": marked("People at work at a time"),
    "users": marked("Named users"),
    "calls_per_day": marked("Calls on a working day"),
    "surveyed": marked("Calls with a survey after them, %"),
    "recording_mb": marked("Size of a call's recording, MB"),
    "kept_months": marked("Months for which recordings are kept"),
    "growth": marked("Growth a month, %"),
}
HINTS = {
    "first": marked("Year and month, such as 2026-01."),
    "sessions": marked("Each needs a licence."),
    "users": marked("They share the API calls. Empty: as many as work at a time."),
    "kept_months": marked("The current month is one of them; 0: recordings are not kept here."),
    "growth": marked("Of what is used and of data held. Negative if it shrinks."),
}
SENTENCES = {
    "missing_field": marked("Please fill this in."),
    "not_a_number": marked("This is not a number: write digits, such as 1500."),
    "not_a_whole_number": marked("Write a whole number, without commas and points."),
    "too_many_digits": marked("Too many digits after the point."),
    "not_a_period": marked("Write year and month, such as 2026-01."),
    "edition_not_in_force": marked("No price list is in force so early."),
    "unknown_value": marked("Choose one of the list."),
    "invalid_value": marked("Write one line of at most 200 characters."),
    "changed_meanwhile": marked(
        "Somebody else has changed this model meanwhile. Send it once more to keep yours after it."
    ),
}
OUT_OF_RANGE = marked("Give a number from {least} to {most}.")
TOO_MUCH = marked("With this growth there will be more than can be counted.")
PEOPLE = ("sessions", "users")
CALLS = ("calls_per_day", "surveyed", "recording_mb", "kept_months")
NATURES = {
    Nature.MONTHLY: marked("Used in the first month"),
    Nature.HELD: marked("Held in the first month"),
    Nature.FIXED: marked("Set up, the same in every month"),
}
GROUPS = {Kind.FEATURE: marked("Functions"), Kind.ADDON: marked("Additional services")}
DEFAULTS = {"months": "12", "sessions": "10", "sla": "standard"}


def new_form(first: date) -> dict[str, str]:
    """What stands in an empty form: ten people, a year from next month on."""
    return {**DEFAULTS, "first": str(Period.of(first).next())}


def prospect_form(
    typed: Mapping[str, str],
    wanted: Iterable[str],
    catalog: Catalog,
    say: Language,
    problems: Iterable[Problem] = (),
) -> ProspectForm:
    """The form with what was typed in it, and each problem beside its field."""
    told = {own.path: sentence(own, say) for own in problems}
    edition = newest(catalog)

    def shown(name: str, label: str, hint: str = "") -> Shown:
        return Shown(name, label, typed.get(name, ""), told.get(name, ""), hint)

    def asked(name: str) -> Shown:
        return shown(name, say.text(LABELS[name]), say.text(HINTS[name]) if name in HINTS else "")

    def metered(nature: Nature) -> list[Shown]:
        found = (edition.meters[f.meter] for f in FIGURES if f.nature is nature)
        return [shown(own.meter.key, _metered(own, say)) for own in found]

    parts = [
        Part(say.text("People"), [asked(name) for name in PEOPLE]),
        Part(say.text("Calls"), [asked(name) for name in CALLS]),
        *(Part(say.text(title), metered(nature)) for nature, title in NATURES.items()),
    ]
    seasons = [shown(f"season_{n}", _month_name(n, say)) for n in CALENDAR]
    return ProspectForm(
        head={name: asked(name) for name in ("name", "first", "months", "growth", "sla")},
        parts=parts,
        levels=[
            (key, own.pl if say.code == "pl" else own.en)
            for key, own in catalog.sla_levels.items()
            if own.item is not None
        ],
        groups=list(_groups(edition, set(wanted), say)),
        seasons=seasons,
        problems=[told[key] for key in ("", "wanted") if key in told],
        is_season_set=any(own.value not in ("", "1") or own.problem for own in seasons),
    )


def _metered(terms: MeterTerms, say: Language) -> str:
    """A meter's name, with its unit where that is not the thing itself."""
    name = getattr(terms.name, say.code)
    if terms.meter.unit not in SCALED:
        return str(name)
    return f"{name}, {usage_unit(terms.meter.unit, say.code)}"


def _month_name(month: int, say: Language) -> str:
    return str(get_month_names("wide", "stand-alone", say.locale)[month])


def newest(catalog: Catalog) -> Edition:
    """The edition that came into force last."""
    return max(catalog.editions.values(), key=lambda own: own.in_force)


def sentence(problem: Problem, say: Language) -> str:
    """A problem of a field in the language of the page."""
    bounds = FIELDS.get(problem.path)
    if problem.code == "out_of_range" and bounds:
        if problem.path == "growth" and "counted" in problem.message:
            return say.text(TOO_MUCH)
        return say.text(OUT_OF_RANGE, least=f"{bounds.least:f}", most=f"{bounds.most:f}")
    return say.text(SENTENCES[problem.code]) if problem.code in SENTENCES else problem.message


def _groups(
    edition: Edition, wanted: set[str], say: Language
) -> Iterator[tuple[str, list[Ticked]]]:
    """What may be wanted: whatever some package does not have in it anyway."""
    for kind, title in GROUPS.items():
        rows = [
            Ticked(key, getattr(row.name, say.code), key in wanted)
            for key, row in edition.items.items()
            if row.kind is kind and not row.same_as and not row.stands_for and not row.by_use
            if row.unit != SLA_UNIT and not _everywhere(edition, key)
        ]
        yield say.text(title), rows


def _everywhere(edition: Edition, item: str) -> bool:
    return all(edition.cell(item, package) is Cell.INCLUDED for package in edition.packages)
