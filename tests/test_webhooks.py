"""Webhooks: who subscribed is told, by a signed request, at least once, and not for ever."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import jsonschema
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from entrypoints.webhook_settings import WebhookSettings, read_webhook_settings
from entrypoints.webhook_transport import WebhookTransport
from invoices import numbers
from invoices.invoice import InvoiceIssued
from invoices.notices.endpoints import wrong_url
from invoices.notices.sending import (
    DELIVERED,
    FAILED,
    GIVEN_UP,
    LEASE,
    MOST_JITTER,
    WAITS,
    Answer,
    NoAnswer,
    result_of,
)
from invoices.notices.signing import secret_of, signed_headers
from tests.builders import ACCOUNT, order, pack
from tests.mail_server import eventually, mail_server
from tests.noticing import (
    IN_OCTOBER,
    Receiver,
    answering,
    deliveries,
    listen,
    notices,
    receiver,
    send,
    statuses,
    watch,
)
from tests.running import (
    change,
    codes,
    contents,
    differences,
    ended,
    is_answered,
    licznik,
    place,
    record,
    rows,
    started,
    used,
    value,
)

NOON = "2025-10-05T12:00:00+02:00"
NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
BOTH = ("acme", "beta")


@pytest.fixture
def box() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with receiver() as own:
        yield own


def use_up(url: str, *accounts: str, units: int = 5000) -> None:
    """Each account's order uses up its pack of 5,000 messages: two marks each, unless fewer."""
    accounts = accounts or ("acme",)
    kept = [{**ACCOUNT, "id": own} for own in accounts]
    packs = [pack("pack_sms_5000")]
    orders = [order(id=f"{own}-main", account=own, packs=packs) for own in accounts]
    place(url, *orders, accounts=kept)
    record(url, *(used("sms", units, NOON, "e", order=own["id"]) for own in orders))
    watch(url, IN_OCTOBER)


# What is told


def test_a_mark_is_told_to_who_listens(database: str, box: Receiver) -> None:
    """The library of the scheme finds the signature right, and the type on top."""
    added = listen(database, box)
    use_up(database, units=4000)
    assert send(database) == {DELIVERED: 1}
    (own,) = box.taken
    told = own.verified_by(added["secret"])
    assert (told["type"], told["data"]["mark"]) == ("usage.mark_reached", 80)
    assert own.headers["content-type"] == "application/json"
    assert own.id == value(database, "SELECT id FROM notice")
    assert statuses(database) == [(DELIVERED, 1)]
    assert send(database) == {}


def test_an_issued_invoice_is_told(database: str, box: Receiver) -> None:
    """With its number and amounts, and without buyer and lines."""
    added = listen(database, box, "--events", "invoice.issued")
    use_up(database)
    assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
    assert licznik(database, "webhooks", "send", "--json").data[DELIVERED] == 1
    (own,) = box.taken
    told = own.verified_by(added["secret"])
    number, net, vat, gross = rows(
        database, "SELECT number, net::text, vat::text, gross::text FROM invoice"
    )[0]
    assert told["type"] == "invoice.issued"
    assert {**told["data"], "issued_on": "", "due_on": ""} == {
        "order": "acme-main",
        "account": "acme",
        "number": number,
        "period": "2025-10",
        "issued_on": "",
        "due_on": "",
        "currency": "PLN",
        "net": net,
        "vat": vat,
        "gross": gross,
    }
    assert differences(database) == []


def test_an_invoice_that_is_not_issued_is_not_told(
    database: str, box: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice is in the transaction that issues: where that fails, nothing stays."""
    listen(database, box)
    place(database, order())
    before = contents(database)
    with monkeypatch.context() as patch:
        patch.setattr("invoices.queries.KEEP_INVOICE", "SELECT 1 / (0 * %(gross)s::numeric)")
        failed = licznik(database, "invoices", "run", "--period", "2025-10")
    assert failed.status == 1
    assert contents(database, "invoice_series") == {
        table: own for table, own in before.items() if table != "invoice_series"
    }
    assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
    assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
    assert len(notices(database, "invoice.issued")) == 1


def test_an_invoice_from_before_there_were_notices_needs_none(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event says nothing of a notice, so the verification misses none."""
    place(database, order())
    whole = numbers._issue

    def of_old(*given: Any) -> InvoiceIssued:
        issued = whole(*given)
        del vars(issued)["told"]
        return issued

    with monkeypatch.context() as patch:
        patch.setattr(numbers, "_issue", of_old)
        assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
    change(database, "DELETE FROM notice")
    assert differences(database) == []


def test_a_failing_notice_leaves_no_invoice(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a gap in the numbers."""
    place(database, order())
    with monkeypatch.context() as patch:
        patch.setattr("invoices.notices.queries.KEEP_NOTICE", "SELECT 1 / 0")
        assert licznik(database, "invoices", "run", "--period", "2025-10").status == 1
    assert value(database, "SELECT count(*) FROM invoice") == 0
    assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
    assert differences(database) == []


def test_an_endpoint_hears_what_it_asked_for(database: str) -> None:
    """Of one account, or of one kind of event, and of nothing from before it was added."""
    with receiver() as all_of_it, receiver() as of_beta, receiver() as invoices:
        place(database, *(order(id=f"{own}-main", account=own) for own in BOTH), accounts=ACCOUNTS)
        listen(database, all_of_it)
        listen(database, of_beta, "--account", "beta")
        listen(database, invoices, "--events", "invoice.issued")
        assert licznik(database, "invoices", "run", "--period", "2025-10").status == 0
        with receiver() as too_late:
            listen(database, too_late)
            send(database)
            assert too_late.taken == []
        heard = [
            sorted(own.data["account"] for own in each.taken)
            for each in (all_of_it, of_beta, invoices)
        ]
    assert heard == [["acme", "beta"], ["beta"], ["acme", "beta"]]


ACCOUNTS = [{**ACCOUNT, "id": own} for own in BOTH]


def test_what_is_posted_fits_the_shown_schema(database: str, box: Receiver) -> None:
    """`licznik webhooks events --json` is what receivers can rely on."""
    listen(database, box)
    use_up(database)
    licznik(database, "invoices", "run", "--period", "2025-10")
    send(database)
    schemas = licznik(None, "webhooks", "events", "--json").data
    assert len(box.taken) == 3
    for own in box.taken:
        told = json.loads(own.body)
        jsonschema.validate(told, schemas[told["type"]])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**told, "data": {}}, schemas[told["type"]])


# Signatures


def test_a_changed_body_or_another_secret_is_found_out(database: str, box: Receiver) -> None:
    """That is what the signature is for."""
    added = listen(database, box)
    use_up(database, units=4000)
    send(database)
    (own,) = box.taken
    with pytest.raises(WebhookVerificationError):
        own.verified_by(secret_of(b"x" * 32))
    own.body = own.body.replace(b"4000", b"1000")
    with pytest.raises(WebhookVerificationError):
        own.verified_by(added["secret"])


def test_after_a_rotation_both_secrets_hold_for_a_day(database: str, box: Receiver) -> None:
    """So that a receiver can change over in between; then the old one is dead."""
    added = listen(database, box)
    new = licznik(database, "webhooks", "rotate", added["id"], "--json").data["secret"]
    use_up(database, units=4000)
    send(database)
    for secret in (added["secret"], new):
        box.taken[0].verified_by(secret)
    change(database, "UPDATE webhook_endpoint SET old_until = now()")
    licznik(database, "webhooks", "redeliver", box.taken[0].id)
    send(database)
    box.taken[1].verified_by(new)
    with pytest.raises(WebhookVerificationError):
        box.taken[1].verified_by(added["secret"])


@given(st.binary(min_size=24, max_size=64), st.text(), st.datetimes(timezones=st.just(UTC)))
def test_what_is_signed_is_what_the_scheme_signs(random: bytes, body: str, at: datetime) -> None:
    """Id, seconds and body, with a dot between them; whatever the body."""
    secret = secret_of(random)
    headers = signed_headers("msg_1", body, at, [secret, None])
    seconds = int(headers["webhook-timestamp"])
    again = Webhook(secret).sign("msg_1", datetime(1970, 1, 1, tzinfo=UTC), body)
    assert timedelta(seconds=seconds) == at.replace(microsecond=0) - datetime(
        1970, 1, 1, tzinfo=UTC
    )
    assert (headers["webhook-signature"] == again) == (seconds == 0)


def test_a_secret_is_shown_once(database: str, box: Receiver) -> None:
    """Neither lists nor logs repeat it, and a removed endpoint has none any more."""
    added = listen(database, box)
    use_up(database)
    shown = [licznik(database, "webhooks", own) for own in ("list", "deliveries")]
    assert all(added["secret"] not in own.out + own.err for own in shown)
    assert licznik(database, "webhooks", "remove", added["id"]).status == 0
    assert rows(database, "SELECT secret, old_secret FROM webhook_endpoint") == [(None, None)]


# What fails


def test_a_refusal_is_tried_again_after_growing_waits(database: str, box: Receiver) -> None:
    """As the scheme recommends: ten attempts in a little over three days, then it is given up."""
    listen(database, box)
    use_up(database, units=4000)
    box.respond = answering(500, "no")
    at, waits = NOW, []
    send(database, at)
    while (due := value(database, "SELECT next_at FROM notice_delivery")) is not None:
        waits.append(due - at)
        at = due
        assert send(database, at - timedelta(seconds=1)) == {}
        send(database, at)
    assert waits == list(WAITS)
    assert statuses(database) == [(GIVEN_UP, 10)]
    assert set(box.ids) == {box.taken[0].id}
    (own,) = deliveries(database)
    assert (own["answered"], own["error"]) == (500, "answered 500: no")
    assert send(database, at + timedelta(days=30)) == {}


def test_a_receiver_that_recovers_gets_what_it_missed(database: str, box: Receiver) -> None:
    """With the same id and body."""
    added = listen(database, box)
    use_up(database, units=4000)
    box.respond = answering(503)
    assert send(database) == {FAILED: 1}
    box.respond = None
    assert send(database, datetime.now(UTC) + timedelta(seconds=6)) == {DELIVERED: 1}
    first, second = box.taken
    assert (first.id, first.body) == (second.id, second.body)
    first.verified_by(added["secret"])
    assert statuses(database) == [(DELIVERED, 2)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(database: str, box: Receiver, status: int) -> None:
    """Where it leads nobody has checked."""
    with receiver() as elsewhere:
        listen(database, box)
        use_up(database, units=4000)
        box.respond = answering(status, location=elsewhere.url)
        assert send(database) == {FAILED: 1}
        assert elsewhere.taken == []


def test_who_answers_gone_is_left_alone(database: str, box: Receiver) -> None:
    """Until somebody enables it; then it hears of what happens from then on."""
    added = listen(database, box)
    use_up(database)
    box.respond = answering(410)
    assert send(database)[GIVEN_UP] >= 1
    assert {status for status, _ in statuses(database)} == {GIVEN_UP}
    (own,) = licznik(database, "webhooks", "list", "--json").data["endpoints"]
    assert (own["status"], own["open"], own["given_up"]) == ("disabled", 0, 2)
    licznik(database, "invoices", "run", "--period", "2025-10")
    came = len(box.taken)
    assert send(database, datetime.now(UTC) + timedelta(days=9)) == {}
    assert licznik(database, "webhooks", "enable", added["id"]).status == 0
    box.respond = None
    invoice = value(database, "SELECT id FROM notice WHERE kind = 'invoice.issued'")
    assert licznik(database, "webhooks", "redeliver", invoice).status == 0
    assert send(database) == {DELIVERED: 1}
    assert len(box.taken) == came + 1


def test_who_does_not_answer_in_time_is_tried_again(database: str, box: Receiver) -> None:
    """The time is that of the whole answer: a byte now and then does not prolong it."""

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(50):
            request.wfile.write(b"x: y\r\n")
            request.wfile.flush()
            time.sleep(0.2)

    listen(database, box)
    use_up(database, units=4000)
    box.respond = trickle
    begin = time.monotonic()
    assert send(database, settings=WebhookSettings(timeout=1)) == {FAILED: 1}
    assert time.monotonic() - begin < 8
    (own,) = deliveries(database)
    assert (own["answered"], own["error"]) == (None, "no whole answer within 1 seconds")


def test_nobody_there_is_tried_again(database: str) -> None:
    """The port is closed."""
    with receiver() as box:
        listen(database, box)
    use_up(database, units=4000)
    assert send(database) == {FAILED: 1}
    assert "refused" in deliveries(database)[0]["error"]


def test_of_an_answer_only_the_beginning_is_kept(database: str, box: Receiver) -> None:
    """500 signs, none of which a terminal would obey."""
    listen(database, box)
    use_up(database, units=4000)
    box.respond = answering(500, "ż\x1b[31m" * 100_000)
    send(database)
    error = deliveries(database)[0]["error"]
    assert len(error) == 500
    assert error.isprintable()


def test_one_endpoint_that_fails_holds_up_no_other(database: str, box: Receiver) -> None:
    """Each has deliveries of its own."""
    with receiver() as broken:
        broken.respond = answering(500)
        for own in (broken, box):
            listen(database, own)
        use_up(database)
        assert send(database) == {DELIVERED: 2, FAILED: 2}
    assert len(box.taken) == 2


def test_of_an_https_endpoint_the_certificate_is_checked(database: str, tmp_path: Path) -> None:
    """An unknown authority is no answer; one that a setting names is."""
    authority = trustme.CA()
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with receiver(context) as box:
        added = listen(database, box)
        use_up(database, units=4000)
        assert send(database) == {FAILED: 1}
        assert "certificate" in deliveries(database)[0]["error"]
        assert box.taken == []
        trusting = WebhookSettings(ca=tmp_path / "ca.pem")
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert send(database, later, settings=trusting) == {DELIVERED: 1}
        box.taken[0].verified_by(added["secret"])


# Several senders, and senders that die


def slowly(request: BaseHTTPRequestHandler) -> None:
    """Answers after a while."""
    time.sleep(0.1)
    answering(204)(request)


def test_two_senders_at_once_send_nothing_twice(database: str, box: Receiver) -> None:
    """Who takes a delivery has it alone."""
    listen(database, box)
    use_up(database, *(f"a{n:02}" for n in range(20)))
    box.respond = slowly
    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(send, [database] * 3))
    assert sum(own[DELIVERED] for own in counts) == 40
    assert box.ids == [own for (own,) in rows(database, "SELECT id FROM notice ORDER BY id")]


def test_at_most_half_of_the_senders_wait_for_one_endpoint(database: str, box: Receiver) -> None:
    """So that one that is slow leaves the others to the rest."""
    listen(database, box)
    use_up(database, *(f"a{n}" for n in range(6)))
    box.respond = slowly
    send(database, settings=WebhookSettings(at_once=4))
    assert (len(box.taken), box.most_at_once) == (12, 2)


DYING = """
import os
from entrypoints.webhook_transport import WebhookTransport
whole = WebhookTransport.post
def post(*given):
    whole(*given)
    os._exit(9)
WebhookTransport.post = post
"""
"""Dies after the receiver has answered and before that is recorded."""


def test_who_dies_after_sending_leaves_it_to_be_sent_again(database: str, box: Receiver) -> None:
    """When the lease is over: at least once, under the same id."""
    listen(database, box)
    use_up(database, units=4000)
    assert ended(started(database, "webhooks", "send", settings=DYING)).status == 9
    assert len(box.taken) == 1
    assert send(database) == {}
    assert send(database, datetime.now(UTC) + LEASE) == {DELIVERED: 1}
    assert box.taken[0].id == box.taken[1].id
    assert statuses(database) == [(DELIVERED, 2)]


@pytest.mark.parametrize(
    ("answered", "after"), [(204, (DELIVERED, None)), (500, (FAILED, NOW + LEASE + WAITS[1]))]
)
def test_who_comes_back_after_its_lease_changes_nothing(
    database: str, box: Receiver, answered: int, after: tuple[str, datetime | None]
) -> None:
    """Its result is that of an attempt which another sender has followed up."""
    listen(database, box)
    use_up(database, units=4000)
    box.respond = answering(answered)

    def slow(*_: Any) -> Answer:
        send(database, NOW + LEASE)
        return Answer(500)

    send(database, NOW, post=slow)
    assert statuses(database) == [(after[0], 2)]
    assert value(database, "SELECT next_at FROM notice_delivery") == after[1]


def test_a_removed_endpoint_gets_nothing_more(database: str, box: Receiver) -> None:
    """What waited for it is given up."""
    added = listen(database, box)
    use_up(database)
    assert licznik(database, "webhooks", "remove", added["id"]).status == 0
    assert send(database) == {}
    assert {status for status, _ in statuses(database)} == {GIVEN_UP}
    assert licznik(database, "webhooks", "list", "--json").data["endpoints"] == []


def test_what_was_written_while_its_endpoint_went_is_given_up(database: str, box: Receiver) -> None:
    """A notice may find an endpoint active that is removed in the same moment."""
    added = listen(database, box)
    licznik(database, "webhooks", "remove", added["id"])
    change(database, INTO_THE_VOID, added["id"])
    use_up(database, units=4000)
    change(database, "UPDATE notice_delivery SET notice_id = (SELECT id FROM notice)")
    assert send(database) == {GIVEN_UP: 1}
    assert box.taken == []


INTO_THE_VOID = """
    INSERT INTO notice_delivery (notice_id, endpoint_id, status, attempts, next_at, changed_at)
    VALUES ('', %s, 'waiting', 0, '2025-01-01', '2025-01-01')
"""


# Waits


@pytest.mark.parametrize("attempts", range(1, 10))
def test_jitter_prolongs_a_wait_by_a_tenth_at_most(attempts: int) -> None:
    """It is given, so that it can be tested."""
    waits = [result_of(attempts, Answer(500), NOW, jitter).next_at for jitter in (0, MOST_JITTER)]
    wait = WAITS[attempts - 1]
    assert waits == [NOW + wait, NOW + wait * 11 / 10]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(200), DELIVERED),
        (Answer(299), DELIVERED),
        (Answer(300), FAILED),
        (Answer(400), FAILED),
        (Answer(404), FAILED),
        (Answer(410), GIVEN_UP),
        (Answer(429), FAILED),
        (NoAnswer("no"), FAILED),
    ],
)
def test_what_an_answer_means(answer: Answer | NoAnswer, status: str) -> None:
    """Two hundred and something is a yes, 410 is for ever, everything else is for now."""
    assert result_of(1, answer, NOW, 0).status == status


# Endpoints


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/a/b?c=d",
        "https://[2001:db8::1]/hooks",
        "http://localhost:8000/",
        "http://127.0.0.1/",
        "http://127.9.9.9/",
        "http://[::1]:1/",
    ],
)
def test_urls_that_notices_may_go_to(url: str) -> None:
    """https anywhere, http on this machine."""
    assert wrong_url(url, plain_http=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://żółw.pl/",
        "https://a..b/",
        "https://[::1/",
        "https://example.com/" + "x" * 2000,
        "http://example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
    ],
)
def test_urls_that_notices_must_not_go_to(url: str) -> None:
    """Each is a sentence, and none repeats a password."""
    sentence = wrong_url(url, plain_http=False)
    assert sentence
    assert "secret" not in sentence


def test_http_elsewhere_needs_a_setting(database: str) -> None:
    """Which says what it allows."""
    words = ("webhooks", "add", "http://intranet.example/")
    assert codes(licznik(database, *words)) == ["invalid_url"]
    assert licznik(database, *words, LICZNIK_WEBHOOK_HTTP="yes").status == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("add", "http://example.com", "--events", "x", "--account", "y"), 3),
        (("add", "https://example.com", "--events", ","), 1),
        (("remove", "ep_1"), 1),
        (("rotate", "ep_1"), 1),
        (("enable", "ep_1"), 1),
        (("redeliver", "7"), 1),
        (("redeliver", "9" * 40), 1),
        (("redeliver", "msg_1"), 1),
        (("deliveries", "--status", "lost"), 1),
    ],
)
def test_a_mistake_is_a_sentence(database: str, words: tuple[str, ...], found: int) -> None:
    """All of them at once."""
    outcome = licznik(database, "webhooks", *words)
    assert is_answered(outcome)
    assert len(codes(outcome)) == found


def test_an_endpoint_that_is_active_cannot_be_enabled(database: str, box: Receiver) -> None:
    """There is nothing to enable."""
    added = listen(database, box)
    assert is_answered(licznik(database, "webhooks", "enable", added["id"]))


def test_a_delivery_is_sent_again_by_its_number(database: str, box: Receiver) -> None:
    """Whatever became of it."""
    listen(database, box)
    use_up(database)
    send(database)
    number = deliveries(database, "--status", DELIVERED, "--limit", 1)[0]["id"]
    assert licznik(database, "webhooks", "redeliver", number).status == 0
    assert deliveries(database, "--status", "waiting")[0]["id"] == number
    assert send(database) == {DELIVERED: 1}
    assert len(box.taken) == 3


def test_tables_for_people(database: str, box: Receiver) -> None:
    """Of endpoints, deliveries and events."""
    added = listen(database, box)
    use_up(database)
    for words, sign in (
        (("webhooks", "list"), added["id"]),
        (("webhooks", "deliveries", "--endpoint", added["id"]), "waiting"),
        (("webhooks", "events"), "invoice.issued"),
        (("marks", "list"), "Marks of orders"),
        (("marks", "reached"), "allowance"),
    ):
        outcome = licznik(database, *words)
        assert outcome.status == 0
        assert sign in outcome.out


@pytest.mark.parametrize(
    "wrong",
    [
        {"SECONDS": "0"},
        {"SECONDS": "x"},
        {"TIMEOUT": "61"},
        {"AT_ONCE": "-1"},
        {"AT_ONCE": "9" * 5000},
        {"HTTP": "maybe"},
        {"CA": "/nowhere/ca.pem"},
    ],
)
def test_a_setting_that_is_wrong_is_a_problem(wrong: Mapping[str, str]) -> None:
    """Found before anything is sent."""
    environment = {f"LICZNIK_WEBHOOK_{name}": own for name, own in wrong.items()}
    _, problems = read_webhook_settings(environment)
    assert [problem.path for problem in problems] == list(environment)


# For as long as it runs


def test_watching_sends_until_it_is_stopped(database: str, box: Receiver) -> None:
    """`licznik webhooks send --watch` looks for marks too; SIGTERM ends it between two rounds."""
    listen(database, box)
    today = datetime.now(UTC)
    place(database, order(launch_date=f"{today:%Y-%m}-01", packs=[]))
    process = started(
        database, "webhooks", "send", "--watch", LICZNIK_WEBHOOK_SECONDS="1", LC_ALL="C.UTF-8"
    )
    try:
        record(database, used("api_calls", 100_000, f"{today:%Y-%m-%dT%H:%M:%S}Z", "e"))
        eventually(lambda: len(box.taken) == 2)
        process.send_signal(signal.SIGTERM)
        outcome = ended(process)
    finally:
        process.kill()
    assert outcome.status == 0
    assert "2 marks reached, 2 delivered, 0 failed, 0 given up." in outcome.err


def test_the_scheduler_tells_too(database: str, box: Receiver) -> None:
    """Beside its e-mails; a round in which nothing happened says nothing."""
    listen(database, box)
    use_up(database)
    with mail_server() as mails:
        own = mails.settings(LICZNIK_WEBHOOK_SECONDS="1")
        process = started(database, "scheduler", **own)
        try:
            eventually(lambda: statuses(database) == [(DELIVERED, 1)] * 2)
            time.sleep(2)
            process.send_signal(signal.SIGTERM)
            outcome = ended(process)
        finally:
            process.kill()
    assert outcome.status == 0
    said = [line for line in outcome.err.splitlines() if "notices" in line]
    assert len(said) == 1
    assert said[0].endswith("notices: 0 marks reached, 2 delivered, 0 failed, 0 given up")


def test_a_url_is_resolved_when_something_is_sent() -> None:
    """A name that no host has is no answer."""
    with pytest.raises(NoAnswer, match="gaierror"):
        WebhookTransport(WebhookSettings()).post("https://no-host.invalid/", b"", {})
