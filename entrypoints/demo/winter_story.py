"""What happens in the demo after October's invoices, up to the morning on which its portal opens.

Some of it waits for people there: December's drafts, a credit to be claimed, an invoice that is
overdue, limits that are nearly full, an endpoint that does not take its notices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_bytes
from typing import Any

import orjson

from billing.orders import order as events
from billing.orders.commands import RouteBook, change_order, next_event
from billing.settling import limits_of
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.session import Session
from entrypoints.demo.october_story import FINANCE
from entrypoints.demo.winter import MORNING
from entrypoints.watching.tally import KEY, Count, counted, sources_of, statements
from invoices.amendments import AmendmentDesk
from invoices.notices.endpoints import Subscription, add_endpoint
from invoices.notices.kinds import MARK_REACHED
from invoices.notices.sending import Answer, Sender
from invoices.notices.signing import secret_of
from invoices.notices.watching import Watcher
from invoices.payments.desk import PaymentDesk
from metering.amendments import Amendment, Within
from metering.asks import Reserve
from metering.calendar import WARSAW
from metering.decode import decode
from metering.intake import Intake
from metering.lines import Lines

INCIDENT = "INC-2025-12-16"
SECRET_BYTES = 24
UNPAID, HALF_PAID = "meblex-sklep", "meblex-centrala"


def moment(text: str) -> datetime:
    """A local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW).astimezone(UTC)


def late_usage(session: Session) -> None:
    """Messages of November come when its invoices are out: December's has an adjustment."""
    event = {
        "specversion": "1.0",
        "id": "late-2",
        "source": "/platform/node-2",
        "type": "sms",
        "subject": "meblex-centrala",
        "time": "2025-11-28T16:20:00+01:00",
        "data": {"quantity": 180, "direction": "out"},
    }
    intake = Intake(session.usage, session.catalog.meters)
    routes = RouteBook(session.decisions, session.catalog)
    lines = Lines(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE), first=0)
    intake.take(decode(lines, routes.find), moment("2025-12-05T08:12"))


def amendment(session: Session) -> None:
    """A node has counted a day's look-ups twice; they are voided."""
    within = Within(
        moment("2025-12-11T07:00"),
        moment("2025-12-11T19:00"),
        order="klinika-infolinia",
        source="/platform/node-2",
        meter="hlr_lookups",
    )
    reason = "Węzeł 2 policzył sprawdzenia HLR dwa razy"
    own = Amendment("demo-hlr-2025-12-11", FINANCE, reason, moment("2025-12-12T09:30"))
    AmendmentDesk(session.decisions, session.usage, session.catalog).void(within, own)


def outage(session: Session) -> None:
    """A morning without calls at the shop: its credit can be claimed until the end of January."""
    desk = IncidentDesk(session.decisions, session.catalog, moment("2025-12-17T09:00"))
    reported = moment("2025-12-16T08:40")
    known: dict[str, Any] = {
        "reported": reported,
        "reported_by": "client",
        "reporter": "Tomasz Zieliński",
        "description": "Klienci sklepu nie mogą się dodzwonić",
    }
    desk.report(INCIDENT, ["meblex-sklep"], known)
    told = {"priority": "critical", "told": moment("2025-12-16T09:00"), "by": FINANCE}
    desk.qualify(INCIDENT, {**told, "example": "calls_down"})
    down = {"from": moment("2025-12-16T08:35"), "to": moment("2025-12-16T14:10")}
    desk.state_failures(INCIDENT, [down])
    repaired = {"at": moment("2025-12-16T14:10"), "how": "proper_operation", "by": FINANCE}
    desk.repair(INCIDENT, repaired)


def packs(session: Session) -> None:
    """The reception buys messages for January."""
    at = moment("2026-01-02T09:00")
    order = session.decisions.order("klinika-recepcja")
    own: dict[str, Any] = {"item": "pack_sms_2000", "quantity": 1, "recurring": False, "at": at}
    bought = events.PackAdded(**next_event(order, at), **own, end=None, price=None)
    change_order(session.decisions, order, bought, session.catalog)


def payments(session: Session, invoices: Mapping[tuple[str, str], str]) -> None:
    """October is paid. Of November one invoice is overdue, and of another a half.

    ``invoices`` are the numbers by period and order.
    """
    for (period, order), number in sorted(invoices.items()):
        is_first = period == "2025-10"
        paid = moment("2025-11-14T12:00") if is_first else moment("2025-12-15T12:00")
        desk = PaymentDesk(session.decisions, paid)
        due = desk.due(number).open
        halved = order == HALF_PAID and not is_first
        amount = (due / 2).quantize(Decimal("0.01")) if halved else due
        if is_first or order != UNPAID:
            desk.record(number, amount, paid.date())


def reservations(session: Session) -> None:
    """Two users are signed in and a mailing is prepared when the portal opens."""
    at, day = moment("2026-01-08T09:41"), timedelta(hours=24)
    mailing = Reserve("meblex-sklep", "mass_emails", "kampania-styczen", Decimal(500), day)
    seats = [
        Reserve("meblex-centrala", "sessions", seat, Decimal(1), day, user)
        for seat, user in (
            ("seat-4711", "agent7@meblex-centrala.pl"),
            ("seat-4712", "agent12@meblex-centrala.pl"),
        )
    ]
    limits_of(session.usage, session.catalog).decide([*seats, mailing], at)


def arrivals(session: Session) -> None:
    """The last minutes of usage, as the platform sees it: some came twice, some is rejected."""
    intake = Intake(session.usage, session.catalog.meters)
    routes = RouteBook(session.decisions, session.catalog)
    for minute in range(8):
        at = MORNING - timedelta(minutes=9 - minute)
        lines = b"".join(_arriving(minute, at))
        decoded = decode(Lines(lines, first=0), routes.find)
        taken = intake.take(decoded, at)
        counts = counted(decoded, taken, session.catalog.meters)
        by_key: Counter[Count] = Counter()
        for own, number in counts.items():
            by_key[Count(KEY, "platform", own.result, own.code)] += number
        counts.update(by_key)
        by_minute = {(at, own): events for own, events in counts.items()}
        sources = dict.fromkeys(sources_of(decoded), at)
        session.decisions.run(*statements(by_minute, sources))


def _arriving(minute: int, at: datetime) -> Iterator[bytes]:
    """A minute's events; the fourth repeats the one before, some name what there is not."""
    last = minute - 1 if minute == REPEATED else minute
    for number in range(9 + 3 * (last % 4)):
        meter, order = ARRIVING[number % len(ARRIVING)]
        event = {
            "specversion": "1.0",
            "id": f"morning-{last}-{number}",
            "source": f"/platform/node-{number % 4 + 1}",
            "type": meter,
            "subject": order,
            "time": (MORNING - timedelta(minutes=9 - last)).isoformat(),
            "data": {"quantity": number % 3 + 1},
        }
        yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


REPEATED = 4
ARRIVING = (
    ("api_calls", "meblex-centrala"),
    ("sms", "klinika-recepcja"),
    ("mass_emails", "meblex-sklep"),
    ("api_calls", "klinika-infolinia"),
    ("sms", "klinika-recepja"),
    ("surveys", "meblex-centrala"),
    ("surveys", "meblex-sklep"),
)
"""One order is misspelt, and one has not ordered what it uses."""


def notices(session: Session) -> None:
    """Marks are reached; one endpoint takes the notices, another one has a fault."""
    added, looked = moment("2025-12-29T11:00"), MORNING - timedelta(minutes=9)
    for account in ANSWERS:
        url = f"https://hooks.{account}.example/licznik"
        asked = Subscription(url, (MARK_REACHED,), account)
        secret = secret_of(token_bytes(SECRET_BYTES))
        add_endpoint(session.decisions, asked, f"ep_{account}", secret, added, plain_http=False)
    own = (session.decisions, session.usage, session.catalog, looked)
    sum(Watcher(*own).watch())
    Sender(session.decisions, _answer, lambda: looked, lambda: 0, at_once=2).send()


ANSWERS = {"klinika": Answer(204), "meblex": Answer(503, "Service Unavailable")}
"""What the endpoint of each account answers."""


def _answer(url: str, _: bytes, __: Mapping[str, str]) -> Answer:
    """The endpoints of the demo: nothing leaves this machine."""
    return next(own for account, own in ANSWERS.items() if f".{account}." in url)


HAPPENINGS: tuple[Callable[[Session], None], ...] = (late_usage, amendment, outage, packs)
"""What happens before January's usage is in."""
