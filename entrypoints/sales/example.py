"""The demo's prospect: a help line of twenty that mails its customers before Christmas."""

from __future__ import annotations

from datetime import datetime

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.prospects.reading import read_prospect
from entrypoints.sales.models import Model, keep_model
from metering.problems import ProblemsFound

EXAMPLE = {
    "name": "Biuro Podróży Azymut Sp. z o.o.",
    "first": "2026-01",
    "months": "12",
    "sessions": "20",
    "users": "28",
    "calls_per_day": "650",
    "surveyed": "10",
    "recording_mb": "0.4",
    "kept_months": "3",
    "sms": "5200",
    "mass_emails": "24000",
    "api_calls": "600000",
    "records": "180000",
    "queues": "8",
    "email_accounts": "4",
    "growth": "2",
    "season_11": "1.3",
    "season_12": "1.6",
    "sla": "progres",
}
WANTED = ("chat",)


def keep_example(decisions: Decisions, catalog: Catalog, now: datetime) -> Model:
    """Keeps the example as a saved model, made by the demo."""
    prospect, problems = read_prospect(EXAMPLE, WANTED, catalog)
    if prospect is None:
        raise ProblemsFound(problems)
    return keep_model(decisions, EXAMPLE, WANTED, "Demo", now)
