"""`licznik invoices run`: one invoice an order and period, no number lost, nothing issued twice."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.scenario import as_cloud_event
from entrypoints.cli import invoices as invoices_command
from invoices.issuing import InvoiceRun
from metering.calendar import Period
from tests.amending import void
from tests.builders import (
    AUTOMATION,
    FROM_PURCHASE,
    Plain,
    hold,
    local,
    order,
    pack,
    scenario,
    use,
)
from tests.random_scenarios import periods_of, random_scenario
from tests.running import (
    Outcome,
    codes,
    console,
    contents,
    differences,
    ended,
    held,
    is_answered,
    licznik,
    place,
    record,
    rows,
    started,
    used,
    value,
    write_yaml,
)

NOON = "2025-10-05T12:00:00+02:00"
NOVEMBER = "2025-11-05T12:00:00+01:00"
PLENTY = 2_000_000
"""More records than the allowance of an order with 20 licences."""
MANY_CALLS = 900_000
"""More than the allowance of an order with 20 licences of which one user makes all calls."""


def run(url: str, period: str = "2025-10", *options: str) -> Outcome:
    """What an invoice run ended with."""
    return licznik(url, "invoices", "run", "--period", period, "--json", *options)


def issued(url: str, period: str = "2025-10") -> list[Plain]:
    """The invoices of a period."""
    listed = licznik(url, "invoices", "list", "--period", period, "--json").data["invoices"]
    return list(listed)


def invoice(url: str, period: str = "2025-10", own: str = "acme-main") -> Plain:
    """An order's invoice of a period."""
    (number,) = (one["number"] for one in issued(url, period) if one["order"] == own)
    shown: Plain = licznik(url, "invoices", "show", number, "--json").data
    return shown


def lines(document: Plain, *kinds: str) -> list[tuple[str, str, str]]:
    """Item, quantity and net of an invoice's lines of some kinds."""
    return [
        (line["item"], line["quantity"], line["net"])
        for line in document["lines"]
        if line["kind"] in kinds
    ]


def numbers(url: str) -> list[int]:
    """The numbers given out, without their series."""
    return sorted(int(n.rpartition("/")[2]) for (n,) in rows(url, "SELECT number FROM invoice"))


def customers(count: int) -> list[Plain]:
    """So many orders."""
    return [order(id=f"order-{n:03}") for n in range(count)]


# Issuing


def test_every_order_gets_one_invoice_with_the_next_number(database: str) -> None:
    """Art. 106e: consecutive numbers."""
    place(database, *customers(3))
    outcome = run(database)
    assert (outcome.status, outcome.data["issued"]) == (0, 3)
    assert [one["order"] for one in issued(database)] == ["order-000", "order-001", "order-002"]
    assert numbers(database) == [1, 2, 3]


def test_numbers_run_on_from_period_to_period(database: str) -> None:
    """The series is that of the year of issue."""
    place(database, *customers(2))
    run(database, "2025-10")
    run(database, "2025-11")
    assert numbers(database) == [1, 2, 3, 4]
    assert len({one["number"].rpartition("/")[0] for one in issued(database)}) == 1


def test_running_twice_issues_nothing_twice(database: str) -> None:
    """Contract, section 3."""
    place(database, *customers(3))
    run(database)
    before = contents(database)
    again = run(database)
    assert (again.status, again.data["issued"], again.data["already_issued"]) == (0, 0, 3)
    assert contents(database) == before


def test_an_order_placed_later_is_invoiced_by_the_next_run(database: str) -> None:
    """Those that have theirs are passed over."""
    place(database, order(id="first"))
    run(database)
    place(database, order(id="a-second"))
    assert run(database).data["issued"] == 1
    assert {one["order"] for one in issued(database)} == {"first", "a-second"}
    assert numbers(database) == [1, 2]


def test_a_period_with_nothing_to_charge_has_no_invoice(database: str) -> None:
    """Contract, section 2."""
    place(database, order(launch_date="2025-11-01"))
    assert run(database).data["nothing_to_charge"] == 1
    assert issued(database) == []


def test_a_dry_run_shows_drafts_and_keeps_nothing(database: str) -> None:
    """Contract, section 3."""
    place(database, order())
    record(database, used("sms", 100, NOON, "1"))
    before = contents(database)
    (draft,) = run(database, "2025-10", "--dry-run").data["drafts"]
    assert lines(draft, "overage") == [("sms", "100", "9.00")]
    assert contents(database) == before


def test_a_dry_run_shows_what_will_be_issued(database: str) -> None:
    """The same lines and sums."""
    place(database, order())
    record(database, used("sms", 100, NOON, "1"))
    (draft,) = run(database, "2025-10", "--dry-run").data["drafts"]
    run(database)
    assert {key: invoice(database)[key] for key in draft} == draft


def test_a_period_that_is_not_closed_is_refused(database: str) -> None:
    """Usage that is under way would be left out."""
    place(database, order())
    before = contents(database)
    outcome = licznik(database, "invoices", "run", "--period", "2099-01")
    assert is_answered(outcome)
    assert codes(outcome) == ["period_not_closed"]
    assert contents(database) == before


@pytest.mark.parametrize(("now", "status"), [("2025-11-02 23:59:59", 2), ("2025-11-03 00:00", 0)])
def test_a_period_closes_two_days_after_its_end(
    database: str, monkeypatch: pytest.MonkeyPatch, now: str, status: int
) -> None:
    """In the days of Warsaw."""
    place(database, order())
    instant = datetime.fromisoformat(local(now))
    monkeypatch.setattr(invoices_command, "clock", lambda: instant)
    assert run(database).status == status


def test_the_grace_time_is_a_setting(database: str) -> None:
    """LICZNIK_GRACE_DAYS."""
    place(database, order())
    words = ("invoices", "run", "--period", "2025-10")
    assert licznik(database, *words, LICZNIK_GRACE_DAYS="36500").status == 2
    assert licznik(database, *words, LICZNIK_GRACE_DAYS="0").status == 0


@pytest.mark.parametrize("period", ["2025-13", "2025", "october", ""])
def test_what_is_no_period_is_refused(database: str, period: str) -> None:
    """A sentence and status 2."""
    assert is_answered(licznik(database, "invoices", "run", "--period", period))


def test_an_unknown_number_is_a_problem(database: str) -> None:
    """A sentence and status 2."""
    outcome = licznik(database, "invoices", "show", "FV/1999/000001")
    assert is_answered(outcome)
    assert codes(outcome) == ["unknown_invoice"]


# Prices


def unpriced(own: str) -> Plain:
    """An order without a price for its licences: the catalog's is indicative."""
    whole = order(id=own)
    del whole["prices"]["licence"]
    return whole


def test_an_order_without_a_price_is_listed_and_the_others_are_issued(database: str) -> None:
    """Contract, section 5: `missing_price`; an invoice never uses an indicative price."""
    place(database, order(id="a"), unpriced("b"), order(id="c"))
    outcome = run(database)
    assert (outcome.status, outcome.data["issued"]) == (2, 2)
    (problem,) = outcome.data["problems"]
    assert problem["code"] == "missing_price"
    assert problem["path"].startswith("orders.b")
    assert numbers(database) == [1, 2]


def test_an_order_that_got_its_price_is_issued_by_the_next_run(database: str) -> None:
    """A level of service, and its price a day later."""
    own = order(id="b", sla="progres")
    del own["prices"]["sla"]
    place(database, own)
    assert run(database).status == 2
    priced = ("sla", "b", "progres", "--from", "2025-10-01", "--price", "400.00")
    assert licznik(database, "orders", "change", *priced).status == 0
    assert (run(database).status, numbers(database)) == (0, [1])


def test_the_missing_price_is_named_for_people_too(database: str) -> None:
    """Contract, section 3."""
    place(database, unpriced("b"))
    outcome = licznik(database, "invoices", "run", "--period", "2025-10")
    assert is_answered(outcome)
    assert codes(outcome) == ["missing_price"]


# The same bill as the simulation


def recorded_scenario(url: str, written: Plain, seed: int = 0) -> None:
    """Places a scenario's orders and records its usage, in batches of any order."""
    place(url, *written["orders"], accounts=written["accounts"])
    events = [as_cloud_event(exact(entry), i) for i, entry in enumerate(written["usage"])]
    random.Random(seed).shuffle(events)
    half = len(events) // 2
    for batch in (events[:half], events[half:]):
        assert record(url, *batch).rejected == ()


def exact(entry: Plain) -> Plain:
    """An entry with its decimals in strings, as an event has them."""
    return {key: str(own) if isinstance(own, Decimal) else own for key, own in entry.items()}


def simulated(path: Path, written: Plain, period: str) -> list[Plain]:
    """The invoices of a scenario by `licznik simulate`."""
    plain = {**written, "usage": [exact(entry) for entry in written["usage"]]}
    file = write_yaml(path / "scenario.yaml", plain)
    outcome = licznik(None, "simulate", file, "--period", period, "--json")
    assert outcome.data["problems"] == []
    return sorted(outcome.data["invoices"], key=lambda one: str(one["order"]))


def documents(url: str, period: str) -> list[Plain]:
    """The issued invoices of a period, but for number and dates."""
    given = {"number", "status", "issued_on", "due_on"}
    shown = [invoice(url, period, one["order"]) for one in issued(url, period)]
    own = [{key: one[key] for key in one if key not in given} for one in shown]
    return sorted(own, key=lambda one: str(one["order"]))


PACKS = [
    pack("pack_sms_5000", "2025-10-10 12:00"),
    pack("pack_training_oneoff_5h", "2025-10-25 12:00"),
    pack("pack_queues_10", "2025-10-10 12:00"),
]
USES = [
    use("sms", 4_000, "2025-10-09 12:00"),
    use("sms", 4_000, "2025-10-10 12:00"),
    use("training_hours", "3.5", "2025-10-26 10:00"),
    use("training_hours", "4", "2025-11-03 10:00"),
    use("training_hours", "1", "2025-11-28 10:00"),
    hold("records", 800_000, "2025-10-02 10:00"),
    hold("records", -100_000, "2025-10-31 23:59:59"),
    hold("records", 250_000, "2025-11-30 23:59:59"),
    hold("queues", 20, "2025-10-03 10:00"),
    hold("queues", 15, "2025-10-10 10:00"),
    use("api_calls", MANY_CALLS, user="anna@acme.pl"),
    use("api_calls", MANY_CALLS, user="jan@acme.pl"),
]


@pytest.mark.parametrize("coverage", ["from_purchase", "whole_period"])
@pytest.mark.parametrize("period", ["2025-10", "2025-11", "2025-12"])
def test_recorded_usage_costs_what_the_simulation_says(
    database: str, tmp_path: Path, coverage: str, period: str
) -> None:
    """Decision 6: the same code on the same data; packs, training and stock across months."""
    own = order("enterprise", packs=PACKS, policies={"pack_coverage": coverage})
    written = scenario([own], USES)
    recorded_scenario(database, written)
    run(database, period)
    assert documents(database, period) == simulated(tmp_path, written, period)
    assert differences(database) == []


@pytest.mark.parametrize("seed", range(6))
def test_random_orders_cost_what_the_simulation_says(
    database: str, tmp_path: Path, seed: int
) -> None:
    """Decision 6, for whatever can be ordered and used."""
    written = random_scenario(seed)
    recorded_scenario(database, written, seed)
    for period in periods_of(written):
        run(database, period)
        assert documents(database, period) == simulated(tmp_path, written, period)
    assert differences(database) == []


# Late usage


def invoiced_october(url: str, own: Plain, *events: Plain) -> None:
    """An order placed, some usage recorded, October invoiced."""
    place(url, own)
    record(url, *events)
    assert run(url).status == 0


def test_late_usage_is_an_adjustment_on_the_next_invoice(database: str) -> None:
    """Policy `late_usage: adjustment`."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    run(database, "2025-11")
    own = invoice(database, "2025-11")
    assert lines(own, "adjustment", "overage") == [("sms", "50", "4.50")]
    (line,) = (line for line in own["lines"] if line["kind"] == "adjustment")
    assert line["days"] == {"from": "2025-10-01", "to": "2025-10-31"}
    assert differences(database) == []


def test_late_usage_is_billed_once(database: str) -> None:
    """Neither by another run nor by the next month's."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    for period in ("2025-11", "2025-11", "2025-12"):
        run(database, period)
    assert lines(invoice(database, "2025-12"), "adjustment") == []
    assert differences(database) == []


def test_periods_invoiced_out_of_order_bill_late_usage_once(database: str) -> None:
    """Every issued invoice counts, also one of a later period."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    run(database, "2025-12")
    record(database, used("sms", 7, NOON, "later"))
    run(database, "2025-11")
    assert lines(invoice(database, "2025-12"), "adjustment") == [("sms", "50", "4.50")]
    assert lines(invoice(database, "2025-11"), "adjustment") == [("sms", "7", "0.63")]
    assert differences(database) == []


def test_late_usage_is_billed_at_the_price_of_its_period(database: str) -> None:
    """A price agreed later holds for periods without an invoice."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    assert (
        licznik(database, "orders", "change", "price", "acme-main", "overage.sms", "5").status == 0
    )
    record(database, used("sms", 50, NOON, "late"), used("sms", 1, NOVEMBER, "2"))
    run(database, "2025-11")
    own = invoice(database, "2025-11")
    assert lines(own, "adjustment") == [("sms", "50", "4.50")]
    assert lines(own, "overage") == [("sms", "1", "5.00")]
    assert differences(database) == []


def test_usage_may_come_late_more_than_once(database: str) -> None:
    """Each invoice bills what the ones before it have not."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    for n, period in enumerate(("2025-11", "2025-12")):
        record(database, used("sms", 10 + n, NOON, f"late-{n}"))
        run(database, period)
    assert lines(invoice(database, "2025-11"), "adjustment") == [("sms", "10", "0.90")]
    assert lines(invoice(database, "2025-12"), "adjustment") == [("sms", "11", "0.99")]
    assert differences(database) == []


def test_late_usage_within_the_allowance_costs_nothing(database: str) -> None:
    """It is noted, so that it is not looked for again."""
    invoiced_october(database, order(), used("api_calls", 5, NOON, "1"))
    record(database, used("api_calls", 5, NOON, "late"))
    run(database, "2025-11")
    assert lines(invoice(database, "2025-11"), "adjustment") == []
    assert value(database, "SELECT entries FROM invoice ORDER BY period LIMIT 1") == 2
    assert differences(database) == []


def test_a_late_change_of_a_stock_is_billed_for_every_month_it_lasted(database: str) -> None:
    """R42: the level lives on, so November's peak was higher too."""
    invoiced_october(database, order(), held("records", PLENTY, NOON, "1"))
    run(database, "2025-11")
    record(database, held("records", 1_000, NOON, "late"))
    run(database, "2025-12")
    december = invoice(database, "2025-12")
    months = [line["days"]["from"] for line in december["lines"] if line["kind"] == "adjustment"]
    assert months == ["2025-10-01", "2025-11-01"]
    assert [quantity for _, quantity, _ in lines(december, "adjustment")] == ["1000", "1000"]
    assert differences(database) == []


def test_late_usage_that_lowers_a_peak_is_given_back(database: str) -> None:
    """A negative adjustment."""
    invoiced_october(database, order(), held("records", PLENTY, NOON, "1"))
    record(database, held("records", -1_000, "2025-10-04T12:00:00+02:00", "late"))
    run(database, "2025-11")
    assert lines(invoice(database, "2025-11"), "adjustment") == [("records", "-1000", "-50.00")]
    assert differences(database) == []


def test_late_usage_under_correction_names_the_invoice_to_correct(database: str) -> None:
    """Policy `late_usage: correction`: no adjustment line."""
    own = order(policies={"late_usage": "correction"})
    invoiced_october(database, own, used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    outcome = run(database, "2025-11")
    assert outcome.data["to_correct"] == [{"order": "acme-main", "period": "2025-10"}]
    assert lines(invoice(database, "2025-11"), "adjustment") == []
    assert differences(database) == []


def test_an_invoice_to_correct_is_named_to_people(database: str) -> None:
    """Policy `late_usage: correction`."""
    own = order(policies={"late_usage": "correction"})
    invoiced_october(database, own, used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    outcome = licznik(database, "invoices", "run", "--period", "2025-11")
    assert "acme-main for 2025-10 must be corrected" in outcome.err


def test_a_month_that_had_nothing_to_charge_is_named_when_usage_comes_late(database: str) -> None:
    """It gets an invoice of its own, and is named until it has one."""
    free = order(prices={"licence": "0.00"})
    invoiced_october(database, free)
    record(database, used("sms", 10, NOVEMBER, "1"))
    assert run(database, "2025-11").data["to_invoice"] == []
    record(database, used("sms", 100, NOON, "late"))
    told = run(database, "2025-12", "--dry-run").data["to_invoice"]
    assert told == [{"order": "acme-main", "period": "2025-10"}]
    said = licznik(database, "invoices", "run", "--period", "2025-12").err
    assert "2025-10 has charges and no invoice for 1 orders, such as acme-main" in said
    run(database)
    assert lines(invoice(database), "overage") == [("sms", "100", "9.00")]
    assert run(database, "2026-01").data["to_invoice"] == []
    assert differences(database) == []


def test_usage_that_is_late_for_an_ended_order_is_billed(database: str) -> None:
    """Nothing is dropped in silence: the invoice has the adjustment alone."""
    invoiced_october(database, order(end_date="2025-10-31"), used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    run(database, "2025-11")
    own = invoice(database, "2025-11")
    assert [line["kind"] for line in own["lines"]] == ["adjustment"]
    assert own["net"] == "4.50"
    assert differences(database) == []


@pytest.mark.parametrize("seed", range(6))
def test_late_or_not_the_same_is_billed_in_the_end(
    database: str, tmp_path: Path, seed: int
) -> None:
    """Overage and adjustments of a month add up to what it would have been at once."""
    written = adjusting(random_scenario(seed))
    months = periods_of(written)
    periods = [*months, str(Period.parse(months[-1]).next())]
    place(database, *written["orders"], accounts=written["accounts"])
    events = [as_cloud_event(exact(entry), i) for i, entry in enumerate(written["usage"])]
    random.Random(seed).shuffle(events)
    for n, period in enumerate(periods):
        record(database, *events[n :: len(months)])
        run(database, period)
    assert billed_units(database) == simulated_units(tmp_path, written, periods)
    assert differences(database) == []


def adjusting(written: Plain) -> Plain:
    """A scenario whose late usage is billed by adjustments."""
    policy = {"late_usage": "adjustment"}
    orders = [{**own, "policies": {**own["policies"], **policy}} for own in written["orders"]]
    return {**written, "orders": orders}


def billed_units(url: str) -> dict[tuple[str, str, str], Decimal]:
    """The overage of each order, month and meter that invoices have billed, late or not."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for _, period in rows(url, "SELECT DISTINCT 1, to_char(period, 'YYYY-MM') FROM invoice"):
        for document in documents(url, period):
            add_units(sums, document)
    return {key: Decimal(units) for key, units in sums.items() if units}


def simulated_units(path: Path, written: Plain, periods: list[str]) -> dict[Any, Decimal]:
    """The overage of each order, month and meter by `licznik simulate`."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for period in periods:
        for document in simulated(path, written, period):
            add_units(sums, document)
    return {key: Decimal(units) for key, units in sums.items() if units}


def add_units(sums: Counter[tuple[str, str, str]], document: Plain) -> None:
    """Adds the overage and adjustments of an invoice to those of their months."""
    for line in document["lines"]:
        if line["kind"] in ("overage", "adjustment"):
            month = line["days"]["from"][:7] if line["days"] else document["period"]
            units = Decimal(line["quantity"])
            sums[document["order"], month, line["item"]] += units  # type: ignore[assignment]


# Two at once, and one that is killed


SMALL_CHUNKS = "from invoices import drafting, issuing; drafting.CHUNK = issuing.CHUNK = 3"


def test_two_runs_at_once_give_each_number_once(database: str) -> None:
    """No number twice, no gap, no order twice."""
    place(database, *customers(60))
    command = ("invoices", "run", "--period", "2025-10", "--json")
    pair = [started(database, *command, settings=SMALL_CHUNKS) for _ in range(2)]
    outcomes = [ended(one).data for one in pair]
    assert sum(one["issued"] for one in outcomes) == 60
    assert [one["issued"] + one["already_issued"] for one in outcomes] == [60, 60]
    assert numbers(database) == [*range(1, 61)]
    assert differences(database) == []


def meanwhile(monkeypatch: pytest.MonkeyPatch, does: Callable[[], Any]) -> None:
    """Lets something happen once, after the next run has made its drafts and before it saves."""
    save, waiting = InvoiceRun._save, [does]

    def late_save(self: InvoiceRun, *drafts: Any) -> Any:
        if waiting:
            waiting.pop()()
        return save(self, *drafts)

    monkeypatch.setattr(InvoiceRun, "_save", late_save)


def test_two_runs_of_two_months_at_once_bill_late_usage_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever saves second looks again."""
    invoiced_october(database, order(), used("sms", 100, NOON, "1"))
    record(database, used("sms", 50, NOON, "late"))
    meanwhile(monkeypatch, lambda: run(database, "2025-11"))
    run(database, "2025-12")
    assert lines(invoice(database, "2025-11"), "adjustment") == [("sms", "50", "4.50")]
    assert lines(invoice(database, "2025-12"), "adjustment") == []
    assert differences(database) == []


def test_two_runs_of_two_months_at_once_give_back_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A credit that one invoice has no room for: the rest is on the other, and both are proved."""
    own = order(prices={"licence": "1.00"})
    invoiced_october(database, own, used("sms", 300, NOON, "1"))
    number = invoice(database)["number"]
    void(database, "1")
    meanwhile(monkeypatch, lambda: run(database, "2025-11"))
    run(database, "2025-12")
    assert lines(invoice(database, "2025-11"), "adjustment") == [("sms", "-222", "-19.98")]
    assert lines(invoice(database, "2025-12"), "adjustment") == [("sms", "-78", "-7.02")]
    assert differences(database) == []
    for told in (number, invoice(database, "2025-11")["number"]):
        assert licznik(database, "invoices", "explain", told, "--json").data["agrees"]


def test_a_price_agreed_while_a_run_makes_its_drafts_is_on_the_invoice(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds for every period without an invoice."""
    place(database, order())
    record(database, used("sms", 1, NOON, "1"))
    price = ("orders", "change", "price", "acme-main", "overage.sms", "5")
    meanwhile(monkeypatch, lambda: licznik(database, *price))
    run(database)
    assert lines(invoice(database), "overage") == [("sms", "1", "5.00")]
    assert differences(database) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_run_that_is_killed_and_started_again_issues_every_invoice_once(
    database: str, seed: int
) -> None:
    """A crash leaves nothing half-issued and no gap."""
    place(database, *customers(90))
    kill_a_run(database, random.Random(seed))
    assert numbers(database) == [*range(1, len(numbers(database)) + 1)]
    again = run(database).data
    assert again["issued"] > 0, "it was killed before its end"
    assert again["already_issued"] > 0, "it was killed after it had issued something"
    assert numbers(database) == [*range(1, 91)]
    assert len({one["order"] for one in issued(database)}) == 90
    assert differences(database) == []


def kill_a_run(url: str, chance: random.Random) -> None:
    """Kills a run once it has issued some invoices."""
    wanted, milliseconds = chance.randint(1, 50), chance.randrange(10)
    process = started(url, "invoices", "run", "--period", "2025-10", settings=SMALL_CHUNKS)
    while process.poll() is None and len(numbers(url)) < wanted:
        time.sleep(1 / 500)
    time.sleep(milliseconds / 1000)
    process.kill()
    assert ended(process).status == -signal.SIGKILL


def test_the_console_script_issues_invoices(database: str) -> None:
    """The whole way, in a process of its own."""
    place(database, order(addons=AUTOMATION, policies=FROM_PURCHASE), order(id="b"))
    outcome = console(database, "invoices", "run", "--period", "2025-10", "--json")
    assert (outcome.status, outcome.data["issued"]) == (0, 2)
    assert outcome.err == ""
