"""The second factor of a user: turned on by a code, then asked for at every sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from billing.decisions import Decisions
from entrypoints.people import security_queries as queries
from entrypoints.people.changes import SECOND_FACTOR_OFF, SECOND_FACTOR_ON, Hand, recorded
from entrypoints.people.sealing import Seal
from entrypoints.people.totp import (
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_hash,
)
from entrypoints.people.users import PortalUser
from metering.store import SaveConflict, Statement


def has_second_factor(decisions: Decisions, user: str) -> bool:
    """Whether a user has to give a code."""
    rows = decisions.rows(queries.SECOND_FACTOR, user)
    return any(row["confirmed_at"] is not None for row in rows)


def begin_second_factor(decisions: Decisions, seal: Seal, user: str) -> None:
    """Makes a secret that counts for nothing until a code of it has been given."""
    decisions.run(Statement(queries.BEGIN_SECOND_FACTOR, (user, seal.closed(new_secret()))))


def waiting_secret(decisions: Decisions, seal: Seal, user: str) -> str | None:
    """The secret that still has to be confirmed."""
    rows = decisions.rows(queries.SECOND_FACTOR, user)
    return next((seal.opened(row["secret"]) for row in rows if row["confirmed_at"] is None), None)


def confirm_second_factor(
    decisions: Decisions, seal: Seal, hand: Hand, user: PortalUser, code: str
) -> list[str] | None:
    """Turns it on; gives the recovery codes, which are shown this once. None if the code is wrong.

    The code is spent by this: it does not sign in as well.
    """
    secret = waiting_secret(decisions, seal, user.id)
    step = matching_step(secret, code, hand.at) if secret else None
    if step is None:
        return None
    codes = new_recovery_codes()
    turn_on = Statement(
        queries.CONFIRM_SECOND_FACTOR, {"now": hand.at, "step": step, "user": user.id}, changes=1
    )
    told = recorded(hand, user, SECOND_FACTOR_ON)
    try:
        decisions.run(turn_on, *_recovery_codes(user.id, codes), *told)
    except SaveConflict:
        return None
    return codes


def renew_recovery_codes(decisions: Decisions, user: str) -> list[str]:
    """New recovery codes; those before work no more."""
    codes = new_recovery_codes()
    decisions.run(*_recovery_codes(user, codes))
    return codes


def recovery_codes_left(decisions: Decisions, user: str) -> int:
    """How many recovery codes have not been used."""
    ((row),) = decisions.rows(queries.RECOVERY_CODES_LEFT, user)
    return int(row["codes"])


def takes_code(decisions: Decisions, seal: Seal, user: str, code: str, now: datetime) -> bool:
    """Whether a code is right; it is used up by that, be it the app's or one for recovery."""
    for row in decisions.rows(queries.SECOND_FACTOR, user):
        secret = seal.opened(row["secret"])
        step = matching_step(secret, code, now) if secret else None
        if secret and step is not None:
            kept = {"kept": row["secret"], "sealed": seal.closed(secret)}
            return bool(decisions.rows(queries.STEP_USED, step=step, user=user, **kept))
    return bool(decisions.rows(queries.USE_RECOVERY_CODE, now, user, recovery_hash(code)))


def end_second_factor(decisions: Decisions, hand: Hand, user: PortalUser) -> None:
    """Turns it off, and ends the recovery codes."""
    told = recorded(hand, user, SECOND_FACTOR_OFF)
    decisions.run(*without_second_factor(user.id), *told)


def without_second_factor(user: str) -> list[Statement]:
    """What takes the second factor of a user away."""
    return [
        Statement(queries.END_SECOND_FACTOR, (user,)),
        Statement(queries.END_RECOVERY_CODES, (user,)),
    ]


def _recovery_codes(user: str, codes: Sequence[str]) -> list[Statement]:
    kept = [Statement(queries.ADD_RECOVERY_CODE, (user, recovery_hash(own))) for own in codes]
    return [Statement(queries.END_RECOVERY_CODES, (user,)), *kept]
