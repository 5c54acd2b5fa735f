"""The stand-in over HTTP on this machine, with the troubles that were asked for."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from entrypoints.ksef.stand_in import faults
from entrypoints.ksef.stand_in.documents import digest
from entrypoints.ksef.stand_in.problems import (
    JSON,
    Rejection,
    broken,
    refused,
    too_many,
)
from entrypoints.ksef.stand_in.routes import Route, route_of
from entrypoints.ksef.stand_in.world import Request, StandIn

XML = "application/xml"
HOST = "127.0.0.1"
REFUSALS = {faults.TOO_MANY, faults.BROKEN, faults.AWAY}


class Server(ThreadingHTTPServer):
    """Serves a stand-in; every request has a thread of its own."""

    daemon_threads = True

    def __init__(self, stand_in: StandIn, port: int = 0) -> None:
        self.stand_in = stand_in
        super().__init__((HOST, port), Handler)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who has gone is no news."""


class Handler(BaseHTTPRequestHandler):
    """Answers requests."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_GET  # noqa: N815  # the library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Nothing is logged: a request may hold a token."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        found = route_of(self.command, parts.path)
        if found is None:
            self._answer(404, {"title": "Not Found", "status": 404})
            return
        route, names = found
        bearer = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        after = self.headers.get("x-continuation-token") or ""
        query = parse_qs(parts.query)
        self._do(route, Request(names, query, body, bearer, after, self.server.url))

    def _do(self, route: Route, request: Request) -> None:
        own = self.server.stand_in
        with own.lock:
            own.calls.append(route.name)
            fault = own.faults.take(route.name)
            way = fault.way if fault else ""
            if way == faults.DROP:
                self._hang_up()
                return
            try:
                if fault and way in REFUSALS:
                    raise too_many(fault.seconds) if way == "429" else broken(int(way))
                found = _done(route, own, request)
            except Rejection as rejection:
                self._reject(rejection)
                return
        if way == faults.LOST:
            self._hang_up()
            return
        if fault and way == faults.SLOW:
            time.sleep(fault.seconds)
        self._answer(route.status, found)

    def _hang_up(self) -> None:
        self.close_connection = True

    def _reject(self, rejection: Rejection) -> None:
        wait = rejection.retry_after
        more = {} if wait is None else {"Retry-After": str(wait)}
        self._answer(rejection.status, rejection.body, rejection.kind, more)

    def _answer(
        self, status: int, body: Any, kind: str = JSON, more: dict[str, str] | None = None
    ) -> None:
        headers = dict(more or {})
        content = b"" if body is None else _written(body)
        if isinstance(body, bytes):
            kind, headers["x-ms-meta-hash"] = XML, b64encode(digest(body)).decode()
        self.send_response(status)
        if content:
            self.send_header("Content-Type", kind)
        for name, own in headers.items():
            self.send_header(name, own)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _written(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _done(route: Route, own: StandIn, request: Request) -> Any:
    """What a call gives; a request that makes no sense is refused."""
    try:
        return route.work(own, request)
    except (KeyError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise refused(21405, "Błąd walidacji danych wejściowych.", said) from error


@contextmanager
def running(stand_in: StandIn, port: int = 0) -> Iterator[Server]:
    """A stand-in that serves in threads of this process."""
    with Server(stand_in, port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
