"""Forms as they are posted: their fields, once it is sure that the browser was shown the form."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from entrypoints.web.errors import NOT_POSSIBLE, SENTENCES, NotHere, marked
from entrypoints.web.pages import token_of_forms
from entrypoints.web.visitors import recognised

TOKEN = "form_token"
MOST_FIELDS = 500
NUL = "\0"
"""The database takes no text with this sign in it, and nobody types it."""
OLD_FORM = marked("The form is too old. Go back, load the page again and send it once more.")
OWN_SITE = ("", "same-origin", "none")
"""Where a form of ours may come from, as browsers say it; old ones say nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as they were typed."""

    fields: FormData

    def __getitem__(self, name: str) -> str:
        """A field without the spaces around it; empty where there is none."""
        found = self.fields.get(name)
        return found.strip() if isinstance(found, str) else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field that may come more than once."""
        return [own for own in self.fields.getlist(name) if isinstance(own, str)]

    def file(self, name: str) -> bytes:
        """What a file holds; empty where none was chosen."""
        found = self.fields.get(name)
        return found.file.read() if isinstance(found, UploadFile) else b""

    def typed(self) -> dict[str, str]:
        """All fields, to be shown again."""
        return {name: self[name] for name in self.fields if name != TOKEN}


async def no_nul(request: Request) -> None:
    """A dependency of every page: nothing has a name with NUL in it."""
    asked = [request.scope["path"], *chain(*request.query_params.multi_items())]
    if any(NUL in own for own in asked):
        raise NotHere(404, SENTENCES[404])


async def _fields(request: Request) -> FormData:
    """What was sent. Browsers name no charset; some of those there are take minutes to decode."""
    kind = request.headers.get("content-type", "").lower()
    if "multipart" in kind and "charset" in kind:
        raise HTTPException(415)
    fields = await request.form(max_files=1, max_fields=MOST_FIELDS)
    if any(NUL in own for own in chain(*fields.multi_items()) if isinstance(own, str)):
        raise NotHere(422, NOT_POSSIBLE)
    return fields


async def _posted(request: Request) -> Form:
    fields = await _fields(request)
    decisions = request.app.state.service.session.decisions
    visitor = await run_in_threadpool(recognised, request, decisions)
    wanted, given = token_of_forms(request, visitor), str(fields.get(TOKEN, ""))
    is_ours = hmac.compare_digest(wanted.encode(), given.encode()) and bool(wanted)
    if not is_ours or request.headers.get("sec-fetch-site", "") not in OWN_SITE:
        raise NotHere(403, OLD_FORM)
    return Form(fields)


Posted = Annotated[Form, Depends(_posted)]
"""A form, as a parameter of what is posted."""
