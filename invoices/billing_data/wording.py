"""How files of billing data say things in a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from invoices.billing_data.fields import Field
from invoices.language import language
from invoices.language import marked as _

HEAD = {
    "account": _("Customer"),
    "order": _("Order"),
    "from": _("First day"),
    "to": _("Last day"),
    "exported_at": _("Exported at"),
    "part": _("File no."),
    "entries_in_all": _("Entries in all"),
    "schema_version": _("Version of the fields"),
    "stored_in": _("Stored in"),
    "contacts": _("Contacts"),
    "complaints": _("Complaints"),
}
"""What a file says of itself, in the order in which people read it."""


def title(own: Field, code: str) -> str:
    """The name of a column in a language."""
    return language(code).text(own.title)


def described(head: Mapping[str, Any], code: str) -> Iterator[tuple[str, str]]:
    """The head of a file as lines of a name and a text."""
    for key, name in HEAD.items():
        yield language(code).text(name), _told(head[key])


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value["name"])
    return ", ".join(value) if isinstance(value, list) else str(value)
