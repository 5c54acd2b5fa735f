"""The order of consumption: allowance, then packs, then what is beyond them (R58)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.entitlements import Grant
from metering.usage import Use

NOTHING = Decimal(0)


@dataclass(slots=True)
class Cover:
    """How the units of a meter were covered."""

    included: Decimal = NOTHING
    from_packs: Decimal = NOTHING
    beyond: Decimal = NOTHING


@dataclass(slots=True)
class OpenGrant:
    """A grant, and what is left of it."""

    grant: Grant
    left: Decimal


def open_grants(grants: Iterable[Grant]) -> list[OpenGrant]:
    """Grants of which nothing is used yet; the one that expires first is used first (R63)."""
    return [OpenGrant(grant, grant.units) for grant in sorted(grants, key=_expiry)]


def draw_down(
    uses: Iterable[Use], allowances: Mapping[str, Decimal], packs: Sequence[OpenGrant]
) -> list[tuple[Use, Cover]]:
    """Covers each use in the order given; one use may be split between all three.

    A pack covers what is used while it is alive; what is taken from it is gone from ``packs``.
    """
    left = dict(allowances)
    return [(use, _cover(use, left, packs)) for use in uses]


def _expiry(grant: Grant) -> tuple[str, str]:
    end = grant.life.end.isoformat() if grant.life.end else "9999"
    return end, grant.life.start.isoformat()


def _cover(use: Use, left: dict[str, Decimal], packs: Sequence[OpenGrant]) -> Cover:
    included = min(left.get(use.meter, NOTHING), use.quantity)
    left[use.meter] = left.get(use.meter, NOTHING) - included
    rest = use.quantity - included
    for pack in packs:
        if rest and use.at in pack.grant.life:
            taken = min(pack.left, rest)
            pack.left -= taken
            rest -= taken
    return Cover(included, use.quantity - included - rest, rest)
