"""Whatever is sent, the answer is a clear one: rejected events or a 4xx, never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from entrypoints.http.bodies import BATCH, EVENT, JSON, LINES
from tests.builders import Plain, event, order
from tests.running import differences, place
from tests.serving import Service, counts, problem, received, rejected, service, sms


@pytest.fixture(scope="module")
def licensed(shared_database: str) -> Iterator[Service]:
    """A service with one order."""
    place(shared_database, order())
    with service(shared_database) as own:
        yield own


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


FIELDS = ("specversion", "id", "source", "type", "subject", "time", "data")
ODD = [
    "\x00",
    "a\x00b",
    "\ud7ff\ue000\uffff",
    "\U0010ffff" * 100,
    "\u202e" + "x" * 300,
    "é" * 5_000,
    "9" * 100_000,
    "-" + "9" * 100_000 + "." + "9" * 100_000,
    10**18,
    -(2**63),
    2**64 - 1,
    1.5,
    True,
    None,
    {},
    [],
    nested(200),
    {"quantity": nested(200)},
    {"quantity": 1, "to": nested(200)},
    {"quantity": "1e999999999"},
    {"quantity": "9" * 100_000},
    {"delta": 1, "quantity": 1},
    {"text": "a\x00b"},
    {"quantity": 1, "user": "\x00"},
    {"quantity": 1, "x": "y" * 100_000},
    {"quantity": 1, "\x00": "\x00"},
]


@pytest.mark.parametrize("field", FIELDS)
def test_an_odd_value_in_any_field_is_answered(licensed: Service, field: str) -> None:
    """The same in an array and in lines; the good event beside it is kept."""
    odd = [{**event(id=f"{field}-{n}"), field: value} for n, value in enumerate(ODD)]
    for n, one in enumerate(odd):
        beside = sms(f"beside-{field}-{n}")
        as_array = licensed.send(one, beside)
        as_lines = licensed.send_lines(orjson.dumps(beside) + b"\n" + orjson.dumps(one))
        assert sum(counts(as_array)) == sum(counts(as_lines)) == 2
        assert [row[1:] for row in rejected(as_array)] == [row[1:] for row in rejected(as_lines)]
        assert len(orjson.dumps(as_array)) < 2_000


DEEP = b"[" * 1_000 + b"]" * 1_000
RAW = [
    b'{"time":' + DEEP + b"}",
    b'{"specversion":"1.0","id":"d","source":"s","type":"sms","subject":"acme-main",'
    b'"time":"2025-10-05T10:00:00Z","data":{"quantity":' + DEEP + b"}}",
    b'{"specversion":"1.0","id":"e","source":"s","type":"sms","subject":"acme-main",'
    b'"time":"2025-10-05T10:00:00Z","data":{"quantity":1,"x":' + DEEP + b"}}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"9" * 100_000,
    b'"\\ud800"',
    b'{"id":"\\ud800"}',
    b'{"id":"\xed\xa0\x80"}',
    b"\xff\xfe{\x00}\x00",
    b"\x00",
    b"{}\x00",
    b'{"id":"a\x00b"}',
    b'{"id":"a","id":"b","data":{},"data":{}}',
    b"\xe2\x80\xa8",
    b"\x1a\x0b\x0c",
    b"'single'",
    b"{'id': 1}",
    b'{"id": 1,}',
    b"/* */ {}",
]


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_an_odd_line_is_rejected_alone(licensed: Service, raw: bytes) -> None:
    """The good ones around it are kept; as the only event it makes the body unreadable."""
    name = f"around-{RAW.index(raw)}"
    good = orjson.dumps(sms(name)), orjson.dumps(sms(name + "b"))
    answer = licensed.send_lines(good[0] + b"\n" + raw + b"\n" + good[1])
    assert counts(answer) == (2, 0, 1)
    assert rejected(answer)[0][0] == 1
    for media in (EVENT, BATCH, JSON):
        for body in (raw, b"[" + raw + b"]"):
            reply = licensed.post(body, media)
            if reply.status_code == 202:
                assert counts(received(reply)) == (0, 0, 1)
            else:
                assert problem(reply)[0] == 400


def test_of_equal_keys_the_last_one_counts_everywhere(licensed: Service) -> None:
    """In an array as in lines."""
    whole = orjson.dumps(sms("twice")).decode()
    doubled = whole.replace('"id":"twice"', '"id":"first","id":"twice"').encode()
    assert counts(licensed.send(sms("twice"))) == (1, 0, 0)
    assert counts(licensed.send_lines(doubled)) == (0, 1, 0)
    assert counts(received(licensed.post(doubled, EVENT))) == (0, 1, 0)


@pytest.mark.parametrize("element", [b"1", b"{}", b"[]", b'""', b"null"])
def test_a_gigantic_array_is_too_large(licensed: Service, element: bytes) -> None:
    """A million elements."""
    body = b"[" + b",".join([element] * 1_000_000) + b"]"
    assert problem(licensed.post(body, BATCH)) == (413, "batch_too_large")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
EVENTS = st.fixed_dictionaries(
    {}, optional={name: JSON_VALUES | st.just(event()[name]) for name in FIELDS}
)


@seed(20_251_005)
@settings(max_examples=60, database=None)
@given(events=st.lists(EVENTS | JSON_VALUES, max_size=4))
def test_any_array_is_answered(licensed: Service, events: list[Plain]) -> None:
    """Each event of it is accepted, a duplicate or rejected."""
    try:
        body = orjson.dumps(events)
    except orjson.JSONEncodeError:
        body = b"[]"  # half of a character as a key: not JSON that anybody could send
        events = []
    assert sum(counts(received(licensed.post(body, BATCH)))) == len(events)


@seed(20_251_006)
@settings(max_examples=60, database=None)
@given(body=st.binary(max_size=200), media=st.sampled_from([EVENT, BATCH, JSON, LINES]))
def test_any_bytes_are_answered(licensed: Service, body: bytes, media: str) -> None:
    """With what was rejected, or as a body that cannot be read."""
    assert licensed.post(body, media).status_code in (202, 400)


def test_after_all_that_the_service_is_well(licensed: Service) -> None:
    """Nothing of it was a fault of ours, and what was recorded can be computed again."""
    statuses = {line["status"] for line in licensed.lines("request")}
    assert statuses == {200, 202, 400, 413} - ({200} - statuses)
    assert licensed.get("/healthz").json() == {"status": "ok"}
    assert differences(licensed.database) == []
