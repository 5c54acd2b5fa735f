"""Waiting for a service to answer: a busy machine takes its time to start one."""

from __future__ import annotations

import httpx

from tests.waiting import PATIENCE, eventually
from tests.web.portal import Portal


def ready(portal: Portal, path: str = "/platform") -> None:
    """Returns when the platform's user is answered."""
    eventually(lambda: _answers(portal, path), "the first answer", 4 * PATIENCE)


def _answers(portal: Portal, path: str) -> bool:
    try:
        return portal.visit("platform").get(path).status_code == 200
    except httpx.TransportError:
        return False
