"""Issues corrections of invoices: documents of their own, in a series of their own.

The original never changes. What a correction was made of is still so when it is saved, or nothing
is saved: two that are made at once would state the same difference twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from invoices import queries
from invoices.closing.fingerprints import fingerprint
from invoices.corrections.causes import CAUSES, Grounds, grounds
from invoices.corrections.drafting import Correction
from invoices.exchange import corrected_exchange
from invoices.finding import load_invoices
from invoices.invoice import CORRECTION, INVOICE, Invoice, InvoiceDrafted, correction_key
from invoices.ksef.submission import REJECTED, SENT, WAITING, Submission
from invoices.numbers import number
from invoices.restating import difference
from invoices.structured import submission
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement, UsageStore

ATTEMPTS = 20
EFFECTS = ("1", "2", "3")
"""When a correction takes effect for VAT: with the original, with itself, otherwise."""
OF_THE_ORIGINAL = ("number", "status", "issued_on", "due_on", "deductions", "to_pay")
"""What an invoice says that is not so of its correction."""
ON_ITS_WAY = (WAITING, SENT)
FORMS = ("differences", "before_after")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: why to correct, in whose words, with what effect, in which form."""

    cause: str = "usage"
    reason: str | None = None
    effect: str = "1"
    form: str = "differences"


class CorrectionDesk:
    """Makes and issues corrections, by somebody's word. ``now`` is when, and the day of issue."""

    def __init__(
        self,
        decisions: Decisions,
        usage: UsageStore,
        catalog: Catalog,
        now: datetime,
        by: str = "",
    ) -> None:
        self._decisions = decisions
        self._usage = usage
        self._catalog = catalog
        self._now = now
        self._by = by

    def draft(self, invoice: Invoice, asked: Request) -> dict[str, Any]:
        """The document of an invoice's correction; raises ProblemsFound if there is none."""
        return self._draft(invoice, asked)[2]

    def _draft(
        self, invoice: Invoice, asked: Request
    ) -> tuple[Grounds, Correction, dict[str, Any]]:
        self._check(invoice)
        with self._usage.snapshot() as rows:
            found = grounds(self._decisions, self._usage, rows, self._catalog, invoice)
            own = CAUSES[asked.cause][1](found)
        if own.problems:
            raise ProblemsFound(own.problems)
        document = correction_document(own, asked, submission(self._decisions, invoice.id))
        if not document["lines"] and document["buyer_before"] is None:
            message = f"{invoice.document['number']} is right as it is: nothing of it has changed"
            raise ProblemsFound([Problem("nothing_to_correct", "number", message)])
        return found, own, document

    def issue(self, invoice: Invoice, asked: Request, approved: str | None = None) -> Invoice:
        """Issues the correction of an invoice; raises ProblemsFound where it cannot be.

        Whoever corrects another invoice at the same time takes a number only: then it is tried
        again, as long as there is nothing else to state. With ``approved``, the mark of a draft
        that somebody was shown, nothing else than that is issued.
        """
        drawn = self._draft(invoice, asked)
        if approved is not None and fingerprint(drawn[2]) != approved:
            message = "the correction is another one than was shown: look at it again"
            raise ProblemsFound([Problem("draft_changed", "number", message)])
        for _ in range(ATTEMPTS):
            issued = self._save(invoice, *drawn)
            if issued is not None:
                return issued
            again = self._draft(invoice, asked)
            if again[2] != drawn[2]:
                break
            drawn = again
        message = f"somebody else has corrected {invoice.document['number']}: look again"
        raise ProblemsFound([Problem("changed_meanwhile", "number", message)])

    def _save(
        self, invoice: Invoice, found: Grounds, own: Correction, document: dict[str, Any]
    ) -> Invoice | None:
        """Numbers a correction and saves it; None where somebody else was first."""
        drafted = self._drafted(own, document)
        seller = self._catalog.sellers[document["seller"]["id"]]
        numbered = number(self._decisions, seller, [drafted], self._now, self._by)
        for problems in numbered.refused.values():
            raise ProblemsFound(problems)
        seen = {"id": invoice.id, "issued": len(found.issued)}
        stands = Statement(queries.STANDS, seen, changes=1)
        try:
            self._decisions.save(*numbered.events, statements=[stands, *numbered.statements])
        except (IntegrityError, SaveConflict):
            return None
        (issued,) = load_invoices(self._decisions, [drafted.originator_id])
        return issued

    def _check(self, invoice: Invoice) -> None:
        """Only an invoice that stands is corrected, and none that is on its way to KSeF."""
        shown = invoice.document["number"]
        rows = self._decisions.rows(queries.STANDING, invoice.id)
        if invoice.kind != INVOICE:
            message = f"{shown} is no invoice: name the invoice that it belongs to"
            raise ProblemsFound([Problem("not_an_invoice", "number", message)])
        if not rows or rows[0]["annulled"]:
            message = f"{shown} was corrected to zero: correct the invoice that took its place"
            raise ProblemsFound([Problem("annulled", "number", message)])
        sent = submission(self._decisions, invoice.id)
        if sent is not None and sent.status == REJECTED:
            message = f"KSeF refused {shown}: see `licznik ksef status {shown}`, and send it again"
            raise ProblemsFound([Problem("rejected_by_ksef", "number", message)])
        if sent is not None and sent.status in ON_ITS_WAY:
            message = (
                f"{shown} is on its way to KSeF and has no number there yet: send it with "
                "`licznik ksef send`, then correct it"
            )
            raise ProblemsFound([Problem("on_its_way_to_ksef", "number", message)])

    def _drafted(self, own: Correction, document: dict[str, Any]) -> InvoiceDrafted:
        draft, period = own.original.draft, document["period"]
        adjusts = dict.fromkeys(own.reopened, 0)
        if own.entries is not None:
            adjusts[period] = own.entries
        return InvoiceDrafted(
            originator_id=correction_key(own.original.id, own.earlier + 1),
            originator_version=1,
            recorded_at=self._now,
            document=document,
            order_version=draft.order_version,
            account_version=draft.account_version,
            usage_position=own.position,
            entries=0,
            adjusts=adjusts,
        )


def correction_document(
    own: Correction, asked: Request, sent: Submission | None = None
) -> dict[str, Any]:
    """A correction but for its number and dates: the difference between two states.

    ``sent`` is what became of the original in KSeF, None where it did not go there.
    """
    changed = difference(own.before, own.after)
    was, now = own.before["buyer"], own.after["buyer"]
    taken = {name: value for name, value in own.after.items() if name not in OF_THE_ORIGINAL}
    return {
        **taken,
        "type": CORRECTION,
        "corrects": {
            "invoice": own.original.id,
            "number": own.original.document["number"],
            "issued_on": own.original.document["issued_on"],
            "ksef_number": sent.ksef_number if sent else None,
        },
        "cause": asked.cause,
        "reason": asked.reason or CAUSES[asked.cause][0],
        "effect": asked.effect,
        "form": asked.form,
        "annuls": bool(own.after.get("annuls", False)),
        "buyer_before": None if was == now else was,
        "exchange": corrected_exchange(own.before, own.after),
        "lines": changed.lines,
        "lines_before": changed.lines_before,
        "lines_after": changed.lines_after,
        "vat_groups": changed.vat_groups,
        **changed.sums,
    }
