"""How long an order's balances take to read while an import runs at full speed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from entrypoints.bench import made_up
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.workbench import DENSE_ORDERS, Workbench
from entrypoints.cli.session import Session
from invoices.statements.balances import read_balances
from metering import queries

MOST_MILLISECONDS = 20.0
LOOKED_EVERY = 0.02
IMPORT = "from entrypoints.cli import main; main()"


def measure(bench: Workbench) -> tuple[float, float]:
    """Milliseconds in which 99 of 100 reads are done, and the most they may take."""
    file = bench.file(DENSE_ORDERS)
    bench.say("reading balances beside an import")
    with bench.session("read", DENSE_ORDERS) as session:
        times = sorted(_times(session, bench.address("read"), file))
    return times[len(times) * 99 // 100], MOST_MILLISECONDS


def _times(session: Session, url: str, file: Path) -> Iterator[float]:
    """The milliseconds of each read, from the import's first commit to its end."""
    command = [sys.executable, "-c", IMPORT, "usage", "import", str(file), "--json"]
    environment = {**os.environ, "LICZNIK_DATABASE_URL": url}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as importing:
        while importing.poll() is None and not session.usage.rows(queries.POSITION)[0]["position"]:
            time.sleep(LOOKED_EVERY)
        for number in cycle(range(DENSE_ORDERS)):
            yield _read(session, f"order-{number}")
            if importing.poll() is not None:
                return


def _read(session: Session, order: str) -> float:
    with stopwatch() as seconds:
        read_balances(session.usage, session.catalog, order, made_up.PERIOD, made_up.NOW)
    return seconds() * 1000
