"""Runs the service: one socket, some worker processes, a supervisor that replaces dead ones."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import parent_process
from threading import Thread
from typing import Protocol

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from entrypoints.http.logs import log, log_as_json
from entrypoints.http_settings import HttpSettings
from entrypoints.recorder import RecorderProcess
from entrypoints.settings import read_settings
from metering.problems import Problem, ProblemsFound

RECORDER = "LICZNIK_RECORDER"
"""Tells the workers where the process listens that records."""
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
STOP_SECONDS = 30
"""So long a stopping worker finishes the requests that it has taken."""
HEALTH_SECONDS = 60
"""A worker that says nothing for so long is replaced; a busy one may take seconds to start."""
BACKLOG = 2048


APPLICATION = "entrypoints.http.app:create_app"


class Supervisor(Multiprocess):
    """Replaces processes that died, and workers that say nothing any more.

    It asks the workers over pipes. The library keeps a worker's end open in its own process too, so
    one that dies while it is asked seems to be thinking, for all of `HEALTH_SECONDS`. Closed, it
    tells at once.
    """

    def __init__(
        self, config: Config, sockets: list[socket.socket], beside: Sequence[Attendant]
    ) -> None:
        super().__init__(config, sockets)
        self._beside = beside

    def keep_subprocess_alive(self) -> None:
        """Looks after all processes once."""
        for process in self._beside:
            process.ensure()
        for worker in self.processes:
            worker.child_conn.close()
        super().keep_subprocess_alive()


class Attendant(Protocol):
    """A process that runs beside the workers."""

    def ensure(self) -> None:
        """Starts it, unless it runs."""

    def close(self) -> None:
        """Ends it."""


def serve(
    settings: HttpSettings, application: str = APPLICATION, beside: Sequence[Attendant] = ()
) -> bool:
    """Answers requests until it is told to stop; False if no worker could start.

    The processes ``beside`` run as long as it does.
    """
    with (
        _listening(settings) as listening,
        _metrics_directory(),
        _recorder() as recorder,
        ExitStack() as ending,
    ):
        log_as_json()
        host, port = listening.getsockname()[:2]
        log.info("listening", host=host, port=port, workers=settings.workers, pid=os.getpid())
        for process in beside:
            ending.callback(process.close)
            process.ensure()
        attendants = (recorder, *beside)
        supervisor = Supervisor(_config(settings, application), [listening], attendants)
        supervisor.run()
        log.info("stopped")
    return all(own.exitcode != STARTUP_FAILURE for own in supervisor.processes)


def _config(settings: HttpSettings, application: str) -> Config:
    return Config(
        application,
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_worker_healthcheck=HEALTH_SECONDS,
    )


@contextmanager
def _listening(settings: HttpSettings) -> Iterator[socket.socket]:
    """The socket that all workers answer at; raises ProblemsFound where there can be none."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        message = f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}"
        raise ProblemsFound([Problem("cannot_listen", "LICZNIK_HTTP_PORT", message)]) from error
    with listening:
        listening.set_inheritable(True)
        yield listening


@contextmanager
def _metrics_directory() -> Iterator[None]:
    """A folder in which the workers keep what they count, for as long as the service runs."""
    folder = tempfile.mkdtemp(prefix="licznik-metrics-")
    os.environ[METRICS_DIRECTORY] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _recorder() -> Iterator[RecorderProcess]:
    """The process that records for all workers."""
    recorder = RecorderProcess(read_settings())
    os.environ[RECORDER] = recorder.address
    recorder.ensure()
    try:
        yield recorder
    finally:
        recorder.close()


def stop_with_the_supervisor() -> None:
    """Makes a worker stop when its supervisor is gone, so that none goes on unseen."""
    supervisor = parent_process()
    if supervisor is None:
        return

    def wait_and_stop() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait_and_stop, name="supervisor", daemon=True).start()
