"""Work that only one process may do at a time, by an advisory lock of PostgreSQL.

The lock lets go when its process, or its connection, dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

ALONE = 7_131_073
TRY = text("SELECT pg_try_advisory_lock(:lock, hashtext(:work))")
LET_GO = text("SELECT pg_advisory_unlock(:lock, hashtext(:work))")


@contextmanager
def alone(engine: Engine, work: str) -> Iterator[bool]:
    """Whether no other process does some work; none will, as long as this one does."""
    named = {"lock": ALONE, "work": work}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_alone = bool(connection.scalar(TRY, named))
        try:
            yield is_alone
        finally:
            if is_alone:
                connection.execute(LET_GO, named)
