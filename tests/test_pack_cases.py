"""What packs, messages, speech and training cost, one case of the business at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import (
    AUTOMATION,
    EVENING,
    FCC,
    FROM_PURCHASE,
    MORNING,
    SURVEYS,
    Bill,
    Split,
    addon,
    bill,
    found,
    order,
    pack,
    run,
    say,
    scenario,
    use,
)


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
