"""Attempts to sign in: each is logged (R139), and too many in a short time have to wait.

An attempt is written before it is judged, so that many at once cannot slip past a limit. Of a name
that nobody has, a hash is kept; a password is never written anywhere.

A limit counts for minutes, and what it turns away does not count: nobody can lock somebody else out
for long. An address from which a user has signed in before has limits of its own, so that a crowd
of guessers elsewhere does not keep the user out at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any

from billing.decisions import Decisions
from entrypoints.people import security_queries as queries
from metering.store import Statement

PASSWORD, LINK_ASKED, LINK, CODE, PROVIDER = "password", "link asked", "link", "code", "provider"
"""What was tried: a password, an e-mail with a link, the link, a code, another provider."""
WRONG, RIGHT, LIMITED, BLOCKED = "wrong", "right", "limited", "blocked"
KEPT = timedelta(days=60)
"""R138: logs of access are kept so long."""
IPV6_NETWORK = 64
"""Bits of an IPv6 address that name a household or an office; the rest its owner may choose."""

USER, ADDRESS, BOTH = "user", "address", "both"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts of a method within a time, counted by user, by address or by the pair.

    With ``unless_known``, it does not hold where the user signed in from the address before.
    """

    method: str
    by: str
    most: int
    within: timedelta
    unless_known: bool = False


QUARTER = timedelta(minutes=15)
LIMITS = (
    Limit(PASSWORD, BOTH, 10, QUARTER),
    Limit(PASSWORD, USER, 20, QUARTER, unless_known=True),
    Limit(PASSWORD, ADDRESS, 60, QUARTER),
    Limit(LINK_ASKED, USER, 3, QUARTER),
    Limit(LINK_ASKED, ADDRESS, 20, QUARTER),
    Limit(LINK, ADDRESS, 30, QUARTER),
    Limit(CODE, USER, 10, QUARTER),
    Limit(CODE, ADDRESS, 60, QUARTER),
    Limit(PROVIDER, ADDRESS, 60, QUARTER),
)
"""What counts is every attempt that was not right; of links asked for, every one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries to sign in. ``subject`` is a user's id, or a hash of the name that was typed.

    ``address`` is that of the network from which it came.
    """

    method: str
    subject: str
    address: str
    at: datetime
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many attempts: the next is heard after so many seconds."""

    seconds: int


def unknown_subject(typed: str) -> str:
    """What is logged of a name that no user has."""
    return f"unknown:{sha256(typed.strip().casefold().encode()).hexdigest()[:32]}"


def network_of(address: str) -> str:
    """The address of a network from one of its machines; what is no address stays as it is."""
    try:
        own = ip_address(address)
    except ValueError:
        return address
    if not isinstance(own, IPv6Address):
        return str(own)
    if own.ipv4_mapped is not None:
        return str(own.ipv4_mapped)
    host_bits = 128 - IPV6_NETWORK
    return f"{IPv6Address(int(own) >> host_bits << host_bits)}/{IPV6_NETWORK}"


def begin_attempt(decisions: Decisions, attempt: Attempt) -> int | Wait:
    """Writes an attempt down as wrong; gives its number, or how long it has to wait."""
    with decisions.datastore.transaction(commit=True) as curs:
        curs.execute(queries.ONE_ATTEMPT_AT_A_TIME.encode())
        wait = 0
        for query, named in limit_questions(attempt):
            found = curs.execute(query.encode(), named).fetchall()
            wait = max([wait, *(_seconds(own["until"] - attempt.at) for own in found)])
        named = _row(attempt, LIMITED if wait else WRONG)
        (number,) = curs.execute(queries.ADD_ATTEMPT.encode(), named).fetchall()
    return Wait(wait) if wait else int(number["id"])


def limit_questions(attempt: Attempt) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Asks of each limit that concerns an attempt until when it holds."""
    for own in LIMITS:
        if own.method == attempt.method:
            yield (
                queries.LIMIT_REACHED,
                {
                    "method": own.method,
                    "subject": None if own.by == ADDRESS else attempt.subject,
                    "address": None if own.by == USER else attempt.address,
                    "since": attempt.at - own.within,
                    "within": own.within,
                    "before": own.most - 1,
                    "known_user": attempt.subject if own.unless_known else "",
                    "known_address": attempt.address,
                },
            )


def _row(attempt: Attempt, result: str) -> Mapping[str, Any]:
    return {
        "at": attempt.at,
        "subject": attempt.subject,
        "user": attempt.user,
        "address": attempt.address,
        "method": attempt.method,
        "result": result,
    }


def _seconds(left: timedelta) -> int:
    return max(1, -(-left // timedelta(seconds=1)))


def settle_attempt(decisions: Decisions, number: int, result: str, user: str | None = None) -> None:
    """Writes down what an attempt came to, and whose it was where that was not known before."""
    named = {"result": result, "user": user, "id": number}
    decisions.run(Statement(queries.SETTLE_ATTEMPT, named))


def last_attempts(decisions: Decisions, user: str, most: int = 10) -> list[dict[str, Any]]:
    """The last attempts to sign in as a user, the newest first."""
    return decisions.rows(queries.LAST_ATTEMPTS, user, most)


def purge(decisions: Decisions, now: datetime) -> int:
    """Forgets attempts of more than 60 days; says how many (R138)."""
    return len(decisions.rows(queries.PURGE_ATTEMPTS, now - KEPT))
