"""Links by which an offer is read without signing in: unguessable, expiring, revocable."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from billing.decisions import Decisions
from entrypoints.sales import queries
from metering.store import Statement

TOKEN_BYTES = 32
ID_BYTES = 8
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Share:
    """A link to an offer; it opens until it expires or is revoked."""

    id: str
    offer: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def opens(self, now: datetime) -> bool:
        """Whether the link still shows its offer."""
        return self.revoked_at is None and now < self.expires_at


def share_offer(decisions: Decisions, offer: str, days: int, made_by: str, now: datetime) -> str:
    """Makes a link to an offer for some days. Gives its token, the only time that it is seen."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "id": secrets.token_hex(ID_BYTES),
        "offer_id": offer,
        "token_hash": _hash(token),
        "made_by": made_by,
        "made_at": now,
        "expires_at": now + timedelta(days=days),
    }
    decisions.run(Statement(queries.KEEP_SHARE, row))
    return token


def shared_offer(decisions: Decisions, token: str, now: datetime) -> str | None:
    """The id of the offer that a token opens now; None for every other token, whatever it was."""
    for row in decisions.rows(queries.SHARED_OFFER, _hash(token)):
        if row["revoked_at"] is None and now < row["expires_at"]:
            return str(row["offer_id"])
    return None


def shares_of(decisions: Decisions, model_id: str) -> list[Share]:
    """The links to the offers of a model, the newest first, ended ones too."""
    return [Share(*row.values()) for row in decisions.rows(queries.SHARES_OF, model_id)]


def end_share(decisions: Decisions, share_id: str, now: datetime) -> str | None:
    """Ends a link for good; gives the id of its offer, None where there is no such link."""
    ended = decisions.rows(queries.END_SHARE, now, share_id)
    return str(ended[0]["offer_id"]) if ended else None


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
