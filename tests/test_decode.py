"""The fast way to decode lines judged by the exact way: same entries, same problems."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from entrypoints.usage_files import read_chunks
from metering.decode import Decoded, decode, decode_in_columns, decode_slowly
from metering.entries import ENTRIES
from metering.events import MAX_ATTRIBUTES, MAX_NAME, MAX_QUANTITY
from metering.lines import Lines
from metering.routes import Routes
from metering.shapes import LOOKED_AT, LOOKED_AT_BYTES
from tests.builders import Plain, addon, checked, event, order, pack

many = settings(max_examples=150)


@cache
def routes() -> Routes:
    """An order with everything, for October; one with speech for two parts of the month."""
    whole = order(
        addons=[addon("tts")], packs=[pack("pack_training_oneoff_5h")], end_date="2025-10-31"
    )
    parts = [
        addon("tts", start="2025-10-01", to="2025-10-10"),
        addon("tts", start="2025-10-20", to="2025-10-25"),
    ]
    return {**checked(whole).routes, **checked(order(id="parts", addons=parts)).routes}


def both_ways(lines: list[str]) -> tuple[Decoded, Decoded]:
    """Lines decoded the fast way and the exact way."""
    numbered = {"line": range(1, len(lines) + 1), "text": lines}
    frame = pl.DataFrame(numbered, schema={"line": pl.Int64, "text": pl.String})
    fast = decode_in_columns(Lines.of(frame["line"], frame["text"]), lambda _: routes())
    return fast, decode_slowly(frame, lambda _: routes())


def agree(*lines: str) -> Decoded:
    """What both ways make of some lines, found equal."""
    fast, exact = both_ways(list(lines))
    assert fast.entries.schema == exact.entries.schema == pl.Schema(ENTRIES)
    assert fast.entries.sort("line").rows() == exact.entries.rows()
    assert fast.rejected == exact.rejected
    return fast


def written(one: Any) -> str:
    """An event as a line."""
    return orjson.dumps(one).decode()


def codes(decoded: Decoded) -> list[list[str]]:
    """The codes of each rejected line."""
    return [[problem.code for problem in one.problems] for one in decoded.rejected]


# Random lines


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ODD_TEXTS = st.sampled_from(
    [
        "Dzień dobry, tu 24/7!",
        "e\u0301 e\u0301",
        "\u212b\u2126",
        "\u01c5\u0345",
        "١٢٣ ½ Ⅷ",
        "👩\u200d👩\u200d👧",
        "a\u00adb\u00a0c",
        "\U00010d40\U0001e5d0",
        "\u1c89\ua7cb\U00016d40",
        "한국어",
        "",
        "   ",
        "\u2028\u2029",
        "\u0149\u017f\u0140",
        "\ufb01\u2024\u2026",
    ]
)
IDS = st.one_of(TEXTS, st.just("x" * MAX_NAME), st.just("x" * (MAX_NAME + 1)), st.integers())
TIMES = st.sampled_from(
    [
        "2025-10-05T10:00:00+02:00",
        "2025-10-05T08:00:00Z",
        "2025-10-05t08:00:00z",
        "2025-10-05T08:00:00.123456Z",
        "2025-10-05T08:00:00.1234567Z",
        "2025-10-05T08:00:00.5+14:59",
        "2025-10-05T08:00:00-00:00",
        "2025-10-05T08:00:00+15:00",
        "2025-10-05T08:00:00",
        "2025-10-05 08:00:00Z",
        "2025-10-05T08:00Z",
        "2025-10-05T24:00:00Z",
        "2025-10-05T08:00:60Z",
        "2025-02-30T08:00:00Z",
        "2025-10-05T08:00:00.Z",
        "2025-10-15T08:00:00Z",
        "2025-09-30T21:59:59.999999Z",
        "2025-09-30T22:00:00Z",
        "2025-10-31T22:59:59.999999Z",
        "2025-10-31T23:00:00Z",
        "٢٠٢٥-10-05T08:00:00Z",
        "2025-10-05T0٨:00:00Z",
        "1759651200",
        "",
        None,
        1759651200,
    ]
)
NUMBERS: st.SearchStrategy[Any] = st.one_of(
    st.integers(-3, 12),
    st.sampled_from(
        [MAX_QUANTITY, MAX_QUANTITY + 1, -MAX_QUANTITY, 10**9, 10**9 + 1, 2**63, 2**64, 10**30]
    ),
    st.sampled_from(["1", "2.5", "-3", "0.000001", "0.0000001", "1e3", "", "x", "٣", " 1"]),
    st.sampled_from([None, True, [], {}]),
)
FIELDS = {
    "quantity": NUMBERS,
    "delta": NUMBERS,
    "text": st.one_of(TEXTS, ODD_TEXTS, st.none(), st.integers()),
    "user": st.one_of(TEXTS, st.none(), st.integers(), st.just("u" * (MAX_NAME + 1))),
    "to": st.one_of(TEXTS, st.none(), st.integers(), st.just("t" * MAX_ATTRIBUTES)),
    "direction": st.sampled_from(["in", "out", "", None]),
    "status": TEXTS,
    "duration_seconds": st.one_of(st.integers(-5, 10**16), st.none(), st.just("7")),
    "cost": st.sampled_from(["0.09", None, 7]),
    "note": st.one_of(TEXTS, st.just({"a": [1, {"b": None}]}), st.just([])),
    "id": TEXTS,
    "data": st.just({}),
}
ENVELOPE: dict[str, st.SearchStrategy[Any]] = {
    "specversion": st.sampled_from(["1.0", "1.0", "1.0", "0.3", 1, None]),
    "id": IDS,
    "source": st.one_of(st.just("/platform/node-3"), IDS),
    "type": st.sampled_from(
        ["sms", "api_calls", "queues", "training_hours", "tts_characters", "smoke", "mass_sms", 7]
    ),
    "subject": st.sampled_from(["acme-main", "acme-main", "parts", "nobody", None]),
    "time": TIMES,
    "data": st.one_of(st.dictionaries(st.text(max_size=3), st.none()), st.integers(), st.none()),
    "datacontenttype": st.just("application/json"),
    "quantity": st.integers(),
    "user": TEXTS,
}


@st.composite
def good_events(draw: st.DrawFn) -> Plain:
    """An event that is right, with some known attributes."""
    meter = draw(st.sampled_from(["sms", "api_calls", "queues", "tts_characters"]))
    data: Plain = {"quantity": draw(st.integers(1, MAX_QUANTITY))}
    if meter == "queues":
        data = {"delta": draw(st.integers(-MAX_QUANTITY, MAX_QUANTITY).filter(bool))}
    if meter == "tts_characters" and draw(st.booleans()):
        data = {"text": draw(st.one_of(ODD_TEXTS, TEXTS))}
    for name in draw(st.sets(st.sampled_from(["user", "to", "from", "status", "category"]))):
        data[name] = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9))
    at = draw(st.sampled_from(["2025-10-05T10:00:00.25+02:00", "2025-10-05T08:00:00Z"]))
    return event(type=meter, time=at, data=data, id=draw(st.uuids().map(str)))


@st.composite
def odd_events(draw: st.DrawFn) -> Plain:
    """An event with some of its fields replaced, taken away or added."""
    own = draw(good_events())
    for name in draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=2)):
        own["data"][name] = draw(FIELDS[name])
    for name in draw(st.sets(st.sampled_from(sorted(ENVELOPE)), max_size=1)):
        own[name] = draw(ENVELOPE[name])
    for name in draw(st.sets(st.sampled_from(sorted(own)), max_size=1)):
        if draw(st.booleans()):
            del own[name]
    return own


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line of a file: an event in some spelling of JSON, perhaps damaged."""
    one = draw(st.one_of(good_events(), odd_events()))
    spaced = draw(st.booleans())
    text = json.dumps(
        one,
        ensure_ascii=draw(st.booleans()),
        separators=(" , ", " : ") if spaced else (",", ":"),
    )
    if draw(st.integers(0, 3)):
        return text.replace("\n", " ")
    return damaged(text, draw(st.randoms(use_true_random=False)))


PIECES = (
    *'{}[]",:\\ \t0.-e',
    "null",
    "1e3",
    "0.5",
    '"to":"x",',
    '"id":"again",',
    '"data":{',
    '"quantity":7,',
    '"user":"x",',
    "\x00",
    "\x01",
    "\x7f",
    "\u00a0",
    "\ufeff",
    "\\u0041",
    "\\ud800",
    "//",
    "x",
)


def damaged(text: str, chance: random.Random) -> str:
    """A line with something cut out, put in or said twice."""
    a, b = sorted(chance.choices(range(len(text) + 1), k=2))
    match chance.randrange(5):
        case 0:
            return text[:a] + text[min(b, a + 3) :]
        case 1:
            return f"{text[:a]}{chance.choice(PIECES)}{text[a:]}"
        case 2:
            return text[:a]
        case 3:
            return f"{text}{chance.choice(PIECES)}"
        case _:
            return text[:a] + text[a:b] + text[a:b] + text[b:]


@many
@given(st.lists(lines(), max_size=12))
def test_both_ways_agree_on_any_lines(own: list[str]) -> None:
    """Same entries, same rejected lines, same problems."""
    agree(*own)


@many
@given(st.lists(good_events(), min_size=1, max_size=12))
def test_right_events_are_accepted_by_both_ways(own: list[Plain]) -> None:
    """Nothing that is right is turned away."""
    assert agree(*map(written, own)).entries.height == len(own)


@settings(max_examples=300)
@given(ODD_TEXTS | TEXTS)
@example("Dzie\u0144 dobry, tu 24/7!")
def test_both_ways_count_the_characters_of_any_text_alike(text: str) -> None:
    """R81, whatever version of Unicode a library has."""
    agree(written(event(type="tts_characters", data={"text": text})))


@given(st.integers(0xA0, 0x2FFF).filter(lambda n: not 0xD800 <= n < 0xE000))
@settings(max_examples=300)
def test_both_ways_count_any_single_character_alike(code: int) -> None:
    """R81: letters, digits and punctuation."""
    agree(written(event(type="tts_characters", data={"text": chr(code)})))


# One line each


GOOD = written(event())


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        GOOD.replace(":", " : ").replace(" : 00", ":00").replace("+02 : ", "+02:"),
        GOOD.replace('"quantity":1', '"quantity": 1 '),
        GOOD.replace('"sms"', '"\\u0073ms"'),
        GOOD.replace('"data":{', '"data":{"note":[1,{"deep":{"er":null}}],'),
        GOOD.replace('"data":{', '"data":{"to":null,'),
        GOOD.replace('"data":{', '"data":{"cost":"0.09","category":"sms",'),
        GOOD.replace('"data":{', '"data":{"user":"Żaneta \\"Z\\"",'),
        GOOD.replace('"id":', '"id":"first","id":'),
        GOOD.replace('"data":{', '"data":{"quantity":7,'),
    ],
)
def test_a_right_event_in_another_spelling_is_accepted(line: str) -> None:
    """JSON has many ways to say the same; of two equal keys the last one counts."""
    assert agree(line).entries["quantity"].to_list() == [1]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        GOOD + "x",
        GOOD + "}",
        GOOD + ",",
        GOOD + GOOD,
        GOOD[:-1],
        GOOD[1:],
        GOOD.replace('"3f0c"', "'3f0c'"),
        GOOD.replace("3f0c", "3f\t0c"),
        GOOD.replace(":1}", ":01}"),
        GOOD.replace(":1}", ":+1}"),
        GOOD.replace(":1}", ":.5}"),
        GOOD.replace(":1}", ":NaN}"),
        GOOD.replace("}}", ",}}"),
        GOOD.replace("3f0c", "\\ud800"),
        "\ufeff" + GOOD,
        "\ufffd" + GOOD,
    ],
)
def test_a_broken_line_is_named_by_both_ways(line: str) -> None:
    """The lines around it are recorded."""
    assert codes(agree(GOOD, line, GOOD)) == [["broken_line"]]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"[{GOOD}]", "not_an_event"),
        ("null", "not_an_event"),
        ('"sms"', "not_an_event"),
        (GOOD.replace(":1}", ":1.0}"), "inexact_quantity"),
        (GOOD.replace(":1}", ":1e3}"), "inexact_quantity"),
        (GOOD.replace(":1}", ":1E3}"), "inexact_quantity"),
        (GOOD.replace(":1}", ":-0}"), "zero_quantity"),
        (GOOD.replace(":1}", ":-1}"), "negative_quantity"),
        (GOOD.replace(":1}", ":1000000000000001}"), "quantity_too_large"),
        (GOOD.replace(":1}", ":99999999999999999999}"), "inexact_quantity"),
        (GOOD.replace(":1}", ":true}"), "invalid_quantity"),
        (GOOD.replace(":1}", ":null}"), "missing_quantity"),
        (GOOD.replace(":1}", ':1,"delta":1}'), "ambiguous_quantity"),
        (GOOD.replace('"3f0c"', "7"), "invalid_field"),
        (GOOD.replace('"3f0c"', "null"), "missing_field"),
        (GOOD.replace('"3f0c"', '"\\u0007"'), "invalid_field"),
        (GOOD.replace("3f0c", "\x7f"), "invalid_field"),
        (GOOD.replace('"1.0"', '"0.3"'), "unsupported_specversion"),
        (GOOD.replace('"data":', '"dates":'), "missing_field"),
        (GOOD.replace("+02:00", ""), "time_without_offset"),
        (GOOD.replace("2025-10", "2025-11"), "after_end"),
        (GOOD.replace("acme-main", "nobody"), "unknown_order"),
        (GOOD.replace('"sms"', '"mass_sms"'), "not_ordered"),
        (GOOD.replace('{"quantity":1}', "[]"), "missing_field"),
        (GOOD.replace(":1}", ':1,"user":7}'), "invalid_field"),
    ],
)
def test_a_wrong_event_has_the_same_problem_both_ways(line: str, code: str) -> None:
    """Contract, section 1."""
    assert codes(agree(GOOD, line)) == [[code]]


def test_a_meter_that_is_open_twice_is_closed_between() -> None:
    """R4: usage between two terms of an add-on is not ordered."""
    days = {day: f"2025-10-{day}T12:00:00+02:00" for day in ("05", "15", "22", "28")}
    spoken = [
        event(type="tts_characters", subject="parts", time=at, data={"quantity": 1})
        for at in days.values()
    ]
    decoded = agree(*map(written, spoken))
    assert [one.line for one in decoded.rejected] == [2, 4]


def test_lines_of_many_shapes_are_all_decoded() -> None:
    """More shapes than are looked for, and lines with more pieces than the first ones have."""
    plain = [written(event(id=f"{n}")) for n in range(900)]
    shapes = [written(event(id=f"s{n}", data={"quantity": 1, f"own_{n}": "x"})) for n in range(60)]
    longer = [
        written(event(id=f"l{n}", data={"quantity": 1, "to": "1", "user": "u"})) for n in "ab"
    ]
    assert agree(*plain, *shapes, *longer).entries.height == 962


@pytest.mark.parametrize(
    "line",
    [
        GOOD + '"',
        GOOD + '"x',
        GOOD + '"x":"y"',
        GOOD + '"' * 40,
        GOOD.replace('"3f0c"', '""'),
        GOOD.replace("}}", '},"data":"x"}'),
        GOOD.replace('{"quantity":1}', '{},"data":{"quantity":1}'),
        GOOD.replace(":1}", ":1,}"),
        GOOD.replace(":1}", ':1,"data":{"quantity":1}}'),
        GOOD.replace('"data":{', '"data":{"":"x",'),
        GOOD.replace('"data":{', '"data":{"n":[1],'),
        GOOD.replace('"data":{', '"data":{"n":5,"o":"p","q":-7,'),
        GOOD.replace('"data":{', '"extra":"e","more":7,"data":{"id":"x","data":"y","żółw":"z",'),
        " " + GOOD + " \t",
        GOOD + "\r",
        GOOD.replace("{", "[", 1),
    ],
)
def test_a_line_that_nearly_has_the_shape_of_others_is_told_apart(line: str) -> None:
    """Among lines of one shape, first and last, and after so many that it is not looked at."""
    agree(line, GOOD, line)
    many = [GOOD] * (LOOKED_AT_BYTES // len(GOOD) + LOOKED_AT)
    agree(*many, line, GOOD)


def test_lines_of_a_file_end_as_they_may(tmp_path: Path) -> None:
    """In the way of another system, with blank lines between, the last one with no end."""
    file = tmp_path / "usage.ndjson"
    good = [written(event(id=f"{n}")).encode() for n in range(400)]
    file.write_bytes(b"\r\n".join([*good[:200], b"", b" \t", *good[200:], b"{"]))
    (chunk,) = read_chunks(file)[0]
    decoded = decode(chunk.lines, lambda _: routes())
    numbers = decoded.entries["line"].sort().to_list()
    assert numbers == [*range(1, 201), *range(203, 403)]
    assert [(one.line, one.text) for one in decoded.rejected] == [(403, "{")]
    assert decoded.text_of(203) == good[200].decode()


def test_lines_keep_their_numbers() -> None:
    """Problems name the line of the file, whatever lines are left out."""
    numbers = pl.Series([3, 17, 40])
    lines_ = pl.Series([GOOD, "broken", GOOD])
    decoded = decode(Lines.of(numbers, lines_), lambda _: routes())
    assert decoded.entries["line"].to_list() == [3, 40]
    assert [(one.line, one.text) for one in decoded.rejected] == [(17, "broken")]


def test_a_line_has_no_line_end_in_it() -> None:
    """It would be taken for two, and every line after it for the one before."""
    with pytest.raises(ValueError, match="on many lines"):
        Lines.of(pl.Series([1]), pl.Series(["{\n}"]))


def test_no_lines_are_no_entries() -> None:
    """A file may be empty."""
    assert agree().entries.height == 0


def test_a_file_that_is_not_utf_8_names_its_lines(tmp_path: Path) -> None:
    """The bad line is rejected, its neighbours are kept, and blank lines count."""
    file = tmp_path / "usage.ndjson"
    bad = GOOD.replace("3f0c", "caf\xe9").encode("latin-1")
    file.write_bytes(b"\n".join([b"\xef\xbb\xbf" + GOOD.encode(), b"", bad, b" \t\r", b"", b""]))
    chunks, _ = read_chunks(file)
    (chunk,) = chunks
    decoded = decode(chunk.lines, lambda _: routes())
    assert decoded.entries["line"].to_list() == [1]
    assert [(one.line, one.problems[0].code) for one in decoded.rejected] == [(3, "broken_line")]
