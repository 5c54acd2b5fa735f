"""Structured invoices go to KSeF over real HTTP, from a real database, and come back accepted."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from ksef_client.utils.ksef_number import is_valid_ksef_number
from lxml import etree

from entrypoints.ksef.stand_in.server import Server
from tests.ksef.world import (
    OTHER_SELLER,
    SELLER,
    certificate,
    correct,
    issue,
    received,
    send,
    settings,
    shown,
    stand_in,
    states,
    statuses,
    structured,
    upo_of,
)
from tests.running import contents, licznik, rows, value


def test_an_invoice_is_accepted_and_gets_its_number(database: str, ksef: Server) -> None:
    """Number, time of acceptance, confirmation of receipt."""
    (document,) = issue(database, "FV/1")
    outcome = send(database, ksef)
    assert outcome.status == 0, outcome.err
    (own,) = outcome.data["documents"]
    assert (own["status"], own["mode"], own["attempts"]) == ("accepted", "online", 1)
    assert is_valid_ksef_number(own["ksef_number"])
    assert own["ksef_number"].startswith(SELLER)
    assert own["accepted_at"] is not None
    upo = etree.fromstring(upo_of(database, document))
    assert upo.findtext("{*}Dokument/{*}NumerKSeFDokumentu") == own["ksef_number"]


def test_the_bytes_that_are_kept_are_the_bytes_that_arrive(database: str, ksef: Server) -> None:
    """The hash is what the QR code rests on."""
    content = structured("FV/1")
    issue(database, "FV/1", content=content)
    send(database, ksef)
    (own,) = ksef.stand_in.sessions.received
    assert own.sha256 == sha256(content).digest()


def test_sending_twice_sends_nothing_twice(database: str, ksef: Server) -> None:
    """What is accepted is left alone."""
    issue(database, "FV/1", "FV/2")
    send(database, ksef)
    before, calls = contents(database), len(ksef.stand_in.calls)
    again = send(database, ksef)
    assert (again.status, again.data["documents"]) == (0, [])
    assert contents(database) == before
    assert len(ksef.stand_in.calls) == calls


def test_few_go_in_one_session(database: str, ksef: Server) -> None:
    """One is opened, and closed; the seller signs in once."""
    issue(database, "FV/1", "FV/2", "FV/3")
    assert send(database, ksef).status == 0
    calls = ksef.stand_in.calls
    assert [calls.count(own) for own in ("open", "send", "close", "open_batch")] == [1, 3, 1, 0]
    assert ksef.stand_in.access.signed_in == 1


def test_many_go_as_a_package(database: str, ksef: Server) -> None:
    """From a number on that is a setting; each is found again by its hash."""
    numbers = [f"FV/{n}" for n in range(1, 6)]
    issue(database, *numbers)
    outcome = send(database, ksef, LICZNIK_KSEF_BATCH_FROM="5")
    assert outcome.status == 0, outcome.err
    assert statuses(database) == ["accepted"] * 5
    assert sorted(received(ksef)) == numbers
    calls = ksef.stand_in.calls
    assert [calls.count(own) for own in ("open", "open_batch", "upload")] == [0, 1, 1]
    assert value(database, "SELECT count(DISTINCT ksef_number) FROM ksef_submission") == 5
    assert value(database, "SELECT count(*) FROM invoice_file WHERE kind = 'upo'") == 5


def test_a_bad_document_of_a_package_stops_no_other(database: str, ksef: Server) -> None:
    """It is rejected with its reason."""
    issue(database, "FV/1", "FV/2")
    issue(database, "FV/3", content=b"<Faktura/>")
    outcome = send(database, ksef, LICZNIK_KSEF_BATCH_FROM="2")
    assert outcome.status == 1
    assert statuses(database) == ["accepted", "accepted", "rejected"]


def test_a_correction_waits_for_the_number_of_its_original(database: str, ksef: Server) -> None:
    """In one round: the original, then the correction."""
    correct(database, "KOR/1", "FV/1")
    issue(database, "FV/1")
    assert shown(database, "KOR/1")[0]["remark"].startswith("waits for the KSeF number of FV/1")
    assert send(database, ksef).status == 0
    assert received(ksef) == ["FV/1", "KOR/1"]
    assert statuses(database) == ["accepted", "accepted"]


def test_a_correction_of_a_rejected_original_goes_on_waiting(database: str, ksef: Server) -> None:
    """And says so."""
    issue(database, "FV/1", content=b"<Faktura/>")
    correct(database, "KOR/1", "FV/1")
    send(database, ksef)
    assert states(database) == [("FV/1", "rejected"), ("KOR/1", "waiting")]
    assert "FV/1, rejected" in shown(database, "KOR/1")[0]["remark"]


def test_signing_in_with_a_certificate(database: str, ksef: Server, tmp_path: Path) -> None:
    """XAdES instead of a token."""
    issue(database, "FV/1")
    outcome = send(database, ksef, **certificate(tmp_path))
    assert outcome.status == 0, outcome.data
    assert statuses(database) == ["accepted"]
    assert "token" not in ksef.stand_in.calls


@pytest.mark.parametrize("given", [{"tax_id": OTHER_SELLER}, {"days": -1}])
def test_a_certificate_that_is_not_good_opens_nothing(
    database: str, ksef: Server, tmp_path: Path, given: dict[str, object]
) -> None:
    """That of somebody else, one that has run out."""
    issue(database, "FV/1")
    outcome = send(database, ksef, **certificate(tmp_path, **given))  # type: ignore[arg-type]
    assert outcome.status == 1
    assert "certificate is not" in outcome.data["kept_back"][SELLER]
    assert statuses(database) == ["waiting"]


def test_each_seller_is_somebody_to_ksef(database: str, ksef: Server) -> None:
    """With a token of its own; one can be sent for alone."""
    issue(database, "FV/1")
    issue(database, "FV/2", seller=OTHER_SELLER)
    assert send(database, ksef, "--seller", "focus").status == 0
    assert statuses(database) == ["accepted", "waiting"]
    assert send(database, ksef).status == 0
    assert statuses(database) == ["accepted", "accepted"]


def test_a_document_of_another_seller_is_rejected(database: str, ksef: Server) -> None:
    """The XML names the seller, and KSeF reads it."""
    issue(database, "FV/1", content=structured("FV/1", seller=OTHER_SELLER))
    assert send(database, ksef).status == 1
    assert shown(database)[0]["remark"].startswith("410: ")


def test_rejection_has_the_reason_of_ksef(database: str, ksef: Server) -> None:
    """And the commands show it."""
    issue(database, "FV/1", content=b"<Faktura/>")
    outcome = send(database, ksef)
    (own,) = outcome.data["documents"]
    assert (outcome.status, own["status"], own["code"]) == (1, "rejected", 430)
    assert "Faktura" in own["error"]
    assert send(database, ksef).data["documents"] == []


def test_what_was_rejected_for_another_reason_is_sent_again(database: str, ksef: Server) -> None:
    """A right was missing, and is given: a person says so."""
    issue(database, "FV/1")
    ksef.stand_in.faults.add(fault(410))
    assert send(database, ksef).status == 1
    assert licznik(database, "ksef", "again", "FV/1").status == 0
    assert send(database, ksef).status == 0
    assert statuses(database) == ["accepted"]


def fault(code: int):  # type: ignore[no-untyped-def]
    """A document's processing ends with a code."""
    from entrypoints.ksef.stand_in.faults import DOCUMENT, Fault

    return Fault(DOCUMENT, code=code)


def test_a_confirmation_can_be_written_to_a_file(
    database: str, ksef: Server, tmp_path: Path
) -> None:
    """As it was given."""
    (document,) = issue(database, "FV/1")
    early = licznik(database, "ksef", "upo", "FV/1", "--out", tmp_path / "upo.xml")
    assert (early.status, "no_upo" in early.err) == (2, True)
    send(database, ksef)
    assert licznik(database, "ksef", "upo", "FV/1", "--out", tmp_path / "upo.xml").status == 0
    assert (tmp_path / "upo.xml").read_bytes() == upo_of(database, document)


def test_a_ksef_number_is_searched_for(database: str, ksef: Server) -> None:
    """Payers quote it in their transfers."""
    issue(database, "FV/1", "FV/2")
    send(database, ksef)
    number = value(database, "SELECT ksef_number FROM ksef_submission WHERE number = 'FV/2'")
    assert [own["number"] for own in shown(database, number)] == ["FV/2"]
    assert "FV/2" in licznik(database, "ksef", "status", number).out
    assert licznik(database, "ksef", "status", "FV/3").status == 2


def test_results_are_said_line_by_line(database: str, ksef: Server) -> None:
    """For people, on standard error."""
    issue(database, "FV/1")
    outcome = licznik(database, "ksef", "send", **settings(ksef))
    lines = outcome.err.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["FV/1", "sent"], ["FV/1", "accepted"]]
    assert lines[-1] == "KSeF: 0 waiting, 0 sent, 1 accepted, 0 rejected."


def test_calls_are_counted(database: str, ksef: Server) -> None:
    """And those of more than an hour ago are forgotten."""
    issue(database, "FV/1", "FV/2")
    send(database, ksef)
    found = dict(rows(database, "SELECT kind, sum(calls)::int FROM ksef_call GROUP BY kind"))
    assert (found["sends"], found["sessions"]) == (2, 2)


def test_what_ksef_answers_slowly_is_left_to_the_next_round(database: str) -> None:
    """A round waits no longer than its patience."""
    issue(database, "FV/1")
    with stand_in(delay=4) as server:
        first = send(database, server, LICZNIK_KSEF_PATIENCE="1")
        assert (first.status, statuses(database)) == (0, ["sent"])
        assert send(database, server).status == 0
    assert statuses(database) == ["accepted"]


def test_what_one_seller_lacks_keeps_no_other_back(database: str, ksef: Server) -> None:
    """One has no token; the other one's documents go."""
    issue(database, "FV/1")
    issue(database, "FV/2", seller=OTHER_SELLER)
    outcome = send(database, ksef, **{f"LICZNIK_KSEF_TOKEN_{OTHER_SELLER}": ""})
    assert outcome.status == 1
    assert "missing_setting" in outcome.data["kept_back"][OTHER_SELLER]
    assert statuses(database) == ["accepted", "waiting"]
    assert send(database, ksef).status == 0


def test_what_kept_a_seller_back_is_forgotten_when_it_is_over(database: str, ksef: Server) -> None:
    """No old reason stands beside a new document."""
    issue(database, "FV/1")
    send(database, ksef, **{f"LICZNIK_KSEF_TOKEN_{SELLER}": "of yesterday"})
    assert "Nieprawidłowy token" in shown(database)[0]["remark"]
    send(database, ksef)
    issue(database, "FV/2")
    assert shown(database, "FV/2")[0]["remark"] is None
