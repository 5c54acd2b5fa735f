"""What the calls of the service work with, opened once in each worker process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from billing.orders.live import LiveRoutes
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.http.keyring import KeyRing
from entrypoints.http.recording import Recording
from entrypoints.http.settler import Settler
from entrypoints.settings import Settings, read_settings
from entrypoints.settling import limits_of, roller_of
from metering.deciding import Limits
from metering.desk import Desk
from metering.intake import Intake


@dataclass(frozen=True, slots=True)
class Service:
    """The stores and the threads of one worker process."""

    session: Session
    keys: KeyRing
    recording: Recording
    limits: Limits
    desk: Desk
    settler: Settler

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self.session.settings


@contextmanager
def open_service() -> Iterator[Service]:
    """Opens the stores of this process; what waits in the end is recorded before they close."""
    with open_session(read_settings()) as session:
        routes = LiveRoutes(session.decisions, session.catalog)
        intake = Intake(session.usage, session.catalog.meters)
        recording = Recording(intake, routes.find, clock, session.settings.http.batch_limit)
        limits = limits_of(session.usage, session.catalog)
        desk = Desk(limits, clock)
        settler = Settler(roller_of(session.usage, session.catalog), clock)
        try:
            keys = KeyRing(session.decisions)
            yield Service(session, keys, recording, limits, desk, settler)
        finally:
            recording.close()
            desk.close()
            settler.close()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(_service)]
"""The service, as a parameter of a call."""
