"""What the measures share: databases of their own, orders in them, files of made-up events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from billing.orders.commands import RouteBook, import_orders
from billing.scenario import OrderFileShape
from entrypoints.bench import by_hand, made_up
from entrypoints.bench.by_hand import Timed
from entrypoints.cli.session import Session, open_session
from entrypoints.database import address_of, copied_database, drop_database, fresh_database
from entrypoints.settings import Settings
from entrypoints.usage_import import import_file
from metering.intake import Intake

PREFIX = "licznik_bench_"
PLACED = 1_000
DENSE_ORDERS = 200
ROUNDS = 2
"""Each side of a comparison runs so often, in turns, and its best time counts."""

COPY_ORDERS = """
    INSERT INTO customer_order (id, account_id, version, terms, placed)
    SELECT 'order-' || n, account_id, version,
           terms || jsonb_build_object('id', 'order-' || n), placed
    FROM customer_order, generate_series(%s::int, %s::int) AS n WHERE id = 'order-0'
"""
"""More orders like the first."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The same file imported by the engine and by hand."""

    ours: Timed
    by_hand: Timed


@dataclass
class Workbench:
    """Runs measures over so many ``events``; files go to a ``folder``, messages to ``say``."""

    settings: Settings
    folder: Path
    events: int
    say: Callable[[str], None]
    _databases: set[str] = field(default_factory=set)

    @contextmanager
    def session(self, name: str, orders: int) -> Iterator[Session]:
        """A session on a new database with orders in it."""
        with self.opened(self.fresh(name)) as session:
            _place(session, orders)
            yield session

    @contextmanager
    def opened(self, url: str) -> Iterator[Session]:
        """A session on a database of the bench."""
        with open_session(replace(self.settings, database_url=url)) as session:
            yield session

    def _named(self, name: str) -> str:
        """The whole name of a database of the bench, which will be dropped in the end."""
        self._databases.add(PREFIX + name)
        return PREFIX + name

    def fresh(self, name: str) -> str:
        """The address of a new database."""
        return fresh_database(self.settings, self._named(name))

    def address(self, name: str) -> str:
        """The address of a database that the bench has made."""
        return address_of(self.settings, self._named(name))

    def copied(self, name: str, of: str) -> str:
        """The address of a new database that is a copy of another, which nobody may be using."""
        return copied_database(self.settings, self._named(name), self._named(of))

    def close(self) -> None:
        """Drops what the bench has made."""
        for name in self._databases:
            drop_database(self.settings, name)

    def file(self, orders: int) -> Path:
        """A file of made-up events over so many orders."""
        path = self.folder / f"{orders}.ndjson"
        if not path.exists():
            self.say(f"making up {self.events:,} events over {orders:,} orders")
            made_up.write_events(path, self.events, orders)
        return path

    @cached_property
    def dense(self) -> Imported:
        """The import of a day of a few large orders."""
        return self.imported(DENSE_ORDERS)

    def imported(self, orders: int) -> Imported:
        """A day over so many orders, imported by the engine and by hand."""
        file = self.file(orders)
        ours, hand = [], []
        for number in range(1, ROUNDS + 1):
            self.say(f"importing, round {number} of {ROUNDS}")
            with self.session("ours", orders) as session:
                own = _import(session, file)
            self.say(f"the same by hand, round {number} of {ROUNDS}")
            together = own.events // own.commits
            ours.append(own)
            hand.append(by_hand.import_file(self.fresh("by_hand"), file, together))
        return Imported(min(ours, key=_seconds), min(hand, key=_seconds))


def _seconds(one: Timed) -> float:
    return one.seconds


def _place(session: Session, orders: int) -> None:
    """Places orders; of very many all but the first are copies in the table that intake reads."""
    own = [made_up.order(number) for number in range(min(orders, PLACED))]
    form = OrderFileShape.model_validate({"accounts": [made_up.ACCOUNT], "orders": own})
    import_orders(session.decisions, form, session.catalog, made_up.NOW)
    session.decisions.rows(COPY_ORDERS, PLACED, orders - 1)


SIZE = """
    SELECT sum(pg_total_relation_size(name))::bigint AS bytes
    FROM unnest(ARRAY[
        'usage_events', 'usage_balance', 'usage_user', 'usage_user_balance', 'usage_repeat'
    ]::regclass[]) AS name
"""
"""What usage takes on the disk, with its indexes."""


def _import(session: Session, file: Path) -> Timed:
    intake = Intake(session.usage, session.catalog.meters)
    routes = RouteBook(session.decisions, session.catalog)
    commits: list[int] = []
    with by_hand.stopwatch() as seconds:
        outcome = import_file(file, intake, routes.find, lambda: made_up.NOW, commits.append)
    size = session.usage.rows(SIZE)[0]["bytes"]
    return Timed(outcome.accepted, seconds(), len(commits), size)
