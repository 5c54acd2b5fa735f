"""The wiring of marks and webhooks: one watcher at a time, and a sender with its transport."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Engine

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from entrypoints.alone import alone
from entrypoints.notice_mail import NoticeMail
from entrypoints.settings import Settings
from entrypoints.webhook_transport import WebhookTransport
from invoices.notices.addresses import address_of
from invoices.notices.sending import MOST_JITTER, Answer, Post, Sender
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
    catalog: Catalog,
    settings: Settings,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Sends what is due; how many attempts became what."""
    jitter = SystemRandom()
    return Sender(
        decisions,
        posting(decisions, catalog, settings),
        clock,
        lambda: jitter.randint(0, MOST_JITTER),
        settings.webhooks.at_once,
        stopping,
    ).send()


def posting(decisions: Decisions, catalog: Catalog, settings: Settings) -> Post:
    """The way of a notice: by e-mail to addresses, over HTTP to programs."""
    mail, web = NoticeMail(decisions, catalog, settings), WebhookTransport(settings.webhooks)

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return (web if address_of(url) is None else mail).post(url, body, headers)

    return post


def summary(counts: Counter[str]) -> str:
    """What became of attempts, in words."""
    return ", ".join(f"{counts[status]} {words}" for status, words in IN_WORDS.items())
