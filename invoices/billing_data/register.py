"""The public register of exportable data (R128-R135): made from the code, its settings and a file.

Fields, formats, standards and schemas come from the tables that exports are made by, so that the
register cannot say anything else than what a file holds.
"""

from __future__ import annotations

from typing import Any

from invoices.billing_data.fields import FIELDS, Field, fingerprint
from invoices.billing_data.formats import WRITERS, Format
from invoices.billing_data.published import Category, published
from invoices.billing_data.schema import json_schema
from invoices.language import language
from metering.itemised import KEPT_DAYS

LANGUAGES = ("pl", "en")
MEBIBYTE = 1024 * 1024


def register(most_bytes: int, kept_days: int, fields: tuple[Field, ...] = FIELDS) -> dict[str, Any]:
    """The register as data, every text in both languages."""
    law = published()
    return {
        "version": law.version,
        "date": str(law.as_of),
        "seller": law.seller,
        "fingerprint": fingerprint(fields),
        "limits": {
            "days_after_the_event": KEPT_DAYS,
            "file_mebibytes": most_bytes // MEBIBYTE,
            "download_days": kept_days,
            "entries_of_a_pdf": WRITERS[Format.PDF].most_entries,
            "entries_as_pdf_in_all": WRITERS[Format.PDF].most_in_all,
        },
        "categories": [_category(own) for own in law.categories],
        "billing_data": {
            "formats": [_format(form, own) for form, own in WRITERS.items()],
            "encoding": "UTF-8, no byte order mark",
            "fields": [_field(own) for own in fields],
            "json_schema": json_schema(fields),
        },
        "methods": [own.model_dump(mode="json") for own in law.methods],
        "exclusions": [own.model_dump(mode="json") for own in law.exclusions],
        "jurisdictions": [own.model_dump(mode="json") for own in law.jurisdictions],
        "stored_in": law.stored_in.model_dump(mode="json"),
        "measures": [dict(own) for own in law.measures],
        "after_closure": {
            "entitled": dict(law.entitled),
            "charges": dict(law.charges),
            "charges_forbidden_from": str(law.charges_forbidden_from),
            "reopening": dict(law.reopening),
        },
        "contacts": list(law.contacts),
        "complaints": dict(law.complaints),
    }


def _category(own: Category) -> dict[str, Any]:
    """A kind of data; for billing data the code knows the formats."""
    told = own.model_dump(mode="json")
    standards = {name for one in WRITERS.values() for name in one.standards}
    return {
        **told,
        "formats": told["formats"] or [form.value.upper() for form in WRITERS],
        "standards": told["standards"] or sorted(standards),
    }


def _format(form: str, own: Any) -> dict[str, Any]:
    return {"format": str(form), "media_type": own.media, "standards": list(own.standards)}


def _field(own: Field) -> dict[str, Any]:
    """A column, its names and what it means in both languages."""
    return {
        "name": own.name,
        "title": {code: language(code).text(own.title) for code in LANGUAGES},
        "meaning": {code: language(code).text(own.meaning) for code in LANGUAGES},
        "field_of_billing_event": own.part,
        "always": own.always,
        "standard": own.standard,
        "personal": own.personal,
    }
