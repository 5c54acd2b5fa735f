"""What the pages of finance have in common: who may use them, lists in pages, who said a word."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from entrypoints.web.access import visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.finance import words as finance_words
from entrypoints.web.pages import page
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.language import Language
from metering.problems import ProblemsFound

Closer = Annotated[Visitor, visiting("close_months")]
Corrector = Annotated[Visitor, visiting("correct")]
Decider = Annotated[Visitor, visiting("decide_claims")]
Searcher = Annotated[Visitor, visiting("search")]
Booker = Annotated[Visitor, visiting("book_payments")]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]

ROWS = 50
"""So many rows are on one page of a list."""
T = TypeVar("T")


def person(visitor: Visitor) -> str:
    """Who said a word, so that two people of one name are told apart."""
    return f"{visitor.name} ({visitor.email})"


def language(request: Request, visitor: Visitor) -> Language:
    """The language that a page is in."""
    return words(language_of(request, visitor))


def finance_page(
    request: Request, visitor: Visitor, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of finance, with its words at hand."""
    return page(request, visitor, f"finance/{template}.html", status, w=finance_words, **values)


def shown_problems(request: Request, visitor: Visitor, found: ProblemsFound) -> list[str]:
    """Problems in the words of a page."""
    say = language(request, visitor)
    return [finance_words.problem_text(say, own) for own in found.problems]


class InWords(APIRoute):
    """Tells the problems that no page shows beside its form in the words of finance as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page, its problems put in words."""
        answer = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            try:
                return await answer(request)
            except ProblemsFound as found:
                raise ProblemsFound(map(finance_words.in_words, found.problems)) from found

        return in_words


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One page of a list, and the addresses of those before and after it."""

    rows: Sequence[T]
    total: int
    before: str
    after: str


def part_of(rows: Sequence[T], number: int, path: str, **asked: str) -> Part[T]:
    """A page of a list; one beyond the last is none."""
    start = (number - 1) * ROWS
    if start >= len(rows) and number > 1:
        raise NotHere(404, marked("The list does not go on so far."))

    def address(other: int) -> str:
        return f"{path}?{urlencode({**asked, 'page': str(other)})}"

    return Part(
        rows[start : start + ROWS],
        len(rows),
        address(number - 1) if number > 1 else "",
        address(number + 1) if start + ROWS < len(rows) else "",
    )


def download(content: bytes, media: str, name: str, *, inline: bool = False) -> Response:
    """A file."""
    how = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)


CSV, PDF = "text/csv; charset=utf-8", "application/pdf"
