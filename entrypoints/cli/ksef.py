"""`licznik ksef`: structured invoices go to KSeF, and what became of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from billing.catalog.edition import Catalog
from entrypoints.cli.ksef_rows import COLUMNS, in_json, one_line, row_of
from entrypoints.cli.output import AsJson, print_json, progress, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.stopping import Stop, stops_noted
from entrypoints.database import FAULTS, fault_sentence
from entrypoints.settings import Settings, read_settings
from entrypoints.whole_files import write_whole
from invoices.ksef import queries
from invoices.ksef.deadlines import MODES, OFFLINE24, ONLINE, OUTAGES
from invoices.ksef.marking import mark_offline, send_again
from invoices.ksef.registry import Registry, unknown_submission
from invoices.ksef.sending import Surroundings
from invoices.ksef.submission import REJECTED, STATUSES, WAITING, Submission
from metering.problems import Problem, ProblemsFound

app = typer.Typer(
    help="Structured invoices to KSeF, Poland's national e-invoice system.", no_args_is_help=True
)

Seller = Annotated[
    str | None, typer.Option(metavar="SELLER", help="Only this seller: its id, or its NIP.")
]
Numbers = Annotated[list[str] | None, typer.Argument(metavar="NUMBER...", help="Documents.")]


@app.command("send")
def send_command(
    seller: Seller = None,
    watch: Annotated[bool, typer.Option("--watch", help="Send again and again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send what is due, and ask what became of what was sent. `licznik scheduler` does it too.

    The exit status is 1 if a document was rejected, or something keeps documents back.
    """
    settings = read_settings()
    settings.ksef.required()
    with stops_noted() as stop:
        if watch:
            _watch(settings, seller, stop)
            return
        with open_session(settings) as session:
            results, said = _send(session, seller, stop, quiet=as_json)
    if as_json:
        print_json({"documents": [in_json(own) for own in results], "kept_back": said})
    else:
        say(f"KSeF: {summary(results, said)}.")
    if said or any(own.status == REJECTED for own in results):
        raise typer.Exit(1)


def _send(
    session: Session, seller: str | None, stop: Stop, *, quiet: bool
) -> tuple[list[Submission], dict[str, str]]:
    """One round; what became of each document, and what keeps others back."""
    registry = Registry(session.decisions, clock)
    sellers = registry.open_sellers()
    if seller is not None:
        sellers = [own for own in [tax_id_of(session.catalog, seller)] if own in sellers]
    results: dict[str, Submission] = {}
    total = sum(len(registry.open_cases(own)) for own in sellers)
    with progress("sending", total) as bar:

        def tell(own: Submission) -> None:
            results[own.document_id] = own
            bar.reach(sum(one.finished for one in results.values()))
            if not quiet:
                say(one_line(own))

        said = send_to_ksef(session, sellers, stop.is_asked, tell)
    return list(results.values()), said


def send_to_ksef(
    session: Session,
    sellers: Sequence[str],
    stopping: Callable[[], bool],
    tell: Callable[[Submission], None],
) -> dict[str, str]:
    """Sends what is due of some sellers; says of each what keeps the rest back, if anything."""
    from entrypoints.ksef.sending import Sellers  # its import costs, and few commands send

    def sleep(nap: timedelta) -> None:
        end = time.monotonic() + nap.total_seconds()
        while not stopping() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    around = Surroundings(sleep, stopping, tell)
    ksef = session.settings.ksef
    return Sellers(session.decisions, session.engine, ksef, clock, around).send(sellers)


def one_round(settings: Settings, stopping: Callable[[], bool]) -> str:
    """A round for every seller, in words; empty if there was nothing to do."""
    with open_session(settings) as session:
        sellers = Registry(session.decisions, clock).open_sellers()
        results: dict[str, Submission] = {}

        def tell(own: Submission) -> None:
            results[own.document_id] = own

        said = send_to_ksef(session, sellers, stopping, tell)
    return summary(list(results.values()), said) if results or said else ""


def summary(results: Sequence[Submission], said: Mapping[str, str]) -> str:
    """How many documents of each status, and what keeps others back."""
    counts = Counter(own.status for own in results)
    first = ", ".join(f"{counts[status]} {status}" for status in STATUSES)
    return "; ".join([first, *(f"{seller}: {own}" for seller, own in said.items())])


def _watch(settings: Settings, seller: str | None, stop: Stop) -> None:
    """Round after round, until SIGTERM or Ctrl-C; the document in hand is finished first."""
    while not stop.is_asked():
        try:
            with open_session(settings) as session:
                _, said = _send(session, seller, stop, quiet=False)
        except FAULTS as fault:
            said = {"database": f"{fault_sentence(fault)}; the next round tries again"}
        for who, own in said.items():
            say(f"{who}: {own}.")
        stop.wait(settings.ksef.minutes * 60)


def tax_id_of(catalog: Catalog, seller: str) -> str:
    """The NIP of a seller of the catalog, by its id or its NIP."""
    for own in catalog.sellers.values():
        if seller in (own.id, own.tax_id):
            return own.tax_id
    message = f"there is no seller {seller}: the catalog has {', '.join(catalog.sellers)}"
    raise ProblemsFound([Problem("unknown_seller", "--seller", message)])


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
