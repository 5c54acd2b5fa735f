"""`licznik usage void|replace|amendments`: recorded usage is amended, never changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from entrypoints.cli.arguments import Day, Instant
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.usage_files import read_events
from invoices.amendments import AmendedUsage, AmendmentDesk, amendment_document
from metering.amendments import Amendment, OneEvent, Within
from metering.problems import Problem, ProblemsFound

Reason = Annotated[str, typer.Option("--reason", help="Why, for those who ask later.")]
By = Annotated[str, typer.Option("--by", help="Who decides on it.")]
AmendmentId = Annotated[
    str | None, typer.Option("--amendment-id", help="An id of yours: given again, it is no other.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, keep nothing.")]
Order = Annotated[str | None, typer.Option("--order", help="The order.")]


def void_command(
    reason: Reason,
    by: By,
    order: Order = None,
    source: Annotated[str | None, typer.Option("--source", help="The source of events.")] = None,
    event: Annotated[str | None, typer.Option("--id", help="The id of one event.")] = None,
    day: Annotated[
        date | None, typer.Option("--day", parser=Day, metavar="DAY", help="The day of that event.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", parser=Instant, metavar="TIME", help="All events from this time."),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", parser=Instant, metavar="TIME", help="Up to this time, without it."),
    ] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Only of this meter.")] = None,
    amendment_id: AmendmentId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Void one event (--order --source --id --day), or all within a time (--from --to).

    A time needs --order, --source or both. What is voided counts no more and stays recorded.
    """
    what = _selected(order, source, event, day, start, end, meter)
    with open_session() as session:
        amendment = _amendment(amendment_id, by, reason)
        own = _desk(session).void(what, amendment, dry_run=dry_run)
    _report(own, dry_run=dry_run, as_json=as_json)


def _selected(
    order: str | None,
    source: str | None,
    event: str | None,
    day: date | None,
    start: datetime | None,
    end: datetime | None,
    meter: str | None,
) -> OneEvent | Within:
    """What the options name; raises ProblemsFound where some are missing or do not go together."""
    one = {"--order": order, "--source": source, "--id": event, "--day": day}
    time = {"--from": start, "--to": end}
    named = event is not None or day is not None
    needed, unfit = (one, {**time, "--meter": meter}) if named else (time, {})
    problems = list(_option_problems(needed, unfit))
    if problems:
        raise ProblemsFound(problems)
    if start is not None and end is not None:
        return Within(start, end, order, source, meter)
    return OneEvent(str(order), str(source), str(event), date.fromisoformat(str(day)))


def _option_problems(needed: Mapping[str, Any], unfit: Mapping[str, Any]) -> Iterator[Problem]:
    together = ", ".join(needed)
    for name, value in needed.items():
        if value is None:
            yield Problem("missing_option", name, f"{together} go together: add {name}")
    for name, value in unfit.items():
        if value is not None:
            message = f"{name} does not go with {together}: leave it out"
            yield Problem("wrong_option", name, message)


def replace_command(
    file: Annotated[Path, typer.Argument(help="Events as .ndjson, as they should have been.")],
    reason: Reason,
    by: By,
    day: Annotated[
        date | None,
        typer.Option(parser=Day, metavar="DAY", help="The day of the recorded events, if another."),
    ] = None,
    amendment_id: AmendmentId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put the events of a file in the place of recorded ones of the same order, source and id.

    An event that moves to another day names the day of the recorded one, as "replaces":
    "2025-10-05" beside its id; --day says it for all events that do not. It is all or nothing.
    """
    with open_session() as session:
        amendment = _amendment(amendment_id, by, reason)
        own = _desk(session).replace(read_events(file), amendment, day, dry_run=dry_run)
    _report(own, dry_run=dry_run, as_json=as_json)


def amendments_command(order: Order = None, as_json: AsJson = False) -> None:
    """List amendments: who changed recorded usage, when and why."""
    with open_session() as session:
        rows = _desk(session).listed(order)
    if as_json:
        print_json({"amendments": rows})
        return
    columns = [name.lstrip(">") for name in LISTED]
    table("Amendments", LISTED, ([row[name] for name in columns] for row in rows))


LISTED = ("recorded_at", "id", "kind", "by", "reason", ">orders", ">taken_back", ">put_in",
          "first_day", "last_day")  # fmt: skip


def _desk(session: Session) -> AmendmentDesk:
    return AmendmentDesk(session.decisions, session.usage, session.catalog)


def _amendment(amendment_id: str | None, by: str, reason: str) -> Amendment:
    return Amendment(str(uuid4()) if amendment_id is None else amendment_id, by, reason, clock())


CHANGES = ("order", "meter", "period", ">taken_back", ">put_in", ">quantity")


def _report(own: AmendedUsage, *, dry_run: bool, as_json: bool) -> None:
    document = amendment_document(own, dry_run=dry_run)
    if as_json:
        print_json(document)
        return
    columns = [name.lstrip(">") for name in CHANGES]
    rows = [[change[name] for name in columns] for change in document["changes"]]
    table(f"Amendment {document['amendment']}", CHANGES, rows)
    say(_sentence(document))
    for one in document["invoices"]:
        say(f"{one['number']} (order {one['order']}, {one['period']}) is issued: "
            f"{CONSEQUENCES[one['late_usage']]}")  # fmt: skip


CONSEQUENCES = {
    "adjustment": "the difference comes on the next invoice of a later period.",
    "ended": "its order has ended: more is billed by the next run, a credit must be corrected, "
    "as `licznik invoices corrections` shows.",
    "correction": "it must be corrected, as `licznik invoices corrections` shows.",
}


def _sentence(document: Mapping[str, Any]) -> str:
    taken, put = document["taken_back"], document["put_in"]
    what = f"{taken:,} entries taken back, {put:,} put in, {document['unchanged']:,} unchanged"
    if document["recorded_before"]:
        return f"Recorded before: {what}."
    if document["dry_run"]:
        return f"It would be: {what}. Nothing is kept."
    return f"{what}." if document["recorded"] else "Everything is so already: nothing is recorded."
