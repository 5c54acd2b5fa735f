"""The parts of an incident, as people state them and as events keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from billing.catalog.document import Priority, Repair
from billing.forms import Amount, Day, Form, Instant, Text
from billing.sla.forms import Hours, ServiceWorkForm
from billing.sla.links import LinkForm
from metering.problems import Problem

Key = Annotated[Text, Field(min_length=1, max_length=256)]


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("give the name of a person")
    return name.strip()


Person = Annotated[Text, Field(max_length=256), AfterValidator(_named)]
"""The name of who did something or decided it."""
Words = Annotated[Text, Field(max_length=4000)]


class Report(Form):
    """Who noticed an incident and what they say of it (R99, R158).

    ``reported_by`` is None where nobody reported it: then there is no time of a report either.
    """

    reported: Instant | None = None
    reported_by: Literal["client", "user", "provider"] | None = "client"
    reporter: Words = ""
    channel: Literal["phone", "email", "panel", "monitoring", ""] = ""
    device: Words = ""
    first_noticed: Instant | None = None
    description: Words = ""
    data_concerned: Words = ""
    category: Words = ""

    def problems(self) -> Iterator[Problem]:
        """A report that nobody made at a time, or that somebody made at none."""
        if self.reported_by is None and self.reported is not None:
            message = "nobody reported it: leave the time of the report away"
            yield Problem("contradiction", "reported", message)
        if self.reported_by is not None and self.reported is None:
            yield Problem("missing_field", "reported", "say when it was reported")

    def missing(self, fields: tuple[str, ...]) -> list[str]:
        """Those of some fields of which the report says nothing."""
        return [name for name in fields if not str(getattr(self, name) or "").strip()]


class Qualification(Form):
    """The priority that a person gave an incident; ``told`` is when the client was told it.

    ``example`` is the row of the priority table that it rests on, ``share`` the part of the users
    that are affected, such as ``3/5``. ``is_first`` puts a wrong time of the first notice right.
    """

    priority: Priority
    told: Instant
    by: Person
    example: Text | None = None
    share: Text | None = None
    service_unavailable: bool | None = None
    is_first: bool = False


class RepairMade(Form):
    """How an incident was closed (R114); ``consent`` is who of the client agreed to a backup."""

    at: Instant
    how: Repair
    by: Person
    consent: Words = ""


class NoRepair(Form):
    """The provider told the client that the earlier state cannot be restored (R114)."""

    at: Instant
    by: Person
    note: Words = ""


class Cause(Form):
    """What caused an incident, by whose judgement and on what evidence (R115, R119)."""

    cause: Literal["provider", "external"]
    by: Person
    evidence: Words = ""
    link: LinkForm | None = None


class Estimate(Form):
    """An estimate of work on a false report, and what became of it (R116, R117).

    ``price`` is that of an hour by the contract when it was made; ``decided_by`` is who of the
    client accepted or declined it.
    """

    order: Key
    hours: Hours
    price: Amount
    made: Day
    by: Person
    accepted: Day | None = None
    declined: Day | None = None
    decided_by: Text = ""
    performed: Day | None = None

    @property
    def state(self) -> str:
        if self.performed is not None:
            return "performed"
        if self.accepted is not None:
            return "accepted"
        return "declined" if self.declined is not None else "made"

    def work(self) -> ServiceWorkForm:
        """The work, as a scenario states it."""
        return ServiceWorkForm(
            order=self.order, hours=self.hours, accepted=self.accepted, performed=self.performed
        )

    def problems(self) -> Iterator[Problem]:
        """A decision before the estimate, or work before the decision."""
        for name in ("accepted", "declined"):
            day = getattr(self, name)
            if day is not None and day < self.made:
                message = f"the estimate is {name} on {day}, before it is made on {self.made}"
                yield Problem(f"{name}_before_made", name, message)
        yield from self.work().problems((self.order,))
