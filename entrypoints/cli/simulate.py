"""`licznik simulate`: what a plan costs, with no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from billing.documents import invoice_document, ledger_document
from billing.invoicing import InvoiceDraft
from billing.modelling import Simulation, simulate
from billing.scenario import ScenarioForm
from billing.sla.documents import (
    availability_document,
    credit_documents,
    incident_document,
    penalty_documents,
)
from entrypoints.cli.arguments import Month
from entrypoints.cli.output import (
    AsJson,
    out,
    print_json,
    problems_json,
    progress,
    say,
    show_problems,
    table,
)
from entrypoints.cli.service_levels import show_service_levels
from entrypoints.cli.showing_invoices import show_ledgers
from entrypoints.rendering import render_invoices
from entrypoints.scenarios import load_scenario
from entrypoints.settings import read_settings
from entrypoints.whole_files import write_whole
from invoices.fa3.building import structured_invoice
from invoices.fa3.checking import fa3_problems
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound

LONGEST_NUMBER = 256
KINDS = (
    "subscription",
    "sla",
    "addon",
    "pack",
    "training",
    "overage",
    "adjustment",
    "service_work",
    "sla_credit",
)
"""The kinds of lines in the order in which they are compared."""


def simulate_command(
    file: Annotated[Path | None, typer.Argument(help="The scenario, in YAML.")] = None,
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="Folder for a PDF and an XML of each draft.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of scenarios.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bill a scenario: accounts, orders and usage of one file."""
    if schema:
        print_json(ScenarioForm.model_json_schema(by_alias=True))
        return
    try:
        result = _simulate(file, period)
    except ProblemsFound as found:
        if not as_json:
            raise
        print_json(simulation_json(Simulation(problems=found.problems)))
        raise typer.Exit(2) from found
    if as_json:
        print_json(simulation_json(result))
    else:
        _show(result)
    if to is not None:
        _write(result, to)


def _write(result: Simulation, folder: Path) -> None:
    """Writes a PDF and an XML of each draft, named by its order and period."""
    documents = [invoice_document(draft) for draft in result.invoices]
    folder.mkdir(parents=True, exist_ok=True)
    drafts = [{"number": None, "issued_on": None, "due_on": None, **own} for own in documents]
    with progress("rendering", len(drafts)) as bar:
        rendered = render_invoices((own, own["language"], None) for own in drafts)
        for done, (own, pdf) in enumerate(zip(drafts, rendered, strict=True), 1):
            name = f"{quote(own['order'], safe='')}-{own['period']}.pdf"
            say(f"written: {write_whole(folder / name, pdf)}")
            bar.reach(done)
    for draft in result.invoices:
        _write_structured(draft, folder)


def _write_structured(draft: InvoiceDraft, folder: Path) -> None:
    """Writes the structured form that an invoice would have, issued on the period's last day.

    Its number says that it is a model: nothing of the kind is ever issued.
    """
    day = draft.period.last_day
    document = {
        **invoice_document(draft),
        "number": f"MODEL/{draft.order}/{draft.period}"[:LONGEST_NUMBER],
        "issued_on": str(day),
        "due_on": str(day + timedelta(days=draft.seller.payment_days)),
    }
    content = structured_invoice(document, draft.period.end)
    problems = fa3_problems(document, content)
    show_problems(problems)
    if not problems:
        name = f"{quote(draft.order, safe='')}-{draft.period}.xml"
        say(f"written: {write_whole(folder / name, content)}")


def _simulate(file: Path | None, period: Period | None) -> Simulation:
    if file is None:
        message = "name a scenario file; docs/scenarios has three"
        raise ProblemsFound([Problem("missing_field", "file", message)])
    result = simulate(load_scenario(file, read_settings().catalog), period)
    if result.problems:
        raise ProblemsFound(result.problems)
    return result


def simulation_json(result: Simulation) -> dict[str, Any]:
    """The outcome in the form of the contract, section 2."""
    return {
        "invoices": [invoice_document(draft) for draft in result.invoices],
        "ledgers": [ledger_document(own) for own in result.ledgers],
        **service_levels(result),
        "problems": problems_json(result.problems),
    }


def service_levels(result: Simulation) -> dict[str, list[dict[str, Any]]]:
    """What the service levels come to, in the form of the contract."""
    settled = result.settled
    return {
        "availability": [availability_document(one) for own in settled for one in own.measured],
        "penalties": [one for own in settled for one in penalty_documents(own)],
        "credits": [one for own in settled for one in credit_documents(own)],
        "incidents": [incident_document(own) for own in result.incidents],
    }


def _show(result: Simulation) -> None:
    documents = [invoice_document(draft) for draft in result.invoices]
    if not documents:
        out.print("Nothing to charge.")
    for period in dict.fromkeys(document["period"] for document in documents):
        _compare(period, [own for own in documents if own["period"] == period])
    ledgers = [ledger_document(own) for own in result.ledgers]
    for order, period in dict.fromkeys((own["order"], own["period"]) for own in ledgers):
        own = [one for one in ledgers if (one["order"], one["period"]) == (order, period)]
        show_ledgers(own, f"How the usage of {order} is covered in {period}")
    show_service_levels(service_levels(result))


def _compare(period: str, documents: Sequence[dict[str, Any]]) -> None:
    """One column for each order, one row for each thing charged, so that plans compare by eye."""
    charged = [(line["kind"], line["item"]) for own in documents for line in own["lines"]]
    rows = sorted(dict.fromkeys(charged), key=lambda row: KINDS.index(row[0]))
    columns = ("kind", "item", *(f">{document['order']}" for document in documents))
    shown: list[tuple[str, ...]] = [
        (kind, item, *(_cell(document, kind, item) for document in documents))
        for kind, item in rows
    ]
    shown += [
        ("", sums, *(f"{own[sums]} {own['currency']}" for own in documents))
        for sums in ("net", "vat", "gross")
    ]
    table(f"{period}: net amounts", columns, shown)
    if any(line["indicative"] for document in documents for line in document["lines"]):
        out.print("* an indicative price of the catalog; an invoice needs the order's own")


def _cell(document: dict[str, Any], kind: str, item: str) -> str:
    own = [line for line in document["lines"] if (line["kind"], line["item"]) == (kind, item)]
    return "\n".join(
        f"{line['quantity']} × {line['unit_price']}{'*' if line['indicative'] else ''}"
        f" = {line['net']}"
        for line in own
    )
