"""Marks and notices set by customers, and the e-mails that tell of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.users import NewUser, add_user
from invoices.notices.addresses import add_address, address_of, told_of, url_of
from invoices.notices.endpoints import Subscription, add_endpoint, remove_endpoint
from invoices.notices.kinds import MARK_REACHED
from invoices.notices.signing import secret_of
from metering.problems import ProblemsFound
from tests.builders import ACCOUNT, order, pack
from tests.mail_server import Mailbox, mail_server, text_of
from tests.noticing import deliveries, statuses, watch
from tests.recorded_words import did
from tests.running import change, decision_store, differences, licznik, place, record, used, value
from tests.web.documented import cells, main_text
from tests.web.portal import BETA, Portal

NOTICES = "/orders/acme-main/notices"
MAIN = "acme-main"
ANNA = "anna@acme.example"


def post(portal: Portal, path: str = "marks", account: str = "acme", **fields: str) -> int:
    """The status that a form of the page is answered with."""
    visit = portal.visit("customer", account)
    return visit.post(f"{NOTICES}/{path}", **fields).status_code


def own_marks(portal: Portal) -> dict[str, list[int]]:
    """The marks that the command lists of the order."""
    found = did(portal.database, "marks", "list", MAIN)["own"]
    return {row["meter"]: row["marks"] for row in found}


# Marks


def test_marks_are_set_and_taken_back(portal: Portal) -> None:
    """As the command has them, in the order of their size."""
    assert post(portal, meter="sms", marks="95, 50;80 80") == 303
    assert own_marks(portal) == {"sms": [50, 80, 95]}
    assert 'value="50, 80, 95"' in portal.visit("customer").get(NOTICES).text
    assert post(portal, meter="sms", marks="", action="default") == 303
    assert own_marks(portal) == {}


def test_no_marks_are_marks_too(portal: Portal) -> None:
    """An empty field tells nobody of the meter."""
    assert post(portal, meter="queues", marks=" ") == 303
    assert own_marks(portal) == {"queues": []}


@pytest.mark.parametrize("typed", ["many", "0", "1001", "80,5%x", "-1", "9" * 50])
def test_wrong_marks_are_shown_again(portal: Portal, typed: str) -> None:
    """Beside what is wrong with them."""
    answer = portal.visit("customer").post(f"{NOTICES}/marks", meter="records", marks=typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert "Write whole numbers from 1 to 1000, with commas between." in answer.text


def test_too_many_marks_are_told(portal: Portal) -> None:
    """Twenty are enough."""
    typed = ",".join(map(str, range(1, 22)))
    answer = portal.visit("customer").post(f"{NOTICES}/marks", meter="records", marks=typed)
    assert (answer.status_code, "Write 20 marks at most." in answer.text) == (422, True)


def test_an_unknown_meter_has_no_marks(portal: Portal) -> None:
    """Whatever a form says."""
    assert post(portal, meter="nothing", marks="80") == 404


def test_another_customer_sets_nothing(portal: Portal) -> None:
    """The order does not exist for them."""
    for path in ("marks", "addresses", "addresses/remove"):
        assert post(portal, path, "beta", meter="sms", marks="1", address=ANNA) == 404


# Addresses


def test_an_address_of_a_user_is_told_and_no_more(portal: Portal) -> None:
    """Only once, and only one of the account."""
    own = "customer.acme@example.com"
    assert post(portal, "addresses", address=own) == 303
    assert post(portal, "addresses", address=own) == 422
    assert post(portal, "addresses", address="boss@evil.example") == 422
    with decision_store(portal.database) as decisions:
        (told,) = told_of(decisions, MAIN)
    assert own in main_text(portal.visit("customer").get(NOTICES).text)
    assert post(portal, "addresses/remove", endpoint=told.id) == 303
    assert post(portal, "addresses/remove", endpoint=told.id) == 404


def test_a_program_is_shown_by_its_host_and_stays(portal: Portal) -> None:
    """The rest of its address may be a secret; the provider has set it up."""
    secret = Subscription("https://panel.example/hooks/s3cr3t", (MARK_REACHED,), "acme")
    with decision_store(portal.database) as decisions:
        add_endpoint(
            decisions, secret, "ep_program", secret_of(b"s" * 32), clock(), plain_http=False
        )
    text = portal.visit("customer").get(NOTICES).text
    assert "panel.example" in text
    assert "s3cr3t" not in text
    assert post(portal, "addresses/remove", endpoint="ep_program") == 404
    with decision_store(portal.database) as decisions:
        remove_endpoint(decisions, "ep_program", clock())


@pytest.mark.parametrize("address", ["a@b.pl", "o'neil+x@b.pl", "żółw@jaźń.pl", "a b?c@d.pl"])
def test_an_address_is_read_as_it_was_written(address: str) -> None:
    """In the URL of its endpoint."""
    assert address_of(url_of(address)) == address
    assert address_of("https://panel.example/a@b") is None


# E-mails


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server on this machine."""
    with mail_server() as own:
        yield own


def told_by_mail(url: str, language: str = "pl") -> None:
    """An order whose SMS pack is nearly used up, and a user who is told."""
    place(url, order(packs=[pack("pack_sms_5000")]), accounts=(ACCOUNT, BETA))
    with decision_store(url) as decisions:
        add_user(decisions, NewUser(ANNA, "Anna", Role.CUSTOMER, "acme", language), clock())
        add_address(decisions, MAIN, ANNA, [ANNA], clock())
    record(url, used("sms", 4_100, "2025-10-05T12:00:00+02:00", "1"))
    assert watch(url) == 1


def send(url: str, **settings: str) -> dict[str, int]:
    """What the command that sends did."""
    outcome = licznik(url, "webhooks", "send", "--json", **settings)
    assert outcome.status == 0, outcome.err
    found: dict[str, int] = outcome.data
    return found


def test_a_mark_is_told_by_mail(database: str, box: Mailbox) -> None:
    """Once, to the user, in the user's language, with what happens beyond."""
    told_by_mail(database)
    panel = {"LICZNIK_PUBLIC_URL": "https://panel.example"}
    assert send(database, **box.settings(), **panel)["delivered"] == 1
    assert send(database, **box.settings(), **panel)["delivered"] == 0
    (email,) = box.emails
    assert email["To"] == ANNA
    assert email["Subject"] == "acme-main: SMS-y, osiągnięto 80% (październik 2025)"
    text = text_of(email)
    assert "Zużyto: 4 100 szt." in text.replace("\xa0", " ")
    assert "Czyli: 82%" in text
    assert "https://panel.example/orders/acme-main/notices" in text
    assert email["Message-ID"].startswith("<msg_")
    assert differences(database) == []


def test_an_english_user_is_told_in_english(database: str, box: Mailbox) -> None:
    """Whatever the language of the account's documents."""
    told_by_mail(database, "en")
    send(database, **box.settings())
    (email,) = box.emails
    assert email["Subject"] == "acme-main: SMS, 80% reached (October 2025)"


def test_who_is_no_user_any_more_is_told_nothing(database: str, box: Mailbox) -> None:
    """The address is stopped, as a program is that says it is gone."""
    told_by_mail(database)
    change(database, "UPDATE portal_user SET blocked_at = now()")
    assert send(database, **box.settings())["given_up"] == 1
    assert box.emails == []
    assert value(database, "SELECT status FROM webhook_endpoint") == "disabled"


def test_a_mail_server_that_is_away_loses_nothing(database: str, box: Mailbox) -> None:
    """The notice waits in the outbox and is tried again."""
    told_by_mail(database)
    assert send(database, LICZNIK_SMTP_URL="smtp+plain://localhost:9")["failed"] == 1
    assert statuses(database) == [("failed", 1)]
    change(database, "UPDATE notice_delivery SET next_at = now()")
    assert send(database, **box.settings())["delivered"] == 1
    assert len(box.emails) == 1


def test_without_a_mail_server_the_log_says_so(database: str) -> None:
    """Which setting is missing."""
    told_by_mail(database)
    assert send(database)["failed"] == 1
    (one,) = deliveries(database)
    assert "no mail server is set" in one["error"]


def test_an_order_is_told_of_itself_alone(database: str) -> None:
    """Not of the account's other orders."""
    told_by_mail(database)
    place(database, order(id="acme-two", packs=[pack("pack_sms_5000")]), accounts=(ACCOUNT, BETA))
    record(database, used("sms", 4_900, "2025-10-05T12:00:00+02:00", "2", order="acme-two"))
    assert watch(database) == 1
    assert len(deliveries(database)) == 1


def test_a_stranger_is_not_told(database: str) -> None:
    """An address is that of a user of the account."""
    place(database, order())
    with decision_store(database) as decisions, pytest.raises(ProblemsFound):
        add_address(decisions, MAIN, "boss@evil.example", [ANNA], clock())


def test_the_page_shows_what_was_sent(portal: Portal, box: Mailbox) -> None:
    """And the marks that were reached."""
    url = portal.database
    place(url, order(id="acme-new", packs=[pack("pack_sms_5000")]), accounts=(ACCOUNT, BETA))
    portal.visit("customer").post(
        "/orders/acme-new/notices/addresses", address="customer.acme@example.com"
    )
    record(url, used("sms", 4_100, "2025-10-05T12:00:00+02:00", "n", order="acme-new"))
    watch(url)
    send(url, **box.settings())
    text = portal.visit("customer").get("/orders/acme-new/notices").text
    (mark,) = cells(text, "Marks reached lately")
    assert mark[1:] == ["October 2025", "SMS", "allowance", "80%"]
    (sent,) = cells(text, "Sent lately")
    assert sent[1:] == [
        "mark reached: SMS, 80%, October 2025",
        "customer.acme@example.com",
        "delivered",
    ]
