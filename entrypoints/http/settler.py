"""Rolls decisions into pages while the service runs: every second, and before somebody reads.

Once an hour it forgets those of long ago.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from entrypoints.http.logs import described, log
from metering.rolling import Roller

EVERY_SECONDS = 1.0
FORGETTING = timedelta(hours=1)


class Settler:
    """Rolls decisions in a process that runs on."""

    def __init__(self, roller: Roller, now: Callable[[], datetime]) -> None:
        self._roller = roller
        self._now = now
        self._lock = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._work, name="settling", daemon=True)
        self._thread.start()

    def settle(self, order: str) -> None:
        """Rolls what was decided for an order, if anything waits."""
        if self._roller.waits(order):
            with self._lock:
                self._roller.roll(self._now(), order)

    def close(self) -> None:
        """Ends; what is not rolled yet is rolled by whoever comes next."""
        self._closing.set()
        self._thread.join()

    def _work(self) -> None:
        forgot_at = self._now()
        while not self._closing.wait(EVERY_SECONDS):
            now = self._now()
            try:
                with self._lock:
                    self._roller.roll(now)
                if now - forgot_at >= FORGETTING:
                    forgot_at = now
                    self._roller.forget(now)
            except Exception as error:  # noqa: BLE001  # the next round may do better
                log.error("settling failed", **described(error))
