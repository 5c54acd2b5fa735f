"""The work that is done again and again, each job by one process at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_SCHEDULER_STARTED,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from entrypoints.alone import alone
from entrypoints.cli.ksef_sending import one_round
from entrypoints.cli.noticing import watch_and_send
from entrypoints.cli.rates import fetch_rates
from entrypoints.cli.sending import office_of, summary, transmitting
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.stopping import Stop
from entrypoints.posting import forget, send_posts
from entrypoints.settings import Settings
from invoices.delivering import Post, Selection, is_due, waiting
from invoices.mailing.carriers import ByMail, Transmit
from invoices.mailing.letters import one_line
from invoices.reminders import DUE, unpaid
from metering.calendar import WARSAW, local_day

GRACE_SECONDS = 3600
"""How late a job may still begin, say after another one that took long."""
REMINDER_HOUR = 9
NOTICES = "notices"
KSEF = "ksef"
POSTS = "posts"
POSTS_SECONDS = 5
"""Somebody waits for a link to sign in."""
FORGETTING = "forgetting"
FORGETTING_HOUR = 3
RATES = "rates"
RATES_HOURS = "12-16"
"""The National Bank publishes its table about noon of a working day."""
NEW_DAYS = 60
"""How old an invoice may be that is delivered unasked. Older ones have reached their customers in
another way before the scheduler was first started, or a person has to look after them.
"""
LONGEST_LINE = 500

EXECUTORS = ("default", NOTICES, KSEF, POSTS)

log = logging.getLogger("licznik.scheduler")


def run_jobs(settings: Settings, stop: Stop) -> None:
    """Does the recurring work until it is told to stop; the message in hand is finished first."""
    scheduler = scheduler_of(Jobs(settings, stop))
    _shut_down_when_asked(scheduler, stop)
    log.info("started: %s", _work_in_words(settings))
    scheduler.start()
    log.info("stopped")


def _work_in_words(settings: Settings) -> str:
    if settings.mail.server is None:
        return "notices alone; for invoices and reminders set a mail server, LICZNIK_SMTP_URL"
    return f"delivery every {settings.deliver_minutes} minutes"


class Jobs:
    """The work that is done again and again; each time everything is opened afresh.

    Each job says in a line what it did. It ends early, between two messages, when told to stop.
    """

    def __init__(self, settings: Settings, stop: Stop) -> None:
        self.settings = settings
        self._stop = stop

    def deliver(self) -> str:
        """E-mails every invoice that is new, and again what failed some time ago."""
        return self._once("delivery", lambda own: self._send(own, self._new_and_failed))

    def remind(self) -> str:
        """Sends the reminders that are due today."""
        return self._once("reminders", lambda own: self._send(own, self._reminders))

    def notify(self) -> str:
        """Looks for marks that usage has reached, and sends the notices that are due."""
        return self._once(NOTICES, lambda own: watch_and_send(own, self._stop.is_asked))

    def send_posts(self) -> str:
        """Sends e-mails to people who sign in, and to the staff that is told of changes."""
        return self._once(POSTS, lambda own: send_posts(own, self._stop.is_asked))

    def forget(self) -> str:
        """Forgets what is logged of signing in after its 60 days."""
        return self._once(FORGETTING, forget)

    def fetch_rates(self) -> str:
        """Keeps the exchange rates that the National Bank has published since."""
        return self._once(RATES, lambda own: fetch_rates(own, self.settings.rates_url or ""))

    def _once(self, name: str, work: Callable[[Session], str]) -> str:
        """Does some work, unless another process does it at this moment."""
        with open_session(self.settings) as session, alone(session.engine, f"job/{name}") as mine:
            return work(session) if mine else ""

    def send_to_ksef(self) -> str:
        """Sends what is due to KSeF, and asks what became of what was sent."""
        return one_round(self.settings, self._stop.is_asked)

    def _new_and_failed(self, session: Session, transmit: Transmit) -> list[Post]:
        carrier = ByMail(transmit, self.settings.mail.sender)
        new = Selection(issued_since=local_day(clock()) - timedelta(days=NEW_DAYS))
        cases = waiting(session.decisions, carrier.purpose, new)
        return [Post(case, carrier) for case in cases if is_due(case, clock())]

    def _reminders(self, session: Session, transmit: Transmit) -> list[Post]:
        found = unpaid(session.decisions, session.catalog, local_day(clock()))
        sender = self.settings.mail.sender
        return [own.post(transmit, sender) for own in found if own.state == DUE]

    def _send(self, session: Session, choose: Callable[[Session, Transmit], list[Post]]) -> str:
        dispatches = []
        with transmitting(self.settings) as transmit, office_of(session) as office:
            for post in choose(session, transmit):
                if self._stop.is_asked():
                    break
                dispatches.append(office.dispatch(post))
        return summary(dispatches)


def scheduler_of(jobs: Jobs) -> BlockingScheduler:
    """One e-mail job at a time: a long delivery makes the reminders wait, not the mail server.

    Notices, KSeF and e-mails to people who sign in wait for neither.
    """
    scheduler = BlockingScheduler(
        timezone=WARSAW,
        executors={name: ThreadPoolExecutor(1) for name in EXECUTORS},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_SECONDS},
    )
    if jobs.settings.mail.server is not None:
        minutes = jobs.settings.deliver_minutes
        scheduler.add_job(
            jobs.deliver, "interval", minutes=minutes, id="delivery", next_run_time=clock()
        )
        scheduler.add_job(jobs.remind, "cron", hour=REMINDER_HOUR, id="reminders")
        scheduler.add_job(
            jobs.send_posts, "interval", seconds=POSTS_SECONDS, id=POSTS, executor=POSTS
        )
    scheduler.add_job(jobs.forget, "cron", hour=FORGETTING_HOUR, id=FORGETTING)
    seconds = jobs.settings.webhooks.seconds
    scheduler.add_job(jobs.notify, "interval", seconds=seconds, id=NOTICES, executor=NOTICES)
    if jobs.settings.ksef.url is not None:
        minutes = jobs.settings.ksef.minutes
        scheduler.add_job(
            jobs.send_to_ksef,
            "interval",
            minutes=minutes,
            id=KSEF,
            executor=KSEF,
            next_run_time=clock(),
        )
    if jobs.settings.rates_url is not None:
        scheduler.add_job(jobs.fetch_rates, "cron", hour=RATES_HOURS, minute=30, id=RATES)
    scheduler.add_listener(_say, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return scheduler


def _say(event: Any) -> None:
    """One line a job that did anything. What a job raises ends that job alone."""
    if event.code == EVENT_JOB_EXECUTED:
        if event.retval:
            log.info("%s: %s", event.job_id, event.retval)
    elif event.code == EVENT_JOB_MISSED:
        log.warning("%s: too late to run, the next time is soon enough", event.job_id)
    else:
        log.error("%s: %s", event.job_id, one_line(str(event.exception), LONGEST_LINE))
        log.debug("%s", event.traceback)


def _shut_down_when_asked(scheduler: BlockingScheduler, stop: Stop) -> None:
    """From a thread that waits for it: a signal may come while the scheduler holds its locks."""

    def wait_and_shut_down() -> None:
        stop.wait()
        scheduler.shutdown()

    watch = Thread(target=wait_and_shut_down, daemon=True)
    scheduler.add_listener(lambda _: watch.start(), EVENT_SCHEDULER_STARTED)
