"""Links to the pages of one order that are embedded elsewhere: signed, short-lived, read-only.

A link is its own proof: nothing is kept of it, and no cookie is needed to open it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from entrypoints.embed_settings import MOST_MINUTES

SALT = "licznik.embed"
LONGEST = timedelta(minutes=MOST_MINUTES)


class Expired(Exception):
    """The link was one of ours; its time is over."""


@dataclass(frozen=True, slots=True)
class EmbedLink:
    """What a link shows: one order, in one language."""

    order: str
    language: str


class _Signer(TimestampSigner):
    """Signs and reads at an instant that is given: one place of the program reads the clock."""

    def __init__(self, *given: Any, now: datetime, **named: Any) -> None:
        super().__init__(*given, **named)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def make_token(key: bytes, link: EmbedLink, lives: timedelta, now: datetime) -> str:
    """The token of a link; ``lives`` is at most a day."""
    seconds = int(min(lives, LONGEST).total_seconds())
    return _serializer(key, now).dumps([link.order, link.language, seconds])


def read_token(key: bytes, token: str, now: datetime) -> EmbedLink | None:
    """What a token shows; None where it is not one of ours. Raises Expired."""
    longest = int(LONGEST.total_seconds())
    try:
        said, made = _serializer(key, now).loads(token, max_age=longest, return_timestamp=True)
        order, language, seconds = said
    except SignatureExpired as error:
        raise Expired from error
    except (BadData, TypeError, ValueError):
        return None
    if now >= made + timedelta(seconds=seconds):
        raise Expired
    return EmbedLink(order, language)


def _serializer(key: bytes, now: datetime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=SALT, signer=_Signer, signer_kwargs={"now": now})
