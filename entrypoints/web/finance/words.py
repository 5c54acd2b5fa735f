"""What finance's pages call things: steps, states, reasons, and problems with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from invoices.closing.steps import Said
from invoices.language import Language, marked
from metering.problems import Problem

STEPS: Mapping[str, str] = {
    "grace": marked("Grace time"),
    "usage": marked("Usage complete"),
    "service levels": marked("Incidents and claims"),
    "drafts": marked("Drafts without problems"),
    "invoices": marked("Invoices issued"),
    "notes": marked("Accounting notes"),
    "corrections": marked("Corrections due"),
    "KSeF": marked("Accepted by KSeF"),
    "documents": marked("PDFs made"),
    "delivery": marked("Sent to customers"),
    "report": marked("Report"),
}
PARTS: Mapping[str, str] = {
    "whole": marked("the whole month"),
    "checks": marked("the checks before issuing"),
    "invoices": marked("issuing of invoices"),
    "notes": marked("accounting notes"),
    "corrections": marked("the look for corrections"),
    "KSeF": marked("sending to KSeF"),
    "documents": marked("making of PDFs"),
    "delivery": marked("sending to customers"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "running": (marked("under way"), "warn"),
    "done": (marked("finished"), "good"),
    "nothing to do": (marked("nothing to do"), ""),
    "look at it": (marked("look at it"), "warn"),
    "stopped": (marked("stopped"), "bad"),
    "failed": (marked("failed"), "bad"),
    "broken_off": (marked("broken off"), "bad"),
}
"""How a step or a run stands, and the look of it."""

SENTENCES = (
    marked("{period} closes on {day}, when late usage has come in"),
    marked("{period} is over since {day}"),
    marked("decisions are settled; usage does not come from Kafka"),
    marked("{count} records wait in Kafka"),
    marked("decisions are settled, and nothing waits in Kafka"),
    marked("incident {incident} has no priority"),
    marked("claim of {order} for {period} is not decided"),
    marked("{count} incidents of the month"),
    marked("the drafts are not those that {person} was shown: look at them again"),
    marked("{count} problems: nothing was issued"),
    marked("{count} orders are drafted without a problem"),
    marked("{count} issued"),
    marked("{order} has charges in {period} and no invoice"),
    marked("the note of {order} says something else than its incidents do now"),
    marked("{order} is owed a penalty and has no invoice of the month"),
    marked("the note of {order} waits for somebody to look at it"),
    marked("{number} is to be corrected"),
    marked("{count} invoices to correct"),
    marked("{number} is not accepted: {status}"),
    marked("{number} is {status}: {error}"),
    marked("{count} documents are not accepted"),
    marked("{count} documents accepted"),
    marked("{count} rendered"),
    marked("no mail server is set: LICZNIK_SMTP_URL"),
    marked("the report is ready"),
    marked("{issued} issued, {before} there already"),
)
"""What the steps of a month's end say (`entrypoints.cli.closing`)."""

REASONS: Mapping[str, str] = {
    "order": marked("the order changed"),
    "price": marked("the price changed"),
    "proration": marked("part of a month"),
    "more_usage": marked("more usage"),
    "less_usage": marked("less usage"),
    "late_usage": marked("late usage"),
    "credit": marked("credit"),
    "service_work": marked("service work"),
    "export_fee": marked("export on request"),
}
"""Why a line differs from the month before."""

SPIKES: Mapping[str, str] = {
    "month_before": marked("far from the month before"),
    "median": marked("far from the median of six months"),
}

PROBLEMS: Mapping[str, str] = {
    "missing_price": marked("A price is missing in the order. Agree it and enter it there."),
    "draft_changed": marked("It is another one than was shown. Look at it again."),
    "changed_meanwhile": marked("Somebody else changed it meanwhile. Look at it again."),
    "nothing_to_correct": marked("It is right as it is: nothing of it has changed."),
    "not_an_invoice": marked("Only invoices are corrected; this is another document."),
    "annulled": marked("It was corrected to zero. Correct the invoice that took its place."),
    "rejected_by_ksef": marked("KSeF refused it. Mend that and send it again first."),
    "on_its_way_to_ksef": marked(
        "It is on its way to KSeF. Correct it when it has a number there."
    ),
    "other_buyer": marked(
        "The tax number or country is another: choose the annulment, then issue it anew."
    ),
    "not_ended": marked("The order goes on: its next invoice gives the credit back."),
    "no_room": marked("Nothing of this invoice is left to give back. Correct another one."),
    "not_in_service": marked("The order is not in service in this month. Choose the annulment."),
    "missing_exchange_rate": marked("The exchange rate is not known yet. Fetch the bank's table."),
    "nothing_due": marked("It comes to nothing, or nothing is due any more."),
    "nothing_left": marked("Nothing is left of the payment."),
    "nothing_paid": marked("Give an amount of more than zero."),
    "too_much": marked("That is more than is left of the payment or due of the invoice."),
    "other_currency": marked("Payment and invoice are in different currencies."),
    "already_void": marked("The payment is void."),
    "unknown_invoice": marked("There is no invoice of this number."),
    "already_decided": marked("Somebody has decided on it already."),
    "period_not_over": marked("The month is not over: its availability is not known yet."),
    "no_reason": marked("Say why, in words for the customer."),
    "missing_share": marked("This example depends on how many users are affected: give the share."),
    "out_of_range": marked("The share is more than 0 and at most 1."),
    "in_future": marked("The time is still to come."),
    "qualified_earlier": marked("The customer was told a priority later than that already."),
    "unknown_example": marked("The table of examples has no such row."),
    "invalid_value": marked("This cannot be read. Look at how it is written."),
    "missing_field": marked("Fill this in."),
}
"""What a problem means for a person, and what to do; other ones are told in their own words."""


def told(say: Language, said: Said) -> str:
    """A sentence of a step in a language."""
    values = said.values
    if values.get("code") in PROBLEMS:
        problem = Problem(values["code"], values["path"], values["problem"])
        return problem_text(say, problem)
    return say.texts.gettext(said.message).format(**values) if said.message else ""


def problem_text(say: Language, problem: Problem) -> str:
    """A problem in words of a language; of a price, with its place in the order."""
    known = PROBLEMS.get(problem.code)
    if known is None:
        return problem.message
    has_place = problem.path.startswith(("prices", "orders."))
    return f"{problem.path}: {say.text(known)}" if has_place else say.text(known)


def translated(say: Language, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """A table of texts as the options of a choice."""
    return [(key, say.text(text)) for key, text in texts.items()]


def instant(say: Language, text: str | None) -> str:
    """An instant of a document, in words; nothing where there is none."""
    return say.instant(datetime.fromisoformat(text)) if text else ""
