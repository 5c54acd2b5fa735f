"""Amendments of months that are invoiced: adjustments, credits that are carried on, corrections."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli import explain as explain_command
from entrypoints.cli import statement as statement_command
from tests.amending import one, replace, void
from tests.builders import FROM_PURCHASE, Plain, order, pack
from tests.running import (
    contents,
    differences,
    held,
    is_answered,
    licznik,
    place,
    record,
    used,
    value,
    write_ndjson,
)

NOON = "2025-10-05T12:00:00+02:00"
EVENING = "2025-10-05T20:00:00+02:00"
IN_NOVEMBER = "2025-11-05T12:00:00+01:00"
IN_DECEMBER = "2025-12-05T12:00:00+01:00"
CORRECTED = {"late_usage": "correction"}


@pytest.fixture(autouse=True)
def soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements are asked for while entries may still be shown."""
    for command in (statement_command, explain_command):
        monkeypatch.setattr(command, "clock", lambda: datetime(2025, 11, 10, tzinfo=UTC))


def run(url: str, period: str) -> Plain:
    """What an invoice run told."""
    outcome = licznik(url, "invoices", "run", "--period", period, "--json")
    assert outcome.status == 0
    told: Plain = outcome.data
    return told


def invoice(url: str, period: str) -> Plain:
    """The one invoice of a period."""
    listed = licznik(url, "invoices", "list", "--period", period, "--json").data["invoices"]
    (number,) = (one["number"] for one in listed)
    shown: Plain = licznik(url, "invoices", "show", number, "--json").data
    return shown


def lines(url: str, period: str, *kinds: str) -> list[tuple[str, str, str]]:
    """Item, quantity and net of the lines of some kinds."""
    own = invoice(url, period)["lines"]
    return [(one["item"], one["quantity"], one["net"]) for one in own if one["kind"] in kinds]


def invoiced(url: str, own: Plain, *events: Plain) -> None:
    """An order whose October is used and invoiced."""
    place(url, own)
    record(url, *events)
    run(url, "2025-10")


def billed(url: str, period: str, kind: str) -> Decimal:
    """What the lines of a kind come to."""
    return sum((Decimal(net) for _, _, net in lines(url, period, kind)), Decimal(0))


def small(**given: Any) -> Plain:
    """An order whose fee is 20.00 a month."""
    return order(prices={"licence": "1.00"}, **given)


# Adjustments


def test_what_was_billed_and_voided_is_given_back(database: str) -> None:
    """Policy `late_usage: adjustment`: a negative line on the next invoice, once."""
    invoiced(database, order(), used("sms", 100, NOON, "a"), used("sms", 11, NOON, "b"))
    before = invoice(database, "2025-10")
    void(database, "a")
    run(database, "2025-11")
    run(database, "2025-12")
    assert lines(database, "2025-11", "adjustment") == [("sms", "-100", "-9.00")]
    assert lines(database, "2025-12", "adjustment") == []
    assert invoice(database, "2025-10") == before
    assert differences(database) == []


def test_a_meter_of_which_all_was_voided_is_given_back(database: str) -> None:
    """Its ledger is gone, and what was billed of it comes back."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    void(database, "a")
    run(database, "2025-11")
    assert lines(database, "2025-11", "adjustment") == [("sms", "-100", "-9.00")]


def test_a_replaced_quantity_is_adjusted_by_the_difference(database: str) -> None:
    """More or less."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    replace(database, used("sms", 130, NOON, "a"))
    run(database, "2025-11")
    replace(database, used("sms", 90, NOON, "a"))
    run(database, "2025-12")
    assert lines(database, "2025-11", "adjustment") == [("sms", "30", "2.70")]
    assert lines(database, "2025-12", "adjustment") == [("sms", "-40", "-3.60")]
    assert differences(database) == []


def test_an_event_moved_to_the_next_month_is_billed_there(database: str) -> None:
    """Given back for October, billed in November."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    moved = used("sms", 100, "2025-11-05T12:00:00+01:00", "a")
    replace(database, {**moved, "replaces": "2025-10-05"})
    run(database, "2025-11")
    own = lines(database, "2025-11", "adjustment", "overage")
    assert own == [("sms", "100", "9.00"), ("sms", "-100", "-9.00")]
    assert differences(database) == []


def test_a_voided_level_is_given_back_for_every_month_it_lasted(database: str) -> None:
    """R42: the level lives on."""
    plenty = held("records", 2_000_000, NOON, "a"), held("records", 1_000, EVENING, "b")
    invoiced(database, order(), *plenty)
    run(database, "2025-11")
    touched = void(database, "b").invoices
    assert [(one.period.month, one.policy) for one in touched] == [
        (10, "adjustment"),
        (11, "adjustment"),
    ]
    run(database, "2025-12")
    assert lines(database, "2025-12", "adjustment") == [
        ("records", "-1000", "-50.00"),
        ("records", "-1000", "-50.00"),
    ]
    assert differences(database) == []


def test_a_voided_training_touches_the_months_its_pack_lives_in(database: str) -> None:
    """R63: training hours are there for 30 days."""
    own = order(packs=[pack("pack_training_oneoff_5h", "2025-10-20 10:00")])
    invoiced(database, own, used("training_hours", 2, "2025-10-21T12:00:00+02:00", "a"))
    run(database, "2025-11")
    run(database, "2025-12")
    touched = void(database, one("a", date(2025, 10, 21))).invoices
    assert [invoice.period.month for invoice in touched] == [10, 11]


def test_a_voided_use_leaves_its_pack_to_the_next(database: str) -> None:
    """R59: where time decides, the pack covers what is used after the voided event."""
    own = order(packs=[pack("pack_sms_5000")], policies=FROM_PURCHASE)
    invoiced(database, own, used("sms", 5_000, NOON, "a"), used("sms", 3_000, EVENING, "b"))
    assert lines(database, "2025-10", "overage") == [("sms", "3000", "270.00")]
    void(database, "a")
    run(database, "2025-11")
    assert lines(database, "2025-11", "adjustment") == [("sms", "-3000", "-270.00")]
    assert differences(database) == []


def test_what_is_given_back_in_parts_is_what_was_billed(database: str) -> None:
    """R120: three messages at half a grosz were rounded once to 0.02, and so they come back."""
    events = [used("sms", 1, NOON, key) for key in "abc"]
    invoiced(database, order(prices={"overage": {"sms": "0.005"}}), *events)
    owed = [billed(database, "2025-10", "overage")]
    for key, period in zip("abc", ("2025-11", "2025-12", "2026-01"), strict=True):
        void(database, key)
        run(database, period)
        number = invoice(database, period)["number"]
        assert licznik(database, "invoices", "explain", number, "--json").data["agrees"]
        owed.append(billed(database, period, "adjustment"))
    assert owed == [Decimal(net) for net in ("0.02", "-0.01", "0.00", "-0.01")]
    assert differences(database) == []


# Months without an invoice


def test_a_void_in_a_month_without_an_invoice_reaches_the_invoices_after_it(database: str) -> None:
    """October had nothing to charge, and its level lives on in November (R42)."""
    month_without_invoice(database)
    touched = void(database, "a").invoices
    assert [(one.period.month, one.policy) for one in touched] == [(11, "adjustment")]
    record(database, used("sms", 1_000, IN_DECEMBER, "c"))
    run(database, "2025-12")
    assert lines(database, "2025-12", "adjustment") == [("records", "-1000", "-50.00")]
    run(database, "2026-01")
    assert differences(database) == []


def test_a_void_in_a_month_without_an_invoice_is_corrected_where_it_counts(database: str) -> None:
    """Policy `late_usage: correction`."""
    month_without_invoice(database, policies=CORRECTED)
    void(database, "a")
    found = licznik(database, "invoices", "corrections", "--json").data["corrections"]
    assert [(one["period"], one["difference"]["net"]) for one in found] == [("2025-11", "-50.00")]


def month_without_invoice(url: str, **given: Any) -> None:
    """October's records cost nothing; those of November come on top and do."""
    invoiced(url, order(prices={"licence": "0.00"}, **given), held("records", 400_000, NOON, "a"))
    record(url, held("records", 101_000, IN_NOVEMBER, "b"))
    run(url, "2025-11")
    assert lines(url, "2025-11", "overage") == [("records", "1000", "50.00")]


# Credits that are more than the invoice


def test_a_credit_beyond_the_invoice_is_carried_on(database: str) -> None:
    """No invoice comes to less than nothing; later ones give back the rest."""
    invoiced(database, small(), used("sms", 500, NOON, "a"))
    void(database, "a")
    told = run(database, "2025-11")
    assert told["carried_on"] == [
        {
            "order": "acme-main", "period": "2025-10", "item": "sms",
            "quantity": "278", "net": "25.02", "currency": "PLN",
        }
    ]  # fmt: skip
    assert lines(database, "2025-11", "adjustment") == [("sms", "-222", "-19.98")]
    assert invoice(database, "2025-11")["net"] == "0.02"
    run(database, "2025-12")
    run(database, "2026-01")
    run(database, "2026-02")
    assert lines(database, "2025-12", "adjustment") == [("sms", "-222", "-19.98")]
    assert lines(database, "2026-01", "adjustment") == [("sms", "-56", "-5.04")]
    assert lines(database, "2026-02", "adjustment") == []
    assert differences(database) == []


def test_a_credit_that_is_carried_on_is_explained(database: str) -> None:
    """Every sum agrees, also on the invoice that gives back a part."""
    invoiced(database, small(), used("sms", 500, NOON, "a"))
    void(database, "a")
    for period in ("2025-11", "2025-12", "2026-01"):
        run(database, period)
        number = invoice(database, period)["number"]
        outcome = licznik(database, "invoices", "explain", number, "--json")
        assert outcome.status == 0
        assert outcome.data["agrees"]
    first = invoice(database, "2025-10")["number"]
    (sms,) = licznik(database, "invoices", "explain", first, "sms", "--json").data["meters"]
    settled = invoice(database, "2026-01")["number"]
    assert [(one["quantity"], one["invoice"]) for one in sms["late"]] == [("-500", settled)]


def test_the_run_says_that_a_credit_is_carried_on(database: str) -> None:
    """To people as well."""
    invoiced(database, small(), used("sms", 500, NOON, "a"))
    void(database, "a")
    outcome = licznik(database, "invoices", "run", "--period", "2025-11")
    assert "acme-main is owed 25.02 PLN net for sms of 2025-10" in outcome.err


def test_a_credit_alone_makes_no_invoice(database: str) -> None:
    """The order has ended: nothing is charged, and what is owed is said each time."""
    invoiced(database, order(end_date="2025-10-31"), used("sms", 500, NOON, "a"))
    void(database, "a")
    for period in ("2025-11", "2025-12"):
        told = run(database, period)
        assert (told["issued"], told["nothing_to_charge"]) == (0, 1)
        assert [one["net"] for one in told["carried_on"]] == ["45.00"]
    assert differences(database) == []


def test_the_credit_of_an_ended_order_has_the_draft_of_a_correction(database: str) -> None:
    """No later invoice can give it back, and whoever amends is told so."""
    invoiced(database, order(end_date="2025-10-31"), used("sms", 500, NOON, "a"))
    (touched,) = void(database, "a").invoices
    assert touched.policy == "ended"
    (own,) = licznik(database, "invoices", "corrections", "--json").data["corrections"]
    assert (own["period"], own["difference"]["net"]) == ("2025-10", "-45.00")


def test_an_ended_order_s_credit_is_given_back_from_what_comes_late(database: str) -> None:
    """Only what is left of it then must be corrected."""
    invoiced(database, order(end_date="2025-10-31"), used("sms", 500, NOON, "a"))
    void(database, "a")
    record(database, held("records", 500_100, NOON, "late"))
    assert licznik(database, "invoices", "corrections", "--json").data == {"corrections": []}
    run(database, "2025-11")
    assert lines(database, "2025-11", "adjustment") == [
        ("sms", "-55", "-4.95"),
        ("records", "100", "5.00"),
    ]
    (own,) = licznik(database, "invoices", "corrections", "--json").data["corrections"]
    assert own["difference"]["net"] == "-40.05"
    assert differences(database) == []


def test_credits_of_several_meters_share_the_room(database: str) -> None:
    """One after the other, none beyond the invoice."""
    events = used("sms", 200, NOON, "a"), used("api_calls", 2_010_000, NOON, "b", user="anna")
    invoiced(database, small(), *events)
    void(database, "a")
    void(database, "b")
    owed = billed(database, "2025-10", "overage")
    for month in range(1, 10):
        run(database, f"2026-{month:02}")
        own = invoice(database, f"2026-{month:02}")
        assert Decimal(own["net"]) >= 0
        owed += billed(database, own["period"], "adjustment")
    assert owed > 0
    assert differences(database) == []


# Corrections


def test_an_amended_month_is_named_for_correction(database: str) -> None:
    """Policy `late_usage: correction`: the draft says before, after and the difference."""
    events = used("sms", 100, NOON, "a"), used("sms", 11, NOON, "b")
    invoiced(database, order(policies=CORRECTED), *events)
    void(database, "a", id="m-1")
    assert run(database, "2025-11")["to_correct"] == [{"order": "acme-main", "period": "2025-10"}]
    (own,) = licznik(database, "invoices", "corrections", "--json").data["corrections"]
    assert own["number"] == invoice(database, "2025-10")["number"]
    assert own["amendments"] == ["m-1"]
    (line,) = own["lines"]
    assert (line["kind"], line["item"]) == ("overage", "sms")
    assert line["before"] == {"quantity": "111", "net": "9.99"}
    assert line["after"] == {"quantity": "11", "net": "0.99"}
    assert line["difference"] == {"quantity": "-100", "net": "-9.00"}
    assert own["difference"] == {"net": "-9.00", "vat": "-2.07", "gross": "-11.07"}
    (ledger,) = own["ledgers"]
    assert (ledger["before"]["overage"], ledger["after"]["overage"]) == ("111", "11")
    assert own["problems"] == []


def test_a_correction_may_take_a_line_away_or_add_one(database: str) -> None:
    """All voided, and another meter used late."""
    invoiced(database, order(policies=CORRECTED), used("sms", 100, NOON, "a"))
    void(database, "a")
    record(database, used("api_calls", 2_000_000, NOON, "late", user="anna"))
    (own,) = licznik(database, "invoices", "corrections", "--json").data["corrections"]
    told = {one["item"]: one["difference"]["quantity"] for one in own["lines"]}
    assert told["sms"] == "-100"
    assert Decimal(told["api_calls"]) > 0
    assert {one["meter"] for one in own["ledgers"]} == {"sms", "api_calls"}


def test_what_costs_the_same_needs_no_correction(database: str) -> None:
    """Within the allowance, or adjusted by policy."""
    invoiced(database, order(policies=CORRECTED), used("api_calls", 100, NOON, "a", user="anna"))
    void(database, "a")
    assert licznik(database, "invoices", "corrections", "--json").data == {"corrections": []}


def test_corrections_are_only_of_orders_that_want_them(database: str) -> None:
    """All others are adjusted."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    void(database, "a")
    assert licznik(database, "invoices", "corrections", "--json").data == {"corrections": []}


def test_corrections_are_shown_to_people(database: str) -> None:
    """The lines and sums that differ, of one order or period if asked."""
    invoiced(database, order(policies=CORRECTED), used("sms", 100, NOON, "a"))
    void(database, "a", id="m-1")
    outcome = licznik(database, "invoices", "corrections", "--order", "acme-main")
    assert "100 × 0.09 = 9.00" in outcome.out
    assert "Amendments: m-1" in outcome.err
    elsewhere = licznik(database, "invoices", "corrections", "--period", "2025-12")
    assert "0 invoices must be corrected" in elsewhere.err
    assert is_answered(licznik(database, "invoices", "corrections", "--order", "nobody"))


# Statements and proofs


def statement(url: str) -> Plain:
    """October's statement."""
    outcome = licznik(url, "statement", "acme-main", "--period", "2025-10", "--json")
    found: Plain = outcome.data
    return found


def test_an_invoiced_month_shows_what_was_amended_after_it(database: str) -> None:
    """Its own entries come to the invoice; the late ones take back and put in."""
    invoiced(database, order(), used("sms", 100, NOON, "a"), used("sms", 11, EVENING, "b"))
    cost = statement(database)["cost"]
    void(database, "a", id="m-1")
    replace(database, used("sms", 12, EVENING, "b"), id="m-2")
    own = statement(database)
    assert own["cost"] == cost
    assert own["late_entries"] == 3
    assert [
        (one["id"], one["quantity"], one["late"], one["amendment"]) for one in own["entries"]
    ] == [
        ("a", "100", False, None),
        ("a", "-100", True, "m-1"),
        ("b", "11", False, None),
        ("b", "-11", True, "m-2"),
        ("b", "12", True, "m-2"),
    ]


def test_what_came_late_and_was_voided_is_not_shown(database: str) -> None:
    """Neither it nor its counter-entry is usage, before or after the invoice."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    record(database, used("sms", 5, NOON, "late"))
    void(database, "late")
    own = statement(database)
    assert (own["late_entries"], [one["id"] for one in own["entries"]]) == (0, ["a"])


def test_what_was_voided_before_the_invoice_is_not_shown(database: str) -> None:
    """The month as it is billed."""
    place(database, order())
    record(database, used("sms", 100, NOON, "a"), used("sms", 5, NOON, "b"))
    void(database, "b")
    run(database, "2025-10")
    own = statement(database)
    assert (own["late_entries"], [one["id"] for one in own["entries"]]) == (0, ["a"])
    assert lines(database, "2025-10", "overage") == [("sms", "100", "9.00")]


def test_an_invoice_is_proved_as_it_was_before_the_amendment(database: str) -> None:
    """Decision 11: from the usage up to its position; it still explains itself."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    void(database, "a")
    assert differences(database) == []
    number = invoice(database, "2025-10")["number"]
    explained = licznik(database, "invoices", "explain", number, "sms", "--day", "2025-10-05",
                        "--json")  # fmt: skip
    assert explained.status == 0
    (sms,) = explained.data["meters"]
    assert (sms["counted"], sms["late"][0]["quantity"]) == ("100", "-100")
    shown = [(one["quantity"], one["late"]) for one in explained.data["entries"]["entries"]]
    assert shown == [("100", False), ("-100", True)]


def test_verification_proves_a_month_with_amendments_on_both_sides(database: str) -> None:
    """Before, between and after two invoices."""
    place(database, order())
    record(database, *(used("sms", 10 + n, NOON, f"e-{n}") for n in range(6)))
    void(database, "e-0")
    run(database, "2025-10")
    replace(database, used("sms", 1, EVENING, "e-1"))
    run(database, "2025-11")
    void(database, "e-1")
    void(database, "e-2")
    run(database, "2025-12")
    assert differences(database) == []


# Commands


def test_voiding_from_the_command_line(database: str) -> None:
    """What changes, and which invoices that touches."""
    invoiced(database, order(), used("sms", 100, NOON, "a"))
    words = ("usage", "void", "--order", "acme-main", "--source", "/platform/node-3", "--id", "a",
             "--day", "2025-10-05", "--reason", "test traffic", "--by", "Jan")  # fmt: skip
    before = contents(database)
    dry = licznik(database, *words, "--dry-run", "--json").data
    assert contents(database) == before
    assert (dry["dry_run"], dry["recorded"]) == (True, False)
    assert dry["changes"] == [
        {
            "order": "acme-main", "meter": "sms", "period": "2025-10",
            "taken_back": 1, "put_in": 0, "quantity": "-100",
        }
    ]  # fmt: skip
    number = invoice(database, "2025-10")["number"]
    assert dry["invoices"] == [
        {"number": number, "order": "acme-main", "period": "2025-10", "late_usage": "adjustment"}
    ]
    outcome = licznik(database, *words)
    assert "1 entries taken back, 0 put in" in outcome.err
    assert f"{number} (order acme-main, 2025-10) is issued" in outcome.err
    again = licznik(database, *words)
    assert is_answered(again)
    assert "already_amended" in again.err


def test_voiding_by_a_filter_from_the_command_line(database: str) -> None:
    """With an id of one's own it may be said twice."""
    place(database, order())
    record(database, used("sms", 100, NOON, "a"), used("sms", 11, EVENING, "b"))
    words = ("usage", "void", "--source", "/platform/node-3", "--from", NOON, "--to", EVENING,
             "--reason", "r", "--by", "Jan", "--amendment-id", "m-1", "--json")  # fmt: skip
    first, second = licznik(database, *words).data, licznik(database, *words).data
    assert (first["taken_back"], first["recorded_before"]) == (1, False)
    assert (second["taken_back"], second["recorded_before"]) == (1, True)
    assert value(database, "SELECT count(*) FROM usage_amendment") == 1


def test_replacing_from_the_command_line(database: str, tmp_path: Path) -> None:
    """A file of events as they should have been; the list tells of it."""
    place(database, order())
    record(database, used("sms", 100, NOON, "a"), used("sms", 11, NOON, "b"))
    moved = {**used("sms", 12, "2025-10-06T12:00:00+02:00", "b"), "replaces": "2025-10-05"}
    file = write_ndjson(tmp_path / "new.ndjson", [used("sms", 5, NOON, "a"), moved])
    said = ("--reason", "counted twice", "--by", "Jan", "--amendment-id", "m-1")
    told = licznik(database, "usage", "replace", file, *said, "--json").data
    assert (told["taken_back"], told["put_in"]) == (2, 2)
    listed = licznik(database, "usage", "amendments", "--order", "acme-main", "--json").data
    (own,) = listed["amendments"]
    assert (own["id"], own["kind"], own["by"], own["reason"]) == (
        "m-1", "replace", "Jan", "counted twice"
    )  # fmt: skip
    assert "counted twice" in licznik(database, "usage", "amendments").out
    assert differences(database) == []


def test_a_file_with_a_mistake_changes_nothing(database: str, tmp_path: Path) -> None:
    """Every problem with its line."""
    place(database, order())
    record(database, used("sms", 100, NOON, "a"))
    before = contents(database)
    file = tmp_path / "new.ndjson"
    file.write_text('{"no": "event"}\n{broken\n', encoding="utf-8")
    outcome = licznik(database, "usage", "replace", file, "--reason", "r", "--by", "Jan", "--json")
    assert outcome.status == 2
    places = {problem["path"].partition("]")[0] for problem in outcome.data["problems"]}
    assert places == {"lines[1", "lines[2"}
    assert contents(database) == before


def test_a_file_of_another_kind_is_refused(database: str, tmp_path: Path) -> None:
    """Only .ndjson says what it replaces."""
    file = tmp_path / "new.csv"
    file.write_text("id,source\n", encoding="utf-8")
    outcome = licznik(database, "usage", "replace", file, "--reason", "r", "--by", "Jan")
    assert is_answered(outcome)
    assert "unknown_format" in outcome.err


def test_options_of_void_that_do_not_go_together(database: str) -> None:
    """Said before anything is read."""
    said = ("--reason", "r", "--by", "Jan", "--json")
    some = licznik(database, "usage", "void", "--id", "a", "--meter", "sms", *said)
    assert [(one["code"], one["path"]) for one in some.data["problems"]] == [
        ("missing_option", "--order"),
        ("missing_option", "--source"),
        ("missing_option", "--day"),
        ("wrong_option", "--meter"),
    ]
    none = licznik(database, "usage", "void", *said)
    assert [one["path"] for one in none.data["problems"]] == ["--from", "--to"]
    assert licznik(database, "usage", "void", "--id", "a").status == 2
