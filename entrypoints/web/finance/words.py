"""What finance's pages call things: steps, states, reasons, and problems with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    marked("{sent} sent, {failed} failed, {uncertain} uncertain, {nowhere} without an address"),
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

WRONG_FILE = marked(
    "The structured invoice would be wrong, so nothing was issued. Tell those who run the service."
)
TOO_LONG = marked("The document is too long for KSeF, so nothing was issued.")
ORDER_OF_TIMES = marked("The times or days stand in the wrong order. Look at them again.")
ANOTHER_BUYER = marked(
    "The tax number or country is another: choose the annulment, then issue it anew."
)
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
    "other_buyer": ANOTHER_BUYER,
    "buyer_changed": ANOTHER_BUYER,
    "not_ended": marked("The order goes on: its next invoice gives the credit back."),
    "no_room": marked("Nothing of this invoice is left to give back. Correct another one."),
    "not_in_service": marked(
        "The order is not in service in this month. A wrong invoice of it is annulled."
    ),
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
    "unknown_value": marked("Choose one of the values that there are."),
    "unknown_order": marked("There is no such order."),
    "unknown_account": marked("There is no such account."),
    "unknown_claim": marked("There is no such claim."),
    "unknown_incident": marked("There is no such incident."),
    "unknown_payment": marked("There is no such payment."),
    "contradiction": marked("What was given contradicts itself. Look at it again."),
    "overlaps_itself": marked("Two times of one failure overlap."),
    "not_a_repair": marked("By the order's service level this is no repair. Choose another way."),
    "unknown_function": marked("This is none of the critical functions."),
    "duplicate_order": marked("An order is named twice."),
    "order_has_estimate": marked("Work is estimated for an order that is not named any more."),
    "incomplete_report": marked("The report does not say all that the service level asks for."),
    "not_allocated": marked("The invoice has nothing of this payment any more."),
    "payment_exists": marked("This payment is recorded already."),
    "still_allocated": marked("Parts of the payment are put to invoices. Take them back first."),
    "reference_conflict": marked("A payment of this reference is recorded and says otherwise."),
    "not_an_amount": marked("This is not an amount. Write it as 1 234,56."),
    "amount_too_large": marked("This is more than any payment. Look for a slip of the keyboard."),
    "not_a_day": marked("This is not a day. Write it as 2025-11-03 or 03.11.2025."),
    "broken_line": marked("This line cannot be read. Look at its quotes and separators."),
    "not_text": marked("The file is not text in UTF-8 or Windows-1250. Export it as CSV again."),
    "missing_column": marked("The file has no header with columns for date and amount."),
    "duplicate_column": marked("The file has the same column twice. Take one of them out."),
    "missing_currency": marked("The file does not say its currency. Add a column for it."),
    "unknown_currency": marked("This is not a currency, such as PLN."),
    "currency_conflict": marked("The amount names another currency than the line."),
    "invalid_tax_id": marked("The tax number is not valid. Correct it in the account."),
    "too_many_deductions": marked("Too many notes are deducted from one invoice."),
    **dict.fromkeys(("too_many_rows", "too_large"), TOO_LONG),
    **dict.fromkeys(("ends_before_start", "performed_before_accepted"), ORDER_OF_TIMES),
    **dict.fromkeys(("confirmed_before_filed", "refused_before_filed"), ORDER_OF_TIMES),
    **dict.fromkeys(("accepted_before_made", "declined_before_made"), ORDER_OF_TIMES),
    **dict.fromkeys(("qualified_before_reported", "repaired_before_qualified"), ORDER_OF_TIMES),
    **dict.fromkeys(
        (
            *("fa3_invalid", "invalid_ksef_number", "invalid_number", "not_issued", "not_utf8"),
            *("processing_instruction", "too_precise", "totals_do_not_add_up", "unknown_vat_rate"),
            "wrong_vat",
        ),
        WRONG_FILE,
    ),
}
"""What a problem means for a person, and what to do."""


def told(say: Language, said: Said) -> str:
    """A sentence of a step in a language."""
    values = said.values
    if values.get("code") in PROBLEMS:
        problem = Problem(values["code"], values["path"], values["problem"])
        return problem_text(say, problem)
    return say.texts.gettext(said.message).format(**values) if said.message else ""


def in_words(problem: Problem) -> Problem:
    """A problem with the sentence that pages have for it, still to be translated."""
    return replace(problem, message=PROBLEMS.get(problem.code, problem.message))


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
