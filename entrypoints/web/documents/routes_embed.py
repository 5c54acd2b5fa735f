"""The overview of an order in a frame of another panel: read-only, without a cookie.

Who may show it in a frame is a setting; every other page forbids it to all.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from entrypoints.cli.session import clock
from entrypoints.embed_links import EmbedLink, Expired
from entrypoints.embedding import open_link
from entrypoints.http.service import Service, Serving
from entrypoints.web.documents.asked import Typed, wrong_month
from entrypoints.web.documents.plain_html import without_ways_out
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.headers import POLICY
from entrypoints.web.pages import environment
from entrypoints.web.usage.overview import most_full, overview, packages
from entrypoints.web.usage.reading import read_seen
from entrypoints.web.usage.telling import tools
from entrypoints.web.words import language_of, words
from metering.calendar import Period

router = APIRouter()

Token = Annotated[str, Path(max_length=1000)]
EXPIRED = marked("This link has expired. Load the page that shows it again.")
UNKNOWN = marked("There is no such page.")
NOBODY = "frame-ancestors 'none'"
FRAMELESS: dict[str, Any] = {
    "visitor": None,
    "form_token": "",
    "here": "",
    "links": (),
    "said": "",
    "languages": {},
}
"""What every page has, of somebody who is not signed in and has nowhere to go."""


@router.get("/embed/{token}")
def embedded_overview(
    request: Request, service: Serving, token: Token, period: Typed = ""
) -> Response:
    """What an order's month costs, for whoever has a link that holds."""
    session = service.session
    try:
        link = open_link(session.decisions, session.settings, token, clock())
    except Expired:
        return _refused(request, service, 410, EXPIRED)
    if link is None:
        return _refused(request, service, 404, UNKNOWN)
    try:
        return _shown(service, link, token, period)
    except NotHere as nothing:
        return _refused(request, service, nothing.status, nothing.sentence)


def _shown(service: Service, link: EmbedLink, token: str, period: str) -> Response:
    if period and (sentence := wrong_month(period)):
        raise NotHere(404, sentence)
    say, asked = words(link.language), Period.parse(period) if period else None
    own = overview(read_seen(service.session, link.order, asked), say)
    values = {
        "own": own,
        "nearest": most_full(own.gauges),
        "packages": packages(own, say),
        "months": [(str(one), say.month(one)) for one in own.seen.months],
        "address": f"/embed/{token}",
        "plain": without_ways_out,
        **tools(say),
    }
    return _framed(service, link.language, "documents/embedded.html", 200, **values)


def _refused(request: Request, service: Service, status: int, sentence: str) -> Response:
    """Says so in the frame, too: an empty one would tell nobody what to do."""
    code = language_of(request, None)
    return _framed(service, code, "documents/embed_refused.html", status, sentence=sentence)


def _framed(service: Service, code: str, template: str, status: int, **values: Any) -> Response:
    """A page that the sites of the setting may show; no cookie goes with it."""
    html = environment(code).get_template(template).render(**FRAMELESS, **values)
    origins = " ".join(service.settings.embed.origins)
    policy = POLICY.replace(NOBODY, f"frame-ancestors {origins}") if origins else POLICY
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return HTMLResponse(html, status, headers)
