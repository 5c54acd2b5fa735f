"""The cheapest plan: cases by hand, and against a search that prices every combination."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain, combinations, product
from random import Random

import pytest

from billing.orders.terms import PackLine
from billing.plans.cheapest import cheapest
from billing.plans.pricing import price_plan
from billing.plans.values import Basis, Demand, Mix, Plan
from metering.calendar import Period, periods
from metering.usage import Use
from tests.builders import FCC, WELYO
from tests.planning import (
    JANUARY,
    basis,
    demand,
    euros,
    mix,
    month,
    net,
    packs_of,
    simulated,
    wanted,
)

SPRING = list(periods(JANUARY, Period(2026, 4)))


def best(wants: Demand, package: str, where: Basis | None = None) -> Mix:
    """The cheapest plan of a package."""
    return mix(cheapest(wants, where or basis(), with_neighbours=False), package)


# Cases by hand


def test_nothing_but_licences_is_cheapest_in_the_smallest_package() -> None:
    """Five people, nothing else: 5 × 79."""
    ranking = cheapest(wanted(), basis())
    packages = [own.plan.package for own in ranking.mixes]
    assert packages == ["uc", "standard", "pro", "enterprise"]
    assert ranking.mixes[0].net.amount == Decimal("395.00")


def test_as_many_licences_as_people_are_at_work() -> None:
    """Sessions are a hard limit that licences alone raise."""
    assert best(wanted(5, sessions=12), "uc").plan.licences == 12


@pytest.mark.parametrize(
    ("sms", "packs"),
    [
        (1777, {}),  # 1777 × 0.09 = 159.93
        (1778, {"pack_sms_2000": 1}),  # 160.02 against 160.00
        (4611, {"pack_sms_2000": 2}),  # 320 + 54.99 against 375.00: fewer packs at 374.99
        (4612, {"pack_sms_5000": 1}),
        (100_000, {"pack_sms_100000": 1}),
        (5_100_001, {"pack_sms_100000": 51}),  # one message more is charged
    ],
)
def test_a_pack_is_bought_from_the_message_on_that_makes_it_worth_it(
    sms: int, packs: dict[str, int]
) -> None:
    """Told to the message."""
    assert packs_of(best(wanted(sms=sms), "pro").plan) == packs


def test_sms_of_both_kinds_share_packs_and_the_ordinary_ones_are_served_first() -> None:
    """Of mass SMS none may be charged without a cap: packs cover all of both but the 100 free."""
    found = best(wanted(sms=1_000, mass_sms=1_100), "pro")
    assert packs_of(found.plan) == {"pack_sms_2000": 1}
    assert found.plan.addons == (("email_sms_automation", 1),)


def test_a_cap_lets_mass_sms_be_charged() -> None:
    """Ten beyond the free ones cost 0.90; a pack costs 160."""
    allowed = basis(caps={"mass_sms": Decimal(10)})
    assert packs_of(best(wanted(mass_sms=110), "pro", allowed).plan) == {}
    assert packs_of(best(wanted(mass_sms=111), "pro", allowed).plan) == {"pack_sms_2000": 1}


def test_a_hard_limit_is_raised_by_as_many_packs_as_it_takes() -> None:
    """UC has 5 queues; 26 take 3 packs of 10. 20 GB and 3 × 100 GB hold 320 GB and no byte more."""
    assert packs_of(best(wanted(queues=26), "uc").plan) == {"pack_queues_10": 3}
    for size, packs in ((320 * 10**9, 3), (320 * 10**9 + 1, 4)):
        assert packs_of(best(wanted(disk_bytes=size), "uc").plan) == {"pack_disk_100gb": packs}


def test_an_addon_is_ordered_where_it_is_cheaper_than_a_pack() -> None:
    """Standard has 5 e-mail accounts with Mail; beyond 0 a pack of 10 costs as much as Mail."""
    cheaper = {"addons": {"mail": Decimal(99)}}
    assert best(wanted(email_accounts=5), "standard", basis(prices=cheaper)).plan.addons == (
        ("mail", 1),
    )
    dearer = {"addons": {"mail": Decimal(199)}}
    found = best(wanted(email_accounts=5), "standard", basis(prices=dearer)).plan
    assert (found.addons, packs_of(found)) == ((), {"pack_email_accounts_10": 1})


def test_what_a_meter_needs_is_ordered_in_the_cheaper_way() -> None:
    """SMS need the SMS channel (99) or the calendar (49)."""
    assert best(wanted(sms=10), "standard").plan.addons == (("calendar", 1),)
    dear = basis(prices={"addons": {"calendar": Decimal(120)}})
    assert best(wanted(sms=10), "standard", dear).plan.addons == (("sms", 1),)


def test_what_an_addon_needs_is_ordered_too() -> None:
    """The BI Connector needs the reporting database, and that a VPN."""
    found = best(wanted(items={"bi_connector": 1}), "uc").plan
    assert [item for item, _ in found.addons] == ["bi_connector", "reporting_db", "vpn"]


def test_a_declared_link_stands_in_for_the_vpn() -> None:
    """The client has an MPLS link of its own."""
    linked = basis(declares=("mpls_link",))
    found = best(wanted(items={"reporting_db": 1}), "uc", linked).plan
    assert found.addons == (("reporting_db", 1),)


def test_channels_beyond_twenty_are_ordered_one_by_one() -> None:
    """Each raises the hard limit by one."""
    found = best(wanted(caller_channels=23), "uc").plan
    assert found.addons == (("automatic_caller", 1), ("automatic_caller_extra_channel", 3))


def test_a_licence_that_extends_another_has_one_to_extend() -> None:
    """GSM Monitoring for 5 of 3 users: two licences of the PBX (29) cost less than of UC (79)."""
    found = best(wanted(3, {"gsm_monitoring": 5}), "uc").plan
    assert (found.licences, found.addons) == (3, (("gsm_monitoring", 5), ("pbx_user_licence", 2)))
    dear = basis(prices={"addons": {"pbx_user_licence": Decimal(80)}})
    found = best(wanted(3, {"gsm_monitoring": 5}), "uc", dear).plan
    assert (found.licences, found.addons) == (5, (("gsm_monitoring", 5),))


def test_more_licences_are_bought_where_they_share_calls_and_that_is_cheaper() -> None:
    """Under the other reading of R46 a licence of UC brings 30,000 calls: worth 300 at 0.01."""
    shared = basis(
        policies={"api_scope": "licences"}, prices={"overage": {"api_calls": Decimal("0.01")}}
    )
    assert best(wanted(1, api_calls=90_000), "uc", shared).plan.licences == 3
    assert best(wanted(1, api_calls=97_000), "uc", shared).plan.licences == 3
    assert best(wanted(1, api_calls=98_000), "uc", shared).plan.licences == 4


def test_an_alias_has_the_price_of_its_pack() -> None:
    """The price of the add-on that is the same product counts for the pack."""
    cheap = basis(prices={"addons": {"disk_extra_100gb": Decimal(1)}})
    found = best(wanted(0, disk_bytes=120 * 10**9), "uc", cheap)
    assert found.net.amount == Decimal("1.00")


def test_an_included_feature_is_not_ordered() -> None:
    """Chat is payable in Standard and included in Pro."""
    chat = wanted(items={"chat": 1})
    assert best(chat, "standard").plan.addons == (("chat", 1),)
    assert best(chat, "pro").plan.addons == ()


def test_a_feature_of_fcc_may_be_had_by_the_addon_that_stands_for_it() -> None:
    """The table of FCC prints Wallboard twice (R11)."""
    found = best(wanted(items={"wallboard": 1}), "uc", basis(edition=FCC)).plan
    assert found.addons == (("wallboard_addon", 1),)


@pytest.mark.parametrize("meter", ["sms", "rule_launches", "tts_characters", "mass_emails"])
def test_a_thousand_billion_are_answered_at_once_and_exactly(meter: str) -> None:
    """The search does not go through every number of packs."""
    used = month(JANUARY, **{meter: 10**12})
    found = best(demand(used, licences=1), "enterprise")
    assert found.proof.is_exact
    assert found.proof.packs < 10_000


def test_few_overage_units_may_be_left_where_they_cost_less_than_packs() -> None:
    """Of 10,000 mass SMS 100 are free and 7 may be charged: 9,893 are left to packs."""
    cheap = basis(caps={"mass_sms": Decimal(7)}, prices={"overage": {"mass_sms": Decimal("0.01")}})
    found = best(wanted(1, mass_sms=10_000), "pro", cheap)
    assert packs_of(found.plan) == {"pack_sms_5000": 2}
    assert found.proof.is_exact


def test_hours_of_training_are_answered_at_once() -> None:
    """Ten thousand hours, in packs of 15 that recur, and one of 10 with them."""
    every = [month(period, training_hours=10_000) for period in SPRING]
    found = best(demand(*every), "uc").plan
    assert packs_of(found) == {"pack_training_recurring_10h": 1, "pack_training_recurring_15h": 666}


def test_a_pack_recurs_while_months_need_it_and_is_bought_once_where_one_does() -> None:
    """Three months of 2,000 messages, then two of 4,000 and back."""
    months = [month(period, sms=n) for period, n in zip(SPRING, (2000, 4000, 2000, 0), strict=True)]
    found = best(demand(*months, licences=1), "pro").plan
    assert [(own.at, own.quantity, own.recurring, own.end) for own in found.packs] == [
        (SPRING[0].start, 1, True, SPRING[2].last_day),
        (SPRING[1].start, 1, False, None),
    ]


def test_training_is_bought_for_all_months_or_for_one() -> None:
    """Five hours in every month recur (750); in one of four months once (850)."""
    every = [month(period, training_hours=5) for period in SPRING]
    found = best(demand(*every), "uc").plan
    assert packs_of(found) == {"pack_training_recurring_5h": 1}
    once = [
        month(period, **({"training_hours": 5} if n == 1 else {}))
        for n, period in enumerate(SPRING)
    ]
    (line,) = best(demand(*once), "uc").plan.packs
    assert (line.item, line.at) == ("pack_training_oneoff_5h", SPRING[1].start)


# What cannot be done


def reasons(wants: Demand, package: str, where: Basis | None = None) -> list[str]:
    """Why a package is left out."""
    ranking = cheapest(wants, where or basis(), with_neighbours=False)
    (found,) = (own for own in ranking.excluded if own.package == package)
    return [f"{own.code} at {own.path}" for own in found.problems]


def test_a_feature_that_a_package_cannot_have_leaves_it_out() -> None:
    """Chat is - in UC; macros are Enterprise only."""
    assert reasons(wanted(items={"chat": 1}), "uc") == ["not_available at items.chat"]
    ranking = cheapest(wanted(items={"macros": 1}), basis(), with_neighbours=False)
    assert [own.plan.package for own in ranking.mixes] == ["enterprise"]


def test_usage_that_a_package_cannot_have_leaves_it_out() -> None:
    """HLR checks are - in UC; business rules below Enterprise."""
    assert reasons(wanted(hlr_lookups=1), "uc") == ["not_available at usage.hlr_lookups"]
    assert reasons(wanted(rule_launches=1), "pro") == ["not_available at usage.rule_launches"]


def test_a_hard_limit_that_no_pack_raises_leaves_a_package_out() -> None:
    """Where packs of queues have no price, 6 queues are too many for UC and not for Standard."""
    prices = {"uc": "10", "standard": "20", "pro": "30", "enterprise": "40"}
    ranking = cheapest(wanted(queues=6), euros(licence=prices), with_neighbours=False)
    assert [own.plan.package for own in ranking.mixes] == ["standard", "pro", "enterprise"]
    (left_out,) = ranking.excluded
    assert [own.code for own in left_out.problems] == ["hard_limit"]
    assert left_out.nearest is not None
    (ledger,) = left_out.nearest.months[0].refused
    assert (ledger.meter, ledger.refused) == ("queues", Decimal(1))


def test_what_has_no_price_cannot_be_had() -> None:
    """No licence without a price; overage without one is no way out either."""
    assert reasons(wanted(), "uc", euros()) == ["missing_price at prices.licence"]
    assert reasons(wanted(records=150_001), "uc", euros(licence={"uc": "10"})) == [
        "missing_price at prices.overage.records"
    ]


def test_units_may_be_refused_where_that_is_allowed() -> None:
    """Then no pack of queues is bought."""
    wants = demand(month(queues=26), licences=1, may_refuse=frozenset({"queues"}))
    assert packs_of(best(wants, "uc").plan) == {}


# Against every combination


def test_every_price_is_what_the_simulator_bills() -> None:
    """Months that differ, packs of every kind."""
    months = [
        month(period, sms=3_000 * n, mass_sms=150, records=310_000, queues=12, api_calls=120_000)
        for n, period in enumerate(SPRING, 1)
    ]
    wants = demand(*months, licences=3, items={"chat": 1})
    where = basis(caps={"mass_sms": Decimal(100)})
    for own in cheapest(wants, where, with_neighbours=False).mixes:
        for found in own.priced.months:
            billed = simulated(wants, own.plan, where, found.period)
            assert found.invoice is not None
            assert found.invoice.net.amount == billed


def test_the_solver_and_the_neighbours_agree() -> None:
    """A second opinion that shares nothing with the search but the rating."""
    wants = wanted(12, sms=23_456, records=400_000, queues=17, email_accounts=7, mass_emails=9_999)
    found = cheapest(wants, basis()).mixes[0]
    assert found.proof.proposed == found.net
    assert found.proof.is_exact
    assert found.proof.neighbours > 20


ADDONS = ("sms", "calendar", "email_sms_automation", "mail")
PACKS = {"pack_sms_2000": 3, "pack_sms_5000": 2, "pack_queues_10": 1, "pack_email_accounts_10": 1}


def random_case(seed: int) -> tuple[Demand, Basis]:
    """Usage and a price list, some prices of which are missing, and no pack a bargain for sure."""
    chance = Random(seed)

    def price(most: int) -> str:
        return f"{chance.randrange(most) / Decimal(100):.2f}"

    known = [key for key in (*ADDONS, *PACKS) if chance.random() < 0.85]
    where = euros(
        licence={"standard": price(5_000)},
        addons={key: price(20_000) for key in known if key in ADDONS},
        packs={key: price(60_000) for key in known if key in PACKS},
        overage={"sms": price(20), "mass_sms": price(20), "records": "0.001"},
    )
    where = Basis(**{**vars(where), "caps": {"mass_sms": Decimal(chance.randrange(2_000))}})
    used = {
        "sms": chance.randrange(4_000),
        "mass_sms": chance.choice((0, chance.randrange(2_500))),
        "queues": chance.randrange(1, 20),
        "email_accounts": chance.randrange(0, 11),
        "records": 300_000 + chance.randrange(1_000),
    }
    return wanted(2, None, **used), where


def every_plan(package: str) -> Iterator[Plan]:
    """Every combination of some add-ons and packs, sensible or not."""
    subsets = chain.from_iterable(combinations(ADDONS, n) for n in range(len(ADDONS) + 1))
    counts = product(*(range(most + 1) for most in PACKS.values()))
    for addons, many in product(list(subsets), list(counts)):
        packs = zip(PACKS, many, strict=True)
        lines = tuple(PackLine(key, JANUARY.start, n) for key, n in packs if n)
        own = tuple((item, 1) for item in sorted(addons))
        yield Plan(WELYO, package, 2, addons=own, packs=lines)


@pytest.mark.parametrize("seed", range(6))
def test_no_combination_costs_less(seed: int) -> None:
    """Every one is priced, and the cheapest of them costs what was found."""
    wants, where = random_case(seed)
    ranking = cheapest(wants, Basis(**{**vars(where), "packages": ("standard",)}))
    nets = [net(wants, plan, where) for plan in every_plan("standard")]
    possible = [own for own in nets if own is not None]
    found = ranking.cheapest
    assert (found.net.amount if found else None) == min(possible, default=None)


def test_the_same_question_has_the_same_answer() -> None:
    """Ties are broken by rules, not by chance."""
    wants, where = random_case(3)
    first, second = (cheapest(wants, where, with_neighbours=False) for _ in range(2))
    assert first == second


def test_a_plan_that_may_not_be_ordered_has_problems_and_no_price() -> None:
    """Chat is included in Pro."""
    priced = price_plan(wanted(), Plan(WELYO, "pro", 1, addons=(("chat", 1),)), basis())
    assert [own.code for own in priced.problems] == ["already_included"]
    assert priced.months == ()


def test_a_training_pack_that_outlives_its_month_is_no_contradiction() -> None:
    """Bought on 1 February it lives to 3 March: whoever is trained then needs no other (R63)."""
    february, march = Period(2026, 2), Period(2026, 3)
    uses = tuple(
        Use("training_hours", datetime.fromisoformat(f"{day}T12:00:00+01:00"), Decimal(hours))
        for day, hours in (("2026-02-10", 3), ("2026-03-02", 2))
    )
    months = [
        replace(own, usage=replace(own.usage, timed=uses[: n + 1]))
        for n, own in enumerate((month(february, training_hours=3), month(march, training_hours=2)))
    ]
    dear = {"packs": {"pack_training_recurring_5h": Decimal(1_000)}}
    found = mix(cheapest(demand(*months), basis(packages=("uc",), prices=dear)), "uc")
    assert packs_of(found.plan) == {"pack_training_oneoff_5h": 1}
    assert not found.proof.is_exact
