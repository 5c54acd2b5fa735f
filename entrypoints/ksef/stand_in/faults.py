"""Troubles that are asked for: the stand-in misbehaves so often, at a place, in a way."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

TOO_MANY, BROKEN, AWAY = "429", "500", "503"
DROP = "drop"
"""The connection ends before anything is done."""
LOST = "lost"
"""It is done, and the answer never comes."""
SLOW = "slow"
"""It is done, and the answer comes after so many seconds."""
WAYS = (TOO_MANY, BROKEN, AWAY, DROP, LOST, SLOW)
DOCUMENT = "document"
"""The place of a fault that gives a document's processing a status ``code``."""


@dataclass
class Fault:
    """A trouble at a place (the name of a call, or ``document``), so many times."""

    where: str
    way: str = ""
    times: int = 1
    seconds: int = 1
    code: int = 0
    text: str = "Operacja została anulowana przez system"

    @classmethod
    def of(cls, asked: dict[str, Any]) -> Fault:
        """A fault as it is asked for over HTTP; raises ValueError where it makes no sense."""
        unknown = sorted(asked.keys() - cls.__dataclass_fields__.keys())
        fault = None if unknown or "where" not in asked else cls(**asked)
        if fault is None or (fault.way not in WAYS and fault.where != DOCUMENT):
            raise ValueError(f"write where, way (one of {', '.join(WAYS)}), times, seconds, code")
        return fault


@dataclass
class Faults:
    """The troubles that are still to come."""

    _waiting: list[Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault) -> None:
        """One more."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, where: str) -> Fault | None:
        """The trouble that comes now, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.where == where and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None
