"""The process that records usage, for the processes that take it in.

To take usage in is Python's work, and so is a good part of recording it, and a process does one
thing of that kind at a time. So recording has a process of its own: both go on at once, and what it
remembers of sheets and users is kept once, however many bring usage to it. It ends with the process
that started it. Nothing is lost with it: what it has not answered is sent again.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

from billing.decisions import Decisions
from billing.orders.live import LiveRoutes
from entrypoints.cli.session import clock, read_catalog
from entrypoints.database import database_url
from entrypoints.settings import Settings
from entrypoints.watching.tally import Tally, counted, sources_of
from metering.decode import RouteLookup, decode
from metering.faults import tellable
from metering.intake import Intake, Taken
from metering.lines import Lines
from metering.store import UsageStore, library_settings

START_SECONDS = 30.0
"""So long a batch waits for the process to start."""
STOP_SECONDS = 5.0
POOL_SECONDS = 5.0
LOST = (OSError, EOFError)
PAUSES = (0.1, 0.5, 0.5)
"""Seconds after each loss of the connection."""
BACKLOG = 64


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of JSON, one event each, numbered from 0.

    ``doubtful`` are the spans of lines that may have been cut at a wrong place: if one of them is
    no JSON, nothing is recorded.
    """

    raw: bytes
    doubtful: Sequence[range] = ()


@dataclass(frozen=True, slots=True)
class CutWrongly:
    """The lines, among the doubtful ones, that are no JSON; nothing of the batch was recorded."""

    lines: tuple[int, ...]


class RecorderAway(Exception):
    """The process has died with the batch, or could not be reached: try again."""


class Recorder:
    """Records batches; threads may share it: one decodes while another saves.

    ``tally`` counts what became of their events.
    """

    def __init__(
        self, intake: Intake, find_routes: RouteLookup, tally: Tally, meters: Collection[str]
    ) -> None:
        self._intake = intake
        self._find_routes = find_routes
        self._tally = tally
        self._meters = meters

    def take(self, batch: Batch) -> Taken | CutWrongly:
        """Records what is new in a batch; when it returns, that is durable."""
        decoded = decode(Lines(batch.raw, first=0), self._find_routes)
        broken = [own.line for own in decoded.rejected if own.problems[0].code == "broken_line"]
        wrong = tuple(line for line in broken if any(line in own for own in batch.doubtful))
        if wrong:
            return CutWrongly(wrong)
        taken = self._intake.take(decoded, clock())
        self._tally.add(counted(decoded, taken, self._meters), sources_of(decoded))
        return taken


class RecorderProcess:
    """The process, as the one that started it sees it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = replace(settings, database_url=database_url(settings))
        self._folder = tempfile.mkdtemp(prefix="licznik-recorder-")  # nobody else may enter it
        self.address = str(Path(self._folder, "socket"))
        self._process: BaseProcess | None = None

    def ensure(self) -> None:
        """Starts it, unless it runs."""
        if self._process is None or not self._process.is_alive():
            Path(self.address).unlink(missing_ok=True)
            arguments = (self.address, self._settings)
            self._process = get_context("spawn").Process(target=_run, args=arguments, daemon=True)
            self._process.start()

    def close(self) -> None:
        """Ends it; nobody may be waiting for an answer any more."""
        if self._process is not None:
            self._process.kill()
            self._process.join(STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)


class RemoteRecorder:
    """A connection to the process, for one thread; it is made anew when it is lost.

    ``ensure`` starts the process where this one has started it.
    """

    def __init__(self, address: str, ensure: Callable[[], None] = lambda: None) -> None:
        self._address = address
        self._ensure = ensure
        self._connection: Connection | None = None

    def take(self, batch: Batch) -> Taken | CutWrongly:
        """Has a batch recorded; raises what went wrong there, and RecorderAway.

        A connection that is lost is made anew a few times: the process may have been started again,
        and what it had recorded of the batch before is told as repeats.
        """
        for pause in PAUSES:
            try:
                outcome = self._asked(batch)
            except LOST:
                self.close()
                time.sleep(pause)
            else:
                break
        else:
            raise RecorderAway("the process that records usage is not there")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _asked(self, batch: Batch) -> Taken | CutWrongly | Exception:
        if self._connection is None:
            self._connection = self._connected()
        self._connection.send(batch)
        outcome: Taken | CutWrongly | Exception = self._connection.recv()
        return outcome

    def wait(self) -> None:
        """Waits until the process has started; if that fails, it is for the first batch to say."""
        with suppress(RecorderAway):
            self.take(Batch(b""))

    def close(self) -> None:
        """Gives the connection up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._ensure()
            try:
                return Client(self._address, "AF_UNIX")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def _run(address: str, settings: Settings) -> None:
    """What the process does, until the one that started it ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # who waits for an answer gets it
    Thread(target=_end_with_parent, daemon=True).start()
    library, catalog = library_settings(database_url(settings)), read_catalog(settings.catalog)
    with Decisions(env=library) as decisions, UsageStore(env=library) as usage:
        for store in (decisions, usage):
            # A pool asks ever more seldom for a database that is away; here who sends asks again.
            store.datastore.pool.timeout = POOL_SECONDS
            store.datastore.pool.reconnect_timeout = 0
        routes = LiveRoutes(decisions, catalog)
        tally = Tally(decisions, clock)
        recorder = Recorder(
            Intake(usage, catalog.meters), routes.find, tally, catalog.meters.keys()
        )
        with Listener(address, "AF_UNIX", BACKLOG) as listener:
            while True:
                Thread(target=_answer, args=(recorder, listener.accept()), daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(0)


def _answer(recorder: Recorder, connection: Connection) -> None:
    """Answers one thread of one process until it goes."""
    with connection, suppress(EOFError, OSError):
        while True:
            connection.send(_outcome(recorder, connection.recv()))


def _outcome(recorder: Recorder, batch: Batch) -> Taken | CutWrongly | Exception:
    """What became of a batch, or what went wrong; whoever sent it hears of it."""
    try:
        return recorder.take(batch)
    except BaseException as error:  # noqa: BLE001  # see `tellable`
        return _portable(tellable(error))


def _portable(error: Exception) -> Exception:
    """An error that another process can read; one that it cannot, by its name."""
    try:
        read: object = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  # whatever it is that an error does when it is read
        read = None
    return error if isinstance(read, Exception) else RuntimeError(type(error).__qualname__)
