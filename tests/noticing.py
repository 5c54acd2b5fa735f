"""Words for tests of marks and webhooks: watching, marks reached, a receiver that answers."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from standardwebhooks import Webhook

from entrypoints.webhook_settings import WebhookSettings
from entrypoints.webhook_transport import WebhookTransport
from invoices.notices.sending import Post, Sender
from invoices.notices.watching import Watcher
from tests.builders import Plain, catalog
from tests.running import decision_store, licznik, rows, usage_store

IN_OCTOBER = datetime(2025, 10, 20, 12, tzinfo=UTC)
"""When the tests look for marks, unless they say otherwise."""

Mark = tuple[str, str, str, int]
"""A period, a meter, a measure and a mark."""


def watch(url: str, now: datetime = IN_OCTOBER) -> int:
    """Looks for marks; how many were newly reached."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        return sum(Watcher(decisions, usage, catalog(), now).watch())


def reached(url: str, order: str = "acme-main") -> list[Mark]:
    """The marks that an order has reached, in the order in which they were recorded."""
    query = """
        SELECT left(period::text, 7), meter, measure, mark FROM usage_mark
        WHERE order_id = %s ORDER BY reached_at, period, meter, measure, bound, mark
    """
    return [tuple(row) for row in rows(url, query, order)]


def notices(url: str, kind: str = "usage.mark_reached") -> list[Plain]:
    """What is told in notices of a kind."""
    found = rows(url, "SELECT body FROM notice WHERE kind = %s ORDER BY occurred_at, id", kind)
    return [json.loads(body)["data"] for (body,) in found]


# A receiver


@dataclass
class Received:
    """A request that came in."""

    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> Plain:
        found: Plain = json.loads(self.body)["data"]
        return found

    def verified_by(self, secret: str) -> Plain:
        """The body, if the library finds the signature and the time right; else it raises."""
        found: Plain = Webhook(secret).verify(self.body, self.headers)
        return found


Respond = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """What a receiver has got, and how it behaves: ``respond`` answers in place of 204."""

    url: str
    taken: list[Received] = field(default_factory=list)
    respond: Respond | None = None
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ids(self) -> list[str]:
        """The ids of the notices that came, sorted; one that came twice stands twice."""
        return sorted(own.id for own in self.taken)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Takes a request and answers it."""
        body = request.rfile.read(int(request.headers["content-length"]))
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            self.taken.append(Received(headers, body, time.monotonic()))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        (self.respond or answering(204))(request)
        with self._lock:
            self._at_once -= 1


def answering(status: int, text: str = "", **headers: str) -> Respond:
    """Answers with a status and a text."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(text.encode())))
        request.end_headers()
        request.wfile.write(text.encode())

    return respond


@contextmanager
def receiver(tls: SSLContext | None = None) -> Iterator[Receiver]:
    """A real HTTP server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            own.handle(self)

        def do_GET(self) -> None:  # as above
            raise AssertionError("a redirect was followed")

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: Any) -> None:
            """A sender that went away is what some cases are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    own = Receiver(f"{scheme}://localhost:{server.server_port}/hooks")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# Endpoints and sending


def listen(url: str, to: Receiver, *options: object) -> Plain:
    """Adds an endpoint at a receiver; its id and secret."""
    outcome = licznik(url, "webhooks", "add", to.url, "--json", *options)
    assert outcome.status == 0, outcome.err
    added: Plain = outcome.data
    return added


def send(
    url: str,
    at: datetime | None = None,
    *,
    post: Post | None = None,
    jitter: int = 0,
    settings: WebhookSettings | None = None,
) -> Counter[str]:
    """Sends what is due, at a moment or now."""
    own = settings or WebhookSettings()
    with decision_store(url) as decisions:
        return Sender(
            decisions,
            post or WebhookTransport(own).post,
            lambda: at or datetime.now(UTC),
            lambda: jitter,
            own.at_once,
        ).send()


def deliveries(url: str, *options: object) -> list[Plain]:
    """The log of deliveries."""
    found: list[Plain] = licznik(url, "webhooks", "deliveries", "--json", *options).data[
        "deliveries"
    ]
    return found


def statuses(url: str) -> list[tuple[str, int]]:
    """Status and attempts of every delivery, the first one first."""
    return rows(url, "SELECT status, attempts FROM notice_delivery ORDER BY id")
