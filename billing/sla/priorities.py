"""What priority the table of examples proposes for an incident (R101, R102); a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from billing.catalog.document import ExampleForm, IncidentsForm, Priority
from metering.problems import Problem, ProblemsFound

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """A priority with the row of the table that it rests on."""

    priority: Priority
    example: str
    row: ExampleForm


def rows(rules: IncidentsForm) -> Iterator[Proposal]:
    """Every row of the table, the most urgent first."""
    for priority, examples in rules.priorities.items():
        for key, row in examples.items():
            yield Proposal(priority, key, row)


def propose(rules: IncidentsForm, example: str, share: Fraction | None = None) -> Proposal:
    """The row that holds for an example; raises ProblemsFound.

    ``share`` is the exact part of the users that are affected, up to 1. Rows that differ in it
    alone are interchangeable: whichever is named, the share decides which of them holds. Exactly
    60 % is not more than 60 %.
    """
    table = {own.example: own for own in rows(rules)}
    if example not in table:
        known = ", ".join(table)
        raise _refuse("unknown_example", "example", f"the table has no {example}: take {known}")
    if share is not None and not 0 < share <= 1:
        raise _refuse("out_of_range", "share", "the share of the users is more than 0, at most 1")
    own = table[example]
    if own.row.otherwise is None or _holds(own.row, share):
        return own
    return table[own.row.otherwise]


def _holds(row: ExampleForm, share: Fraction | None) -> bool:
    if share is None:
        message = "this example depends on how many users are affected: give the share, as in 3/5"
        raise _refuse("missing_share", "share", message)
    percent = share * HUNDRED
    if row.users_above is not None:
        return percent > Fraction(row.users_above)
    return row.users_up_to is None or percent <= Fraction(row.users_up_to)


def _refuse(code: str, path: str, message: str) -> ProblemsFound:
    return ProblemsFound([Problem(code, path, message)])
