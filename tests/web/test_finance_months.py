"""The end of a month from a page: the same as on the command line, by a person's word, once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import entrypoints.cli.closing
from entrypoints.alone import alone
from entrypoints.database import engine_for
from entrypoints.month_end import lock_of
from entrypoints.web.finance.words import PARTS, SENTENCES, STEPS
from invoices.closing import steps
from metering.calendar import Period
from tests.running import Server, change, codes, differences, licznik, record, rows, used
from tests.web.finance import MONTH, ended, issued, ready, say_word, word
from tests.web.portal import Portal, running_portal

NOVEMBER = "2025-11-05T12:00:00+01:00"
BOARD = f"/finance/months/{MONTH}"


@pytest.fixture(scope="module")
def office(server: Server, template: str) -> Iterator[Portal]:
    """The pages, answered by two processes; each test closes a month of its own."""
    with server.database(template) as url:
        record(url, used("sms", 9000, NOVEMBER, "november", order="beta-main"))
        with running_portal(url, LICZNIK_HTTP_WORKERS="2") as own:
            ready(own)
            yield own


def test_a_month_closed_from_pages_is_that_of_the_command(
    office: Portal, server: Server, template: str, tmp_path: Path
) -> None:
    """Equal databases, equal documents; what was done is verified from the events."""
    finance = office.visit("finance")
    assert say_word(finance, word(finance, "whole")).headers["location"] == BOARD
    assert ended(office) == "done"
    with server.database(template) as url:
        record(url, used("sms", 9000, NOVEMBER, "november", order="beta-main"))
        assert licznik(url, "close", "--period", MONTH, "--out", str(tmp_path)).status == 0
        assert issued(office.database) == issued(url) != []
        kept = "SELECT invoice_id, kind, language FROM invoice_file ORDER BY 1, 2, 3"
        assert rows(office.database, kept) == rows(url, kept)
    assert differences(office.database) == []
    told = "SELECT said->>'message' FROM month_run_step"
    assert {message for (message,) in rows(office.database, told)} <= set(SENTENCES)
    report = finance.get(f"{BOARD}/report.csv").content
    assert report == (tmp_path / f"close-{MONTH}.csv").read_bytes()


def test_two_people_press_at_once_and_it_is_closed_once(office: Portal) -> None:
    """Both have looked at the same drafts."""
    people = [office.visit(role) for role in ("finance", "admin")]
    words = [word(own, "invoices", month="2025-12") for own in people]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(say_word, people, words))
    ended(office)
    assert [own.status_code for own in answers] == [303, 303]
    assert [row[2] for row in issued(office.database, "2025-12")] == ["acme-main", "beta-main"]
    assert differences(office.database) == []


def test_nothing_is_issued_but_what_was_shown(office: Portal) -> None:
    """Usage comes in between the look and the word: the person looks again."""
    finance = office.visit("finance")
    seen = word(finance, "invoices", month="2026-01")
    record(
        office.database, used("sms", 500, "2026-01-05T12:00:00+01:00", "between", order="beta-main")
    )
    say_word(finance, seen)
    assert ended(office) == "stopped"
    assert issued(office.database, "2026-01") == []
    assert (
        "the drafts are not those that Jan Testowy" in finance.get("/finance/months/2026-01").text
    )
    say_word(finance, word(finance, "invoices", month="2026-01"))
    assert (ended(office), len(issued(office.database, "2026-01"))) == ("done", 2)


def test_only_checked_drafts_are_issued_where_a_person_wants_that(office: Portal) -> None:
    """The other one stays a draft."""
    finance = office.visit("finance")
    page = finance.get("/finance/months/2026-02/drafts/acme-main").text
    (chosen,) = (own for own in page.split('"') if own.endswith(":acme-main"))
    finance.post("/finance/months/2026-02/check", draft=chosen)
    say_word(finance, word(finance, "invoices", "checked", "2026-02"))
    assert ended(office) == "done"
    assert [row[2] for row in issued(office.database, "2026-02")] == ["acme-main"]


def test_a_second_start_says_that_it_runs(office: Portal, tmp_path: Path) -> None:
    """On a page and on the command line; when it has ended, it can be started."""
    finance, engine = office.visit("finance"), engine_for(office.database)
    with alone(engine, lock_of(Period.parse("2026-03"))) as is_mine:
        assert is_mine
        finance.post("/finance/months/2026-03/run", part="checks")
        assert "Somebody is closing this month" in finance.get("/finance/months/2026-03").text
        words = ("close", "--period", "2026-03", "--out", str(tmp_path))
        assert codes(licznik(office.database, *words)) == ["already_running"]
    engine.dispose()
    finance.post("/finance/months/2026-03/run", part="checks")
    assert (ended(office), issued(office.database, "2026-03")) == ("done", [])


def test_a_run_that_broke_off_is_started_again(office: Portal) -> None:
    """Its process died: the page says so, and the next run goes on."""
    change(
        office.database,
        """INSERT INTO month_run (period, part, only_checked, asked_by, started_at)
           VALUES ('2026-04-01', 'whole', false, 'Anna', now())""",
    )
    finance = office.visit("finance")
    assert "It broke off." in finance.get("/finance/months/2026-04").text
    say_word(finance, word(finance, "whole", month="2026-04"))
    assert (ended(office), len(issued(office.database, "2026-04"))) == ("done", 2)
    assert "It broke off." not in finance.get("/finance/months/2026-04").text


def test_its_progress_is_told_as_it_goes(office: Portal) -> None:
    """By server-sent events, to the end."""
    finance = office.visit("finance")
    finance.post("/finance/months/2026-05/run", part="checks")
    with finance.client.stream("GET", "/finance/months/2026-05/progress") as answer:
        told = answer.read().decode()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: part" in told
    assert "event: end" in told
    assert "Drafts without problems" in told


def said_by(tree: ast.AST) -> set[str]:
    """The sentences that stand where they are said."""
    calls = (own for own in ast.walk(tree) if isinstance(own, ast.Call))
    said = (own for own in calls if getattr(own.func, "id", "") == "say")
    return {str(own.args[0].value) for own in said if isinstance(own.args[0], ast.Constant)}


def test_every_step_and_sentence_has_its_words() -> None:
    """What a step says stands among the texts of the pages."""
    tree = ast.parse(Path(entrypoints.cli.closing.__file__).read_text(encoding="utf-8"))
    texts = {own.value for own in ast.walk(tree) if isinstance(own, ast.Constant)}
    assert set(SENTENCES) <= texts
    assert said_by(tree) <= {*SENTENCES, "{number}: {error}", "{problem}", "{files}"}
    assert set(STEPS) == set(steps.PARTS[steps.WHOLE])
    assert set(PARTS) == set(steps.PARTS)
