"""An order as a value: everything that decides what it may use and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from metering.calendar import ONE_DAY, Period, Span

LineT = TypeVar("LineT", bound="Line")


@dataclass(frozen=True, slots=True)
class Account:
    """A customer. ``tax_id`` is the NIP or the foreign VAT number; a consumer has none.

    Documents go to the addresses in ``email``, in the ``language`` (``pl`` or ``en``).
    """

    id: str
    name: str
    country: str
    tax_id: str | None
    address: tuple[str, ...]
    email: tuple[str, ...] = ()
    language: str = "pl"


@dataclass(frozen=True, slots=True)
class Line:
    """Something ordered for days: from ``start`` (None: the launch) to ``end``, inclusive."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLine(Line):
    """The edition that applies; a move takes effect at the start of a period (R7)."""

    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLine(Line):
    """A package with its licences; an order may hold several (R19)."""

    package: str
    licences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaLine(Line):
    """A service level (R40)."""

    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonLine(Line):
    """An additional service, so many units of it."""

    item: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class PackLine:
    """A quantity pack bought at an instant; a recurring one comes again in every period (R57)."""

    item: str
    at: datetime
    quantity: int = 1
    recurring: bool = False
    end: date | None = None


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """One order. ``prices`` are net, by group and key, and override the edition's prices."""

    id: str
    account: str
    currency: str
    launch_date: date
    agreed_launch_date: date
    editions: tuple[EditionLine, ...]
    packages: tuple[PackageLine, ...]
    sla: tuple[SlaLine, ...]
    end_date: date | None = None
    addons: tuple[AddonLine, ...] = ()
    packs: tuple[PackLine, ...] = ()
    prices: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    caps: Mapping[str, Decimal] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    declares: tuple[str, ...] = ()

    @property
    def service(self) -> Span:
        """The days of service (R15)."""
        return Span(self.launch_date, self.end_date)

    def span(self, line: Line) -> Span | None:
        """The days a line is in service, None if there are none."""
        return Span(line.start or self.launch_date, line.end).within(self.service)

    def on(self, lines: Iterable[LineT], day: date) -> list[LineT]:
        """Those of some lines that are in service on a day."""
        return [line for line in lines if (span := self.span(line)) is not None and day in span]

    def editions_in_force(self) -> Iterator[tuple[str, Span]]:
        """Each edition with the days it applies."""
        for line in self.editions:
            if (span := self.span(line)) is not None:
                yield line.edition, span

    def edition_in(self, period: Period) -> str | None:
        """The edition that a period is billed by, None outside the service."""
        whole = Span(period.first_day, period.last_day)
        for edition, span in self.editions_in_force():
            if span.within(whole) is not None:
                return edition
        return None

    def price(self, group: str, key: str) -> Decimal | None:
        """The order's own price, None if it names none."""
        return self.prices.get(group, {}).get(key)


def day_before(day: date) -> date:
    """The last day of what another thing follows on ``day``."""
    return day - ONE_DAY
