"""A scenario: accounts, orders and usage in one file, billed without a database (contract, §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field

from billing.catalog.edition import Catalog
from billing.forms import Form, read_form
from billing.orders.checks import check_order
from billing.orders.forms import AccountForm, OrderForm
from billing.orders.routes import route
from billing.orders.terms import Account, OrderTerms
from metering.calendar import Period, local_day
from metering.events import UsageEvent, read_event
from metering.problems import Problem, ProblemsFound
from metering.routes import OrderRoute


class UsageFilesForm(Form):
    files: tuple[str, ...]


class ScenarioForm(Form):
    """The file. What belongs to service levels is named here and not billed yet."""

    catalog: str | None = None
    accounts: tuple[AccountForm, ...]
    orders: tuple[OrderForm, ...]
    usage: UsageFilesForm | tuple[dict[str, Any], ...] = ()
    incidents: tuple[Any, ...] = ()
    exclusions: tuple[Any, ...] = ()
    claims: tuple[Any, ...] = ()
    service_work: tuple[Any, ...] = ()


class OrderFileForm(Form):
    """The accounts and orders of a file, as `licznik orders import` takes it."""

    accounts: tuple[AccountForm, ...] = ()
    orders: tuple[OrderForm, ...] = Field(min_length=1)


NOT_YET = ("incidents", "exclusions", "claims", "service_work")


@dataclass(frozen=True)
class Orders:
    """Accounts and orders that were checked against a catalog."""

    accounts: Mapping[str, Account]
    terms: Mapping[str, OrderTerms]
    routes: Mapping[str, OrderRoute]


@dataclass(frozen=True)
class Scenario:
    """A scenario whose every part is valid."""

    catalog: Catalog
    orders: Orders
    events: Mapping[str, list[UsageEvent]]

    def last_period(self) -> Period:
        """The period of the last dated thing: launch, usage or pack."""
        days = [terms.launch_date for terms in self.orders.terms.values()]
        days += [event.day for events in self.events.values() for event in events]
        days += [local_day(pack.at) for t in self.orders.terms.values() for pack in t.packs]
        return Period.of(max(days))

    def first_period(self) -> Period:
        """The period of the first launch."""
        return Period.of(min(terms.launch_date for terms in self.orders.terms.values()))


def read_orders(
    accounts: Iterable[AccountForm],
    orders: Iterable[OrderForm],
    catalog: Catalog,
    known: Mapping[str, Account] | None = None,
) -> Orders:
    """Checks accounts and orders together; raises ProblemsFound with all of their problems.

    ``known`` are accounts that exist already, so that an order may name one of them.
    """
    people = {**(known or {}), **{form.id: form.account() for form in accounts}}
    problems = [
        problem.under(f"accounts[{i}]")
        for i, form in enumerate(accounts)
        for problem in form.problems()
    ]
    problems += _repeated_ids("accounts", [form.id for form in accounts])
    problems += _repeated_ids("orders", [form.id for form in orders])
    terms = {form.id: form.terms() for form in orders}
    for i, form in enumerate(orders):
        if form.account not in people:
            message = f"there is no account {form.account}: add it under accounts"
            problems.append(Problem("unknown_account", f"orders[{i}].account", message))
        problems += [p.under(f"orders[{i}]") for p in check_order(form.terms(), catalog)]
    if problems:
        raise ProblemsFound(problems)
    return Orders(people, terms, {key: route(own, catalog) for key, own in terms.items()})


def _repeated_ids(group: str, ids: list[str]) -> list[Problem]:
    what = group.removesuffix("s")
    return [
        Problem(f"duplicate_{what}", f"{group}[{i}].id", f"{what} {key} is given twice")
        for i, key in enumerate(ids)
        if key in ids[:i]
    ]


def read_scenario_form(value: Any) -> ScenarioForm:
    """Checks the shape of a scenario; raises ProblemsFound, also for what is not supported yet."""
    form, problems = read_form(ScenarioForm, value)
    problems += [
        Problem("not_supported_yet", field, f"{field} cannot be billed yet: take it out")
        for field in NOT_YET
        if isinstance(value, dict) and value.get(field)
    ]
    if form is None or problems:
        raise ProblemsFound(problems)
    return form


def read_usage(entries: Iterable[Mapping[str, Any]], orders: Orders) -> dict[str, list[UsageEvent]]:
    """The events that a scenario states in place, each once; raises ProblemsFound.

    An entry may have an ``id`` and a ``source``: then a repeat of it is a duplicate.
    """
    events: dict[tuple[str, date, str, str], UsageEvent] = {}
    problems: list[Problem] = []
    for i, entry in enumerate(entries):
        event, wrong = read_event(as_cloud_event(entry, i), orders.routes)
        if event is not None and events.setdefault(event.identity, event) != event:
            message = "another entry of this source and id has other content"
            wrong = [Problem("id_conflict", "id", message)]
        problems += [_in_entry(problem).under(f"usage[{i}]") for problem in wrong]
    if problems:
        raise ProblemsFound(problems)
    by_order: defaultdict[str, list[UsageEvent]] = defaultdict(list)
    for event in events.values():
        by_order[event.order].append(event)
    return dict(by_order)


_EVENT_FIELDS = {"subject": "order", "type": "meter"}


def as_cloud_event(entry: Mapping[str, Any], index: int) -> dict[str, Any]:
    """A use as a scenario states it, in the form of an event."""
    data = {k: v for k, v in entry.items() if k not in ("order", "meter", "time", "id", "source")}
    return {
        "specversion": "1.0",
        "id": entry.get("id", f"usage-{index}"),
        "source": entry.get("source", "scenario"),
        "type": entry.get("meter"),
        "subject": entry.get("order"),
        "time": entry.get("time"),
        "data": data,
    }


def _in_entry(problem: Problem) -> Problem:
    """An event's problem in the words of a scenario's entry."""
    path = _EVENT_FIELDS.get(problem.path, problem.path.removeprefix("data").removeprefix("."))
    return Problem(problem.code, path, problem.message)
