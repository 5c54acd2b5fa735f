"""From a template and values to a page, with what every page has: navigation, messages, tokens."""

from __future__ import annotations

import hmac
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from entrypoints.cli.session import clock, is_demonstration
from entrypoints.people.sessions import form_token
from entrypoints.web.navigation import links
from entrypoints.web.redirects import local_path
from entrypoints.web.visitors import Visitor, cookie_name, drop_cookie, keep_cookie
from entrypoints.web.words import NAMES, language_of, words
from invoices.filters import filters
from invoices.printable import printable

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
GUEST = "licznik_guest"
"""The cookie that ties the forms of somebody who is not signed in to the browser."""
SAID = "licznik_said"
"""The cookie with a message that the next page shows."""
SAID_SECONDS = 60
LONGEST_SAID = 300


def page(
    request: Request, visitor: Visitor | None, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page in the visitor's language. Values are escaped wherever a template puts them."""
    code = language_of(request, visitor)
    guest = request.cookies.get(cookie_name(request, GUEST)) or secrets.token_urlsafe(32)
    token = visitor.form_token if visitor else form_token(guest)
    html = (
        environment(code)
        .get_template(template)
        .render(
            visitor=visitor,
            form_token=token,
            here=request.url.path,
            links=links(visitor),
            said=_said(request, token),
            languages=NAMES,
            demo=clock() if is_demonstration() else None,
            **values,
        )
    )
    response = HTMLResponse(html, status)
    if visitor is None:
        keep_cookie(request, response, guest, GUEST)
    if cookie_name(request, SAID) in request.cookies:
        drop_cookie(request, response, SAID)
    return response


def token_of_forms(request: Request, visitor: Visitor | None) -> str:
    """What a form that this browser sends must carry; empty where it has no cookie of ours."""
    if visitor is not None:
        return visitor.form_token
    guest = request.cookies.get(cookie_name(request, GUEST))
    return form_token(guest) if guest else ""


def back(request: Request, visitor: Visitor | None, path: str, said: str = "") -> Response:
    """Sends the browser on to a page of ours, which shows a message once."""
    response = RedirectResponse(local_path(path), 303)
    if said:
        text = words(language_of(request, visitor)).text(said)[:LONGEST_SAID]
        value = _signed(token_of_forms(request, visitor), text)
        keep_cookie(request, response, value, SAID, SAID_SECONDS)
    return response


def _signed(token: str, text: str) -> str:
    seal = hmac.new(token.encode(), text.encode(), sha256).hexdigest()
    return f"{seal}.{quote(text, safe='')}"


def _said(request: Request, token: str) -> str:
    """The message of the page before; one that we did not write is nothing."""
    value = request.cookies.get(cookie_name(request, SAID), "")
    text = unquote(value.partition(".")[2])
    return text if hmac.compare_digest(value.encode(), _signed(token, text).encode()) else ""


@cache
def environment(code: str) -> Environment:
    """The templates of a language."""
    own = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    say = words(code)
    own.install_gettext_translations(say.texts, newstyle=True)  # type: ignore[attr-defined]
    own.filters.update(filters(say))
    own.globals.update(say=say, static=static, token=_token)
    own.globals["m"] = own.get_template("macros.html").module
    return own


@pass_context
def _token(context: Context) -> Markup:
    """The field that every posted form carries."""
    return Markup('<input type="hidden" name="form_token" value="{}">').format(
        context["form_token"]
    )


@cache
def static(name: str) -> str:
    """The address of a file that pages use; it changes with the file, so browsers may keep it."""
    return f"/static/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def _shown(value: Any) -> Any:
    """A value as it may be shown; what templates themselves have made is left as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(printable(line) for line in value.split("\n"))
