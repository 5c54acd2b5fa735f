"""Who looks at a page: the user of the session that the browser's cookie names."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response

from billing.decisions import Decisions
from entrypoints.cli.session import clock
from entrypoints.keys import Role
from entrypoints.people.sessions import LONGEST, form_token, session_user

SESSION = "licznik_session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user who is signed in. ``account`` is that of a customer, None of everybody else."""

    user: str
    name: str
    email: str
    role: Role
    account: str | None
    language: str
    form_token: str


def recognised(request: Request, decisions: Decisions) -> Visitor | None:
    """Who is signed in; looked up once for a request."""
    if not hasattr(request.state, "visitor"):
        request.state.visitor = _looked_up(request, decisions)
    found: Visitor | None = request.state.visitor
    return found


def _looked_up(request: Request, decisions: Decisions) -> Visitor | None:
    token = request.cookies.get(cookie_name(request))
    user = session_user(decisions, token, clock()) if token else None
    if token is None or user is None:
        return None
    return Visitor(
        user=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        account=user.account,
        language=user.language,
        form_token=form_token(token),
    )


def cookie_name(request: Request, name: str = SESSION) -> str:
    """The cookie's name; behind TLS with the prefix that no other host can set it under."""
    return f"__Host-{name}" if behind_tls(request) else name


def behind_tls(request: Request) -> bool:
    """Whether people reach the service by TLS."""
    return bool(request.app.state.service.settings.http.behind_tls)


def keep_cookie(
    request: Request, response: Response, value: str, name: str = SESSION, seconds: int = 0
) -> None:
    """Gives the browser a cookie that no script reads and no other site sends."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=seconds or int(LONGEST.total_seconds()),
        secure=behind_tls(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, name: str = SESSION) -> None:
    """Takes a cookie back."""
    response.delete_cookie(
        cookie_name(request, name), secure=behind_tls(request), httponly=True, samesite="lax"
    )
