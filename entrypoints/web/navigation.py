"""The links in the head of every page, by role."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from entrypoints.keys import Role
from entrypoints.web.visitors import Visitor
from invoices.language import marked


@dataclass(frozen=True, slots=True)
class Link:
    """A page and its name; ``{account}`` is that of the visitor."""

    path: str
    name: str


LINKS: dict[Role, tuple[Link, ...]] = {
    Role.CUSTOMER: (
        Link("/accounts/{account}", marked("Usage")),
        Link("/invoices", marked("Invoices")),
    ),
    Role.FINANCE: (
        Link("/finance", marked("Month")),
        Link("/invoices", marked("Invoices")),
        Link("/sales", marked("Sales")),
    ),
    Role.SALES: (Link("/sales", marked("Sales")),),
    Role.PLATFORM: (Link("/platform", marked("Platform")),),
    Role.ADMIN: (
        Link("/finance", marked("Month")),
        Link("/invoices", marked("Invoices")),
        Link("/sales", marked("Sales")),
        Link("/platform", marked("Platform")),
        Link("/users", marked("Users")),
    ),
}
"""What each role finds first; the first of them is its home."""


def links(visitor: Visitor | None) -> list[Link]:
    """The links of a visitor."""
    if visitor is None:
        return []
    account = quote(visitor.account or "")
    return [Link(own.path.format(account=account), own.name) for own in LINKS[visitor.role]]


def home(visitor: Visitor) -> str:
    """Where a visitor begins."""
    return next((own.path for own in links(visitor)), "/profile")
