"""Every route of the pages with a sample of its path, who may use it, and what they get.

A sample names things of ``furnish`` in tests/web/portal.py and, in braces, those that the test of
these rows adds or looks up: numbers and ids that no two databases have in common. Forms are posted
as nobody would accept them, so that they change nothing, wherever that says as much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from entrypoints.keys import Role
from entrypoints.web.access import ALLOWED

ALL = frozenset(Role)
ADMIN = ALLOWED["manage_users"]
EXPORT, CLERK = ALLOWED["export"], ALLOWED["export_on_request"]
CLOSE, CORRECT, DECIDE = ALLOWED["close_months"], ALLOWED["correct"], ALLOWED["decide_claims"]
BOOK, SEARCH = ALLOWED["book_payments"], ALLOWED["search"]
WATCH, RETRY, KEYS = ALLOWED["watch"], ALLOWED["retry"], ALLOWED["manage_keys"]
MODELS, MODEL = ALLOWED["see_models"], ALLOWED["model"]
SERVICE, CLAIM, NOTICES = ALLOWED["see_service"], ALLOWED["claim"], ALLOWED["set_notices"]
INVOICES, USAGE = ALLOWED["see_invoices"], ALLOWED["see_usage"]
UNKNOWN_ID = "0" * 32


@dataclass(frozen=True)
class Row:
    """A route and a sample; ``status`` is what those get who may, ``foreign`` other customers.

    ``open_status`` is what somebody gets who is not signed in, where that is no way to /signin.
    """

    route: str
    path: str
    allowed: frozenset[Role] = ALL
    status: int = 200
    foreign: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    open_status: int | None = None

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]


def signed_out(route: str, path: str, status: int, otherwise: int, **fields: str) -> Row:
    """A page for who is not signed in."""
    return Row(route, path, ALL, otherwise, None, fields, status)


def of_acme(*rows: Row) -> Iterable[Row]:
    """Things of acme: for another customer there are none."""
    return (replace(row, foreign=404) for row in rows)


SHARED = (
    Row("GET /", "/", status=303),
    signed_out("GET /language/{code}", "/language/pl", 303, 303),
    signed_out("GET /static/{name}", "/static/style.css", 200, 200),
)

# Who is signed in already is led on.
SIGNING_IN = (
    signed_out("GET /signin", "/signin", 200, 303),
    signed_out("POST /signin", "/signin", 422, 422, email="nobody@example.com", password="x"),
    signed_out("GET /signin/link", "/signin/link", 200, 200),
    signed_out("POST /signin/link", "/signin/link", 200, 200, email="nobody@example.com"),
    signed_out("GET /signin/link/{secret}", "/signin/link/none", 410, 410),
    signed_out("POST /signin/link/{secret}", "/signin/link/none", 410, 410),
    signed_out("GET /signin/code", "/signin/code", 410, 410),
    signed_out("POST /signin/code", "/signin/code", 410, 410, code="000000"),
    signed_out("GET /signin/setup", "/signin/setup", 410, 410),
    signed_out("POST /signin/setup", "/signin/setup", 410, 410, code="000000"),
    signed_out("GET /signin/provider", "/signin/provider", 404, 404),
    signed_out("GET /signin/provider/back", "/signin/provider/back", 422, 422),
    signed_out("POST /signout", "/signout", 303, 303),
)

PROFILE = (
    Row("GET /profile", "/profile"),
    Row("POST /profile", "/profile", status=422),
    Row("POST /profile/password", "/profile/password", status=422),
    Row("POST /profile/password/link", "/profile/password/link", status=303),
    Row("POST /profile/sessions/end", "/profile/sessions/end", status=303),
    Row("POST /profile/second-factor", "/profile/second-factor", status=303),
    Row("GET /profile/second-factor", "/profile/second-factor"),
    Row("POST /profile/second-factor/confirm", "/profile/second-factor/confirm", status=422),
    Row("POST /profile/second-factor/codes", "/profile/second-factor/codes", status=422),
    Row("POST /profile/second-factor/off", "/profile/second-factor/off", status=422),
)

USERS = (
    Row("GET /users", "/users", ADMIN),
    Row("POST /users", "/users", ADMIN, 422),
    Row("GET /users/{user}", "/users/{own}", ADMIN),
    Row("POST /users/{user}/role", "/users/{own}/role", ADMIN, 422),
    Row("POST /users/{user}/block", "/users/nobody/block", ADMIN, 404),
    Row("POST /users/{user}/unblock", "/users/{own}/unblock", ADMIN, 303),
    Row("POST /users/{user}/invite", "/users/{own}/invite", ADMIN, 303),
    Row("POST /users/{user}/signout", "/users/nobody/signout", ADMIN, 404),
    Row("POST /users/{user}/second-factor", "/users/nobody/second-factor", ADMIN, 404),
)

# What the customer sees: usage, documents, the service, notices; finance and admin see it too.
CUSTOMER = (
    Row("GET /invoices", "/invoices?order=acme-main", INVOICES),
    Row("GET /invoices/{number:path}", "/invoices/{invoice}", INVOICES),
    Row("GET /invoices/{number:path}/pdf", "/invoices/{invoice}/pdf", INVOICES),
    Row("GET /invoices/{number:path}/xml", "/invoices/{invoice}/xml", INVOICES),
    Row("GET /invoices/{number:path}/lines/{place}", "/invoices/{invoice}/lines/1", USAGE),
    Row("GET /accounts/{account:path}", "/accounts/acme", USAGE),
    Row("GET /orders/{order:path}", "/orders/acme-main", USAGE),
    Row("GET /orders/{order:path}/meters/{meter}", "/orders/acme-main/meters/sms", USAGE),
    Row(
        "GET /orders/{order:path}/meters/{meter}/days/{day}",
        "/orders/acme-main/meters/sms/days/2025-10-01",
        USAGE,
    ),
    Row("GET /orders/{order:path}/service", "/orders/acme-main/service", SERVICE),
    # This claim is filed already.
    Row(
        "POST /orders/{order:path}/claims",
        "/orders/acme-main/claims",
        CLAIM,
        422,
        fields={"period": "2025-10"},
    ),
    Row("GET /orders/{order:path}/incidents/new", "/orders/acme-main/incidents/new", CLAIM),
    Row("POST /orders/{order:path}/incidents/new", "/orders/acme-main/incidents/new", CLAIM, 422),
    Row("GET /orders/{order:path}/notices", "/orders/acme-main/notices", NOTICES),
    Row(
        "POST /orders/{order:path}/notices/marks",
        "/orders/acme-main/notices/marks",
        NOTICES,
        422,
        fields={"meter": "sms", "marks": "many"},
    ),
    Row(
        "POST /orders/{order:path}/notices/addresses",
        "/orders/acme-main/notices/addresses",
        NOTICES,
        422,
        fields={"address": "nobody@example.com"},
    ),
    Row(
        "POST /orders/{order:path}/notices/addresses/remove",
        "/orders/acme-main/notices/addresses/remove",
        NOTICES,
        404,
        fields={"endpoint": "none"},
    ),
)

EXPORTS = (
    Row("GET /orders/{order:path}/export", "/orders/acme-main/export", EXPORT),
    Row("POST /orders/{order:path}/export", "/orders/acme-main/export", EXPORT, 422),
    Row("GET /orders/{order:path}/exports/{export}", "{export}", EXPORT),
    Row("GET /orders/{order:path}/exports/{export}/live", "{export}/live", EXPORT),
    Row(
        "GET /orders/{order:path}/exports/{export}/files/{number}",
        "{export}/files/1",
        EXPORT,
    ),
)

DATA_REQUESTS = (
    Row("GET /finance/data-requests", "/finance/data-requests", CLERK),
    Row("POST /finance/data-requests", "/finance/data-requests", CLERK, 422),
    Row("GET /finance/data-requests/{asked}", f"/finance/data-requests/{UNKNOWN_ID}", CLERK, 404),
)

PUBLIC = (
    signed_out("GET /register", "/register", 200, 200),
    signed_out("GET /register.json", "/register.json", 200, 200),
    signed_out(
        "GET /register/billing-data.schema.json", "/register/billing-data.schema.json", 200, 200
    ),
    signed_out("GET /shared/{token}", "/shared/{share}", 200, 200),
    signed_out("GET /shared/{token}/pdf", "/shared/{share}/pdf", 200, 200),
    signed_out("GET /embed/{token}", "/embed/none", 404, 404),
)

MONTHS = (
    Row("GET /finance", "/finance", CLOSE, 303),
    Row("GET /finance/months/{month}", "/finance/months/2025-10", CLOSE),
    Row("GET /finance/months/{month}/progress", "/finance/months/2025-10/progress", CLOSE),
    Row("POST /finance/months/{month}/run", "/finance/months/2025-10/run", CLOSE, 422),
    Row("GET /finance/months/{month}/issue", "/finance/months/2025-11/issue", CLOSE),
    Row("POST /finance/months/{month}/issue", "/finance/months/2025-11/issue", CLOSE, 422),
    Row("GET /finance/months/{month}/report.{kind}", "/finance/months/2025-10/report.csv", CLOSE),
    Row("GET /finance/exports", "/finance/exports", CLOSE),
    Row("GET /finance/months/{month}/{what}.csv", "/finance/months/2025-10/documents.csv", CLOSE),
    Row("GET /finance/drafts", "/finance/drafts", CLOSE, 303),
    Row("GET /finance/months/{month}/drafts", "/finance/months/2025-11/drafts", CLOSE),
    Row(
        "GET /finance/months/{month}/drafts/{order:path}",
        "/finance/months/2025-11/drafts/acme-main",
        CLOSE,
    ),
    Row(
        "GET /finance/months/{month}/draft.pdf",
        "/finance/months/2025-11/draft.pdf?order=acme-main",
        CLOSE,
    ),
    Row("POST /finance/months/{month}/check", "/finance/months/2025-11/check", CLOSE, 303),
)

FINANCE = (
    Row(
        "GET /finance/invoices/{number:path}/correct",
        "/finance/invoices/{invoice}/correct",
        CORRECT,
    ),
    Row(
        "GET /finance/invoices/{number:path}/correction.pdf",
        "/finance/invoices/{invoice}/correction.pdf?cause=annulment&reason=Test",
        CORRECT,
    ),
    Row(
        "POST /finance/invoices/{number:path}/correct",
        "/finance/invoices/{invoice}/correct",
        CORRECT,
        422,
        fields={"cause": "whim"},
    ),
    Row("GET /finance/claims", "/finance/claims", DECIDE),
    Row("GET /finance/claims/{order:path}/{month}", "/finance/claims/acme-main/2025-10", DECIDE),
    Row(
        "POST /finance/claims/{order:path}/{month}/confirm",
        "/finance/claims/acme-main/2025-10/confirm",
        DECIDE,
        422,
    ),
    Row(
        "POST /finance/claims/{order:path}/{month}/refuse",
        "/finance/claims/acme-main/2025-10/refuse",
        DECIDE,
        422,
    ),
    Row("GET /finance/incidents", "/finance/incidents", DECIDE),
    Row("GET /finance/incidents/{incident:path}", "{incident}", DECIDE),
    Row(
        "POST /finance/incidents/{incident:path}/qualify",
        "{incident}/qualify",
        DECIDE,
        422,
    ),
    Row(
        "POST /finance/incidents/{incident:path}/repair",
        "{incident}/repair",
        DECIDE,
        422,
    ),
    Row("GET /finance/notes", "/finance/notes", DECIDE),
    Row("GET /finance/receivables", "/finance/receivables", BOOK),
    Row("GET /finance/payments", "/finance/payments", BOOK),
    Row("POST /finance/payments/{payment}/match", "/finance/payments/none/match", BOOK, 422),
    Row("POST /finance/payments/{payment}/release", "/finance/payments/none/release", BOOK, 422),
    Row("POST /finance/payments/import", "/finance/payments/import", BOOK, 422),
    Row("GET /finance/search", "/finance/search?q=acme", SEARCH),
)

PLATFORM = (
    Row("GET /platform", "/platform", WATCH),
    Row("GET /platform/live", "/platform/live", WATCH),
    Row("GET /platform/limits", "/platform/limits", WATCH),
    Row("GET /platform/reservations", "/platform/reservations", WATCH),
    Row("GET /platform/deliveries", "/platform/deliveries", WATCH),
    Row("GET /platform/dead-letters", "/platform/dead-letters", WATCH),
    Row("GET /platform/acts", "/platform/acts", WATCH),
    Row("POST /platform/reservations/release", "/platform/reservations/release", RETRY, 404),
    Row("POST /platform/deliveries/again", "/platform/deliveries/again", RETRY, 404),
    Row("POST /platform/dead-letters/again", "/platform/dead-letters/again", RETRY, 404),
    Row("GET /platform/keys", "/platform/keys", KEYS),
    Row("POST /platform/keys", "/platform/keys", KEYS, 422),
    Row("POST /platform/keys/revoke", "/platform/keys/revoke", KEYS, 404),
)

SALES = (
    Row("GET /sales", "/sales", MODELS),
    Row("GET /sales/models/new", "/sales/models/new", MODEL),
    Row("POST /sales/models", "/sales/models", MODEL, 422),
    Row("GET /sales/models/{model_id}", "{model}", MODELS),
    Row("GET /sales/models/{model_id}/edit", "{model}/edit", MODEL),
    Row("POST /sales/models/{model_id}", "{model}", MODEL, 422, fields={"sessions": "few"}),
    Row("GET /sales/models/{model_id}/scenario.yaml", "{model}/scenario.yaml", MODELS),
    Row("GET /sales/models/{model_id}/break-even", "{model}/break-even", MODELS),
    Row("GET /sales/models/{model_id}/exposure", "{model}/exposure", MODELS),
    Row("POST /sales/models/{model_id}/offers", "{model}/offers", MODEL, 422),
    Row("GET /sales/offers/{offer_id}", "{offer}", MODELS),
    Row("GET /sales/offers/{offer_id}/pdf", "{offer}/pdf", MODELS),
    Row("POST /sales/offers/{offer_id}/shares", "{offer}/shares", MODEL, 422),
    Row("POST /sales/shares/{share_id}/end", "/sales/shares/none/end", MODEL, 404),
    Row("GET /sales/backtest", "/sales/backtest", MODELS),
    Row("GET /sales/backtest.csv", "/sales/backtest.csv", MODELS, 422),
)

ROWS = (
    *SHARED,
    *SIGNING_IN,
    *PROFILE,
    *USERS,
    *PUBLIC,
    *of_acme(*CUSTOMER, *EXPORTS),
    *DATA_REQUESTS,
    *MONTHS,
    *FINANCE,
    *PLATFORM,
    *SALES,
)
