"""`licznik scheduler`: a process that delivers by itself, goes on after a failure, and stops."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from entrypoints.alone import alone
from entrypoints.database import engine_for
from tests.mail_server import Mailbox, customers, deliver, eventually, issue, log, mail_server
from tests.noticing import listen, receiver
from tests.running import Outcome, change, is_answered, licznik, started


@contextmanager
def scheduler(url: str, box: Mailbox, settings: str = "") -> Iterator[subprocess.Popen[str]]:
    """A scheduler in a process of its own."""
    process = started(url, "scheduler", settings=settings, **box.settings())
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> Outcome:
    """What it ended with when asked to."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return Outcome(process.returncode, out, err)


EVERY_SECOND = """
from entrypoints.cli import scheduling as scheduler
whole = scheduler.BlockingScheduler.add_job
def add_job(self, job, trigger, **given):
    return whole(self, job, 'interval', seconds=1, id=given['id'])
scheduler.BlockingScheduler.add_job = add_job
"""
"""Makes both jobs run every second."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_delivers_at_once_and_stops_when_told(database: str, number: signal.Signals) -> None:
    """One line a job, and exit status 0."""
    issue(database, *customers(2))
    with mail_server() as box, scheduler(database, box) as process:
        eventually(lambda: len(box.taken) == 2)
        eventually(lambda: {status for _, status, _ in log(database)} == {"sent"})
        outcome = stop(process, number)
    assert outcome.status == 0
    said = [line.split(" INFO ")[1] for line in outcome.err.splitlines()]
    assert said[0] == "started: delivery every 15 minutes"
    assert said[1] == "delivery: 2 sent, 0 failed, 0 uncertain, 0 without an address"
    assert said[-1] == "stopped"


def test_a_first_start_does_not_mail_the_invoices_of_years(database: str) -> None:
    """What was issued more than 60 days ago is for a person to deliver."""
    issue(database, *customers(3))
    change(database, ISSUED_BEFORE, 60, "c01-main")
    change(database, ISSUED_BEFORE, 61, "c02-main")
    with mail_server() as box:
        with scheduler(database, box) as process:
            assert "delivery: 2 sent" in line_with(process, "delivery: ")
        assert sorted(own.rcpt_tos for own in box.taken) == [[MAILS[0]], [MAILS[1]]]
        assert deliver(database, box).data["sent"] == 1
        assert box.taken[-1].rcpt_tos == [MAILS[2]]


ISSUED_BEFORE = """
    UPDATE invoice SET issued_on = (now() AT TIME ZONE 'Europe/Warsaw')::date - %s::int
    WHERE order_id = %s
"""
MAILS = [f"c{n:02}@example.com" for n in range(3)]


def test_it_stops_between_two_messages(database: str) -> None:
    """The one that is being sent is finished, no other is begun."""
    issue(database, *customers(5))
    with mail_server() as box:
        box.on_data = lambda _, __: time.sleep(1)
        with scheduler(database, box) as process:
            eventually(lambda: len(log(database)) == 1)
            assert stop(process).status == 0
    assert log(database) == [("invoice", "sent", 1)]
    assert len(box.taken) == 1


def test_a_job_that_raises_is_logged_and_the_next_one_runs(database: str) -> None:
    """A table that is gone for a while."""
    issue(database)
    change(database, "ALTER TABLE message RENAME TO message_gone")
    with mail_server() as box, scheduler(database, box, EVERY_SECOND) as process:
        error = line_with(process, " ERROR ")
        change(database, "ALTER TABLE message_gone RENAME TO message")
        eventually(lambda: len(box.taken) == 1)
        outcome = stop(process)
    assert outcome.status == 0
    assert 'relation "message" does not exist' in error
    assert "Traceback" not in outcome.err


def line_with(process: subprocess.Popen[str], sign: str) -> str:
    """The first line with a sign in it that a process says."""
    assert process.stderr is not None
    return next(line for line in iter(process.stderr.readline, "") if sign in line)


def test_both_jobs_run_one_after_the_other(database: str) -> None:
    """An invoice is delivered, and recalled when it is late."""
    issue(database)
    with mail_server() as box, scheduler(database, box, EVERY_SECOND) as process:
        eventually(lambda: log(database) == [("invoice", "sent", 1)])
        change(database, "UPDATE message SET changed_at = changed_at - interval '5 days'")
        change(database, "UPDATE invoice SET due_on = current_date - 5")
        eventually(lambda: len(box.taken) == 2)
        eventually(lambda: log(database) == [("invoice", "sent", 1), ("reminder/1", "sent", 1)])
        time.sleep(2)
        assert stop(process).status == 0
    assert len(box.taken) == 2


def test_a_failed_message_waits_its_time(database: str) -> None:
    """Though the job runs every second."""
    issue(database)
    with mail_server() as box:
        box.refused.add("office@example.com")
        with scheduler(database, box, EVERY_SECOND) as process:
            eventually(lambda: log(database) == [("invoice", "failed", 1)])
            time.sleep(2)
            box.refused.clear()
            change(database, "UPDATE message SET changed_at = changed_at - interval '15 minutes'")
            eventually(lambda: len(box.taken) == 1)
            stop(process)
    assert log(database) == [("invoice", "sent", 2)]


def test_without_a_mail_server_it_sends_notices_alone(database: str) -> None:
    """Who uses webhooks only needs none; it says what it leaves out."""
    with receiver() as box:
        listen(database, box)
        issue(database)
        process = started(database, "scheduler", LICZNIK_WEBHOOK_SECONDS="1")
        try:
            eventually(lambda: len(box.taken) == 1)
            outcome = stop(process)
        finally:
            process.kill()
    assert outcome.status == 0
    assert "started: notices alone; for invoices and reminders set a mail server" in outcome.err
    assert log(database) == []


def test_it_does_not_start_with_a_catalog_that_is_wrong(database: str, tmp_path: Path) -> None:
    """Rather than to say so every quarter of an hour."""
    file = tmp_path / "catalog.yaml"
    file.write_text("editions: []", encoding="utf-8")
    settings = {"LICZNIK_SMTP_URL": "smtp://localhost", "LICZNIK_CATALOG": str(file)}
    assert is_answered(licznik(database, "scheduler", **settings))


def test_a_job_that_another_process_does_is_left_to_it(database: str) -> None:
    """Held by somebody else, the delivery waits for its next turn, and says nothing."""
    issue(database, *customers(1))
    engine = engine_for(database)
    with mail_server() as box:
        with alone(engine, "job/delivery") as mine, scheduler(database, box) as process:
            assert mine
            time.sleep(3)
            assert box.taken == []
            outcome = stop(process)
        assert "delivery:" not in outcome.err
        with scheduler(database, box):
            eventually(lambda: len(box.taken) == 1)
    engine.dispose()


def test_the_service_does_what_recurs_beside_answering(database: str) -> None:
    """One command serves and delivers; stopped, it leaves no process behind."""
    issue(database, *customers(1))
    with mail_server() as box:
        process = started(database, "serve", "--port", "0", "--workers", "1", **box.settings())
        try:
            eventually(lambda: len(box.taken) == 1, seconds=60)
            children = psutil.Process(process.pid).children(recursive=True)
        finally:
            process.terminate()
            process.communicate(timeout=60)
        eventually(lambda: not any(child.is_running() for child in children))
