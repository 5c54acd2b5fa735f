"""The wiring of marks and webhooks: one watcher at a time, and a sender with its transport."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Engine, text

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from entrypoints.webhook_settings import WebhookSettings
from entrypoints.webhook_transport import WebhookTransport
from invoices.notices.sending import MOST_JITTER, Sender
from invoices.notices.watching import Watcher
from metering.store import UsageStore

WATCHER_LOCK = 7_131_073
"""Held by the process that watches: others would only find the same and be turned away."""

IN_WORDS = {"delivered": "delivered", "failed": "failed", "given_up": "given up"}


def watch_marks(
    decisions: Decisions, usage: UsageStore, engine: Engine, catalog: Catalog, now: datetime
) -> Iterator[int]:
    """Looks for marks newly reached; yields how many, group by group. None if another does it."""
    with _alone(engine) as alone:
        if alone:
            yield from Watcher(decisions, usage, catalog, now).watch()


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether no other process is watching; none will, as long as this one is."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        lock = {"lock": WATCHER_LOCK}
        alone = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock))
        try:
            yield alone
        finally:
            if alone:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)


def send_notices(
    decisions: Decisions,
    settings: WebhookSettings,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Sends what is due; how many attempts became what."""
    post, jitter = WebhookTransport(settings).post, SystemRandom()
    return Sender(
        decisions,
        post,
        clock,
        lambda: jitter.randint(0, MOST_JITTER),
        settings.at_once,
        stopping,
    ).send()


def summary(counts: Counter[str]) -> str:
    """What became of attempts, in words."""
    return ", ".join(f"{counts[status]} {words}" for status, words in IN_WORDS.items())
