"""What intake must know of an order: when it is in service and which meters are open when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from metering.calendar import Interval
from metering.meters import Meter
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class MeterRoute:
    """A meter of an order, with the instants at which its usage is accepted."""

    meter: Meter
    open: tuple[Interval, ...]
    needs: tuple[str, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether usage at an instant is accepted."""
        return any(at in interval for interval in self.open)


@dataclass(frozen=True, slots=True, eq=False)
class OrderRoute:
    """An order as intake sees it: the instants of service, and its meters.

    Each is equal to itself alone, so that what was made of it can be kept beside it. ``problem`` is
    why nothing can be said of its meters yet, if that is so.
    """

    order: str
    service: Interval
    meters: Mapping[str, MeterRoute] = field(default_factory=dict)
    problem: Problem | None = None


Routes = Mapping[str, OrderRoute]
"""The route of every order, by its id."""
