"""The back-test: before is what was invoiced, after is what the same usage would have cost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from billing.plans.backtest import BackTest, back_test
from billing.plans.changes import Changes, PriceChange
from billing.plans.comparing import KINDS
from billing.plans.forms import ChangesForm, read_changes
from billing.plans.recorded import recorded_orders
from entrypoints.backtesting import run_back_test
from invoices.finding import load_invoices
from invoices.issuing import InvoiceRun
from metering.calendar import Period, periods
from metering.problems import ProblemsFound
from tests.builders import (
    GB,
    Plain,
    addon,
    catalog,
    catalog_text,
    local,
    order,
    pack,
    read_scenario,
)
from tests.judges.scenarios import scenarios
from tests.recorded_words import record_all
from tests.running import (
    MIGRATED,
    Server,
    decision_store,
    held,
    licznik,
    place,
    record,
    rows,
    usage_store,
    used,
    write_yaml,
)

AFTERWARDS = datetime(2029, 1, 15, 12, tzinfo=UTC)
MORNING = local("2025-10-05 09:00")
OCTOBER, NOVEMBER = Period(2025, 10), Period(2025, 11)
NOTHING_CHANGES = Changes()
TENTH = Decimal(10)


def issue(url: str, period: Period, now: datetime = AFTERWARDS) -> None:
    """Invoices a period."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        run = InvoiceRun(decisions, usage, catalog(), period, now)
        list(run.issue(run.orders()))


def backtested(
    url: str, changes: Changes, first: Period = OCTOBER, last: Period = OCTOBER
) -> BackTest:
    """A back-test on what is recorded."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        return run_back_test(decisions, usage, catalog(), changes, (first, last))


def invoiced(url: str) -> Counter[tuple[str, str, str]]:
    """What issued invoices bill, by order, period and kind of line, in hundredths."""
    found: Counter[tuple[str, str, str]] = Counter()
    with decision_store(url) as decisions:
        for own in load_invoices(
            decisions, [key for (key,) in rows(url, "SELECT id FROM invoice")]
        ):
            for line in own.document["lines"]:
                if line["kind"] in KINDS:
                    place_of = own.document["order"], own.document["period"], line["kind"]
                    found[place_of] += int(Decimal(line["net"]) * 100)
    return found


def before(found: BackTest) -> Counter[tuple[str, str, str]]:
    """The same, as a back-test has it."""
    nets: Counter[tuple[str, str, str]] = Counter()
    for own in found.orders:
        for month in own.months:
            for kind, effect in month.kinds.items():
                nets[own.order, str(month.period), kind] += int(effect.before.amount * 100)
    return nets


@settings(max_examples=5)
@given(written=scenarios(overlapping=False))
def test_before_is_what_was_invoiced(server: Server, written: Plain) -> None:
    """Whatever was ordered and used, kind by kind and month by month."""
    scenario = read_scenario(written)
    first, last = scenario.first_period(), scenario.last_period()
    with server.database(MIGRATED) as url:
        place(url, *written["orders"], accounts=written["accounts"])
        record_all(url, written, AFTERWARDS)
        for period in periods(first, last):
            issue(url, period)
        found = backtested(url, NOTHING_CHANGES, first, last)
        assert before(found) == invoiced(url)
        assert found.same == len(found.orders)


@pytest.fixture
def recorded(database: str) -> str:
    """Two orders with a month of usage: one sends messages, the other keeps records."""
    place(database, order(), order(id="second", package="uc", licences=3))
    record(
        database,
        used("sms", 1_000, MORNING, "a"),
        held("records", 200_000, MORNING, "b", order="second"),
    )
    return database


def effects(found: BackTest) -> dict[str, str]:
    """What each order would have paid more."""
    return {own.order: f"{own.whole.difference.amount}" for own in found.orders}


def price(key: str, amount: str) -> Changes:
    """A new price."""
    group, _, name = key.partition(".")
    return Changes((PriceChange(group, name or None, Decimal(amount)),))


def test_a_price_of_overage_concerns_those_who_pay_it(recorded: str) -> None:
    """1,000 messages at 0.08 in place of 0.09."""
    found = backtested(recorded, price("overage.sms", "0.08"))
    assert effects(found) == {"second": "0.00", "acme-main": "-10.00"}
    assert (found.dearer, found.cheaper, found.same) == (0, 1, 1)
    assert found.totals["PLN"].difference.amount == Decimal("-10.00")
    assert list(found.kinds["PLN"]) == ["subscription", "overage"]


def test_a_percentage_is_taken_of_what_each_order_pays(recorded: str) -> None:
    """20 and 3 licences at 150, ten per cent more."""
    dearer = Changes((PriceChange("licence", percent=Decimal(10)),))
    assert effects(backtested(recorded, dearer)) == {"acme-main": "300.00", "second": "45.00"}


def test_a_price_of_one_package_goes_before_one_of_all(recorded: str) -> None:
    """In whatever order they are said: Pro at 160, the others a tenth more."""
    both = (PriceChange("licence", "pro", Decimal(160)), PriceChange("licence", None, None, TENTH))
    for said in (both, both[::-1]):
        assert effects(backtested(recorded, Changes(said))) == {
            "acme-main": "200.00",
            "second": "45.00",
        }


def test_a_smaller_limit_is_more_overage(recorded: str) -> None:
    """UC holds 150,000 records; with 100,000 there are 50,000 more at 0.05."""
    smaller = Changes(limits={"limit_records": {"uc": Decimal(100_000)}})
    assert effects(backtested(recorded, smaller)) == {"second": "2500.00", "acme-main": "0.00"}


def test_a_change_may_concern_one_edition(recorded: str) -> None:
    """Both orders are of the other one."""
    only = Changes(
        (PriceChange("overage", "sms", Decimal(1)),), editions=frozenset({"fcc-2025-03-01"})
    )
    assert backtested(recorded, only).same == 2


def test_a_changed_catalog_may_be_tested_whole(recorded: str, tmp_path: Path) -> None:
    """UC with 100,000 records, written into a copy of the catalog."""
    text = catalog_text().replace(
        "[150000, 300000, 500000, 800000]", "[100000, 300000, 500000, 800000]"
    )
    (tmp_path / "proposed.yaml").write_text(text, encoding="utf-8")
    file = write_yaml(tmp_path / "changes.yaml", {"catalog": "proposed.yaml"})
    found = outcome(recorded, file)
    assert found["totals"]["PLN"]["difference"] == "2500.00"


def test_what_a_change_would_refuse_is_told(database: str) -> None:
    """Standard has 10 queues; with 5 the sixth to eighth would not have been there."""
    place(database, order("standard"))
    record(database, held("queues", 8, MORNING, "a"))
    fewer = Changes(limits={"limit_queues": {"standard": Decimal(5)}})
    (own,) = backtested(database, fewer).orders
    assert own.months[0].refused == {"queues": Decimal(3)}


def test_packs_and_addons_are_priced_by_their_own_names(database: str) -> None:
    """A pack at 300 in place of 350, an add-on at 99 in place of 149, disk by its alias."""
    own = order(
        addons=[addon("email_sms_automation"), addon("disk_extra_100gb")],
        packs=[pack("pack_sms_2000")],
    )
    place(database, own)
    record(database, held("disk_bytes", 50 * GB, MORNING, "a"))
    cheaper = Changes(
        (
            PriceChange("packs", "pack_sms_2000", Decimal(300)),
            PriceChange("addons", "email_sms_automation", Decimal(49)),
            PriceChange("packs", "pack_disk_100gb", percent=Decimal(-50)),
        )
    )
    (effect,) = backtested(database, cheaper).orders
    found = {kind: f"{one.difference.amount}" for kind, one in effect.kinds.items()}
    assert found == {"subscription": "0.00", "addon": "-50.00", "pack": "-99.50"}


def test_without_orders_there_is_nothing_to_test(database: str) -> None:
    assert backtested(database, NOTHING_CHANGES).orders == ()


def test_several_processes_come_to_the_same(recorded: str) -> None:
    """As one that rates all orders."""
    changes = price("overage.sms", "0.08")
    with decision_store(recorded) as decisions, usage_store(recorded) as usage:
        orders = recorded_orders(decisions, usage, catalog(), OCTOBER, NOVEMBER, changes)
        span = OCTOBER, NOVEMBER
        found = run_back_test(decisions, usage, catalog(), changes, span, processes=2)
    assert back_test(catalog(), changes, orders) == found


def outcome(url: str, file: Path, *words: str) -> Any:
    """What the command prints for programs."""
    span = ("--from", "2025-10", "--to", "2025-10")
    found = licznik(url, "backtest", file, *span, "--json", *words)
    assert found.status == 0, found.err
    return json.loads(found.out)


def test_the_command_tells_who_would_pay_less(recorded: str, tmp_path: Path) -> None:
    """As a table."""
    file = write_yaml(tmp_path / "changes.yaml", {"prices": {"overage.sms": "0.08"}})
    found = licznik(recorded, "backtest", file, "--from", "2025-10", "--to", "2025-10")
    assert "0 would pay more, 1 less, 1 the same." in found.out
    assert "overage -10.00" in found.out


def test_a_file_of_changes_is_read_whole(tmp_path: Path) -> None:
    """Every part at once."""
    form = ChangesForm.model_validate(
        {"prices": {"overage": {"sms": "0.08"}, "licence": "+5%"}, "caps": {"mass_sms": 100}}
    )
    changes = read_changes(form, catalog())
    assert changes.prices == (
        PriceChange("overage", "sms", Decimal("0.08")),
        PriceChange("licence", None, percent=Decimal(5)),
    )
    assert changes.caps == {"mass_sms": Decimal(100)}


WRONG = {
    "prices.overage.smss": ({"prices": {"overage.smss": 1}}, "unknown_item"),
    "prices.fees": ({"prices": {"fees": 1}}, "unknown_field"),
    "prices.overage": ({"prices": {"overage": 1}}, "missing_field"),
    "prices.licence": ({"prices": {"licence": "-101%"}}, "out_of_range"),
    "prices.sla": ({"prices": {"sla": "many"}}, "invalid_value"),
    "limits.limit_record": ({"limits": {"limit_record": {"uc": 1}}}, "unknown_item"),
    "limits.limit_records.max": ({"limits": {"limit_records": {"max": 1}}}, "unknown_item"),
    "packs.pack_sms_2000": ({"packs": {"pack_sms_2000": 0}}, "out_of_range"),
    "editions": ({"editions": ["welyo"]}, "unknown_edition"),
}


@pytest.mark.parametrize("path", WRONG)
def test_a_mistake_is_named_where_it_stands(path: str) -> None:
    written, code = WRONG[path]
    with pytest.raises(ProblemsFound) as found:
        read_changes(ChangesForm.model_validate(written), catalog())
    assert [(own.code, own.path) for own in found.value.problems] == [(code, path)]
