"""Exports on record: made in pieces, split, taken over, removed; requests after closure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest

from billing.decisions import Decisions
from invoices.billing_data import making
from invoices.billing_data.exports import (
    MOST_AT_ONCE,
    Export,
    State,
    Wanted,
    ask,
    contents,
    export_of,
    exports_of,
    remove_old,
)
from invoices.billing_data.formats import WRITERS, Format
from invoices.billing_data.making import LEASE, MOST_ATTEMPTS, Stopping, Workshop
from invoices.billing_data.published import published
from invoices.billing_data.reading import account_closed_on
from invoices.billing_data.requests import Request, record_request, request_for
from metering.calendar import Span
from metering.problems import ProblemsFound
from tests.builders import Plain, catalog, order
from tests.running import decision_store, place, record, usage_store, used, value

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
OCTOBER = Span(date(2025, 10, 5), date(2025, 10, 31))
MEBIBYTE = 1024 * 1024


@dataclass
class Office:
    """A workshop on a database, with a clock that tests turn."""

    url: str
    decisions: Decisions
    workshop: Workshop
    time: list[datetime] = field(default_factory=lambda: [NOW])

    def ask(self, form: Format = Format.CSV) -> str:
        """Asks for October."""
        return ask(self.decisions, Wanted("acme-main", "acme", OCTOBER, form, "x"), self.time[0])

    def found(self, export: str) -> Export:
        """How an export stands."""
        own = export_of(self.decisions, export)
        assert own is not None
        return own

    def made(self, form: Format = Format.CSV) -> Export:
        """An export that is made."""
        export = self.ask(form)
        assert self.workshop.make_next()
        return self.found(export)

    def contents(self, own: Export) -> list[bytes]:
        """The files of an export."""
        return [b"".join(contents(self.decisions, own.id, file.number)) for file in own.files]

    def with_(self, **given: Any) -> Workshop:
        """Another workshop on the same database."""
        return replace(self.workshop, **given)


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    """An order with three events of which the first is 365 days old."""
    place(database, order())
    days = ("2025-10-05", "2025-10-06", "2025-10-31")
    record(database, *(used("sms", 1, f"{day}T12:00:00+02:00", f"e-{day}") for day in days))
    with opened(database) as own:
        yield own


@contextmanager
def opened(url: str) -> Iterator[Office]:
    """A workshop on a database."""
    time = [NOW]
    with decision_store(url) as decisions, usage_store(url) as usage:
        workshop = Workshop(decisions, usage, catalog(), MEBIBYTE, lambda: time[0])
        yield Office(url, decisions, workshop, time)


def ids(raw: bytes) -> list[str]:
    """The ids of the entries of a CSV file."""
    return [own["id"] for own in csv.DictReader(io.StringIO(raw.decode(), newline=""))]


def test_an_export_is_made_with_its_hash(office: Office) -> None:
    """Every entry, the bytes counted, and their SHA-256."""
    own = office.made()
    (raw,), (file,) = office.contents(own), own.files
    assert ids(raw) == ["e-2025-10-05", "e-2025-10-06", "e-2025-10-31"]
    assert (file.bytes, file.sha256) == (len(raw), sha256(raw).hexdigest())
    assert (own.state, own.entries, own.done, own.percent) == (State.DONE, 3, 3, 100)
    assert own.name(1) == "billing-data_acme-main_2025-10-05_2025-10-31.csv"


def test_nothing_waits_when_all_is_made(office: Office) -> None:
    """And the next one is made after it."""
    assert not office.workshop.make_next()
    first = office.ask()
    office.time[0] += timedelta(seconds=1)
    second = office.ask(Format.JSON)
    assert office.workshop.make_next()
    assert (office.found(first).state, office.found(second).state) == (State.DONE, State.WAITING)


def test_a_large_export_is_split(database: str) -> None:
    """R132: no file is larger than it may be, each is whole, none misses an entry."""
    place(database, order())
    events = [
        used("sms", 1, "2025-10-05T12:00:00+02:00", f"e-{n:05}", status="x" * 800)
        for n in range(3000)
    ]
    record(database, *events)
    with opened(database) as office:
        own = office.made()
        files = office.contents(own)
        assert len(files) == 3
        assert max(map(len, files)) <= MEBIBYTE
        assert [one for raw in files for one in ids(raw)] == [f"e-{n:05}" for n in range(3000)]
        assert own.name(2).endswith("_002.csv")


def test_an_export_as_pdf_holds_so_many_entries(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them would keep a processor busy for hours; other formats hold any number."""
    writer = replace(WRITERS[Format.PDF], most_in_all=2)
    monkeypatch.setitem(WRITERS, Format.PDF, writer)
    own = office.made(Format.PDF)
    assert (own.state, "3 entries" in str(own.error), own.files) == (State.FAILED, True, ())
    assert office.made(Format.CSV).state is State.DONE


def test_an_export_without_entries_has_a_file(database: str) -> None:
    """That says so."""
    place(database, order())
    with opened(database) as office:
        (raw,) = office.contents(office.made())
        assert raw.startswith(b"date,")
        assert ids(raw) == []


def test_the_day_on_which_it_is_asked_for_decides(office: Office) -> None:
    """R123: 365 days after the event, though the file is made past midnight; a day later, not."""
    export = office.ask()
    office.time[0] = NOW + timedelta(days=1)
    assert office.workshop.make_next()
    assert "e-2025-10-05" in ids(office.contents(office.found(export))[0])
    assert "e-2025-10-05" not in ids(office.contents(office.made())[0])


def test_a_process_that_ends_gives_its_export_back(office: Office) -> None:
    """Another one makes it, from the beginning."""
    export = office.ask()
    with pytest.raises(Stopping):
        office.with_(go_on=_stop).make_next()
    own = office.found(export)
    assert (own.state, own.attempts) == (State.WAITING, 0)
    assert office.workshop.make_next()
    assert len(ids(office.contents(office.found(export))[0])) == 3


def _stop() -> None:
    raise Stopping


def test_an_export_whose_process_died_is_taken_over(office: Office) -> None:
    """After the lease, not before; what the dead one left is thrown away."""
    export = office.ask()
    with pytest.raises(RuntimeError):
        office.with_(go_on=_die).make_next()
    assert not office.workshop.make_next()
    office.time[0] += LEASE + timedelta(seconds=1)
    assert office.workshop.make_next()
    assert len(ids(office.contents(office.found(export))[0])) == 3


def _die() -> None:
    raise RuntimeError


def test_one_that_kills_its_process_each_time_is_given_up(office: Office) -> None:
    """So that it does not go on for ever."""
    export = office.ask()
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(RuntimeError):
            office.with_(go_on=_die).make_next()
        office.time[0] += LEASE + timedelta(seconds=1)
    assert not office.workshop.make_next()
    own = office.found(export)
    assert (own.state, own.files) == (State.FAILED, ())


def test_who_has_lost_an_export_writes_nothing_more(office: Office) -> None:
    """A process that slept beyond its lease and wakes up."""
    export = office.ask()

    def sleep() -> None:
        office.time[0] += LEASE + timedelta(seconds=1)
        assert office.workshop.make_next()

    assert office.with_(go_on=sleep).make_next()
    own = office.found(export)
    assert (own.state, own.attempts, len(own.files)) == (State.DONE, 2, 1)


def test_who_loses_an_export_with_its_last_piece_leaves_no_second_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one has written the same file meanwhile: this one stops, and nothing breaks."""
    export, pieces, slept = office.ask(), making._pieces, list[bool]()

    def slow(parts: Iterable[bytes]) -> Iterator[bytes]:
        yield from pieces(parts)
        if not slept:
            slept.append(True)
            office.time[0] += LEASE + timedelta(seconds=1)
            assert office.workshop.make_next()

    monkeypatch.setattr(making, "_pieces", slow)
    assert office.workshop.make_next()
    own = office.found(export)
    assert (own.state, own.attempts, len(own.files)) == (State.DONE, 2, 1)


def test_files_are_removed_and_their_hashes_stay(office: Office) -> None:
    """After the days for which they are kept."""
    own = office.made()
    assert remove_old(office.decisions, 7, NOW + timedelta(days=7)) == 0
    assert remove_old(office.decisions, 7, NOW + timedelta(days=7, seconds=1)) == 1
    later = office.found(own.id)
    assert (later.files, office.contents(later)) == (own.files, [b""])
    assert own.has_files(NOW, 7)
    assert not later.has_files(NOW, 7)
    assert not own.has_files(NOW + timedelta(days=7), 7)


def test_an_account_asks_for_a_few_at_a_time(office: Office) -> None:
    """Others wait until one is done."""
    for _ in range(MOST_AT_ONCE):
        office.ask()
    with pytest.raises(ProblemsFound, match="wait until one is done"):
        office.ask()
    assert office.workshop.make_next()
    office.ask()
    assert len(exports_of(office.decisions, "acme-main")) == MOST_AT_ONCE + 1


def test_those_who_ask_at_once_get_no_more(office: Office) -> None:
    """Twelve ask in the same moment."""
    together = Barrier(12)

    def wish(_: int) -> bool:
        together.wait()
        try:
            return bool(office.ask())
        except ProblemsFound:
            return False

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(wish, range(12))) == MOST_AT_ONCE


# Closed accounts


@pytest.mark.parametrize(
    ("ends", "closed"),
    [
        (["2025-10-20", "2025-10-31"], "2025-10-31"),
        (["2025-10-20", None], None),
        (["2025-10-20", "2025-11-01"], None),
    ],
)
def test_an_account_is_closed_when_all_its_orders_have_ended(
    database: str, ends: list[str | None], closed: str | None
) -> None:
    """As of 2025-11-01; on its last day of service an order is still open."""
    place(database, *(order(id=f"o-{n}", end_date=end) for n, end in enumerate(ends)))
    with decision_store(database) as decisions:
        found = account_closed_on(decisions, "acme", date(2025, 11, 1))
    assert str(found) == str(closed)


REQUEST: Plain = {
    "account": "acme",
    "person": "Ewa Nowak",
    "capacity": "administrator",
    "asked_on": "2026-01-05",
    "checked": "the number in the contract was called back",
}
FEE: Plain = {"fee": "120.50", "currency": "PLN", "fee_reason": "an hour of work"}
CLOSED = date(2025, 10, 31)


def recorded(
    url: str, closed_on: date | None = CLOSED, today: str = "2026-01-06", **given: Any
) -> Request:
    """What becomes of a request."""
    asked, day = {**REQUEST, **given}, date.fromisoformat(today)
    with decision_store(url) as decisions:
        return record_request(decisions, asked, closed_on, "jan", NOW, day, published())


def refused(url: str, **given: Any) -> list[tuple[str, str]]:
    """The codes and fields for which a request is refused."""
    with pytest.raises(ProblemsFound) as found:
        recorded(url, **given)
    assert value(url, "SELECT count(*) FROM data_export_request") == 0
    return [(own.code, own.path) for own in found.value.problems]


def test_a_request_is_recorded_with_its_fee(database: str) -> None:
    """R125, R126: who, in what capacity, how it was checked, and what cost is covered."""
    made = recorded(database, **FEE)
    with decision_store(database) as decisions:
        assert request_for(decisions, made.id, "acme") == made
        with pytest.raises(ProblemsFound):
            request_for(decisions, made.id, "beta")


def test_while_the_account_is_open_there_is_no_request(database: str) -> None:
    """The customer exports by itself, for nothing."""
    assert refused(database, closed_on=None) == [("account_open", "account")]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"asked_on": "2025-10-31"}, ("before_closure", "asked_on")),
        ({"asked_on": "2026-01-07"}, ("in_the_future", "asked_on")),
        ({"capacity": "cousin"}, ("unknown_value", "capacity")),
        ({"person": " "}, ("invalid_value", "person")),
        ({**FEE, "fee": "0"}, ("invalid_value", "fee")),
        ({**FEE, "fee": "0.001"}, ("invalid_value", "fee")),
        ({**FEE, "fee": "-1"}, ("invalid_value", "fee")),
        ({"fee": "1", "currency": "PLN"}, ("missing_field", "fee_reason")),
        ({"fee_reason": "work"}, ("missing_field", "fee")),
    ],
)
def test_what_cannot_be_is_refused(
    database: str, given: dict[str, Any], problem: tuple[str, str]
) -> None:
    """With the field that it is about."""
    assert refused(database, **given) == [problem]


def test_from_the_day_of_the_law_on_nothing_is_charged(database: str) -> None:
    """R126: 2027-01-11 is the last day; the day is data."""
    last: Plain = {"asked_on": "2027-01-11"}
    first: Plain = {"asked_on": "2027-01-12"}
    assert refused(database, today="2027-01-12", **first, **FEE) == [("fee_forbidden", "fee")]
    assert refused(database, today="2027-01-12", **last, **FEE) == [("fee_forbidden", "fee")]
    assert recorded(database, today="2027-01-12", **first).fee is None
    assert str(recorded(database, today="2027-01-11", **last, **FEE).fee) == "120.50"
