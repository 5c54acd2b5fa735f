"""What the commands that send have in common: a progress bar, and saying how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from entrypoints.cli.output import print_json, progress, say, table
from entrypoints.cli.session import Session, clock
from entrypoints.delivering import open_office
from entrypoints.mail import MailTransport
from entrypoints.settings import Settings
from invoices.delivering import (
    FAILED,
    NO_ADDRESS,
    OVERTAKEN,
    READY,
    SENT,
    SENT_BEFORE,
    UNCERTAIN,
    UNDER_WAY,
    Dispatch,
    Office,
    Post,
)
from invoices.mailing.carriers import Transmit
from invoices.mailing.emails import Envelope
from invoices.messages import NotSent
from invoices.reminders import NOT_DELIVERED
from metering.problems import Problem, ProblemsFound

IN_WORDS = {
    READY: "to send",
    SENT: "sent",
    SENT_BEFORE: "sent before",
    FAILED: "failed",
    UNCERTAIN: "uncertain",
    NO_ADDRESS: "without an address",
    UNDER_WAY: "being sent by another process",
    OVERTAKEN: "left alone because something changed meanwhile",
    NOT_DELIVERED: "not reminded because the invoice was not delivered",
}
ALWAYS_SAID = (SENT, FAILED, UNCERTAIN, NO_ADDRESS)


@contextmanager
def transmitting(settings: Settings, *, needed: bool = True) -> Iterator[Transmit]:
    """The way to the mail server; what sends nothing needs none."""
    if not needed:
        yield _nothing_is_sent
        return
    with MailTransport(settings.mail.required()) as transport:
        yield transport.send


def _nothing_is_sent(_envelope: Envelope) -> None:
    raise NotSent("nothing was to be sent")


@contextmanager
def office_of(session: Session) -> Iterator[Office]:
    """The office of a command."""
    with open_office(
        session.decisions, session.engine, clock, session.settings.ksef.codes
    ) as office:
        yield office


Again = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="Send this uncertain one again: it did not arrive."),
]
Arrived = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="Note that this uncertain one arrived; send nothing."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, send nothing.")]


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with messages: send them, or as a person has decided of an uncertain one."""

    again: str | None = None
    arrived: str | None = None
    dry_run: bool = False

    @classmethod
    def asked(
        cls, again: str | None, arrived: str | None, dry_run: bool, **selecting: object
    ) -> Task:
        """The task of a command; raises ProblemsFound where a decision does not stand alone."""
        options = {"again": again, "arrived": arrived, **selecting}
        given = [f"--{name}" for name, own in options.items() if own is not None]
        task = cls(again, arrived, dry_run)
        if task.number is not None and len(given) > 1:
            message = f"it names one invoice: leave out {', '.join(given[1:])}"
            raise ProblemsFound([Problem("wrong_option", given[0], message)])
        return task

    @property
    def number(self) -> str | None:
        """The one invoice that a person has decided on."""
        return self.arrived if self.again is None else self.again

    @property
    def sends(self) -> bool:
        return not self.dry_run and self.arrived is None

    def work(self, office: Office, posts: Sequence[Post]) -> list[Dispatch]:
        """Does it, with a progress bar."""
        dispatches = []
        with progress("sending", len(posts)) as bar:
            for done, post in enumerate(posts, 1):
                dispatches.append(self._one(office, post))
                bar.reach(done)
        return dispatches

    def _one(self, office: Office, post: Post) -> Dispatch:
        if self.dry_run:
            return office.look(post)
        if self.arrived is not None:
            return office.confirm(post)
        return office.dispatch(post, again=self.again is not None)


def finish(title: str, dispatches: Sequence[Dispatch], *, as_json: bool, dry_run: bool) -> None:
    """Says how it went; the exit status is 1 if a person has something to do."""
    counts = Counter(own.status for own in dispatches)
    if as_json:
        said = {status: counts[status] for status in {**dict.fromkeys(ALWAYS_SAID), **counts}}
        print_json({**said, "messages": [asdict(own) for own in dispatches]})
    else:
        say(f"{title}: {summary(dispatches)}.")
        listed = dispatches if dry_run else [own for own in dispatches if own.status != SENT]
        if listed:
            table(title, COLUMNS, map(_row, listed))
    if counts[FAILED] or counts[UNCERTAIN]:
        raise typer.Exit(1)


COLUMNS = ("number", "purpose", "status", "recipients", "error")


def _row(own: Dispatch) -> tuple[Any, ...]:
    return own.number, own.purpose, own.status, ", ".join(own.recipients), own.error


def summary(dispatches: Iterable[Dispatch]) -> str:
    """How many messages of each status, in words."""
    counts = Counter(own.status for own in dispatches)
    said = [status for status in IN_WORDS if status in ALWAYS_SAID or counts[status]]
    return ", ".join(f"{counts[own]} {IN_WORDS[own]}" for own in said)
