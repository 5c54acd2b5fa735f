"""The platform's pages: who sees them, what they show, what people do there by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest

from tests.builders import Plain
from tests.running import change, held, rows, used, value
from tests.serving import sms
from tests.waiting import eventually
from tests.web.portal import Portal

PAGES = [
    "/platform",
    "/platform/limits",
    "/platform/reservations",
    "/platform/deliveries",
    "/platform/dead-letters",
    "/platform/keys",
    "/platform/acts",
]


def now() -> str:
    """This moment, as events say it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@pytest.mark.parametrize("path", PAGES)
def test_the_platform_and_administrators_see_its_pages(portal: Portal, path: str) -> None:
    """Nobody else does; who is not signed in is asked to."""
    statuses = {
        role: portal.visit(role).get(path).status_code
        for role in ("platform", "admin", "finance", "sales", "customer", "")
    }
    seen, hidden = {"platform": 200, "admin": 200}, {"finance": 403, "sales": 403, "customer": 403}
    assert statuses == {**seen, **hidden, "": 303}


# What comes in


def test_what_comes_in_is_counted(portal: Portal) -> None:
    """By meter and result, and by the key that sent it."""
    portal.service.send(sms("in-1"), sms("in-2"), sms("in-1"), sms("in-3", subject="nobody"))
    query = """
        SELECT subject, name, result, code, sum(events)::int FROM intake_count
        GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 3
    """
    key = portal.service.key("platform").split("_")[1]
    counts = [("accepted", "", 2), ("duplicate", "", 1), ("rejected", "unknown_order", 1)]
    wanted = [
        (subject, name, *own)
        for subject, name in (("meter", "sms"), ("key", key))
        for own in counts
    ]
    eventually(lambda: len(rows(portal.database, query)) == len(wanted), "the counts")
    assert rows(portal.database, query) == wanted


def test_the_page_says_what_came_in(portal: Portal) -> None:
    """With the reason of what was rejected, and the source."""
    portal.service.send(sms("seen-1"), sms("seen-2", subject="nobody"))
    visit = portal.visit("platform")
    eventually(lambda: "unknown_order" in visit.get("/platform").text, "the rejection")
    page = visit.get("/platform").text
    assert "/platform/node-3" in page
    assert re.search(r"SMS.*</th>\s*<td class=\"number\">\d", page)


def test_counts_are_forgotten_by_nobody_who_bills(portal: Portal) -> None:
    """What is recorded stands in the pages alone: without the counts nothing is missing."""
    sent = sms("kept-1")
    portal.service.send(sent)
    change(portal.database, "TRUNCATE intake_count")
    assert portal.service.send(sent)["duplicates"] == 1


def test_a_limit_that_is_nearly_full_is_listed(portal: Portal) -> None:
    """Of 15 queues 13 are 86.67 per cent; who may see the order finds the way to it."""
    page = portal.visit("platform")
    assert "86.67" not in page.get("/platform/limits").text
    portal.service.send(held("queues", 10, now(), "near-1"))
    found = page.get("/platform/limits").text
    assert "86.67%" in found
    link = 'href="/orders/acme-main/meters/queues"'
    assert link not in found
    assert link in portal.visit("admin").get("/platform/limits").text


# Reservations


def reserve(portal: Portal, name: str, user: str = "anna.nowak@acme.example") -> httpx.Response:
    """Keeps a seat for a user."""
    path = "/v1/orders/acme-main/meters/sessions/reservations"
    asked = {"id": name, "quantity": 1, "user": user, "ttl_seconds": 3_600}
    return portal.service.call("POST", path, "platform", json=asked)


def test_an_open_reservation_is_listed_without_its_users_name(portal: Portal) -> None:
    """Enough of it to tell two apart."""
    assert reserve(portal, "seat-1").status_code == 201
    page = portal.visit("platform").get("/platform/reservations?order=acme-main").text
    assert "seat-1" in page
    assert "anna.nowak" not in page
    assert "a•••k@acme.example" in page


def test_a_person_releases_a_reservation(portal: Portal) -> None:
    """It is free again, and kept is who did it; a second time it was over already."""
    reserve(portal, "seat-2", "jan@acme.example")
    visit = portal.visit("platform")
    for outcome in ("done", "over"):
        answer = visit.post("/platform/reservations/release", reservation="seat-2")
        assert answer.headers["location"] == "/platform/reservations"
        act = "SELECT by_name, kind, subject, outcome FROM platform_act ORDER BY id DESC LIMIT 1"
        assert rows(portal.database, act) == [
            ("Jan Testowy", "release", "acme-main: seat-2", outcome)
        ]
    assert "seat-2" not in visit.get("/platform/reservations").text
    assert "acme-main: seat-2" in visit.get("/platform/acts").text


@pytest.mark.parametrize(
    "after", ["nonsense", "2099-01-01T00:00:00Z~z", "2099-99-99~", "0001-01-01T00:00:00%2B14:00~"]
)
def test_a_page_beyond_the_last_is_none(portal: Portal, after: str) -> None:
    """404, whatever stands in the address."""
    path = f"/platform/reservations?after={after}"
    assert portal.visit("platform").get(path).status_code == 404


# Deliveries


@pytest.fixture
def failed(portal: Portal) -> int:
    """A delivery that was given up, to an endpoint that listens."""
    change(portal.database, "TRUNCATE notice, notice_delivery, webhook_endpoint CASCADE")
    endpoint = """
        INSERT INTO webhook_endpoint (id, url, kinds, status, secret, changed_at)
        VALUES ('ep_1', 'https://hooks.example/a', '{usage.mark_reached}', 'active', 'x', now())
    """
    notice = """
        INSERT INTO notice (id, kind, occurred_at, order_id, account_id, body)
        VALUES ('msg_1', 'usage.mark_reached', now(), 'acme-main', 'acme', '{}')
    """
    change(portal.database, endpoint)
    change(portal.database, notice)
    delivery = """
        INSERT INTO notice_delivery
            (notice_id, endpoint_id, status, attempts, last_status, last_error, changed_at)
        VALUES ('msg_1', 'ep_1', 'given_up', 10, 503, 'answered 503: <b>away</b>', now())
    """
    change(portal.database, delivery)
    return int(value(portal.database, "SELECT id FROM notice_delivery"))


def test_a_delivery_that_failed_is_listed_with_its_answer(portal: Portal, failed: int) -> None:
    """As text, whatever the endpoint wrote."""
    page = portal.visit("platform").get("/platform/deliveries").text
    assert "answered 503: &lt;b&gt;away&lt;/b&gt;" in page
    assert f'value="{failed}"' in page


def test_a_delivery_is_sent_again_by_hand(portal: Portal, failed: int) -> None:
    """It is due at once; what there is not cannot be sent."""
    visit = portal.visit("platform")
    visit.post("/platform/deliveries/again", delivery=str(failed))
    row = "SELECT status, attempts FROM notice_delivery"
    assert rows(portal.database, row) == [("waiting", 0)]
    for unknown in ("99999", "x", ""):
        answer = visit.post("/platform/deliveries/again", delivery=unknown)
        assert answer.status_code == 404


# Keys


def made(answer: httpx.Response) -> str:
    """The key that a page shows."""
    found = re.search(r"lk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", answer.text)
    assert found, answer.text
    return found[0]


def uses(portal: Portal, key: str) -> int:
    """What the service answers to a key."""
    headers = {"Authorization": f"Bearer {key}"}
    return portal.service.client.get("/v1/orders", headers=headers).status_code


def test_a_key_is_shown_once_and_works_until_it_is_revoked(portal: Portal) -> None:
    """The list has its id alone."""
    visit = portal.visit("platform")
    key = made(visit.post("/platform/keys", name="node 9", role="platform"))
    assert uses(portal, key) == 200
    listed = visit.get("/platform/keys").text
    assert key not in listed
    assert "node 9" in listed
    visit.post("/platform/keys/revoke", key=key.split("_")[1])
    eventually(lambda: uses(portal, key) == 401, "the end of the key")


def test_nobody_makes_a_key_that_may_do_more_than_they(portal: Portal) -> None:
    """The platform makes keys of the platform; it does not end those of others either."""
    visit = portal.visit("platform")
    for role in ("admin", "finance", "nobody"):
        assert visit.post("/platform/keys", name="mine", role=role).status_code == 422
    finance = portal.service.key("finance").split("_")[1]
    assert visit.post("/platform/keys/revoke", key=finance).status_code == 404


WRONG_KEYS: list[tuple[Plain, str]] = [
    ({"name": "", "role": "platform"}, "Say who has the key"),
    ({"name": "x" * 101, "role": "platform"}, "Say who has the key"),
    ({"name": "shop", "role": "customer"}, "name it"),
    ({"name": "shop", "role": "customer", "account": "nobody"}, "There is no such account."),
    ({"name": "shop", "role": "sales", "account": "acme"}, "leave it empty"),
]


@pytest.mark.parametrize(("typed", "sentence"), WRONG_KEYS)
def test_what_is_wrong_with_a_key_stands_beside_the_field(
    portal: Portal, typed: Plain, sentence: str
) -> None:
    """And what was typed is kept."""
    answer = portal.visit("admin").post("/platform/keys", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed["name"]}"' in answer.text


# Forms and Kafka


@pytest.mark.parametrize(
    "path", ["reservations/release", "deliveries/again", "keys", "keys/revoke"]
)
def test_no_other_site_sends_these_forms(portal: Portal, path: str) -> None:
    """Without the token of the session nothing is done."""
    visit = portal.visit("platform")
    visit.form_token = "wrong"
    answer = visit.post(f"/platform/{path}", name="x", role="platform", reservation="seat-1")
    assert answer.status_code == 403


def test_without_kafka_there_are_no_dead_letters(portal: Portal) -> None:
    """The page says so; there is nothing to try again."""
    visit = portal.visit("platform")
    assert "No Kafka is set here." in visit.get("/platform/dead-letters").text
    form = {"topic": "usage.dead", "partition": "0", "offset": "0"}
    assert visit.post("/platform/dead-letters/again", **form).status_code == 404


def test_used_of_nothing_stays_small(portal: Portal) -> None:
    """A meter that nobody knows is counted, but not by the name that was made up."""
    portal.service.send(used("made_up_meter", 1, now(), "odd-1"))
    odd = "SELECT count(*) FROM intake_count WHERE name = 'made_up_meter'"
    known = "SELECT count(*) FROM intake_count WHERE subject = 'meter' AND name = ''"
    eventually(lambda: value(portal.database, known) == 1, "the count")
    assert value(portal.database, odd) == 0
