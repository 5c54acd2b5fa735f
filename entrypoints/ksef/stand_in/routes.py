"""Which call of the stand-in is which: its name, method, path, status, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrypoints.ksef.stand_in.faults import Fault
from entrypoints.ksef.stand_in.problems import unauthorized
from entrypoints.ksef.stand_in.world import Request, StandIn

Work = Callable[[StandIn, Request], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A call. Its name is where faults are asked for; ``{x}`` in a path is any one part."""

    name: str
    method: str
    path: str
    status: int
    work: Work

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The names in a path; None where it is another one."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return None if found is None else found.groupdict()


def _open(own: StandIn, asked: Request) -> Any:
    return own.sessions.open(own.context(asked), asked.json)


def _send(own: StandIn, asked: Request) -> Any:
    return own.sessions.send(own.context(asked), asked.names["session"], asked.json)


def _close(own: StandIn, asked: Request) -> None:
    own.sessions.close(own.context(asked), asked.names["session"])


def _open_batch(own: StandIn, asked: Request) -> Any:
    return own.sessions.open_batch(own.context(asked), asked.json, asked.address)


def _upload(own: StandIn, asked: Request) -> None:
    if asked.bearer:
        raise unauthorized("no token may be sent here")
    own.sessions.put_part(asked.names["session"], int(asked.names["part"]), asked.body)


def _close_batch(own: StandIn, asked: Request) -> None:
    own.sessions.close_batch(own.context(asked), asked.names["session"])


def _session(own: StandIn, asked: Request) -> Any:
    return own.sessions.status(own.context(asked), asked.names["session"])


def _list(own: StandIn, asked: Request) -> Any:
    size = int(asked.query.get("pageSize", ["10"])[0])
    session = asked.names["session"]
    return own.sessions.listed(own.context(asked), session, int(asked.after or 0), size)


def _document(own: StandIn, asked: Request) -> Any:
    names = asked.names
    return own.sessions.document(own.context(asked), names["session"], names["document"])


def _upo(own: StandIn, asked: Request) -> Any:
    names = asked.names
    return own.sessions.upo(own.context(asked), names["session"], names["document"])


def _auth_status(own: StandIn, asked: Request) -> Any:
    return own.access.status(asked.names["operation"], asked.bearer)


def _fault(own: StandIn, asked: Request) -> None:
    own.faults.add(Fault.of(asked.json))


KEYS = "/v2/security/public-key-certificates"
AUTH = "/v2/auth"
ONLINE, BATCH, SESSION = "/v2/sessions/online", "/v2/sessions/batch", "/v2/sessions/{session}"

ROUTES = (
    Route("keys", "GET", KEYS, 200, lambda own, _: own.keys.shown()),
    Route("challenge", "POST", f"{AUTH}/challenge", 200, lambda own, _: own.access.challenge()),
    Route("token", "POST", f"{AUTH}/ksef-token", 202, lambda o, a: o.access.by_token(a.json)),
    Route(
        "xades", "POST", f"{AUTH}/xades-signature", 202, lambda o, a: o.access.by_signature(a.body)
    ),
    Route("redeem", "POST", f"{AUTH}/token/redeem", 200, lambda o, a: o.access.redeem(a.bearer)),
    Route("refresh", "POST", f"{AUTH}/token/refresh", 200, lambda o, a: o.access.refresh(a.bearer)),
    Route("auth_status", "GET", f"{AUTH}/{{operation}}", 200, _auth_status),
    Route("open", "POST", ONLINE, 201, _open),
    Route("send", "POST", f"{ONLINE}/{{session}}/invoices", 202, _send),
    Route("close", "POST", f"{ONLINE}/{{session}}/close", 204, _close),
    Route("open_batch", "POST", BATCH, 201, _open_batch),
    Route("upload", "PUT", "/stand-in/parts/{session}/{part}", 201, _upload),
    Route("close_batch", "POST", f"{BATCH}/{{session}}/close", 204, _close_batch),
    Route("session", "GET", SESSION, 200, _session),
    Route("list", "GET", f"{SESSION}/invoices", 200, _list),
    Route("status", "GET", f"{SESSION}/invoices/{{document}}", 200, _document),
    Route("upo", "GET", f"{SESSION}/invoices/ksef/{{document}}/upo", 200, _upo),
    Route("upo", "GET", f"{SESSION}/invoices/{{document}}/upo", 200, _upo),
    Route("control", "GET", "/stand-in/documents", 200, lambda own, _: own.documents()),
    Route("control", "POST", "/stand-in/faults", 204, _fault),
    Route("control", "POST", "/stand-in/keys", 204, lambda own, _: own.keys.rotate()),
    Route("control", "POST", "/stand-in/sign-out", 204, lambda own, _: own.access.sign_out()),
)
"""The calls of KSeF's API that sending needs; below them what makes the stand-in misbehave."""


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The call of a path, and the names in it."""
    for route in ROUTES:
        names = route.match(method, path)
        if names is not None:
            return route, names
    return None
