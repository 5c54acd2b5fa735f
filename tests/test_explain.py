"""`licznik invoices explain`: a line goes down to its ledger, its days and its single entries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.scenario import as_cloud_event
from entrypoints.cli import explain as explain_command
from metering.as_of import read_as_of
from metering.calendar import Period
from metering.history import read_usage
from tests.builders import (
    AUTOMATION,
    FROM_PURCHASE,
    Plain,
    addon,
    catalog,
    order,
    pack,
    scenario,
)
from tests.random_scenarios import periods_of, random_scenario
from tests.recorded_words import record_all
from tests.running import (
    MIGRATED,
    Server,
    change,
    codes,
    held,
    is_answered,
    licznik,
    place,
    record,
    rows,
    usage_store,
    used,
    value,
)
from tests.sla_words import claim, incident, ordered

NOON = "2025-10-20T12:00:00+02:00"
EVENTS = [
    used("sms", 6_200, "2025-10-16T12:00:00+02:00", "1"),
    used("sms", 100, "2025-10-17T12:00:00+02:00", "2"),
    used("mass_sms", 130, NOON, "3"),
    used("api_calls", 900_000, NOON, "4", user="anna@acme.pl"),
    used("api_calls", 9, NOON, "5", user="jan@acme.pl"),
    held("records", 2_000_000, NOON, "6"),
    held("records", -5, "2025-10-21T12:00:00+02:00", "7"),
    held("queues", 70, NOON, "8"),
    used("training_hours", "1.5", NOON, "9"),
]
ORDER = order(
    sla="progres",
    launch_date="2025-10-15",
    addons=[*AUTOMATION, addon("tts")],
    packs=[
        pack("pack_sms_5000", "2025-10-16 09:00"),
        pack("pack_training_oneoff_5h", "2025-10-16 09:00"),
    ],
    caps={"mass_sms": 10},
)


@pytest.fixture(scope="module")
def billed(server: Server) -> Iterator[str]:
    """The name of a database with an order's October, invoiced."""
    with server.database(MIGRATED) as url:
        place(url, ORDER)
        record(url, *EVENTS)
        invoice_run(url, "2025-10")
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def books(server: Server, billed: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(billed) as url:
        yield url


def invoice_run(url: str, period: str) -> None:
    """Issues the invoices of a period."""
    assert licznik(url, "invoices", "run", "--period", period).status == 0


def number(url: str, period: str = "2025-10") -> str:
    """The number of a period's invoice."""
    found: str = value(url, "SELECT number FROM invoice WHERE period = %s", f"{period}-01")
    return found


def explained(url: str, *words: object, period: str = "2025-10", status: int = 0) -> Any:
    """What an invoice says of itself, for programs."""
    outcome = licznik(url, "invoices", "explain", number(url, period), *words, "--json")
    assert outcome.status == status, outcome.err
    return outcome.data


def line(told: Plain, item: str, kind: str | None = None) -> Plain:
    """The one line of an item."""
    (found,) = (one for one in told["lines"] if one["item"] == item and kind in (None, one["kind"]))
    return dict(found)


def meter(told: Plain, key: str) -> Plain:
    """A meter of the explanation."""
    (found,) = (one for one in told["meters"] if one["meter"] == key)
    return dict(found)


# Lines


def test_every_line_and_every_ledger_of_an_invoice_agrees(books: str) -> None:
    """The command says so itself, and each line has its reason."""
    told = explained(books)
    assert told["agrees"]
    kinds = {one["kind"] for one in told["lines"]}
    assert kinds == {"subscription", "sla", "addon", "pack", "training", "overage"}
    assert all(one["arithmetic"] and one["agrees"] for one in told["lines"])
    assert [one["line"] for one in told["lines"]] == list(range(1, len(told["lines"]) + 1))


def test_the_days_come_to_what_the_ledger_says(books: str) -> None:
    """Of flow meters their sum, of stock meters their highest level."""
    for one in explained(books)["meters"]:
        days = [Decimal(day["used"]) for day in one["days"]]
        counted = sum(days) if one["kind"] == "flow" else max(days)
        assert counted == Decimal(one["counted"]) == Decimal(one["ledger"]["used"])
        assert one["entries"] == sum(day["entries"] for day in one["days"])


def test_a_fee_says_its_days(books: str) -> None:
    """17 of 31 days of 20 licences."""
    own = line(explained(books), "licence")
    assert own["arithmetic"] == ["20 licence × 17 / 31 days × 150.00 = 1645.16"]
    assert own["proration"] == {"units": 20, "days": 17, "of": 31}


def test_a_pack_says_when_it_was_bought(books: str) -> None:
    own = line(explained(books), "pack_sms_5000")
    assert own["purchases"] == [
        {"quantity": "1", "at": "2025-10-16T09:00:00+02:00", "recurring": False}
    ]


def test_overage_goes_down_to_its_ledger(books: str) -> None:
    told = explained(books, "sms")
    assert line(told, "sms")["arithmetic"] == [
        "6300 used = 0 included + 5000 from packs + 1300 overage + 0 refused",
        "1300 message × 0.09 = 117.00",
    ]
    assert [one["meter"] for one in told["meters"]] == ["sms"]
    (own,) = meter(told, "sms")["packs"]
    assert (own["item"], own["units"], own["left"]) == ("pack_sms_5000", "5000", "0")


def test_calls_are_shared_among_users(books: str) -> None:
    """Each user's own counter, and who went beyond it."""
    own = meter(explained(books, "api_calls"), "api_calls")
    assert [(one["user"], one["used"], one["beyond"]) for one in own["users"]] == [
        ("anna@acme.pl", "900000", "800000"),
        ("jan@acme.pl", "9", "0"),
    ]
    assert "the allowance is 2 user × 100000 = 200000" in own["arithmetic"]


def test_a_level_says_when_it_was_highest(books: str) -> None:
    own = meter(explained(books, "records"), "records")
    first, second = own["days"]
    assert (first["before"], first["used"], first["after"]) == ("0", "2000000", "2000000")
    assert first["at"] == NOON
    assert (second["before"], second["after"]) == ("2000000", "1999995")
    assert f"the level was highest, 2000000, at {NOON}" in own["arithmetic"]


def test_a_cap_and_a_refusal_are_named(books: str) -> None:
    told = explained(books)
    assert "the order allows 10 of overage" in meter(told, "mass_sms")["arithmetic"]
    assert meter(told, "queues")["ledger"]["refused"] == "55"


def test_a_line_is_asked_for_by_its_place(books: str) -> None:
    told = explained(books, 1)
    assert [one["line"] for one in told["lines"]] == [1]
    assert told["meters"] == []


def test_a_meter_that_costs_nothing_can_be_asked_for(books: str) -> None:
    told = explained(books, "queues")
    assert (told["lines"], [one["meter"] for one in told["meters"]]) == ([], ["queues"])


@pytest.mark.parametrize("asked", ["99", "0", "-1", "nothing", "tickets"])
def test_a_line_that_is_not_there_is_a_mistake(books: str, asked: str) -> None:
    outcome = licznik(books, "invoices", "explain", number(books), "--", asked)
    assert (is_answered(outcome), codes(outcome)) == (True, ["unknown_line"])


def test_an_invoice_that_is_not_there_is_a_mistake(books: str) -> None:
    outcome = licznik(books, "invoices", "explain", "FV/1999/000001")
    assert (is_answered(outcome), codes(outcome)) == (True, ["unknown_invoice"])


def test_people_can_follow_it(books: str) -> None:
    outcome = licznik(books, "invoices", "explain", number(books))
    assert outcome.status == 0
    assert "17 / 31 days" in outcome.out
    assert "Every sum agrees" in outcome.err


HARM = {
    "a balance": "UPDATE usage_balance SET used = used + 1 WHERE meter = 'sms'",
    "a balance by user": "UPDATE usage_user_balance SET used = used + 1 WHERE used > 100",
    "a level": "UPDATE usage_balance SET peak = peak + 1 WHERE meter = 'records'",
    "a balance that is gone": "DELETE FROM usage_balance WHERE meter = 'mass_sms'",
}


@pytest.mark.parametrize("harm", HARM)
def test_what_does_not_agree_is_said(books: str, harm: str) -> None:
    """Exit status 1, and where to look."""
    assert change(books, HARM[harm]) > 0
    outcome = licznik(books, "invoices", "explain", number(books))
    assert (outcome.status, "licznik verify" in outcome.err) == (1, True)


# Late usage and repeats


def test_repeats_are_counted_by_day(books: str) -> None:
    """They came again and were counted once."""
    record(books, *EVENTS)
    record(books, EVENTS[0])
    own = meter(explained(books), "sms")["repeats"]
    assert own["count"] == 3
    assert [(one["day"], one["repeats"]) for one in own["days"]] == [
        ("2025-10-16", 2),
        ("2025-10-17", 1),
    ]


LATE = [
    used("sms", 7, "2025-10-16T18:00:00+02:00", "late-1"),
    used("api_calls", 5, NOON, "late-2", user="ola@acme.pl"),
    held("records", 100, NOON, "late-3"),
]


def test_late_usage_waits_for_the_next_invoice(books: str) -> None:
    """The invoice shows what it counted, and what came since beside it."""
    before = explained(books)
    record(books, *LATE)
    told = explained(books)
    assert told["agrees"]
    for key in ("sms", "api_calls", "records"):
        own, then = meter(told, key), meter(before, key)
        assert {**own, "late": []} == then
        (late,) = own["late"]
        assert (late["state"], late["invoice"], late["line"]) == ("waiting", None, None)
    assert meter(told, "sms")["late"][0]["quantity"] == "7"


def test_late_usage_of_a_day_is_one_row_however_often_it_came(books: str) -> None:
    """7, then 2 and 3 of the same day in pages of their own."""
    for name, units in (("l-1", 7), ("l-2", 2), ("l-3", 3)):
        record(books, used("sms", units, "2025-10-16T18:00:00+02:00", name))
    (late,) = meter(explained(books, "sms"), "sms")["late"]
    assert (late["day"], late["quantity"], late["entries"]) == ("2025-10-16", "12", 3)


def test_entries_that_were_voided_are_not_counted(books: str) -> None:
    """Before the invoice one of two was; what is voided after it changes nothing of what it saw."""
    events = [used("sms", 5, "2025-11-03T12:00:00+01:00", name) for name in ("a", "b")]
    record(books, *events)
    void(books, "a")
    invoice_run(books, "2025-11")
    before = meter(explained(books, "sms", period="2025-11"), "sms")
    void(books, "b")
    after = meter(explained(books, "sms", period="2025-11"), "sms")
    for own in (before, after):
        assert ([day["entries"] for day in own["days"]], own["entries"]) == ([1], 1)


def void(url: str, event_id: str) -> None:
    """Usage that was sent by mistake."""
    own = ("--order", "acme-main", "--source", "/platform/node-3", "--id", event_id)
    why = ("--day", "2025-11-03", "--by", "Ewa Nowak", "--reason", "a test")
    assert licznik(url, "usage", "void", *own, *why).status == 0


def test_late_usage_names_the_invoice_that_billed_it(books: str) -> None:
    """Its number and line; none where nothing more was to be paid."""
    record(books, *LATE)
    invoice_run(books, "2025-11")
    record(books, used("sms", 2, "2025-10-16T19:00:00+02:00", "later"))
    told, after = explained(books), explained(books, period="2025-11")
    first, second = meter(told, "sms")["late"]
    assert (first["state"], first["invoice"]) == ("billed", number(books, "2025-11"))
    assert first["line"] == line(after, "sms", "adjustment")["line"]
    assert (second["state"], second["quantity"]) == ("waiting", "2")
    (calls,) = meter(told, "api_calls")["late"]
    assert (calls["state"], calls["line"]) == ("billed", None)


def test_an_adjustment_says_what_the_earlier_period_was_and_is(books: str) -> None:
    record(books, *LATE)
    invoice_run(books, "2025-11")
    told = explained(books, "sms", period="2025-11")
    own = line(told, "sms", "adjustment")
    earlier = own["earlier"]
    assert told["agrees"]
    assert (earlier["period"], earlier["invoice"]) == ("2025-10", number(books))
    assert int(earlier["now"]["used"]) - int(earlier["then"]["used"]) == 7
    assert earlier["late"] == [{"day": "2025-10-16", "quantity": "7", "entries": 1}]
    assert own["arithmetic"][-1] == "7 message × 0.09 = 0.63"


def test_a_second_adjustment_counts_from_the_first(books: str) -> None:
    """What was billed before is not billed again."""
    record(books, *LATE)
    invoice_run(books, "2025-11")
    record(books, used("sms", 2, "2025-10-16T19:00:00+02:00", "later"))
    invoice_run(books, "2025-12")
    own = line(explained(books, "sms", period="2025-12"), "sms", "adjustment")
    assert (own["quantity"], own["agrees"]) == ("2", True)
    assert [one["quantity"] for one in own["earlier"]["late"]] == ["2"]
    assert explained(books, period="2025-11")["agrees"]


def test_a_level_that_was_late_before_the_period_is_seen_as_it_was(books: str) -> None:
    """November's invoice saw October's level without what came later."""
    invoice_run(books, "2025-11")
    before = explained(books, "records", period="2025-11")
    record(books, held("records", 500, NOON, "late"))
    assert explained(books, "records", period="2025-11") == before


def test_packs_that_cover_from_their_purchase(database: str) -> None:
    """Single uses decide, and late ones among them change nothing of what was."""
    place(database, order(packs=[pack("pack_sms_5000", NOON.replace("T", " ")[:16])],
                          policies=FROM_PURCHASE))  # fmt: skip
    record(database, EVENTS[0], used("sms", 10, "2025-10-25T12:00:00+02:00", "x"))
    invoice_run(database, "2025-10")
    record(database, used("sms", 1_000, "2025-10-24T12:00:00+02:00", "late"))
    told = explained(database, "sms")
    (own,) = meter(told, "sms")["packs"]
    assert (told["agrees"], own["left"]) == (True, "4990")


# Entries


def recent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries of October may still be shown."""
    now = datetime(2025, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(explain_command, "clock", lambda: now)


def test_a_day_goes_down_to_its_entries(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recent(monkeypatch)
    record(books, *LATE)
    page = explained(books, "api_calls", "--day", "2025-10-20")["entries"]
    found = [(one["user"], one["quantity"], one["late"]) for one in page["entries"]]
    assert sorted(found) == [
        ("anna@acme.pl", "900000", False),
        ("jan@acme.pl", "9", False),
        ("ola@acme.pl", "5", True),
    ]
    assert {one["id"] for one in page["entries"]} == {"4", "5", "late-2"}


def test_entries_come_in_pages(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry on one page, none on two."""
    recent(monkeypatch)
    many = [used("sms", 1, f"2025-10-22T12:{n:02}:00+02:00", f"m-{n}") for n in range(60)]
    record(books, *many)
    ids: list[str] = []
    for page in (1, 2, 3):
        told = explained(books, "sms", "--day", "2025-10-22", "--limit", 25, "--page", page)
        assert (told["entries"]["count"], told["entries"]["pages"]) == (60, 3)
        ids += [one["id"] for one in told["entries"]["entries"]]
    assert ids == [one["id"] for one in many]


def test_entries_that_are_too_old_are_not_shown(books: str) -> None:
    """R123: single entries are given for 365 days."""
    page = explained(books, "--day", "2025-10-20")["entries"]
    assert (page["too_old"], page["entries"]) == (True, [])
    outcome = licznik(books, "invoices", "explain", number(books), "--day", "2025-10-20")
    assert "365 days" in outcome.err


def test_a_day_of_another_month_is_a_mistake(books: str) -> None:
    outcome = licznik(books, "invoices", "explain", number(books), "--day", "2025-11-20")
    assert (is_answered(outcome), codes(outcome)) == (True, ["other_period"])


# As it was


def _exact(entry: Plain) -> Plain:
    return {key: str(own) if isinstance(own, Decimal) else own for key, own in entry.items()}


@pytest.mark.parametrize("seed", range(4))
def test_what_was_recorded_first_can_be_seen_after_more_has_come(database: str, seed: int) -> None:
    """For every meter and day, whatever came later and in whichever order."""
    written = random_scenario(seed)
    place(database, *written["orders"], accounts=written["accounts"])
    events = [as_cloud_event(_exact(use), n) for n, use in enumerate(written["usage"])]
    random.Random(seed).shuffle(events)
    record(database, *events[::2])
    orders = [own["id"] for own in written["orders"]]
    months = sorted({str(day)[:7] for (day,) in rows(database, "SELECT day FROM usage_balance")})
    periods = [Period.parse(month) for month in months]
    with usage_store(database) as store:
        position = value(database, "SELECT max(notification_id) FROM usage_events")
        with store.snapshot() as look:
            then = {period: read_usage(look, orders, period) for period in periods}
        record(database, *events[1::2])
        with store.snapshot() as look:
            for period in periods:
                for own in orders:
                    seen = read_as_of(store, look, own, period, position, catalog().meters)
                    assert seen.recorded == then[period][own]


@pytest.mark.parametrize("seed", range(4))
def test_every_invoice_can_explain_itself(database: str, seed: int) -> None:
    """Random orders, with usage that comes after each run."""
    written = random_scenario(seed)
    months = periods_of(written)
    periods = [*months, str(Period.parse(months[-1]).next())]
    place(database, *written["orders"], accounts=written["accounts"])
    events = [as_cloud_event(_exact(use), n) for n, use in enumerate(written["usage"])]
    random.Random(seed).shuffle(events)
    for n, period in enumerate(periods):
        record(database, *events[n :: len(months)])
        licznik(database, "invoices", "run", "--period", period)
    numbers = rows(database, "SELECT number FROM invoice")
    assert numbers
    for (own,) in numbers:
        told = licznik(database, "invoices", "explain", own, "--json").data
        wrong = [one for one in (*told["lines"], *told["meters"]) if not one["agrees"]]
        assert (own, wrong) == (own, [])


# Credits, service work, and what is no invoice


SERVICE: Plain = {
    "incidents": [
        incident(
            "F1",
            reported="2025-11-10 16:35",
            qualified="2025-11-10 17:00",
            repaired="2025-11-12 14:10",
            down=[("2025-11-10 16:30", "2025-11-10 19:15")],
        )
    ],
    "claims": [claim(filed="2025-12-05")],
    "service_work": [
        {"order": "acme-main", "hours": "2.5", "accepted": "2025-12-02", "performed": "2025-12-03"},
        {"order": "acme-main", "hours": "1", "accepted": "2025-12-02", "performed": "2025-12-04"},
    ],
}


@pytest.fixture
def served(database: str) -> str:
    """November was paid, and is given back in part; in December there was work to charge."""
    own = ordered("progres", launch_date="2025-11-01")
    place(database, own)
    invoice_run(database, "2025-11")
    record_all(database, scenario([own], **SERVICE))
    invoice_run(database, "2025-12")
    return database


def test_a_credit_says_what_it_is_a_share_of(served: str) -> None:
    """5 % of November's 6000.00, nothing of it given back before."""
    own = line(explained(served, period="2025-12"), "sla_credit")
    assert own["arithmetic"] == [
        "5% of 6000.00 recurring fees of 2025-11 = 300.00",
        "-1 credit × 300.00 = -300.00",
    ]
    assert own["agrees"]
    assert own["credit"] == {
        "period": "2025-11",
        "percent": "5",
        "base": "6000.00",
        "given_before": "0.00",
        "carried": "0.00",
    }


def test_a_credit_that_is_given_back_in_parts_says_so(database: str) -> None:
    """December has room for 100.00 of the 300.00; January gives back the rest it has room for."""
    extra = [addon("email_sms_automation", 1, "2025-11-01", "2025-11-30")]
    prices = {"licence": "100.00", "sla": "0.00", "addons": {"email_sms_automation": "5900.00"}}
    own = ordered("progres", launch_date="2025-11-01", prices=prices, addons=extra)
    place(database, own)
    invoice_run(database, "2025-11")
    record_all(database, scenario([own], **{**SERVICE, "service_work": []}))
    for period, said in (
        ("2025-12", ["200.00 of it is carried on to a later invoice"]),
        (
            "2026-01",
            [
                "100.00 of it was given back before",
                "100.00 of it is carried on to a later invoice",
            ],
        ),
        ("2026-02", ["200.00 of it was given back before"]),
    ):
        invoice_run(database, period)
        found = line(explained(database, period=period), "sla_credit")
        assert found["arithmetic"][1:-1] == said
        assert (found["net"], found["agrees"]) == ("-100.00", True)


def test_service_work_says_its_hours(served: str) -> None:
    """Each piece of work with its day; together 3.5 hours at 350.00 (R116)."""
    own = line(explained(served, period="2025-12"), "service_work")
    assert own["arithmetic"] == [
        "visit-0/1: 2.5 h, done on 2025-12-03",
        "visit-1/1: 1 h, done on 2025-12-04",
        "3.5 hour × 350.00 = 1225.00",
    ]
    assert own["agrees"]
    assert [one["hours"] for one in own["work"]] == ["2.5", "1"]


def test_a_correction_or_a_note_is_no_invoice_to_explain(served: str) -> None:
    """Each says where to look instead."""
    first = number(served, "2025-11")
    assert licznik(served, "notes", "run", "--period", "2025-11").status == 0
    price = ("orders", "change", "price", "acme-main", "licence.pro", "5900.00")
    assert licznik(served, *price).status == 0
    assert licznik(served, "invoices", "correct", first, "--because", "price").status == 0
    for kind, sentence in (
        ("note", "licznik invoices show"),
        ("correction", f"licznik invoices explain {first}"),
    ):
        own = value(served, "SELECT number FROM invoice WHERE kind = %s", kind)
        outcome = licznik(served, "invoices", "explain", own)
        assert is_answered(outcome)
        assert codes(outcome) == ["not_an_invoice"]
        assert sentence in " ".join(outcome.err.split())
