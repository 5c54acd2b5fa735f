"""`licznik verify`: is what is stored what the events say?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from entrypoints.cli.output import AsJson, print_json, progress, say, table
from entrypoints.cli.session import open_session
from invoices.verifying.comparing import Verification
from invoices.verifying.everything import verify

FIRST = 20


def verify_command(as_json: AsJson = False) -> None:
    """Rebuild every balance and every issued invoice from the events, and compare.

    Orders, messages, payments, marks, incidents, claims, submissions to KSeF and offers are
    compared with their events too, and every event that was to be told of has its notice, word
    for word.
    """
    with open_session() as session, progress("verifying", None) as bar:
        result = verify(session.decisions, session.usage, session.catalog, bar.reach)
    if as_json:
        print_json(asdict(result))
    else:
        show_verification(result)
    if result.differences:
        raise typer.Exit(1)


def show_verification(result: Verification) -> None:
    """Says how much was compared, and the first differences."""
    counts = {
        "balances": result.balances,
        **({"amendments": result.amendments} if result.amendments else {}),
        "orders": result.orders,
        "invoices": result.invoices,
        **({"messages": result.messages} if result.messages else {}),
        **({"payments": result.payments} if result.payments else {}),
        **({"marks": result.marks} if result.marks else {}),
        **({"notices": result.notices} if result.notices else {}),
        **({"corrections and notes": result.documents} if result.documents else {}),
        **({"incidents": result.incidents} if result.incidents else {}),
        **({"exclusions": result.exclusions} if result.exclusions else {}),
        **({"claims": result.claims} if result.claims else {}),
        **({"submissions to KSeF": result.submissions} if result.submissions else {}),
        **({"offers": result.offers} if result.offers else {}),
    }
    *first, last = (f"{count:,} {what}" for what, count in counts.items())
    compared = f"{', '.join(first)} and {last}"
    say(f"{compared} made again from the events: {len(result.differences)} differences.")
    if result.differences:
        rows = [(one.where, one.from_events, one.stored) for one in result.differences[:FIRST]]
        table("First differences", ("where", "from the events", "stored"), rows)
