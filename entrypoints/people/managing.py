"""What administrators and users themselves change of users; every change is kept and told (R140).

What takes rights away, or gives others, ends the user's sessions and links in the same transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email
from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from entrypoints import queries as service_queries
from entrypoints.keys import Role
from entrypoints.people import changes, queries
from entrypoints.people import security_queries as security
from entrypoints.people.changes import Hand, recorded, rights_of
from entrypoints.people.passwords import hashed, password_problems
from entrypoints.people.posts import Post, keep_post
from entrypoints.people.second_factor import without_second_factor
from entrypoints.people.sessions import token_hash
from entrypoints.people.tokens import INVITATION, end_tokens
from entrypoints.people.users import NewUser, PortalUser, make_user, row_of, user_of
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement

LONGEST_NAME = 200
LONGEST_EMAIL = 320
LANGUAGES = ("pl", "en")

NO_EMAIL = "This is not an e-mail address."
EMAIL_TAKEN = "There is a user with this e-mail address already."
NO_NAME = "Write a name, of at most 200 characters."
NO_LANGUAGE = "Choose Polish or English."
NO_ACCOUNT = "A customer belongs to an account: choose one that exists."
ACCOUNT_NOT_WANTED = "Only a customer belongs to an account: leave it empty."
LAST_ADMIN = "This is the last administrator: make another one first."
UNKNOWN_USER = "there is no such user: `licznik users list` shows those there are"


def add_person(decisions: Decisions, hand: Hand, new: NewUser, *, invite: bool) -> PortalUser:
    """A new user, who is invited by e-mail to set a password; raises ProblemsFound."""
    own = replace(new, email=new.email.strip(), name=new.name.strip())
    check(_new_problems(decisions, own))
    user = make_user(own)
    statements = [Statement(queries.ADD_USER, row_of(user, hand.at))]
    if invite:
        statements.append(invitation(user, hand))
    told = recorded(hand, user, changes.ADDED, after=rights_of(user))
    try:
        decisions.run(*statements, *told)
    except IntegrityError as error:
        raise ProblemsFound([Problem("email_taken", "email", EMAIL_TAKEN)]) from error
    return user


def _new_problems(decisions: Decisions, new: NewUser) -> Iterator[Problem]:
    if not is_email(new.email):
        yield Problem("invalid_email", "email", NO_EMAIL)
    elif decisions.rows(queries.USER_OF_EMAIL, new.email):
        yield Problem("email_taken", "email", EMAIL_TAKEN)
    yield from _profile_problems(new.name, new.language)
    yield from _account_problems(decisions, new.role, new.account)


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address."""
    try:
        validate_email(text[:LONGEST_EMAIL], check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(text) < LONGEST_EMAIL


def _profile_problems(name: str, language: str) -> Iterator[Problem]:
    if not name or len(name) > LONGEST_NAME or any(_is_control(sign) for sign in name):
        yield Problem("invalid_name", "name", NO_NAME)
    if language not in LANGUAGES:
        yield Problem("invalid_language", "language", NO_LANGUAGE)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc"


def _account_problems(decisions: Decisions, role: Role, account: str | None) -> Iterator[Problem]:
    if role is not Role.CUSTOMER and account is not None:
        yield Problem("account_not_wanted", "account", ACCOUNT_NOT_WANTED)
    elif role is Role.CUSTOMER and (
        account is None or not decisions.rows(service_queries.ACCOUNT, account)
    ):
        yield Problem("unknown_account", "account", NO_ACCOUNT)


def invitation(user: PortalUser, hand: Hand) -> Statement:
    """An e-mail with a link to set a first password."""
    return keep_post(Post(INVITATION, user.email, user.language, user.id), hand.at)


def change_role(
    decisions: Decisions, hand: Hand, user: PortalUser, role: Role, account: str | None
) -> None:
    """Gives a user another role; raises ProblemsFound."""
    after = replace(user, role=role, account=account)
    if after == user:
        return
    check(_account_problems(decisions, role, account))
    _take_rights(
        decisions,
        user,
        "role",
        Statement(security.SET_ROLE, (role.value, account, user.id)),
        *_out(user, hand),
        *recorded(hand, user, changes.ROLE, rights_of(user), rights_of(after)),
    )


def block(decisions: Decisions, hand: Hand, user: PortalUser) -> None:
    """Nobody signs in as this user any more; raises ProblemsFound for the last administrator."""
    if user.blocked_at is not None:
        return
    _take_rights(
        decisions,
        user,
        "block",
        Statement(security.SET_BLOCKED, (hand.at, user.id)),
        *_out(user, hand),
        *recorded(hand, user, changes.BLOCKED),
    )


def unblock(decisions: Decisions, hand: Hand, user: PortalUser) -> None:
    """Lets a user sign in again."""
    if user.blocked_at is not None:
        told = recorded(hand, user, changes.UNBLOCKED)
        _save(decisions, told, Statement(security.SET_BLOCKED, (None, user.id)))


def set_password(decisions: Decisions, hand: Hand, user: PortalUser, password: str) -> None:
    """A new password, which ends the sessions of the old one; raises ProblemsFound."""
    check(password_problems(password, user.email, user.name))
    _save(
        decisions,
        recorded(hand, user, changes.PASSWORD),
        Statement(security.KEEP_PASSWORD_HASH, (hashed(password), user.id)),
        *_out(user, hand),
    )


def sign_out(decisions: Decisions, hand: Hand, user: PortalUser, but: str | None = None) -> None:
    """Ends a user's sessions everywhere, ``but`` the one of a token where it is given."""
    told = recorded(hand, user, changes.SIGNED_OUT)
    if but is None:
        _save(decisions, told, *_out(user, hand))
        return
    ending = Statement(queries.END_OTHER_SESSIONS, (user.id, token_hash(but)))
    _save(decisions, told, ending, end_tokens(user.id, hand.at))


def reset_second_factor(decisions: Decisions, hand: Hand, user: PortalUser) -> None:
    """Takes the second factor from a user who lost it, and ends the sessions."""
    told = recorded(hand, user, changes.SECOND_FACTOR_OFF)
    _save(decisions, told, *without_second_factor(user.id), *_out(user, hand))


def change_profile(
    decisions: Decisions, hand: Hand, user: PortalUser, name: str, language: str
) -> None:
    """What users change of themselves; raises ProblemsFound."""
    name = name.strip()
    check(_profile_problems(name, language))
    told = [
        statement
        for what, before, after in (
            (changes.NAME, user.name, name),
            (changes.LANGUAGE, user.language, language),
        )
        if before != after
        for statement in recorded(hand, user, what, before, after)
    ]
    if told:
        _save(decisions, told, Statement(security.SET_PROFILE, (name, language, user.id)))


def find_user(decisions: Decisions, user: str) -> PortalUser | None:
    """A user by id, or by e-mail address where there is an @ in it."""
    query = queries.USER_OF_EMAIL if "@" in user else queries.USER
    return next((user_of(row) for row in decisions.rows(query, user.strip())), None)


def known_user(decisions: Decisions, user: str) -> PortalUser:
    """The same; raises ProblemsFound where there is none."""
    found = find_user(decisions, user)
    if found is None:
        raise ProblemsFound([Problem("unknown_user", "user", UNKNOWN_USER)])
    return found


def check(problems: Iterator[Problem]) -> None:
    """Raises ProblemsFound with all of them."""
    if found := list(problems):
        raise ProblemsFound(found)


def _take_rights(decisions: Decisions, user: PortalUser, path: str, *statements: Statement) -> None:
    """Saves what leaves an administrator none; somebody else must be left who manages users.

    Of two administrators who take each other's rights at once, the second finds no other one.
    """
    if user.role is not Role.ADMIN or user.blocked_at is not None:
        decisions.run(*statements)
        return
    hold, one_left = Statement(security.HOLD_ADMINS, ()), Statement(security.AN_ADMIN, (), 1)
    try:
        decisions.run(hold, *statements, one_left)
    except SaveConflict as error:
        raise ProblemsFound([Problem("last_admin", path, LAST_ADMIN)]) from error


def _out(user: PortalUser, hand: Hand) -> list[Statement]:
    return [Statement(queries.END_SESSIONS_OF, (user.id,)), end_tokens(user.id, hand.at)]


def _save(decisions: Decisions, told: list[Statement], *statements: Statement) -> None:
    decisions.run(*statements, *told)
