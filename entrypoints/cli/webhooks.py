"""`licznik webhooks`: who is told of marks and invoices, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_bytes, token_hex
from typing import Annotated, Any

import typer

from entrypoints.cli.noticing import work_until_stopped
from entrypoints.cli.output import AsJson, out, print_json, say, table
from entrypoints.cli.session import clock, open_session
from entrypoints.noticing import send_notices, summary
from entrypoints.settings import read_settings
from invoices.notices import queries
from invoices.notices.endpoints import (
    Subscription,
    add_endpoint,
    enable_endpoint,
    remove_endpoint,
    rotate_secret,
    send_again,
)
from invoices.notices.kinds import KINDS, schema_of
from invoices.notices.sending import DELIVERED, FAILED, GIVEN_UP
from invoices.notices.signing import SECRET_BYTES, secret_of
from metering.calendar import WARSAW
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Webhooks: programs that are told what happens.", no_args_is_help=True)

EndpointId = Annotated[str, typer.Argument(metavar="ID", help="The endpoint's id.")]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where notices are posted to, https://…")],
    events: Annotated[
        str, typer.Option(help="What to tell, with commas between; default: everything.")
    ] = ",".join(KINDS),
    account: Annotated[str | None, typer.Option(help="Only what concerns this account.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add an endpoint. Its secret is printed this once."""
    endpoint, secret = f"ep_{token_hex(8)}", secret_of(token_bytes(SECRET_BYTES))
    kinds = tuple(dict.fromkeys(kind.strip() for kind in events.split(",") if kind.strip()))
    settings = read_settings()
    with open_session(settings) as session:
        add_endpoint(
            session.decisions,
            Subscription(url, kinds, account),
            endpoint,
            secret,
            clock(),
            plain_http=settings.webhooks.plain_http,
        )
    _show_secret(endpoint, secret, as_json=as_json)
    say("Keep the secret: it is not shown again.")


def _show_secret(endpoint: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": endpoint, "secret": secret})
    else:
        out.print(f"endpoint {endpoint}\nsecret   {secret}", soft_wrap=True)


ENDPOINT_COLUMNS = ("id", "url", "events", "account", "status", ">open", ">given up")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the endpoints, with how many deliveries to each are open and given up."""
    with open_session() as session:
        rows = session.decisions.rows(queries.ENDPOINTS)
    found = [
        {
            "id": row["id"],
            "url": row["url"],
            "events": row["kinds"],
            "account": row["account_id"],
            "status": row["status"],
            "open": row["open"],
            "given_up": row["given_up"],
        }
        for row in rows
    ]
    if as_json:
        print_json({"endpoints": found})
    else:
        shown = (tuple({**own, "events": ", ".join(own["events"])}.values()) for own in found)
        table("Endpoints", ENDPOINT_COLUMNS, shown)


@app.command("remove")
def remove(endpoint: EndpointId) -> None:
    """Remove an endpoint: nothing more is sent to it."""
    with open_session() as session:
        remove_endpoint(session.decisions, endpoint, clock())
    say(f"{endpoint} is removed.")


@app.command("rotate")
def rotate(endpoint: EndpointId, as_json: AsJson = False) -> None:
    """Give an endpoint a new secret; for 24 hours the old one signs as well."""
    secret = secret_of(token_bytes(SECRET_BYTES))
    with open_session() as session:
        until = rotate_secret(session.decisions, endpoint, secret, clock()).astimezone(WARSAW)
    _show_secret(endpoint, secret, as_json=as_json)
    say(f"The old secret signs as well until {until:%Y-%m-%d %H:%M}.")


@app.command("enable")
def enable(endpoint: EndpointId) -> None:
    """Enable an endpoint that was disabled because it answered 410 Gone."""
    with open_session() as session:
        enable_endpoint(session.decisions, endpoint, clock())
    say(f"{endpoint} is active: it hears of what happens from now on.")


STATUSES = ("waiting", DELIVERED, FAILED, GIVEN_UP)
COLUMNS = (">id", "event", "order", "endpoint", "status", ">attempts", "next", "error")


@app.command("deliveries")
def deliveries(
    status: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only those to this endpoint.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List deliveries: which notice, to whom, what became of it, when it is tried again."""
    if status not in (None, *STATUSES):
        message = f"there is no status {status}: write {', '.join(STATUSES)}"
        raise ProblemsFound([Problem("unknown_status", "--status", message)])
    asked = {"status": status, "endpoint": endpoint, "limit": limit}
    with open_session() as session:
        found = [_delivery(row) for row in session.decisions.rows(queries.DELIVERIES, **asked)]
    if as_json:
        print_json({"deliveries": found})
    else:
        table("Deliveries", COLUMNS, (_shown(own) for own in found))


def _delivery(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: row[name] and row[name].astimezone(WARSAW) for name in ("next_at", "changed_at")}
    local = {name: at and at.isoformat(timespec="seconds") for name, at in times.items()}
    return {
        "id": row["id"],
        "notice": row["notice_id"],
        "event": row["kind"],
        "order": row["order_id"],
        "endpoint": row["endpoint_id"],
        "status": row["status"],
        "attempts": row["attempts"],
        "answered": row["last_status"],
        "error": row["last_error"],
        **local,
    }


def _shown(own: Mapping[str, Any]) -> tuple[Any, ...]:
    first = ("id", "event", "order", "endpoint", "status", "attempts")
    next_at = own["next_at"] and own["next_at"][: -len("+01:00")].replace("T", " ")
    return *(own[name] for name in first), next_at, own["error"]


@app.command("redeliver")
def redeliver(
    what: Annotated[
        str, typer.Argument(metavar="DELIVERY|NOTICE", help="A delivery's number, a notice's id.")
    ],
) -> None:
    """Send a delivery once more, or a notice to every endpoint that listens now."""
    with open_session() as session:
        count = send_again(session.decisions, what, clock())
    say(f"{count} deliveries are due again: `licznik webhooks send` sends them.")


@app.command("send")
def send(
    watch: Annotated[
        bool, typer.Option("--watch", help="Look for marks and send, again and again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send what is due now. `licznik scheduler` does it by itself."""
    settings = read_settings()
    if watch:
        work_until_stopped(settings)
        return
    with open_session(settings) as session:
        counts = send_notices(session.decisions, session.catalog, settings, clock)
    if as_json:
        print_json({status: counts[status] for status in (DELIVERED, FAILED, GIVEN_UP)})
    else:
        say(f"{summary(counts)}.")


@app.command("events")
def events_command(as_json: AsJson = False) -> None:
    """Show what can be told, with --json as JSON Schemas of what is posted."""
    if as_json:
        print_json({kind: schema_of(kind) for kind in KINDS})
    else:
        rows = ((kind, (own.__doc__ or "").partition("\n")[0]) for kind, own in KINDS.items())
        table("Events", ("event", "what it says"), rows)
