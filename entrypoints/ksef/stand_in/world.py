"""The whole stand-in as a value in memory, and a request to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import Any

from entrypoints.ksef.stand_in.access import Access
from entrypoints.ksef.stand_in.faults import Faults
from entrypoints.ksef.stand_in.keys import KeyRing
from entrypoints.ksef.stand_in.sessions import Sessions


@dataclass(frozen=True)
class Request:
    """A request: what the path names, the query, the body, and who asks.

    ``after`` is the token by which a list goes on, ``address`` that of the stand-in.
    """

    names: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    bearer: str
    after: str
    address: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise TypeError("an object is wanted")
        return found


class StandIn:
    """A stand-in for KSeF. ``tokens`` are those of each NIP; None: every token is good.

    ``delay``: so often a document is still in progress when it is asked about.
    """

    def __init__(
        self,
        tokens: dict[str, str] | None = None,
        delay: int = 1,
        lifetime: timedelta = timedelta(minutes=15),
    ) -> None:
        self.lock = RLock()
        self.keys, self.faults = KeyRing(), Faults()
        self.access = Access(self.keys, tokens, lifetime)
        self.sessions = Sessions(self.keys, self.faults, delay)
        self.calls: list[str] = []

    def context(self, request: Request) -> str:
        """The NIP of the seller who is signed in."""
        return self.access.holder("access", request.bearer)

    def documents(self) -> list[dict[str, Any]]:
        """Everything that was received, and what became of it."""
        return [
            {
                "number": own.facts.number if own.facts else None,
                "ksef_number": own.ksef_number,
                "status": own.status,
                "offline": own.is_offline,
            }
            for own in self.sessions.received
        ]
