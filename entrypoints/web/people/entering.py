"""From who somebody is to a session: the steps that are left, and the cookies of each."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from entrypoints.cli.session import clock
from entrypoints.http.service import Service
from entrypoints.people.attempts import Wait, network_of
from entrypoints.people.changes import Hand
from entrypoints.people.managing import find_user
from entrypoints.people.sealing import Seal
from entrypoints.people.sessions import begin_session, end_session
from entrypoints.people.signing_in import Caller, second_step
from entrypoints.people.tokens import SECOND_FACTOR, Token, find_token
from entrypoints.people.users import PortalUser
from entrypoints.web.errors import SENTENCES, NotHere
from entrypoints.web.people.sentences import STEP_OVER
from entrypoints.web.redirects import local_path
from entrypoints.web.visitors import Visitor, cookie_name, drop_cookie, keep_cookie
from entrypoints.web.words import language_of, words
from invoices.language import Language

STEP = "licznik_step"
"""The cookie of somebody who is half signed in."""
STEP_SECONDS = 600


def caller_of(request: Request, service: Service) -> Caller:
    """Where a request comes from, and when."""
    peer = request.client.host if request.client else ""
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    address = service.settings.people.caller(peer, forwarded)
    return Caller(network_of(address), clock())


def hand_of(service: Service, visitor: Visitor) -> Hand:
    """A visitor, as what is changed by it remembers."""
    name = f"{visitor.name} <{visitor.email}>"
    return Hand(visitor.user, name, clock(), service.settings.people.staff_mails)


def own_hand(service: Service, user: PortalUser) -> Hand:
    """A user who is signing in, in the same place."""
    return Hand(
        user.id, f"{user.name} <{user.email}>", clock(), service.settings.people.staff_mails
    )


def own_user(service: Service, visitor: Visitor) -> PortalUser:
    """The visitor as a user, as the database has it now."""
    found = find_user(service.session.decisions, visitor.user)
    assert found is not None  # users are blocked, never removed, while they have sessions
    return found


def seal_of(service: Service) -> Seal:
    """What seals the secrets of second factors."""
    return Seal(service.settings.people.totp_keys)


def have_to_wait(wait: Wait) -> NotHere:
    """The page of somebody who tried too often."""
    return NotHere(429, SENTENCES[429], headers={"Retry-After": str(wait.seconds)})


def say_in(request: Request, visitor: Visitor | None = None) -> Language:
    """The language of the page that answers."""
    return words(language_of(request, visitor))


def enter(request: Request, service: Service, user: PortalUser, then: str) -> Response:
    """Goes on with a user whose first factor was right: to the second one, or in."""
    caller, settings = caller_of(request, service), service.settings.people
    step = second_step(service.session.decisions, user, local_path(then), caller, settings)
    if step is None:
        return begin(request, service, user, RedirectResponse(local_path(then), 303))
    response = RedirectResponse("/signin/setup" if step.sets_up else "/signin/code", 303)
    keep_cookie(request, response, step.secret, STEP, STEP_SECONDS)
    return response


def begin(request: Request, service: Service, user: PortalUser, response: Response) -> Response:
    """Signs in: a new session under a new token; whatever the browser had before is over."""
    return with_session(request, response, new_session(request, service, user))


def new_session(request: Request, service: Service, user: PortalUser) -> str:
    """The token of a new session, in the place of the one that the browser has."""
    decisions = service.session.decisions
    if before := request.cookies.get(cookie_name(request)):
        end_session(decisions, before)
    return begin_session(decisions, user.id, clock())


def with_session(request: Request, response: Response, token: str) -> Response:
    """The answer that brings the browser a session."""
    keep_cookie(request, response, token)
    drop_cookie(request, response, STEP)
    return response


def half_way(request: Request, service: Service, *, sets_up: bool) -> tuple[PortalUser, Token]:
    """Who has still to give a code, or to set up the app; an error page if nobody."""
    secret = request.cookies.get(cookie_name(request, STEP), "")
    decisions = service.session.decisions
    token = find_token(decisions, (SECOND_FACTOR,), secret, clock())
    user = find_user(decisions, token.user) if token and token.user else None
    if not token or not user or user.blocked_at or token.details["sets_up"] != sets_up:
        raise NotHere(410, STEP_OVER)
    return user, token
