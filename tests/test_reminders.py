"""`licznik reminders`: an unpaid invoice is recalled on the days the seller names (R153)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.orders.terms import Account
from invoices.delivering import Case, Office
from invoices.messages import reminder_purpose
from invoices.reminders import DUE, NOT_DELIVERED, NOTHING_TO_DO, Unpaid, step_reached, unpaid
from tests.builders import ACCOUNT, catalog
from tests.mail_server import (
    MAIL,
    PDF,
    Mailbox,
    abort,
    customers,
    deliver,
    files_of,
    issue,
    log,
    mail_server,
    text_of,
)
from tests.running import (
    MIGRATED,
    Outcome,
    Server,
    change,
    codes,
    decision_store,
    differences,
    is_answered,
    licznik,
    value,
)

DAYS = (3, 10, 21)
DUE_ON = date(2025, 11, 17)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as own:
        yield own


@pytest.fixture(scope="module")
def billed(server: Server) -> Iterator[str]:
    """The name of a database with an invoice that was delivered."""
    with server.database(MIGRATED) as url, mail_server() as box:
        issue(url)
        assert deliver(url, box).data["sent"] == 1
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def delivered(server: Server, billed: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(billed) as url:
        yield url


def remind(url: str, box: Mailbox, days: int, *options: str) -> Outcome:
    """What sending reminders ended with, so many days after the due day."""
    day = value(url, "SELECT max(due_on) FROM invoice") + timedelta(days=days)
    with pytest.MonkeyPatch.context() as patch:
        noon = datetime.combine(day, time(12), UTC)
        patch.setattr("entrypoints.cli.reminders.clock", lambda: noon)
        return licznik(url, "reminders", "send", "--json", *options, **box.settings())


def reminders(url: str) -> list[tuple[str, str, int]]:
    """Purpose, status and attempts of every reminder."""
    return [own for own in log(url) if own[0].startswith("reminder/")]


# When


@pytest.mark.parametrize(
    ("days", "step"),
    [(-5, 0), (0, 0), (2, 0), (3, 1), (9, 1), (10, 2), (20, 2), (21, 3), (400, 3)],
)
def test_a_step_is_reached_on_its_day(days: int, step: int) -> None:
    """And stays the latest until the next one."""
    assert step_reached(DUE_ON, DAYS, DUE_ON + timedelta(days=days)) == step


def test_a_seller_who_names_no_days_reminds_nobody() -> None:
    """However late it is."""
    assert step_reached(DUE_ON, (), DUE_ON + timedelta(days=400)) == 0


def test_each_step_is_sent_on_its_morning(delivered: str, box: Mailbox) -> None:
    """A run every day, three reminders."""
    sent = [day for day in range(25) if remind(delivered, box, day).data["sent"]]
    assert sent == [3, 10, 21]
    assert reminders(delivered) == [(f"reminder/{n}", "sent", 1) for n in (1, 2, 3)]
    assert differences(delivered) == []


def test_missed_steps_are_not_made_up_for(delivered: str, box: Mailbox) -> None:
    """The latest one is sent, and none of those before it afterwards."""
    assert remind(delivered, box, 15).data["sent"] == 1
    assert remind(delivered, box, 15).data["sent"] == 0
    assert reminders(delivered) == [("reminder/2", "sent", 1)]


def test_who_got_the_invoice_late_is_given_the_same_days(delivered: str, box: Mailbox) -> None:
    """Steps count from the delivery where the due day was over by then, in Warsaw."""
    due_on = value(delivered, "SELECT due_on FROM invoice")
    late = datetime.combine(due_on, time(23, 30), UTC) + timedelta(days=29)  # the 30th day here
    change(delivered, "UPDATE message SET changed_at = %s", late)
    sent = [day for day in range(29, 60) if remind(delivered, box, day).data["sent"]]
    assert sent == [33, 40, 51]


def test_a_day_to_come_can_be_looked_at_and_nothing_sent_for_it(
    delivered: str, box: Mailbox
) -> None:
    """A reminder of a day that has not come would be false, and could not be taken back."""
    words = ("reminders", "send", "--on", "2199-01-01")
    outcome = licznik(delivered, *words, **box.settings())
    assert (is_answered(outcome), codes(outcome)) == (True, ["in_future"])
    assert licznik(delivered, *words, "--dry-run").status == 0
    assert reminders(delivered) == []


# What it says


def test_a_reminder_names_what_is_still_due(delivered: str, box: Mailbox) -> None:
    """Of an invoice that is paid in part, with the invoice once more."""
    gross = value(delivered, "SELECT gross FROM invoice")
    change(delivered, "UPDATE invoice SET paid = gross - 12.34")
    assert gross > 100
    remind(delivered, box, 3)
    (email,) = box.emails
    assert "pozostaje 12,34\N{NO-BREAK SPACE}zł" in text_of(email)
    assert [content for _, content in files_of(email)] == [PDF]


def test_a_reminder_is_in_the_language_of_the_invoice(database: str, box: Mailbox) -> None:
    """Though the customer has chosen another since."""
    issue(database, {**ACCOUNT, "email": MAIL, "language": "en"})
    deliver(database, box)
    change(database, "UPDATE account SET details = jsonb_set(details, '{language}', '\"pl\"')")
    remind(database, box, 3)
    assert [own.partition(":")[0] for own in box.subjects][-1] == "Payment reminder"


# To whom not


def test_a_paid_invoice_is_not_recalled(delivered: str, box: Mailbox) -> None:
    """Nor is one that is paid too much."""
    for paid in ("gross", "gross + 1"):
        change(delivered, f"UPDATE invoice SET paid = {paid}")
        assert remind(delivered, box, 5).data["sent"] == 0
    assert box.taken == []


def test_a_payment_in_the_last_moment_stops_the_reminder(delivered: str, box: Mailbox) -> None:
    """It was chosen, and then paid; also if only in part."""
    today = value(delivered, "SELECT due_on FROM invoice") + timedelta(days=3)
    with decision_store(delivered) as decisions:
        (own,) = unpaid(decisions, catalog(), today)
        post = own.post(lambda *_: pytest.fail("it was sent"), None)
        office = Office(decisions, lambda _: [], now, lambda: False)
        change(delivered, "UPDATE invoice SET paid = 1")
        assert office.dispatch(post).status == "overtaken"
    assert reminders(delivered) == []


def now() -> datetime:
    """A moment."""
    return datetime(2025, 11, 20, 12, tzinfo=UTC)


def test_an_invoice_that_was_not_delivered_is_not_recalled(database: str, box: Mailbox) -> None:
    """Never sent, or refused: it is listed."""
    issue(database, *customers(2))
    box.refused.add("c00@example.com")
    deliver(database, box, "--order", "c00-main")
    outcome = remind(database, box, 5)
    assert (outcome.status, outcome.data["sent"]) == (0, 0)
    assert [own["status"] for own in outcome.data["messages"]] == ["not_delivered"] * 2


def test_an_account_that_lost_its_address_is_listed(delivered: str, box: Mailbox) -> None:
    """And stops nobody."""
    change(delivered, "UPDATE account SET details = jsonb_set(details, '{email}', '[]')")
    outcome = remind(delivered, box, 3)
    assert (outcome.status, outcome.data["no_address"]) == (0, 1)


# What fails


def test_a_refused_reminder_is_tried_again_by_the_next_run(delivered: str, box: Mailbox) -> None:
    """As long as no later step is reached."""
    box.refused.add(MAIL)
    assert remind(delivered, box, 3).status == 1
    box.refused.clear()
    assert remind(delivered, box, 4).data["sent"] == 1
    assert reminders(delivered) == [("reminder/1", "sent", 2)]


def test_an_uncertain_reminder_waits_for_a_person_or_the_next_step(
    delivered: str, box: Mailbox
) -> None:
    """It is never repeated by itself."""
    box.on_data = abort
    assert remind(delivered, box, 3).data["uncertain"] == 1
    box.on_data = None
    assert remind(delivered, box, 4).data["uncertain"] == 1
    number = value(delivered, "SELECT number FROM invoice")
    assert remind(delivered, box, 4, "--again", number).data["sent"] == 1
    assert remind(delivered, box, 10).data["sent"] == 1


def test_an_uncertain_reminder_that_arrived_is_confirmed(delivered: str, box: Mailbox) -> None:
    """And is not listed any more."""
    box.on_data = abort
    remind(delivered, box, 30)
    number = value(delivered, "SELECT number FROM invoice")
    assert remind(delivered, box, 30, "--arrived", number).status == 0
    assert remind(delivered, box, 31).status == 0
    assert reminders(delivered) == [("reminder/3", "sent", 1)]


@pytest.mark.parametrize("harm", ["paid = gross", "due_on = due_on + 90"])
def test_an_uncertain_reminder_is_confirmed_whatever_is_due_now(
    delivered: str, box: Mailbox, harm: str
) -> None:
    """The customer has paid meanwhile: it stays uncertain for nobody."""
    box.on_data = abort
    remind(delivered, box, 3)
    number = value(delivered, "SELECT number FROM invoice")
    change(delivered, f"UPDATE invoice SET {harm}")
    assert licznik(delivered, "reminders", "send", "--arrived", number).status == 0
    assert reminders(delivered) == [("reminder/1", "sent", 1)]
    assert differences(delivered)[1:] == []


def test_the_last_reminder_that_broke_off_is_confirmed_first(delivered: str, box: Mailbox) -> None:
    """Then the one before it."""
    box.on_data = abort
    for day in (3, 10):
        remind(delivered, box, day)
    number = value(delivered, "SELECT number FROM invoice")
    for first in ("sending", "sent"):
        assert licznik(delivered, "reminders", "send", "--arrived", number).status == 0
        assert set(reminders(delivered)) == {("reminder/1", first, 1), ("reminder/2", "sent", 1)}


@pytest.mark.parametrize(
    ("decision", "code"), [("--arrived", "not_uncertain"), ("--again", "not_due")]
)
def test_where_there_is_nothing_to_decide_that_is_said(
    delivered: str, box: Mailbox, decision: str, code: str
) -> None:
    """Before any reminder, and after one that was sent."""
    number = value(delivered, "SELECT number FROM invoice")
    for day in (1, 3):
        outcome = remind(delivered, box, day, decision, number)
        assert is_answered(outcome)
        assert [own["code"] for own in outcome.data["problems"]] == [code]
        remind(delivered, box, 3)
    assert reminders(delivered) == [("reminder/1", "sent", 1)]


def test_again_names_an_invoice_that_there_is(delivered: str, box: Mailbox) -> None:
    """Another number is a sentence."""
    outcome = licznik(delivered, "reminders", "send", "--again", "FV/1", **box.settings())
    assert is_answered(outcome)
    assert "unknown_invoice" in outcome.err


def test_a_dry_run_recalls_nothing(delivered: str) -> None:
    """It shows what would be sent, and needs no mail server."""
    on = value(delivered, "SELECT due_on FROM invoice") + timedelta(days=3)
    outcome = licznik(delivered, "reminders", "send", "--on", on, "--dry-run", "--json")
    assert (outcome.status, outcome.data["ready"]) == (0, 1)
    assert reminders(delivered) == []


def test_the_list_says_how_late_each_invoice_is(delivered: str, box: Mailbox) -> None:
    """And whether a reminder of it is due."""
    due_on = value(delivered, "SELECT due_on FROM invoice")
    listed = ("reminders", "list", "--json", "--on")
    (own,) = licznik(delivered, *listed, due_on + timedelta(days=10)).data["overdue"]
    assert (own["days_late"], own["last_step"], own["state"]) == (10, 0, "due")
    assert own["due"] == value(delivered, "SELECT gross::text FROM invoice")
    remind(delivered, box, 10)
    (own,) = licznik(delivered, *listed, due_on + timedelta(days=11)).data["overdue"]
    assert (own["last_step"], own["state"]) == (2, "reminded")
    assert licznik(delivered, *listed, due_on).data["overdue"] == []


# Whatever the days, whatever happens to each message


ACME = Account("acme", "Acme", "PL", None, ())
WHOLE = Unpaid(
    case=Case("invoice/a/2025-10", "FV/1", ACME, Decimal(1)),
    due_on=DUE_ON,
    currency="PLN",
    delivered=True,
    reached=0,
    reminders={},
)

mornings = st.lists(
    st.tuples(st.integers(-5, 40), st.sampled_from(["sent", "failed", "sending"])), max_size=40
)
seller_days = st.lists(st.integers(1, 40), max_size=5)


@given(seller_days, mornings)
def test_no_step_is_sent_twice_and_none_after_a_later_one(
    days: list[int], runs: list[tuple[int, str]]
) -> None:
    """On any days of the seller's, with runs on any mornings, in any order."""
    became: dict[str, str] = {}
    sent: list[int] = []
    for day, result in runs:
        reached = step_reached(DUE_ON, days, DUE_ON + timedelta(days=day))
        own = replace(WHOLE, reached=reached, reminders=became)
        if own.state == DUE and became.get(reminder_purpose(reached)) != "sending":
            became = {**became, reminder_purpose(reached): result}
            sent += [reached] if result != "failed" else []
    assert sent == sorted(set(sent))
    assert all(1 <= step <= len(set(days)) for step in sent)


@given(seller_days, st.integers(-5, 40))
def test_what_was_not_delivered_is_never_due(days: list[int], day: int) -> None:
    """Whatever the day."""
    reached = step_reached(DUE_ON, days, DUE_ON + timedelta(days=day))
    own = replace(WHOLE, reached=reached, delivered=False)
    assert own.state in (NOT_DELIVERED, NOTHING_TO_DO)
