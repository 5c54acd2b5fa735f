"""What finance does at the end of a month, one step after the other. Each may be done again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from billing.settling import settle
from billing.sla.figures import touches
from billing.sla.recorded.reading import recorded_service
from entrypoints.cli.ksef_sending import one_round
from entrypoints.cli.output import progress
from entrypoints.cli.pdf import render
from entrypoints.cli.periods import closes_at
from entrypoints.cli.sending import office_of, summary, transmitting
from entrypoints.cli.session import Session
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.causes import credits_due
from invoices.closing import queries as closing_queries
from invoices.closing.as_csv import report_csv
from invoices.closing.report import MonthReport, report_of
from invoices.closing.steps import STOPPED, Step, done, stopped
from invoices.correcting import corrections
from invoices.delivering import Post, Selection, waiting
from invoices.drafting import Customer
from invoices.finding import load_invoices
from invoices.invoice import KINDS
from invoices.issuing import InvoiceRun
from invoices.mailing.carriers import ByMail
from invoices.notes import NoteRun
from metering.calendar import Period, local_day


class Closing:
    """The end of a month. ``now`` is when, and the day of issue.

    ``report`` and ``files`` are filled by the last step.
    """

    def __init__(self, session: Session, period: Period, now: datetime, folder: Path) -> None:
        self._session = session
        self._period = period
        self._now = now
        self._folder = folder
        self.report = MonthReport(period)
        self.files: list[Path] = []

    def steps(self) -> Iterator[Step]:
        """Does one step after the other, up to the first that is stopped; then the report."""
        for step in (
            self._grace,
            self._usage,
            self._service_levels,
            self._drafts,
            self._invoices,
            self._notes,
            self._corrections,
            self._ksef,
            self._documents,
            self._delivery,
        ):
            own = step()
            yield own
            if own.state == STOPPED:
                break
        yield self._report()

    def _grace(self) -> Step:
        """Usage still comes in for some days after the end of the month."""
        closes = closes_at(self._period, self._session.settings)
        if self._now < closes:
            said = f"{self._period} closes on {closes:%Y-%m-%d}, when late usage has come in"
            return stopped("grace", said)
        return done("grace", 1, f"{self._period} is over since {closes:%Y-%m-%d}")

    def _usage(self) -> Step:
        """Decisions are settled, and nothing waits in Kafka."""
        settle(self._session.usage, self._session.catalog, self._now)
        kafka = self._session.settings.kafka
        if not kafka.servers:
            return done("usage", 1, "decisions are settled; usage does not come from Kafka")
        from entrypoints.kafka.lag import lag_of  # its import costs

        lag = lag_of(kafka)
        if lag:
            said = f"{lag:,} records wait in Kafka: `licznik usage consume` records them"
            return stopped("usage", said)
        return done("usage", 1, "decisions are settled, and nothing waits in Kafka")

    def _service_levels(self) -> Step:
        """Incidents that are not settled, and claims that nobody has decided on (R151)."""
        record = recorded_service(self._session.decisions)
        known = [own for own in record.incidents if touches(own, self._period, self._now)]
        details = [
            f"incident {own.id} has no priority: `licznik incidents qualify {own.id}`"
            for own in known
            if own.qualified is None and own.is_ours
        ]
        details += [
            f"claim of {own.order} for {own.period} is not decided: `licznik claims show "
            f"{own.order} --period {own.period}`"
            for own in record.claims
            if own.decided is None and own.period <= self._period
        ]
        return done("service levels", len(known), f"{len(known)} incidents of the month", details)

    def _drafts(self) -> Step:
        """Every invoice is drafted, and checked, before the first one is issued."""
        run, orders = self._run()
        self._bar("drafting", len(orders), run.preview(orders, shown=False))
        problems = [str(own) for own in run.outcome.problems]
        if problems:
            return stopped("drafts", f"{len(problems)} problems: nothing was issued", problems)
        return done("drafts", len(orders), f"{len(orders)} orders are drafted without a problem")

    def _run(self) -> tuple[InvoiceRun, list[Customer]]:
        own = self._session
        run = InvoiceRun(own.decisions, own.usage, own.catalog, self._period, self._now)
        return run, run.orders()

    def _bar(self, what: str, total: int, steps: Iterator[int]) -> None:
        with progress(what, total) as bar:
            for reached in steps:
                bar.reach(reached)

    def _invoices(self) -> Step:
        run, orders = self._run()
        self._bar("issuing", len(orders), run.issue(orders))
        own = run.outcome
        if own.problems:
            return stopped("invoices", f"{own.issued} issued", map(str, own.problems))
        said = f"{own.issued} issued, {own.already_issued} there already"
        missing = (f"{order} has charges in {at} and no invoice" for order, at in own.to_invoice)
        return done("invoices", own.issued, said, missing)

    def _notes(self) -> Step:
        """Penalties become accounting notes (R112)."""
        session = self._session
        own = NoteRun(session.decisions, session.catalog, self._period, self._now).issue()
        said = f"{len(own.issued)} issued, {own.already_issued} there already"
        changed = "the note of {} says something else than its incidents do now"
        missing = "{} is owed a penalty and has no invoice of the month"
        details = [*map(changed.format, own.changed), *map(missing.format, own.not_invoiced)]
        return done("notes", len(own.issued), said, details)

    def _corrections(self) -> Step:
        """Invoices that usage has made wrong, and those of ended orders; a person corrects them."""
        asked = (self._session.decisions, self._session.usage, self._session.catalog)
        causes = {"usage": corrections(*asked), "credit": credits_due(*asked)}
        details = [
            f"{number}: `licznik invoices correct {number} --because {cause}`"
            for cause, due in causes.items()
            for number in (own.original.document["number"] for own in due)
        ]
        return done("corrections", len(details), f"{len(details)} invoices to correct", details)

    def _ksef(self) -> Step:
        """Everything is sent, and accepted."""
        settings, period = self._session.settings, self._period.first_day
        if settings.ksef.url is not None:
            one_round(settings, lambda: False)
        rows = self._session.decisions.rows(closing_queries.OPEN_SUBMISSIONS, period=period)
        details = [f"{o['number']} is {o['status']}: {o['error'] or 'send it'}" for o in rows]
        if details:
            said = f"{len(details)} documents are not accepted: `licznik ksef send` goes on"
            return stopped("KSeF", said, details)
        sent = self._session.decisions.rows(closing_queries.ACCEPTED, period=period)[0]["count"]
        return done("KSeF", sent, f"{sent} documents accepted")

    def _documents(self) -> Step:
        rendered = render(self._session, self._issued(), None)
        return done("documents", rendered, f"{rendered} rendered")

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
            return done("delivery", 0, "no mail server is set: LICZNIK_SMTP_URL")
        with transmitting(settings) as transmit, office_of(self._session) as office:
            carrier = ByMail(transmit, settings.mail.sender)
            cases = waiting(self._session.decisions, carrier.purpose, Selection(self._period))
            dispatches = [office.dispatch(Post(case, carrier)) for case in cases]
        failed = [f"{own.number}: {own.error}" for own in dispatches if own.error]
        return done("delivery", len(dispatches), summary(dispatches), failed)

    def _report(self) -> Step:
        """What the month comes to, beside the month before."""
        from invoices.pdf.month_pdf import month_pdf  # its import costs a second

        self.report = self._read_report()
        stem, day = f"close-{self._period}", local_day(self._now)
        self._folder.mkdir(parents=True, exist_ok=True)
        self.files = [
            write_whole(self._folder / f"{stem}.csv", report_csv(self.report)),
            write_whole(self._folder / f"{stem}.pdf", month_pdf(self.report, "pl", day)),
        ]
        return done("report", 1, " and ".join(map(str, self.files)))

    def _read_report(self) -> MonthReport:
        """What the documents of the month and of the one before come to."""
        decisions, before = self._session.decisions, self._period.before()
        periods = [self._period.first_day, before.first_day]
        rows = decisions.rows(closing_queries.DOCUMENTS, periods=periods)
        found = load_invoices(decisions, (row["id"] for row in rows))
        return report_of(self._period, (own.document for own in found))
