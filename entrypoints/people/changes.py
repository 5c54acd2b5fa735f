"""Changes of users: each is kept for good, and the staff in charge is told by e-mail (R140).

Change and notice are statements of one transaction: there is no change without its notice. What
concerns a user's own security is told to the user as well. The key of a program has a role like a
user, so the staff is told of keys too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from entrypoints.keys import Key, Role
from entrypoints.people import security_queries as queries
from entrypoints.people.posts import CHANGED, KEY_CHANGED, YOURS_CHANGED, Post, keep_post
from entrypoints.people.users import PortalUser
from metering.store import Statement

ADDED, ROLE, BLOCKED, UNBLOCKED = "added", "role", "blocked", "unblocked"
NAME, LANGUAGE, PASSWORD = "name", "language", "password"
SECOND_FACTOR_ON, SECOND_FACTOR_OFF = "second_factor_on", "second_factor_off"
SIGNED_OUT = "signed_out"
KEY_ADDED, KEY_REVOKED = "key_added", "key_revoked"
TOLD_TO_THE_USER = (PASSWORD, SECOND_FACTOR_ON, SECOND_FACTOR_OFF)
COMMAND_LINE = "command line"
"""Who makes a change that no signed-in user makes."""
STAFF_LANGUAGE = "pl"


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes something and when; ``staff`` are the addresses that are told.

    ``by`` is a user's id, and ``name`` what people call that user.
    """

    by: str
    name: str
    at: datetime
    staff: tuple[str, ...] = ()


def recorded(
    hand: Hand, user: PortalUser, what: str, before: str | None = None, after: str | None = None
) -> list[Statement]:
    """What keeps a change and tells of it. A password is in neither."""
    row = {
        "at": hand.at,
        "by": hand.by,
        "user": user.id,
        "what": what,
        "before": before,
        "after": after,
    }
    posts = [keep_post(own, hand.at) for own in _posts(hand, user, row)]
    return [Statement(queries.ADD_CHANGE, row), *posts]


def _posts(hand: Hand, user: PortalUser, row: dict[str, object]) -> Iterator[Post]:
    said = {name: row[name] for name in ("what", "before", "after")}
    details = {**said, "at": hand.at.isoformat(), "by": hand.name}
    for address in hand.staff:
        about = {**details, "user": f"{user.name} <{user.email}>"}
        yield Post(CHANGED, address, STAFF_LANGUAGE, user.id, about)
    if row["what"] in TOLD_TO_THE_USER:
        yield Post(YOURS_CHANGED, user.email, user.language, user.id, details)


def told_of_key(hand: Hand, what: str, key: Key) -> list[Statement]:
    """What tells of a key that was made or revoked; never the key itself."""
    about = f"{key.id} {key.name}, {_rights(key.role, key.account)}"
    details = {"what": what, "key": about, "at": hand.at.isoformat(), "by": hand.name}
    posts = (Post(KEY_CHANGED, own, STAFF_LANGUAGE, None, details) for own in hand.staff)
    return [keep_post(own, hand.at) for own in posts]


def rights_of(user: PortalUser) -> str:
    """A role as a change says it, with the account that it is bound to."""
    return _rights(user.role, user.account)


def _rights(role: Role, account: str | None) -> str:
    return f"{role.value} {account}" if account else role.value
