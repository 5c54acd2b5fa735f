"""docs/rules.md is true: each rule once, and every place and test it names exists.

The table of functions in README.md is held to the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from billing.plain_yaml import read_yaml

ROOT = Path(__file__).parent.parent
CATALOG = "pricing_catalog.yaml"
AREAS = (
    "SLA",
    "portal",
    "exports",
    "personal data",
    "limits over HTTP",
    "scheduled work",
    "catalog",
)


@dataclass(frozen=True)
class Row:
    """A rule's row in the table."""

    number: int
    state: str
    places: list[str]
    tests: list[str]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def rows(text: str) -> list[Row]:
    """Every row of a rule."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and (number := re.fullmatch(r"R(\d+)", cells[0])):
            found.append(Row(int(number[1]), cells[2], quoted(cells[3]), quoted(cells[4])))
    return found


RULES_TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
RULES = rows(RULES_TEXT)
README = (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def names_in(file: str) -> frozenset[str]:
    """Functions, classes, their members and constants that a source file defines."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(_defined(tree.body, ""))


def _defined(body: list[ast.stmt], above: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield above + node.name
        elif isinstance(node, ast.ClassDef):
            yield above + node.name
            yield from _defined(node.body, f"{above}{node.name}.")
        elif isinstance(node, ast.Assign):
            yield from (above + own.id for own in node.targets if isinstance(own, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield above + node.target.id


@cache
def catalog_paths() -> frozenset[str]:
    """The path of every key of the catalog."""
    return frozenset(read_yaml((ROOT / CATALOG).read_text(encoding="utf-8")).lines)


def exists(place: str) -> bool:
    """Whether a place, `file: name`, is there."""
    file, _, name = place.partition(": ")
    if not (ROOT / file).is_file():
        return False
    return name in (catalog_paths() if file == CATALOG else names_in(file))


def is_test(name: str) -> bool:
    """Whether a test, `file::test`, is there."""
    file, _, function = name.partition("::")
    path = f"tests/{file}"
    return (ROOT / path).is_file() and function in names_in(path)


def test_every_rule_stands_once_and_in_order() -> None:
    """R1 to R163."""
    assert [row.number for row in RULES] == list(range(1, 164))


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"R{row.number}")
def test_a_row_names_places_and_tests_that_exist(row: Row) -> None:
    """A renamed function or test must be renamed here too."""
    assert [place for place in row.places if not exists(place)] == []
    assert [name for name in row.tests if not is_test(name)] == []


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"R{row.number}")
def test_what_is_built_has_a_place_and_a_test(row: Row) -> None:
    """What is not yet built has no test, and names the area it comes with."""
    state, _, rest = row.state.partition(": ")
    assert state in ("built", "part", "not yet")
    if state == "not yet":
        assert row.tests == []
        assert rest.startswith(AREAS)
    else:
        assert row.places
        assert row.tests
        assert (rest != "") == (state == "part")


def test_the_counts_in_the_text_are_those_of_the_table() -> None:
    """How much is built is said once more above it."""
    states = [row.state.partition(":")[0] for row in RULES]
    counts = tuple(states.count(state) for state in ("built", "part", "not yet"))
    assert "Today {} rules are built, {} in part, and {} not yet.".format(*counts) in RULES_TEXT


def test_the_functions_of_the_readme_exist() -> None:
    """The way of an event to an invoice line."""
    steps = [line for line in README.splitlines() if re.match(r"\| .* \| `\w+/.*\.py`: ", line)]
    assert len(steps) > 10
    for step in steps:
        for part in step.split("|")[2].split(";"):
            file, *names = quoted(part)
            assert [name for name in names if not exists(f"{file}: {name}")] == []


def test_every_link_of_a_document_leads_somewhere() -> None:
    """Between the documents, and from them to the code."""
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize(
    "place",
    [
        "billing/rating/rate.py: rate_periods",
        "billing/rating/rates.py: rate_period",
        "billing/catalog/edition.py: Edition.cells",
        "pricing_catalog.yaml: shared.meters.smss",
    ],
)
def test_a_place_that_does_not_exist_is_seen(place: str) -> None:
    """A planted mistake."""
    assert not exists(place)


def test_a_test_that_does_not_exist_is_seen() -> None:
    """A planted mistake."""
    assert not is_test("test_rating_cases.py::test_nothing_at_all")
    assert not is_test("test_nothing.py::test_a_price_of_zero_has_no_line")
