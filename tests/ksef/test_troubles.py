"""What can go wrong between us and KSeF, over real HTTP: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from entrypoints.alone import alone
from entrypoints.database import engine_for
from entrypoints.ksef.stand_in.server import Server
from tests.ksef.world import (
    SELLER,
    TOKEN,
    certificate,
    control,
    issue,
    received,
    send,
    settings,
    shown,
    stand_in,
    statuses,
    structured,
    trouble,
)
from tests.running import Outcome, change, ended, licznik, rows, started, value
from tests.waiting import eventually


def attempts(url: str) -> int:
    """How often the one document was sent."""
    found: int = value(url, "SELECT attempts FROM ksef_submission")
    return found


def accepted(server: Server) -> list[str]:
    """The numbers of the documents that the stand-in has accepted."""
    documents = server.stand_in.documents()
    return sorted(own["number"] for own in documents if own["ksef_number"])


# An answer is lost


@pytest.mark.parametrize("way", ["lost", "slow"])
def test_an_answer_that_is_lost_costs_nothing(database: str, ksef: Server, way: str) -> None:
    """KSeF has the document; sent again it is a duplicate, and the duplicate is ours."""
    issue(database, "FV/1")
    trouble(ksef, "send", way, seconds=3)
    outcome = send(database, ksef, LICZNIK_KSEF_TIMEOUT="1")
    assert outcome.status == 0, outcome.data
    assert statuses(database) == ["accepted"]
    assert received(ksef) == ["FV/1", "FV/1"]
    (number,) = [own["ksef_number"] for own in ksef.stand_in.documents() if own["ksef_number"]]
    assert shown(database)[0]["ksef_number"] == number
    assert value(database, "SELECT count(*) FROM invoice_file WHERE kind = 'upo'") == 1


@pytest.mark.parametrize(
    ("where", "way"),
    [("open_batch", "lost"), ("upload", "drop"), ("close_batch", "500"), ("close_batch", "lost")],
)
def test_a_package_that_breaks_off_is_sent_again(
    database: str, ksef: Server, where: str, way: str
) -> None:
    """Whatever of it has arrived."""
    issue(database, "FV/1", "FV/2")
    trouble(ksef, where, way)
    assert send(database, ksef, LICZNIK_KSEF_BATCH_FROM="2").status == 0
    assert statuses(database) == ["accepted", "accepted"]
    assert accepted(ksef) == ["FV/1", "FV/2"]


def test_a_duplicate_of_something_else_is_an_error(database: str, ksef: Server) -> None:
    """Somebody has used the number for another document."""
    issue(database, "FV/1", content=structured("FV/1"))
    send(database, ksef)
    change(database, "DELETE FROM ksef_submission")
    change(database, "DELETE FROM decisions_events")
    change(database, "DELETE FROM invoice_file")
    issue(database, "FV/1", content=structured("FV/1").replace(b"licences", b"other"))
    assert send(database, ksef).status == 1
    (own,) = shown(database)
    assert (own["status"], own["code"]) == ("rejected", 440)
    assert "cannot be seen to be this document" in own["remark"]


# KSeF is unwell


CALLS = ("keys", "challenge", "token", "redeem", "open", "send", "close", "status", "upo")


@pytest.mark.parametrize("where", CALLS)
def test_a_trouble_at_any_call_is_got_over(database: str, ksef: Server, where: str) -> None:
    """In the same round."""
    issue(database, "FV/1")
    trouble(ksef, where, "500")
    assert send(database, ksef).status == 0
    assert statuses(database) == ["accepted"]
    assert accepted(ksef) == ["FV/1"]


@pytest.mark.parametrize("way", ["503", "drop", "lost"])
def test_troubles_at_every_call_are_got_over(database: str, ksef: Server, way: str) -> None:
    """One after another."""
    issue(database, "FV/1")
    for where in CALLS:
        trouble(ksef, where, way)
    assert send(database, ksef, LICZNIK_KSEF_PATIENCE="60").status == 0
    assert statuses(database) == ["accepted"]
    assert accepted(ksef) == ["FV/1"]


def test_what_stays_unwell_is_said(database: str, ksef: Server) -> None:
    """The document goes on waiting, and shows why."""
    issue(database, "FV/1")
    trouble(ksef, "send", "500", times=100)
    outcome = send(database, ksef, LICZNIK_KSEF_PATIENCE="1")
    assert outcome.status == 1
    assert "500" in outcome.data["kept_back"][SELLER]
    assert statuses(database) == ["waiting"]
    assert "500" in shown(database)[0]["remark"]


def test_nobody_there_is_a_sentence(database: str) -> None:
    """The stand-in was stopped."""
    issue(database, "FV/1")
    with stand_in() as server:
        pass
    outcome = send(database, server, LICZNIK_KSEF_PATIENCE="1")
    assert (outcome.status, statuses(database)) == (1, ["waiting"])
    assert "no connection" in outcome.data["kept_back"][SELLER]


def test_fewer_calls_are_made_when_ksef_wants_so(database: str, ksef: Server) -> None:
    """After as many seconds as it says, in the same round."""
    issue(database, "FV/1")
    trouble(ksef, "send", "429", seconds=2)
    began = time.monotonic()
    assert send(database, ksef).status == 0
    assert time.monotonic() - began >= 2
    assert statuses(database) == ["accepted"]


def test_a_long_wait_is_kept_by_every_later_round(database: str, ksef: Server) -> None:
    """No call is made until it is over."""
    issue(database, "FV/1")
    trouble(ksef, "send", "429", seconds=600)
    first = send(database, ksef)
    assert "fewer calls" in first.data["kept_back"][SELLER]
    calls = len(ksef.stand_in.calls)
    issue(database, "FV/2")
    assert send(database, ksef).data["documents"] == []
    assert len(ksef.stand_in.calls) == calls
    change(database, "UPDATE ksef_seller SET paused_until = now()")
    assert send(database, ksef).status == 0
    assert statuses(database) == ["accepted", "accepted"]


def test_our_own_limits_are_kept(database: str, ksef: Server) -> None:
    """So many documents an hour, whatever the number of rounds."""
    issue(database, "FV/1", "FV/2", "FV/3")
    for _ in range(2):
        outcome = send(database, ksef, LICZNIK_KSEF_SENDS="2")
        assert outcome.status == 1
        assert "2 calls an hour" in outcome.data["kept_back"][SELLER]
        assert len(received(ksef)) == 2
    change(database, "UPDATE ksef_call SET minute = minute - interval '62 minutes'")
    change(database, "UPDATE ksef_seller SET paused_until = now()")
    assert send(database, ksef, LICZNIK_KSEF_SENDS="2").status == 0
    assert statuses(database) == ["accepted"] * 3


def test_what_was_cancelled_by_the_system_is_sent_again(database: str, ksef: Server) -> None:
    """Status 550."""
    issue(database, "FV/1")
    trouble(ksef, "document", code=550, times=2)
    assert send(database, ksef).status == 0
    assert (statuses(database), attempts(database)) == (["accepted"], 3)


@pytest.mark.parametrize("code", [410, 415, 430, 450, 500])
def test_every_other_error_is_final(database: str, ksef: Server, code: int) -> None:
    """With the code and the words of KSeF."""
    issue(database, "FV/1")
    trouble(ksef, "document", code=code, text="Nieznany błąd")
    assert send(database, ksef).status == 1
    (own,) = shown(database)
    assert (own["status"], own["remark"]) == ("rejected", f"{code}: Nieznany błąd")
    assert attempts(database) == 1


# A process dies

DIES_AFTER_SENDING = """
import os
from entrypoints.ksef.calling import KsefGateway
whole = KsefGateway.{name}
def dies(self, *given, **named):
    whole(self, *given, **named)
    os._exit(9)
KsefGateway.{name} = dies
"""


@pytest.mark.parametrize(("name", "batch_from"), [("send", "20"), ("send_batch", "2")])
def test_a_kill_between_sending_and_recording_loses_nothing(
    database: str, ksef: Server, name: str, batch_from: str
) -> None:
    """The next round sends again, and finds its own documents."""
    issue(database, "FV/1", "FV/2")
    own = settings(ksef, LICZNIK_KSEF_BATCH_FROM=batch_from)
    killed = started(database, "ksef", "send", settings=DIES_AFTER_SENDING.format(name=name), **own)
    assert ended(killed).status == 9
    assert statuses(database) == ["waiting", "waiting"]
    assert len(received(ksef)) > 0
    assert send(database, ksef, LICZNIK_KSEF_BATCH_FROM=batch_from).status == 0
    assert statuses(database) == ["accepted", "accepted"]
    assert accepted(ksef) == ["FV/1", "FV/2"]


def test_a_kill_while_ksef_decides_loses_nothing(database: str) -> None:
    """The next round asks on."""
    issue(database, "FV/1")
    with stand_in(delay=1000) as server:
        process = started(database, "ksef", "send", **settings(server))
        eventually(lambda: statuses(database) == ["sent"])
        process.kill()
        ended(process)
        server.stand_in.sessions.delay = 0
        assert send(database, server).status == 0
        assert received(server) == ["FV/1"]
    assert statuses(database) == ["accepted"]


# Two at once


def test_two_senders_at_once_send_nothing_twice(database: str, ksef: Server) -> None:
    """One sends; the other one says so."""
    numbers = [f"FV/{n}" for n in range(1, 9)]
    issue(database, *numbers)
    own = settings(ksef)
    outcomes = [ended(one) for one in [started(database, "ksef", "send", **own) for _ in range(3)]]
    assert statuses(database) == ["accepted"] * 8
    assert sorted(received(ksef)) == numbers
    assert {one.status for one in outcomes} <= {0, 1}


def test_a_seller_has_one_sender(database: str, ksef: Server) -> None:
    """As long as it is connected."""
    issue(database, "FV/1")
    engine = engine_for(database)
    with alone(engine, f"ksef/{SELLER}") as is_alone:
        outcome = send(database, ksef)
    engine.dispose()
    assert (is_alone, outcome.status) == (True, 1)
    assert "another process" in outcome.data["kept_back"][SELLER]
    assert received(ksef) == []


# Keys, tokens and certificates change


@pytest.mark.parametrize("batch_from", ["20", "2"])
def test_new_public_keys_are_fetched_when_the_old_ones_are_refused(
    database: str, ksef: Server, batch_from: str
) -> None:
    """In the middle of a round."""
    issue(database, "FV/1", "FV/2")
    rotating = ROTATES.format(url=ksef.url)
    own = settings(ksef, LICZNIK_KSEF_BATCH_FROM=batch_from)
    outcome = ended(started(database, "ksef", "send", settings=rotating, **own))
    assert outcome.status == 0, outcome.err
    assert statuses(database) == ["accepted", "accepted"]
    assert ksef.stand_in.calls.count("keys") >= 2


ROTATES = """
import httpx
from entrypoints.ksef.keys import PublicKeys, DOCUMENTS
whole = PublicKeys.get
done = []
def get(self, usage):
    found = whole(self, usage)
    if usage == DOCUMENTS and not done:
        done.append(httpx.post("{url}/stand-in/keys"))
    return found
PublicKeys.get = get
"""
"""KSeF replaces its keys just after they were fetched."""


def test_what_cannot_be_decrypted_is_sent_again_with_fresh_keys(
    database: str, ksef: Server
) -> None:
    """Status 435 of a document."""
    issue(database, "FV/1")
    trouble(ksef, "document", code=435)
    assert send(database, ksef).status == 0
    assert ksef.stand_in.calls.count("keys") >= 2
    assert (statuses(database), attempts(database)) == (["accepted"], 2)


def test_being_signed_out_is_got_over(database: str) -> None:
    """The access token is refused: we sign in again and go on."""
    issue(database, "FV/1")
    with stand_in(delay=4) as server:
        process = started(database, "ksef", "send", **settings(server))
        eventually(lambda: statuses(database) == ["sent"])
        control(server, "sign-out")
        assert ended(process).status == 0
        assert server.stand_in.access.signed_in == 2


def test_an_access_token_is_refreshed_before_it_ends(database: str) -> None:
    """Without signing in again."""
    from datetime import timedelta

    issue(database, "FV/1")
    with stand_in(lifetime=timedelta(seconds=31), delay=3) as server:
        assert send(database, server).status == 0
        assert server.stand_in.calls.count("refresh") >= 1
        assert server.stand_in.access.signed_in == 1


def test_a_wrong_token_is_a_sentence_without_the_token(database: str, ksef: Server) -> None:
    """Neither printed nor kept."""
    issue(database, "FV/1")
    wrong = {f"LICZNIK_KSEF_TOKEN_{SELLER}": f"{TOKEN} of yesterday"}
    outcome = send(database, ksef, **wrong)
    assert outcome.status == 1
    assert "Nieprawidłowy token" in outcome.data["kept_back"][SELLER]
    assert TOKEN not in outcome.out + outcome.err
    assert rows(database, "SELECT 1 FROM ksef_seller WHERE said LIKE %s", f"%{TOKEN}%") == []
    assert send(database, ksef).status == 0


def watching(url: str, server: Server, **more: str) -> Outcome:
    """Sends in rounds until everything is accepted, then stops."""
    process = started(url, "ksef", "send", "--watch", settings=OFTEN, **settings(server, **more))
    try:
        eventually(lambda: set(statuses(url)) == {"accepted"})
    finally:
        process.terminate()
    return ended(process)


OFTEN = """
from entrypoints.cli.stopping import Stop
whole = Stop.wait
Stop.wait = lambda self, seconds=None: whole(self, min(seconds or 1, 1))
"""
"""Rounds follow each other in a second."""


def test_a_new_token_needs_no_restart(database: str, ksef: Server, tmp_path: Path) -> None:
    """It is put into the file, in the place of one that is no good any more."""
    file = tmp_path / "token"
    file.write_text("of yesterday", encoding="utf-8")
    issue(database, "FV/1")
    own = {
        f"LICZNIK_KSEF_TOKEN_{SELLER}": "",
        f"LICZNIK_KSEF_TOKEN_FILE_{SELLER}": str(file),
    }
    assert send(database, ksef, **own).status == 1
    process = started(database, "ksef", "send", "--watch", settings=OFTEN, **settings(ksef, **own))
    eventually(lambda: ksef.stand_in.calls.count("token") >= 2)
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    eventually(lambda: statuses(database) == ["accepted"])
    process.terminate()
    assert ended(process).status == 0


def test_a_new_certificate_needs_no_restart(database: str, ksef: Server, tmp_path: Path) -> None:
    """The files are replaced."""
    issue(database, "FV/1")
    own = certificate(tmp_path, days=-1)
    assert send(database, ksef, **own).status == 1
    certificate(tmp_path)
    assert "stopped" not in watching(database, ksef, **own).out
    assert statuses(database) == ["accepted"]


# What is kept here is not what it was


def test_a_document_that_was_tampered_with_is_never_sent(database: str, ksef: Server) -> None:
    """Its hash is not the one that was issued."""
    issue(database, "FV/1", "FV/2")
    change(database, "UPDATE invoice_file SET content = 'x' WHERE invoice_id LIKE '%FV/1'")
    send(database, ksef, LICZNIK_KSEF_PATIENCE="2")
    assert received(ksef) == ["FV/2"]
    assert statuses(database) == ["waiting", "accepted"]
    assert "licznik verify" in shown(database, "FV/1")[0]["remark"]


def test_the_scheduler_sends(database: str, ksef: Server) -> None:
    """Where the address of KSeF is set."""
    issue(database, "FV/1")
    process = started(database, "scheduler", **settings(ksef))
    eventually(lambda: statuses(database) == ["accepted"])
    eventually(lambda: value(database, "SELECT upo_sha256 FROM ksef_submission"))
    process.terminate()
    assert "ksef: 0 waiting, 0 sent, 1 accepted, 0 rejected" in ended(process).err


def test_a_stand_in_can_be_started(database: str) -> None:
    """By whoever wants to try sending out."""
    issue(database, "FV/1")
    process = started(None, "ksef", "stand-in", "--port", "0", PYTHONUNBUFFERED="1")
    assert process.stderr is not None
    url = process.stderr.readline().strip().rpartition("LICZNIK_KSEF_URL=")[2]
    outcome = licznik(database, "ksef", "send", LICZNIK_KSEF_URL=url, LICZNIK_KSEF_TOKEN="any")
    process.terminate()
    assert ended(process).status == 0
    assert (outcome.status, statuses(database)) == (0, ["accepted"])
    assert os.environ.get("LICZNIK_KSEF_URL") is None
