"""Keys of programs: the list, a new one that is shown once, one revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response

from entrypoints.cli.session import clock
from entrypoints.http.service import Service, Serving
from entrypoints.keys import Role, add_key, all_keys, key_of, revoke_key
from entrypoints.people.changes import KEY_ADDED, KEY_REVOKED, told_of_key
from entrypoints.watching.acts import kept_act
from entrypoints.web.access import visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.people.entering import hand_of
from entrypoints.web.platform.acting import by
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from metering.problems import ProblemsFound

router = APIRouter()
Manager = Annotated[Visitor, visiting("manage_keys")]
PATH = "/platform/keys"
LONGEST_NAME = 100
GIVEN: Mapping[Role, tuple[Role, ...]] = {
    Role.ADMIN: tuple(Role),
    Role.PLATFORM: (Role.PLATFORM,),
}
"""Which keys a role may make and end: nobody gives away more than they have themselves."""

ROLE_NAMES: Mapping[Role, str] = {
    Role.PLATFORM: marked("Platform"),
    Role.FINANCE: marked("Finance"),
    Role.CUSTOMER: marked("Customer"),
    Role.SALES: marked("Sales"),
    Role.ADMIN: marked("Administrator"),
}
NO_NAME = marked("Say who has the key, in at most 100 characters.")
NO_ROLE = marked("Choose what the key is good for.")
SENTENCES = {
    "missing_account": marked("A customer's key is for one account: name it."),
    "account_not_wanted": marked("A key of this role is for all accounts: leave it empty."),
    "unknown_account": marked("There is no such account."),
}


@router.get(PATH)
def listed(request: Request, service: Serving, visitor: Manager) -> Response:
    """Every key without its secret, and a form for a new one."""
    return _page(request, service, visitor)


@router.post(PATH)
def add(request: Request, service: Serving, visitor: Manager, form: Posted) -> Response:
    """Makes a key and shows it, this once."""
    typed, wrong = form.typed(), dict[str, str]()
    own = {role.value: role for role in GIVEN[visitor.role]}
    name, role = form["name"], own.get(form["role"])
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = NO_NAME
    if role is None:
        wrong["role"] = NO_ROLE
    if role is None or wrong:
        return _page(request, service, visitor, 422, typed=typed, wrong=wrong)
    decisions = service.session.decisions
    try:
        key_id, key = add_key(decisions, role, form["account"] or None, name, clock())
    except ProblemsFound as found:
        wrong["account"] = SENTENCES[found.problems[0].code]
        return _page(request, service, visitor, 422, typed=typed, wrong=wrong)
    told = told_of_key(hand_of(service, visitor), KEY_ADDED, key_of(decisions, key_id))
    decisions.run(kept_act(by(visitor), "key_added", f"{key_id} {name}", "done"), *told)
    return _page(request, service, visitor, new=key)


@router.post(f"{PATH}/revoke")
def revoke(request: Request, service: Serving, visitor: Manager, form: Posted) -> Response:
    """Ends a key for good; the service notices within seconds."""
    decisions = service.session.decisions
    known = {key.id: key for key in all_keys(decisions)}
    key = known.get(form["key"])
    if key is None or key.role not in GIVEN[visitor.role]:
        raise NotHere(404, marked("There is no such key."))
    if key.revoked_at is None:
        revoke_key(decisions, key.id, clock())
        act = kept_act(by(visitor), "key_revoked", f"{key.id} {key.name}", "done")
        decisions.run(act, *told_of_key(hand_of(service, visitor), KEY_REVOKED, key))
    return back(request, visitor, PATH, marked("The key is revoked."))


def _page(
    request: Request,
    service: Service,
    visitor: Visitor,
    status: int = 200,
    *,
    new: str = "",
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    values = {
        "keys": sorted(
            all_keys(service.session.decisions), key=lambda own: own.revoked_at is not None
        ),
        "roles": GIVEN[visitor.role],
        "role_names": ROLE_NAMES,
        "options": [(own.value, _said(request, visitor, own)) for own in GIVEN[visitor.role]],
        "new": new,
        "typed": typed or {},
        "wrong": wrong or {},
    }
    return page(request, visitor, "platform/keys.html", status, **values)


def _said(request: Request, visitor: Visitor, role: Role) -> str:
    return words(language_of(request, visitor)).text(ROLE_NAMES[role])
