"""Makes exports of billing data while the service runs, one at a time in each process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from entrypoints.export_settings import ExportSettings
from entrypoints.http.logs import described, log
from invoices.billing_data.exports import remove_old
from invoices.billing_data.making import Stopping, Workshop
from metering.store import UsageStore

EVERY_SECONDS = 2.0
REMOVING = timedelta(hours=1)


class Exporter:
    """A thread that makes what was asked for, and removes files that were kept long enough."""

    def __init__(
        self,
        decisions: Decisions,
        usage: UsageStore,
        catalog: Catalog,
        settings: ExportSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._workshop = Workshop(
            decisions, usage, catalog, settings.most_bytes, now, self._check_closing
        )
        self._settings = settings
        self._now = now
        self._removed_at: datetime | None = None
        self._wanted = Event()
        self._closing = Event()
        self._thread = Thread(target=self._work, name="exporting", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was asked for."""
        self._wanted.set()

    def close(self) -> None:
        """Ends; what is not made yet is made by whoever comes next."""
        self._closing.set()
        self._wanted.set()
        self._thread.join()

    def _check_closing(self) -> None:
        if self._closing.is_set():
            raise Stopping

    def _work(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait(EVERY_SECONDS)
            self._wanted.clear()
            try:
                while not self._closing.is_set() and self._workshop.make_next():
                    pass
                self._remove()
            except Stopping:
                return
            except Exception as error:  # noqa: BLE001  # the next round may do better
                log.error("exporting failed", **described(error))

    def _remove(self) -> None:
        now = self._now()
        if self._removed_at is None or now - self._removed_at >= REMOVING:
            self._removed_at = now
            remove_old(self._workshop.decisions, self._settings.kept_days, now)
