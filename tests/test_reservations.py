"""Reservations: units kept for a while, used in parts, given back, or over when their time is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from invoices.statements.balances import read_balances
from metering.asks import Consume, Granted, Reserve
from metering.calendar import Period
from tests.builders import AUTOMATION, catalog, local, order
from tests.limiting import MINUTE, Counter, counter, left, refusal
from tests.running import balances, differences, licznik, place, rows, usage_store

HOUR = timedelta(hours=1)
ONE = Decimal(1)


@pytest.fixture
def pro(database: str) -> Iterator[Counter]:
    """The counter of an order of package Pro: 15 queues, 20 licences."""
    place(database, order())
    with counter(database) as own:
        yield own


# Kept, used in parts, given back


def test_what_is_kept_is_not_there_for_others(pro: Counter) -> None:
    assert left(pro.reserve("queues", 10)) == "5"
    assert refusal(pro.consume("queues", 6)) == "limit_reached 5"
    assert refusal(pro.reserve("queues", 6)) == "limit_reached 5"
    assert left(pro.consume("queues", 5)) == "0"


def test_a_reservation_is_used_in_parts_and_never_beyond(pro: Counter, database: str) -> None:
    pro.reserve("queues", 10, id="ten")
    assert left(pro.commit("ten", "first", 4)) == "6"
    assert left(pro.commit("ten", "second", 5)) == "1"
    assert refusal(pro.commit("ten", "third", 2)) == "beyond_reservation 1"
    assert left(pro.commit("ten", "third", 1)) == "0"
    assert refusal(pro.commit("ten", "fourth", 1)) == "reservation_ended"
    pro.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(10), 3)


def test_a_part_is_used_once_however_often_it_is_told(pro: Counter, database: str) -> None:
    pro.reserve("queues", 10, id="ten")
    assert left(pro.commit("ten", "first", 4)) == "6"
    assert left(pro.commit("ten", "first", 4)) == "6"
    assert refusal(pro.commit("ten", "first", 5)) == "id_conflict"
    pro.roll()
    assert left(pro.commit("ten", "first", 4)) == "6"
    pro.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(4), 1)


def test_parts_of_two_reservations_may_have_the_same_id(pro: Counter, database: str) -> None:
    pro.reserve("queues", 2, id="a")
    pro.reserve("queues", 2, id="a/b")
    pro.commit("a", "b/c", 1)
    pro.commit("a/b", "c", 1)
    pro.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(2), 2)


def test_what_was_not_used_is_free_again(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten")
    pro.commit("ten", "first", 4)
    assert isinstance(pro.release("ten"), Granted)
    assert left(pro.consume("queues", 11)) == "0"
    assert refusal(pro.commit("ten", "second", 1)) == "reservation_ended"


def test_giving_back_twice_gives_back_once(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten")
    pro.release("ten")
    assert isinstance(pro.release("ten"), Granted)
    assert left(pro.consume("queues", 15)) == "0"


def test_a_balance_says_what_all_users_keep(pro: Counter, database: str) -> None:
    for user in ("anna", "jan"):
        pro.reserve("api_calls", 100, user=user)
    with usage_store(database) as usage:
        told = read_balances(usage, catalog(), "acme-main", Period(2025, 10), pro.now)
    assert {row["meter"]: row["held"] for row in told}["api_calls"] == "200"


def test_an_unknown_reservation(pro: Counter) -> None:
    for answer in (pro.renew("none"), pro.release("none"), pro.commit("none", "part")):
        assert refusal(answer) == "unknown_reservation"


# Time


def test_after_its_time_what_is_left_is_free_again(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten", ttl=MINUTE)
    pro.commit("ten", "first", 4)
    pro.now += MINUTE
    assert left(pro.consume("queues", 11)) == "0"
    assert refusal(pro.commit("ten", "second", 1)) == "reservation_ended"


def test_a_renewed_reservation_lives_on(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten", ttl=MINUTE)
    for _ in range(5):
        pro.now += MINUTE / 2
        assert isinstance(pro.renew("ten", MINUTE), Granted)
    assert refusal(pro.consume("queues", 6)) == "limit_reached 5"


def test_a_renewal_never_shortens_a_reservation(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten", ttl=HOUR)
    pro.renew("ten", MINUTE)
    pro.now += 2 * MINUTE
    assert refusal(pro.consume("queues", 6)) == "limit_reached 5"


def test_a_reservation_that_is_over_is_not_renewed(pro: Counter) -> None:
    pro.reserve("queues", 10, id="ten", ttl=MINUTE)
    pro.now += MINUTE
    assert refusal(pro.renew("ten")) == "reservation_ended"


def test_reservations_that_nobody_asks_about_end_too(pro: Counter, database: str) -> None:
    pro.reserve("queues", 10, ttl=MINUTE)
    pro.now += MINUTE
    pro.roll()
    assert rows(database, "SELECT reserved FROM usage_hold") == [(0,)]


def test_the_same_reservation_again_is_the_same_one(pro: Counter) -> None:
    assert left(pro.reserve("queues", 10, id="ten")) == "5"
    assert left(pro.reserve("queues", 10, id="ten")) == "5"
    assert refusal(pro.reserve("queues", 9, id="ten")) == "id_conflict"
    pro.release("ten")
    assert refusal(pro.reserve("queues", 10, id="ten")) == "reservation_ended"


def test_a_reservation_survives_a_restart(pro: Counter, database: str) -> None:
    pro.reserve("queues", 10, id="ten", ttl=HOUR)
    with counter(database) as restarted:
        restarted.now = pro.now
        assert refusal(restarted.consume("queues", 6)) == "limit_reached 5"
        assert left(restarted.commit("ten", "first", 10)) == "0"


def test_an_id_of_another_orders_reservation_is_taken(database: str) -> None:
    place(database, order(), order(id="acme-second"))
    with counter(database) as first, counter(database, "acme-second") as second:
        first.reserve("queues", 1, id="one", ttl=HOUR)
        assert refusal(second.reserve("queues", 1, id="one")) == "id_conflict"
        assert refusal(second.release("one")) == "unknown_reservation"
        assert left(first.commit("one", "part")) == "0"


def test_two_orders_that_ask_for_one_id_at_once_fail_nobody(database: str) -> None:
    place(database, order(), order(id="acme-second"))
    with counter(database) as own:
        asks = [Reserve(key, "queues", "one", ONE, HOUR) for key in ("acme-main", "acme-second")]
        beside = Consume("acme-main", "queues", "beside", ONE)
        first, second, third = own.limits.decide([*asks, beside], own.now)
    assert (left(first), refusal(second), left(third)) == ("14", "id_conflict", "13")


def test_units_kept_in_october_are_used_in_october(database: str) -> None:
    place(database, order(addons=AUTOMATION))
    with counter(database) as own:
        own.now = datetime.fromisoformat(local("2025-10-31 23:59:50"))
        own.reserve("mass_sms", 100, id="night", ttl=MINUTE)
        own.now += timedelta(seconds=20)
        own.commit("night", "first", 100)
        assert left(own.consume("mass_sms", 100)) == "0"
        own.roll()
    assert balances(database) == {
        ("acme-main", "2025-10-31", "mass_sms"): (Decimal(100), 1),
        ("acme-main", "2025-11-01", "mass_sms"): (Decimal(100), 1),
    }


def test_a_part_is_of_the_month_that_was_kept_though_this_clock_is_behind(database: str) -> None:
    place(database, order(addons=AUTOMATION))
    with counter(database) as own:
        own.now = datetime.fromisoformat(local("2025-10-31 23:59:59.100000"))
        assert left(own.reserve("mass_sms", 100, id="night")) == "0"
        own.now -= timedelta(seconds=1.6)
        assert left(own.commit("night", "first", 100)) == "0"
        own.now += HOUR
        own.roll()
        assert refusal(own.consume("mass_sms")) == "limit_reached 0"
    assert balances(database) == {("acme-main", "2025-11-01", "mass_sms"): (Decimal(100), 1)}


# Seats (R23, R24)


def test_the_eleventh_of_ten_licences_cannot_sign_in(database: str) -> None:
    place(database, order(licences=10))
    with counter(database) as own:
        for number in range(10):
            assert left(own.reserve("sessions", user=f"agent{number}@acme")) == str(9 - number)
        assert refusal(own.reserve("sessions", user="late@acme")) == "limit_reached 0"


def test_a_user_signs_in_at_one_workstation(pro: Counter) -> None:
    pro.reserve("sessions", id="desk", user="anna@acme")
    assert refusal(pro.reserve("sessions", id="home", user="anna@acme")) == "already_signed_in"
    assert left(pro.reserve("sessions", id="desk", user="anna@acme")) == "19"
    pro.release("desk")
    assert left(pro.reserve("sessions", id="home", user="anna@acme")) == "19"


def test_a_seat_is_never_used_up(pro: Counter, database: str) -> None:
    assert left(pro.reserve("sessions", id="desk", user="anna@acme")) == "19"
    assert refusal(pro.consume("sessions", user="anna@acme")) == "only_reserved"
    assert refusal(pro.commit("desk", "part")) == "only_reserved"
    pro.roll()
    pro.release("desk")
    assert left(pro.reserve("sessions", id="home", user="anna@acme")) == "19"


def test_a_workstation_that_went_silent_frees_the_user(pro: Counter) -> None:
    pro.reserve("sessions", id="desk", user="anna@acme", ttl=MINUTE)
    pro.now += MINUTE
    assert left(pro.reserve("sessions", id="home", user="anna@acme")) == "19"


def test_the_most_users_at_a_time_are_told_in_the_ledger(pro: Counter, database: str) -> None:
    for user in ("anna", "jan", "ewa"):
        pro.reserve("sessions", id=user, user=user, ttl=HOUR)
    pro.release("jan")
    pro.reserve("sessions", id="ola", user="ola", ttl=HOUR)
    pro.now += HOUR
    pro.roll()
    told = licznik(database, "statement", "acme-main", "--period", "2025-10", "--format", "json")
    sessions = next(one for one in told.data["meters"] if one["meter"] == "sessions")
    assert (sessions["used"], sessions["refused"]) == ("3", "0")
    assert differences(database) == []


def test_fewer_licences_sign_nobody_out(pro: Counter, database: str) -> None:
    for number in range(20):
        pro.reserve("sessions", id=f"s{number}", user=f"agent{number}", ttl=HOUR)
    fewer = ("licences", "acme-main", 10, "pro", "--from", "2025-10-15")
    assert licznik(database, "orders", "change", *fewer).status == 0
    for number in range(10):
        assert isinstance(pro.renew(f"s{number}"), Granted)
        pro.release(f"s{number}")
    assert refusal(pro.reserve("sessions", user="new")) == "limit_reached 0"
    pro.release("s10")
    assert left(pro.reserve("sessions", user="new")) == "0"
