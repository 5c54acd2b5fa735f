"""The most bytes that the body of any request may have."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Refuses a body with 413 as soon as it is told, or found, to be too large.

    The framework has such a limit too, but it answers in plain text.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the application receive so many bytes and no more."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told, found = _told(scope), 0

        async def limited() -> Message:
            nonlocal found
            message = await receive() if told <= self._most else {}
            found += len(message.get("body", b""))
            if max(told, found) > self._most:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)


def _told(scope: Scope) -> int:
    """The length that the request says its body has; 0 if it says nothing."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0
