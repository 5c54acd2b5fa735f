"""Posts notices over HTTP: TLS checked, no redirect followed, nobody waited for too long."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Timer, local
from types import TracebackType

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from entrypoints.webhook_settings import WebhookSettings
from invoices.notices.sending import LONGEST_ANSWER, Answer, NoAnswer

MOST_BYTES = 4 * LONGEST_ANSWER
"""Enough for the beginning of an answer, in whatever signs."""
USER_AGENT = "licznik-webhooks"


class WebhookTransport:
    """Posts to endpoints, from several threads at once; each post has a connection of its own."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._tls = ssl.create_default_context()
        if settings.ca is not None:
            self._tls.load_verify_locations(settings.ca)
        self._timeout = settings.timeout

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the endpoint answers; raises NoAnswer where it does not."""
        deadline = Deadline(self._timeout)
        too_late = NoAnswer(f"no whole answer within {self._timeout} seconds")
        try:
            with deadline:
                answer = self._ask(url, body, headers)
        except (HTTPError, OSError, ValueError) as error:
            # ValueError is that of names that no host can have.
            raise (too_late if deadline.is_over else _no_answer(error)) from error
        if deadline.is_over:  # what was cut off may look like a whole answer
            raise too_late
        return answer

    def _ask(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        pools = urllib3.PoolManager(ssl_context=self._tls)
        pools.pool_classes_by_scheme = POOLS
        asking = pools.request(
            "POST",
            url,
            body=body,
            headers={**headers, "user-agent": USER_AGENT, "connection": "close"},
            redirect=False,
            retries=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )
        with pools, asking as response:
            text = response.read(MOST_BYTES).decode(errors="replace")
            return Answer(response.status, _printable(text)[:LONGEST_ANSWER])


def _no_answer(error: Exception) -> NoAnswer:
    """What went wrong at the bottom, without what the library has put around it."""
    reason = error.__cause__ or error
    return NoAnswer(_printable(f"{type(reason).__name__}: {reason}"))


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


class Deadline:
    """Cuts the connections that a thread makes within it after so many seconds.

    The library's own time-out is one for each read, and an endpoint that sends a byte now and then
    would never reach it. Twins of the sockets are cut, since TLS takes the sockets away.
    """

    _of_thread = local()

    def __init__(self, seconds: int) -> None:
        self._timer = Timer(seconds, self._cut)
        self._lock = Lock()
        self._twins: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> None:
        self._of_thread.deadline = self
        self._timer.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        for twin in self._twins:
            twin.close()

    @classmethod
    def watch(cls, connected: socket.socket) -> None:
        """Puts a connection under the deadline of this thread."""
        own: Deadline = cls._of_thread.deadline
        with own._lock:
            own._twins.append(connected.dup())
        if own.is_over:
            own._cut()

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for twin in self._twins:
                with suppress(OSError):  # the other side was faster
                    twin.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        Deadline.watch(connected)
        return connected


class _WatchedTls(HTTPSConnection, _Watched):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


POOLS = {"http": _Pool, "https": _TlsPool}
