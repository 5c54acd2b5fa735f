"""`licznik scheduler`: delivers invoices, reminds of unpaid ones, sends notices, and to KSeF."""

from __future__ import annotations

import logging
import os
import signal
import sys
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread

from entrypoints.cli.scheduling import log, run_jobs
from entrypoints.cli.session import open_session
from entrypoints.cli.stopping import stops_noted
from entrypoints.settings import Settings, read_settings


def scheduler_command() -> None:
    """Deliver invoices, send reminders and notices of webhooks, until stopped.

    `licznik serve` does the same beside answering; this command does it alone. However many
    processes do, each job is done once at a time. Every few minutes it delivers invoices, every
    morning it sends reminders, and every few seconds it looks for marks that usage has reached and
    sends notices. It delivers what was issued in the last 60 days; `invoices deliver` delivers what
    is older. Where no mail server is set it sends notices alone. Where LICZNIK_KSEF_URL is set it
    sends structured invoices to KSeF, where LICZNIK_RATES_URL is set it keeps exchange rates.
    People who sign in get their e-mails, and every night what is logged of them for 60 days goes.
    SIGTERM and Ctrl-C stop it after the message that is being sent.
    """
    settings = read_settings()
    with open_session(settings):
        pass  # what is wrong with the catalog or the database is said now, not in every job
    _log_to_stderr()
    with stops_noted() as stop:
        run_jobs(settings, stop)


class SchedulerProcess:
    """The same in a process of its own, as the one that started it sees it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: BaseProcess | None = None

    def ensure(self) -> None:
        """Starts it, unless it runs."""
        if self._process is None or not self._process.is_alive():
            own = get_context("spawn").Process(target=_run, args=(self._settings,), daemon=False)
            own.start()
            self._process = own

    def close(self) -> None:
        """Ends it after the message in hand."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(STOP_SECONDS)
            self._process.kill()


STOP_SECONDS = 30


def _run(settings: Settings) -> None:
    _log_to_stderr()
    Thread(target=_stop_with_parent, daemon=True).start()
    with stops_noted() as stop:
        run_jobs(settings, stop)


def _stop_with_parent() -> None:
    """A signal to itself when the process that started it is gone, so that none goes on unseen."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    # The library logs each run, and a traceback besides: our own line says it.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
