"""Pages: sign in by a password or a link, give a code, sign out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from entrypoints.cli.session import clock
from entrypoints.http.service import Service, Serving
from entrypoints.people.attempts import Wait
from entrypoints.people.managing import check, find_user, set_password
from entrypoints.people.passwords import password_problems
from entrypoints.people.second_factor import confirm_second_factor, waiting_secret
from entrypoints.people.sessions import end_session
from entrypoints.people.signing_in import ask_for_link, by_code, by_link, by_password
from entrypoints.people.tokens import (
    LINKS,
    PASSWORD,
    SECOND_FACTOR,
    SIGN_IN,
    Token,
    find_token,
    use_token,
)
from entrypoints.people.users import PortalUser
from entrypoints.web.errors import NotHere
from entrypoints.web.forms import Form, Posted
from entrypoints.web.pages import page
from entrypoints.web.people import entering
from entrypoints.web.people.entering import STEP, caller_of, enter, have_to_wait, say_in, seal_of
from entrypoints.web.people.sentences import (
    LINK_OVER,
    NOT_THE_SAME,
    STEP_OVER,
    WRONG_CODE,
    WRONG_PASSWORD,
    beside_fields,
)
from entrypoints.web.people.setup import setup_values
from entrypoints.web.redirects import local_path
from entrypoints.web.visitors import cookie_name, drop_cookie, recognised
from metering.problems import ProblemsFound

router = APIRouter()

Next = Annotated[str, Query(alias="next")]
KINDS_ASKED = (SIGN_IN, PASSWORD)
SETUP = "/signin/setup"


def shown(
    request: Request, service: Service, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page for whoever is there; mostly nobody is signed in yet."""
    visitor = recognised(request, service.session.decisions)
    return page(request, visitor, template, status, **values)


def sign_in_page(
    request: Request, service: Service, then: str, problem: str = "", email: str = ""
) -> Response:
    """The form, with what is wrong with what was sent."""
    return shown(
        request,
        service,
        "people/sign_in.html",
        422 if problem else 200,
        then=local_path(then),
        problem=say_in(request).text(problem) if problem else "",
        email=email,
        has_provider=service.settings.people.provider is not None,
        has_mail=service.settings.mail.server is not None,
    )


@router.get("/signin")
def sign_in(request: Request, service: Serving, then: Next = "/") -> Response:
    """Asks for a password, or offers the other ways."""
    if recognised(request, service.session.decisions) is not None:
        return RedirectResponse(local_path(then), 303)
    return sign_in_page(request, service, then)


@router.post("/signin")
def sign_in_by_password(request: Request, service: Serving, form: Posted) -> Response:
    """Goes on if the password is right."""
    caller, email = caller_of(request, service), form["email"]
    password = str(form.fields.get("password", ""))  # spaces around it belong to it
    found = by_password(service.session.decisions, caller, email, password)
    if isinstance(found, Wait):
        raise have_to_wait(found)
    if found is None:
        return sign_in_page(request, service, form["next"], WRONG_PASSWORD, email)
    return enter(request, service, found, form["next"])


@router.get("/signin/link")
def ask(request: Request, service: Serving, then: Next = "/", kind: str = SIGN_IN) -> Response:
    """Asks for the address that a link goes to."""
    return shown(request, service, "people/ask_for_link.html", then=local_path(then), kind=kind)


@router.post("/signin/link")
def send_link(request: Request, service: Serving, form: Posted) -> Response:
    """Says the same whether there is such a user or not."""
    kind = form["kind"] if form["kind"] in KINDS_ASKED else SIGN_IN
    then, caller = local_path(form["next"]), caller_of(request, service)
    sending = ask_for_link(service.session.decisions, caller, form["email"], kind, then)
    if isinstance(sending, Wait):
        raise have_to_wait(sending)
    response = shown(request, service, "people/link_sent.html", email=form["email"])
    response.background = BackgroundTask(sending)
    return response


@router.get("/signin/link/{secret}")
def open_link(request: Request, service: Serving, secret: str) -> Response:
    """Shows a button: programs that look through e-mails open links, and would use them up."""
    token = find_token(service.session.decisions, LINKS, secret, clock())
    return _link_over(request, service) if token is None else _link_page(request, service, token)


@router.post("/signin/link/{secret}")
def use_link(request: Request, service: Serving, secret: str, form: Posted) -> Response:
    """Signs in by a link, with a new password if it is for one."""
    decisions, caller = service.session.decisions, caller_of(request, service)
    token = find_token(decisions, LINKS, secret, caller.at)
    password = ""
    if token is not None and token.kind != SIGN_IN:
        user = find_user(decisions, token.user or "")
        password, problems = new_password(request, form, user)
        if problems:
            return _link_page(request, service, token, problems)
    found = by_link(decisions, caller, LINKS, secret)
    if isinstance(found, Wait):
        raise have_to_wait(found)
    if found is None:
        return _link_over(request, service)
    user, used = found
    if password:
        set_password(decisions, entering.own_hand(service, user), user, password)
    return enter(request, service, user, used.details.get("then", "/"))


def new_password(
    request: Request, form: Form, user: PortalUser | None
) -> tuple[str, dict[str, str]]:
    """A new password as it was typed twice, and what is wrong with it, by field."""
    password, again = (str(form.fields.get(name, "")) for name in ("password", "again"))
    email, name = (user.email, user.name) if user else ("", "")
    try:
        check(password_problems(password, email, name))
    except ProblemsFound as found:
        return password, dict(beside_fields(found, say_in(request)))
    wrong = {} if password == again else {"again": say_in(request).text(NOT_THE_SAME)}
    return password, wrong


def _link_page(
    request: Request, service: Service, token: Token, problems: dict[str, str] | None = None
) -> Response:
    template = "people/use_link.html" if token.kind == SIGN_IN else "people/new_password.html"
    status = 422 if problems else 200
    return shown(request, service, template, status, problems=problems or {}, kind=token.kind)


def _link_over(request: Request, service: Service) -> Response:
    sentence = say_in(request).text(LINK_OVER)
    return shown(request, service, "people/link_over.html", 410, sentence=sentence)


@router.get("/signin/code")
def ask_for_code(request: Request, service: Serving) -> Response:
    """Asks for a code of the app, or one for recovery."""
    entering.half_way(request, service, sets_up=False)
    return shown(request, service, "people/code.html", problem="")


@router.post("/signin/code")
def sign_in_by_code(request: Request, service: Serving, form: Posted) -> Response:
    """Signs in if the code is right."""
    user, token = entering.half_way(request, service, sets_up=False)
    decisions, caller = service.session.decisions, caller_of(request, service)
    is_right = by_code(decisions, seal_of(service), caller, user, form["code"])
    if isinstance(is_right, Wait):
        raise have_to_wait(is_right)
    if not is_right:
        problem = say_in(request).text(WRONG_CODE)
        return shown(request, service, "people/code.html", 422, problem=problem)
    _use_step(request, service)
    then = RedirectResponse(local_path(token.details["then"]), 303)
    return entering.begin(request, service, user, then)


@router.get("/signin/setup")
def set_up(request: Request, service: Serving) -> Response:
    """Shows a role that needs a second factor how to get one."""
    user, _ = entering.half_way(request, service, sets_up=True)
    return _setup_page(request, service, user)


def _setup_page(
    request: Request, service: Service, user: PortalUser, problem: str = ""
) -> Response:
    secret = waiting_secret(service.session.decisions, seal_of(service), user.id)
    if secret is None:  # it was confirmed in another browser
        raise NotHere(410, STEP_OVER)
    values: dict[str, Any] = setup_values(secret, user.email)
    status = 422 if problem else 200
    return shown(
        request, service, "people/setup.html", status, problem=problem, action=SETUP, **values
    )


@router.post("/signin/setup")
def confirm_set_up(request: Request, service: Serving, form: Posted) -> Response:
    """Turns the second factor on by its first code, signs in, and shows the recovery codes."""
    user, token = entering.half_way(request, service, sets_up=True)
    hand, seal = entering.own_hand(service, user), seal_of(service)
    codes = confirm_second_factor(service.session.decisions, seal, hand, user, form["code"])
    if codes is None:
        return _setup_page(request, service, user, say_in(request).text(WRONG_CODE))
    _use_step(request, service)
    then = local_path(token.details["then"])
    response = shown(request, service, "people/recovery_codes.html", codes=codes, then=then)
    return entering.begin(request, service, user, response)


def _use_step(request: Request, service: Service) -> None:
    """Uses the step up. Who was blocked or has a new password meanwhile has none any more."""
    secret = request.cookies.get(cookie_name(request, STEP), "")
    if use_token(service.session.decisions, (SECOND_FACTOR,), secret, clock()) is None:
        raise NotHere(410, STEP_OVER)


@router.post("/signout")
def sign_out(request: Request, service: Serving, form: Posted) -> Response:
    """Ends the session, in the database and in the browser."""
    if token := request.cookies.get(cookie_name(request)):
        end_session(service.session.decisions, token)
    response = RedirectResponse("/signin", 303)
    drop_cookie(request, response)
    return response
