"""`licznik serve`: the HTTP service."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Annotated, Any

import typer

from entrypoints.cli.scheduler import SchedulerProcess
from entrypoints.cli.session import open_session
from entrypoints.database import database_url
from entrypoints.demo import portal
from entrypoints.settings import read_settings


def serve_command(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="The port; 0 is any free one.", min=0, max=65535)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes answer.", min=1, max=64)
    ] = None,
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="Whether it does what recurs.")
    ] = True,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show what `make demo` has made, at its time.")
    ] = False,
) -> None:
    """Answer HTTP requests until stopped. `licznik keys add` makes the keys for it.

    Beside that it does what recurs, as `licznik scheduler` does.

    SIGTERM and Ctrl-C stop it after the requests that it has taken.
    """
    from entrypoints.http.server import serve  # its import costs

    settings = read_settings()
    if demo:
        portal.enter(settings)
        settings, jobs = read_settings(), False  # nothing is sent, and nothing recurs
    given: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    chosen = replace(settings.http, **{name: own for name, own in given.items() if own is not None})
    with open_session(settings):
        pass  # what is wrong with the catalog or the database is said now, not in every worker
    os.environ |= {  # the workers share them
        "LICZNIK_DATABASE_URL": database_url(settings),
        "LICZNIK_HTTP_HOST": chosen.host,
        "LICZNIK_HTTP_PORT": str(chosen.port),
    }
    beside = [SchedulerProcess(read_settings())] if jobs else []
    if not serve(chosen, beside=beside):
        raise typer.Exit(1)
