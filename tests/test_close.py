"""`licznik close`: a month from usage to accepted invoices, however often it is interrupted."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.closing.report import SELLER, report_of
from metering.calendar import Period
from tests.broker import Broker
from tests.builders import CATALOG_FILE, Plain, local, order
from tests.consuming import consume_once, counts
from tests.ksef.world import settings as sending
from tests.ksef.world import stand_in
from tests.recorded_words import PERSON, did, qualified, reported, time, times
from tests.running import Outcome, codes, console, differences, licznik, place, record, used, value
from tests.sla_words import MAIN, ordered

NOON = "2025-11-05T12:00:00+01:00"


@pytest.fixture
def to_ksef(tmp_path: Path) -> dict[str, str]:
    """Settings under which invoices go to KSeF."""
    path = tmp_path / "catalog.yaml"
    text = CATALOG_FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("ksef: false", "ksef: true", 1))
    return {"LICZNIK_CATALOG": str(path)}


def close(url: str, folder: Path, period: str = "2025-11", **settings: str) -> Outcome:
    """What closing a month ended with."""
    words = ("close", "--period", period, "--out", str(folder), "--json")
    return licznik(url, *words, **settings)


def states(outcome: Outcome) -> dict[str, str]:
    """How each step ended."""
    return {step["step"]: step["state"] for step in outcome.data["steps"]}


def test_a_month_is_closed_once(database: str, tmp_path: Path, to_ksef: dict[str, str]) -> None:
    """From usage to accepted invoices, notes and documents; again, there is nothing to do."""
    place(database, ordered("progres"), order(id="other"))
    record(database, used("sms", 100, NOON, "1", order="other"))
    reported(database)
    qualified(database)
    repaired = ("--at", local("2025-11-13 09:00"), "--how", "proper_operation", "--by", PERSON)
    did(database, "incidents", "repair", "INC-1", *repaired)
    with stand_in() as ksef:
        settings = {**to_ksef, **sending(ksef)}
        first = close(database, tmp_path, **settings)
        assert first.status == 0, first.err
        assert states(first) == {
            "grace": "done",
            "usage": "done",
            "service levels": "done",
            "drafts": "done",
            "invoices": "done",
            "notes": "done",
            "corrections": "nothing_to_do",
            "KSeF": "done",
            "documents": "done",
            "delivery": "nothing_to_do",
            "report": "done",
        }
        again = close(database, tmp_path, **settings)
    assert {step for step, state in states(again).items() if state == "done"} == {
        "grace",
        "usage",
        "service levels",
        "KSeF",
        "report",
    }
    assert value(database, "SELECT count(*) FROM invoice") == 3
    assert value(database, "SELECT count(*) FROM ksef_submission WHERE status = 'accepted'") == 2
    assert first.data["report"] == again.data["report"]
    assert differences(database) == []


def test_its_report_lies_in_files(database: str, tmp_path: Path) -> None:
    """CSV for spreadsheets, PDF for people: totals, and what was different a month before."""
    place(database, order(), order(id="other", launch_date="2025-11-01"))
    assert close(database, tmp_path, "2025-10").status == 0
    outcome = close(database, tmp_path)
    (total,) = (row for row in outcome.data["report"] if row["level"] == "seller")
    assert (total["net"], total["net_before"], total["difference"]) == (
        "6000.00",
        "3000.00",
        "3000.00",
    )
    frame = pl.read_csv(tmp_path / "close-2025-11.csv", infer_schema=False)
    assert frame.filter(pl.col("level") == "seller")["gross"].to_list() == ["7380.00"]
    assert (tmp_path / "close-2025-11.pdf").read_bytes().startswith(b"%PDF-")


def test_a_month_that_is_not_over_is_not_closed(database: str, tmp_path: Path) -> None:
    place(database, order())
    outcome = close(database, tmp_path, "2100-01")
    assert (outcome.status, states(outcome)["grace"]) == (2, "stopped")
    assert value(database, "SELECT count(*) FROM invoice") == 0


def test_nothing_is_issued_while_a_price_is_missing(database: str, tmp_path: Path) -> None:
    """All drafts are checked before the first invoice; when it is mended the command goes on."""
    place(database, order(id="good"), order(id="bad", prices={"overage": {}}))
    record(database, used("sms", 100, NOON, "1", order="bad"))
    outcome = close(database, tmp_path)
    assert (outcome.status, states(outcome)["drafts"]) == (2, "stopped")
    (step,) = (own for own in outcome.data["steps"] if own["step"] == "drafts")
    assert "missing_price" in step["details"][0]
    assert value(database, "SELECT count(*) FROM invoice") == 0
    assert licznik(database, "orders", "change", "price", "bad", "overage.sms", "0.09").status == 0
    assert close(database, tmp_path).status == 0
    assert value(database, "SELECT count(*) FROM invoice") == 2


def test_it_goes_on_when_ksef_is_there_again(
    database: str, tmp_path: Path, to_ksef: dict[str, str]
) -> None:
    """While it is away nothing is lost; the invoices keep their numbers and wait."""
    place(database, order())
    with stand_in() as ksef:
        settings = {**to_ksef, **sending(ksef)}
    away = close(database, tmp_path, **settings, LICZNIK_KSEF_TIMEOUT="1")
    assert (away.status, states(away)["KSeF"]) == (2, "stopped")
    assert "documents" not in states(away)
    number = value(database, "SELECT number FROM invoice")
    with stand_in() as ksef:
        assert close(database, tmp_path, **{**settings, **sending(ksef)}).status == 0
    assert value(database, "SELECT number FROM invoice") == number
    assert value(database, "SELECT count(*) FROM invoice_file WHERE kind = 'pdf'") == 1


def test_an_invoice_on_its_way_to_ksef_is_neither_printed_nor_corrected(
    database: str, to_ksef: dict[str, str]
) -> None:
    place(database, order())
    run = licznik(database, "invoices", "run", "--period", "2025-11", **to_ksef)
    assert run.status == 0, run.err
    number = value(database, "SELECT number FROM invoice")
    record(database, used("sms", 100, NOON, "late"))
    refused = licznik(database, "invoices", "correct", number, **to_ksef)
    assert codes(refused) == ["on_its_way_to_ksef"]
    assert "waits for its KSeF number" in licznik(database, "invoices", "pdf", **to_ksef).err
    assert value(database, "SELECT count(*) FROM invoice_file WHERE kind = 'pdf'") == 0


def test_what_a_person_has_to_decide_is_listed(database: str, tmp_path: Path) -> None:
    """An undecided claim and an incident without a priority stop nothing."""
    place(database, ordered("progres"))
    reported(database)
    did(
        database,
        *("incidents", "down", "INC-1"),
        *times(time("2025-11-10 10:00", "2025-11-10 16:00")),
    )
    did(database, "claims", "file", MAIN, "--period", "2025-11", "--on", "2025-12-02", "--by", "X")
    outcome = close(database, tmp_path)
    assert (outcome.status, states(outcome)["service levels"]) == (0, "look_at_it")
    (step,) = (own for own in outcome.data["steps"] if own["step"] == "service levels")
    assert len(step["details"]) == 2


def test_people_see_each_step(database: str, tmp_path: Path) -> None:
    place(database, order())
    outcome = console(database, "close", "--period", "2025-11", "--out", str(tmp_path))
    assert "invoices: done. 1 issued, 0 there already." in outcome.err
    assert "2025-11 by seller" in outcome.out


AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=2)


@given(st.lists(st.tuples(st.sampled_from(["2025-10", "2025-11"]), AMOUNTS, AMOUNTS)))
def test_a_report_adds_up(made: list[tuple[str, Decimal, Decimal]]) -> None:
    """The kinds of charges of a seller, and its customers, come to the seller's total."""
    documents = [document(n, period, one, two) for n, (period, one, two) in enumerate(made)]
    report = report_of(Period(2025, 11), documents)
    whole = [sums for _, sums in report.level(SELLER)]
    for level in ("charge", "customer", "customer_charge"):
        rows = [sums for _, sums in report.level(level)]
        assert sum(row.net for row in rows) == sum(row.net for row in whole)
        assert sum(row.before for row in rows) == sum(row.before for row in whole)


def document(n: int, period: str, one: Decimal, two: Decimal) -> Plain:
    """An invoice with two lines."""
    lines: list[dict[str, Any]] = [
        {"kind": "subscription", "net": str(one)},
        {"kind": "overage", "net": str(two)},
    ]
    return {
        "period": period,
        "seller": {"id": "focus", "name": "Focus"},
        "account": f"account-{n % 3}",
        "buyer": {"name": f"Customer {n % 3}"},
        "currency": "PLN",
        "lines": lines,
        "net": str(one + two),
        "vat": "0.00",
        "gross": str(one + two),
    }


def test_a_month_whose_usage_still_waits_in_kafka_is_not_closed(
    database: str, tmp_path: Path, broker: Broker
) -> None:
    """Lag 0 first: what is on its way belongs to the month."""
    place(database, order(id="acme-main"))
    topic = broker.topic(2)
    broker.send(topic, used("sms", 100, NOON, "1"), partition=0)
    broker.send(topic, used("sms", 50, NOON, "2"), partition=1)
    settings = broker.settings(topic)
    waiting = close(database, tmp_path, **settings)
    assert (waiting.status, states(waiting)["usage"]) == (2, "stopped")
    assert waiting.data["steps"][1]["said"].startswith("2 records wait in Kafka")
    assert counts(consume_once(database, broker, topic)) == (2, 0, 0)
    assert states(close(database, tmp_path, **settings))["usage"] == "done"
