"""Runs of a month's end: nothing is issued that nobody was shown, and all that was said is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from entrypoints.cli.session import Session, clock, open_session
from entrypoints.month_end import run
from entrypoints.settings import read_settings
from entrypoints.web.finance.issuing import read_shown
from invoices.closing.fingerprints import Word
from invoices.closing.runs import last_run
from invoices.finding import invoices_of
from metering.calendar import Period
from tests.builders import local, order
from tests.recorded_words import PERSON, did, qualified, reported
from tests.running import place, value
from tests.sla_words import ordered
from tests.test_export_fees import ask

NOVEMBER = Period(2025, 11)
NOTES = "SELECT count(*) FROM invoice WHERE kind = 'note'"


@contextmanager
def session_on(url: str) -> Iterator[Session]:
    """What a run works with."""
    with open_session(replace(read_settings(), database_url=url)) as session:
        yield session


def said(session: Session, part: str, *, notes: bool = True) -> str:
    """Anna says her word about what she was shown, perhaps without the notes."""
    shown = read_shown(session, NOVEMBER, clock())
    word = Word("Anna", shown.all_mark, shown.notes_mark if notes else "")
    return run(session, NOVEMBER, part, "Anna", word)


def test_a_note_waits_until_somebody_has_looked_at_it(database: str) -> None:
    """Its penalty follows from the invoice; the person who issued that has not seen it."""
    place(database, ordered("progres"))
    reported(database)
    qualified(database)
    repaired = ("--at", local("2025-11-13 09:00"), "--how", "proper_operation", "--by", PERSON)
    did(database, "incidents", "repair", "INC-1", *repaired)
    with session_on(database) as session:
        assert said(session, "invoices") == "done"
        assert said(session, "notes", notes=False) == "done"
        kept = last_run(session.decisions, NOVEMBER)
        assert kept is not None
        assert [own.state for own in kept.steps] == ["done", "look at it"]
        assert str(kept.steps[1].details[0]) == (
            "the note of acme-main waits for somebody to look at it"
        )
        assert value(database, NOTES) == 0
        assert said(session, "notes") == "done"
    assert value(database, NOTES) == 1


def test_a_fee_is_in_the_draft_as_soon_as_it_is_written_down(database: str) -> None:
    """It is no event: what was drafted before it must not be shown, and approved, any longer."""
    place(database, order(end_date="2025-10-31"))
    with session_on(database) as session:
        assert read_shown(session, NOVEMBER, clock()).drafts == []
        ask(database)
        (own,) = read_shown(session, NOVEMBER, clock()).drafts
        assert (own.net, said(session, "invoices")) == (Decimal("120.50"), "done")


def test_an_invoice_keeps_whose_word_it_was_issued_by(database: str) -> None:
    place(database, ordered("progres"))
    with session_on(database) as session:
        assert said(session, "invoices") == "done"
        (own,) = invoices_of(session.decisions, "acme-main")
    assert own.issued is not None
    assert own.issued.by == "Anna"


def test_a_month_that_is_not_over_is_not_closed(database: str) -> None:
    """The run stops at its first step, and says who asked for it."""
    place(database, ordered("progres"))
    period = Period.of(clock().date())
    with session_on(database) as session:
        assert run(session, period, "checks", "Anna", None) == "stopped"
        kept = last_run(session.decisions, period)
    assert kept is not None
    assert (kept.asked_by, [own.name for own in kept.steps]) == ("Anna", ["grace"])
