"""What is recorded comes to the same as the same scenario; claims are decided by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.sla.recorded.reading import recorded_service
from tests.builders import Plain, local, order, read_scenario, scenario
from tests.recorded_words import PERSON, did, record_all, refused
from tests.running import (
    MIGRATED,
    Server,
    change,
    console,
    decision_store,
    differences,
    licznik,
    place,
    write_yaml,
)
from tests.sla_words import MAIN, claim, incident, ordered, work

OTHER = "acme-two"
NOVEMBER: Plain = {
    "incidents": [
        incident(
            "F1",
            reported="2025-11-10 16:35",
            qualified="2025-11-10 17:00",
            repaired="2025-11-12 11:15",
            down=[("2025-11-10 16:30", "2025-11-10 19:15")],
            client_action=[("2025-11-10 18:00", "2025-11-10 18:30")],
        ),
        incident(
            "F2",
            "high",
            orders=[MAIN, OTHER],
            reported="2025-11-11 10:05",
            reported_by="user",
            qualified="2025-11-11 11:00",
            repaired="2025-11-21 12:00",
            service_unavailable=True,
            down=[("2025-11-11 10:00", "2025-11-11 12:00")],
        ),
        incident(
            "F3",
            "medium",
            reported="2025-11-19 19:40",
            reported_by="provider",
            qualified="2025-11-19 20:00",
            repaired="2025-11-19 20:45",
            down=[("2025-11-19 19:30", "2025-11-19 20:45")],
        ),
        incident(
            "F4",
            reported="2025-11-20 08:00",
            qualified="2025-11-20 08:10",
            cause="external",
            down=[("2025-11-20 08:00", None)],
        ),
    ],
    "exclusions": [
        work("2025-11-16 05:00", "2025-11-16 07:00"),
        work("2025-11-19 20:00", "2025-11-20 00:00"),
        work("2025-11-25 12:00", "2025-11-25 13:00", "2025-11-24 12:00"),
    ],
    "claims": [claim(), {**claim(), "order": OTHER, "confirmed": None, "refused": "2025-12-03"}],
    "service_work": [
        {"order": MAIN, "hours": "2.5", "accepted": "2025-11-21", "performed": "2025-11-24"},
        {"order": OTHER, "hours": "3", "accepted": "2025-11-21"},
    ],
}
ORDERS = [ordered("progres"), ordered("standard", id=OTHER)]


@pytest.fixture(scope="module")
def month(server: Server) -> Iterator[str]:
    """The name of a database in which all of that November is recorded."""
    with server.database(MIGRATED) as url:
        place(url, *ORDERS)
        record_all(url, scenario(ORDERS, **NOVEMBER))
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def books(server: Server, month: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(month) as url:
        yield url


@pytest.fixture
def fresh(server: Server) -> Iterator[str]:
    """A database with the orders alone."""
    with server.database(MIGRATED) as url:
        place(url, *ORDERS)
        yield url


def test_the_record_is_that_of_the_scenario(books: str) -> None:
    """Value by value; what a visit's incident is besides, a scenario has not."""
    with decision_store(books) as decisions:
        found = recorded_service(decisions)
    stated = read_scenario(scenario(ORDERS, **NOVEMBER)).record
    own = tuple(one for one in found.incidents if not one.id.startswith("visit"))
    assert own == stated.incidents
    assert found.exclusions == stated.exclusions
    assert found.claims == stated.claims
    assert found.work == stated.work


def test_the_record_of_some_orders_is_read_alone(books: str) -> None:
    with decision_store(books) as decisions:
        found, nothing = recorded_service(decisions, [OTHER]), recorded_service(decisions, [])
    assert [one.id for one in found.incidents] == ["F2", "visit-1"]
    assert [one.order for one in found.claims] == [OTHER]
    assert (found.exclusions, [one.order for one in found.work]) == ((), [OTHER])
    assert nothing == type(nothing)()


@pytest.mark.parametrize("own", [MAIN, OTHER])
def test_a_month_comes_to_what_the_simulation_says(books: str, own: str, tmp_path: Path) -> None:
    file = write_yaml(tmp_path / "november.yaml", scenario(ORDERS, **NOVEMBER))
    simulated = did(books, "simulate", file, "--period", "2025-11")
    found = did(books, "sla", own, "--period", "2025-11")
    for name in ("availability", "incidents", "penalties", "credits"):
        stated = [one for one in simulated[name] if one["order"] == own]
        recorded = [one for one in found[name] if "visit" not in one.get("incident", "")]
        assert recorded == stated
        assert stated


def test_all_that_is_recorded_can_be_verified(books: str) -> None:
    assert differences(books) == []
    found = did(books, "verify")
    assert (found["incidents"], found["exclusions"], found["claims"]) == (6, 3, 2)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE claim SET status = 'confirmed' WHERE id LIKE 'acme-two%'", "claim acme-two"),
        ("DELETE FROM claim WHERE id LIKE 'acme-main%'", "claim acme-main"),
        ("UPDATE exclusion SET version = 7 WHERE id = 'work-0'", "exclusion work-0.version"),
    ],
)
def test_verify_finds_what_was_changed_behind_the_events(
    books: str, statement: str, where: str
) -> None:
    assert change(books, statement) == 1
    (found,) = differences(books)
    assert found.startswith(where)


# Claims

F1 = incident(
    "F1",
    reported="2025-11-10 16:35",
    qualified="2025-11-10 17:00",
    repaired="2025-11-10 19:15",
    down=[("2025-11-10 16:30", "2025-11-10 19:15")],
)
PERIOD = ("--period", "2025-11")


def claims(url: str, verb: str, *words: object) -> Plain:
    """A step of the claim for November."""
    made: Plain = did(url, "claims", verb, MAIN, *PERIOD, *words)
    return made


def no(url: str, verb: str, *words: object, period: str = "2025-11") -> list[str]:
    """Why a step is refused."""
    return refused(url, "claims", verb, MAIN, "--period", period, *words)


def failed(url: str, **given: Any) -> None:
    """The failure of November is recorded."""
    record_all(url, scenario(ORDERS, incidents=[{**F1, **given}]))


def filed(url: str, on: str = "2025-12-01") -> Plain:
    """The client claims."""
    return claims(url, "file", "--by", "Anna Client", "--on", on)


def test_whoever_confirms_is_shown_the_figures_first(fresh: str) -> None:
    failed(fresh)
    own = filed(fresh)
    assert (own["status"], own["figures"]["credits"][0]["state"]) == ("filed", "pending")
    shown = claims(fresh, "confirm")
    assert shown["status"] == "filed"
    assert shown["if_confirmed"] == {
        "state": "granted",
        "reason": None,
        "percent": "5",
        "amount": "300.00",
    }
    own = claims(fresh, "confirm", "--by", PERSON, "--on", "2025-12-05")
    assert (own["status"], own["decided_by"]) == ("confirmed", PERSON)
    assert own["figures"]["credits"][0]["amount"] == "300.00"
    assert differences(fresh) == []


def test_what_was_shown_is_kept_with_the_decision(fresh: str) -> None:
    failed(fresh)
    filed(fresh)
    claims(fresh, "confirm", "--by", PERSON)
    with decision_store(fresh) as decisions:
        event = list(decisions.events.get(f"claim/{MAIN}/2025-11"))[-1]
    found = vars(event)
    assert (str(found["shown_availability"]), str(found["shown_percent"])) == ("99.0954", "5")


@pytest.mark.parametrize(
    ("given", "on", "reason"),
    [
        ({}, "2025-12-31", "late"),
        ({"cause": "external"}, "2025-12-01", "external_cause"),
        ({"reported_by": "provider"}, "2025-12-01", "not_reported"),
        ({"down": []}, "2025-12-01", "no_drop"),
    ],
)
def test_a_claim_that_comes_to_nothing_cannot_be_confirmed(
    fresh: str, given: Plain, on: str, reason: str
) -> None:
    failed(fresh, **given)
    filed(fresh, on)
    assert claims(fresh, "show")["if_confirmed"]["reason"] == reason
    assert no(fresh, "confirm", "--by", PERSON) == ["nothing_due"]
    own = claims(fresh, "refuse", "--by", PERSON, "--reason", "nothing is due")
    assert (own["status"], own["reason"]) == ("refused", "nothing is due")


def test_mistakes_in_claims(fresh: str) -> None:
    failed(fresh)
    by = ("--by", "Anna Client", "--on")
    assert no(fresh, "show") == ["unknown_claim"]
    assert no(fresh, "file", *by, "2199-01-01") == ["in_future"]
    assert no(fresh, "file", "--by", " ") == ["invalid_value"]
    assert no(fresh, "file", *by, "2025-12-01", period="2025-06") == ["not_in_service"]
    wrong = ("claims", "file", "nobody", "--period", "2025-11", *by, "2025-12-01")
    assert refused(fresh, *wrong) == ["unknown_order"]
    filed(fresh)
    assert no(fresh, "file", *by, "2025-12-02") == ["duplicate_claim"]
    assert no(fresh, "confirm", "--by", PERSON, "--on", "2025-11-30") == ["confirmed_before_filed"]
    assert no(fresh, "confirm", "--by", "") == ["invalid_value"]
    words = ("--by", PERSON, "--reason")
    assert no(fresh, "refuse", *words, " ") == ["no_reason"]
    assert no(fresh, "refuse", *words, "x", "--on", "2025-11-30") == ["refused_before_filed"]
    claims(fresh, "refuse", *words, "the failure was planned")
    assert no(fresh, "confirm", "--by", PERSON) == ["already_decided"]
    assert no(fresh, "refuse", *words, "again") == ["already_decided"]


def test_a_month_that_is_not_over_cannot_be_confirmed(fresh: str) -> None:
    did(fresh, "claims", "file", MAIN, "--period", "2198-01", "--by", "Anna Client")
    found = no(fresh, "confirm", "--by", PERSON, period="2198-01")
    assert found == ["period_not_over", "nothing_due"]


def test_claims_are_listed(books: str) -> None:
    found = did(books, "claims", "list")["claims"]
    assert [(one["order"], one["status"]) for one in found] == [
        (MAIN, "confirmed"),
        (OTHER, "refused"),
    ]


# Planned work

WORK = ("--from", local("2025-11-16 05:00"), "--to", local("2025-11-16 07:00"), "--by", PERSON)


def announce(url: str, *words: object, key: str = "W-1", order: str = MAIN) -> Plain:
    """Planned work on the order."""
    made: Plain = did(url, "exclusions", "announce", key, "--order", order, *WORK, *words)
    return made


def test_announced_work_can_be_withdrawn(fresh: str) -> None:
    own = announce(fresh, "--announced", local("2025-11-09 05:00"))
    assert own["announced_in_time"] is True
    with decision_store(fresh) as decisions:
        assert len(recorded_service(decisions).exclusions) == 1
    did(fresh, "exclusions", "withdraw", "W-1", "--by", PERSON)
    with decision_store(fresh) as decisions:
        assert recorded_service(decisions).exclusions == ()
    assert did(fresh, "exclusions", "list")["exclusions"][0]["status"] == "withdrawn"
    assert differences(fresh) == []


def test_work_announced_late_is_told_to_be_late(fresh: str) -> None:
    own = announce(fresh, "--announced", local("2025-11-09 05:01"))
    assert own["announced_in_time"] is False


def test_mistakes_in_planned_work(fresh: str) -> None:
    call = ("exclusions", "announce")
    announce(fresh)
    assert refused(fresh, *call, "W-1", "--order", MAIN, *WORK) == ["duplicate_exclusion"]
    assert refused(fresh, *call, "W-2", "--order", "nobody", *WORK) == ["unknown_order"]
    back = ("--from", local("2025-11-16 07:00"), "--to", local("2025-11-16 07:00"), "--by", "E")
    assert refused(fresh, *call, "W-2", "--order", MAIN, *back) == ["ends_before_start"]
    later = (*WORK, "--announced", "2199-01-01T00:00+01:00")
    assert refused(fresh, *call, "W-2", "--order", MAIN, *later) == ["in_future"]
    assert refused(fresh, "exclusions", "withdraw", "W-2", "--by", "E") == ["unknown_exclusion"]
    did(fresh, "exclusions", "withdraw", "W-1", "--by", "E")
    assert refused(fresh, "exclusions", "withdraw", "W-1", "--by", "E") == ["already_withdrawn"]


# A month


def test_a_month_of_an_order_that_is_not_served_is_a_mistake(fresh: str) -> None:
    assert refused(fresh, "sla", MAIN, "--period", "2025-06") == ["not_in_service"]
    assert refused(fresh, "sla", "nobody", "--period", "2025-11") == ["unknown_order"]


def test_fees_without_a_price_are_told_and_the_rest_is_shown(server: Server) -> None:
    own = order("pro", sla="progres", licences=3)
    del own["prices"]["licence"]
    with server.database(MIGRATED) as url:
        place(url, own)
        found = did(url, "sla", MAIN, "--period", "2025-11")
    assert [one["code"] for one in found["problems"]] == ["missing_price"]
    assert found["availability"][0]["percent"] == "100.0000"


def test_the_real_commands_print_tables(books: str) -> None:
    shown = console(books, "sla", MAIN, "--period", "2025-11")
    assert shown.status == 0
    for title in ("Availability", "Incidents", "Penalties", "Credits"):
        assert title in shown.out
    own = console(books, "claims", "show", MAIN, *PERIOD)
    assert (own.status, "Claims" in own.out) == (0, True)
    assert console(books, "exclusions", "list").status == 0
    assert console(books, "incidents", "list").status == 0
    wrong = licznik(books, "claims", "show", "nobody", *PERIOD)
    assert (wrong.status, "Traceback" in wrong.err) == (2, False)
