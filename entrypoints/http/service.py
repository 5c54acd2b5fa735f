"""What the calls of the service work with, opened once in each worker process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from billing.settling import limits_of, roller_of
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.http.keyring import KeyRing
from entrypoints.http.recording import Recording
from entrypoints.http.server import RECORDER
from entrypoints.http.settler import Settler
from entrypoints.recorder import RemoteRecorder
from entrypoints.settings import Settings, read_settings
from metering.deciding import Limits
from metering.desk import Desk


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
    with open_session(read_settings()) as session, _recording(session.settings) as recording:
        limits = limits_of(session.usage, session.catalog)
        desk = Desk(limits, clock)
        settler = Settler(roller_of(session.usage, session.catalog), clock)
        try:
            yield Service(session, KeyRing(session.decisions), recording, limits, desk, settler)
        finally:
            desk.close()
            settler.close()


@contextmanager
def _recording(settings: Settings) -> Iterator[Recording]:
    """The thread that brings usage to the process that records it."""
    remote = RemoteRecorder(os.environ[RECORDER])
    recording = Recording(remote.take, settings.http)
    try:
        yield recording
    finally:
        recording.close()
        remote.close()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(_service)]
"""The service, as a parameter of a call."""
