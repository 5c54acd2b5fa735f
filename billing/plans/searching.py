"""The cheapest plan of one package: every set of add-ons and number of licences, with its packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract
from billing.orders.checks import check_order
from billing.plans.buying import pack_lines
from billing.plans.covering import is_pooled, pools_used
from billing.plans.pricing import governing, terms_of, used_meters, without
from billing.plans.shopping import Counts, Covering, PackShop, cover
from billing.plans.values import Basis, Demand, Plan
from billing.plans.wants import Addons, Wants
from billing.rating.drawdown import NOTHING
from billing.rating.rate import rate_period
from billing.rating.recurring import recurring_charges
from metering.problems import Problem

SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Found:
    """A plan and what it costs in all."""

    plan: Plan
    cost: Decimal

    @property
    def order(self) -> tuple[Decimal, int, int, Addons, int]:
        """By cost, then fewer packs, then fewer add-ons, then by their names, then licences."""
        plan = self.plan
        packs = sum(line.quantity for line in plan.packs)
        return self.cost, packs, len(plan.addons), plan.addons, plan.licences


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a combination cannot do what is wanted; ``meters`` are those that refuse something."""

    problems: tuple[Problem, ...]
    meters: frozenset[str] = frozenset()


@dataclass
class Search:
    """Goes through the combinations of a package, those with the lowest fees first."""

    wants: Wants
    shop: PackShop = field(default_factory=PackShop)
    combinations: int = 0
    failed: Failed | None = None

    @property
    def is_exact(self) -> bool:
        """Whether nothing was left out.

        Packs that outlive a month may serve the days after it; the search takes each month alone.
        """
        return self.shop.is_exact and self.wants.is_whole and not self.wants.carries_over

    def best(self) -> Found | None:
        """The cheapest plan that does what is wanted."""
        best: Found | None = None
        for fees, addons in self._by_fees():
            if best is not None and fees > best.cost:
                break
            for licences in self._licences():
                plan = self._plan(addons, licences)
                if best is not None and self._fees(plan) > best.cost:
                    break
                found = self._covered(plan)
                if isinstance(found, Failed):
                    self.failed = self.failed or found
                elif best is None or found.order < best.order:
                    best = found
        return best

    def _by_fees(self) -> list[tuple[Decimal, Addons]]:
        """The sets of add-ons with what they and the fewest licences cost."""
        least, wants = self.least, self.wants
        sets = dict.fromkeys(own for one in wants.addon_sets() for own in wants.numbers(one))
        return sorted((self._fees(self._plan(addons, least)), addons) for addons in sets)

    def _plan(self, addons: Addons, licences: int) -> Plan:
        wants = self.wants
        return Plan(wants.edition.id, wants.package, licences, wants.demand.level, addons)

    def _licences(self) -> list[int]:
        """As many licences as sessions need; more where calls of the API are pooled by licence.

        Or as many as other licences extend (R28): an extension needs a licence to extend.
        """
        most = max((self._worth(key) for key in _by_licence(self.wants)), default=0)
        extended = [self.wants.extensions] if self.wants.extensions > self.least else []
        return sorted({*range(self.least, max(self.least, most) + 1), *extended})

    @property
    def least(self) -> int:
        """As many licences as are wanted, and as sessions need."""
        demand, meters = self.wants.demand, self.wants.edition.meters
        if SESSIONS not in meters or SESSIONS in demand.may_refuse:
            return demand.licences
        return max(demand.licences, int(self.wants.most_used(SESSIONS)))

    def _worth(self, key: str) -> int:
        """So many licences cover all that is used of a meter."""
        meter = self.wants.edition.meters[key]
        limit = meter.allowance.limit if meter.allowance else None
        each = self.wants.edition.limit(limit, self.wants.package) if limit else NOTHING
        return int(-(-Fraction(self.wants.most_used(key)) // Fraction(each))) if each else 0

    def _fees(self, plan: Plan) -> Decimal:
        """The recurring fees of a plan over all months; what lacks a price counts as nothing."""
        contracts = _contracts(self.wants.demand, plan, self.wants.basis)
        charges = (one for own in contracts for one in recurring_charges(own))
        return sum((o.net.amount for o in charges if o and not isinstance(o, Problem)), NOTHING)

    def _covered(self, plan: Plan) -> Found | Failed:
        """A plan with the cheapest packs for it, or why it cannot do what is wanted."""
        self.combinations += 1
        demand, basis = self.wants.demand, self.wants.basis
        wrong = check_order(terms_of(demand, plan, basis), basis.catalog)
        if wrong:
            return Failed(tuple(wrong))
        contracts = _contracts(demand, plan, basis)
        fixed = _without_packs(contracts, demand)
        if isinstance(fixed, Failed):
            return fixed
        covered = self._packs(contracts)
        if isinstance(covered, Failed):
            return covered
        counts = [_merged(one.months[n] for one in covered) for n in range(len(demand.months))]
        packs = pack_lines(counts, [own.period for own in demand.months], self.wants.edition)
        whole = fixed + sum((one.cost for one in covered), NOTHING)
        return Found(replace(plan, packs=packs), whole)

    def _packs(self, contracts: Sequence[Contract]) -> list[Covering] | Failed:
        demand, found = self.wants.demand, []
        pairs = list(zip(contracts, demand.months, strict=True))
        for pool in dict.fromkeys(p for own, month in pairs for p in pools_used(own, month.usage)):
            answer = cover(pool, contracts, demand.months, demand.may_refuse, self.shop)
            if answer is None:
                return _not_covered(self.wants, pool)
            found.append(answer)
        return found


def _contracts(demand: Demand, plan: Plan, basis: Basis) -> list[Contract]:
    terms = terms_of(demand, plan, basis)
    return [governing(terms, basis, month.period) for month in demand.months]


def _by_licence(wants: Wants) -> Iterator[str]:
    """The used meters whose allowance more licences raise."""
    policies = wants.edition.policies.overridden(wants.basis.policies)
    if policies.api_scope == "licences":
        yield from (own.meter.key for own in wants.meters if own.meter.by_user)


def _without_packs(contracts: Sequence[Contract], demand: Demand) -> Decimal | Failed:
    """All fees but those of packs, and the overage of meters that no pack covers."""
    cost = NOTHING
    for governed, month in zip(contracts, demand.months, strict=True):
        pooled = [k for k in used_meters(month.usage) if is_pooled(governed.edition.meters[k])]
        rated = rate_period(governed, without(month.usage, pooled))
        refused = [own for own in rated.ledgers if own.refused]
        refused = [own for own in refused if own.meter not in demand.may_refuse]
        if rated.problems or refused:
            problems = (*rated.problems, *(_refused(governed, own.meter) for own in refused))
            return Failed(problems, frozenset(own.meter for own in refused))
        cost += sum((one.net.amount for one in rated.charges), NOTHING)
    return cost


def _refused(governed: Contract, key: str) -> Problem:
    meter, package = governed.edition.meters[key], governed.terms.packages[0].package
    name = governed.edition.packages[package].en
    message = f"{meter.name.en} go beyond the limit of package {name}, and nothing raises it"
    return Problem("hard_limit", f"usage.{key}", message)


def _not_covered(wants: Wants, pool: str) -> Failed:
    """The meters of a pool whose rest may neither be bought nor charged."""
    keys = [own.meter.key for own in wants.meters if own.pool == pool]
    keys = [key for key in keys if key not in wants.demand.may_refuse]
    return Failed(tuple(_no_pack(wants, key) for key in keys), frozenset(keys))


def _no_pack(wants: Wants, key: str) -> Problem:
    meter = wants.edition.meters[key]
    message = (
        f"{meter.name.en} beyond the allowance would be refused: "
        "no pack covers them, and no price and cap lets them be charged"
    )
    return Problem("hard_limit", f"usage.{key}", message)


def _merged(parts: Iterable[Counts]) -> Counts:
    return {key: many for part in parts for key, many in part.items()}
