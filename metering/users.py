"""The numbers that stand for users: one for each name in an order and month."""

from __future__ import annotations

from datetime import date
from threading import Lock

import numpy as np
import polars as pl

from metering import balances, queries
from metering.store import UsageStore

MOST_USERS = 1_000_000

USER = {"order": pl.String, "period": pl.Date, "user": pl.String}
User = tuple[str, date, str]
"""An order, the first day of a month, and a name."""


class UserNumbers:
    """The numbers a process has met; they never change, so they need not be looked up again."""

    def __init__(self, store: UsageStore, most: int = MOST_USERS) -> None:
        self._store = store
        self._most = most
        self._numbers: dict[User, int] = {}
        self._turn = Lock()

    def put(self, entries: pl.DataFrame) -> pl.DataFrame:
        """Puts each user's number in the place of the name; 0 stands for no named user."""
        numbers = np.zeros(entries.height, dtype=np.int64)
        is_named = (entries["user"] != "").to_numpy()
        if is_named.any():
            period = pl.col("day").dt.month_start()
            users = entries.filter(is_named).select("order", period, "user").rows()
            numbers[is_named] = self._find(users)
        return entries.with_columns(user=numbers)

    def _find(self, users: list[User]) -> list[int]:
        with self._turn:
            return self._found(users)

    def _found(self, users: list[User]) -> list[int]:
        missing = {user for user in users if user not in self._numbers}
        if len(self._numbers) + len(missing) > self._most:
            self._numbers.clear()
            missing = set(users)
        if missing:
            self._look_up(sorted(missing))
        return [self._numbers[user] for user in users]

    def _look_up(self, users: list[User]) -> None:
        """Gives numbers to those that have none, and reads those of the others."""
        wanted = balances.arrays(pl.DataFrame(users, schema=USER, orient="row"), USER)
        found = self._store.rows(queries.NEW_USERS, *wanted)
        if len(found) < len(users):
            found += self._store.rows(queries.KNOWN_USERS, *wanted)
        for row in found:
            self._numbers[row["order_id"], row["period"], row["name"]] = row["number"]
