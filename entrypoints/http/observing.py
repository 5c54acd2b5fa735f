"""Around every request: its id, a line in the log, its share of the metrics."""

from __future__ import annotations

import re
import time
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.logs import described, log
from entrypoints.http.metrics import count_request
from entrypoints.http.problems import CALLER_GONE

REQUEST_ID = b"x-request-id"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
NO_ROUTE = "-"


class Observed:
    """The application with a request id, logs and metrics around it.

    It is the outermost layer: what is raised ends here, in the log, when it has been answered.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request and notes it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id.decode()
        status = CALLER_GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id)]
            await send(message)

        raised: Exception | None = None
        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001  # it was answered with 500; the log tells it
            raised = error
        _note(scope, status, time.perf_counter() - started, raised)


def _request_id(scope: Scope) -> bytes:
    """The caller's id of the request where it is plain, else one of ours."""
    given = next((value for name, value in scope["headers"] if name == REQUEST_ID), b"")
    return given if _GIVEN_ID.fullmatch(given) else uuid4().hex.encode()


def _note(scope: Scope, status: int, seconds: float, raised: Exception | None) -> None:
    route = getattr(scope.get("route"), "path_format", NO_ROUTE)
    count_request(scope["method"], route, status, seconds)
    state = scope["state"]
    noted = ("request_id", "key", "code", "counts")
    line = {name: state[name] for name in noted if name in state}
    if raised is not None:
        line |= described(raised)
    say = log.error if raised is not None else log.info
    milliseconds = round(seconds * 1000, 1)
    say("request", method=scope["method"], route=route, status=status, ms=milliseconds, **line)
