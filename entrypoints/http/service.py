"""What the calls of the service work with, opened once in each worker process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from billing.orders.live_routes import LiveRoutes
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.http.keyring import KeyRing
from entrypoints.http.recording import Recording
from entrypoints.settings import Settings, read_settings
from metering.intake import Intake


@dataclass(frozen=True, slots=True)
class Service:
    """The stores and the thread of one worker process."""

    session: Session
    keys: KeyRing
    recording: Recording

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
        try:
            yield Service(session, KeyRing(session.decisions), recording)
        finally:
            recording.close()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(_service)]
"""The service, as a parameter of a call."""
