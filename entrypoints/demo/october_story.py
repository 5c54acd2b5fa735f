"""What happens in the demo beside usage: an outage, a claim, usage that comes late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from billing.catalog.edition import Catalog
from billing.orders.commands import RouteBook
from billing.sla.recorded.claim_desk import ClaimDesk
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.session import Session
from entrypoints.demo.october import PERIOD
from invoices.corrections.desk import CorrectionDesk, Request
from invoices.finding import load_invoices
from invoices.invoice import Invoice, invoice_key
from metering.calendar import WARSAW
from metering.decode import decode
from metering.intake import Intake
from metering.lines import Lines

ORDER, LATE = "klinika-infolinia", "klinika-recepcja"
INCIDENT = "INC-2025-10-20"
FINANCE, CLIENT = "Ewa Nowak", "Anna Kowalska"
CLAIMED = datetime(2025, 11, 6, 10, tzinfo=WARSAW)
CORRECTED = datetime(2025, 11, 10, 10, tzinfo=WARSAW)
NEXT_MONTH = datetime(2025, 12, 3, 9, 30, tzinfo=WARSAW)
"""When the month after is closed."""


def at(clock: str) -> datetime:
    """A time of 20 October 2025."""
    return datetime.fromisoformat(f"2025-10-20T{clock}:00").replace(tzinfo=WARSAW)


def with_ksef(catalog: Catalog) -> Catalog:
    """The catalog, its sellers' invoices on their way to KSeF."""
    sellers = {key: replace(own, ksef=True) for key, own in catalog.sellers.items()}
    editions = {
        key: replace(own, seller=sellers[own.seller.id]) for key, own in catalog.editions.items()
    }
    return replace(catalog, sellers=sellers, editions=editions)


def outage(session: Session, now: datetime) -> None:
    """Calls do not come in for most of an afternoon; the repair takes four hours too long."""
    desk = IncidentDesk(session.decisions, session.catalog, now)
    known: dict[str, Any] = {"reported": at("12:00"), "reported_by": "client", "reporter": CLIENT}
    desk.report(INCIDENT, [ORDER], {**known, "description": "Nie działają połączenia przychodzące"})
    told = {"priority": "critical", "told": at("12:30"), "by": FINANCE, "example": "calls_down"}
    desk.qualify(INCIDENT, told)
    desk.state_failures(INCIDENT, [{"from": at("11:50"), "to": at("16:30")}])
    desk.repair(INCIDENT, {"at": at("21:45"), "how": "proper_operation", "by": FINANCE})


def claim(session: Session) -> None:
    """The client claims a credit in time, and a person confirms it."""
    desk = ClaimDesk(session.decisions, session.catalog, CLAIMED)
    desk.file(ORDER, PERIOD, date(2025, 11, 5), CLIENT)
    desk.confirm(ORDER, PERIOD, CLAIMED.date(), FINANCE)


def correction(session: Session) -> Invoice:
    """A day's messages come after their month was invoiced; its invoice is corrected."""
    intake = Intake(session.usage, session.catalog.meters)
    routes = RouteBook(session.decisions, session.catalog)
    intake.take(decode(Lines(LATE_USAGE, first=0), routes.find), CORRECTED)
    own = (session.decisions, session.usage, session.catalog)
    desk = CorrectionDesk(*own, CORRECTED, FINANCE)
    (invoice,) = load_invoices(session.decisions, [invoice_key(LATE, str(PERIOD))])
    return desk.issue(invoice, Request())


LATE_USAGE = (
    b'{"specversion": "1.0", "id": "late-1", "source": "/platform/node-4", "type": "sms",'
    b' "subject": "klinika-recepcja", "time": "2025-10-31T18:00:00+01:00",'
    b' "data": {"quantity": 400}}\n'
)
