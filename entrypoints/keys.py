"""API keys: made, listed, revoked and recognised.

A key is ``lk_ID_SECRET``. The secret is 32 random bytes and shown once; what is kept is a salted
SHA-256. A slow hash is for passwords, which people choose and others can guess: nobody guesses 256
random bits, and a fast hash lets every single request be checked.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from billing.decisions import Decisions
from entrypoints import queries
from metering.problems import Problem, ProblemsFound
from metering.store import Statement

_TOKEN = re.compile(r"lk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
SALT_BYTES = 16
SECRET_BYTES = 32


class Role(StrEnum):
    """Whom a key is for. A customer's key is bound to an account."""

    PLATFORM = "platform"
    FINANCE = "finance"
    CUSTOMER = "customer"
    SALES = "sales"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept, without its secret."""

    id: str
    role: Role
    account: str | None
    name: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lock:
    """A key with what its secret is checked against."""

    key: Key
    salt: bytes
    hash: bytes

    def opens_with(self, secret: str) -> bool:
        """Whether a secret is the key's; it takes the same time for every wrong one."""
        return hmac.compare_digest(self.hash, _hash(self.salt, secret))


def add_key(
    decisions: Decisions, role: Role, account: str | None, name: str, now: datetime
) -> tuple[str, str]:
    """Keeps a new key; the only time that it is seen whole. Gives its id and the key."""
    problems = list(_account_problems(decisions, role, account))
    if problems:
        raise ProblemsFound(problems)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    salt = secrets.token_bytes(SALT_BYTES)
    row = {
        "id": key_id,
        "role": role.value,
        "account": account,
        "name": name,
        "salt": salt,
        "hash": _hash(salt, secret),
        "created_at": now,
    }
    decisions.run(Statement(queries.ADD_KEY, row))
    return key_id, f"lk_{key_id}_{secret}"


def _account_problems(decisions: Decisions, role: Role, account: str | None) -> list[Problem]:
    if role is Role.CUSTOMER and account is None:
        message = "a customer's key is for one account: add --account ACCOUNT"
        return [Problem("missing_account", "account", message)]
    if role is not Role.CUSTOMER and account is not None:
        message = f"a key of role {role} is for all accounts: leave out --account"
        return [Problem("account_not_wanted", "account", message)]
    if account is not None and not decisions.rows(queries.ACCOUNT, account):
        return [Problem("unknown_account", "account", f"there is no account {account}")]
    return []


def all_keys(decisions: Decisions) -> list[Key]:
    """Every key, revoked ones too."""
    return [_key(row) for row in decisions.rows(queries.KEYS)]


def key_of(decisions: Decisions, key_id: str) -> Key:
    """A key that was made once, revoked or not."""
    (row,) = decisions.rows(queries.KEY, key_id)
    return _key(row)


def revoke_key(decisions: Decisions, key_id: str, now: datetime) -> None:
    """Ends a key for good; raises ProblemsFound if there is none."""
    if not decisions.rows(queries.REVOKE_KEY, now, key_id):
        message = f"there is no key {key_id}: `licznik keys list` shows those there are"
        raise ProblemsFound([Problem("unknown_key", "id", message)])


def parts(token: str) -> tuple[str, str] | None:
    """The id and the secret of a key as it was handed over; None if it is no key at all."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None


def find_lock(decisions: Decisions, key_id: str) -> Lock | None:
    """The key of an id, None if there is none or it was revoked."""
    for row in decisions.rows(queries.KEY, key_id):
        if row["revoked_at"] is None:
            return Lock(_key(row), bytes(row["salt"]), bytes(row["hash"]))
    return None


def _key(row: Mapping[str, Any]) -> Key:
    return Key(
        row["id"],
        Role(row["role"]),
        row["account_id"],
        row["name"],
        row["created_at"],
        row["revoked_at"],
    )


def _hash(salt: bytes, secret: str) -> bytes:
    return sha256(salt + secret.encode()).digest()
