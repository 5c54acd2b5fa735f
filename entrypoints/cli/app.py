"""Puts the commands together, and turns whatever goes wrong into a sentence and an exit status.

Status 0: done. 2: the input has problems, all of them printed. 1: a fault of ours or the machine.
"""

from __future__ import annotations

import os
import sys

import psycopg
import typer
from click.exceptions import Abort, ClickException
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import DBAPIError

from entrypoints.cli import catalog, db, demo, invoices, orders, simulate, usage, verify
from entrypoints.cli.output import fail, show_problems
from metering.problems import ProblemsFound

app = typer.Typer(
    name="licznik",
    help="Usage metering and billing: from usage events to invoices.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(catalog.app, name="catalog")
app.add_typer(orders.app, name="orders")
app.add_typer(usage.app, name="usage")
app.add_typer(invoices.app, name="invoices")
app.add_typer(db.app, name="db")
app.command(name="simulate")(simulate.simulate_command)
app.command(name="verify")(verify.verify_command)
app.command(name="demo")(demo.demo_command)

INPUT_PROBLEM = 2


def main() -> None:
    """Runs the command line and ends the process."""
    sys.exit(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except ProblemsFound as found:
        show_problems(found.problems)
        return INPUT_PROBLEM
    except ClickException as error:
        error.show()
        return INPUT_PROBLEM
    except OSError as error:
        return fail(_file_sentence(error), INPUT_PROBLEM)
    except (Abort, KeyboardInterrupt):
        return fail("stopped: what was reported as recorded is recorded, nothing else is")
    except (PersistenceError, DBAPIError, psycopg.Error) as error:
        if os.environ.get("LICZNIK_DEBUG"):
            raise
        return fail(f"the database did not do as asked: {str(error).splitlines()[0]}")


def _file_sentence(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)
