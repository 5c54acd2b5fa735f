"""Proposed prices as they are typed, and what they would have made of recorded months."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from billing.catalog.edition import Catalog, Edition
from billing.forms import MOST_PRICE, PRICE_DIGITS
from billing.money import amount_text
from billing.plans.backtest import BackTest, Effect, OrderEffect
from billing.plans.changes import GROUPS, Changes, PriceChange
from entrypoints.backtesting import run_back_test
from entrypoints.cli.session import Session
from entrypoints.sales import queries
from invoices.statements.as_csv import csv_text
from metering.calendar import Period
from metering.problems import Problem

MOST_MONTHS = 24
DEFAULT_MONTHS = 3
MOST_PERCENT = Decimal(1000)
AMOUNT = re.compile(r"[0-9]{1,14}([.,][0-9]{1,12})?")
PERCENT = re.compile(r"[-+][0-9]{1,4}([.,][0-9]{1,4})?%")
SPACES = re.compile(r"[\s\u00a0\u202f]+")
WHOLE, NOT_PRICED = "all", "not_priced"
COLUMNS = ("order", "account", "currency", "kind", "before", "after", "difference")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: changes of prices, and the months that they are tried on."""

    changes: Changes
    first: Period
    last: Period


def keys_of(edition: Edition) -> dict[str, list[str]]:
    """What has a price in an edition, by the groups of prices."""
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    for group, key in edition.prices:
        if group in found:
            found[group].append(key)
    return found


def read_trial(typed: Mapping[str, str], catalog: Catalog) -> tuple[Trial | None, list[Problem]]:
    """What is to be tried, or every problem of it, each with the name of its field.

    A price is an amount, or a percentage with its sign: ``0.08``, ``+5%``, ``-10%``.
    """
    first, last = (_month(typed.get(name, "")) for name in ("from", "to"))
    problems = list(_months(first, last))
    chosen = typed.get("edition", "")
    if chosen and chosen not in catalog.editions:
        problems.append(Problem("unknown_value", "edition", f"there is no edition {chosen}"))
    changes = []
    for name, text in typed.items():
        group, dot, key = name.partition(".")
        if dot and group in GROUPS and (bare := SPACES.sub("", text)):
            if (change := _change(group, key, bare)) is None:
                message = f"{text!r} is no price: write 0.08, or +5% or -10%"
                problems.append(Problem("not_a_price", name, message))
            else:
                changes.append(change)
    if problems or first is None or last is None:
        return None, problems
    editions = frozenset([chosen] if chosen else [])
    return Trial(Changes(tuple(changes), editions=editions), first, last), []


def _month(text: str) -> Period | None:
    try:
        return Period.parse(text.strip())
    except ValueError:
        return None


def _months(first: Period | None, last: Period | None) -> Iterator[Problem]:
    for name, own in (("from", first), ("to", last)):
        if own is None:
            yield Problem("not_a_period", name, "name a month as YYYY-MM, for example 2026-01")
    if first and last:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if not 1 <= months <= MOST_MONTHS:
            message = f"from {first} to {last}: choose 1 to {MOST_MONTHS} months"
            yield Problem("out_of_range", "to", message)


def _change(group: str, key: str, bare: str) -> PriceChange | None:
    if PERCENT.fullmatch(bare):
        percent = Decimal(bare[:-1].replace(",", "."))
        is_possible = -100 <= percent <= MOST_PERCENT
        return PriceChange(group, key, percent=percent) if is_possible else None
    if not AMOUNT.fullmatch(bare):
        return None
    amount = Decimal(bare.replace(",", "."))
    if amount >= MOST_PRICE or amount != round(amount, PRICE_DIGITS):
        return None
    return PriceChange(group, key, amount=amount)


def default_months(session: Session, now: Period) -> tuple[Period, Period]:
    """The last months that were invoiced; without any, those before the current one."""
    found = session.decisions.rows(queries.LAST_INVOICED)
    last = Period.of(found[0]["period"]) if found and found[0]["period"] else now.before()
    first = last
    for _ in range(DEFAULT_MONTHS - 1):
        first = first.before()
    return first, last


def tried(session: Session, trial: Trial) -> BackTest:
    """What the changes would have made of every order's recorded months."""
    months = trial.first, trial.last
    return run_back_test(session.decisions, session.usage, session.catalog, trial.changes, months)


def trial_csv(found: BackTest) -> bytes:
    """Each order's effect by kind of line and in all, as CSV (RFC 4180).

    An order that could not be priced has one line, without amounts.
    """
    rows = [
        {"order": own.order, "account": own.account, "currency": own.currency, **cells}
        for own in found.orders
        for cells in _cells(own)
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))
    return csv_text(frame, include_header=True).encode()


def _cells(own: OrderEffect) -> Iterator[dict[str, str]]:
    if own.problems:
        yield {"kind": NOT_PRICED}
        return
    for kind, effect in (*own.kinds.items(), (WHOLE, own.whole)):
        yield {"kind": kind, **_amounts(effect)}


def _amounts(effect: Effect) -> dict[str, str]:
    return {
        "before": amount_text(effect.before),
        "after": amount_text(effect.after),
        "difference": amount_text(effect.difference),
    }
