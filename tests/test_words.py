"""Amounts in words, in Polish and in English."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.pdf.words import amount_in_words

POLISH = [
    ("0.00", "zero złotych, zero groszy"),
    ("0.01", "zero złotych, jeden grosz"),
    ("0.02", "zero złotych, dwa grosze"),
    ("0.05", "zero złotych, pięć groszy"),
    ("1.00", "jeden złoty, zero groszy"),
    ("1.01", "jeden złoty, jeden grosz"),
    ("2.00", "dwa złote, zero groszy"),
    ("4.24", "cztery złote, dwadzieścia cztery grosze"),
    ("5.00", "pięć złotych, zero groszy"),
    ("12.00", "dwanaście złotych, zero groszy"),
    ("13.14", "trzynaście złotych, czternaście groszy"),
    ("21.21", "dwadzieścia jeden złotych, dwadzieścia jeden groszy"),
    ("22.22", "dwadzieścia dwa złote, dwadzieścia dwa grosze"),
    ("112.12", "sto dwanaście złotych, dwanaście groszy"),
    ("122.00", "sto dwadzieścia dwa złote, zero groszy"),
    ("1000.00", "tysiąc złotych, zero groszy"),
    ("2000.05", "dwa tysiące złotych, pięć groszy"),
    ("5000.00", "pięć tysięcy złotych, zero groszy"),
    ("22000.00", "dwadzieścia dwa tysiące złotych, zero groszy"),
    ("1000000.00", "milion złotych, zero groszy"),
    (
        "2345678.99",
        "dwa miliony trzysta czterdzieści pięć tysięcy sześćset siedemdziesiąt osiem złotych,"
        " dziewięćdziesiąt dziewięć groszy",
    ),
    ("5000000000.00", "pięć miliardów złotych, zero groszy"),
    ("-2.01", "minus dwa złote, jeden grosz"),
]


@pytest.mark.parametrize(("amount", "words"), POLISH)
def test_zloty_in_polish(amount: str, words: str) -> None:
    """Every form that the numerals ask of złoty and grosz."""
    assert amount_in_words(Decimal(amount), "PLN", "pl") == words


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("22.22", "PLN", "en", "twenty-two zlotys, twenty-two groszy"),
        ("1.01", "PLN", "en", "one zloty, one grosz"),
        ("-5.00", "PLN", "en", "minus five zlotys, zero groszy"),
        ("2.02", "EUR", "pl", "dwa euro, dwa centy"),
        ("1000.50", "EUR", "en", "one thousand euro, fifty cents"),
        ("22.07", "SEK", "pl", "dwadzieścia dwa SEK 07/100"),
        ("-0.50", "SEK", "pl", "minus zero SEK 50/100"),
    ],
)
def test_other_currencies_and_english(
    amount: str, currency: str, language: str, words: str
) -> None:
    """A currency without words of its own keeps its code."""
    assert amount_in_words(Decimal(amount), currency, language) == words


@given(st.integers(0, 10**14), st.sampled_from(["pl", "en"]))
def test_two_amounts_never_have_the_same_words(hundredths: int, language: str) -> None:
    """An amount and the one a grosz above it are told apart, however large they are."""
    amounts = [Decimal(own).scaleb(-2) for own in (hundredths, hundredths + 1)]
    lower, higher = (amount_in_words(own, "PLN", language) for own in amounts)
    assert lower != higher
