"""YAML without surprises: exact decimals, no guessed types, mistakes with their line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.plain_yaml import read_yaml
from metering.problems import Problem, ProblemsFound


def value(text: str) -> Any:
    """The one value of a document."""
    return read_yaml(text).value


def problems(text: str) -> list[Problem]:
    """What is wrong with a document."""
    with pytest.raises(ProblemsFound) as caught:
        read_yaml(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    "word",
    [
        "22:00",
        "1:30",
        "NO",
        "no",
        "yes",
        "on",
        "off",
        "Null",
        "True",
        "2025-10-01",
        "2025-10-01T08:00Z",
    ],
)
def test_times_words_and_dates_stay_text(word: str) -> None:
    """22:00 is not 1320, Norway is not false, a date is read where a date is wanted."""
    assert value(word) == word


@pytest.mark.parametrize(
    "word", ["1e3", "1E3", ".5", "5.", "0x10", "0o17", "017", "1_000", ".inf", ".nan", "1,5", "--1"]
)
def test_what_only_looks_like_a_number_stays_text(word: str) -> None:
    """A number in a strange form is for the reader of the field to refuse, not to guess."""
    assert value(word) == word


def test_a_decimal_is_exactly_what_is_written() -> None:
    """Contract: from its text, never through a binary fraction."""
    assert value("0.09") == Decimal("0.09")
    assert str(value("350.00")) == "350.00"
    assert value("-0.000000000000000000001") == Decimal("-1E-21")


def test_a_whole_number_of_any_size_is_exact() -> None:
    """Contract: numbers are exact."""
    assert value("123456789012345678901234567890") == 123456789012345678901234567890


def test_true_false_and_null_are_the_only_words_with_a_meaning() -> None:
    """`~` and nothing at all are null too."""
    assert value("[true, false, null, ~, ]") == [True, False, None, None]
    assert value("a:") == {"a": None}


@pytest.mark.parametrize("text", ['"5260001246"', "'5260001246'"])
def test_what_stands_in_quotes_is_text(text: str) -> None:
    """A tax number keeps its digits."""
    assert value(text) == "5260001246"


def test_a_block_of_text_that_looks_like_a_number_is_text() -> None:
    """Literal and folded blocks are text."""
    assert value("|-\n  100") == "100"


def test_an_alias_repeats_what_its_anchor_names() -> None:
    """The shipped catalog uses them for service levels."""
    assert value("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_tag_runs_nothing() -> None:
    """A file is data."""
    assert value("a: !!python/object/apply:os.getcwd []") == {"a": []}


def test_a_key_given_twice_is_a_problem_with_its_line() -> None:
    """The later one does not silently win."""
    (problem,) = problems("prices:\n  sms: 0.09\n  sms: 0.10\n")
    assert (problem.code, problem.path) == ("duplicate_key", "prices.sms")
    assert problem.message.startswith("line 3:")


def test_every_repeated_key_is_found_at_once() -> None:
    """Users get all of their mistakes."""
    assert [p.path for p in problems("a: 1\na: 2\nb: {c: 1, c: 2}")] == ["a", "b.c"]


@pytest.mark.parametrize(
    ("text", "line"), [("a: [1, 2\nb: 3\n", 2), ("a: 1\n b: 2\n", 2), ("a: 1\n---\nb: 2\n", 2)]
)
def test_broken_yaml_names_its_line(text: str, line: int) -> None:
    """A bracket left open, wrong indentation, a second document."""
    (problem,) = problems(text)
    assert problem.code == "broken_yaml"
    assert problem.message.startswith(f"line {line}:")


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: {c: *x}}"])
def test_a_document_that_contains_itself_is_broken(text: str) -> None:
    """An alias may not lead back to where it stands."""
    assert [p.code for p in problems(text)] == ["broken_yaml"]


def test_a_document_nested_too_deeply_is_broken() -> None:
    """A hundred brackets are a slip of the keyboard."""
    assert [p.code for p in problems("[" * 100 + "]" * 100)] == ["broken_yaml"]


def test_a_control_character_is_a_problem() -> None:
    """A binary file given by mistake."""
    assert [p.code for p in problems("a: \x00")] == ["broken_yaml"]


def test_an_empty_document_is_nothing() -> None:
    """The reader of the form says what is missing."""
    assert value("") is None
    assert value("# only a comment\n") is None


def test_every_path_knows_its_line() -> None:
    """A problem found later is shown where it stands."""
    document = read_yaml("orders:\n  - id: a\n    packs:\n      - item: p\n")
    assert document.line_of("orders[0].packs[0].item") == 4
    assert document.line_of("orders[0].id") == 2


def test_a_path_that_is_not_in_the_document_has_the_line_of_its_nearest_parent() -> None:
    """A missing field is shown at the mapping it is missing in."""
    document = read_yaml("orders:\n  - id: a\n    packs:\n      - item: p\n")
    assert document.line_of("orders[0].packs[0].at") == 4
    assert document.line_of("nowhere") == 1


def test_a_problem_is_located_by_its_path() -> None:
    """The line stands at the beginning of the sentence."""
    problem = read_yaml("a: 1\nb: 2\n").located(Problem("out_of_range", "b", "too many"))
    assert problem == Problem("out_of_range", "b", "line 2: too many")
