"""What commands print: tables for people or JSON for programs on stdout, the rest on stderr."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from metering.problems import Problem, problem_json

FILE_WIDTH = 132
"""Columns of a table that goes to a file or a pipe; a terminal says its own."""

out = Console(highlight=False)
if not out.is_terminal:
    out.width = FILE_WIDTH
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(data: Any) -> None:
    """Prints data as JSON on standard output."""
    text = orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode()
    typer.echo(text)


def show_problems(problems: Iterable[Problem]) -> None:
    """Prints problems for a person: where, what, and what to do."""
    for problem in problems:
        where = f"[bold]{_plain(problem.path)}[/]: " if problem.path else ""
        err.print(f"{where}[red]{problem.code}[/]: {_plain(problem.message)}", soft_wrap=True)


def problems_json(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems for programs."""
    return [problem_json(problem) for problem in problems]


def fail(message: str, status: int = 1) -> int:
    """Prints why a command failed, and returns its exit status."""
    err.print(f"[red]licznik:[/] {_plain(message)}", soft_wrap=True)
    return status


def say(message: str) -> None:
    """A message beside the result, on standard error."""
    err.print(message, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Prints a table; columns whose name begins with ``>`` hold numbers and stand right."""
    shown = Table(show_edge=False)
    for column in columns:
        right = column.startswith(">")
        shown.add_column(column.lstrip(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_plain(cell) for cell in row))
    out.print(f"[bold]{_plain(title)}[/]", soft_wrap=True)
    out.print(shown)


_ORDERS_TO_TERMINALS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _plain(value: Any) -> str:
    """Text as it is: neither markup of ours nor an order to the terminal."""
    text = "" if value is None else str(value).replace("[", r"\[")
    return _ORDERS_TO_TERMINALS.sub("\N{REPLACEMENT CHARACTER}", text)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[_Bar]:
    """A progress bar on standard error, drawn only where a person looks."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        yield _Bar(bar, label, total)


class _Bar:
    def __init__(self, bar: Progress, label: str, total: int | None) -> None:
        self._bar = bar
        self._task = bar.add_task(label, total=total)

    def reach(self, done: int) -> None:
        """Moves the bar to so much done."""
        self._bar.update(self._task, completed=done)
