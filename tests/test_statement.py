"""`licznik statement`: how much was used, of how much, at what cost so far."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from entrypoints.cli import statement as statement_command
from entrypoints.cli.statement_table import bar
from metering.calendar import Period
from metering.days import days_of
from tests.builders import (
    AUTOMATION,
    FCC,
    Plain,
    local,
    order,
    pack,
)
from tests.running import (
    Outcome,
    codes,
    held,
    is_answered,
    licznik,
    place,
    record,
    used,
)

NOON = "2025-10-05T12:00:00+02:00"
NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements are asked for on 2025-11-03."""
    monkeypatch.setattr(statement_command, "clock", lambda: NOW)


def asked(url: str, *options: object, period: str = "2025-10", own: str = "acme-main") -> Outcome:
    """What a statement ended with."""
    return licznik(url, "statement", own, "--period", period, *options)


def given(url: str, period: str = "2025-10") -> Plain:
    """A statement for programs."""
    outcome = asked(url, "--json", period=period)
    assert outcome.status == 0, outcome.err
    whole: Plain = outcome.data
    return whole


def meter(url: str, key: str, period: str = "2025-10") -> Plain:
    """A meter's row."""
    (row,) = (own for own in given(url, period)["meters"] if own["meter"] == key)
    return dict(row)


def shown(url: str, key: str, *fields: str, period: str = "2025-10") -> list[Any]:
    """Some fields of a meter's row."""
    row = meter(url, key, period)
    return [row[field] for field in fields]


COVERED = ("used", "included", "from_packs", "overage", "refused")
BOUNDS = ("allowance", "granted", "cap", "limit", "remaining", "fill")


# What is used, and of how much


def test_a_hard_limit_that_a_pack_raises(database: str) -> None:
    """R49, R53: 15 queues of the package and 10 of the pack; 20 are held."""
    place(database, order(packs=[pack("pack_queues_10")]))
    record(database, held("queues", 20, NOON, "q"))
    assert shown(database, "queues", "kind", "limit_kind") == ["stock", "hard"]
    assert shown(database, "queues", *COVERED) == ["20", "15", "5", "0", "0"]
    assert shown(database, "queues", *BOUNDS) == ["15", "10", None, "25", "5", "80"]


def test_what_is_beyond_a_hard_limit_is_refused(database: str) -> None:
    """R49: the limit is more than full."""
    place(database, order())
    record(database, held("queues", 20, NOON, "q"))
    assert shown(database, "queues", *COVERED) == ["20", "15", "0", "0", "5"]
    assert shown(database, "queues", "limit", "remaining", "fill") == ["15", "0", "133.33"]
    assert shown(database, "queues", "unit_price", "cost") == [None, "0.00"]


def test_overage_up_to_a_cap(database: str) -> None:
    """R65, R68: 1000 mass e-mails come with the function, 200 more are allowed."""
    place(database, order(addons=AUTOMATION, caps={"mass_emails": 200}))
    record(database, used("mass_emails", 1500, NOON, "m"))
    assert shown(database, "mass_emails", "limit_kind", *COVERED) == [
        "capped",
        *("1500", "1000", "0", "200", "300"),
    ]
    assert shown(database, "mass_emails", *BOUNDS) == ["1000", "0", "200", None, "0", "150"]
    assert shown(database, "mass_emails", "unit_price", "cost") == ["0.01", "2.00"]


def test_api_calls_of_each_user(database: str) -> None:
    """R46: each of two users has 100,000 calls; one of them made 130,000."""
    place(database, order())
    calls = [used("api_calls", n, NOON, f"{n}", user=f"user {n}") for n in (130_000, 20_000)]
    record(database, *calls)
    assert shown(database, "api_calls", *COVERED) == ["150000", "120000", "0", "30000", "0"]
    assert shown(database, "api_calls", "allowance", "remaining", "cost") == [
        *("200000", "80000", "60.00")
    ]
    assert meter(database, "api_calls")["shares"]["each"] == "100000"


def test_tickets_are_free(database: str) -> None:
    """R48: in this edition there is no limit any more, and no price applies."""
    place(database, order())
    record(database, held("tickets", 900_000, NOON, "t"))
    assert shown(database, "tickets", "limit_kind", *COVERED) == [
        "free",
        *("900000", "900000", "0", "0", "0"),
    ]
    assert shown(database, "tickets", "remaining", "fill", "unit_price") == [None, None, None]


def test_a_soft_limit_is_charged_beyond(database: str) -> None:
    """R47: 500,000 records are included."""
    place(database, order())
    record(database, held("records", 500_100, NOON, "r"))
    assert shown(database, "records", "limit_kind", "overage", "cost") == ["soft", "100", "5.00"]


def test_a_meter_without_a_price_of_its_own_is_refused(database: str) -> None:
    """R60: HLR look-ups are charged only where a price was agreed."""
    place(database, order())
    record(database, used("hlr_lookups", 5, NOON, "h"))
    assert shown(database, "hlr_lookups", "limit_kind", "refused", "limit") == ["hard", "5", "0"]


def test_what_was_not_used_has_a_row_with_nothing(database: str) -> None:
    """A customer sees what there is, and not what was not ordered."""
    place(database, order(packs=[pack("pack_sms_2000")]))
    assert shown(database, "queues", *COVERED) == ["0"] * 5
    assert shown(database, "queues", *BOUNDS) == ["15", "0", None, "15", "15", "0"]
    assert shown(database, "sms", "granted", "remaining", "fill") == ["2000", "2000", "0"]
    assert "surveys" not in {row["meter"] for row in given(database)["meters"]}


def test_hours_used_last_month_are_not_left(database: str) -> None:
    """R63: of five hours for 30 days, four were used in October; without a use, one remains."""
    place(database, order(packs=[pack("pack_training_oneoff_5h", "2025-10-20 12:00")]))
    record(database, used("training_hours", "4", local("2025-10-25 10:00"), "t"))
    row = shown(database, "training_hours", "used", "granted", "remaining", period="2025-11")
    assert row == ["0", "5", "1"]


def test_what_one_meter_takes_from_a_pack_the_other_has_not(database: str) -> None:
    """R58: SMS and mass SMS share packs."""
    own = order(addons=AUTOMATION, packs=[pack("pack_sms_2000")])
    place(database, own)
    record(database, used("sms", 1500, NOON, "s"))
    assert shown(database, "sms", "from_packs", "remaining", "fill") == ["1500", "500", "75"]
    assert shown(database, "mass_sms", "granted", "remaining", "fill") == ["2000", "600", "0"]


def test_names_and_units_are_the_edition_s(database: str) -> None:
    """In both languages, for programs."""
    place(database, order())
    row = meter(database, "records")
    assert (row["name"], row["unit"]) == ({"pl": "Rekordy", "en": "Records"}, "record")


def test_a_month_to_come_has_the_limits_of_its_own_days(database: str) -> None:
    """An order that is launched only then, with a pack from its first day."""
    packs = [pack("pack_queues_10", "2025-12-10 00:00")]
    place(database, order(launch_date="2025-12-10", packs=packs))
    assert shown(database, "queues", "limit", "remaining", period="2025-12") == ["25", "25"]


# What it costs so far


def test_the_cost_so_far_is_what_the_invoice_will_be(database: str) -> None:
    """With the usage so far; the invoice is then named."""
    place(database, order())
    record(database, used("sms", 100, NOON, "s"))
    before = given(database)
    assert before["invoices"] == []
    assert [line["item"] for line in before["cost"]["lines"]] == ["licence", "sms"]
    licznik(database, "invoices", "run", "--period", "2025-10")
    (number,) = given(database)["invoices"]
    invoice = licznik(database, "invoices", "show", number, "--json").data
    sums = ("lines", "net", "vat", "gross")
    assert [before["cost"][name] for name in sums] == [invoice[name] for name in sums]


def test_a_missing_price_is_said_and_usage_still_shown(database: str) -> None:
    """R4: never zero, and never an indicative price."""
    own = order()
    del own["prices"]["overage"]
    place(database, own)
    record(database, used("sms", 100, NOON, "s"))
    whole = given(database)
    assert whole["cost"] is None
    assert [problem["code"] for problem in whole["problems"]] == ["missing_price"]
    assert shown(database, "sms", "used", "overage", "unit_price", "cost") == [
        *("100", "100", None, None)
    ]
    people = asked(database)
    assert codes(people) == ["missing_price"]
    assert "100" in people.out


def test_a_statement_of_another_edition(database: str) -> None:
    """The one that the order pins."""
    place(database, order(edition=FCC))
    whole = given(database)
    head = ("order", "account", "edition", "period", "currency")
    assert [whole[name] for name in head] == ["acme-main", "acme", FCC, "2025-10", "PLN"]


# Day by day


def days(row: Plain) -> dict[str, str]:
    """The days of a row on which there was anything."""
    return {own["day"]: own["used"] for own in row["days"] if own["used"] != "0"}


def test_a_flow_day_by_day(database: str) -> None:
    """Every day of the period, zero where nothing was used."""
    place(database, order())
    record(
        database,
        used("sms", 2, NOON, "a"),
        used("sms", 3, "2025-10-05T23:59:59+02:00", "b"),
        used("sms", 5, "2025-10-31T22:59:59Z", "c"),
    )
    row = meter(database, "sms")
    assert [own["day"] for own in row["days"]] == [f"2025-10-{n:02}" for n in range(1, 32)]
    assert days(row) == {"2025-10-05": "5", "2025-10-31": "5"}


def test_a_level_day_by_day(database: str) -> None:
    """The highest of the day, which lives on until it is changed."""
    place(database, order())
    record(
        database,
        held("queues", 7, "2025-10-03T10:00:00+02:00", "a"),
        held("queues", -5, "2025-10-03T11:00:00+02:00", "b"),
        held("queues", -1, "2025-10-05T00:00:00+02:00", "c"),
        held("queues", -1, "2025-10-07T09:00:00+02:00", "d"),
    )
    october = days(meter(database, "queues"))
    assert [october.get(f"2025-10-0{n}") for n in range(1, 10)] == [
        *(None, None, "7", "2", "1", "1", "1", None, None)
    ]


def test_a_level_does_not_live_on_into_days_to_come(database: str) -> None:
    """Asked for on 2025-11-03; a month that has only begun."""
    place(database, order())
    record(database, held("queues", 4, NOON, "a"))
    november = meter(database, "queues", "2025-11")
    assert days(november) == {f"2025-11-0{n}": "4" for n in (1, 2, 3)}


def test_the_highest_of_the_days_is_the_period_s(database: str) -> None:
    """What the chart shows is what is charged."""
    place(database, order())
    changes = [(3, 12), (4, -5), (9, 11), (20, -14)]
    record(
        database,
        *(held("queues", n, f"2025-10-{day:02}T10:00:00+02:00", f"{day}") for day, n in changes),
    )
    row = meter(database, "queues")
    assert max(int(own) for own in days(row).values()) == int(row["used"]) == 18


def test_no_balance_is_no_day() -> None:
    """An order that used nothing has no meter to draw."""
    period = Period(2025, 10)
    assert days_of([], {}, period, period.last_day) == {}
    (level,) = days_of([], {"queues": Decimal(3)}, period, period.last_day).values()
    assert {own.used for own in level} == {Decimal(3)}


# Repeats and late entries


def test_repeats_are_named(database: str) -> None:
    """What came again counts for nothing, and is said."""
    place(database, order())
    for _ in range(3):
        record(database, used("sms", 1, NOON, "s"))
    assert shown(database, "sms", "used", "repeats") == ["1", 2]
    assert "sms: 2 events came again" in asked(database).err


def test_entries_after_the_invoice_are_marked(database: str) -> None:
    """They are in no count of that invoice; its own entries are not marked."""
    place(database, order())
    record(database, used("sms", 1, NOON, "in time"))
    licznik(database, "invoices", "run", "--period", "2025-10")
    record(database, used("sms", 1, NOON, "late"))
    entries = given(database)["entries"]
    assert {own["id"]: own["late"] for own in entries} == {"in time": False, "late": True}


def test_an_invoiced_month_shows_its_invoice(database: str) -> None:
    """What came later is in the usage and not in the sums: a later invoice bills it."""
    place(database, order())
    record(database, used("sms", 100, NOON, "in time"))
    licznik(database, "invoices", "run", "--period", "2025-10")
    invoiced = given(database)["cost"]
    record(database, used("sms", 1000, NOON, "late"))
    own = given(database)
    assert own["invoices"] == [invoiced["number"]]
    assert own["cost"] == invoiced
    assert (own["late_entries"], meter(database, "sms")["used"]) == (1, "1100")
    outcome = asked(database)
    assert "1 entries came after it" in outcome.err
    assert "Draft" not in outcome.out


# For people


def test_the_table_shows_bars_and_the_first_entries(database: str) -> None:
    """Entries only if asked, fifty at most."""
    place(database, order())
    record(database, *(used("sms", 1, NOON, f"e-{n:03}") for n in range(60)))
    assert "e-000" not in asked(database).out
    outcome = asked(database, "--entries")
    assert "e-049" in outcome.out
    assert "e-050" not in outcome.out
    assert "50 of 60 entries" in outcome.err


@pytest.mark.parametrize(
    ("fill", "drawn"),
    [
        ("0", "░░░░░░░░░░ 0 %"),
        ("50.01", "█████░░░░░ 50.01 %"),
        ("99.99", "█████████░ 99.99 %"),
        ("133.33", "██████████ 133.33 %"),
    ],
)
def test_a_bar_is_as_full_as_the_meter(fill: str, drawn: str) -> None:
    """What is more than full does not fit."""
    assert bar(Decimal(fill)) == drawn


def test_names_follow_the_account_s_language(database: str) -> None:
    """Polish unless the account says otherwise."""
    place(database, order())
    assert "Rekordy" in asked(database).out


# What cannot be answered


def test_an_unknown_order(database: str) -> None:
    """With a hint where to look."""
    outcome = asked(database, own="nobody")
    assert is_answered(outcome)
    assert codes(outcome) == ["unknown_order"]


@pytest.mark.parametrize("period", ["2025-09", "2026-01"])
def test_a_period_without_service(database: str, period: str) -> None:
    """Before the launch, and after the end."""
    place(database, order(end_date="2025-12-31"))
    outcome = asked(database, period=period)
    assert is_answered(outcome)
    assert codes(outcome) == ["not_in_service"]


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "xlsx"],
        ["--out", "statement.txt"],
        ["--summary"],
        ["--format", "csv", "--entries"],
        ["--format", "csv", "--json"],
    ],
)
def test_options_that_do_not_go_together(database: str, options: list[str]) -> None:
    """Said before anything is read."""
    outcome = asked(database, *options)
    assert outcome.status == 2
    assert "wrong_option" in outcome.out + outcome.err


@pytest.mark.parametrize("period", ["2025-1", "2025-13", "october", ""])
def test_a_period_that_is_none(database: str, period: str) -> None:
    """A sentence, no traceback."""
    assert is_answered(asked(database, period=period))
