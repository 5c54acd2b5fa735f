"""How much longer an invoice run takes over ten times as many events of the same orders."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import polars as pl

from entrypoints.bench import made_up
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.workbench import Workbench
from entrypoints.cli.session import Session
from invoices.issuing import InvoiceRun
from metering.decode import Decoded
from metering.intake import Intake

EVENTS_OF_AN_ORDER = 1_000
TIMES = 10
ROUNDS = 3


def measure(bench: Workbench) -> tuple[float, float]:
    """Seconds of a run over ten times the events, and over the events."""
    orders = max(1, bench.events // EVENTS_OF_AN_ORDER)
    batches = -(-bench.events // made_up.CHUNK)
    entries = made_up.month_of_entries(batches * TIMES, bench.events // batches, orders)
    bench.say(f"recording {bench.events:,} events of {orders:,} orders, then {TIMES} times as many")
    with bench.session("many", orders) as session:
        _record(session, islice(entries, batches))
    bench.copied("few", of="many")
    with bench.opened(bench.address("many")) as session:
        _record(session, entries)
    seconds = [(_run(bench, "many"), _run(bench, "few")) for _ in range(ROUNDS)]
    many, few = zip(*seconds, strict=True)
    return min(many), min(few)


def _record(session: Session, batches: Iterable[pl.DataFrame]) -> None:
    intake = Intake(session.usage, session.catalog.meters)
    for entries in batches:
        intake.take(Decoded(entries), made_up.NOW)


def _run(bench: Workbench, name: str) -> float:
    """The seconds of a run on a copy, so that each run issues every invoice."""
    bench.say(f"invoicing, {name} events")
    with bench.opened(bench.copied("run", of=name)) as session:
        run = InvoiceRun(
            session.decisions, session.usage, session.catalog, made_up.PERIOD, made_up.NOW
        )
        with stopwatch() as seconds:
            for _ in run.issue(run.orders()):
                pass
    return seconds()
