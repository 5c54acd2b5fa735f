"""Plans side by side, break-even quantities, exposure to credits and penalties, and their files."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.plans.break_even import LICENCES, BreakEven, break_even, with_quantity
from billing.plans.cheapest import cheapest
from billing.plans.comparing import Comparison, side_by_side
from billing.plans.exposure import LevelExposure, Outage, exposure, recorded_exposure
from billing.plans.forms import read_demand
from billing.plans.pricing import price_plan
from billing.plans.values import Basis, Demand, Plan
from billing.sla.record import Failure, Incident, ServiceRecord
from metering.calendar import Interval, Period
from metering.problems import ProblemsFound
from tests.builders import FCC, WELYO, Plain, catalog
from tests.planning import JANUARY, basis, demand, month, wanted
from tests.running import codes, is_answered, licznik, write_yaml

EDITIONS = [basis(edition=FCC), basis()]


# Side by side


def row(found: Comparison, item: str) -> list[str | None]:
    """The cells of an item, FCC's four packages before Welyo's."""
    (own,) = (one for one in found.rows if one.item == item)
    return [f"{cell.net.amount}" if cell else None for cell in own.cells]


def test_every_package_of_every_edition_stands_side_by_side() -> None:
    """400,000 records: each package and edition has another limit (0.005 beyond it)."""
    found = side_by_side(wanted(10, records=400_000), EDITIONS)
    assert [(own.edition, own.package) for own in found.columns][3:5] == [
        (FCC, "enterprise"),
        (WELYO, "uc"),
    ]
    assert row(found, "licence")[:4] == ["790.00", "1190.00", "1690.00", "2490.00"]
    assert row(found, "records") == [
        "1500.00", "1250.00", "1000.00", "500.00", "1250.00", "500.00", None, None,
    ]  # fmt: skip


def test_the_rows_of_a_column_add_up_to_its_plan() -> None:
    """Nothing that is charged is left out."""
    wants = wanted(3, {"chat": 1}, sms=5_000, queues=12, mass_emails=2_000)
    found = side_by_side(wants, EDITIONS)
    for n, column in enumerate(found.columns):
        cells = [own.cells[n] for own in found.rows]
        assert column.priced is not None
        assert sum(cell.net.amount for cell in cells if cell) == column.priced.net.amount


def test_a_package_that_cannot_do_it_says_why_and_shows_what_comes_nearest() -> None:
    """UC has no chat."""
    column = side_by_side(wanted(items={"chat": 1}), [basis()]).columns[0]
    assert [own.message for own in column.problems] == ["Chat cannot be had in package UC"]
    assert column.priced is not None
    assert column.priced.net.amount == Decimal("395.00")


def test_the_cells_say_which_prices_are_indicative() -> None:
    """The order's own price is not."""
    own = basis(prices={"licence": {"uc": Decimal(10)}}, packages=("uc", "pro"))
    (licences,) = side_by_side(wanted(), [own]).rows
    assert [cell.is_indicative for cell in licences.cells if cell] == [False, True]


# Break-even


def crossings(found: BreakEven) -> list[tuple[int, str | None, str | None]]:
    """From which quantity on what is the cheapest in place of what."""
    return [(own.quantity, own.before, own.after) for own in found.crossings]


def test_from_which_record_on_another_package_is_cheaper() -> None:
    """10 people. Beyond 150,000 UC pays 0.005 a record: 400 zł more than Standard at 80,000."""
    found = break_even(wanted(10), basis(), "records", (0, 1_000_000))
    assert crossings(found) == [
        (230_001, "uc", "standard"),
        (400_001, "standard", "pro"),
        (660_001, "pro", "enterprise"),
    ]


def test_both_sides_of_a_crossing_are_priced_exactly() -> None:
    """One record less, and the other one is no dearer."""
    wants, where = wanted(10), basis()
    for own in break_even(wants, where, "records", (0, 1_000_000)).crossings:
        for quantity, name in ((own.quantity - 1, own.before), (own.quantity, own.after)):
            varied = with_quantity(wants, where.own_edition, "records", quantity)
            ranking = cheapest(varied, where, with_neighbours=False)
            assert ranking.cheapest is not None
            assert ranking.cheapest.plan.package == name
            assert all(ranking.cheapest.net <= other.net for other in ranking.mixes)


def test_the_number_of_people_may_vary() -> None:
    """For ten people Standard and Pro cost 1,690 each: a tie goes to the smaller package."""
    found = break_even(wanted(records=400_000), basis(), LICENCES, (1, 60))
    assert crossings(found) == [(10, "pro", "standard"), (19, "standard", "uc")]
    assert (found.points[0].quantity, found.points[-1].quantity) == (1, 60)


def test_a_package_that_can_do_no_more_has_no_amount() -> None:
    """Without a price of packs, queues end at 5, 10, 15 and 20."""
    prices = {key: Decimal(10) for key in ("uc", "standard", "pro", "enterprise")}
    where = basis(prices={"licence": prices}, currency="EUR")
    found = break_even(wanted(), where, "queues", (1, 21), of_plans=False)
    assert dict(found.points[-1].nets) == dict.fromkeys(prices)
    assert [own[0] for own in crossings(found)] == [6, 11, 16, 21]
    assert found.crossings[-1].net_after is None


def test_plans_of_one_package_cross_too() -> None:
    """A pack of 2,000 messages for 160 is worth it from 1,778 on."""
    where = basis(packages=("pro",))
    found = break_even(wanted(), where, "sms", (0, 2_000), of_plans=True)
    assert crossings(found) == [(1_778, "pro for 5", "pro for 5 + 1 pack_sms_2000")]


# Exposure

PRO = Plan(WELYO, "pro", 10)


def exposed(*hours: str) -> dict[str, LevelExposure]:
    """What outages of January would cost ten people in Pro."""
    outages = [Outage(Decimal(own)) for own in hours]
    found = exposure(wanted(10), PRO, basis(), JANUARY, outages)
    return {own.level: own for own in found}


def test_each_level_has_its_fee_and_its_most() -> None:
    """15 % of the recurring fees, and one of them."""
    own = exposed()["premium"]
    amounts = (own.fee, own.recurring, own.most_credit, own.most_penalty)
    assert [f"{one.amount}" for one in amounts] == ["1500.00", "3190.00", "478.50", "3190.00"]
    assert own.is_indicative


def test_without_an_outage_nothing_is_lost() -> None:
    (loss,) = exposed("0")["standard"].losses
    assert (loss.availability, loss.whole.amount) == (Decimal("100.0000"), Decimal(0))


def test_a_higher_level_counts_more_of_the_same_outage() -> None:
    """12 hours from 8:00 on: 10 of 200 hours, 12 of 320, 12 of 744."""
    shown = {key: f"{own.losses[0].availability}" for key, own in exposed("12").items()}
    assert shown["standard"] == "95.0000"
    assert shown["progres"] == "96.2500"
    assert shown["premium"] == "98.3871"


def test_credit_and_penalty_are_shares_of_the_recurring_fees() -> None:
    """Progres: 15 % of 2,090; repaired 7 hours late at 1 % each."""
    (loss,) = exposed("12")["progres"].losses
    assert (f"{loss.credit.amount}", f"{loss.penalty.amount}") == ("313.50", "146.30")


def test_recorded_incidents_are_looked_at_at_each_level() -> None:
    """What nobody reported earns nothing; the same as the scenario where the client did."""
    start, end = "2026-01-02T08:00:00+01:00", "2026-01-02T20:00:00+01:00"
    life = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    incident = Incident(
        id="i1",
        orders=("somebody",),
        priority="critical",
        reported=life.start,
        reported_by="client",
        qualified=life.start,
        repaired=life.end,
        service_unavailable=True,
        down=(Failure(life),),
    )
    found = recorded_exposure(wanted(10), PRO, basis(), ServiceRecord((incident,)))
    as_scenario = exposed("12")
    for own in found:
        (loss,), (same,) = own.losses, as_scenario[own.level].losses
        assert (loss.credit, loss.penalty) == (same.credit, same.penalty)


# Files

FILE: Plain = {
    "from": "2026-01",
    "licences": 3,
    "users": 2,
    "items": {"chat": 1},
    "usage": {"sms": 3_000, "api_calls": 60_000},
    "months": [{}, {"sms": 100}],
    "vary": {"what": "sms", "from": 0, "to": 4_000},
    "outages": ["2.5", 12],
}


def test_a_file_says_what_is_wanted() -> None:
    """Each user uses as much; a month may differ."""
    asked = read_demand(FILE, catalog())
    first, second = asked.demand.months
    assert first.usage.totals == {"sms": 3_000, "api_calls": 120_000}
    assert set(first.usage.by_user["api_calls"].values()) == {Decimal(60_000)}
    assert (second.period, second.usage.totals["sms"]) == (Period(2026, 2), Decimal(100))
    assert [own.edition for own in asked.bases] == [FCC, WELYO]


WRONG: dict[str, tuple[Plain, str]] = {
    "from": ({"from": "2026-13"}, "not_a_period"),
    "items.chats": ({"items": {"chats": 1}}, "unknown_item"),
    "items.pack_sms_2000": ({"items": {"pack_sms_2000": 1}}, "not_an_addon"),
    "items.chat": ({"items": {"chat": 2}}, "out_of_range"),
    "usage.sm": ({"usage": {"sm": 1}}, "unknown_meter"),
    "usage.sms": ({"usage": {"sms": "1.5"}}, "fractional_quantity"),
    "usage.records": ({"usage": {"records": -1}}, "out_of_range"),
    "months[1].sms": ({"months": [{}, {"sms": "many"}]}, "not_a_number"),
    "level": ({"level": "gold"}, "unknown_sla_level"),
    "packages": ({"packages": ["max"]}, "unknown_package"),
    "editions": ({"editions": ["x"]}, "unknown_edition"),
    "outages[1]": ({"outages": [1, -5]}, "out_of_range"),
    "outages[0]": ({"outages": ["1000000000000000000000"]}, "out_of_range"),
    "licences": ({"licences": 10**30}, "out_of_range"),
    "items.sip_trunk_byoc": ({"items": {"sip_trunk_byoc": 10**30}}, "out_of_range"),
    "vary.variable": ({"vary": {"what": "x", "from": 0, "to": 1}}, "unknown_meter"),
    "vary.between": ({"vary": {"what": "sms", "from": 5, "to": 5}}, "out_of_range"),
}


@pytest.mark.parametrize("path", WRONG)
def test_a_mistake_is_named_where_it_stands(path: str) -> None:
    given, code = WRONG[path]
    with pytest.raises(ProblemsFound) as found:
        read_demand({**FILE, **given}, catalog())
    assert [(own.code, own.path) for own in found.value.problems] == [(code, path)]


def printed(command: str, file: Path) -> Any:
    """What a command prints for programs."""
    found = licznik(None, "plans", command, file, "--json")
    assert found.status == 0, found.err
    return json.loads(found.out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file as it would be written, of one edition."""
    return write_yaml(tmp_path / "demand.yaml", {**FILE, "editions": [WELYO]})


def test_the_command_prints_the_cheapest_plans(file: Path) -> None:
    """As the calculation has them."""
    (found,) = printed("cheapest", file)
    asked = read_demand(FILE, catalog())
    ranking = cheapest(asked.demand, basis(), with_neighbours=False)
    assert [own["net"] for own in found["plans"]] == [f"{o.net.amount:.2f}" for o in ranking.mixes]
    assert [own["package"] for own in found["excluded"]] == ["uc"]
    assert found["plans"][0]["proof"]["proposed"] == found["plans"][0]["net"]


def test_the_commands_print_for_programs(file: Path) -> None:
    """Side by side, break-even, exposure."""
    assert len(printed("compare", file)["columns"]) == 4
    assert printed("break-even", file)[0]["variable"] == "sms"
    levels = printed("exposure", file)[0]["levels"]
    assert [own["level"] for own in levels] == ["standard", "progres", "progres_plus", "premium"]


@pytest.mark.parametrize("command", ["cheapest", "compare", "break-even", "exposure"])
def test_the_commands_print_tables(command: str, file: Path) -> None:
    """With a word on prices that are only indicative, or the packages."""
    found = licznik(None, "plans", command, file)
    assert found.status == 0
    assert "standard" in found.out


def test_what_a_command_needs_is_asked_for(tmp_path: Path) -> None:
    """No range, no outages."""
    bare = write_yaml(tmp_path / "bare.yaml", {"from": "2026-01"})
    for command in ("break-even", "exposure"):
        found = licznik(None, "plans", command, bare)
        assert is_answered(found)
        assert codes(found) == ["missing_field"]


def test_a_plan_may_be_priced_by_itself() -> None:
    """Two months of five licences."""
    wants: Demand = demand(month(), month(Period(2026, 2)), licences=5)
    where: Basis = basis()
    priced = price_plan(wants, Plan(WELYO, "uc", 5), where)
    assert [f"{own.net.amount}" for own in priced.invoices] == ["395.00", "395.00"]
    assert priced.gross.amount == Decimal("971.70")
