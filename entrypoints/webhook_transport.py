"""Posts notices over HTTP: TLS checked, no redirect followed, nobody waited for too long."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread, Timer, local
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


Address = tuple[str, int]


class Deadline:
    """Cuts the connections that a thread makes within it after so many seconds.

    The library's own time-out is one for each address and for each read, and an endpoint that sends
    a byte now and then would never reach it. Twins of the sockets are cut, since TLS takes the
    sockets away.
    """

    _of_thread = local()

    def __init__(self, seconds: int) -> None:
        self._end = time.monotonic() + seconds
        self._timer = Timer(seconds, self._cut)
        self._lock = Lock()
        self._twins: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

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
    def connect(cls, host: str, port: int) -> socket.socket:
        """A connection under the deadline of this thread, to the first address that takes one.

        Each address has its share of the time that is left, so that a dead one leaves some.
        """
        own: Deadline = cls._of_thread.deadline
        addresses = own._resolved(host, port)
        failed = OSError(f"{host} has no address")
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            try:
                return own._watched(socket.create_connection(address, own._left() / (others + 1)))
            except OSError as error:
                failed = error
        raise failed

    def _resolved(self, host: str, port: int) -> list[Address]:
        """The addresses of a host. Nothing ends a look-up that hangs, so it is left to itself."""
        found: SimpleQueue[list[Address] | Exception] = SimpleQueue()
        Thread(target=_look_up, args=(host, port, found), daemon=True).start()
        try:
            answer = found.get(timeout=self._left())
        except Empty:
            raise TimeoutError from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _watched(self, connected: socket.socket) -> socket.socket:
        with self._lock:
            self._twins.append(connected.dup())
        if self.is_over:
            self._cut()
        return connected

    def _cut(self) -> None:
        with self._lock:
            for twin in self._twins:
                with suppress(OSError):  # the other side was faster
                    twin.shutdown(socket.SHUT_RDWR)


def _look_up(host: str, port: int, found: SimpleQueue[list[Address] | Exception]) -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        found.put(error)
    else:
        found.put([(str(address[0]), int(address[1])) for *_, address in rows])


class _Watched(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return Deadline.connect(self.host.strip("[]"), self.port)


class _WatchedTls(HTTPSConnection, _Watched):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


POOLS = {"http": _Pool, "https": _TlsPool}
