"""The pages of exports: chosen, made, taken home; requests after closure; the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import httpx
import jsonschema
import pytest

from entrypoints.cli.session import clock
from metering.calendar import local_day
from tests.builders import ACCOUNT, order
from tests.running import MIGRATED, Server, change, place, record, used
from tests.waiting import eventually
from tests.web.portal import BETA, Portal, Visit, running_portal

TODAY = local_day(clock())
YESTERDAY, ENDED = TODAY - timedelta(days=1), TODAY - timedelta(days=40)
TOO_OLD = TODAY - timedelta(days=366)
CHOSEN = {"from": str(ENDED), "to": str(TODAY), "format": "csv"}
REQUEST = {
    "account": "beta",
    "person": "Ewa Nowak",
    "capacity": "administrator",
    "asked_on": str(TODAY),
    "checked": "called back",
}


@pytest.fixture(scope="module")
def portal(server: Server) -> Iterator[Portal]:
    """The account acme is open, beta is closed; each has an event. A file has at most 1 MiB."""
    launched = {"launch_date": "2025-07-01"}
    closed = order(id="beta-main", account="beta", end_date=str(ENDED), **launched)
    with server.database(MIGRATED) as url:
        place(url, order(**launched), closed, accounts=(ACCOUNT, BETA))
        record(
            url,
            used("sms", 3, f"{YESTERDAY}T12:00:00+00:00", "a-1", to="600100200", status="=1+1"),
            used("sms", 1, f"{ENDED}T12:00:00+00:00", "b-1", order="beta-main"),
        )
        with running_portal(url, LICZNIK_EXPORT_FILE_MIB="1") as own:
            yield own


def made(visit: Visit, path: str = "/orders/acme-main/export", **given: str) -> str:
    """The page of an export that is made."""
    answer = visit.post(path, **{**CHOSEN, **given})
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    eventually(lambda: "SHA-256" in visit.get(address).text)
    return address


def file_of(visit: Visit, address: str, number: int = 1) -> httpx.Response:
    """A file of an export."""
    return visit.get(f"{address}/files/{number}")


def asked(portal: Portal, **given: str) -> str:
    """The page of a request that finance has recorded."""
    answer = portal.visit("finance").post("/finance/data-requests", **{**REQUEST, **given})
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    return address


# The customer


def test_a_customer_takes_its_data_home(portal: Portal) -> None:
    """R124: every entry, under a harmless name, with the hash that the page shows."""
    visit = portal.visit("customer")
    address = made(visit)
    file, text = file_of(visit, address), visit.get(address).text
    assert "+48600100200" in file.text
    assert "'=1+1" in file.text
    assert sha256(file.content).hexdigest() in text
    assert (
        f'filename="billing-data_acme-main_{ENDED}_{TODAY}.csv"'
        in (file.headers["content-disposition"])
    )
    assert "dpo@apifonica.com" in text


@pytest.mark.parametrize("form", ["pdf", "xlsx", "json"])
def test_every_format_is_made(portal: Portal, form: str) -> None:
    """As a file of its kind."""
    visit = portal.visit("customer")
    begins = {"pdf": b"%PDF", "xlsx": b"PK", "json": b'{"resource":"billing_data"'}[form]
    assert file_of(visit, made(visit, format=form)).content.startswith(begins)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"from": str(TOO_OLD)}, "The oldest day that can be had is"),
        ({"to": str(TODAY + timedelta(days=1))}, "This day is still to come"),
        ({"to": str(ENDED - timedelta(days=1))}, "The last day is before the first."),
        ({"from": "yesterday"}, "Write a day as 2025-10-31."),
        ({"format": "doc"}, "Choose one of the values."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    portal: Portal, given: dict[str, str], sentence: str
) -> None:
    """And what was typed is still there."""
    answer = portal.visit("customer").post("/orders/acme-main/export", **{**CHOSEN, **given})
    assert answer.status_code == 422
    assert sentence in answer.text
    for name in {"from", "to"} & given.keys():
        assert f'value="{given[name]}"' in answer.text


def test_a_pdf_of_a_mountain_is_refused_at_once(portal: Portal) -> None:
    """20,001 entries: another format is proposed, in the customer's language."""
    place(portal.database, order(id="busy", launch_date="2025-07-01"), accounts=(ACCOUNT, BETA))
    noon = f"{YESTERDAY}T12:00:00+00:00"
    record(portal.database, *(used("sms", 1, noon, f"m-{n}", order="busy") for n in range(20_001)))
    visit = portal.visit("customer", language="pl")
    answer = visit.post("/orders/busy/export", **{**CHOSEN, "format": "pdf"})
    assert answer.status_code == 422
    assert "eksport PDF (20\xa0000)" in answer.text


def test_an_account_that_there_is_not_is_said_to_be_none(portal: Portal) -> None:
    """Not to be open."""
    answer = portal.visit("finance").post("/finance/data-requests", **{**REQUEST, "account": "x"})
    assert (answer.status_code, "There is no such account." in answer.text) == (422, True)


def test_anothers_things_do_not_exist(portal: Portal) -> None:
    """Orders, exports, files: the same page as for what nobody has."""
    address = made(portal.visit("customer"))
    export = address.rpartition("/")[2]
    other = portal.visit("customer", "beta")
    for path in (
        "/orders/acme-main/export",
        "/orders/nobody/export",
        address,
        f"{address}/live",
        f"{address}/files/1",
    ):
        assert other.get(path).status_code == 404
    assert portal.visit("finance").get(f"/orders/nobody/exports/{export}").status_code == 404
    assert other.post("/orders/acme-main/export", **CHOSEN).status_code == 404


def test_a_file_that_is_not_there_says_so(portal: Portal) -> None:
    """A number beyond the last, an export that nobody asked for."""
    visit = portal.visit("customer")
    address = made(visit)
    assert file_of(visit, address, 2).status_code == 404
    assert visit.get(f"/orders/acme-main/exports/{'0' * 32}").status_code == 404


def test_a_file_is_gone_after_some_days(portal: Portal) -> None:
    """Its hash is still shown."""
    visit = portal.visit("customer")
    address = made(visit)
    past = "UPDATE data_export SET finished_at = finished_at - interval '7 days' WHERE id = %s"
    assert change(portal.database, past, address.rpartition("/")[2]) == 1
    assert file_of(visit, address).status_code == 410
    assert "Their hashes stay on record." in visit.get(address).text


def test_roles_without_the_right_are_refused(portal: Portal) -> None:
    """And a form without its token."""
    for role in ("platform", "sales"):
        assert portal.visit(role).get("/orders/acme-main/export").status_code == 403
    visit = portal.visit("customer")
    assert visit.client.post("/orders/acme-main/export", data=CHOSEN).status_code == 403
    assert portal.visit().get("/orders/acme-main/export").status_code == 303


def test_progress_is_told_until_the_end(portal: Portal) -> None:
    """As events of which each holds a part of the page."""
    visit = portal.visit("customer")
    answer = visit.get(f"{made(visit)}/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: end" in answer.text


# After closure


def test_after_closure_the_customer_is_told_whom_to_ask(portal: Portal) -> None:
    """R125, R127: an entitled person asks; the way back is an agreement."""
    visit = portal.visit("customer", "beta", "pl")
    answer = visit.get("/orders/beta-main/export")
    assert answer.status_code == 403
    assert "na żądanie osoby uprawnionej" in answer.text
    assert "przywrócony na warunkach uzgodnionych indywidualnie" in answer.text
    assert visit.post("/orders/beta-main/export", **CHOSEN).status_code == 403


def test_staff_record_the_request_first(portal: Portal) -> None:
    """Then the export is made under it, and its hash stands beside it."""
    visit = portal.visit("finance")
    first = visit.get("/orders/beta-main/export")
    assert first.headers["location"] == "/finance/data-requests?account=beta"
    assert visit.post("/orders/beta-main/export", **CHOSEN).status_code == 403
    page = asked(portal, fee="120,50", currency="PLN", fee_reason="an hour of work")
    request = page.rpartition("/")[2]
    address = made(visit, f"/orders/beta-main/export?request={request}")
    file = file_of(visit, address)
    assert "b-1" in file.text
    text = visit.get(page).text
    assert sha256(file.content).hexdigest() in text
    assert "Ewa Nowak" in text
    assert "120.50" in text


def test_what_was_made_on_request_is_not_for_the_customer(portal: Portal) -> None:
    """The account stays closed: an employee sends the file."""
    request = asked(portal).rpartition("/")[2]
    address = made(portal.visit("admin"), f"/orders/beta-main/export?request={request}")
    for path in (address, f"{address}/files/1"):
        assert portal.visit("customer", "beta").get(path).status_code == 403


def test_a_request_is_for_its_own_account(portal: Portal) -> None:
    """Not for another one's order."""
    request = asked(portal).rpartition("/")[2]
    answer = portal.visit("finance").get(f"/orders/acme-main/export?request={request}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account": "acme"}, "This account is not closed"),
        ({"person": ""}, "This is needed."),
        ({"asked_on": str(ENDED)}, "The account was still in service then."),
        ({"asked_on": str(TODAY + timedelta(days=1))}, "This day is still to come"),
        ({"capacity": "cousin"}, "Choose one of the values."),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    portal: Portal, given: dict[str, str], sentence: str
) -> None:
    """With a sentence beside the field; what was typed is kept."""
    answer = portal.visit("finance").post("/finance/data-requests", **{**REQUEST, **given})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="called back"' in answer.text or ">called back</textarea>" in answer.text


def test_requests_are_for_finance(portal: Portal) -> None:
    """And there is no page beyond the last."""
    for role in ("customer", "sales", "platform"):
        assert portal.visit(role).get("/finance/data-requests").status_code == 403
    assert portal.visit("finance").get("/finance/data-requests?page=99").status_code == 404
    assert portal.visit("finance").get(f"/finance/data-requests/{'0' * 32}").status_code == 404


# The register


@pytest.mark.parametrize(
    ("language", "title"),
    [("pl", "Rejestr danych eksportowalnych"), ("en", "Register of data that can be taken out")],
)
def test_the_register_is_open_to_everybody(portal: Portal, language: str, title: str) -> None:
    """R134, R135, R143: without signing in, in both languages."""
    answer = portal.visit(language=language).get("/register")
    assert answer.status_code == 200
    assert f"<h1>{title}</h1>" in answer.text
    for said in ("RFC 4180", "ElevenLabs Inc.", "dpo@dzinga.com", "duration_seconds"):
        assert said in answer.text


def test_programs_read_the_register_and_the_schema(portal: Portal) -> None:
    """With the settings of this service, and a schema that is one."""
    visit = portal.visit()
    assert visit.get("/register.json").json()["limits"]["file_mebibytes"] == 1
    schema = visit.get("/register/billing-data.schema.json")
    assert schema.headers["content-type"].startswith("application/schema+json")
    jsonschema.Draft202012Validator.check_schema(schema.json())
