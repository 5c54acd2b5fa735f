"""What usage costs, one case of the business at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.modelling import simulate
from billing.money import money
from tests.builders import (
    AUTOMATION,
    EVENING,
    FCC,
    FROM_PURCHASE,
    GB,
    MORNING,
    WELYO,
    Split,
    addon,
    bill,
    hold,
    order,
    pack,
    read_scenario,
    run,
    say,
    scenario,
    use,
)

# Recurring fees


def test_twenty_licences_for_17_of_31_days() -> None:
    """R15: the first month by calendar days, rounded once."""
    own = order(licences=20, launch_date="2025-10-15")
    assert bill(own).charged("licence") == ("10.967742", "150.00", "1645.16")


def test_the_last_month_is_prorated_to_the_last_day_of_service() -> None:
    """R15: `end_date` is inclusive."""
    assert bill(order(end_date="2025-10-17")).charged("licence") == (
        "10.967742",
        "150.00",
        "1645.16",
    )


def test_a_launch_and_an_end_in_one_month() -> None:
    """R15: one day of service is one thirty-first."""
    own = order(launch_date="2025-10-15", end_date="2025-10-15", licences=31)
    assert bill(own).charged("licence") == ("1", "150.00", "150.00")


def test_without_proration_a_part_of_a_month_costs_the_whole() -> None:
    """R15: policy `proration: none`."""
    own = order(launch_date="2025-10-31", policies={"proration": "none"})
    assert bill(own).net("licence") == "3000.00"


def test_the_level_standard_has_no_line() -> None:
    """R40: part of every package at no extra fee."""
    assert bill(order(sla="standard")).items == ["licence"]


def test_a_chosen_level_is_a_fee_by_days() -> None:
    """R40: Premium for 17 of 31 days at 400.00."""
    own = order(sla="premium", launch_date="2025-10-15")
    assert bill(own).charged("sla") == ("0.548387", "400.00", "219.35")


def test_an_add_on_is_charged_from_its_first_to_its_last_day() -> None:
    """R39, R15: a function for 10 of 31 days."""
    own = order(addons=[addon("calendar", start="2025-10-05", to="2025-10-14")])
    assert bill(own).charged("calendar") == ("0.322581", "99.00", "31.94")


def test_an_add_on_by_the_piece_is_charged_for_each() -> None:
    """R27: webphones are licences for users."""
    own = order(addons=[addon("webphone_mobile", 7)])
    assert bill(own).charged("webphone_mobile") == ("7", "99.00", "693.00")


def test_an_add_on_that_starts_next_month_costs_nothing_yet() -> None:
    """R15: no day of service, no line."""
    own = order(addons=[addon("calendar", start="2025-11-01")])
    assert bill(own).items == ["licence"]


def test_a_function_ended_and_ordered_again_has_two_lines() -> None:
    """R39: each line by its own days."""
    twice = [addon("calendar", to="2025-10-10"), addon("calendar", start="2025-10-21")]
    assert bill(order(addons=twice)).items == ["licence", "calendar", "calendar"]


def test_speech_synthesis_itself_costs_nothing() -> None:
    """R41: it is paid by the character alone."""
    assert bill(order(addons=[addon("tts")])).items == ["licence"]


def test_a_price_of_zero_has_no_line() -> None:
    """Contract, section 5: 0.00 is a price, and its line is left out."""
    own = order(addons=[addon("calendar")], prices={"addons": {"calendar": "0.00"}})
    assert bill(own).items == ["licence"]


def test_an_order_that_costs_nothing_has_no_invoice() -> None:
    """Contract, section 2: a period with nothing to charge."""
    assert bill(order(licences=0)).simulation.invoices == ()


def test_a_period_before_the_launch_or_after_the_end_is_empty() -> None:
    """R15: nothing is metered or charged outside the service."""
    own = order(launch_date="2025-10-02", end_date="2025-10-30")
    for period in ("2025-09", "2025-11"):
        assert bill(own, period=period).simulation.invoices == ()


# API calls


def test_every_named_user_has_a_counter_of_his_own() -> None:
    """R46, scope `user`: no pooling, overage is the sum over users."""
    calls = [use("api_calls", 120000, user="anna@acme.pl"), use("api_calls", 90000, user="jan")]
    result = bill(order("pro"), *calls)
    assert result.split("api_calls") == Split(210000, included=190000, overage=20000)
    assert result.charged("api_calls") == ("20000", "0.002", "40.00")


def test_licences_share_one_counter() -> None:
    """R46, scope `licences`: the limit times the licences."""
    calls = [use("api_calls", 120000, user="anna@acme.pl"), use("api_calls", 90000, user="jan")]
    own = order("pro", licences=2, policies={"api_scope": "licences"})
    assert bill(own, *calls).split("api_calls") == Split(210000, included=200000, overage=10000)


def test_calls_without_a_user_are_those_of_one_technical_user() -> None:
    """R46: they share one counter among themselves and with nobody else."""
    calls = [use("api_calls", 60000), use("api_calls", 60000), use("api_calls", 100000, user="jan")]
    assert bill(order("pro"), *calls).split("api_calls") == Split(220000, 200000, overage=20000)


@pytest.mark.parametrize("edition", [FCC, WELYO])
@pytest.mark.parametrize(
    ("package", "limit"),
    [("uc", 30000), ("standard", 50000), ("pro", 100000), ("enterprise", 150000)],
)
def test_the_call_after_the_limit_is_charged(edition: str, package: str, limit: int) -> None:
    """R42, R46: call number `limit` is free, the next is charged."""
    own = order(package, edition=edition)
    assert bill(own, use("api_calls", limit)).split("api_calls") == Split(limit, limit)
    assert bill(own, use("api_calls", limit + 1)).split("api_calls").overage == 1


def test_calls_start_anew_every_period() -> None:
    """R46: the limit is one of a billing period."""
    calls = [
        use("api_calls", 90000, "2025-10-31 23:59"),
        use("api_calls", 90000, "2025-11-01 00:00"),
    ]
    assert bill(order("pro"), *calls).split("api_calls") == Split(90000, 90000)
    assert bill(order("pro"), *calls, period="2025-11").split("api_calls") == Split(90000, 90000)


# Soft limits of what is held


def test_a_hundred_records_beyond_the_limit() -> None:
    """R42: 100 times the rate."""
    result = bill(order("pro"), hold("records", 500100))
    assert result.split("records") == Split(500100, included=500000, overage=100)
    assert result.charged("records") == ("100", "0.05", "5.00")


def test_the_record_that_reaches_the_limit_is_free() -> None:
    """R42: object number `limit` is free, the next is charged."""
    assert bill(order("pro"), hold("records", 500000)).split("records").overage == 0
    assert bill(order("pro"), hold("records", 500001)).split("records").overage == 1


@pytest.mark.parametrize(
    ("edition", "limits"),
    [(FCC, (100000, 150000, 200000, 300000)), (WELYO, (150000, 300000, 500000, 800000))],
)
def test_records_of_each_package(edition: str, limits: tuple[int, ...]) -> None:
    """R47, D2-D5."""
    packages = ("uc", "standard", "pro", "enterprise")
    splits = [
        bill(order(package, edition=edition), hold("records", 900000)).split("records")
        for package in packages
    ]
    assert tuple(split.included for split in splits) == limits


def test_records_on_pro_are_150000_over_in_one_edition_and_none_in_the_other() -> None:
    """D4: 350000 records."""
    records = hold("records", 350000)
    assert bill(order("pro", edition=FCC), records).split("records").overage == 150000
    assert bill(order("pro", edition=WELYO), records).split("records").overage == 0


def test_records_are_charged_once_by_their_peak() -> None:
    """R47: deleting some later in the period does not help."""
    changes = [hold("records", 500300, MORNING), hold("records", -400000, EVENING)]
    assert bill(order("pro"), *changes).split("records") == Split(500300, 500000, overage=300)


def test_records_held_before_the_period_count_in_it() -> None:
    """R47: the opening stock is part of the peak."""
    changes = [hold("records", 500300, MORNING), hold("records", -400000, "2025-11-20 10:00")]
    november = bill(order("pro"), *changes, period="2025-11")
    december = bill(order("pro"), *changes, period="2025-12")
    assert november.split("records") == Split(500300, 500000, overage=300)
    assert december.split("records") == Split(100300, 100300)


def test_what_leaves_at_the_first_instant_of_a_period_is_not_held_in_it() -> None:
    """Contract, section 5: changes at one instant are netted first."""
    changes = [hold("records", 500300), hold("records", -500000, "2025-11-01 00:00")]
    assert bill(order("pro"), *changes, period="2025-11").split("records") == Split(300, 300)


def test_tickets_have_a_limit_in_one_edition_only() -> None:
    """R48, D6: 460000 tickets on Enterprise."""
    tickets = hold("tickets", 460000)
    fcc, welyo = (bill(order("enterprise", edition=e), tickets) for e in (FCC, WELYO))
    assert fcc.split("tickets") == Split(460000, included=450000, overage=10000)
    assert fcc.net("tickets") == "300.00"
    assert welyo.split("tickets") == Split(460000, included=460000)
    assert "tickets" not in welyo.items


def test_tickets_on_pro_have_a_lower_limit() -> None:
    """R48: 300000."""
    result = bill(order("pro", edition=FCC), hold("tickets", 300001))
    assert result.split("tickets") == Split(300001, included=300000, overage=1)


# Hard limits


@pytest.mark.parametrize(
    ("package", "limit"), [("uc", 5), ("standard", 10), ("pro", 15), ("enterprise", 20)]
)
def test_the_queue_after_the_limit_is_refused_and_not_billed(package: str, limit: int) -> None:
    """R43, R49."""
    result = bill(order(package), hold("queues", limit + 1))
    assert result.split("queues") == Split(limit + 1, included=limit, refused=1)
    assert result.items == ["licence"]


def test_a_queue_pack_adds_ten() -> None:
    """R61: after it no further queue can be created."""
    own = order("standard", packs=[pack("pack_queues_10", MORNING)])
    result = bill(own, hold("queues", 21, EVENING))
    assert result.split("queues") == Split(21, included=10, from_packs=10, refused=1)


def test_a_capacity_pack_counts_from_its_purchase() -> None:
    """R59, contract: whatever `pack_coverage` says."""
    for coverage in ("whole_period", "from_purchase"):
        own = order(
            "standard",
            packs=[pack("pack_queues_10", EVENING)],
            policies={"pack_coverage": coverage},
        )
        assert bill(own, hold("queues", 20, MORNING)).split("queues").refused == 10
        assert bill(own, hold("queues", 20, EVENING)).split("queues").refused == 0


def test_when_a_pack_ends_nothing_is_deleted_and_the_excess_is_refused() -> None:
    """R53: queues that exist stay, more cannot be added."""
    own = order("standard", packs=[pack("pack_queues_10", MORNING)])
    november = bill(own, hold("queues", 20, EVENING), period="2025-11")
    assert november.split("queues") == Split(20, included=10, refused=10)


def test_a_recurring_capacity_pack_keeps_the_queues() -> None:
    """R57: otherwise capacity would vanish under existing queues."""
    own = order("standard", packs=[pack("pack_queues_10", MORNING, recurring=True)])
    november = bill(own, hold("queues", 20, EVENING), period="2025-11")
    assert november.split("queues") == Split(20, included=10, from_packs=10)


def test_queues_swapped_at_one_instant_do_not_exceed_the_limit() -> None:
    """Contract, section 5: changes at one instant are netted first."""
    changes = [hold("queues", 10, MORNING), hold("queues", 3, EVENING), hold("queues", -3, EVENING)]
    assert bill(order("standard"), *changes).split("queues") == Split(10, included=10)


@pytest.mark.parametrize(
    ("package", "accounts"), [("uc", 0), ("standard", 0), ("pro", 10), ("enterprise", 20)]
)
def test_email_accounts_of_each_package(package: str, accounts: int) -> None:
    """R50: the cell of UC is empty."""
    result = bill(order(package), hold("email_accounts", 25))
    assert result.split("email_accounts").included == accounts


def test_standard_has_email_accounts_only_while_mail_is_bought() -> None:
    """R50: 5 if Mail is bought, else 0."""
    own = order("standard", addons=[addon("mail", start="2025-10-10")])
    assert bill(own, hold("email_accounts", 6, MORNING)).split("email_accounts").included == 0
    after = bill(own, hold("email_accounts", 6, "2025-10-10 00:00"))
    assert after.split("email_accounts") == Split(6, included=5, refused=1)


def test_an_email_account_pack_adds_ten_on_uc_too() -> None:
    """R14, R61."""
    own = order("uc", packs=[pack("pack_email_accounts_10")])
    result = bill(own, hold("email_accounts", 11))
    assert result.split("email_accounts") == Split(11, from_packs=10, refused=1)


def test_standard_with_two_disk_packs_holds_220_gb() -> None:
    """R51: the byte after them is refused."""
    own = order("standard", packs=[pack("pack_disk_100gb", quantity=2)])
    result = bill(own, hold("disk_bytes", 220 * GB + 1))
    assert result.split("disk_bytes") == Split(220 * GB + 1, 20 * GB, 200 * GB, refused=1)


def test_sixty_gb_fit_one_edition_and_need_a_pack_in_the_other() -> None:
    """D7: 100 GB against 20 GB."""
    files = hold("disk_bytes", 60 * GB)
    assert bill(order(edition=FCC), files).split("disk_bytes").refused == 0
    assert bill(order(), files).split("disk_bytes").refused == 40 * GB
    with_pack = order(packs=[pack("pack_disk_100gb")])
    assert bill(with_pack, files).split("disk_bytes").refused == 0


def test_the_eleventh_user_is_refused_with_ten_licences() -> None:
    """R23: a login beyond the licences is no overage."""
    result = bill(order(licences=10), hold("sessions", 11))
    assert result.split("sessions") == Split(11, included=10, refused=1)


def test_the_automatic_caller_has_20_channels_and_each_extra_one() -> None:
    """R74."""
    own = order(addons=[addon("automatic_caller"), addon("automatic_caller_extra_channel", 3)])
    result = bill(own, hold("caller_channels", 25))
    assert result.split("caller_channels") == Split(25, included=23, refused=2)
    assert result.net("automatic_caller_extra_channel") == "297.00"


# Time and prices


def test_the_month_begins_and_ends_at_midnight_in_warsaw() -> None:
    """R6: whatever offset an event is written with."""
    times = (
        "2025-09-30T21:59:59Z",
        "2025-09-30T22:00:00Z",
        "2025-10-31T22:59:59Z",
        "2025-10-31T23:00:00Z",
    )
    uses = [use("sms", 10**i, at) for i, at in enumerate(times)]
    own = order(launch_date="2025-09-01")
    assert bill(own, *uses).split("sms").used == 110


def test_both_hours_of_the_night_the_clocks_go_back_are_billed() -> None:
    """R6: 02:30 twice on 2025-10-26, told apart by the offset."""
    uses = [use("sms", 1, f"2025-10-26T02:30:00{offset}") for offset in ("+02:00", "+01:00")]
    assert bill(order(), *uses).split("sms").used == 2


def test_an_orders_own_price_goes_before_the_editions() -> None:
    """Contract, section 5: prices."""
    own = order(prices={"licence": "1.00"})
    assert bill(own).charged("licence") == ("20", "1.00", "20.00")


def test_an_editions_price_is_used_and_marked_indicative() -> None:
    """Contract, section 5: a simulation may use it."""
    own = {**order("pro"), "prices": {}}
    licence = bill(own).line("licence").charge
    assert (str(licence.unit_price), licence.indicative) == ("169.00", True)
    assert not bill(order("pro")).line("licence").charge.indicative


def test_a_missing_price_is_a_problem_and_never_zero() -> None:
    """R4: an edition's prices are in złoty; an order in euro names all of its own."""
    own = {**order(currency="EUR", packs=[pack("pack_sms_2000")]), "prices": {"licence": "35.00"}}
    result = run(scenario([own], [use("sms", 2001)]), "2025-10")
    assert result.invoices == ()
    assert [(p.code, p.path) for p in result.problems] == [
        ("missing_price", "orders[0].prices.packs.pack_sms_2000"),
        ("missing_price", "orders[0].prices.overage.sms"),
    ]


def test_an_order_in_another_currency_is_billed_in_it() -> None:
    """Contract, section 2: `currency`, default PLN."""
    assert bill(order(currency="EUR")).invoice.net == money(Decimal(3000), "EUR")


# Whole scenarios


def test_the_example_of_the_contract() -> None:
    """Contract, section 2: what an order of 20 licences with SLA Progres costs in October."""
    own = order(
        "pro",
        sla="progres",
        addons=[*AUTOMATION, addon("tts")],
        packs=[pack("pack_sms_5000", MORNING)],
        caps={"mass_emails": 200, "mass_sms": 0},
        policies=FROM_PURCHASE,
    )
    result = bill(
        own,
        use("sms", 6200, "2025-10-05 10:00"),
        hold("queues", 3, "2025-10-02 08:00"),
        say("Dzień dobry, tu 24/7!", "2025-10-03 08:00"),
        use("api_calls", 120000, "2025-10-03 08:00", user="anna@acme.pl"),
    )
    assert [(line.charge.item, f"{line.charge.net.amount}") for line in result.invoice.lines] == [
        ("licence", "3000.00"),
        ("sla", "400.00"),
        ("email_sms_automation", "99.00"),
        ("pack_sms_5000", "350.00"),
        ("api_calls", "40.00"),
        ("sms", "108.00"),
        ("tts_characters", "0.01"),
    ]
    assert result.split("queues") == Split(3, included=3)


def test_every_period_from_the_first_launch_to_the_last_use_is_billed() -> None:
    """Contract, section 2: without a period named."""
    own = order(launch_date="2025-10-15")
    written = scenario([own], [use("sms", 1, "2025-12-31 23:59")])
    billed = simulate(read_scenario(written)).invoices
    assert [str(invoice.period) for invoice in billed] == ["2025-10", "2025-11", "2025-12"]


def test_a_pack_to_come_is_a_dated_thing_too() -> None:
    """Contract, section 2: the last dated thing."""
    written = scenario([order(packs=[pack("pack_sms_2000", "2025-11-05 10:00")])])
    assert len(simulate(read_scenario(written)).invoices) == 2
