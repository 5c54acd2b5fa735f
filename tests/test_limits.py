"""Limits: what an order may use is granted while there is room, and never beyond (R43, R68)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders import AUTOMATION, FROM_PURCHASE, addon, order, pack
from tests.limiting import Counter, counter, left, refusal
from tests.running import balances, differences, held, licznik, place, record, used

MORNING = "2025-10-05T09:00:00+02:00"
EVENING = "2025-10-05T18:00:00+02:00"


@pytest.fixture
def pro(database: str) -> Iterator[Counter]:
    """The counter of an order of package Pro: 15 queues, 20 licences."""
    place(database, order())
    with counter(database) as own:
        yield own


# Hard limits (R43, R49)


def test_the_fifteenth_queue_is_added_and_the_sixteenth_is_not(pro: Counter) -> None:
    assert left(pro.consume("queues", 14)) == "1"
    assert left(pro.consume("queues")) == "0"
    assert refusal(pro.consume("queues")) == "limit_reached 0"


def test_a_refused_request_records_nothing(pro: Counter, database: str) -> None:
    pro.consume("queues", 16)
    assert pro.roll() == 0
    assert balances(database) == {}


def test_a_big_request_is_refused_and_a_smaller_one_after_it_granted(pro: Counter) -> None:
    assert left(pro.consume("queues", 10)) == "5"
    assert refusal(pro.consume("queues", 6)) == "limit_reached 5"
    assert left(pro.consume("queues", 5)) == "0"


def test_usage_that_was_posted_counts(pro: Counter, database: str) -> None:
    record(database, held("queues", 12, MORNING, "made"))
    assert left(pro.consume("queues", 3)) == "0"
    record(database, held("queues", -2, EVENING, "removed"))
    assert left(pro.consume("queues", 2)) == "0"


def test_what_was_granted_is_used_whether_it_is_in_a_page_or_not_yet(
    pro: Counter, database: str
) -> None:
    pro.consume("queues", 10)
    assert pro.roll() == 1
    assert left(pro.consume("queues", 4)) == "1"
    assert pro.roll() == 1
    assert refusal(pro.consume("queues", 2)) == "limit_reached 1"
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(14), 2)
    assert differences(database) == []


def test_more_than_the_limit_by_posted_usage_blocks_adding_and_deletes_nothing(
    pro: Counter, database: str
) -> None:
    record(database, held("queues", 18, MORNING, "made"))
    assert refusal(pro.consume("queues")) == "limit_reached 0"
    record(database, held("queues", -4, EVENING, "removed"))
    assert left(pro.consume("queues")) == "0"


def test_disk_space_is_granted_to_the_last_byte(database: str) -> None:
    place(database, order("standard", packs=[pack("pack_disk_100gb")] * 2))
    with counter(database) as own:
        assert left(own.consume("disk_bytes", 220 * 10**9 - 1)) == "1"
        assert refusal(own.consume("disk_bytes", 2)) == "limit_reached 1"
        assert left(own.consume("disk_bytes", 1)) == "0"


def test_accounts_without_the_mail_channel_are_none(database: str) -> None:
    place(database, order("standard"))
    with counter(database) as own:
        assert refusal(own.consume("email_accounts")) == "limit_reached 0"


# A limit that changes (R53, R61)


def test_a_pack_raises_the_limit_at_once(pro: Counter, database: str) -> None:
    pro.consume("queues", 15)
    assert refusal(pro.consume("queues")) == "limit_reached 0"
    at = "2025-10-15T12:00:00+02:00"
    pack_10 = ("pack", "acme-main", "pack_queues_10", "--at", at, "--price", "50")
    assert licznik(database, "orders", "add", *pack_10).status == 0
    assert left(pro.consume("queues")) == "9"


def test_a_smaller_package_blocks_adding_and_deletes_nothing(pro: Counter, database: str) -> None:
    pro.consume("queues", 12)
    smaller = ("package", "acme-main", "standard", 20, "--from", "2025-10-15", "--price", "100")
    assert licznik(database, "orders", "change", *smaller).status == 0
    assert refusal(pro.consume("queues")) == "limit_reached 0"
    pro.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(12), 1)


def test_a_pack_that_has_ended_leaves_its_units_in_place_and_blocks_adding(database: str) -> None:
    place(database, order(packs=[pack("pack_queues_10")]))
    with counter(database) as own:
        own.consume("queues", 20)
        own.now += timedelta(days=20)
        assert refusal(own.consume("queues")) == "limit_reached 0"


# Requests by id


def test_the_same_request_again_gets_the_same_answer(pro: Counter, database: str) -> None:
    assert left(pro.consume("queues", 3, id="one")) == "12"
    pro.consume("queues", 5)
    assert left(pro.consume("queues", 3, id="one")) == "12"
    pro.roll()
    assert left(pro.consume("queues", 3, id="one")) == "12"
    pro.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(8), 2)


def test_a_refused_request_is_decided_afresh(pro: Counter, database: str) -> None:
    assert refusal(pro.consume("queues", 16, id="one")) == "limit_reached 15"
    assert left(pro.consume("queues", 15, id="one")) == "0"


def test_an_id_stands_for_one_request(pro: Counter) -> None:
    pro.consume("queues", 3, id="one")
    assert refusal(pro.consume("queues", 4, id="one")) == "id_conflict"
    assert refusal(pro.consume("disk_bytes", 3, id="one")) == "id_conflict"


def test_an_id_stands_for_one_time(pro: Counter) -> None:
    assert left(pro.consume("queues", 1, id="one", at="2025-10-10 10:00")) == "14"
    assert left(pro.consume("queues", 1, id="one", at="2025-10-10 10:00")) == "14"
    assert left(pro.consume("queues", 1, id="one")) == "14"
    assert refusal(pro.consume("queues", 1, id="one", at="2025-10-12 10:00")) == "id_conflict"


def test_two_orders_may_use_the_same_id(database: str) -> None:
    place(database, order(), order(id="acme-second"))
    with counter(database) as first, counter(database, "acme-second") as second:
        assert left(first.consume("queues", 15, id="one")) == "0"
        assert left(second.consume("queues", 15, id="one")) == "0"


# What may not be used at all


def test_a_meter_that_is_not_ordered_is_refused(pro: Counter) -> None:
    assert refusal(pro.consume("mass_emails")) == "not_ordered"


def test_an_unknown_meter_and_an_unknown_order_are_refused(pro: Counter) -> None:
    assert refusal(pro.consume("trains")) == "unknown_meter"
    pro.order = "nobody"
    assert refusal(pro.consume("queues")) == "unknown_order"


def test_nothing_is_granted_before_the_launch(pro: Counter) -> None:
    assert refusal(pro.consume("queues", at="2025-09-30 12:00")) == "before_launch"


# Soft limits (R42)


def test_what_is_charged_beyond_its_limit_is_always_granted(pro: Counter, database: str) -> None:
    assert left(pro.consume("records", 10**9)) is None
    assert left(pro.consume("api_calls", 10**6, user="anna@acme.pl")) is None
    pro.roll()
    assert differences(database) == []


# Capped overage (R68)


def test_the_message_after_allowance_pack_and_cap_is_refused(database: str) -> None:
    given = order(addons=AUTOMATION, packs=[pack("pack_email_5000")], caps={"mass_emails": 200})
    place(database, given)
    with counter(database) as own:
        assert left(own.consume("mass_emails", 6199)) == "1"
        assert left(own.consume("mass_emails")) == "0"
        assert refusal(own.consume("mass_emails")) == "limit_reached 0"


def test_without_a_cap_campaigns_end_with_their_allowance(database: str) -> None:
    place(database, order(addons=AUTOMATION))
    with counter(database) as own:
        assert left(own.consume("mass_sms", 100)) == "0"
        assert refusal(own.consume("mass_sms")) == "limit_reached 0"


def test_ordinary_messages_take_from_the_pack_that_campaigns_share(database: str) -> None:
    given = order(addons=AUTOMATION, packs=[pack("pack_sms_2000")])
    place(database, given)
    with counter(database) as own:
        assert left(own.consume("sms", 1500)) is None
        assert left(own.consume("mass_sms", 100)) == "500"
        assert refusal(own.consume("mass_sms", 501)) == "limit_reached 500"


def test_a_new_month_brings_a_new_allowance(database: str) -> None:
    place(database, order(addons=AUTOMATION))
    with counter(database) as own:
        assert left(own.consume("mass_sms", 100)) == "0"
        assert left(own.consume("mass_sms", 60, at="2025-11-01 00:00")) == "40"
        assert refusal(own.consume("mass_sms", at="2025-10-31 23:59")) == "limit_reached 0"


def test_a_pack_bought_later_does_not_cover_what_was_sent_before_it(database: str) -> None:
    later = pack("pack_sms_2000", "2025-10-10 00:00")
    place(database, order(addons=AUTOMATION, packs=[later], policies=FROM_PURCHASE))
    with counter(database) as own:
        assert refusal(own.consume("mass_sms", 101, at="2025-10-09 12:00")) == "limit_reached 100"
        assert left(own.consume("mass_sms", 101, at="2025-10-11 12:00")) == "1999"


def test_what_later_messages_need_is_not_granted_to_earlier_ones(database: str) -> None:
    later = pack("pack_sms_2000", "2025-10-10 00:00")
    place(database, order(addons=AUTOMATION, packs=[later], policies=FROM_PURCHASE))
    record(database, used("mass_sms", 2000, "2025-10-11T12:00:00+02:00", "sent"))
    with counter(database) as own:
        assert refusal(own.consume("mass_sms", at="2025-10-09 12:00")) == "limit_reached 0"
        assert left(own.consume("mass_sms", 100, at="2025-10-12 12:00")) == "0"
        own.roll()
    assert differences(database) == []


def test_a_cap_on_api_calls_is_shared_by_the_users(database: str) -> None:
    place(database, order(caps={"api_calls": 10}))
    with counter(database) as own:
        assert left(own.consume("api_calls", 100_006, user="anna")) == "4"
        own.roll()
        assert left(own.consume("api_calls", 100_001, user="jan")) == "3"
        own.roll()
        assert refusal(own.consume("api_calls", 4, user="anna")) == "limit_reached 3"


def test_what_one_user_keeps_is_not_taken_from_another_users_allowance(database: str) -> None:
    place(database, order(caps={"api_calls": 10}))
    with counter(database) as own:
        assert left(own.reserve("api_calls", 100_000, id="anna", user="anna")) == "10"
        assert left(own.consume("api_calls", 100_004, user="jan")) == "6"
        assert refusal(own.reserve("api_calls", 7, user="anna")) == "limit_reached 6"
        own.roll()
        assert left(own.consume("api_calls", 6, user="jan")) == "0"
        assert left(own.consume("api_calls", 100_000, user="ewa")) == "0"
        assert left(own.commit("anna", "first", 100_000)) == "0"
        own.roll()
    assert differences(database) == []


def test_calls_without_a_user_are_those_of_one(database: str) -> None:
    place(database, order(caps={"api_calls": 10}))
    with counter(database) as own:
        assert left(own.consume("api_calls", 100_000)) == "10"
        assert left(own.consume("api_calls", 4)) == "6"
        own.roll()
        assert refusal(own.consume("api_calls", 7)) == "limit_reached 6"


def test_licences_share_what_users_keep(database: str) -> None:
    shared = {"api_scope": "licences"}
    place(database, order(licences=2, caps={"api_calls": 0}, policies=shared))
    with counter(database) as own:
        assert left(own.reserve("api_calls", 150_000, user="anna")) == "50000"
        assert refusal(own.consume("api_calls", 50_001, user="jan")) == "limit_reached 50000"


# A time in the past


def test_a_queue_that_was_added_earlier_must_have_fitted_ever_since(
    pro: Counter, database: str
) -> None:
    record(
        database,
        held("queues", 15, MORNING, "made"),
        held("queues", -5, EVENING, "removed"),
    )
    assert refusal(pro.consume("queues", at="2025-10-05 10:00")) == "limit_reached 0"
    assert left(pro.consume("queues", 5, at="2025-10-05 19:00")) == "0"


def test_an_addition_without_a_time_never_precedes_what_is_recorded(
    pro: Counter, database: str
) -> None:
    soon = (pro.now + timedelta(seconds=3)).isoformat()
    record(database, held("queues", 10, soon, "made"))
    assert left(pro.consume("queues")) == "4"


# Packs of HLR look-ups and training


def test_look_ups_without_a_rate_end_with_the_pack(database: str) -> None:
    place(database, order(packs=[pack("pack_hlr_2000")]))
    with counter(database) as own:
        assert left(own.consume("hlr_lookups", 1999)) == "1"
        assert refusal(own.consume("hlr_lookups", 2)) == "limit_reached 1"


def test_training_is_given_in_parts_of_hours(database: str) -> None:
    place(database, order(packs=[pack("pack_training_oneoff_5h", "2025-10-10 09:00")]))
    with counter(database) as own:
        assert left(own.consume("training_hours", "2.5")) == "2.5"
        assert refusal(own.consume("training_hours", "2.500001")) == "limit_reached 2.5"


# Voice channels (R74)


def test_twenty_channels_and_those_ordered_beside_them(database: str) -> None:
    extra = [addon("automatic_caller"), addon("automatic_caller_extra_channel", 5)]
    place(database, order(addons=extra))
    with counter(database) as own:
        assert left(own.reserve("caller_channels", 24, id="calls")) == "1"
        assert left(own.reserve("caller_channels")) == "0"
        assert refusal(own.reserve("caller_channels")) == "limit_reached 0"
        own.release("calls")
        assert left(own.reserve("caller_channels")) == "23"
