"""`licznik embed`: a link by which another panel shows the overview of an order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from entrypoints.cli.output import AsJson, print_json, say
from entrypoints.cli.session import clock, open_session
from entrypoints.embedding import make_link
from metering.calendar import WARSAW


class Code(StrEnum):
    """A language of pages."""

    PL = "pl"
    EN = "en"


def embed_command(
    order: Annotated[str, typer.Argument(help="The order.")],
    language: Annotated[
        Code | None, typer.Option(help="The page's language; default: the account's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a short-lived link that shows an order's overview to whoever has it."""
    with open_session() as session:
        made = make_link(session.decisions, session.settings, order, language, clock())
    if as_json:
        print_json({"url": made.url, "expires_at": made.expires_at.isoformat()})
        return
    typer.echo(made.url)
    say(f"It expires at {made.expires_at.astimezone(WARSAW):%Y-%m-%d %H:%M}.")
