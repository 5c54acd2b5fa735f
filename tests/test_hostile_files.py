"""Files that are wrong in unusual ways: each is answered with a code, a path and status 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.builders import ACCOUNT, Plain, order, scenario
from tests.running import codes, edited, is_answered, licznik, write_yaml


def simulated(folder: Path, written: Plain) -> list[str]:
    """The codes of what is wrong with a scenario."""
    outcome = licznik(None, "simulate", write_yaml(folder / "scenario.yaml", written))
    assert is_answered(outcome)
    return codes(outcome)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("end_date", "9999-12-31"),
        ("launch_date", "0001-01-01"),
        ("currency", "ABC"),
        ("licences", True),
        ("prices", {"overage": {"sms": "1_000"}}),
        ("prices", {"overage": {"sms": "٣"}}),
        ("prices", {"licence": "9" * 30}),
        ("prices", {"licence": "0.000000001"}),
        ("packs", [{"item": "pack_queues_10", "at": "9999-12-31T23:59:59-12:00"}]),
    ],
)
def test_a_value_out_of_this_world_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    assert simulated(tmp_path, scenario([edited(order(), **{field: value})])) == ["invalid_value"]


def answered(folder: Path, raw: bytes) -> list[str]:
    """The codes of what is wrong with a scenario of some bytes."""
    file = folder / "scenario.yaml"
    file.write_bytes(raw)
    outcome = licznik(None, "simulate", file)
    assert is_answered(outcome)
    return codes(outcome)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    assert answered(tmp_path, "accounts: [ul. Żółta]".encode("cp1250")) == ["not_text"]


def test_a_whole_number_of_thousands_of_digits_is_text(tmp_path: Path) -> None:
    written = b"accounts: []\norders: [{licences: " + b"9" * 5000 + b"}]\n"
    assert "not_a_whole_number" in answered(tmp_path, written)


def test_aliases_that_stand_for_billions_are_refused(tmp_path: Path) -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert answered(tmp_path, "\n".join(lines).encode()) == ["broken_yaml"]


def test_a_nul_character_is_refused(tmp_path: Path) -> None:
    assert answered(tmp_path, b'accounts: [{id: a, name: "Z\\0"}]\norders: []\n') == ["broken_yaml"]


def test_a_parquet_column_of_bytes_is_refused(tmp_path: Path) -> None:
    names = ("id", "source", "type", "subject", "time", "quantity")
    frame = pl.DataFrame({**{name: ["1"] for name in names}, "x": [b"\xff\x00"]})
    frame.write_parquet(tmp_path / "usage.parquet")
    written = {**scenario([order()]), "usage": {"files": ["usage.parquet"]}}
    assert simulated(tmp_path, written) == ["unsupported_column"]


def test_a_bad_usage_file_hides_no_other_problem(tmp_path: Path) -> None:
    (tmp_path / "usage.txt").write_text("")
    written = {**scenario([order(licences=-1)]), "usage": {"files": ["usage.txt"]}}
    assert sorted(simulated(tmp_path, written)) == ["out_of_range", "unknown_format"]


def test_a_period_far_away_is_refused() -> None:
    outcome = licznik(None, "simulate", "none.yaml", "--period", "9999-12")
    assert outcome.status == 2
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "account",
    [
        {"name": "A" * 513},
        {"name": "two\nlines"},
        {"name": "\x1b[31mred"},
        {"address": ["x" * 513]},
        {"address": ["a"] * 7},
        {"id": "a\x00b"},
    ],
)
def test_a_name_that_no_invoice_can_hold_is_refused(account: Plain, tmp_path: Path) -> None:
    """Longer than a structured invoice allows, or with characters that cannot be printed."""
    written = {**scenario([order()]), "accounts": [{**ACCOUNT, **account}]}
    outcome = licznik(None, "simulate", write_yaml(tmp_path / "s.yaml", written))
    assert is_answered(outcome)
    assert "accounts[0]" in outcome.err


def test_an_id_that_no_event_can_name_is_refused(tmp_path: Path) -> None:
    """The subject of an event has 256 characters at most."""
    written = scenario([order(id="o" * 257)])
    assert is_answered(licznik(None, "simulate", write_yaml(tmp_path / "s.yaml", written)))
