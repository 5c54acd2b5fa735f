"""What the calls of the service work with, opened once in each worker process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from billing.decisions import Decisions
from billing.settling import limits_of, roller_of
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.database import database_url
from entrypoints.http.exporter import Exporter
from entrypoints.http.keyring import KeyRing
from entrypoints.http.recording import Recording
from entrypoints.http.server import RECORDER
from entrypoints.http.settler import Settler
from entrypoints.recorder import RemoteRecorder
from entrypoints.settings import Settings, read_settings
from entrypoints.watching.board import Board
from entrypoints.watching.tally import Tally
from metering.deciding import Limits
from metering.desk import Desk
from metering.store import UsageStore, library_settings


@dataclass(frozen=True, slots=True)
class Service:
    """The stores and the threads of one worker process."""

    session: Session
    keys: KeyRing
    recording: Recording
    limits: Limits
    desk: Desk
    settler: Settler
    exporter: Exporter
    tally: Tally
    board: Board

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self.session.settings


@contextmanager
def open_service() -> Iterator[Service]:
    """Opens the stores of this process; what waits in the end is recorded before they close."""
    with (
        open_session(read_settings()) as session,
        _recording(session.settings) as recording,
        _deciding(session) as desk,
        _settling(session) as settler,
        _exporting(session) as exporter,
        closing(Tally(session.decisions, clock)) as tally,
        closing(Board(session, clock)) as board,
    ):
        limits = limits_of(session.usage, session.catalog)
        keys = KeyRing(session.decisions)
        yield Service(session, keys, recording, limits, desk, settler, exporter, tally, board)


@contextmanager
def _deciding(session: Session) -> Iterator[Desk]:
    """The thread that decides. It has connections of its own: no crowd of readers delays it."""
    with _usage(session) as usage:
        desk = Desk(limits_of(usage, session.catalog), clock)
        try:
            yield desk
        finally:
            desk.close()


@contextmanager
def _settling(session: Session) -> Iterator[Settler]:
    """The thread that rolls decisions, with connections of its own for the same reason."""
    with _usage(session) as usage:
        settler = Settler(roller_of(usage, session.catalog), clock)
        try:
            yield settler
        finally:
            settler.close()


@contextmanager
def _exporting(session: Session) -> Iterator[Exporter]:
    """The thread that makes exports, with connections of its own: they may take minutes."""
    library = library_settings(database_url(session.settings))
    with Decisions(env=library) as decisions, _usage(session) as usage:
        settings = session.settings.exports
        exporter = Exporter(decisions, usage, session.catalog, settings, clock)
        try:
            yield exporter
        finally:
            exporter.close()


def _usage(session: Session) -> UsageStore:
    return UsageStore(env=library_settings(database_url(session.settings)))


@contextmanager
def _recording(settings: Settings) -> Iterator[Recording]:
    """The thread that brings usage to the process that records it."""
    remote = RemoteRecorder(os.environ[RECORDER])
    remote.wait()
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
