"""Public clients feed the service unchanged: OpenMeter's, and the SDK of CloudEvents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.conversion import to_structured
from cloudevents.http import CloudEvent
from corehttp.exceptions import ClientAuthenticationError, HttpResponseError
from openmeter import Client
from openmeter.models import Event

from tests.builders import event, order
from tests.running import balances, place
from tests.serving import Service, service

DAY = "2025-10-05"


@pytest.fixture(scope="module")
def licensed(shared_database: str) -> Iterator[Service]:
    """A service with one order."""
    place(shared_database, order())
    with service(shared_database) as own:
        yield own


@pytest.fixture
def openmeter(licensed: Service) -> Iterator[Client]:
    """OpenMeter's client, with a key of the platform as its token."""
    with Client(endpoint=licensed.address, token=licensed.key("platform")) as client:
        yield client


def sent(event_id: str, **data: Any) -> Event:
    """An event as OpenMeter's users make it."""
    return Event(
        id=event_id,
        source="my-app",
        specversion="1.0",
        type="sms",
        subject="acme-main",
        time=datetime(2025, 10, 5, 8, 30, tzinfo=UTC),
        data={"quantity": 1, **data},
    )


def used(own: Service) -> int:
    """How many SMS the order has used."""
    found = balances(own.database).get(("acme-main", DAY, "sms"))
    return int(found[0]) if found else 0


def test_one_event_of_openmeters_client(licensed: Service, openmeter: Client) -> None:
    """It counts once, though sent twice; fields of its own are kept as attributes."""
    before = used(licensed)
    for _ in range(2):
        openmeter.events.ingest_event(sent("one", duration_ms=100, path="/hello"))
    assert used(licensed) == before + 1


def test_a_batch_of_openmeters_client(licensed: Service, openmeter: Client) -> None:
    """As an array, under both of its media types."""
    before = used(licensed)
    openmeter.events.ingest_events([sent("batch-1"), sent("batch-2")])
    openmeter.events.ingest_events_json([sent("batch-2"), sent("batch-3")])
    openmeter.events.ingest_events_json(sent("batch-4"))
    assert used(licensed) == before + 4


def test_openmeters_client_is_told_what_was_rejected(licensed: Service, openmeter: Client) -> None:
    """It raises an error that has the problems; the good events are kept."""
    before = used(licensed)
    wrong = sent("wrong", quantity=0)
    with pytest.raises(HttpResponseError) as raised:
        openmeter.events.ingest_events([sent("good"), wrong])
    details = raised.value.response.json()  # type: ignore[union-attr]
    assert raised.value.status_code == 400
    assert details["code"] == "events_rejected"
    assert details["detail"] == "1 events were rejected, 1 were recorded"
    assert [one["path"] for one in details["problems"]] == ["[1].data.quantity"]
    assert [(one["index"], one["code"]) for one in details["rejected"]] == [(1, "zero_quantity")]
    assert used(licensed) == before + 1


def test_openmeters_client_needs_a_key(licensed: Service) -> None:
    """As with OpenMeter itself."""
    with (
        Client(endpoint=licensed.address, token="om_wrong") as client,
        pytest.raises(ClientAuthenticationError),
    ):
        client.events.ingest_event(sent("nobody"))


def test_events_of_the_sdk_of_cloudevents(licensed: Service) -> None:
    """In its structured form, to either path."""
    before = used(licensed)
    for number, path in enumerate(("/v1/events", "/api/v1/events")):
        whole = event(id=f"sdk-{number}")
        data = whole.pop("data")
        headers, body = to_structured(CloudEvent(whole, data))
        answer = licensed.call("POST", path, "platform", content=body, headers=headers)
        assert answer.is_success, answer.text
    assert used(licensed) == before + 2
