"""`licznik ksef send`, and the rounds of the scheduler."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import typer

from billing.catalog.edition import Catalog
from entrypoints.cli.ksef_rows import in_json, one_line
from entrypoints.cli.output import AsJson, print_json, progress, say
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.stopping import Stop, stops_noted
from entrypoints.database import FAULTS, fault_sentence
from entrypoints.settings import Settings, read_settings
from invoices.ksef.registry import Registry
from invoices.ksef.sending import Surroundings
from invoices.ksef.submission import REJECTED, STATUSES, Submission
from metering.problems import Problem, ProblemsFound

Seller = Annotated[
    str | None, typer.Option(metavar="SELLER", help="Only this seller: its id, or its NIP.")
]


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
