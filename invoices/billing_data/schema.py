"""What stands in a file beside its entries, and the JSON Schema of a whole file."""

from __future__ import annotations

from typing import Any

from invoices.billing_data.fields import FIELDS, PERSONAL, Field, entry_schema
from invoices.billing_data.published import published
from invoices.billing_data.reading import BillingData
from metering.calendar import WARSAW

RESOURCE = "billing_data"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def head(data: BillingData, part: int) -> dict[str, Any]:
    """What a file says of itself: what it is, of whom, and where it is stored (R143, R147)."""
    law, language = published(), data.account.language
    return {
        "resource": RESOURCE,
        "schema_version": law.version,
        "account": data.account.id,
        "order": data.order,
        "from": str(data.first),
        "to": str(data.last),
        "exported_at": data.exported_at.astimezone(WARSAW).isoformat(timespec="seconds"),
        "part": part,
        "entries_in_all": data.entries,
        "personal_data": list(PERSONAL),
        "stored_in": {"country": law.stored_in.country, "name": getattr(law.stored_in, language)},
        "contacts": list(law.contacts),
        "complaints": law.complaints[language],
    }


def json_schema(fields: tuple[Field, ...] = FIELDS) -> dict[str, Any]:
    """The JSON Schema of a JSON file, with the version of its fields."""
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    texts = {"type": "array", "items": text}
    day = {"type": "string", "format": "date"}
    properties: dict[str, Any] = {
        "resource": {"const": RESOURCE},
        "schema_version": {"const": published().version},
        "account": text,
        "order": text,
        "from": day,
        "to": day,
        "exported_at": {"type": "string", "format": "date-time"},
        "part": {"type": "integer", "minimum": 1},
        "entries_in_all": count,
        "personal_data": texts,
        "stored_in": {
            "type": "object",
            "properties": {"country": text, "name": text},
            "required": ["country", "name"],
        },
        "contacts": texts,
        "complaints": text,
        "entries": {"type": "array", "items": entry_schema(fields)},
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:licznik:{RESOURCE}:{published().version}",
        "title": "Itemised billing data",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
