"""What the page of an order's notices shows: marks of meters, who is told, what was told lately."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from entrypoints.people.queries import ADDRESSES_OF
from entrypoints.web.errors import marked
from invoices.language import Language
from invoices.notices import queries
from invoices.notices.addresses import address_of, host_of
from invoices.notices.kinds import INVOICE_ISSUED, MARK_REACHED
from invoices.notices.mark_settings import HIGHEST, MOST, MarkSettings
from metering.calendar import Period

MEASURES = {
    "allowance": marked("allowance"),
    "limit": marked("limit"),
    "cap": marked("cap of overage"),
    "user": marked("allowance of a user"),
}
KINDS = {MARK_REACHED: marked("mark reached"), INVOICE_ISSUED: marked("invoice issued")}
DELIVERY_STATES = {
    "waiting": (marked("waiting"), ""),
    "delivered": (marked("delivered"), "good"),
    "failed": (marked("failed, tried again"), "warn"),
    "given_up": (marked("given up"), "bad"),
}
LATELY = 20
NO_MARKS = marked("Write whole numbers from 1 to 1000, with commas between.")
TOO_MANY = marked("Write 20 marks at most.")


@dataclass(frozen=True, slots=True)
class MeterMarks:
    """The marks of a meter in percent, and how full it is now; ``own``: not the catalog's."""

    key: str
    name: Mapping[str, str]
    marks: Sequence[int]
    own: bool
    fill: Decimal | None

    @property
    def typed(self) -> str:
        """The marks as a person types them."""
        return ", ".join(map(str, self.marks))


def meter_marks(
    settings: MarkSettings, order: str, balances: Sequence[Mapping[str, Any]]
) -> list[MeterMarks]:
    """The marks of each meter that has a bound, by the balances of the month."""
    return [
        MeterMarks(
            own["meter"],
            own["name"],
            settings.of(order, own["meter"]),
            (order, own["meter"]) in settings.own,
            None if own["fill"] is None else Decimal(own["fill"]),
        )
        for own in balances
    ]


def marks_of(text: str) -> tuple[list[int], str]:
    """The marks that a person typed, and what is wrong with them."""
    parts = [own for own in re.split(r"[\s,;%]+", text) if own]
    if not all(own.isascii() and own.isdecimal() and len(own) <= 4 for own in parts):
        return [], NO_MARKS
    marks = sorted({int(own) for own in parts})
    if any(not 1 <= own <= HIGHEST for own in marks):
        return [], NO_MARKS
    return (marks, "") if len(marks) <= MOST else ([], TOO_MANY)


@dataclass(frozen=True, slots=True)
class ReachedRow:
    """A mark that usage has reached."""

    at: datetime
    period: Period
    meter: str
    measure: str
    mark: int


def reached_lately(decisions: Decisions, order: str) -> list[ReachedRow]:
    """The marks that an order has reached, the last ones first."""
    rows = decisions.rows(queries.MARKS_REACHED, order=order, period=None, limit=LATELY)
    return [
        ReachedRow(
            row["reached_at"],
            Period.of(row["period"]),
            row["meter"],
            MEASURES[row["measure"]],
            row["mark"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SentRow:
    """A notice to somebody, and what became of it."""

    at: datetime
    what: str
    detail: str
    to: str
    state: tuple[str, str]


def sent_lately(
    decisions: Decisions, order: str, say: Language, name_of: Callable[[str], str]
) -> Iterator[SentRow]:
    """What was sent about an order, the last first; of a program's URL the host alone is told."""
    for row in decisions.rows(queries.DELIVERIES_OF, order=order, limit=LATELY):
        to = address_of(row["url"]) or host_of(row["url"])
        state, what = DELIVERY_STATES[row["status"]], KINDS[row["kind"]]
        detail = _detail(row["body"]["data"], say, name_of)
        yield SentRow(row["occurred_at"], what, detail, to, state)


def _detail(data: Mapping[str, Any], say: Language, name_of: Callable[[str], str]) -> str:
    """Which mark or invoice a notice tells of."""
    if "number" in data:
        return str(data["number"])
    mark, month = say.percent(Decimal(data["mark"])), say.month(Period.parse(data["period"]))
    return f"{name_of(data['meter'])}, {mark}, {month}"


def users_addresses(decisions: Decisions, account: str) -> list[str]:
    """The addresses of an account's users who are not blocked."""
    return [row["email"] for row in decisions.rows(ADDRESSES_OF, account)]
