"""Events over HTTP: recorded once and for good, bad ones named by their place in the body."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from entrypoints.http.bodies import BATCH, EVENT, JSON, LINES
from tests.builders import order
from tests.running import balances, differences, licznik, place
from tests.serving import Service, counts, problem, received, rejected, service, sms

DAY = "2025-10-05"


@pytest.fixture(scope="module")
def licensed(shared_database: str) -> Iterator[Service]:
    """A service with one order, and small limits."""
    place(shared_database, order())
    limits = {"LICZNIK_HTTP_BODY_LIMIT": "200000", "LICZNIK_HTTP_BATCH_LIMIT": "1000"}
    with service(shared_database, **limits) as own:
        yield own


def used(own: Service, day: str = DAY, order_id: str = "acme-main") -> int:
    """How many SMS the order has on a day."""
    found = balances(own.database).get((order_id, day, "sms"))
    return int(found[0]) if found else 0


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (EVENT, orjson.dumps(sms("one"))),
        (JSON, orjson.dumps(sms("two"))),
        (JSON, orjson.dumps([sms("three")])),
        (BATCH, orjson.dumps([sms("four")])),
        (LINES, orjson.dumps(sms("five"))),
        (LINES, b"\xef\xbb\xbf" + orjson.dumps(sms("six")) + b"\r\n"),
        (f"{EVENT}; charset=utf-8", orjson.dumps(sms("seven"), option=orjson.OPT_INDENT_2)),
    ],
)
def test_each_media_type_brings_an_event_in(licensed: Service, media: str, body: bytes) -> None:
    """It is durable when it is answered, and a duplicate when it comes again."""
    before = used(licensed)
    answer = received(licensed.post(body, media))
    assert answer == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert used(licensed) == before + 1
    assert counts(received(licensed.post(body, media))) == (0, 1, 0)
    assert used(licensed) == before + 1


def test_good_events_are_kept_though_others_are_rejected(licensed: Service) -> None:
    """Each bad one is named by its place, with its first problem, and all where there are more."""
    answer = licensed.send(
        sms("kept-1"),
        {**sms("x"), "subject": "nobody"},
        sms("kept-1"),
        {**sms("kept-1"), "data": {"quantity": 2}},
        "no event",
        {**sms("y"), "specversion": "0.3", "time": "yesterday"},
        sms("kept-2"),
    )
    assert counts(answer) == (2, 1, 4)
    assert rejected(answer) == [
        (1, "unknown_order", "subject"),
        (3, "id_conflict", "id"),
        (4, "not_an_event", ""),
        (5, "unsupported_specversion", "specversion"),
    ]
    codes = [one["code"] for one in answer["rejected"][-1]["problems"]]
    assert codes == ["unsupported_specversion", "invalid_time"]


def test_the_place_of_a_line_counts_blank_lines(licensed: Service) -> None:
    """So that the caller finds it in what was sent."""
    good = orjson.dumps(sms("line-1"))
    answer = licensed.send_lines(b"\n" + good + b"\n \n{broken\n" + b"\xff\xfe\n\n")
    assert counts(answer) == (1, 0, 2)
    assert rejected(answer) == [(3, "broken_line", ""), (4, "broken_line", "")]


def test_nothing_sent_is_nothing_recorded(licensed: Service) -> None:
    """No lines, and no elements."""
    assert counts(licensed.send_lines(b"")) == (0, 0, 0)
    assert counts(licensed.send()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("media", "body", "code"),
    [
        (EVENT, b"", "unreadable_body"),
        (EVENT, b"[]", "wrong_shape"),
        (BATCH, b"{}", "wrong_shape"),
        (BATCH, b"[{}", "unreadable_body"),
        (BATCH, b"[NaN]", "unreadable_body"),
        (BATCH, b'["\\ud800"]', "unreadable_body"),
        (BATCH, b'["\xff"]', "unreadable_body"),
        (BATCH, b"[" * 100_000, "unreadable_body"),
        (JSON, b"12", "wrong_shape"),
        (JSON, b"null", "wrong_shape"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    licensed: Service, media: str, body: bytes, code: str
) -> None:
    """As a whole, with 400."""
    assert problem(licensed.post(body, media)) == (400, code)


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "", "application/json-seq"])
def test_other_media_types_are_refused(licensed: Service, media: str) -> None:
    """With those there are."""
    answer = licensed.post(b"[]", media)
    assert problem(answer) == (415, "unsupported_media_type")
    assert LINES in answer.json()["detail"]


def test_a_compressed_body_is_refused(licensed: Service) -> None:
    """It would have to be unpacked before its size is known."""
    headers = {"Content-Type": BATCH, "Content-Encoding": "gzip"}
    answer = licensed.call("POST", "/v1/events", content=b"x", headers=headers)
    assert problem(answer) == (415, "unsupported_encoding")


def test_a_batch_has_a_most(licensed: Service) -> None:
    """A thousand events here; nothing of a larger one is recorded."""
    before = used(licensed)
    assert counts(licensed.send_lines(b"\n".join([orjson.dumps(sms("m"))] * 1000)))[1] == 999
    answer = licensed.post(b"\n".join([orjson.dumps(sms("n"))] * 1001), LINES)
    assert problem(answer) == (413, "batch_too_large")
    assert problem(licensed.post(b"[" + b"1," * 1000 + b"1]", BATCH)) == (413, "batch_too_large")
    assert used(licensed) == before + 1


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_has_a_most(licensed: Service, *, declared: bool) -> None:
    """Whether its length is told before or found on the way."""
    large = b" " * 200_001
    parts = (large[i : i + 10_000] for i in range(0, len(large), 10_000))
    answer = licensed.call(
        "POST",
        "/v1/events",
        content=large if declared else parts,
        headers={"Content-Type": BATCH},
    )
    assert problem(answer) == (413, "body_too_large")


def test_an_order_placed_while_the_service_runs_is_known_at_once(licensed: Service) -> None:
    """Though an event of it was refused a moment before."""
    first = {**sms("early"), "subject": "acme-second"}
    assert rejected(licensed.send(first)) == [(0, "unknown_order", "subject")]
    place(licensed.database, order(id="acme-second"))
    assert counts(licensed.send(first)) == (1, 0, 0)


def test_an_order_ended_while_the_service_runs_takes_no_more(licensed: Service) -> None:
    """From the next request on."""
    place(licensed.database, order(id="acme-short"))
    own = {"subject": "acme-short"}
    assert counts(licensed.send(sms("before", **own))) == (1, 0, 0)
    ended = licznik(licensed.database, "orders", "close", "acme-short", "--on", "2025-10-19")
    assert ended.status == 0, ended.err
    after = sms("after", **own, time="2025-10-20T10:00:00+02:00")
    assert rejected(licensed.send(after)) == [(0, "after_end", "time")]


def test_an_add_on_ordered_while_the_service_runs_opens_its_meter(licensed: Service) -> None:
    """Here mass SMS."""
    place(licensed.database, order(id="acme-mass"))
    own = {"subject": "acme-mass", "type": "mass_sms"}
    assert rejected(licensed.send(sms("mass-1", **own))) == [(0, "not_ordered", "type")]
    added = licznik(
        licensed.database,
        *("orders", "add", "addon", "acme-mass", "email_sms_automation"),
        *("--from", "2025-10-01", "--price", "99.00"),
    )
    assert added.status == 0, added.err
    assert counts(licensed.send(sms("mass-2", **own))) == (1, 0, 0)


def test_what_was_recorded_can_be_computed_again(licensed: Service) -> None:
    """After all of the above."""
    assert differences(licensed.database) == []


# Large arrays are cut before they are read: it must not be told from outside

MANY = [sms(f"many-{n}") for n in range(200)]
WITHIN = [sms(f"within-{n}") for n in range(3)]


def large(name: str, **data: object) -> list[dict[str, object]]:
    """A large array with one event in its middle that has more data."""
    own = [{**one, "id": f"{name}-{one['id']}"} for one in MANY]
    own[100] = {**own[100], "data": {"quantity": 1, **data}}
    return own


ODD: dict[str, dict[str, object]] = {
    "lists": {"tags": [{"a": 1}, {"b": 2}]},
    "events": {"events": WITHIN},
    "text": {"note": '},{"id":"x"'},
    "ends": {"note": '{"a":{"b":1}},{"c":2}]'},
    "nothing": {},
}


@pytest.mark.parametrize("name", ODD)
def test_what_stands_within_an_event_of_a_large_array_is_no_event(
    licensed: Service, name: str
) -> None:
    """However much it looks like one."""
    before = used(licensed)
    answer = licensed.send(*large(name, **ODD[name]))
    assert counts(answer) == (200, 0, 0)
    assert used(licensed) == before + 200


def test_a_bad_event_of_a_large_array_is_named_by_its_place(licensed: Service) -> None:
    """In an array that was cut wrongly too."""
    events = large("bad", tags=[{"a": 1}, {"b": 2}])
    events[150] = {"id": "nothing"}
    answer = licensed.send(*events)
    assert counts(answer)[:2] == (199, 0)
    assert {place for place, _, _ in rejected(answer)} == {150}


@pytest.mark.parametrize(
    ("end", "code"),
    [(b",]", "unreadable_body"), (b"", "unreadable_body"), (b"]]", "unreadable_body")],
)
def test_a_large_array_that_cannot_be_read_is_refused_whole(
    licensed: Service, end: bytes, code: str
) -> None:
    """And nothing of it is recorded."""
    before = used(licensed)
    body = orjson.dumps(large(f"whole-{end.hex()}"))[:-1] + end
    assert problem(licensed.post(body, BATCH)) == (400, code)
    unquoted = orjson.dumps(large(f"unquoted-{end.hex()}")).replace(b'"sms"', b"sms", 1)
    assert problem(licensed.post(unquoted, BATCH)) == (400, code)
    assert used(licensed) == before
