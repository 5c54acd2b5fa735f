"""People who sign in, each with one role; a customer is bound to one account."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.decisions import Decisions
from entrypoints.keys import Role
from entrypoints.people import queries
from metering.store import Statement


@dataclass(frozen=True, slots=True)
class PortalUser:
    """Who signs in. ``account`` is that of a customer, None of everybody else."""

    id: str
    email: str
    name: str
    role: Role
    account: str | None
    language: str
    blocked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is known of a user before there is one."""

    email: str
    name: str
    role: Role
    account: str | None = None
    language: str = "pl"


def add_user(decisions: Decisions, new: NewUser, now: datetime) -> PortalUser:
    """Keeps a new user, who has no password yet."""
    user = make_user(new)
    decisions.run(Statement(queries.ADD_USER, row_of(user, now)))
    return user


def make_user(new: NewUser) -> PortalUser:
    """A user with an id; nothing is kept yet."""
    return PortalUser(
        secrets.token_hex(6), new.email, new.name, new.role, new.account, new.language
    )


def row_of(user: PortalUser, now: datetime) -> Mapping[str, Any]:
    """A new user as the statement that keeps one wants it."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.value,
        "account": user.account,
        "language": user.language,
        "created_at": now,
    }


def user_of(row: Mapping[str, Any]) -> PortalUser:
    """A user from a row."""
    return PortalUser(
        row["id"],
        row["email"],
        row["name"],
        Role(row["role"]),
        row["account_id"],
        row["language"],
        row["blocked_at"],
    )
