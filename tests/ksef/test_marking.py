"""Documents that are issued offline, and what the commands say of mistakes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entrypoints.ksef.stand_in.server import Server
from entrypoints.ksef_settings import read_ksef_settings
from invoices.ksef.deadlines import business_day_after
from tests.ksef.world import (
    SELLER,
    TOKEN,
    issue,
    send,
    settings,
    shown,
    stand_in,
    statuses,
    today,
)
from tests.running import change, codes, differences, is_answered, licznik, rows


def modes(url: str) -> list[tuple[str, date | None]]:
    """The mode and the deadline of every document."""
    return rows(url, "SELECT mode, deadline FROM ksef_submission ORDER BY number")


def test_an_offline_document_is_declared_so(database: str, ksef: Server) -> None:
    """KSeF is told when it is sent."""
    issue(database, "FV/1", "FV/2")
    assert licznik(database, "ksef", "offline", "FV/1").status == 0
    next_day = business_day_after(today(), 1)
    assert modes(database) == [("offline24", next_day), ("online", next_day)]
    assert send(database, ksef).status == 0
    declared = {own["number"]: own["offline"] for own in ksef.stand_in.documents()}
    assert declared == {"FV/1": True, "FV/2": False}
    assert [mode for mode, _ in modes(database)] == ["offline24", "online"]


def test_an_offline_package_is_declared_so(database: str, ksef: Server) -> None:
    """All that waits is marked at once, and goes together."""
    issue(database, "FV/1", "FV/2")
    assert licznik(database, "ksef", "offline", "--all").status == 0
    assert send(database, ksef, LICZNIK_KSEF_BATCH_FROM="2").status == 0
    assert [own["offline"] for own in ksef.stand_in.documents()] == [True, True]


def test_what_is_sent_late_is_offline_to_ksef(database: str, ksef: Server) -> None:
    """And the table says so."""
    issue(database, "FV/1", issued_on=today() - timedelta(days=1))
    assert send(database, ksef).status == 0
    assert shown(database)[0]["mode"] == "offline24"


def test_what_is_issued_tomorrow_is_rejected_today(database: str, ksef: Server) -> None:
    """P_1 must not be later than the day of acceptance."""
    issue(database, "FV/1", issued_on=today() + timedelta(days=1))
    assert send(database, ksef).status == 1
    assert shown(database)[0]["code"] == 450


def test_a_failure_has_no_deadline_until_it_ends(database: str) -> None:
    """Then seven Business Days."""
    issue(database, "FV/1")
    assert licznik(database, "ksef", "offline", "FV/1", "--mode", "failure").status == 0
    assert modes(database) == [("failure", None)]
    ended = ("--mode", "failure", "--ended", str(today()))
    assert licznik(database, "ksef", "offline", "FV/1", *ended).status == 0
    assert modes(database) == [("failure", business_day_after(today(), 7))]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "wrong_option"),
        (("FV/1", "--all"), "wrong_option"),
        (("FV/1", "--mode", "online"), "wrong_option"),
        (("FV/1", "--ended", "2025-11-07"), "wrong_option"),
        (("FV/1", "--mode", "failure", "--ended", "soon"), "wrong_option"),
        (("FV/9",), "unknown_document"),
    ],
)
def test_mistakes_are_sentences(database: str, words: tuple[str, ...], code: str) -> None:
    """And nothing is marked."""
    issue(database, "FV/1")
    outcome = licznik(database, "ksef", "offline", *words)
    assert is_answered(outcome)
    assert codes(outcome) == [code]
    assert [mode for mode, _ in modes(database)] == ["online"]


def test_only_what_waits_can_go_offline(database: str, ksef: Server) -> None:
    """And only what was rejected is sent again by hand."""
    issue(database, "FV/1")
    send(database, ksef)
    assert codes(licznik(database, "ksef", "offline", "FV/1")) == ["not_waiting"]
    assert codes(licznik(database, "ksef", "again", "FV/1")) == ["not_rejected"]


def test_an_unknown_seller_and_status_are_sentences(database: str, ksef: Server) -> None:
    """With those there are."""
    assert codes(send(database, ksef, "--seller", "nobody")) == []
    outcome = licznik(database, "ksef", "send", "--seller", "nobody", **settings(ksef))
    assert codes(outcome) == ["unknown_seller"]
    assert codes(licznik(database, "ksef", "status", "--status", "lost")) == ["unknown_status"]


# Settings


def wrong(**given: str) -> set[str]:
    """The settings that are not right."""
    _, problems = read_ksef_settings({f"LICZNIK_KSEF_{key}": own for key, own in given.items()})
    assert TOKEN not in str(problems)
    return {own.path.removeprefix("LICZNIK_KSEF_") for own in problems}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"URL": "https://api-test.ksef.mf.gov.pl", "TOKEN": TOKEN}, set()),
        ({"URL": "http://127.0.0.1:8089", "TOKEN": TOKEN}, set()),
        ({"URL": "http://ksef.example.com"}, {"URL"}),
        ({"URL": "https://user:secret@ksef.example.com"}, {"URL"}),
        ({"URL": "ftp://ksef"}, {"URL"}),
        ({"URL": "https://[x"}, {"URL"}),
        ({"SENDS": "many", "PATIENCE": "3601"}, {"SENDS", "PATIENCE"}),
        ({"TOKEN": TOKEN, "TOKEN_FILE": "/nowhere"}, {"TOKEN", "TOKEN_FILE"}),
        ({"CERTIFICATE": __file__}, {"TOKEN"}),
        ({"CERTIFICATE": __file__, "KEY": __file__}, set()),
        ({"KEY": "/nowhere"}, {"TOKEN", "KEY"}),
        ({"TOKEN_1111111111": TOKEN, "KEY_1111111111": __file__}, {"TOKEN_1111111111"}),
    ],
)
def test_settings_that_are_not_right_are_named(given: dict[str, str], found: set[str]) -> None:
    """All of them, and no secret is repeated."""
    assert wrong(**given) == found


def test_a_seller_has_its_own_token_or_that_of_all() -> None:
    """And none of them shows itself."""
    given = {"LICZNIK_KSEF_TOKEN": "all", f"LICZNIK_KSEF_TOKEN_{SELLER}": TOKEN}
    own, _ = read_ksef_settings(given)
    assert (own.of(SELLER).token, own.of("5260001246").token) == (TOKEN, "all")
    assert TOKEN not in repr(own)


def test_without_an_address_or_a_token_the_setting_is_named(database: str) -> None:
    """Where there is something to send."""
    issue(database, "FV/1")
    assert codes(licznik(database, "ksef", "send")) == ["missing_setting"]
    with stand_in() as server:
        outcome = licznik(database, "ksef", "send", LICZNIK_KSEF_URL=server.url)
    assert codes(outcome) == ["missing_setting"]
    assert statuses(database) == ["waiting"]


# Verification


def own_differences(url: str) -> list[str]:
    """What of the submissions is not what the events say."""
    return [one for one in differences(url) if one.startswith("ksef/")]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE ksef_submission SET status = 'rejected'",
        "UPDATE ksef_submission SET ksef_number = NULL",
        "DELETE FROM ksef_submission",
        "DELETE FROM invoice_file WHERE kind = 'upo'",
        "UPDATE invoice_file SET content = 'x' WHERE kind = 'upo'",
        "UPDATE invoice_file SET content = 'x' WHERE kind = 'xml'",
        "INSERT INTO invoice_file SELECT 'invoice/x', kind, '', sha256, content, recorded_at "
        "FROM invoice_file WHERE kind = 'upo'",
        "DELETE FROM decisions_events WHERE originator_version = 4",
    ],
)
def test_verification_finds_what_was_tampered_with(database: str, ksef: Server, harm: str) -> None:
    """Row, number, confirmation of receipt, XML, events."""
    issue(database, "FV/1")
    send(database, ksef)
    assert own_differences(database) == []
    assert licznik(database, "verify", "--json").data["submissions"] == 1
    assert change(database, harm) == 1
    assert own_differences(database) != []


def test_verification_finds_a_number_whose_sum_is_wrong(
    database: str, ksef: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KSeF, or what lies between, gave one."""
    from entrypoints.ksef.stand_in import documents

    monkeypatch.setattr(documents, "ksef_number", lambda *_: "1111111111-20251107-010000000001-00")
    issue(database, "FV/1")
    send(database, ksef)
    assert own_differences(database) == ["ksef/invoice/acme-main/FV/1: KSeF number"]
