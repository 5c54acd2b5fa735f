"""`licznik ksef`: structured invoices go to KSeF, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.ksef_rows import COLUMNS, in_json, one_line, row_of
from entrypoints.cli.ksef_sending import Seller, send_command, tax_id_of
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import clock, open_session
from entrypoints.cli.stopping import stops_noted
from entrypoints.whole_files import write_whole
from invoices.ksef import queries
from invoices.ksef.deadlines import MODES, OFFLINE24, ONLINE, OUTAGES
from invoices.ksef.marking import mark_offline, send_again
from invoices.ksef.registry import Registry, unknown_submission
from invoices.ksef.submission import STATUSES, WAITING, Submission
from metering.problems import Problem, ProblemsFound

app = typer.Typer(
    help="Structured invoices to KSeF, Poland's national e-invoice system.", no_args_is_help=True
)

Numbers = Annotated[list[str] | None, typer.Argument(metavar="NUMBER...", help="Documents.")]


app.command("send")(send_command)


@app.command("status")
def status_command(
    number: Annotated[
        str | None, typer.Argument(metavar="[NUMBER]", help="A number, or a KSeF number.")
    ] = None,
    status: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = None,
    seller: Seller = None,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show documents that go to KSeF: where they are, their KSeF numbers, what went wrong."""
    if status not in (None, *STATUSES):
        message = f"there is no status {status}: write {', '.join(STATUSES)}"
        raise ProblemsFound([Problem("unknown_status", "--status", message)])
    with open_session() as session:
        tax_id = None if seller is None else tax_id_of(session.catalog, seller)
        asked = {"status": status, "seller": tax_id, "wanted": number, "limit": limit}
        rows = session.decisions.rows(queries.SHOWN, **asked)
    if number is not None and not rows:
        raise ProblemsFound([unknown_submission(number)])
    found = [row_of(row) for row in rows]
    if as_json:
        print_json({"documents": found})
    else:
        table("KSeF", COLUMNS, ([own[name.lstrip(">")] for name in COLUMNS] for own in found))


@app.command("offline")
def offline_command(
    numbers: Numbers = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that waits and is not offline yet.")
    ] = False,
    mode: Annotated[str, typer.Option(help=f"One of {', '.join(MODES[1:])}.")] = OFFLINE24,
    ended: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day on which the outage ended.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mark waiting documents as issued offline: they may be handed over before KSeF has them."""
    problems = _wrong_choice(numbers, everything=everything, mode=mode, ended=ended)
    if problems:
        raise ProblemsFound(problems)
    with open_session() as session:
        registry = Registry(session.decisions, clock)
        cases = _waiting_online(registry) if everything else registry.named(numbers or [])
        ended_on = None if ended is None else date.fromisoformat(ended)
        _show(mark_offline(registry, cases, mode, ended_on), as_json=as_json)


def _waiting_online(registry: Registry) -> list[Submission]:
    found = [own for seller in registry.open_sellers() for own in registry.open_cases(seller)]
    cases = [own.submission for own in found]
    return [own for own in cases if (own.status, own.mode) == (WAITING, ONLINE)]


def _wrong_choice(
    numbers: Sequence[str] | None, *, everything: bool, mode: str, ended: str | None
) -> list[Problem]:
    wrong = {
        "NUMBER": "name documents, or say --all" if bool(numbers) == everything else None,
        "--mode": None if mode in MODES[1:] else f"write one of {', '.join(MODES[1:])}",
        "--ended": _wrong_day(mode, ended),
    }
    return [Problem("wrong_option", path, own) for path, own in wrong.items() if own]


def _wrong_day(mode: str, ended: str | None) -> str | None:
    if ended is None:
        return None
    if mode not in OUTAGES:
        return f"{mode} counts from the day of issue: leave it out"
    with suppress(ValueError):
        date.fromisoformat(ended)
        return None
    return f"{ended!r} is not a date such as 2026-02-28"


@app.command("again")
def again_command(
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="Documents.")],
    as_json: AsJson = False,
) -> None:
    """Send rejected documents once more, unchanged: the reason lay elsewhere, and is gone."""
    with open_session() as session:
        registry = Registry(session.decisions, clock)
        _show(send_again(registry, registry.named(numbers)), as_json=as_json)


def _show(cases: Sequence[Submission], *, as_json: bool) -> None:
    if as_json:
        print_json({"documents": [in_json(own) for own in cases]})
    for own in () if as_json else cases:
        say(one_line(own))


@app.command("upo")
def upo_command(
    number: Annotated[str, typer.Argument(help="A number.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Write the official confirmation of receipt (UPO) of an accepted document to a file."""
    with open_session() as session:
        own, *_ = Registry(session.decisions, clock).named([number])
        rows = session.decisions.rows(queries.UPO, own.document_id)
    if not rows:
        message = f"{number} is {own.status}: there is no confirmation of receipt yet"
        raise ProblemsFound([Problem("no_upo", "number", message)])
    write_whole(out, bytes(rows[0]["content"]))
    say(f"{out} is written.")


@app.command("stand-in")
def stand_in_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 is any free one.")] = 8089,
    token: Annotated[
        list[str] | None,
        typer.Option(metavar="NIP=TOKEN", help="A seller's token; without any, all are good."),
    ] = None,
) -> None:
    """Run a stand-in for KSeF on this machine, to try sending out; it keeps all in memory."""
    from entrypoints.ksef.stand_in.server import running
    from entrypoints.ksef.stand_in.world import StandIn

    pairs = [own.partition("=") for own in token or ()]
    if not all(seller and secret for seller, _, secret in pairs):
        raise ProblemsFound([Problem("wrong_option", "--token", "write NIP=TOKEN")])
    tokens = {seller: secret for seller, _, secret in pairs} or None
    with stops_noted() as stop, running(StandIn(tokens), port) as server:
        say(f"A stand-in for KSeF, without force in law: LICZNIK_KSEF_URL={server.url}")
        stop.wait()
