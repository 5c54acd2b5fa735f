"""Billable characters of a text for speech synthesis (R81)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.characters import billable_characters


def test_letters_digits_and_punctuation_count_and_spaces_do_not() -> None:
    """R81: 21 characters with spaces, 18 billable."""
    assert billable_characters("Dzień dobry, tu 24/7!") == 18


def test_a_comma_and_a_full_stop_count() -> None:
    """R81: `Saldo: 12,50 zł.` has 14."""
    assert billable_characters("Saldo: 12,50 zł.") == 14


def test_a_letter_written_as_two_code_points_is_one_letter() -> None:
    """R81: counted after NFC normalisation."""
    assert billable_characters("Dzien\u0301 dobry, tu 24/7!") == 18


@pytest.mark.parametrize("text", ["%", "/", "@", "&", "#", "„", "-", "7", "½", "Ⅷ", "ß", "字"])
def test_these_marks_are_billable(text: str) -> None:
    """R81: the categories L, N and P of Unicode."""
    assert billable_characters(text) == 1


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\t", "\u00a0", "+", "=", "€", "°", "😀", "\u200b"]
)
def test_these_marks_are_free(text: str) -> None:
    """R81: spaces, line breaks, symbols and invisible marks."""
    assert billable_characters(text) == 0


@given(st.text(), st.text())
def test_a_space_between_two_texts_costs_nothing(one: str, other: str) -> None:
    """R81: a pause adds no character to what is spoken before and after it."""
    together = billable_characters(f"{one} {other}")
    assert together == billable_characters(f"{one} ") + billable_characters(f" {other}")
