"""Dead letters on the platform's page, with a real broker: tried again once they can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.broker import Broker
from tests.builders import order
from tests.consuming import NOON, consume_once, counts
from tests.running import Server, balances, place, rows, used
from tests.web.answering import ready
from tests.web.portal import Portal, Visit, running_portal


@dataclass
class Letters:
    """A service that sees a topic of dead letters."""

    portal: Portal
    topic: str

    @property
    def visit(self) -> Visit:
        """The platform's user."""
        return self.portal.visit("platform")

    def again(self, offset: int) -> str:
        """Tries a letter again; gives what the page says of it then."""
        visit, path = self.visit, "/platform/dead-letters"
        form = {"topic": f"{self.topic}.dead", "partition": "0", "offset": str(offset)}
        answer = visit.post(f"{path}/again", **form)
        assert answer.headers["location"] == path, answer.text
        return visit.get(path).text

    def acts(self) -> list[tuple[str, str, str]]:
        """What was kept of who tried what."""
        query = "SELECT by_name, subject, outcome FROM platform_act ORDER BY id"
        return rows(self.portal.database, query)


@pytest.fixture(scope="module")
def letters(server: Server, broker: Broker) -> Iterator[Letters]:
    """An event of an order that is placed too late, one without quantity, one that is no JSON."""
    with server.database("migrated") as url:
        place(url, order())
        topic = broker.topic()
        late = used("sms", 3, NOON, "late", order="acme-late")
        broker.send(topic, late, used("sms", 0, NOON, "nothing"), b"{no json")
        assert counts(consume_once(url, broker, topic)) == (0, 0, 3)
        with running_portal(url, **broker.settings(topic)) as portal:
            ready(portal)
            yield Letters(portal, topic)


def test_letters_are_listed_with_their_reasons(letters: Letters) -> None:
    """Their order, where they came from, a button each."""
    page = letters.visit.get("/platform/dead-letters").text
    for said in ("unknown_order", "zero_quantity", "broken_line", "acme-late", "{no json"):
        assert said in page
    assert page.count("/platform/dead-letters/again") == 3
    assert f"{letters.topic}/0/0" in page


def test_a_letter_is_recorded_once_its_reason_is_gone(letters: Letters) -> None:
    """It counts once, however often it is tried; kept is who did it."""
    assert "unknown_order: " in letters.again(0)
    place(letters.portal.database, order(id="acme-late"))
    assert "Recorded: the event counts now." in letters.again(0)
    assert "nothing was counted twice" in letters.again(0)
    assert balances(letters.portal.database)["acme-late", "2025-10-05", "sms"] == (Decimal(3), 1)
    letter = f"{letters.topic}.dead/0/0"
    outcomes = ("rejected", "accepted", "duplicate")
    assert letters.acts()[:3] == [("Jan Testowy", letter, outcome) for outcome in outcomes]
    assert letters.visit.get("/platform/dead-letters").text.count("dead-letters/again") == 2


def test_what_is_no_json_is_said_to_be_none(letters: Letters) -> None:
    """It stays a letter."""
    assert "not readable" in letters.again(2)
    assert letters.acts()[-1][2] == "unreadable"


@pytest.mark.parametrize(
    "place", [("9", "0"), ("0", "99"), ("0", "-1"), ("x", "0"), ("0", "9" * 30)]
)
def test_a_letter_that_there_is_not_is_not_tried(letters: Letters, place: tuple[str, str]) -> None:
    """Nor is a record of another topic."""
    form = {"partition": place[0], "offset": place[1]}
    path = "/platform/dead-letters/again"
    assert letters.visit.post(path, topic=f"{letters.topic}.dead", **form).status_code == 404
    assert letters.visit.post(path, topic=letters.topic, **form).status_code == 404


def test_the_page_says_how_much_waits(letters: Letters, broker: Broker) -> None:
    """Of the topics that are read."""
    assert "Records that wait to be recorded" in letters.visit.get("/platform").text
