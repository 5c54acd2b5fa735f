"""`licznik rates`: the National Bank's exchange rates, for VAT on invoices in other currencies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import urllib3

from billing.exchange import read_tables
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.texts import read_text
from invoices.exchange import keep_rates, known_rates
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Exchange rates of the National Bank of Poland.", no_args_is_help=True)

SECONDS = 30.0
MOST_BYTES = 10_000_000


@app.command("import")
def import_command(
    source: Annotated[
        str,
        typer.Argument(
            help="A file or an address with tables A in JSON, such as "
            "https://api.nbp.pl/api/exchangerates/tables/A/last/10/?format=json"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Keep the mean rates of some tables; those that are known already change nothing."""
    with open_session() as session:
        read, kept = _keep(session, source)
    if as_json:
        print_json({"rates": read, "new": kept})
        return
    say(f"{read} rates read, {kept} of them new.")


def _keep(session: Session, source: str) -> tuple[int, int]:
    rates, problems = read_tables(_read(source))
    if problems:
        raise ProblemsFound(problems)
    return len(rates), keep_rates(session.decisions, rates, clock())


def fetch_rates(session: Session, address: str) -> str:
    """Keeps the rates of an address; says how many were new, nothing if none."""
    _, kept = _keep(session, address)
    return f"{kept} new exchange rates" if kept else ""


def _read(source: str) -> str:
    if source.startswith(("http://", "https://")):
        return _fetch(source)
    return read_text(Path(source))


def _fetch(address: str) -> str:
    """What an address answers; raises ProblemsFound where it does not."""
    try:
        answer = urllib3.request("GET", address, timeout=SECONDS, preload_content=False)
        content = answer.read(MOST_BYTES)
    except urllib3.exceptions.HTTPError as error:
        raise ProblemsFound([Problem("not_fetched", "source", f"{address}: {error}")]) from error
    if answer.status != 200:
        message = f"{address} answers {answer.status}: look at it, or take a file"
        raise ProblemsFound([Problem("not_fetched", "source", message)])
    return content.decode(errors="replace")


@app.command("list")
def list_command(
    currency: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the rates that are kept."""
    with open_session() as session:
        rates = known_rates(session.decisions, None, [currency] if currency else None)
    rows = [
        {"currency": o.currency, "day": str(o.day), "rate": f"{o.rate:f}", "table": o.table}
        for o in rates
    ]
    if as_json:
        print_json({"rates": rows})
        return
    columns = ("currency", "day", ">rate", "table")
    table("Exchange rates", columns, ([own[c.lstrip(">")] for c in columns] for own in rows))
