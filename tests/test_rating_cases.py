"""What usage costs, one case of the business at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.modelling import simulate
from tests.builders import (
    FCC,
    FROM_PURCHASE,
    GB,
    WELYO,
    Bill,
    Split,
    addon,
    bill,
    found,
    hold,
    order,
    pack,
    read_scenario,
    run,
    say,
    scenario,
    use,
)

AUTOMATION = [addon("email_sms_automation")]
SURVEYS = [addon("post_call_surveys")]
MORNING, EVENING = "2025-10-05 09:00", "2025-10-05 18:00"


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
    calls = [use("api_calls", 90000, "2025-10-31 23:59"), use("api_calls", 90000, "2025-11-01 00:00")]
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


# Packs


def test_6200_messages_and_a_pack_of_5000() -> None:
    """Contract, section 2: 5000 from the pack, 1200 at the rate."""
    own = order(packs=[pack("pack_sms_5000", MORNING)], policies=FROM_PURCHASE)
    result = bill(own, use("sms", 6200, "2025-10-05 10:00"))
    assert result.split("sms") == Split(6200, from_packs=5000, overage=1200)
    assert result.charged("sms") == ("1200", "0.09", "108.00")


def test_a_pack_bought_on_the_last_day_is_charged_in_full() -> None:
    """R55: no proration, even in a month that is not whole."""
    own = order(launch_date="2025-10-15", packs=[pack("pack_sms_5000", "2025-10-31 23:59:59")])
    assert bill(own).charged("pack_sms_5000") == ("1", "350.00", "350.00")


def test_packs_of_one_kind_stand_in_one_line() -> None:
    """R55: two purchases, the second of two packs."""
    bought = [pack("pack_sms_2000", MORNING), pack("pack_sms_2000", EVENING, quantity=2)]
    assert bill(order(packs=bought)).charged("pack_sms_2000") == ("3", "350.00", "1050.00")


def test_unused_units_of_a_pack_lapse_at_the_end_of_the_period() -> None:
    """R56: 15000 bought, 9000 used, nothing left in November."""
    own = order(packs=[pack("pack_sms_15000", MORNING)])
    uses = [use("sms", 9000), use("sms", 10, "2025-11-02 08:00")]
    assert bill(own, *uses).split("sms") == Split(9000, from_packs=9000)
    assert bill(own, *uses, period="2025-11").split("sms") == Split(10, overage=10)


def test_an_ad_hoc_pack_is_charged_in_the_month_of_its_purchase_alone() -> None:
    """R57."""
    own = order(packs=[pack("pack_sms_5000", MORNING)])
    assert "pack_sms_5000" not in bill(own, period="2025-11").items


def test_a_recurring_pack_comes_again_in_every_period_it_touches() -> None:
    """R57: fresh units and the full fee, until `to`."""
    own = order(packs=[pack("pack_sms_5000", MORNING, recurring=True, to="2025-11-01")])
    message = use("sms", 1, "2025-11-30 08:00")
    assert bill(own, message, period="2025-11").split("sms") == Split(1, from_packs=1)
    assert bill(own, period="2025-11").net("pack_sms_5000") == "350.00"
    assert "pack_sms_5000" not in bill(own, period="2025-12").items


def test_a_recurring_pack_ends_with_its_order() -> None:
    """R57: no service, no pack."""
    own = order(end_date="2025-11-30", packs=[pack("pack_sms_5000", MORNING, recurring=True)])
    assert bill(own, period="2025-11").net("pack_sms_5000") == "350.00"
    assert bill(own, period="2025-12").simulation.invoices == ()


def test_allowance_then_packs_then_the_rate() -> None:
    """R58: one event is split between all three."""
    own = order(addons=SURVEYS, packs=[pack("pack_pcs_10000")])
    result = bill(own, use("surveys", 16000))
    assert result.split("surveys") == Split(16000, 5000, 10000, overage=1000)
    assert result.charged("surveys") == ("1000", "0.10", "100.00")


def test_a_pack_covers_the_whole_period_it_was_bought_in() -> None:
    """R59, `whole_period`: whenever in it the pack was bought."""
    own = order(packs=[pack("pack_sms_2000", EVENING)])
    assert bill(own, use("sms", 1500, MORNING)).split("sms") == Split(1500, from_packs=1500)


def test_a_pack_covers_from_its_purchase_on() -> None:
    """R59, `from_purchase`: what was overage before stays overage."""
    own = order(packs=[pack("pack_sms_2000", EVENING)], policies=FROM_PURCHASE)
    uses = [use("sms", 1500, MORNING), use("sms", 500, EVENING)]
    assert bill(own, *uses).split("sms") == Split(2000, from_packs=500, overage=1500)


def test_every_period_has_an_allowance_of_its_own() -> None:
    """R65, R59: what October used does not lessen November's allowance."""
    packs = [pack("pack_email_5000", recurring=True)]
    own = order(addons=AUTOMATION, packs=packs, policies=FROM_PURCHASE)
    uses = [use("mass_emails", 1000), use("mass_emails", 1500, "2025-11-20 10:00")]
    assert bill(own, *uses, period="2025-11").split("mass_emails") == Split(1500, 1000, 500)


def test_two_orders_do_not_pool() -> None:
    """R5: each has its own packs and limits."""
    main = order(packs=[pack("pack_sms_5000")])
    uses = [use("sms", 4000), {**use("sms", 4000), "order": "acme-two"}]
    result = Bill(run(scenario([main, order(id="acme-two")], uses), "2025-10"))
    assert result.split("sms") == Split(4000, from_packs=4000)
    assert result.split("sms", "acme-two") == Split(4000, overage=4000)


def test_an_add_on_that_is_a_pack_is_one_line_of_it() -> None:
    """R54, contract: `business_rules_extra_5000` is the pack of 5000 launches."""
    own = order("enterprise", addons=[addon("business_rules_extra_5000", start="2025-10-20")])
    result = bill(own, use("rule_launches", 12000))
    assert result.split("rule_launches") == Split(12000, 5000, 5000, overage=2000)
    assert result.charged("pack_business_rules_5000") == ("1", "99.00", "99.00")
    assert result.line("pack_business_rules_5000").charge.kind == "pack"


@pytest.mark.parametrize(
    ("alias", "product"),
    [
        ("disk_extra_100gb", "pack_disk_100gb"),
        ("queues_extra_10", "pack_queues_10"),
        ("email_accounts_extra_10", "pack_email_accounts_10"),
        ("business_rules_extra_5000", "pack_business_rules_5000"),
        ("pcs_extra_10000", "pack_pcs_10000"),
    ],
)
def test_five_add_ons_are_packs_under_another_name(alias: str, product: str) -> None:
    """Contract, section 5: the full fee in every period, never prorated."""
    own = order("enterprise", addons=[*SURVEYS, addon(alias, 2, start="2025-10-31")])
    assert bill(own).charged(product) == ("2", "99.00", "198.00")
    assert bill(own, period="2025-11").charged(product) == ("2", "99.00", "198.00")


# Messages


def test_the_message_beyond_allowance_pack_and_cap_is_refused() -> None:
    """R68: 1000 + 5000 + cap 200, message 6201."""
    packs = [pack("pack_email_5000")]
    own = order(addons=AUTOMATION, packs=packs, caps={"mass_emails": 200})
    result = bill(own, use("mass_emails", 6201))
    assert result.split("mass_emails") == Split(6201, 1000, 5000, 200, 1)
    assert result.charged("mass_emails") == ("200", "0.01", "2.00")


def test_without_a_cap_no_message_goes_beyond_the_packs() -> None:
    """Contract, section 5: a missing cap is 0 overage units."""
    result = bill(order(addons=AUTOMATION), use("mass_emails", 1200), use("mass_sms", 150))
    assert result.split("mass_emails") == Split(1200, 1000, refused=200)
    assert result.split("mass_sms") == Split(150, 100, refused=50)


def test_emails_and_messages_have_separate_caps() -> None:
    """R68."""
    own = order(addons=AUTOMATION, caps={"mass_emails": 200, "mass_sms": 0})
    result = bill(own, use("mass_emails", 1300), use("mass_sms", 101))
    assert result.split("mass_emails") == Split(1300, 1000, overage=200, refused=100)
    assert result.split("mass_sms") == Split(101, 100, refused=1)


def test_a_cap_holds_for_any_meter_that_is_charged() -> None:
    """R68, and a choice: an order may cap more than mass sends."""
    result = bill(order(caps={"sms": 100}), use("sms", 150))
    assert result.split("sms") == Split(150, overage=100, refused=50)


def test_a_thousand_emails_and_a_hundred_messages_come_with_automation() -> None:
    """R65, R67."""
    result = bill(order(addons=AUTOMATION), use("mass_emails", 1000), use("mass_sms", 100))
    assert result.split("mass_emails") == Split(1000, 1000)
    assert result.split("mass_sms") == Split(100, 100)
    assert result.items == ["licence", "email_sms_automation"]


def test_emails_over_the_own_server_are_not_metered() -> None:
    """R66: there is no meter for them, and so no use of one."""
    problems = found(order(addons=AUTOMATION), use("own_smtp_emails", 1))
    assert [problem.code for problem in problems] == ["unknown_meter"]


def test_a_message_that_was_not_delivered_is_charged_like_any_other() -> None:
    """R69: the unit is the message sent."""
    sent = [use("sms", 1, status="undelivered"), use("sms", 1, status="delivered")]
    assert bill(order(), *sent).split("sms") == Split(2, overage=2)


def test_ordinary_messages_do_not_use_the_allowance_of_campaigns() -> None:
    """R70: the 100 are for mass SMS only."""
    result = bill(order(addons=AUTOMATION), use("sms", 50), use("mass_sms", 100))
    assert result.split("sms") == Split(50, overage=50)
    assert result.split("mass_sms") == Split(100, included=100)


def test_the_pool_serves_ordinary_messages_first() -> None:
    """R70, `whole_period`: then what campaigns use beyond their allowance."""
    own = order(addons=AUTOMATION, packs=[pack("pack_sms_2000")], caps={"mass_sms": 10})
    result = bill(own, use("mass_sms", 1600, MORNING), use("sms", 1500, EVENING))
    assert result.split("sms") == Split(1500, from_packs=1500)
    assert result.split("mass_sms") == Split(1600, 100, 500, 10, 990)


def test_the_pool_serves_by_the_time_of_use() -> None:
    """R70, `from_purchase`: the campaign came first."""
    own = order(addons=AUTOMATION, packs=[pack("pack_sms_2000")], policies=FROM_PURCHASE)
    result = bill(own, use("mass_sms", 1600, MORNING), use("sms", 1500, EVENING))
    assert result.split("mass_sms") == Split(1600, 100, 1500)
    assert result.split("sms") == Split(1500, from_packs=500, overage=1000)


def test_at_one_instant_the_pool_serves_ordinary_messages_first() -> None:
    """R70, `from_purchase`: as under the other policy."""
    own = order(addons=AUTOMATION, packs=[pack("pack_sms_2000")], policies=FROM_PURCHASE)
    result = bill(own, use("mass_sms", 2000, MORNING), use("sms", 2000, MORNING))
    assert result.split("sms") == Split(2000, from_packs=2000)
    assert result.split("mass_sms") == Split(2000, 100, refused=1900)


# Other flows


def test_hlr_checks_come_from_packs_and_then_at_the_orders_rate() -> None:
    """R60."""
    own = order(packs=[pack("pack_hlr_2000")], prices={"overage": {"hlr_lookups": "0.03"}})
    result = bill(own, use("hlr_lookups", 2100))
    assert result.split("hlr_lookups") == Split(2100, from_packs=2000, overage=100)
    assert result.net("hlr_lookups") == "3.00"


def test_an_hlr_check_without_a_rate_is_refused() -> None:
    """R60: beyond the packs."""
    own = order(packs=[pack("pack_hlr_2000")])
    result = bill(own, use("hlr_lookups", 2100))
    assert result.split("hlr_lookups") == Split(2100, from_packs=2000, refused=100)


def test_characters_come_from_packs_and_then_at_the_rate() -> None:
    """R83, R41: no character is free."""
    own = order(addons=[addon("tts")], packs=[pack("pack_tts_1000")])
    result = bill(own, use("tts_characters", 3500))
    assert result.split("tts_characters") == Split(3500, from_packs=1000, overage=2500)
    assert result.charged("tts_characters") == ("2500", "0.0004", "1.00")


def test_a_spoken_text_is_counted_by_its_characters() -> None:
    """R81: 18 characters at 0.0004 are 0.0072, shown as 0.01."""
    result = bill(order(addons=[addon("tts")]), say("Dzień dobry, tu 24/7!"))
    assert result.split("tts_characters") == Split(18, overage=18)
    assert result.net("tts_characters") == "0.01"


def test_the_same_text_spoken_twice_is_charged_twice() -> None:
    """R84: every generation is a new one."""
    text = "Saldo: 12,50 zł."
    result = bill(order(addons=[addon("tts")]), say(text, MORNING), say(text, EVENING))
    assert result.split("tts_characters").used == 28


def test_a_text_of_spaces_alone_uses_nothing() -> None:
    """R81: nothing used, no ledger."""
    result = bill(order(addons=[addon("tts")]), say(" \n + "))
    assert result.simulation.ledgers == ()


def test_surveys_are_charged_after_allowance_and_pack() -> None:
    """R71: unit is the survey launched."""
    result = bill(order(addons=SURVEYS), use("surveys", 5001))
    assert result.split("surveys") == Split(5001, 5000, overage=1)


def test_rule_launches_are_charged_after_5000() -> None:
    """R72."""
    result = bill(order("enterprise"), use("rule_launches", 5001))
    assert result.split("rule_launches") == Split(5001, 5000, overage=1)


def test_a_chain_of_three_rules_is_three_launches() -> None:
    """R73: each launch is an event of its own."""
    chain = [use("rule_launches", 1, MORNING) for _ in "ABC"]
    assert bill(order("enterprise"), *chain).split("rule_launches").used == 3


# Training


def test_a_recurring_training_pack_renews_and_its_hours_lapse() -> None:
    """R62: five hours a month, of kind `training`."""
    own = order(packs=[pack("pack_training_recurring_5h")])
    hours = [use("training_hours", "3"), use("training_hours", "6.5", "2025-11-15 12:00")]
    november = bill(own, *hours, period="2025-11")
    half_an_hour = Decimal("0.5")
    assert november.split("training_hours") == Split(6 + half_an_hour, 0, 5, 0, 1 + half_an_hour)
    assert november.line("pack_training_recurring_5h").charge.kind == "training"


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        ("2025-06-20 11:59", 0),
        ("2025-06-20 12:00", 2),
        ("2025-07-20 23:59:59", 2),
        ("2025-07-21 00:00", 0),
    ],
)
def test_a_one_off_training_pack_lives_30_days(at: str, covered: int) -> None:
    """R63: bought 2025-06-20, last usable on 2025-07-20, across the period's end."""
    packs = [pack("pack_training_oneoff_5h", "2025-06-20 12:00")]
    own = order(edition=FCC, launch_date="2025-06-01", packs=packs)
    result = bill(own, use("training_hours", "2", at), period=at[:7])
    assert result.split("training_hours").from_packs == covered


def test_a_one_off_training_pack_is_charged_once() -> None:
    """R63: it does not renew, whatever the order says."""
    own = order(packs=[pack("pack_training_oneoff_5h", "2025-10-20 12:00", recurring=True)])
    assert bill(own).net("pack_training_oneoff_5h") == "350.00"
    assert "pack_training_oneoff_5h" not in bill(own, period="2025-11").items


def test_hours_used_last_month_are_gone_from_a_one_off_pack() -> None:
    """R63: its hours are those of 30 days, not of a period."""
    own = order(packs=[pack("pack_training_oneoff_5h", "2025-10-20 12:00")])
    hours = [
        use("training_hours", "4", "2025-10-25 10:00"),
        use("training_hours", "4", "2025-11-05 10:00"),
    ]
    november = bill(own, *hours, period="2025-11")
    assert november.split("training_hours") == Split(4, from_packs=1, refused=3)


def test_of_two_training_packs_the_earliest_expiry_is_used_first() -> None:
    """R63: the recurring one lapses with October, so the one-off one lives on whole."""
    packs = [
        pack("pack_training_oneoff_5h", "2025-10-20 12:00"),
        pack("pack_training_recurring_5h", "2025-10-01 00:00", to="2025-10-31"),
    ]
    hours = [
        use("training_hours", "5", "2025-10-25 10:00"),
        use("training_hours", "5", "2025-11-05 10:00"),
    ]
    november = bill(order(packs=packs), *hours, period="2025-11")
    assert november.split("training_hours") == Split(5, from_packs=5)


def test_training_beyond_its_packs_is_not_billed() -> None:
    """R64: it needs a quote of its own."""
    own = order(packs=[pack("pack_training_oneoff_5h", "2025-10-01 00:00")])
    result = bill(own, use("training_hours", "7"))
    assert result.split("training_hours") == Split(7, from_packs=5, refused=2)
    assert result.items == ["licence", "pack_training_oneoff_5h"]


# Time and prices


def test_the_month_begins_and_ends_at_midnight_in_warsaw() -> None:
    """R6: whatever offset an event is written with."""
    times = ("2025-09-30T21:59:59Z", "2025-09-30T22:00:00Z", "2025-10-31T22:59:59Z", "2025-10-31T23:00:00Z")
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
    assert str(bill(order(currency="EUR")).invoice.net) == "€3,000.00"


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
