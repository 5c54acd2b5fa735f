"""The form by which a customer reports an incident (R99, R158)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.catalog.document import SlaLevelForm
from entrypoints.web.errors import marked
from entrypoints.web.forms import Form
from metering.calendar import WARSAW, local_day

FIELDS = ("description", "first_noticed", "device", "data_concerned", "category", "reporter")
"""What a report says, by the fields of `billing.sla.recorded.parts.Report`."""
ALWAYS = ("description", "reporter")
"""What we ask for whatever the level."""
CHANNEL = "panel"
LONGEST = 4000

MISSING = marked("Fill this in.")
TOO_LONG = marked("Write 4000 signs at most.")
NO_TIME = marked("Write a day and a time.")
IN_FUTURE = marked("This is not yet.")


def required(level: SlaLevelForm) -> frozenset[str]:
    """What must be said of an incident by a level (R158), and what we always ask for."""
    return frozenset({*ALWAYS, *level.report_fields})


def report_key(now: datetime) -> str:
    """A new incident's id, which people can read to each other."""
    return f"P-{local_day(now):%Y%m%d}-{secrets.token_hex(4)}"


def report_of(
    form: Form, level: SlaLevelForm, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """What a form says of an incident, and what is wrong with it by field."""
    typed = {name: form[name] for name in FIELDS}
    problems = {name: MISSING for name in FIELDS if name in required(level) and not typed[name]}
    problems |= {name: TOO_LONG for name, own in typed.items() if len(own) > LONGEST}
    noticed, wrong = _noticed(typed["first_noticed"], now)
    if wrong:
        problems["first_noticed"] = wrong
    said = {**_texts(typed), "reported_by": "client", "channel": CHANNEL}
    return {**said, "first_noticed": noticed}, problems


def _texts(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: own for name, own in typed.items() if name != "first_noticed"}


def _noticed(text: str, now: datetime) -> tuple[datetime | None, str]:
    """The instant that a field for local times holds, or what is wrong with it."""
    if not text:
        return None, ""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None, NO_TIME
    instant = local if local.tzinfo else local.replace(tzinfo=WARSAW)
    return (None, IN_FUTURE) if instant > now else (instant, "")
