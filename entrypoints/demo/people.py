"""Who signs in to the demo's portal: one person of each role.

Everybody may know their passwords: they are kept in the demo's own database alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.decisions import Decisions
from entrypoints.demo.winter import MORNING
from entrypoints.keys import Role
from entrypoints.people.passwords import hashed
from entrypoints.people.users import NewUser, add_user
from metering.store import Statement

KEEP_PASSWORD = "UPDATE portal_user SET password_hash = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Person:
    """A user and the password that the demo prints."""

    user: NewUser
    password: str


PEOPLE = (
    Person(
        NewUser("anna@klinika.example", "Anna Kowalska", Role.CUSTOMER, "klinika"),
        "demo-przychodnia-2026",
    ),
    Person(
        NewUser("tomasz@meblex.example", "Tomasz Zieliński", Role.CUSTOMER, "meblex"),
        "demo-krzesla-2026",
    ),
    Person(NewUser("ewa@licznik.example", "Ewa Nowak", Role.FINANCE), "demo-faktury-2026"),
    Person(NewUser("piotr@licznik.example", "Piotr Wójcik", Role.SALES), "demo-oferty-2026"),
    Person(NewUser("marek@licznik.example", "Marek Lis", Role.PLATFORM), "demo-zdarzenia-2026"),
    Person(NewUser("julia@licznik.example", "Julia Maj", Role.ADMIN), "demo-wszystko-2026"),
)


def add_people(decisions: Decisions) -> None:
    """Keeps them."""
    for person in PEOPLE:
        user = add_user(decisions, person.user, MORNING)
        kept = Statement(KEEP_PASSWORD, (hashed(person.password), user.id))
        decisions.run(kept)
