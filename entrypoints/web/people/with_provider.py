"""Pages: sign in with a provider; there, and back again.

The way there is a link and not a form: the pages' policy lets no form lead to another site.
"""

from __future__ import annotations

import hmac
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from entrypoints.cli.session import clock
from entrypoints.http.logs import log
from entrypoints.http.service import Service, Serving
from entrypoints.people.attempts import Wait
from entrypoints.people.provider import Provider, ProviderFault
from entrypoints.people.signing_in import by_provider
from entrypoints.people.tokens import PROVIDER, Token, issue_token, use_token
from entrypoints.people_settings import ProviderSettings
from entrypoints.web.errors import SENTENCES, NotHere
from entrypoints.web.people.entering import (
    STEP,
    STEP_SECONDS,
    caller_of,
    enter,
    have_to_wait,
)
from entrypoints.web.people.sentences import PROVIDER_AWAY, PROVIDER_REFUSED
from entrypoints.web.people.signing_in import Next, sign_in_page
from entrypoints.web.redirects import local_path
from entrypoints.web.visitors import cookie_name, keep_cookie

router = APIRouter()

BACK = "/signin/provider/back"


@router.get("/signin/provider")
def go(request: Request, service: Serving, then: Next = "/") -> Response:
    """Sends the browser to the provider, and remembers in a cookie what it was sent with."""
    try:
        departure = _provider(service).depart(clock())
    except ProviderFault as fault:
        raise _away(fault) from fault
    details = {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "then": local_path(then),
    }
    secret = issue_token(service.session.decisions, Token(PROVIDER, None, details), clock())
    response = RedirectResponse(departure.url, 303)
    keep_cookie(request, response, secret, STEP, STEP_SECONDS)
    return response


@router.get(BACK)
def come_back(
    request: Request,
    service: Serving,
    state: Annotated[str, Query()] = "",
    code: Annotated[str, Query()] = "",
) -> Response:
    """Goes on with whom the provider vouches for, if this browser was sent to it by us."""
    secret = request.cookies.get(cookie_name(request, STEP), "")
    token = use_token(service.session.decisions, (PROVIDER,), secret, clock())
    email = _email(service, token, state, code)
    found = by_provider(service.session.decisions, caller_of(request, service), email)
    if isinstance(found, Wait):
        raise have_to_wait(found)
    if found is None or token is None:
        return sign_in_page(request, service, "/", PROVIDER_REFUSED)
    return enter(request, service, found, token.details["then"])


def _email(service: Service, token: Token | None, state: str, code: str) -> str:
    """The address that the provider vouches for; empty if for none."""
    own = token.details if token else {"state": ""}
    if token is None or not code or not hmac.compare_digest(own["state"].encode(), state.encode()):
        return ""
    try:
        return _provider(service).email(code, own["nonce"], own["verifier"], clock())
    except ProviderFault as fault:
        log.warning("provider", fault=str(fault))
        return ""


def _away(fault: ProviderFault) -> NotHere:
    log.warning("provider", fault=str(fault))
    return NotHere(502, PROVIDER_AWAY)


def _provider(service: Service) -> Provider:
    settings = service.settings.people.provider
    if settings is None:
        raise NotHere(404, SENTENCES[404])
    return _known(settings, f"{service.settings.http.address}{BACK}")


@cache
def _known(settings: ProviderSettings, redirect: str) -> Provider:
    """One for the process: it remembers the provider's keys."""
    return Provider(settings, redirect)
