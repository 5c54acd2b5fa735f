"""What plans are made of and found by: demand, basis, plan, and what a plan costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing.catalog.edition import Catalog, Edition
from billing.invoicing import InvoiceDraft
from billing.money import Money, total
from billing.orders.terms import Account, PackLine
from billing.rating.charges import Ledger
from metering.calendar import Period
from metering.problems import Problem
from metering.usage import PeriodUsage

PROSPECT = Account("prospect", "", "PL", None, ())
"""Who a plan is priced for where nobody is named: somebody who pays Polish VAT."""


@dataclass(frozen=True, slots=True)
class Month:
    """What is used in a month, as rating takes it.

    Single uses (``usage.timed``) may be left out: what depends on the time of a use is then taken
    as used in the middle of its month.
    """

    period: Period
    usage: PeriodUsage


@dataclass(frozen=True, slots=True)
class Demand:
    """What somebody wants: usage, month after month, and what must be there in all of them.

    ``licences`` are needed at least; concurrent sessions in the usage may need more. ``items`` are
    features and add-ons that must be available, each so many times where it is counted. ``level``
    is the service level. Units of the meters in ``may_refuse`` may be refused; of others none.
    """

    months: tuple[Month, ...]
    licences: int = 0
    items: Mapping[str, int] = field(default_factory=dict)
    level: str = "standard"
    may_refuse: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Basis:
    """By what a plan is priced: an edition, prices and caps as an order may have them.

    ``prices`` go before the edition's, whose indicative ones are used too and marked. Without
    ``packages`` every package of the edition is looked at.
    """

    catalog: Catalog
    edition: str
    prices: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    caps: Mapping[str, Decimal] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    currency: str = "PLN"
    declares: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    account: Account = PROSPECT

    @property
    def own_edition(self) -> Edition:
        """The edition itself."""
        return self.catalog.editions[self.edition]


@dataclass(frozen=True, slots=True)
class Plan:
    """What could be ordered: one package, licences, a level, and the same add-ons in all months.

    ``packs`` are bought at the start of months: for a month, or for a run of months as recurring
    ones with their ``end``.
    """

    edition: str
    package: str
    licences: int
    level: str = "standard"
    addons: tuple[tuple[str, int], ...] = ()
    packs: tuple[PackLine, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedMonth:
    """A month of a plan: the invoice it would have (None: nothing to charge) and its ledgers."""

    period: Period
    invoice: InvoiceDraft | None
    ledgers: tuple[Ledger, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> tuple[Ledger, ...]:
        """The ledgers of meters of which something is refused."""
        return tuple(own for own in self.ledgers if own.refused)


@dataclass(frozen=True, slots=True)
class PricedPlan:
    """What a plan costs by the exact rating; ``problems`` are why it cannot be had or priced.

    The sums are those of the months' invoices.
    """

    plan: Plan
    months: tuple[PricedMonth, ...]
    currency: str
    problems: tuple[Problem, ...] = ()

    @property
    def net(self) -> Money:
        """All months before VAT."""
        return total([own.net for own in self.invoices], self.currency)

    @property
    def gross(self) -> Money:
        """All months with VAT."""
        return total([own.gross for own in self.invoices], self.currency)

    @property
    def invoices(self) -> tuple[InvoiceDraft, ...]:
        """The months' invoices."""
        return tuple(own.invoice for own in self.months if own.invoice)

    @property
    def is_indicative(self) -> bool:
        """Whether any price in it is one of the catalog to model with."""
        return any(line.charge.indicative for own in self.invoices for line in own.lines)


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a plan is the cheapest of its package.

    ``is_exact``: every other combination was priced, or shown to cost more by an exact bound.
    ``combinations`` of add-ons and licences were gone through, ``packs`` mixes of packs;
    ``neighbours`` differ from the plan in one thing and were priced by the exact rating: none that
    does all that is wanted costs less (0: none was looked at). ``proposed`` is what the solver's
    own proposal costs exactly; None where it had none that does all, or was not asked.
    """

    is_exact: bool
    combinations: int
    packs: int
    neighbours: int = 0
    proposed: Money | None = None


@dataclass(frozen=True, slots=True)
class Mix:
    """The cheapest plan of a package, priced, with its proof."""

    priced: PricedPlan
    proof: Proof

    @property
    def plan(self) -> Plan:
        return self.priced.plan

    @property
    def net(self) -> Money:
        return self.priced.net


@dataclass(frozen=True, slots=True)
class Excluded:
    """A package that cannot do what is wanted, and why.

    ``nearest`` is the plan that comes nearest to it, priced, with what it would refuse.
    """

    edition: str
    package: str
    problems: tuple[Problem, ...]
    nearest: PricedPlan | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The cheapest plan of each package, the cheapest first, and the packages that cannot do."""

    mixes: tuple[Mix, ...]
    excluded: tuple[Excluded, ...] = ()

    @property
    def cheapest(self) -> Mix | None:
        return next(iter(self.mixes), None)
