"""`licznik invoices deliver`: each issued invoice goes out once, and what does not is listed."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from billing.orders.terms import Account
from entrypoints.folders import Folder
from invoices.delivering import LONGEST_WAIT, Case, Office, Post, Selection, is_due, waiting
from invoices.mailing.attachments import Attachment
from invoices.mailing.carriers import ByMail
from invoices.messages import NotSent, Outbox, message_id, message_key
from tests.builders import ACCOUNT, scenario
from tests.mail_server import (
    MAIL,
    PDF,
    Hook,
    Mailbox,
    abort,
    customers,
    deliver,
    eventually,
    files_of,
    issue,
    log,
    mail_server,
    store_documents,
    text_of,
)
from tests.recorded_words import did, record_all
from tests.running import (
    change,
    codes,
    contents,
    decision_store,
    differences,
    ended,
    is_answered,
    licznik,
    place,
    rows,
    started,
    value,
)
from tests.sla_words import ordered
from tests.test_notes import LATE


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as own:
        yield own


def number(url: str) -> str:
    """The number of the one invoice."""
    found: str = value(url, "SELECT number FROM invoice")
    return found


# Once each


def test_an_invoice_goes_to_every_address_of_its_account(database: str, box: Mailbox) -> None:
    """One message, with the document."""
    issue(database, {**ACCOUNT, "email": [MAIL, "boss@example.com"]})
    assert deliver(database, box).data["sent"] == 1
    (email,) = box.emails
    assert box.taken[0].rcpt_tos == [MAIL, "boss@example.com"]
    assert str(email["To"]) == f"{MAIL}, boss@example.com"
    assert files_of(email) == [(f"{number(database).replace('/', '-')}.pdf", PDF)]
    assert number(database) in text_of(email)


def test_delivering_twice_sends_nothing_twice(database: str, box: Mailbox) -> None:
    """What was sent is passed over."""
    issue(database, *customers(3))
    assert deliver(database, box).data["sent"] == 3
    before = contents(database)
    again = deliver(database, box)
    assert (again.status, again.data["sent"], len(box.taken)) == (0, 0, 3)
    assert contents(database) == before


def test_many_messages_go_over_one_connection(database: str, box: Mailbox) -> None:
    """A server is asked once."""
    issue(database, *customers(3))
    deliver(database, box)
    assert (len(box.taken), box.connections) == (3, 1)


def test_the_log_names_what_was_sent(database: str, box: Mailbox) -> None:
    """Number, purpose, status, attempts, recipients, when."""
    issue(database)
    deliver(database, box)
    (own,) = licznik(database, "invoices", "deliveries", "--json").data["messages"]
    assert (own["number"], own["purpose"], own["status"]) == (number(database), "invoice", "sent")
    assert (own["attempts"], own["recipients"], own["error"]) == (1, [MAIL], None)
    assert datetime.fromisoformat(own["when"]).tzinfo is not None


def test_only_what_is_asked_for_is_delivered(database: str, box: Mailbox) -> None:
    """By period, order and number."""
    issue(database, *customers(2))
    assert deliver(database, box, "--period", "2025-09").data["sent"] == 0
    assert deliver(database, box, "--order", "c01-main").data["sent"] == 1
    left = value(database, "SELECT number FROM invoice WHERE order_id = 'c00-main'")
    assert deliver(database, box, "--number", left).data["sent"] == 1
    assert [own.rcpt_tos for own in box.taken] == [["c01@example.com"], ["c00@example.com"]]


def test_a_dry_run_sends_nothing_and_needs_no_mail_server(database: str) -> None:
    """It shows what would be sent."""
    issue(database, *customers(2))
    before = contents(database)
    outcome = licznik(database, "invoices", "deliver", "--dry-run", "--json")
    assert (outcome.status, outcome.data["ready"]) == (0, 2)
    assert contents(database) == before


def test_two_processes_at_once_deliver_each_invoice_once(database: str, box: Mailbox) -> None:
    """Real processes, and a server that takes its time."""
    issue(database, *customers(12))
    box.on_data = lambda _, __: time.sleep(0.02)
    words = ("invoices", "deliver", "--json")
    processes = [started(database, *words, **box.settings()) for _ in range(2)]
    outcomes = [ended(own) for own in processes]
    assert [own.status for own in outcomes] == [0, 0]
    assert sum(own.data["sent"] for own in outcomes) == len(box.taken) == 12
    assert len({str(own["Message-ID"]) for own in box.emails}) == 12


def test_of_two_who_start_a_message_one_sends_it(database: str) -> None:
    """The version of the message's stream decides."""
    sent: list[str] = []
    with decision_store(database) as one, decision_store(database) as two:
        first, second = (Outbox(own, clock) for own in (one, two))
        asked = (None, "invoice/a/2025-10", "invoice", [MAIL], "x.pl")
        earlier, later = first.draft(*asked), second.draft(*asked)
        won = first.send(earlier, lambda: sent.append("first"))
        lost = second.send(later, lambda: sent.append("second"))
    assert (won.status if won else None, lost) == ("sent", None)
    assert sent == ["first"]


def clock() -> datetime:
    """A moment."""
    return datetime(2025, 11, 20, 12, tzinfo=UTC)


# What fails


def test_a_refused_recipient_fails_that_message_and_not_the_next(
    database: str, box: Mailbox
) -> None:
    """It is tried again by the next run."""
    issue(database, *customers(2))
    box.refused.add("c00@example.com")
    outcome = deliver(database, box)
    assert (outcome.status, outcome.data["sent"], outcome.data["failed"]) == (1, 1, 1)
    (failed,) = (own for own in outcome.data["messages"] if own["status"] == "failed")
    assert "c00@example.com was refused: 550 5.1.1" in failed["error"]
    box.refused.clear()
    assert deliver(database, box).data["sent"] == 1
    assert sorted(log(database)) == [("invoice", "sent", 1), ("invoice", "sent", 2)]


def test_a_refused_recipient_costs_no_new_connection(database: str, box: Mailbox) -> None:
    """The server is told to forget the message."""
    issue(database, *customers(4))
    box.refused.update(("c00@example.com", "c02@example.com"))
    assert deliver(database, box).data["sent"] == 2
    assert box.connections == 1


def test_one_refused_address_of_two_keeps_the_message_back(database: str, box: Mailbox) -> None:
    """Nobody gets it twice when it is sent again."""
    issue(database, {**ACCOUNT, "email": [MAIL, "gone@example.com"]})
    box.refused.add("gone@example.com")
    assert deliver(database, box).data["failed"] == 1
    assert box.taken == []


def test_a_server_that_cannot_be_reached_fails_every_message(database: str, box: Mailbox) -> None:
    """Listed with its error, and sent by the next run."""
    issue(database, *customers(2))
    nobody = {"LICZNIK_SMTP_URL": "smtp+plain://localhost:1"}
    outcome = licznik(database, "invoices", "deliver", "--json", **nobody)
    assert (outcome.status, outcome.data["failed"]) == (1, 2)
    assert "Connection refused" in outcome.data["messages"][0]["error"]
    assert deliver(database, box).data["sent"] == 2


def test_a_refused_message_is_sent_by_the_next_run(database: str, box: Mailbox) -> None:
    """The server has heard it and said no."""
    issue(database)
    box.on_data = lambda _, __: "554 5.7.1 looks like spam"
    assert "looks like spam" in deliver(database, box).data["messages"][0]["error"]
    box.on_data = None
    assert deliver(database, box).data["sent"] == 1


def test_a_server_that_dies_before_the_message_fails_it(database: str, box: Mailbox) -> None:
    """Nothing was handed over; the next message goes over a new connection."""
    issue(database, *customers(2))
    box.on_recipient = abort_once()
    outcome = deliver(database, box)
    assert (outcome.data["failed"], outcome.data["sent"]) == (1, 1)
    assert deliver(database, box).data["sent"] == 1


def abort_once() -> Hook:
    """The server dies the first time."""
    deaths = [abort]

    def hook(server: SMTP, envelope: Envelope) -> str | None:
        return deaths.pop()(server, envelope) if deaths else None

    return hook


def test_a_server_that_dies_before_its_answer_leaves_the_message_uncertain(
    database: str, box: Mailbox
) -> None:
    """It may have taken it, and here it has: so it must not be sent again by itself."""
    issue(database)
    box.on_data = abort
    outcome = deliver(database, box)
    assert (outcome.status, outcome.data["uncertain"], len(box.taken)) == (1, 1, 1)
    box.on_data = None
    again = deliver(database, box)
    assert (again.status, again.data["uncertain"], len(box.taken)) == (1, 1, 1)


def test_an_account_without_an_address_stops_nobody(database: str, box: Mailbox) -> None:
    """It is listed, and that is no failure."""
    without, *others = customers(2)
    issue(database, {**without, "email": []}, *others)
    outcome = deliver(database, box)
    assert (outcome.status, outcome.data["no_address"], outcome.data["sent"]) == (0, 1, 1)


def test_an_invoice_without_its_document_stops_nobody(database: str, box: Mailbox) -> None:
    """It is listed, and nothing is started for it."""
    issue(database, *customers(2))
    change(database, "DELETE FROM invoice_file WHERE starts_with(invoice_id, 'invoice/c00')")
    outcome = deliver(database, box)
    assert (outcome.status, outcome.data["failed"], outcome.data["sent"]) == (1, 1, 1)
    assert "has no PDF" in outcome.data["messages"][0]["error"]
    assert log(database) == [("invoice", "sent", 1)]


def test_an_address_that_cannot_be_written_in_ascii_is_listed(database: str, box: Mailbox) -> None:
    """A Polish domain can be; a Polish name before the @ cannot."""
    first, second = customers(2)
    issue(database, {**first, "email": "żółw@example.com"}, {**second, "email": "a@żółw.pl"})
    outcome = deliver(database, box)
    assert (outcome.data["failed"], outcome.data["sent"]) == (1, 1)
    assert box.taken[0].rcpt_tos == ["a@xn--w-uga1v8h.pl"]


# A crash


def test_a_kill_between_start_and_result_leaves_the_message_uncertain(
    database: str, box: Mailbox
) -> None:
    """It is never sent again by itself; a person decides."""
    issue(database)
    box.on_data = lambda _, __: time.sleep(3)
    process = started(database, "invoices", "deliver", **box.settings())
    eventually(lambda: log(database) == [("invoice", "sending", 1)])
    under_way = licznik(database, "invoices", "deliver", "--dry-run", "--json")
    assert (under_way.status, under_way.data["under_way"]) == (0, 1)
    process.kill()
    ended(process)
    eventually(lambda: len(box.taken) == 1)
    box.on_data = None
    outcome = deliver(database, box)
    assert (outcome.status, outcome.data["uncertain"], outcome.data["sent"]) == (1, 1, 0)
    assert deliver(database, box, "--again", number(database)).data["sent"] == 1
    assert log(database) == [("invoice", "sent", 2)]
    assert len({str(own["Message-ID"]) for own in box.emails}) == 2
    assert differences(database) == []


def test_what_arrived_after_all_is_confirmed_and_not_sent_again(
    database: str, box: Mailbox
) -> None:
    """Nobody has to send twice to be rid of an uncertain message."""
    issue(database)
    box.on_data = abort
    deliver(database, box)
    own = number(database)
    assert licznik(database, "invoices", "deliver", "--arrived", own).status == 0
    assert log(database) == [("invoice", "sent", 1)]
    assert deliver(database, box).data["uncertain"] == 0
    assert len(box.taken) == 1
    assert differences(database) == []


def test_only_what_is_uncertain_can_be_confirmed(database: str) -> None:
    """An invoice that nobody has tried to send has not arrived."""
    issue(database)
    outcome = licznik(database, "invoices", "deliver", "--arrived", number(database))
    assert is_answered(outcome)
    assert "not_uncertain" in outcome.err
    assert log(database) == []


def test_again_never_repeats_what_was_delivered(database: str, box: Mailbox) -> None:
    """Once each."""
    issue(database)
    deliver(database, box)
    outcome = licznik(
        database, "invoices", "deliver", "--again", number(database), **box.settings()
    )
    assert is_answered(outcome)
    assert "already_delivered" in outcome.err
    assert len(box.taken) == 1


def test_sending_again_and_having_arrived_exclude_each_other(database: str, box: Mailbox) -> None:
    """Of two invoices too: neither is noted, nothing is sent."""
    issue(database, *customers(2))
    box.on_data = abort
    deliver(database, box)
    first, second = (own for (own,) in rows(database, "SELECT number FROM invoice ORDER BY 1"))
    before = contents(database)
    for command in (("invoices", "deliver"), ("reminders", "send")):
        decision = ("--again", first, "--arrived", second)
        outcome = licznik(database, *command, *decision, **box.settings())
        assert is_answered(outcome)
        assert codes(outcome) == ["wrong_option"]
    assert contents(database) == before


@pytest.mark.parametrize("decision", ["--again", "--arrived"])
@pytest.mark.parametrize("selection", ["--number", "--order", "--period"])
def test_a_decision_is_about_the_invoice_that_it_names(decision: str, selection: str) -> None:
    """No other option chooses one."""
    outcome = licznik(None, "invoices", "deliver", decision, "FV/1", selection, "2025-10")
    assert is_answered(outcome)
    assert codes(outcome) == ["wrong_option"]


def test_an_empty_number_decides_on_nothing(database: str) -> None:
    """A variable of a script that is not set must not confirm every uncertain message."""
    issue(database)
    outcome = licznik(database, "invoices", "deliver", "--arrived", "")
    assert codes(outcome) == ["unknown_invoice"]


def test_an_invoice_can_be_named_by_its_id(database: str, box: Mailbox) -> None:
    """As everywhere else; nothing is passed over in silence."""
    issue(database, *customers(2))
    assert deliver(database, box, "--number", "invoice/c01-main/2025-10").data["sent"] == 1
    assert box.taken[0].rcpt_tos == ["c01@example.com"]


# What it says


def test_the_language_is_that_of_the_day_it_was_drafted(database: str, box: Mailbox) -> None:
    """Letter and document are in one language, though the customer has chosen another since."""
    issue(database)
    change(database, "UPDATE account SET details = jsonb_set(details, '{language}', '\"en\"')")
    assert deliver(database, box).data["sent"] == 1
    assert box.subjects[0].startswith("Faktura")
    assert [content for _, content in files_of(box.emails[0])] == [PDF]
    assert rows(database, "SELECT language FROM invoice_file WHERE kind = 'pdf'") == [("pl",)]


def test_an_invoice_says_what_is_still_to_be_paid(database: str, box: Mailbox) -> None:
    """The customer has paid a part before it was delivered."""
    issue(database)
    change(database, "UPDATE invoice SET paid = gross - 12.34")
    deliver(database, box)
    assert fact(box, "Do zapłaty") == "12,34 zł"
    assert "Rachunek" in text_of(box.emails[0])


def test_nobody_is_asked_to_pay_what_is_paid(database: str, box: Mailbox) -> None:
    """The letter says zero, and neither a day nor an account."""
    issue(database)
    change(database, "UPDATE invoice SET paid = gross")
    deliver(database, box)
    assert fact(box, "Do zapłaty") == "0,00 zł"
    assert not {"Termin", "Rachunek", "Tytuł"} & set(text_of(box.emails[0]).split())


def fact(box: Mailbox, label: str) -> str:
    """What the one letter says of something."""
    text = text_of(box.emails[0]).replace("\N{NO-BREAK SPACE}", " ")
    (line,) = (own for own in text.splitlines() if own.startswith(f"{label}:"))
    return line.partition(":")[2].strip()


def test_a_payment_in_the_last_moment_keeps_the_letter_back(database: str) -> None:
    """It would name a sum that is not due any more; the next run names the right one."""
    issue(database)
    with decision_store(database) as decisions:
        (case,) = waiting(decisions, "invoice", Selection())
        office = Office(decisions, lambda _: [], clock, lambda: False)
        change(database, "UPDATE invoice SET paid = 1")
        post = Post(case, ByMail(lambda _: pytest.fail("it was sent"), None))
        assert office.dispatch(post).status == "overtaken"
    assert log(database) == []


def test_a_number_that_nobody_has_is_a_sentence(database: str, box: Mailbox) -> None:
    """Of --number and of --again."""
    for option in ("--number", "--again"):
        outcome = licznik(database, "invoices", "deliver", option, "FV/1", **box.settings())
        assert is_answered(outcome)
        assert "unknown_invoice" in outcome.err


def test_without_a_mail_server_the_setting_is_named(database: str) -> None:
    """And how to write it."""
    outcome = licznik(database, "invoices", "deliver")
    assert is_answered(outcome)
    assert "LICZNIK_SMTP_URL: missing_setting" in outcome.err


def test_a_message_id_follows_from_stream_and_attempt() -> None:
    """The same for the same, another one for another."""
    ids = {message_id(stream, attempt, "x.pl") for stream in "ab" for attempt in (1, 2)}
    assert len(ids) == 4
    assert message_id("a", 1, "x.pl") in ids


def test_no_two_messages_have_one_stream() -> None:
    """Even where an order or a folder is named like something else."""
    pairs = [
        ("invoice/a/2025-10", "folder//x/2025-10/invoice"),
        ("invoice/a/2025-10/folder//x/2025-10", "invoice"),
    ]
    assert len({message_key(*own) for own in pairs}) == 2


# Corrections and notes


@pytest.fixture
def three_kinds(database: str) -> str:
    """An order with an invoice, a correction of it and a note, none of them delivered."""
    own = ordered("progres", launch_date="2025-11-01", prices=LICENCE)
    place(database, own, accounts=[{**ACCOUNT, "email": MAIL, "language": "en"}])
    record_all(database, scenario([own], incidents=[LATE]))
    did(database, "invoices", "run", "--period", "2025-11")
    did(database, "notes", "run", "--period", "2025-11")
    price = ("orders", "change", "price", "acme-main", "licence.pro", "5000.00")
    assert licznik(database, *price).status == 0
    did(database, "invoices", "correct", number_of(database, "invoice"), "--because", "price")
    store_documents(database)
    return database


LICENCE = {"licence": "6000.00", "sla": "0.00"}


def number_of(url: str, kind: str) -> str:
    """The number of the one document of a kind."""
    found: str = value(url, "SELECT number FROM invoice WHERE kind = %s", kind)
    return found


def test_corrections_and_notes_are_delivered_in_words_of_their_own(
    three_kinds: str, box: Mailbox
) -> None:
    """Only the invoice's letter says what to pay."""
    assert deliver(three_kinds, box).data["sent"] == 3
    letters = {str(email["Subject"]): text_of(email) for email in box.emails}
    first, note = number_of(three_kinds, "invoice"), number_of(three_kinds, "note")
    corrected = f"Corrective invoice {number_of(three_kinds, 'correction')} to invoice {first}"
    noted = f"Accounting note {note} for November 2025"
    assert set(letters) == {f"Invoice {first} for November 2025", corrected, noted}
    assert "Gross difference" in letters[corrected]
    assert "240.00" in letters[noted]
    asking = [subject for subject, text in letters.items() if "Account:" in text]
    assert asking == [f"Invoice {first} for November 2025"]
    assert deliver(three_kinds, box).data["sent"] == 0
    assert differences(three_kinds) == []


def test_corrections_and_notes_are_put_into_a_folder(three_kinds: str, tmp_path: Path) -> None:
    outcome = licznik(three_kinds, "invoices", "deliver", "--to-folder", tmp_path, "--json")
    assert outcome.data["sent"] == 3
    prefixes = {own.name.partition("-")[0] for own in tmp_path.iterdir()}
    assert prefixes == {"FV", "KOR", "NK"}


def test_one_note_is_delivered_by_its_number(three_kinds: str, box: Mailbox) -> None:
    note = number_of(three_kinds, "note")
    assert deliver(three_kinds, box, "--number", note).data["sent"] == 1
    assert [str(email["Subject"]) for email in box.emails] == [
        f"Accounting note {note} for November 2025"
    ]


def test_nobody_is_reminded_of_a_correction_or_a_note(three_kinds: str, box: Mailbox) -> None:
    """They are owed by nobody; of the invoice what is left of it is."""
    change(three_kinds, "UPDATE invoice SET due_on = '2025-12-01', issued_on = '2025-11-15'")
    deliver(three_kinds, box)
    change(three_kinds, "UPDATE message SET changed_at = '2025-11-15T12:00:00Z'")
    sent = licznik(three_kinds, "reminders", "send", "--json", **box.settings())
    assert [own["number"] for own in sent.data["messages"]] == [number_of(three_kinds, "invoice")]


# The time between attempts

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes", "due"),
    [(1, 13, False), (1, 15, True), (2, 27, False), (2, 30, True), (4, 100, False), (4, 120, True)],
)
def test_the_wait_doubles_with_each_failure(attempts: int, minutes: int, due: bool) -> None:
    """A quarter of an hour, half an hour, an hour, two."""
    assert is_due(failed(attempts), NOON + timedelta(minutes=minutes)) is due


def test_the_wait_is_at_most_a_day() -> None:
    """However often it failed."""
    assert not is_due(failed(500), NOON + LONGEST_WAIT - timedelta(seconds=1))
    assert is_due(failed(500), NOON + LONGEST_WAIT)


def failed(attempts: int) -> Case:
    """An invoice whose delivery failed at noon."""
    acme = Account("acme", "Acme", "PL", None, ())
    return Case("invoice/a/2025-10", "FV/1", acme, Decimal(1), "failed", attempts, NOON)


# A folder


def test_documents_are_put_into_a_folder_once(database: str, tmp_path: Path) -> None:
    """Under the invoice's number."""
    issue(database, *customers(2))
    outcome = licznik(database, "invoices", "deliver", "--to-folder", tmp_path, "--json")
    assert (outcome.status, outcome.data["sent"]) == (0, 2)
    assert {own.read_bytes() for own in tmp_path.iterdir()} == {PDF}
    numbers = rows(database, "SELECT number FROM invoice")
    files = {f"{own.replace('/', '-')}.pdf" for (own,) in numbers}
    assert {own.name for own in tmp_path.iterdir()} == files
    again = licznik(database, "invoices", "deliver", "--to-folder", tmp_path, "--json")
    assert again.data["sent"] == 0


def test_a_folder_and_the_mail_are_two_purposes(
    database: str, box: Mailbox, tmp_path: Path
) -> None:
    """And another folder is a third."""
    issue(database)
    deliver(database, box)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert licznik(database, "invoices", "deliver", "--to-folder", tmp_path / name).status == 0
    assert [purpose for purpose, _, _ in log(database)] == [
        "invoice",
        f"folder/{tmp_path}/a",
        f"folder/{tmp_path}/b",
    ]
    assert differences(database) == []


def test_one_folder_has_one_name(database: str, tmp_path: Path) -> None:
    """By whatever way it is reached."""
    issue(database)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for name in ("real", "link", "real/../real"):
        assert licznik(database, "invoices", "deliver", "--to-folder", tmp_path / name).status == 0
    assert log(database) == [(f"folder/{tmp_path}/real", "sent", 1)]


def test_a_file_with_the_same_bytes_is_delivered(tmp_path: Path) -> None:
    """It may have been put there before a crash."""
    document = Attachment("FV-2025-000001.pdf", "application/pdf", PDF)
    (tmp_path / document.name).write_bytes(PDF)
    Folder.open(tmp_path).write([document])
    assert [own.name for own in tmp_path.iterdir()] == ["FV-2025-000001.pdf"]


def test_a_file_with_other_bytes_is_never_overwritten(database: str, tmp_path: Path) -> None:
    """It is a failure, and listed."""
    issue(database)
    file = tmp_path / f"{number(database).replace('/', '-')}.pdf"
    file.write_bytes(b"mine")
    outcome = licznik(database, "invoices", "deliver", "--to-folder", tmp_path, "--json")
    assert (outcome.status, outcome.data["failed"]) == (1, 1)
    assert "is there with other content" in outcome.data["messages"][0]["error"]
    assert file.read_bytes() == b"mine"


def test_a_folder_that_is_full_of_trouble_leaves_nothing_behind(tmp_path: Path) -> None:
    """A document that cannot be written is a failure with a sentence."""
    (tmp_path / "FV-1.pdf").mkdir()
    with pytest.raises(NotSent, match="Is a directory"):
        Folder.open(tmp_path).write([Attachment("FV-1.pdf", "application/pdf", PDF)])
    assert [own.name for own in tmp_path.iterdir()] == ["FV-1.pdf"]


def test_a_full_disk_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    """Not even a hidden file."""
    with no_file_larger_than(10), pytest.raises(NotSent, match="File too large"):
        Folder.open(tmp_path).write([Attachment("FV-1.pdf", "application/pdf", PDF)])
    assert list(tmp_path.iterdir()) == []


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The system refuses to write more, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_must_be_there(database: str, tmp_path: Path) -> None:
    """A name that is misspelt makes no folder."""
    outcome = licznik(database, "invoices", "deliver", "--to-folder", tmp_path / "nowhere")
    assert is_answered(outcome)
    assert "missing_folder" in outcome.err


# Verification


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE message SET status = 'failed'",
        "UPDATE message SET attempts = 2",
        "DELETE FROM message",
        "INSERT INTO message SELECT 'message/x', invoice_id, 'x', 'sent', 1, '', NULL, changed_at "
        "FROM message",
        "DELETE FROM decisions_events WHERE starts_with(originator_id, 'message/') "
        "AND originator_version = 2",
    ],
)
def test_verification_finds_a_message_that_was_tampered_with(
    database: str, box: Mailbox, harm: str
) -> None:
    """The log is what the events say."""
    issue(database)
    deliver(database, box)
    assert differences(database) == []
    assert licznik(database, "verify", "--json").data["messages"] == 1
    assert change(database, harm) == 1
    assert [own for own in differences(database) if own.startswith("message/")]
