"""Exchange rates: read exactly, and that of the last working day before the tax point."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from billing.exchange import Rate, rate_before, read_tables
from metering.problems import Problem

TABLES = """[
 {"table": "A", "no": "211/A/NBP/2025", "effectiveDate": "2025-10-31",
  "rates": [{"currency": "euro", "code": "EUR", "mid": 4.2512},
            {"currency": "rupia indonezyjska", "code": "IDR", "mid": 0.00022054}]},
 {"table": "A", "no": "210/A/NBP/2025", "effectiveDate": "2025-10-30",
  "rates": [{"currency": "euro", "code": "EUR", "mid": 4.25}]}
]"""
ONE = {"table": "A", "no": "1/A/NBP/2025", "effectiveDate": "2025-01-02"}
EURO = {"currency": "euro", "code": "EUR", "mid": "@"}


def wrong(**given: object) -> list[tuple[str, str]]:
    """The problems of a table with something else in it; its rate is the number 4.25."""
    text = json.dumps([{**ONE, "rates": [EURO], **given}]).replace('"@"', "4.25")
    rates, problems = read_tables(text)
    assert rates == ()
    return [(own.code, own.path) for own in problems]


def test_rates_are_read_exactly() -> None:
    """As they are written, digit by digit."""
    rates, problems = read_tables(TABLES)
    assert problems == []
    assert rates[0] == Rate("EUR", Decimal("4.2512"), date(2025, 10, 31), "211/A/NBP/2025")
    assert [str(own.rate) for own in rates] == ["4.2512", "0.00022054", "4.25"]


@pytest.mark.parametrize(
    ("tax_point", "found"),
    [
        ("2025-10-31", "4.25"),  # a Friday: Thursday's
        ("2025-11-01", "4.2512"),  # All Saints: Friday's
        ("2025-11-02", "4.2512"),  # a Sunday: Friday's
        ("2025-11-03", "4.2512"),  # a Monday: Friday's, Saturday being a holiday besides
    ],
)
def test_the_rate_is_that_of_the_last_working_day_before(tax_point: str, found: str) -> None:
    """Never that of the day itself (art. 31a)."""
    rate = rate_before(read_tables(TABLES)[0], "EUR", date.fromisoformat(tax_point))
    assert isinstance(rate, Rate)
    assert str(rate.rate) == found


def test_holidays_have_no_table() -> None:
    """Before 27 December 2025 the last working day was the 23rd: Christmas Eve is free too."""
    missing = rate_before((), "EUR", date(2025, 12, 27))
    assert isinstance(missing, Problem)
    assert "2025-12-23" in missing.message


@pytest.mark.parametrize(("currency", "day"), [("USD", "2025-11-03"), ("EUR", "2025-11-04")])
def test_an_earlier_rate_is_never_taken_instead(currency: str, day: str) -> None:
    """A day whose table is not known, or a currency that it does not have."""
    missing = rate_before(read_tables(TABLES)[0], currency, date.fromisoformat(day))
    assert isinstance(missing, Problem)
    assert missing.code == "missing_exchange_rate"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"table": "C"}, "[0].table"),
        ({"no": ""}, "[0].no"),
        ({"effectiveDate": "31.10.2025"}, "[0].effectiveDate"),
        ({"effectiveDate": 20251031}, "[0].effectiveDate"),
        ({"rates": None}, "[0].rates"),
        ({"rates": [None]}, "[0].rates[0]"),
        ({"rates": [{**EURO, "code": "euro"}]}, "[0].rates[0].code"),
        ({"rates": [{**EURO, "mid": "4.25"}]}, "[0].rates[0].mid"),
        ({"rates": [{**EURO, "mid": 0}]}, "[0].rates[0].mid"),
        ({"rates": [{**EURO, "mid": True}]}, "[0].rates[0].mid"),
    ],
)
def test_a_wrong_table_is_named_and_gives_no_rates(given: dict[str, object], path: str) -> None:
    """With the place of what is wrong."""
    assert wrong(**given) == [("invalid_exchange_rates", path)]


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[{"x": NaN}]', "1e9"])
def test_what_is_no_table_is_a_problem(text: str) -> None:
    """Half a file, another document, a number that is none."""
    rates, problems = read_tables(text)
    assert rates == ()
    assert {own.code for own in problems} == {"invalid_exchange_rates"}


@pytest.mark.parametrize("mid", ["1e400000000", "1e-400000000", "99999999999"])
def test_a_number_beyond_all_use_is_no_rate(mid: str) -> None:
    """Written out, an exponent could fill the memory."""
    text = json.dumps([{**ONE, "rates": [EURO]}]).replace('"@"', mid)
    assert [own.path for own in read_tables(text)[1]] == ["[0].rates[0].mid"]


def test_all_is_told_at_once() -> None:
    """Two tables wrong in three places; the right one among them is read."""
    right = {**ONE, "rates": [EURO]}
    tables = [{**right, "table": "B", "no": None}, right, {**right, "rates": "none"}]
    rates, problems = read_tables(json.dumps(tables).replace('"@"', "4.25"))
    assert [own.path for own in problems] == ["[0].table", "[0].no", "[2].rates"]
    assert len(rates) == 1


def test_two_rates_of_a_day_contradict() -> None:
    """The same table twice is no harm; another rate is."""
    twice = f"{TABLES.strip()[:-1]}, {TABLES.strip()[1:]}"
    assert len(read_tables(twice)[0]) == 6
    assert read_tables(twice)[1] == []
    other = json.dumps([{**ONE, "rates": [EURO]}, {**ONE, "rates": [{**EURO, "mid": "@@"}]}])
    problems = read_tables(other.replace('"@@"', "4.26").replace('"@"', "4.25"))[1]
    assert [own.code for own in problems] == ["invalid_exchange_rates"]
