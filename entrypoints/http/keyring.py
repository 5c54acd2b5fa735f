"""Keys that were used lately, so that not every request asks the database for its key."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock as Mutex

from billing.decisions import Decisions
from entrypoints.keys import Lock, find_lock

REMEMBERED_SECONDS = 2
"""A revoked key stops after so many seconds at the latest."""
MOST_REMEMBERED = 10_000


class KeyRing:
    """The keys that a process knows. A key that does not exist is never remembered."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._mutex = Mutex()
        self._known: OrderedDict[str, tuple[float, Lock]] = OrderedDict()

    def remembered(self, key_id: str) -> Lock | None:
        """A key looked up a moment ago; None where the database must be asked."""
        since, lock = self._known.get(key_id, (0, None))
        return lock if time.monotonic() - since < REMEMBERED_SECONDS else None

    def look_up(self, key_id: str) -> Lock | None:
        """A key as the database has it now; None if there is none or it was revoked."""
        asked = time.monotonic()
        lock = find_lock(self._decisions, key_id)
        with self._mutex:
            self._known.pop(key_id, None)
            if lock is not None:
                self._known[key_id] = (asked, lock)
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return lock
