"""The HTTP service for the tests: a real server in a process of its own, and calls to it."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import orjson

from entrypoints.http.bodies import BATCH, LINES
from tests.builders import Plain, event
from tests.running import CONSOLE_SCRIPT, environment, licznik
from tests.waiting import PATIENCE, eventually


@dataclass
class Service:
    """A running service, its database, and where it writes its log."""

    database: str
    process: subprocess.Popen[bytes]
    log: Path
    keys: dict[str, str] = field(default_factory=dict)

    @cached_property
    def address(self) -> str:
        """Where it listens, as its log says."""
        eventually(lambda: self.lines("listening") or self.process.poll() is not None)
        (line,) = self.lines("listening")
        return f"http://{line['host']}:{line['port']}"

    @cached_property
    def client(self) -> httpx.Client:
        """A client of the service."""
        return httpx.Client(base_url=self.address, timeout=PATIENCE, trust_env=False)

    def lines(self, event: str) -> list[Plain]:
        """The lines of the log about one kind of event."""
        written = self.log.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in written if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    def key(self, role: str, account: str | None = None) -> str:
        """A key of a role, made when it is first wanted."""
        name = f"{role}/{account}"
        if name not in self.keys:
            self.keys[name] = new_key(self.database, role, account)
        return self.keys[name]

    def call(
        self, method: str, path: str, role: str = "admin", account: str | None = None, **given: Any
    ) -> httpx.Response:
        """Calls the service with a key of a role."""
        headers = {"Authorization": f"Bearer {self.key(role, account)}", **given.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **given)

    def get(self, path: str, role: str = "admin", account: str | None = None) -> httpx.Response:
        """Asks for something."""
        return self.call("GET", path, role, account)

    def send(self, *events: Any) -> Plain:
        """Sends events as an array; gives what became of them."""
        return received(self.post(orjson.dumps(list(events)), BATCH))

    def send_lines(self, body: bytes) -> Plain:
        """Sends lines of text; gives what became of the events."""
        return received(self.post(body, LINES))

    def post(self, body: bytes, media: str, path: str = "/v1/events") -> httpx.Response:
        """Sends a body as it is."""
        return self.call("POST", path, "platform", content=body, headers={"Content-Type": media})

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tells it to stop; gives its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def service(database: str, *words: object, **settings: str) -> Iterator[Service]:
    """A service on a free port, stopped in the end."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as file:
            command = [CONSOLE_SCRIPT, "serve", "--port", "0", "--no-jobs", *words]
            process = subprocess.Popen(
                [*map(str, command)], env=environment(database, **settings), stderr=file
            )
        own = Service(database, process, log)
        try:
            yield own
        finally:
            if process.poll() is None:
                own.stop()
            if "client" in vars(own):
                own.client.close()


def new_key(database: str, role: str, account: str | None = None) -> str:
    """A new key of the command line."""
    bound = ["--account", account] if account else []
    made = licznik(database, "keys", "add", "--role", role, *bound, "--json")
    assert made.status == 0, made.err
    return str(made.data["key"])


def received(answer: httpx.Response) -> Plain:
    """What became of the events of a request that was answered well."""
    assert answer.status_code == 202, answer.text
    found: Plain = answer.json()
    return found


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of an answer that is problem details."""
    assert answer.headers["content-type"] == "application/problem+json"
    details = answer.json()
    assert details["status"] == answer.status_code
    assert details["instance"] == f"urn:licznik:request:{answer.headers['x-request-id']}"
    return answer.status_code, details["code"]


def rejected(answer: Plain) -> list[tuple[int, str, str]]:
    """The place, code and path of each event that was rejected."""
    return [(one["index"], one["code"], one["path"]) for one in answer["rejected"]]


def counts(answer: Plain) -> tuple[int, int, int]:
    """How many events were accepted, duplicates and rejected."""
    return answer["accepted"], answer["duplicates"], len(answer["rejected"])


def sms(event_id: str, **given: Any) -> Plain:
    """An event of one SMS."""
    return event(id=event_id, **given)
