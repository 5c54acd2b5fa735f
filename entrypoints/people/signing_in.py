"""Signing in: a password, a link or a provider says who it is; a second factor confirms it.

An answer never tells whether a user exists: an unknown name takes as long as a wrong password, and
gives the same result. A user who is blocked is answered like a stranger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from billing.decisions import Decisions
from entrypoints.people import attempts, tokens
from entrypoints.people import security_queries as security
from entrypoints.people.attempts import (
    BLOCKED,
    RIGHT,
    WRONG,
    Attempt,
    Wait,
    begin_attempt,
    settle_attempt,
    unknown_subject,
)
from entrypoints.people.managing import find_user, is_email
from entrypoints.people.passwords import hashed, is_weak, opens
from entrypoints.people.posts import Post, keep_post
from entrypoints.people.sealing import Seal
from entrypoints.people.second_factor import (
    begin_second_factor,
    has_second_factor,
    takes_code,
)
from entrypoints.people.tokens import Token, issue_token, use_token
from entrypoints.people.users import PortalUser
from entrypoints.people_settings import PeopleSettings
from metering.store import Statement


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from, and when. ``address`` is that of a network."""

    address: str
    at: datetime


def by_password(
    decisions: Decisions, caller: Caller, email: str, password: str
) -> PortalUser | Wait | None:
    """The user of an address and a password; None if they do not fit."""
    user = _of_address(decisions, email)
    attempt = _attempt(attempts.PASSWORD, caller, user, email)
    if isinstance(number := begin_attempt(decisions, attempt), Wait):
        return number
    kept = _kept(decisions, user)
    is_right = opens(kept, password)
    if is_right and user is not None and kept is not None and is_weak(kept):
        renewed = (hashed(password), user.id, kept)
        decisions.run(Statement(security.RENEW_PASSWORD_HASH, renewed))
    return _settled(decisions, number, user if is_right else None)


def ask_for_link(
    decisions: Decisions, caller: Caller, email: str, kind: str, then: str = "/"
) -> Wait | Callable[[], None]:
    """What sends a link to the user of an address; it does nothing where there is no such user.

    The browser is answered before it is called, so that the time of the answer tells nothing.
    """
    user = _of_address(decisions, email)
    attempt = _attempt(attempts.LINK_ASKED, caller, user, email)
    if isinstance(number := begin_attempt(decisions, attempt), Wait):
        return number
    if user is None or user.blocked_at is not None:
        return lambda: None
    post = Post(kind, user.email, user.language, user.id, {"then": then})
    return partial(decisions.run, keep_post(post, caller.at))


def by_link(
    decisions: Decisions, caller: Caller, kinds: tuple[str, ...], secret: str
) -> tuple[PortalUser, Token] | Wait | None:
    """The user of a link, which is used up by that; None if it does not work any more."""
    attempt = Attempt(attempts.LINK, unknown_subject(secret), caller.address, caller.at)
    if isinstance(number := begin_attempt(decisions, attempt), Wait):
        return number
    token = use_token(decisions, kinds, secret, caller.at)
    user = find_user(decisions, token.user) if token and token.user else None
    settled = _settled(decisions, number, user)
    return (settled, token) if settled and token else None


def by_provider(
    decisions: Decisions, caller: Caller, email: str | None
) -> PortalUser | Wait | None:
    """The user of an address that a provider has verified. Nobody is made a user by a provider."""
    user = _of_address(decisions, email or "")
    attempt = _attempt(attempts.PROVIDER, caller, user, email or "")
    if isinstance(number := begin_attempt(decisions, attempt), Wait):
        return number
    return _settled(decisions, number, user)


def by_code(
    decisions: Decisions, seal: Seal, caller: Caller, user: PortalUser, code: str
) -> bool | Wait:
    """Whether a code of the second factor is right. A code is taken once."""
    attempt = _attempt(attempts.CODE, caller, user, user.email)
    if isinstance(number := begin_attempt(decisions, attempt), Wait):
        return number
    is_right = takes_code(decisions, seal, user.id, code, caller.at)
    settle_attempt(decisions, number, RIGHT if is_right else WRONG)
    return is_right


@dataclass(frozen=True, slots=True)
class Step:
    """What is still to be done before a user is in: give a code, or set up the second factor."""

    secret: str
    sets_up: bool


def second_step(
    decisions: Decisions,
    user: PortalUser,
    then: str,
    caller: Caller,
    settings: PeopleSettings,
) -> Step | None:
    """What a user whose first factor was right has still to do; None if nothing."""
    has_one = has_second_factor(decisions, user.id)
    if not has_one and user.role not in settings.totp_roles:
        return None
    if not has_one:
        begin_second_factor(decisions, Seal(settings.totp_keys), user.id)
    token = Token(tokens.SECOND_FACTOR, user.id, {"then": then, "sets_up": not has_one})
    return Step(issue_token(decisions, token, caller.at), not has_one)


def _of_address(decisions: Decisions, email: str) -> PortalUser | None:
    return find_user(decisions, email) if "@" in email else None


def _attempt(method: str, caller: Caller, user: PortalUser | None, typed: str) -> Attempt:
    """What is no address of a stranger may be a password in the wrong field: nothing is kept."""
    subject = user.id if user else unknown_subject(typed if is_email(typed) else "")
    return Attempt(method, subject, caller.address, caller.at, user.id if user else None)


def _kept(decisions: Decisions, user: PortalUser | None) -> str | None:
    """The kept hash; the database is asked for a stranger too, for the same time."""
    rows = decisions.rows(security.PASSWORD_HASH, user.id if user else "")
    return rows[0]["password_hash"] if rows else None


def _settled(decisions: Decisions, number: int, user: PortalUser | None) -> PortalUser | None:
    """Writes down how an attempt ended; a blocked user is turned away."""
    is_blocked = user is not None and user.blocked_at is not None
    result = BLOCKED if is_blocked else RIGHT if user else WRONG
    settle_attempt(decisions, number, result, user.id if user else None)
    return None if is_blocked else user
