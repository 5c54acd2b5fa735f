"""How fast batches come in over HTTP, beside a server that reads and decodes them and stops there.

Both are the same server with the same workers and clients; the limit's call decodes each body with
orjson, counts its events and throws them away.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import orjson

from entrypoints.bench import made_up
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.clients import Clients, prepare, send
from entrypoints.bench.workbench import DENSE_ORDERS, Workbench
from entrypoints.keys import Role, add_key

WORKERS = 1
"""As many as the service starts by itself: another process records, and the clients need a core."""
CLIENTS, PROCESSES = 8, 2
OURS, THROWN_AWAY = "/v1/events", "/v1/discard"
SERVER = """
from dataclasses import replace
from entrypoints.http.server import serve
from entrypoints.settings import read_settings
if __name__ == "__main__":
    serve(read_settings().http, "entrypoints.bench.discarding:create_app")
"""


def measure(bench: Workbench) -> tuple[float, float]:
    """Events a second, ours and thrown away."""
    file = bench.file(DENSE_ORDERS)
    with bench.session("http", DENSE_ORDERS) as session:
        _, key = add_key(session.decisions, Role.PLATFORM, None, "bench", made_up.NOW)
        with _serving(bench.address("http"), bench.folder) as port:
            bench.say(f"{CLIENTS} clients send batches that are thrown away")
            limit = _sent(port, key, THROWN_AWAY, file)
            bench.say(f"{CLIENTS} clients send batches that are recorded")
            return _sent(port, key, OURS, file), limit


def _sent(port: int, key: str, path: str, file: Path) -> float:
    """Events a second that all clients together had answered."""
    shares = [
        Clients(port, key, path, file, tuple(range(CLIENTS))[first::PROCESSES], CLIENTS)
        for first in range(PROCESSES)
    ]
    with ExitStack() as stack:
        # A pool for each share: what a process has prepared, no other has.
        context = get_context("spawn")
        pools = [stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for _ in shares]
        for pool, share in zip(pools, shares, strict=True):
            pool.submit(prepare, share).result()
        with stopwatch() as seconds:
            sending = [pool.submit(send, own) for pool, own in zip(pools, shares, strict=True)]
            events = sum(one.result() for one in sending)
    return events / seconds()


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[int]:
    """A service with the call that throws away; gives its port."""
    script, log = folder / "serve.py", folder / "serve.log"
    script.write_text(SERVER)
    settings = {
        "LICZNIK_DATABASE_URL": url,
        "LICZNIK_HTTP_PORT": "0",
        "LICZNIK_HTTP_WORKERS": str(WORKERS),
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(script)], env={**os.environ, **settings}, stderr=file
        )
        try:
            yield _port(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that the service says it listens on, once it answers there."""
    while process.poll() is None:
        time.sleep(0.05)
        first, _, _ = log.read_bytes().partition(b"\n")
        with suppress(orjson.JSONDecodeError, OSError):
            port: int = orjson.loads(first)["port"]
            with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return port
    raise AssertionError(log.read_text())
