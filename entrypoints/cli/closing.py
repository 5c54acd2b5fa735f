"""What finance does at the end of a month, one step after the other. Each may be done again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from billing.settling import settle
from billing.sla.figures import touches
from billing.sla.recorded.reading import recorded_service
from entrypoints.cli.ksef_sending import one_round
from entrypoints.cli.output import progress
from entrypoints.cli.pdf import render_watched
from entrypoints.cli.periods import closes_at
from entrypoints.cli.sending import office_of, transmitting
from entrypoints.cli.session import Session, caller
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.closing import queries as closing_queries
from invoices.closing.as_csv import report_csv
from invoices.closing.drafted import checked_marks, checks_of, marks_of
from invoices.closing.fingerprints import Word, fingerprint, together
from invoices.closing.report import MonthReport, report_of
from invoices.closing.steps import PARTS, STOPPED, WHOLE, Said, Step, done, say, stopped
from invoices.corrections.causes import credits_due
from invoices.corrections.drafting import corrections
from invoices.delivering import (
    FAILED,
    NO_ADDRESS,
    SENT,
    UNCERTAIN,
    Post,
    Selection,
    waiting,
)
from invoices.drafting import Customer, Draft
from invoices.finding import load_invoices
from invoices.invoice import KINDS
from invoices.issuing import InvoiceRun
from invoices.mailing.carriers import ByMail
from invoices.notes import NoteRun
from invoices.pdf.month_pdf import month_pdf
from metering.calendar import Period, local_day
from metering.problems import Problem

REPORT = "report"


class Bar(Protocol):
    """Tells how much of a step is done."""

    def reach(self, done: int) -> None:
        """So much is done."""


class Watching(Protocol):
    """Who follows the steps."""

    def begin(self, step: str) -> None:
        """A step begins."""

    def bar(self, step: str, total: int) -> AbstractContextManager[Bar]:
        """It has so much to do."""


class Terminal:
    """Draws a progress bar where a person looks."""

    LABELS: Mapping[str, str] = {
        "drafts": "drafting",
        "invoices": "issuing",
        "documents": "rendering",
    }

    def begin(self, step: str) -> None:
        """Nothing is said of a step before it has ended."""

    def bar(self, step: str, total: int) -> AbstractContextManager[Bar]:
        """A bar on standard error."""
        return progress(self.LABELS[step], total)


class Closing:
    """The end of a month. ``now`` is when, and the day of issue.

    With the ``word`` of a person nothing is issued but what they were shown; the command line is
    the word of whoever runs it. ``report`` and ``files`` are filled by the last step; the files are
    written if there is a folder for them.
    """

    def __init__(
        self,
        session: Session,
        period: Period,
        now: datetime,
        folder: Path | None = None,
        watching: Watching | None = None,
        word: Word | None = None,
    ) -> None:
        self._session = session
        self._period = period
        self._now = now
        self._folder = folder
        self._watching = watching or Terminal()
        self._word = word
        self._by = word.by if word else caller()
        self._approved: dict[str, str] | None = None
        self.report = MonthReport(period)
        self.files: list[Path] = []

    def steps(self, names: Sequence[str] = PARTS[WHOLE]) -> Iterator[Step]:
        """Does one step after the other, up to the first that is stopped; then the report."""
        for name in names:
            if name == REPORT:
                continue
            self._watching.begin(name)
            own = STEPS[name](self)
            yield own
            if own.state == STOPPED:
                break
        if REPORT in names:
            self._watching.begin(REPORT)
            yield self._report()

    def _grace(self) -> Step:
        """Usage still comes in for some days after the end of the month."""
        closes = closes_at(self._period, self._session.settings)
        day = f"{closes:%Y-%m-%d}"
        if self._now < closes:
            message = "{period} closes on {day}, when late usage has come in"
            return stopped("grace", say(message, period=self._period, day=day))
        over = say("{period} is over since {day}", period=self._period, day=day)
        return done("grace", 1, over)

    def _usage(self) -> Step:
        """Decisions are settled, and nothing waits in Kafka."""
        settle(self._session.usage, self._session.catalog, self._now)
        kafka = self._session.settings.kafka
        if not kafka.servers:
            message = "decisions are settled; usage does not come from Kafka"
            return done("usage", 1, say(message))
        from entrypoints.kafka.lag import lag_of  # its import costs

        lag = lag_of(kafka)
        if lag:
            said = say("{count} records wait in Kafka", "licznik usage consume", count=f"{lag:,}")
            return stopped("usage", said)
        return done("usage", 1, say("decisions are settled, and nothing waits in Kafka"))

    def _service_levels(self) -> Step:
        """Incidents that are not settled, and claims that nobody has decided on."""
        return service_levels(self._session, self._period, self._now)

    def _drafts(self) -> Step:
        """Every invoice is drafted, and checked, before the first one is issued."""
        run, orders = self._run()
        marks = marks_of(self._watched("drafts", len(orders), run.drafts(orders)))
        problems = list(run.outcome.problems)
        if self._word is None:
            return self._drafted(len(orders), problems)
        if self._word.only_checked:
            checks = checks_of(self._session.decisions, self._period)
            marks, problems = checked_marks(marks, checks), []
        if together(marks) != self._word.drafts:
            message = "the drafts are not those that {person} was shown: look at them again"
            return stopped("drafts", say(message, person=self._word.by))
        self._approved = marks
        return self._drafted(len(marks), problems)

    def _drafted(self, count: int, problems: Sequence[Problem]) -> Step:
        if problems:
            said = say("{count} problems: nothing was issued", count=len(problems))
            return stopped("drafts", said, map(said_of, problems))
        return done(
            "drafts", count, say("{count} orders are drafted without a problem", count=count)
        )

    def _run(self) -> tuple[InvoiceRun, list[Customer]]:
        own = self._session
        run = InvoiceRun(
            own.decisions, own.usage, own.catalog, self._period, self._now, self._approved, self._by
        )
        orders = run.orders()
        if self._approved is not None and self._word is not None and self._word.only_checked:
            orders = [one for one in orders if one.terms.id in self._approved]
        return run, orders

    def _watched(self, step: str, total: int, drafts: Iterable[Draft]) -> Iterator[Draft]:
        with self._watching.bar(step, total) as bar:
            for reached, draft in enumerate(drafts, 1):
                yield draft
                bar.reach(reached)

    def _invoices(self) -> Step:
        run, orders = self._run()
        with self._watching.bar("invoices", len(orders)) as bar:
            for reached in run.issue(orders):
                bar.reach(reached)
        own = run.outcome
        if own.problems:
            said = say("{count} issued", count=own.issued)
            return stopped("invoices", said, map(said_of, own.problems))
        missing = "{order} has charges in {period} and no invoice"
        details = (say(missing, order=order, period=at) for order, at in own.to_invoice)
        return done("invoices", own.issued, _counted(own.issued, own.already_issued), details)

    def _notes(self) -> Step:
        """Penalties become accounting notes (R112)."""
        session = self._session
        run = NoteRun(session.decisions, session.catalog, self._period, self._now, self._by)
        own = run.issue(None if self._word is None else self._noted(run))
        texts = {
            "the note of {order} says something else than its incidents do now": own.changed,
            "{order} is owed a penalty and has no invoice of the month": own.not_invoiced,
            "the note of {order} waits for somebody to look at it": own.waiting,
        }
        details = [say(text, order=order) for text, orders in texts.items() for order in orders]
        said = _counted(len(own.issued), own.already_issued)
        return done("notes", len(own.issued), said, details)

    def _noted(self, run: NoteRun) -> dict[str, str]:
        """The marks of the notes, if they are those that were shown; else none of them."""
        marks = {own["order"]: fingerprint(own) for own in run.preview().documents}
        shown = self._word is not None and together(marks) == self._word.notes
        return marks if shown else {}

    def _corrections(self) -> Step:
        """Invoices that usage has made wrong, and those of ended orders; a person corrects them."""
        asked = (self._session.decisions, self._session.usage, self._session.catalog)
        causes = {"usage": corrections(*asked), "credit": credits_due(*asked)}
        details = [
            say(
                "{number} is to be corrected",
                f"licznik invoices correct {number} --because {cause}",
                number=number,
                cause=cause,
            )
            for cause, due in causes.items()
            for number in (own.original.document["number"] for own in due)
        ]
        said = say("{count} invoices to correct", count=len(details))
        return done("corrections", len(details), said, details)

    def _ksef(self) -> Step:
        """Everything is sent, and accepted."""
        settings, period = self._session.settings, self._period.first_day
        if settings.ksef.url is not None:
            one_round(settings, lambda: False)
        rows = self._session.decisions.rows(closing_queries.OPEN_SUBMISSIONS, period=period)
        open_ones, failed = "{number} is not accepted: {status}", "{number} is {status}: {error}"
        details = [say(failed if own["error"] else open_ones, **own) for own in rows]
        if details:
            said = say(
                "{count} documents are not accepted", "licznik ksef send", count=len(details)
            )
            return stopped("KSeF", said, details)
        sent = self._session.decisions.rows(closing_queries.ACCEPTED, period=period)[0]["count"]
        return done("KSeF", sent, say("{count} documents accepted", count=sent))

    def _documents(self) -> Step:
        ids = self._issued()
        with self._watching.bar("documents", len(ids)) as bar:
            rendered = render_watched(self._session, ids, None, bar)
        return done("documents", rendered, say("{count} rendered", count=rendered))

    def _issued(self) -> list[str]:
        first = self._period.first_day
        rows = self._session.decisions.rows(
            queries.ISSUED, period=first, order=None, kinds=[*KINDS]
        )
        return [row["id"] for row in rows]

    def _delivery(self) -> Step:
        """Documents go to customers, where a mail server is set."""
        settings = self._session.settings
        if settings.mail.server is None:
            return done("delivery", 0, say("no mail server is set: LICZNIK_SMTP_URL"))
        with transmitting(settings) as transmit, office_of(self._session) as office:
            carrier = ByMail(transmit, settings.mail.sender)
            cases = waiting(self._session.decisions, carrier.purpose, Selection(self._period))
            dispatches = [office.dispatch(Post(case, carrier)) for case in cases]
        failed = [own for own in dispatches if own.error]
        details = [say("{number}: {error}", number=own.number, error=own.error) for own in failed]
        counts = Counter(own.status for own in dispatches)
        said = say(
            "{sent} sent, {failed} failed, {uncertain} uncertain, {nowhere} without an address",
            sent=counts[SENT],
            failed=counts[FAILED],
            uncertain=counts[UNCERTAIN],
            nowhere=counts[NO_ADDRESS],
        )
        return done("delivery", len(dispatches), said, details)

    def _report(self) -> Step:
        """What the month comes to, beside the month before."""
        self.report = read_report(self._session, self._period)
        if self._folder is None:
            return done(REPORT, 1, say("the report is ready"))
        self.files = write_report(self.report, self._folder, self._now)
        return done(REPORT, 1, say("{files}", files=" and ".join(map(str, self.files))))


STEPS: Mapping[str, Callable[[Closing], Step]] = {
    "grace": Closing._grace,
    "usage": Closing._usage,
    "service levels": Closing._service_levels,
    "drafts": Closing._drafts,
    "invoices": Closing._invoices,
    "notes": Closing._notes,
    "corrections": Closing._corrections,
    "KSeF": Closing._ksef,
    "documents": Closing._documents,
    "delivery": Closing._delivery,
}
"""Each step by its name."""


def service_levels(session: Session, period: Period, now: datetime) -> Step:
    """Incidents that are not settled, and claims that nobody has decided on (R151)."""
    record = recorded_service(session.decisions)
    known = [own for own in record.incidents if touches(own, period, now)]
    details = [
        say(
            "incident {incident} has no priority",
            f"licznik incidents qualify {own.id}",
            incident=own.id,
        )
        for own in known
        if own.qualified is None and own.is_ours
    ]
    details += [
        say(
            "claim of {order} for {period} is not decided",
            f"licznik claims show {own.order} --period {own.period}",
            order=own.order,
            period=own.period,
        )
        for own in record.claims
        if own.decided is None and own.period <= period
    ]
    said = say("{count} incidents of the month", count=len(known))
    return done("service levels", len(known), said, details)


def _counted(issued: int, before: int) -> Said:
    return say("{issued} issued, {before} there already", issued=issued, before=before)


def said_of(problem: Problem) -> Said:
    """A problem as a step tells it."""
    return say("{problem}", problem=problem, code=problem.code, path=problem.path)


def read_report(session: Session, period: Period) -> MonthReport:
    """What the documents of a month and of the one before come to."""
    periods = [period.first_day, period.before().first_day]
    rows = session.decisions.rows(closing_queries.DOCUMENTS, periods=periods)
    found = load_invoices(session.decisions, (row["id"] for row in rows))
    return report_of(period, (own.document for own in found))


def write_report(report: MonthReport, folder: Path, now: datetime) -> list[Path]:
    """Writes a report for spreadsheets and for people."""
    stem = f"close-{report.period}"
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_whole(folder / f"{stem}.csv", report_csv(report)),
        write_whole(folder / f"{stem}.pdf", month_pdf(report, "pl", local_day(now))),
    ]
