"""Links to the overview of an order, to be shown in another panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.decisions import Decisions
from entrypoints.embed_links import EmbedLink, make_token, read_token
from entrypoints.settings import Settings
from entrypoints.signing_keys import signing_key

KEY_NAME = "embed"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an embedded page is, until when."""

    url: str
    expires_at: datetime


def make_link(
    decisions: Decisions, settings: Settings, order: str, language: str | None, now: datetime
) -> Address:
    """A link to an order's overview, in its account's language unless told otherwise.

    Raises ProblemsFound where there is no such order.
    """
    account = decisions.order(order).terms.account
    code = language or decisions.accounts()[account].language
    lives = timedelta(minutes=settings.embed.minutes)
    began = now.replace(microsecond=0)  # as the token says it
    token = make_token(_key(decisions, settings, now), EmbedLink(order, code), lives, began)
    return Address(f"{settings.http.address}/embed/{token}", began + lives)


def open_link(
    decisions: Decisions, settings: Settings, token: str, now: datetime
) -> EmbedLink | None:
    """What a link shows; None where it is not one of ours. Raises Expired."""
    return read_token(_key(decisions, settings, now), token, now)


def _key(decisions: Decisions, settings: Settings, now: datetime) -> bytes:
    return settings.embed.key or signing_key(decisions, KEY_NAME, now)
