"""Where a browser is sent next: only ever to a page of ours."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from fastapi import Request

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}", re.ASCII)
"""A path of this host: one slash, then plain characters, no backslash, no space, no end of them."""


def local_path(text: str, default: str = "/") -> str:
    """A path of this host as it was given, or the default in the place of anything else."""
    return text if _PATH.fullmatch(text) else default


def sign_in_address(request: Request) -> str:
    """The sign-in page that leads back to what was asked for."""
    if request.method != "GET":
        return "/signin"
    asked = quote(request.url.path, safe="/") + (f"?{request.url.query}" * bool(request.url.query))
    return f"/signin?{urlencode({'next': local_path(asked)})}"
