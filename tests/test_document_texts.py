"""The texts of documents: every one of them is there in Polish, and none is left over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import invoices
from invoices.language import LOCALES, language
from invoices.units import PLURALS, UNITS, counted, usage_counted
from metering.calendar import Period
from tests.builders import catalog

FOLDER = Path(invoices.__file__).parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
SAY = {"text": None, "count": (1, 2), "_": None, "ngettext": (1, 2)}


def used() -> Iterator[str]:
    """Every text that templates and code name, the first form of those that count."""
    found = extract_from_dir(FOLDER, METHODS, keywords=SAY)
    for _, _, message, _, _ in found:
        yield message if isinstance(message, str) else message[0]


def test_every_text_is_there_in_polish_and_none_is_left_over() -> None:
    """What a document says in English it can say in Polish."""
    with (LOCALES / "pl.po").open("rb") as file:
        polish = read_po(file)
    said = {
        own.id if isinstance(own.id, str) else own.id[0]: own.string for own in polish if own.id
    }
    assert set(used()) == set(said)
    assert all(said.values())


def test_every_unit_of_the_catalog_has_a_polish_name() -> None:
    """Lines and ledgers name units that both languages know."""
    units = {
        terms.meter.unit
        for edition in catalog().editions.values()
        for terms in edition.meters.values()
    }
    items = {
        item.unit
        for edition in catalog().editions.values()
        for item in edition.items.values()
        if item.counted and item.kind == "paid_addon" and item.same_as is None
    } - {"sla_level"}  # a level is charged by the month
    assert units | items <= set(UNITS)


@pytest.mark.parametrize(("place", "code"), [(0, "en"), (1, "pl")])
def test_every_unit_has_a_form_for_every_number(place: int, code: str) -> None:
    """Or one alone, which goes with all of them."""
    forms = {unit: own[place].split("|") for unit, own in UNITS.items()}
    assert [unit for unit, own in forms.items() if len(own) not in (1, len(PLURALS[code]))] == []


@pytest.mark.parametrize(
    ("quantity", "unit", "polish", "english"),
    [
        ("1", "licence", "1 licencja", "1 licence"),
        ("2", "licence", "2 licencje", "2 licences"),
        ("20", "user_licence", "20 licencji", "20 licences"),
        ("22", "queue", "22 kolejki", "22 queues"),
        ("12", "queue", "12 kolejek", "12 queues"),
        ("1E+1", "record", "10 rekordów", "10 records"),
        ("0.548387", "pack", "0,548387 pakietu", "0.548387 packs"),
        ("-3.0", "ticket", "-3 zgłoszenia", "-3 tickets"),
        ("1200", "message", "1 200 szt.", "1,200 messages"),
        ("2", "barrel_of_oil", "2 barrel of oil", "2 barrel of oil"),
    ],
)
def test_units_are_counted_as_each_language_counts(
    quantity: str, unit: str, polish: str, english: str
) -> None:
    """One, a few, many, a part of one; abbreviations and units of others stay as they are."""
    told = (counted(Decimal(quantity), unit, language(code)) for code in ("pl", "en"))
    assert [own.replace("\xa0", " ") for own in told] == [polish, english]


def test_bytes_are_told_in_gigabytes() -> None:
    """R44."""
    assert usage_counted(Decimal(120_500_000_000), "byte", language("pl")) == "120,5\xa0GB"


def test_a_percentage_is_written_alike_everywhere() -> None:
    """Without a space, with the digits that it has."""
    assert [language("pl").percent(Decimal(own)) for own in ("100", "86.98")] == ["100%", "86,98%"]
    assert language("en").percent(Decimal("86.98")) == "86.98%"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 użytkownik"),
        (2, "2 użytkowników"),
        (5, "5 użytkowników"),
        (22, "22 użytkowników"),
    ],
)
def test_users_are_counted_as_polish_counts_men(number: int, words: str) -> None:
    """Masculine personal nouns: dwóch, pięciu, dwudziestu dwóch użytkowników."""
    assert language("pl").count("{n} user", "{n} users", number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 licencja"), (3, "3 licencje"), (12, "12 licencji"), (22, "22 licencje")],
)
def test_licences_have_three_forms(number: int, words: str) -> None:
    """Jedna licencja, trzy licencje, dwanaście licencji."""
    assert language("pl").count("{n} licence", "{n} licences", number) == words


def test_numbers_and_days_are_written_as_each_language_writes_them() -> None:
    """Nothing is rounded on the way, however many digits there are."""
    pl, en = language("pl"), language("en")
    assert pl.money(Decimal("12345678901234.56"), "PLN") == "12 345 678 901 234,56 zł".replace(
        " ", "\xa0"
    )
    assert en.money(Decimal("-1741.79"), "PLN") == "-1,741.79\xa0PLN"
    assert (pl.price(Decimal("0.0004")), pl.price(Decimal(150))) == ("0,0004", "150,00")
    assert en.quantity(Decimal("9999999999.123456")) == "9,999,999,999.123456"
    assert pl.days(date(2025, 10, 1), date(2025, 10, 31)) == "1–31 października 2025"
    assert pl.days(date(2025, 10, 15), date(2025, 10, 15)) == "15 października 2025"
    assert pl.month(Period(2025, 10)) == "październik 2025"
    assert pl.instant(datetime(2025, 10, 31, 23, 30, tzinfo=UTC)) == "1 listopada 2025, 00:30"
