"""`licznik incidents`: an incident from its report to its repair, and every mistake on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from billing.decisions import Decisions
from billing.sla.record import ServiceRecord
from billing.sla.recorded.incident_desk import IncidentDesk
from billing.sla.recorded.reading import recorded_service
from metering.problems import ProblemsFound
from metering.store import library_settings
from tests.builders import Plain, catalog, local
from tests.recorded_words import (
    NOW,
    PERSON,
    did,
    incident,
    no,
    qualified,
    reported,
    time,
    times,
)
from tests.running import (
    MIGRATED,
    Server,
    change,
    console,
    decision_store,
    differences,
    licznik,
    place,
    value,
)
from tests.sla_words import MAIN, ordered

OTHER = "acme-two"


@pytest.fixture(scope="module")
def placed(server: Server) -> Iterator[str]:
    """The name of a database with an order of Progres, and another of Standard."""
    with server.database(MIGRATED) as url:
        place(url, ordered("progres"), ordered("standard", id=OTHER))
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def desk(server: Server, placed: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(placed) as url:
        yield url


def record(url: str) -> ServiceRecord:
    """All that is recorded."""
    with decision_store(url) as decisions:
        return recorded_service(decisions)


# The life of an incident


def test_an_incident_is_reported_qualified_and_repaired(desk: str) -> None:
    assert reported(desk)["status"] == "reported"
    own = qualified(desk)
    assert (own["status"], own["deadlines"][0]["repair_due"][:16]) == (
        "qualified",
        "2025-11-10T22:00",
    )
    incident(desk, "down", *times(time("2025-11-10 16:30", "2025-11-10 19:15", "login")))
    at = local("2025-11-10 19:15")
    made = incident(desk, "repair", "--at", at, "--how", "earlier_state", "--by", PERSON)
    assert (made["status"], made["deadlines"][0]["repair_late"]) == ("repaired", False)
    assert differences(desk) == []
    steps = [one["step"] for one in incident(desk, "show")["history"]]
    assert steps == ["IncidentReported", "IncidentQualified", "FailuresStated", "IncidentRepaired"]


def test_without_a_decision_the_table_only_proposes(desk: str) -> None:
    reported(desk)
    before = value(desk, "SELECT count(*) FROM decisions_events")
    own = incident(desk, "qualify", "--example", "login_most_users", "--share", "3/5")
    assert own["proposal"]["priority"] == "high"
    assert own["decided"] is False
    assert len(incident(desk, "qualify")["table"]) == 32
    assert value(desk, "SELECT count(*) FROM decisions_events") == before


def test_a_person_may_decide_otherwise_than_the_table(desk: str) -> None:
    reported(desk)
    said = ("--example", "typos", "--priority", "high", "--by", PERSON)
    own = incident(desk, "qualify", *said, "--told", local("2025-11-10 17:00"))
    assert (own["qualification"]["priority"], own["qualification"]["example"]) == ("high", "typos")


def test_another_priority_leaves_the_start_of_the_clock(desk: str) -> None:
    """The client was told first on Monday at 17:00; Progres High is due the next Business Day."""
    reported(desk)
    qualified(desk)
    own = qualified(desk, "2025-11-12 09:00", "high")
    assert own["qualified"][:16] == "2025-11-10T17:00"
    assert own["deadlines"][0]["repair_due"][:16] == "2025-11-12T22:00"
    assert own["deadlines"][0]["priority"] == "high"


def test_a_wrong_time_of_the_first_notice_is_put_right(desk: str) -> None:
    reported(desk)
    qualified(desk, "2025-11-10 18:00")
    words = ("--priority", "critical", "--by", PERSON, "--told", local("2025-11-10 17:00"))
    assert no(desk, "qualify", *words) == ["qualified_earlier"]
    assert incident(desk, "qualify", *words, "--first")["qualified"][:16] == "2025-11-10T17:00"
    early = ("--priority", "critical", "--by", PERSON, "--told", local("2025-11-10 16:00"))
    assert no(desk, "qualify", *early, "--first") == ["qualified_before_reported"]


def test_a_wrong_report_is_stated_again(desk: str) -> None:
    reported(desk)
    qualified(desk)
    words = ("--order", MAIN, "--order", OTHER, "--by", "user", "--at")
    own = incident(desk, "report", *words, local("2025-11-10 16:31"), "--again")
    assert (own["orders"], own["report"]["reported"][:16]) == ([MAIN, OTHER], "2025-11-10T16:31")
    assert own["status"] == "qualified"
    late = local("2025-11-10 17:01")
    assert no(desk, "report", *words, late, "--again") == ["qualified_before_reported"]
    assert no(desk, "report", *words, late, "--again", key="X") == ["unknown_incident"]
    incident(desk, "cause", "external", "--by", PERSON)
    incident(desk, "estimate", "--order", OTHER, "--hours", "1", "--by", PERSON)
    own_only = ("--order", MAIN, "--at", local("2025-11-10 16:31"), "--again")
    assert no(desk, "report", *own_only) == ["order_has_estimate"]
    assert differences(desk) == []


def test_failures_are_stated_again_as_a_whole(desk: str) -> None:
    reported(desk)
    wrong = time("2025-11-10 06:30", "2025-11-10 19:15", "login")
    incident(desk, "down", *times(wrong))
    own = incident(desk, "down", *times(time("2025-11-10 16:30", None, "login")))
    assert [(one["start"][:16], one["end"]) for one in own["down"]] == [("2025-11-10T16:30", None)]
    assert incident(desk, "down", "--none")["down"] == []


def test_two_functions_may_be_down_at_once(desk: str) -> None:
    reported(desk)
    both = [
        time("2025-11-10 16:30", "2025-11-10 17:30", name) for name in ("login", "outgoing_calls")
    ]
    incident(desk, "down", *times(*both))
    (measured,) = did(desk, "sla", MAIN, "--period", "2025-11")["availability"]
    assert measured["down_seconds"] == 3600


def test_waiting_for_the_client_moves_the_deadline(desk: str) -> None:
    """An hour of service time, begun and ended, then put right to two (R107)."""
    reported(desk)
    qualified(desk)
    incident(desk, "wait", "--from", local("2025-11-10 18:00"))
    own = incident(desk, "wait", "--to", local("2025-11-10 19:00"))
    assert own["deadlines"][0]["repair_due"][:16] == "2025-11-12T07:00"
    own = incident(desk, "wait", *times(time("2025-11-10 18:00", "2025-11-10 20:00")))
    assert own["deadlines"][0]["repair_due"][:16] == "2025-11-12T08:00"
    assert incident(desk, "wait", "--none")["client_action"] == []


def test_a_notice_that_nothing_can_be_restored_stops_no_clock(desk: str) -> None:
    reported(desk)
    qualified(desk)
    own = incident(desk, "repair", "--impossible", "--by", PERSON, "--note", "the disk is gone")
    assert (own["status"], own["repair"]) == ("qualified", None)
    assert own["impossible"]["note"] == "the disk is gone"
    words = ("--how", "backup", "--by", PERSON, "--consent", "Anna Client")
    own = incident(desk, "repair", *words, "--at", local("2025-11-13 08:00"))
    assert (own["repair"]["how"], own["repair"]["consent"]) == ("backup", "Anna Client")
    assert own["deadlines"][0]["repair_late"] is True


def test_what_nobody_reported_has_no_time_of_a_report(desk: str) -> None:
    incident(desk, "report", "--order", MAIN, "--by", "nobody", "--channel", "monitoring")
    (own,) = record(desk).incidents
    assert (own.reported, own.reported_by, own.priority) == (None, None, None)


def test_an_external_cause_is_found_on_evidence(desk: str) -> None:
    reported(desk)
    link = ("--download-kbps", 500, "--upload-kbps", 2000, "--talking", 2, "--loss", "0.01")
    outcome = licznik(desk, "incidents", "cause", "INC-1", "external", "--by", PERSON, *link)
    assert outcome.status == 0
    assert "below the minimum: download kbps" in outcome.err
    (own,) = record(desk).incidents
    assert (own.cause, own.is_ours) == ("external", False)
    assert incident(desk, "cause", "provider", "--by", PERSON)["cause"]["cause"] == "provider"


def test_incidents_are_listed(desk: str) -> None:
    reported(desk)
    reported(desk, key="INC-2")
    at = local("2025-11-10 19:15")
    incident(desk, "repair", "--at", at, "--how", "backup", "--by", PERSON, key="INC-2")
    listed = [one["incident"] for one in did(desk, "incidents", "list")["incidents"]]
    assert listed == ["INC-1", "INC-2"]
    found = did(desk, "incidents", "list", "--open", "--order", MAIN)["incidents"]
    assert [one["incident"] for one in found] == ["INC-1"]
    assert did(desk, "incidents", "list", "--order", OTHER)["incidents"] == []


# Work on a false report


def external(url: str) -> None:
    """An incident of two orders that was not the provider's."""
    incident(url, "report", "--order", MAIN, "--order", OTHER, "--at", local("2025-11-03 09:00"))
    incident(url, "cause", "external", "--by", PERSON)


def estimated(url: str, hours: str = "2.5") -> Plain:
    """An estimate for one of them."""
    words = ("--order", MAIN, "--hours", hours, "--by", PERSON, "--on", "2025-11-04")
    return incident(url, "estimate", *words)


CLIENT = ("--order", MAIN, "--by", "Anna Client", "--on")


def test_accepted_work_that_is_performed_is_charged(desk: str) -> None:
    external(desk)
    (own,) = estimated(desk)["estimates"]
    assert (own["hours"], own["price"]) == ("2.5", "350.00")
    incident(desk, "accept", *CLIENT, "2025-11-05")
    incident(desk, "done", "--order", MAIN, "--on", "2025-11-06")
    (work,) = record(desk).work
    assert (work.order, str(work.hours)) == (MAIN, "2.5")
    assert (str(work.accepted), str(work.performed)) == ("2025-11-05", "2025-11-06")
    assert differences(desk) == []


def test_declined_work_is_no_work_and_may_be_estimated_again(desk: str) -> None:
    external(desk)
    estimated(desk)
    incident(desk, "decline", *CLIENT, "2025-11-05")
    assert record(desk).work == ()
    own = estimated(desk, "1")
    assert [one["hours"] for one in own["estimates"]] == ["2.5", "1"]


def test_an_estimate_that_nobody_decided_on_gives_way(desk: str) -> None:
    external(desk)
    estimated(desk)
    assert [one["hours"] for one in estimated(desk, "3")["estimates"]] == ["3"]


def test_where_the_cause_was_ours_after_all_no_work_is_charged(desk: str) -> None:
    external(desk)
    estimated(desk)
    incident(desk, "accept", *CLIENT, "2025-11-05")
    assert len(record(desk).work) == 1
    incident(desk, "cause", "provider", "--by", PERSON)
    assert record(desk).work == ()


def test_mistakes_in_service_work(desk: str) -> None:
    reported(desk)
    hours = ("--hours", "2", "--by", PERSON, "--on", "2025-11-11")
    assert no(desk, "estimate", *hours) == ["cause_not_external"]
    assert no(desk, "accept", "--by", "Anna") == ["no_estimate"]
    incident(desk, "cause", "external", "--by", PERSON)
    assert no(desk, "estimate", "--hours", "0", "--by", PERSON) == ["out_of_range"]
    assert no(desk, "estimate", *hours, "--order", OTHER) == ["unknown_order"]
    incident(desk, "estimate", *hours)
    assert no(desk, "accept", "--by", "Anna", "--on", "2025-11-10") == ["accepted_before_made"]
    assert no(desk, "decline", "--by", "Anna", "--on", "2025-11-10") == ["declined_before_made"]
    assert no(desk, "accept", "--by", " ", "--on", "2025-11-12") == ["invalid_value"]
    assert no(desk, "accept", "--by", "Anna", "--on", "2199-01-01") == ["in_future"]
    assert no(desk, "done") == ["not_accepted"]
    incident(desk, "accept", "--by", "Anna", "--on", "2025-11-12")
    assert no(desk, "decline", "--by", "Anna") == ["already_decided"]
    assert no(desk, "estimate", *hours) == ["already_accepted"]
    assert no(desk, "done", "--on", "2025-11-11") == ["performed_before_accepted"]
    incident(desk, "done", "--on", "2025-11-12")
    assert no(desk, "done", "--on", "2025-11-12") == ["already_performed"]


def test_an_incident_of_two_orders_asks_whose_work_it_is(desk: str) -> None:
    external(desk)
    assert no(desk, "estimate", "--hours", "1", "--by", PERSON) == ["missing_field"]


# Mistakes


def test_mistakes_in_a_report(desk: str) -> None:
    reported(desk)
    at = ("--at", local("2025-11-10 16:35"))
    assert no(desk, "report", "--order", MAIN, *at) == ["duplicate_incident"]
    two = ("--order", "nobody", "--order", "none", *at)
    assert no(desk, "report", *two, key="X") == ["unknown_order", "unknown_order"]
    same = ("--order", MAIN, "--order", MAIN, *at)
    assert no(desk, "report", *same, key="X") == ["duplicate_order"]
    later = ("--order", MAIN, "--at", "2199-01-01T00:00+01:00")
    assert no(desk, "report", *later, key="X") == ["in_future"]
    nobody = ("--order", MAIN, "--by", "nobody", *at)
    assert no(desk, "report", *nobody, key="X") == ["contradiction"]
    assert no(desk, "report", "--order", MAIN, "--by", "cat", key="X") == ["unknown_value"]
    assert no(desk, "report", "--order", MAIN, *at, key="") == ["invalid_value"]
    assert set(no(desk, "report", "--order", "a\nb", *at, key="a\tb")) == {"invalid_value"}
    assert no(desk, "show", key="nothing") == ["unknown_incident"]


def test_all_mistakes_are_told_at_once(desk: str) -> None:
    words = ("--order", "nobody", "--order", "nobody", "--at", "2199-01-01T00:00+01:00")
    found = no(desk, "report", *words)
    assert sorted(found) == ["duplicate_order", "in_future", "unknown_order", "unknown_order"]


def test_mistakes_in_a_qualification(desk: str) -> None:
    reported(desk)
    told = ("--told", local("2025-11-10 17:00"))
    assert no(desk, "qualify", "--priority", "high", *told) == ["missing_field"]
    assert no(desk, "qualify", "--priority", "urgent", "--by", PERSON) == ["unknown_value"]
    own = ("--priority", "high", "--by", PERSON)
    early = ("--told", local("2025-11-10 16:00"))
    assert no(desk, "qualify", *own, *early) == ["qualified_before_reported"]
    assert no(desk, "qualify", *own, *told, "--example", "tea") == ["unknown_example"]
    assert no(desk, "qualify", "--example", "login_most_users") == ["missing_share"]
    qualified(desk)
    earlier = ("--told", local("2025-11-10 16:50"))
    assert no(desk, "qualify", *own, *earlier) == ["qualified_earlier"]


def test_mistakes_in_times(desk: str) -> None:
    reported(desk)
    back = time("2025-11-10 19:00", "2025-11-10 18:00")
    assert no(desk, "down", *times(back)) == ["ends_before_start"]
    one, two = time("2025-11-10 16:00", "2025-11-10 18:00"), time("2025-11-10 17:00", None)
    assert no(desk, "down", *times(one, two)) == ["overlaps_itself"]
    assert no(desk, "wait", *times(one, two)) == ["overlaps_itself"]
    assert no(desk, "down", *times(time("2025-11-10 16:00", None, "tea"))) == ["unknown_function"]
    assert no(desk, "down", *times("yesterday/..")) == ["invalid_value"]
    assert no(desk, "down", *times("2199-01-01T00:00+01:00/..")) == ["in_future"]
    assert no(desk, "down") == ["contradiction"]
    assert no(desk, "down", "--none", *times(one)) == ["contradiction"]
    assert no(desk, "wait") == ["contradiction"]
    assert no(desk, "wait", "--to", local("2025-11-10 18:00")) == ["not_waiting"]
    incident(desk, "wait", "--from", local("2025-11-10 18:00"))
    assert no(desk, "wait", "--from", local("2025-11-10 19:00")) == ["overlaps_itself"]
    assert no(desk, "wait", "--to", local("2025-11-10 17:00")) == ["ends_before_start"]


def test_mistakes_in_a_repair(desk: str) -> None:
    reported(desk)
    own = ("--how", "backup", "--by", PERSON, "--at")
    assert no(desk, "repair", *own, local("2025-11-10 16:00")) == ["ends_before_start"]
    qualified(desk)
    assert no(desk, "repair", *own, local("2025-11-10 16:50")) == ["repaired_before_qualified"]
    assert no(desk, "repair", *own, "2199-01-01T00:00+01:00") == ["in_future"]
    assert no(desk, "repair", "--how", "magic", "--by", PERSON) == ["unknown_value"]
    assert no(desk, "repair", "--how", "backup") == ["missing_field"]
    assert no(desk, "cause", "weather", "--by", PERSON) == ["unknown_value"]
    assert no(desk, "cause", "external") == ["missing_field"]


# Two at once, and rows that are not what the events say


def test_of_two_people_one_wins_and_the_other_looks_again(desk: str) -> None:
    reported(desk)
    both_have_looked = Barrier(2)

    class Patient(Decisions):
        name = "decisions"

        def save(self, *events: Any, **kwargs: Any) -> Any:
            both_have_looked.wait(60)
            return super().save(*events, **kwargs)

    def decide(priority: str) -> str:
        with Patient(env=library_settings(desk)) as decisions:
            own = IncidentDesk(decisions, catalog(), NOW)
            said = {"priority": priority, "by": PERSON, "told": local("2025-11-10 17:00")}
            try:
                return str(own.qualify("INC-1", said).status)
            except ProblemsFound as problems:
                return problems.problems[0].code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, ("high", "low"))) == ["changed_meanwhile", "qualified"]
    assert len(incident(desk, "show")["history"]) == 2
    assert differences(desk) == []


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE incident SET status = 'repaired'", "incident INC-1.status"),
        ("UPDATE incident SET orders = '{other}'", "incident INC-1.orders"),
        (
            "UPDATE incident SET details = jsonb_set(details, '{report,reported_by}', '\"user\"')",
            "incident INC-1.details.report.reported_by",
        ),
        ("DELETE FROM incident", "incident INC-1"),
        ("UPDATE incident SET id = 'INC-2'", "incident INC-1"),
    ],
)
def test_verify_finds_a_row_that_was_tampered_with(desk: str, statement: str, where: str) -> None:
    reported(desk)
    assert change(desk, statement) == 1
    assert where in differences(desk)
    outcome = licznik(desk, "verify", "--json")
    assert (outcome.status, outcome.data["incidents"]) == (1, 1 + ("INC-2" in statement))


def test_the_real_command_prints_tables_and_sentences(desk: str) -> None:
    made = console(desk, "incidents", "report", "INC-1", "--order", MAIN, "--reporter", "Jan")
    assert made.status == 0
    assert "Incident INC-1" in made.out
    incident(desk, "down", *times(time("2025-11-10 16:30", None, "login")))
    told = licznik(desk, "incidents", "show", "INC-1").out
    assert "down 2025-11-10 16:30:00+01:00 - goes on, login" in told
    shown = console(desk, "incidents", "qualify", "INC-1", "--example", "typos")
    assert (shown.status, "campaign" in shown.out) == (0, False)
    assert "Nothing is decided" in shown.err
    again = console(desk, "incidents", "report", "INC-1", "--order", MAIN)
    assert (again.status, "Traceback" in again.err) == (2, False)
    assert "duplicate_incident" in again.err
