"""Pages: users, for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request, Response

from entrypoints.http.service import Service, Serving
from entrypoints.keys import Role
from entrypoints.people import managing
from entrypoints.people import security_queries as queries
from entrypoints.people.attempts import last_attempts
from entrypoints.people.users import NewUser, PortalUser
from entrypoints.web.access import visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Form, Posted
from entrypoints.web.pages import back, page
from entrypoints.web.people.entering import hand_of, say_in
from entrypoints.web.people.rows import attempt_rows, change_rows
from entrypoints.web.people.sentences import ROLES, SENTENCES, beside_fields
from entrypoints.web.visitors import Visitor
from metering.problems import Problem, ProblemsFound

router = APIRouter()

Admin = Annotated[Visitor, visiting("manage_users")]
NO_USER = marked("There is no such user.")
IN_PROFILE = marked("Turn your own second factor off in your profile, by a code.")
MOST_CHANGES = 50
Choices = list[tuple[str, str]]


@router.get("/users")
def users(request: Request, service: Serving, visitor: Admin) -> Response:
    """Everybody who may sign in, and a form for one more."""
    return _users(request, service, visitor, {}, {})


def _users(
    request: Request,
    service: Service,
    visitor: Visitor,
    typed: dict[str, str],
    problems: dict[str, str],
) -> Response:
    empty = {"email": "", "name": "", "role": Role.CUSTOMER.value, "account": "", "language": "pl"}
    return page(
        request,
        visitor,
        "people/users.html",
        422 if problems else 200,
        users=service.session.decisions.rows(queries.USERS, user=None),
        roles=ROLES,
        **_choices(request, service, visitor),
        typed=empty | typed,
        problems=problems,
    )


@router.post("/users")
def add(request: Request, service: Serving, visitor: Admin, form: Posted) -> Response:
    """Adds a user, who gets an e-mail to set a password."""
    try:
        new = NewUser(
            form["email"], form["name"], _role(form), form["account"] or None, form["language"]
        )
        hand = hand_of(service, visitor)
        user = managing.add_person(service.session.decisions, hand, new, invite=True)
    except ProblemsFound as found:
        problems = dict(beside_fields(found, say_in(request, visitor)))
        return _users(request, service, visitor, form.typed(), problems)
    said = marked("The user is added; an e-mail with an invitation is on its way.")
    return back(request, visitor, f"/users/{user.id}", said)


def _role(form: Form) -> Role:
    try:
        return Role(form["role"])
    except ValueError as error:
        problem = Problem("invalid_role", "role", SENTENCES["invalid_role"])
        raise ProblemsFound([problem]) from error


@router.get("/users/{user}")
def one_user(request: Request, service: Serving, visitor: Admin, user: str) -> Response:
    """One user: rights, what was changed, and the last attempts to sign in."""
    return _one(request, service, visitor, _known(service, user), {}, {})


def _one(
    request: Request,
    service: Service,
    visitor: Visitor,
    user: PortalUser,
    typed: dict[str, str],
    problems: dict[str, str],
) -> Response:
    decisions = service.session.decisions
    (row,) = decisions.rows(queries.USERS, user=user.id)
    return page(
        request,
        visitor,
        "people/user.html",
        422 if problems else 200,
        user=row,
        **_choices(request, service, visitor),
        typed={"role": user.role.value, "account": user.account or ""} | typed,
        problems=problems,
        changes=change_rows(decisions.rows(queries.CHANGES, user.id, MOST_CHANGES)),
        attempts=attempt_rows(last_attempts(decisions, user.id)),
    )


def _choices(request: Request, service: Service, visitor: Visitor) -> dict[str, Choices]:
    """The roles and accounts to choose from, each with its text."""
    say, accounts = say_in(request, visitor), sorted(service.session.decisions.accounts())
    return {
        "role_choices": [(role.value, say.text(name)) for role, name in ROLES.items()],
        "account_choices": [("", "–"), *((own, own) for own in accounts)],
    }


def _known(service: Service, user: str) -> PortalUser:
    found = managing.find_user(service.session.decisions, user) if "@" not in user else None
    if found is None:
        raise NotHere(404, NO_USER)
    return found


@router.post("/users/{user}/role")
def change_role(
    request: Request, service: Serving, visitor: Admin, user: str, form: Posted
) -> Response:
    """Another role; it ends the user's sessions."""
    said = marked("The role is changed; the user has to sign in again.")

    def work(own: PortalUser) -> None:
        hand, account = hand_of(service, visitor), form["account"] or None
        managing.change_role(service.session.decisions, hand, own, _role(form), account)

    return _done(request, service, visitor, user, form, work, said)


@router.post("/users/{user}/block")
def block(request: Request, service: Serving, visitor: Admin, user: str, form: Posted) -> Response:
    """Lets a user in no more."""
    said = marked("The user is blocked and signed out.")

    def work(own: PortalUser) -> None:
        managing.block(service.session.decisions, hand_of(service, visitor), own)

    return _done(request, service, visitor, user, form, work, said)


@router.post("/users/{user}/unblock")
def unblock(
    request: Request, service: Serving, visitor: Admin, user: str, form: Posted
) -> Response:
    """Lets a user in again."""
    said = marked("The user may sign in again.")

    def work(own: PortalUser) -> None:
        managing.unblock(service.session.decisions, hand_of(service, visitor), own)

    return _done(request, service, visitor, user, form, work, said)


@router.post("/users/{user}/signout")
def sign_out(
    request: Request, service: Serving, visitor: Admin, user: str, form: Posted
) -> Response:
    """Ends a user's sessions everywhere."""
    said = marked("The user is signed out everywhere.")

    def work(own: PortalUser) -> None:
        managing.sign_out(service.session.decisions, hand_of(service, visitor), own)

    return _done(request, service, visitor, user, form, work, said)


@router.post("/users/{user}/second-factor")
def reset_second_factor(
    request: Request, service: Serving, visitor: Admin, user: str, form: Posted
) -> Response:
    """For a user whose phone and recovery codes are lost."""
    said = marked("The second factor is taken away; the user is signed out.")

    def work(own: PortalUser) -> None:
        if own.id == visitor.user:
            raise NotHere(409, IN_PROFILE)
        managing.reset_second_factor(service.session.decisions, hand_of(service, visitor), own)

    return _done(request, service, visitor, user, form, work, said)


@router.post("/users/{user}/invite")
def invite(request: Request, service: Serving, visitor: Admin, user: str, form: Posted) -> Response:
    """Sends the invitation again."""
    said = marked("An e-mail with an invitation is on its way.")

    def work(own: PortalUser) -> None:
        statement = managing.invitation(own, hand_of(service, visitor))
        service.session.decisions.run(statement)

    return _done(request, service, visitor, user, form, work, said)


def _done(
    request: Request,
    service: Service,
    visitor: Visitor,
    user: str,
    form: Form,
    work: Callable[[PortalUser], None],
    said: str,
) -> Response:
    """Does something with a user and shows the user again, or what is in the way."""
    own = _known(service, user)
    try:
        work(own)
    except ProblemsFound as found:
        problems = dict(beside_fields(found, say_in(request, visitor)))
        return _one(request, service, visitor, own, form.typed(), problems)
    return back(request, visitor, f"/users/{own.id}", said)
