"""One field that finds documents, customers, orders and payments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from entrypoints.http.service import Serving
from entrypoints.web.finance.common import InWords, Searcher, finance_page
from entrypoints.web.finance.searching import MOST, find, read_wanted
from invoices.language import marked

router = APIRouter(route_class=InWords)

KINDS = {
    "account": marked("customer"),
    "order": marked("order"),
    "invoice": marked("invoice"),
    "correction": marked("correction"),
    "note": marked("accounting note"),
    "payment": marked("payment"),
}


@router.get("/finance/search")
def search(
    request: Request,
    service: Serving,
    visitor: Searcher,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What fits a number, a tax number, an amount or a name."""
    text = q.strip()
    hits = find(service.session.decisions, read_wanted(text)) if text else []
    values: dict[str, Any] = {"text": text, "hits": hits, "kinds": KINDS, "most": MOST}
    return finance_page(request, visitor, "search", **values)
