"""Pages that belong to no face: the beginning, the language, the files that pages use."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from entrypoints import queries
from entrypoints.http.service import Serving
from entrypoints.web.access import visiting
from entrypoints.web.errors import SENTENCES, NotHere
from entrypoints.web.navigation import home
from entrypoints.web.pages import STATIC
from entrypoints.web.redirects import local_path
from entrypoints.web.visitors import Visitor, behind_tls
from entrypoints.web.words import LANGUAGE

router = APIRouter()

SignedIn = Annotated[Visitor, visiting("be_signed_in")]
A_YEAR = 365 * 24 * 60 * 60
FOR_GOOD = {"Cache-Control": f"public, max-age={A_YEAR}, immutable"}
FILES = frozenset(own.name for own in STATIC.iterdir())


@router.get("/")
def beginning(service: Serving, visitor: SignedIn) -> Response:
    """Leads to the first page of a role; a customer with one order alone, to that."""
    orders = service.session.decisions.rows(queries.ORDERS_OF, visitor.account)
    if len(orders) == 1:
        return RedirectResponse(f"/orders/{quote(orders[0]['id'])}", 303)
    return RedirectResponse(home(visitor), 303)


@router.get("/language/{code}")
def choose_language(
    request: Request,
    code: Literal["pl", "en"],
    onwards: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """Keeps a language in the browser and goes back to the page."""
    response = RedirectResponse(local_path(onwards), 303)
    keep_language(request, response, code)
    return response


def keep_language(request: Request, response: Response, code: str) -> None:
    """Makes the browser ask for a language from now on."""
    secure = behind_tls(request)
    response.set_cookie(LANGUAGE, code, max_age=A_YEAR, samesite="lax", secure=secure)


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """A style sheet, a script or a picture. Its address changes with it."""
    if name not in FILES:
        raise NotHere(404, SENTENCES[404])
    return FileResponse(STATIC / name, headers=FOR_GOOD)
