"""The wiring of marks and webhooks: one watcher at a time, and a sender with its transport."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Engine

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from entrypoints.alone import alone
from entrypoints.webhook_settings import WebhookSettings
from entrypoints.webhook_transport import WebhookTransport
from invoices.notices.sending import MOST_JITTER, Sender
from invoices.notices.watching import Watcher
from metering.store import UsageStore

WATCHING = "watching"
"""What one process does: others would only find the same and be turned away."""

IN_WORDS = {"delivered": "delivered", "failed": "failed", "given_up": "given up"}


def watch_marks(
    decisions: Decisions, usage: UsageStore, engine: Engine, catalog: Catalog, now: datetime
) -> Iterator[int]:
    """Looks for marks newly reached; yields how many, group by group. None if another does it."""
    with alone(engine, WATCHING) as is_alone:
        if is_alone:
            yield from Watcher(decisions, usage, catalog, now).watch()


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
