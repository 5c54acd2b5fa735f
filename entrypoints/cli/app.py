"""Puts the commands together, and turns whatever goes wrong into a sentence and an exit status.

Status 0: done. 2: the input has problems, all of them printed. 1: a fault of ours or the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from entrypoints.cli.output import fail, print_json, problems_json, show_problems
from entrypoints.database import FAULTS, fault_sentence
from metering.problems import ProblemsFound

NAMES = (
    "catalog",
    "orders",
    "usage",
    "statement",
    "export",
    "embed",
    "invoices",
    "ksef",
    "notes",
    "payments",
    "rates",
    "receivables",
    "reminders",
    "incidents",
    "exclusions",
    "claims",
    "sla",
    "marks",
    "webhooks",
    "close",
    "scheduler",
    "serve",
    "keys",
    "users",
    "simulate",
    "plans",
    "backtest",
    "verify",
    "db",
    "demo",
    "bench",
)
"""The commands, in the order in which help lists them; each is a module of this package."""
ELSEWHERE = {"incidents": "service_work"}
"""Those whose module has another name."""


class Commands(Mapping[str, Any]):
    """The commands by name; each is imported when it is asked for.

    Nobody who lists orders should wait for the libraries that find the cheapest plan.
    """

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


@cache
def _command(name: str) -> Any:
    module = import_module(f"entrypoints.cli.{ELSEWHERE.get(name, name)}")
    own: typer.Typer | None = getattr(module, "app", None)
    if own is None:
        own = typer.Typer(add_completion=False)
        own.command(name)(getattr(module, f"{name}_command"))
        return get_command(own)
    group = get_group(own)
    group.name = name
    return group


@cache
def command_line() -> TyperGroup:
    """All of it: the group of all commands."""
    app = typer.Typer(
        name="licznik",
        help="Usage metering and billing: from usage events to invoices.",
        no_args_is_help=True,
        add_completion=False,
    )
    group = get_group(app)
    group.commands = cast("dict[str, Any]", Commands())
    return group


INPUT_PROBLEM = 2


def main() -> None:
    """Runs the command line and ends the process."""
    try:
        command_line()()
    except ProblemsFound as found:
        if "--json" in sys.argv:
            print_json({"problems": problems_json(found.problems)})
        else:
            show_problems(found.problems)
        sys.exit(INPUT_PROBLEM)
    except OSError as error:
        sys.exit(fail(_file_sentence(error), INPUT_PROBLEM))
    except FAULTS as error:
        if os.environ.get("LICZNIK_DEBUG"):
            raise
        sys.exit(fail(fault_sentence(error)))


def _file_sentence(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)
