"""Pages: one's own profile, password, second factor and sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask

from entrypoints.cli.session import clock
from entrypoints.http.service import Service, Serving
from entrypoints.keys import Role
from entrypoints.people import security_queries as queries
from entrypoints.people.attempts import Wait, last_attempts
from entrypoints.people.managing import change_profile, set_password, sign_out
from entrypoints.people.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    end_second_factor,
    has_second_factor,
    recovery_codes_left,
    renew_recovery_codes,
    waiting_secret,
)
from entrypoints.people.sessions import form_token, open_sessions
from entrypoints.people.signing_in import ask_for_link, by_code, by_password
from entrypoints.people.tokens import PASSWORD
from entrypoints.web.access import visiting
from entrypoints.web.common import keep_language
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Form, Posted
from entrypoints.web.pages import back, page
from entrypoints.web.people.entering import (
    caller_of,
    hand_of,
    have_to_wait,
    new_session,
    own_user,
    say_in,
    seal_of,
    with_session,
)
from entrypoints.web.people.rows import attempt_rows
from entrypoints.web.people.sentences import (
    ROLES,
    WRONG_CODE,
    WRONG_OWN_PASSWORD,
    beside_fields,
)
from entrypoints.web.people.setup import setup_values
from entrypoints.web.people.signing_in import new_password
from entrypoints.web.visitors import Visitor, cookie_name
from metering.problems import ProblemsFound

router = APIRouter()

Own = Annotated[Visitor, visiting("be_signed_in")]
ADVISED = frozenset({Role.ADMIN, Role.FINANCE})
"""Roles that can do the most harm; they are advised to have a second factor."""
ON_ALREADY = marked("The second factor is on already.")
NEEDED = marked("Your role needs a second factor.")


@router.get("/profile")
def profile(request: Request, service: Serving, visitor: Own) -> Response:
    """Who one is here, and how that is protected."""
    return _profile(request, service, visitor)


def _profile(
    request: Request,
    service: Service,
    visitor: Visitor,
    typed: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> HTMLResponse:
    decisions, user = service.session.decisions, own_user(service, visitor)
    password = decisions.rows(queries.PASSWORD_HASH, user.id)[0]["password_hash"]
    token = request.cookies.get(cookie_name(request), "")
    return page(
        request,
        visitor,
        "people/profile.html",
        422 if problems else 200,
        user=user,
        role=ROLES[user.role],
        typed={"name": user.name, "language": user.language} | (typed or {}),
        problems=problems or {},
        has_password=password is not None,
        has_mail=service.settings.mail.server is not None,
        has_second_factor=has_second_factor(decisions, user.id),
        is_needed=user.role in service.settings.people.totp_roles,
        is_advised=user.role in ADVISED,
        codes_left=recovery_codes_left(decisions, user.id),
        sessions=open_sessions(decisions, user.id, token, clock()),
        attempts=attempt_rows(last_attempts(decisions, user.id)),
    )


@router.post("/profile")
def change(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """Another name or language."""
    decisions, hand = service.session.decisions, hand_of(service, visitor)
    try:
        user = own_user(service, visitor)
        change_profile(decisions, hand, user, form["name"], form["language"])
    except ProblemsFound as found:
        problems = dict(beside_fields(found, say_in(request, visitor)))
        return _profile(request, service, visitor, form.typed(), problems)
    response = back(request, visitor, "/profile", marked("Your profile is kept."))
    keep_language(request, response, form["language"])
    return response


@router.post("/profile/password")
def change_password(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """A new password, for who knows the old one. Every other session ends, this one is renewed."""
    user, caller = own_user(service, visitor), caller_of(request, service)
    decisions = service.session.decisions
    password, problems = new_password(request, form, user)
    if not problems:
        current = str(form.fields.get("current", ""))
        found = by_password(decisions, caller, user.email, current)
        if isinstance(found, Wait):
            raise have_to_wait(found)
        if found is None:
            problems = {"current": say_in(request, visitor).text(WRONG_OWN_PASSWORD)}
    if problems:
        return _profile(request, service, visitor, None, problems)
    set_password(decisions, hand_of(service, visitor), user, password)
    token = new_session(request, service, user)
    fresh = replace(visitor, form_token=form_token(token))
    response = back(request, fresh, "/profile", marked("Your password is changed."))
    return with_session(request, response, token)


@router.post("/profile/password/link")
def send_password_link(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """For who has no password, or has forgotten it: a link to one's own address."""
    caller = caller_of(request, service)
    sending = ask_for_link(service.session.decisions, caller, visitor.email, PASSWORD, "/profile")
    if isinstance(sending, Wait):
        raise have_to_wait(sending)
    response = back(request, visitor, "/profile", marked("A link is on its way to your address."))
    response.background = BackgroundTask(sending)
    return response


@router.post("/profile/sessions/end")
def end_sessions(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """Ends every session but this one."""
    token = request.cookies.get(cookie_name(request), "")
    user = own_user(service, visitor)
    sign_out(service.session.decisions, hand_of(service, visitor), user, but=token)
    return back(request, visitor, "/profile", marked("You are signed out everywhere else."))


@router.post("/profile/second-factor")
def begin_setup(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """Makes a secret to be confirmed."""
    if not has_second_factor(service.session.decisions, visitor.user):
        begin_second_factor(service.session.decisions, seal_of(service), visitor.user)
    return back(request, visitor, "/profile/second-factor")


@router.get("/profile/second-factor")
def show_setup(request: Request, service: Serving, visitor: Own) -> Response:
    """Shows the secret to scan, and asks for its first code."""
    return _setup_page(request, service, visitor)


def _setup_page(
    request: Request, service: Service, visitor: Visitor, problem: str = ""
) -> Response:
    secret = waiting_secret(service.session.decisions, seal_of(service), visitor.user)
    if secret is None:
        return back(request, visitor, "/profile")
    values: dict[str, Any] = setup_values(secret, visitor.email)
    status = 422 if problem else 200
    return page(
        request,
        visitor,
        "people/setup.html",
        status,
        problem=problem,
        action="/profile/second-factor/confirm",
        **values,
    )


@router.post("/profile/second-factor/confirm")
def confirm(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """Turns the second factor on; every other session ends, this one is renewed."""
    decisions, user = service.session.decisions, own_user(service, visitor)
    if has_second_factor(decisions, user.id):
        raise NotHere(409, ON_ALREADY)
    hand, seal = hand_of(service, visitor), seal_of(service)
    codes = confirm_second_factor(decisions, seal, hand, user, form["code"])
    if codes is None:
        problem = say_in(request, visitor).text(WRONG_CODE)
        return _setup_page(request, service, visitor, problem)
    sign_out(decisions, hand, user)
    token = new_session(request, service, user)
    fresh = replace(visitor, form_token=form_token(token))
    response = page(request, fresh, "people/recovery_codes.html", codes=codes, then="/profile")
    return with_session(request, response, token)


@router.post("/profile/second-factor/codes")
def new_codes(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """New recovery codes, for who has the app."""
    if wrong := _wrong_code(request, service, visitor, form):
        return wrong
    codes = renew_recovery_codes(service.session.decisions, visitor.user)
    return page(request, visitor, "people/recovery_codes.html", codes=codes, then="/profile")


@router.post("/profile/second-factor/off")
def turn_off(request: Request, service: Serving, visitor: Own, form: Posted) -> Response:
    """Turns the second factor off, for who has a code, and where the role can do without."""
    if visitor.role in service.settings.people.totp_roles:
        raise NotHere(409, NEEDED)
    if wrong := _wrong_code(request, service, visitor, form):
        return wrong
    user = own_user(service, visitor)
    end_second_factor(service.session.decisions, hand_of(service, visitor), user)
    return back(request, visitor, "/profile", marked("The second factor is off."))


def _wrong_code(
    request: Request, service: Service, visitor: Visitor, form: Form
) -> Response | None:
    """The profile with what is wrong with a code; None if it is right, and used up by that."""
    user, caller = own_user(service, visitor), caller_of(request, service)
    is_right = by_code(service.session.decisions, seal_of(service), caller, user, form["code"])
    if isinstance(is_right, Wait):
        raise have_to_wait(is_right)
    if is_right:
        return None
    problems = {"code": say_in(request, visitor).text(WRONG_CODE)}
    return _profile(request, service, visitor, None, problems)
