"""Puts the commands together, and turns whatever goes wrong into a sentence and an exit status.

Status 0: done. 2: the input has problems, all of them printed. 1: a fault of ours or the machine.
"""

from __future__ import annotations

import os
import sys

import typer

from entrypoints.cli import (
    backtest,
    bench,
    catalog,
    claims,
    close,
    db,
    demo,
    embed,
    exclusions,
    export,
    invoices,
    keys,
    ksef,
    marks,
    notes,
    orders,
    payments,
    plans,
    rates,
    receivables,
    reminders,
    scheduler,
    serve,
    service_work,
    simulate,
    sla,
    statement,
    usage,
    users,
    verify,
    webhooks,
)
from entrypoints.cli.output import fail, print_json, problems_json, show_problems
from entrypoints.database import FAULTS, fault_sentence
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
app.command(name="statement")(statement.statement_command)
app.command(name="export")(export.export_command)
app.command(name="embed")(embed.embed_command)
app.add_typer(invoices.app, name="invoices")
app.add_typer(ksef.app, name="ksef")
app.add_typer(notes.app, name="notes")
app.add_typer(payments.app, name="payments")
app.add_typer(rates.app, name="rates")
app.command(name="receivables")(receivables.receivables_command)
app.add_typer(reminders.app, name="reminders")
app.add_typer(service_work.app, name="incidents")
app.add_typer(exclusions.app, name="exclusions")
app.add_typer(claims.app, name="claims")
app.command(name="sla")(sla.sla_command)
app.add_typer(marks.app, name="marks")
app.add_typer(webhooks.app, name="webhooks")
app.command(name="close")(close.close_command)
app.command(name="scheduler")(scheduler.scheduler_command)
app.command(name="serve")(serve.serve_command)
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.command(name="simulate")(simulate.simulate_command)
app.add_typer(plans.app, name="plans")
app.command(name="backtest")(backtest.backtest_command)
app.command(name="verify")(verify.verify_command)
app.add_typer(db.app, name="db")
app.command(name="demo")(demo.demo_command)
app.command(name="bench")(bench.bench_command)

INPUT_PROBLEM = 2


def main() -> None:
    """Runs the command line and ends the process."""
    try:
        app()
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
