"""Service level, claims and reports of incidents on pages: what the commands say, for its own."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from billing.calendar import is_business_day
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.session import clock
from entrypoints.web.documents.reports import report_key
from entrypoints.web.words import words
from metering.calendar import ONE_DAY, WARSAW, Period, local_day
from tests.builders import Plain, catalog
from tests.recorded_words import PERSON, did
from tests.running import decision_store, value
from tests.web.documented import SERVED, cells, main_text, shown, told
from tests.web.portal import Portal

NOVEMBER = "2025-11"
INCIDENTS = "Incidents of the month and their deadlines"


def service_of(portal: Portal, period: str, role: str = "customer") -> str:
    """The page of a month of the order."""
    answer = portal.visit(role).get(f"/orders/{SERVED}/service?period={period}")
    assert answer.status_code == 200, answer.text
    return answer.text


def by_command(portal: Portal, period: str = NOVEMBER) -> Plain:
    """What the command says of the same month."""
    return shown(portal.database, "sla", SERVED, "--period", period)


def this_month() -> Period:
    """The month that is running."""
    return Period.of(local_day(clock()))


def claim(portal: Portal, period: object, role: str = "customer", account: str = "acme") -> int:
    """The status that a claim through the page is answered with."""
    visit = portal.visit(role, account if role == "customer" else None)
    return visit.post(f"/orders/{SERVED}/claims", period=str(period)).status_code


# Figures


def test_the_availability_is_that_of_the_command(papers: Portal) -> None:
    """With the downtime and the planned work of the service hours."""
    (own,) = by_command(papers)["availability"]
    text = main_text(service_of(papers, NOVEMBER))
    assert f"{own['percent']}%" in text
    assert own["down_seconds"] == 3 * 3600 + 15 * 60
    assert "3 h 15 min" in text
    assert "promised 99.5%" in text


def test_deadlines_are_those_of_the_command(papers: Portal) -> None:
    """Kept and missed."""
    found = {row[0].split()[0]: row for row in cells(service_of(papers, NOVEMBER), INCIDENTS)}
    for own in by_command(papers)["incidents"]:
        row = found[own["incident"]]
        for place, step in ((3, "reaction"), (4, "repair")):
            due = own[f"{step}_due"]
            assert due is None or moment(due) in row[place]
            assert own[f"{step}_late"] == ("late" in row[place])


def moment(text: str) -> str:
    """An instant as tables tell it."""
    return ", ".join(words("en").short_instant(datetime.fromisoformat(text)))


def test_penalties_are_those_of_the_command(papers: Portal) -> None:
    """Of each incident, and together."""
    owed = [own for own in by_command(papers)["penalties"] if own["units"]]
    found = cells(service_of(papers, NOVEMBER), "Penalties for late repairs")
    assert [(row[0], row[-1]) for row in found[:-1]] == [
        (own["incident"], told(own["amount"])) for own in owed
    ]


def test_planned_work_says_whether_it_counts(papers: Portal) -> None:
    """What was announced a day before does not take anything out."""
    (first, second) = cells(service_of(papers, NOVEMBER), "Planned work")
    assert first[-1] == "not counted as downtime"
    assert second[-1] == "announced less than 7 days before: downtime counts"


def test_a_month_without_incidents_says_so(papers: Portal) -> None:
    """And its availability is whole."""
    text = main_text(service_of(papers, "2025-10"))
    assert "There was no incident in this month." in text
    assert "100%" in text


@pytest.mark.parametrize(
    ("period", "status"), [("2025-09", 404), ("2198-01", 404), ("last", 422), ("2025-13", 422)]
)
def test_a_month_without_service_is_told(papers: Portal, period: str, status: int) -> None:
    """Before the launch, in the future, or no month at all."""
    path = f"/orders/{SERVED}/service?period={period}"
    assert papers.visit("customer").get(path).status_code == status


# Claims


def test_a_claim_is_filed_in_time(papers: Portal) -> None:
    """For the running month; a person decides on it."""
    assert claim(papers, this_month()) == 303
    own = did(papers.database, "claims", "show", SERVED, "--period", this_month())
    assert (own["status"], own["filed_by"]) == ("filed", "Jan Testowy")
    assert "filed, a person decides on it" in main_text(service_of(papers, str(this_month())))


def test_a_claim_is_filed_once(papers: Portal) -> None:
    """Another one for the same month is refused, in words."""
    claim(papers, "2026-01")
    assert claim(papers, "2026-01") == 422


def test_a_late_claim_is_told_so_before_and_after(papers: Portal) -> None:
    """It is filed all the same: a person decides."""
    before = main_text(service_of(papers, NOVEMBER))
    assert "The last day to claim for this month was 30 December 2025." in before
    assert claim(papers, NOVEMBER) == 303
    after = main_text(service_of(papers, NOVEMBER))
    assert "The claim came after the last day on which it could be filed." in after
    assert "A person decides." in after


def test_a_refused_claim_says_why(papers: Portal) -> None:
    """In the words of the person who refused it."""
    own = ("claims", "file", SERVED, "--period", "2025-10", "--by", "Anna", "--on", "2025-11-05")
    did(papers.database, *own)
    refusing = ("claims", "refuse", SERVED, "--period", "2025-10", "--by", PERSON)
    did(papers.database, *refusing, "--reason", "The service did not fail.")
    text = main_text(service_of(papers, "2025-10"))
    assert "refused" in text
    assert "The service did not fail." in text


def failed_last_month(portal: Portal) -> Period:
    """The order failed for six hours of the month before this one, as the client reported."""
    period = this_month().before()
    days = (period.first_day + n * ONE_DAY for n in range(7, 25))
    day = next(own for own in days if is_business_day(own))
    start = datetime.combine(day, time(9), WARSAW)
    with decision_store(portal.database) as decisions:
        desk = IncidentDesk(decisions, catalog(), clock())
        desk.report("LAST", [SERVED], {"reported": start, "reported_by": "client"})
        end = start + timedelta(hours=6)
        desk.state_failures("LAST", [{"start": start, "end": end, "service": "login"}])
        desk.cause("LAST", {"cause": "provider", "by": PERSON})
    return period


def test_a_granted_claim_says_how_much(papers: Portal) -> None:
    """As the command does, and where it is given back."""
    period = failed_last_month(papers)
    own = ("claims", "file", SERVED, "--period", period, "--by", "Anna")
    did(papers.database, *own, "--on", period.next().first_day)
    expected = did(papers.database, "claims", "confirm", SERVED, "--period", period)
    amount = told(expected["if_confirmed"]["amount"])
    assert amount in main_text(service_of(papers, str(period)))
    did(papers.database, "claims", "confirm", SERVED, "--period", period, "--by", PERSON)
    text = main_text(service_of(papers, str(period)))
    assert f"Granted on {words('en').day(local_day(clock()))}" in text
    assert amount in text


@pytest.mark.parametrize(
    ("role", "account", "period", "status"),
    [
        ("finance", "acme", "2025-12", 403),
        ("admin", "acme", "2025-12", 403),
        ("customer", "beta", "2025-12", 404),
        ("customer", "acme", "2198-01", 404),
        ("customer", "acme", "2025-09", 404),
        ("customer", "acme", "now", 422),
    ],
)
def test_nobody_else_claims_and_not_for_anything(
    papers: Portal, role: str, account: str, period: str, status: int
) -> None:
    """The client does, for a month of service that has begun."""
    assert claim(papers, period, role, account) == status


def test_a_claim_that_is_filed_twice_is_refused_in_the_customers_language(papers: Portal) -> None:
    """As by a button pressed twice; the words are those of the page."""
    assert claim(papers, this_month()) in (303, 422)
    visit = papers.visit("customer", language="pl")
    again = visit.post(f"/orders/{SERVED}/claims", period=str(this_month()))
    assert (again.status_code, "Reklamacja za ten miesiąc jest już złożona." in again.text) == (
        422,
        True,
    )


# Reports


SAID = {"description": "Nobody can sign in.", "reporter": "Anna Nowak"}


def report(portal: Portal, account: str = "acme", **said: str) -> tuple[int, str]:
    """The answer to a report through the page."""
    answer = portal.visit("customer", account).post(f"/orders/{SERVED}/incidents/new", **said)
    return answer.status_code, answer.text


def test_an_incident_is_reported_by_the_client(papers: Portal) -> None:
    """With what the client says; its month shows it."""
    assert report(papers, **SAID)[0] == 303
    query = "SELECT details FROM incident WHERE details->'report'->>'channel' = 'panel'"
    own = value(papers.database, query)
    assert own["report"]["reported_by"] == "client"
    assert own["report"]["description"] == SAID["description"]
    assert SAID["description"] in service_of(papers, str(this_month()))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({**SAID, "description": " "}, "Fill this in."),
        ({**SAID, "reporter": ""}, "Fill this in."),
        ({**SAID, "description": "x" * 4001}, "Write 4000 signs at most."),
        ({**SAID, "first_noticed": "yesterday"}, "Write a day and a time."),
        ({**SAID, "first_noticed": "2198-01-01T10:00"}, "This is not yet."),
    ],
)
def test_an_incomplete_report_is_shown_again(
    papers: Portal, said: dict[str, str], problem: str
) -> None:
    """With its problem, and what was typed."""
    status, text = report(papers, **said, device="Firefox 140")
    assert status == 422
    assert problem in text
    assert 'value="Firefox 140"' in text


def test_another_customer_sees_and_reports_nothing(papers: Portal) -> None:
    """The order does not exist for them."""
    beta = papers.visit("customer", "beta")
    assert report(papers, "beta", **SAID)[0] == 404
    for path in ("service", "incidents/new", "notices"):
        assert beta.get(f"/orders/{SERVED}/{path}").status_code == 404


def test_what_a_client_said_is_not_for_another_one(papers: Portal) -> None:
    """Of an incident that concerns both."""
    said = {"reported": datetime(2025, 12, 3, 9, tzinfo=UTC), "description": "Our secret project."}
    with decision_store(papers.database) as decisions:
        desk = IncidentDesk(decisions, catalog(), clock())
        desk.report("BOTH", [SERVED, "beta-main"], {**said, "reported_by": "client"})
    betas = papers.visit("customer", "beta").get("/orders/beta-main/service?period=2025-12").text
    assert "BOTH" in betas
    assert "secret" not in betas
    assert "secret" not in service_of(papers, "2025-12")
    assert "secret" in service_of(papers, "2025-12", "finance")


def test_a_report_has_the_day_in_its_name() -> None:
    """So that people can speak of it."""
    assert report_key(datetime(2025, 11, 30, 23, 30, tzinfo=UTC)).startswith("P-20251201-")
