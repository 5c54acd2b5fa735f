"""A scenario: accounts, orders and usage in one file, billed without a database (contract, §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import Field

from billing.catalog.edition import Catalog
from billing.forms import Form, read_each, read_form, repeated
from billing.orders.checks import check_order
from billing.orders.forms import AccountForm, OrderForm
from billing.orders.routes import route
from billing.orders.terms import Account, OrderTerms
from billing.sla.forms import ClaimForm, ExclusionForm, IncidentForm, ServiceWorkForm
from billing.sla.reading import read_record
from billing.sla.record import ServiceRecord
from metering.calendar import Period, local_day
from metering.events import UsageEvent, read_event
from metering.problems import Problem, ProblemsFound
from metering.routes import OrderRoute


class UsageFilesForm(Form):
    files: tuple[str, ...]


class ScenarioShape(Form):
    """The parts of a scenario, each checked by itself, so that all mistakes are found."""

    catalog: str | None = None
    accounts: tuple[Any, ...]
    orders: tuple[Any, ...] = Field(min_length=1)
    usage: Any = ()
    incidents: tuple[Any, ...] = ()
    exclusions: tuple[Any, ...] = ()
    claims: tuple[Any, ...] = ()
    service_work: tuple[Any, ...] = ()


class ScenarioForm(ScenarioShape):
    """The whole file, as its JSON Schema shows it."""

    accounts: tuple[AccountForm, ...]
    orders: tuple[OrderForm, ...]
    usage: UsageFilesForm | tuple[dict[str, Any], ...] = ()
    incidents: tuple[IncidentForm, ...] = ()
    exclusions: tuple[ExclusionForm, ...] = ()
    claims: tuple[ClaimForm, ...] = ()
    service_work: tuple[ServiceWorkForm, ...] = ()


class OrderFileShape(Form):
    """The accounts and orders of a file, as `licznik orders import` takes it."""

    accounts: tuple[Any, ...] = ()
    orders: tuple[Any, ...] = Field(min_length=1)


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
    record: ServiceRecord = field(default_factory=ServiceRecord)

    def last_period(self) -> Period:
        """The period of the last dated thing: launch, usage, pack, incident, claim or work."""
        days = [terms.launch_date for terms in self.orders.terms.values()]
        days += [event.day for events in self.events.values() for event in events]
        days += [local_day(pack.at) for t in self.orders.terms.values() for pack in t.packs]
        days += self.record.days()
        return Period.of(max(days))

    def first_period(self) -> Period:
        """The period of the first launch."""
        return Period.of(min(terms.launch_date for terms in self.orders.terms.values()))


FileReader = Callable[[tuple[str, ...], "Orders"], tuple[list[UsageEvent], list[Problem]]]
"""Reads the events of usage files, for the orders of a scenario."""


def read_scenario(shape: ScenarioShape, catalog: Catalog, read_files: FileReader) -> Scenario:
    """Checks every part of a scenario; raises ProblemsFound with all problems of all parts."""
    orders, problems = check_orders(shape.accounts, shape.orders, catalog)
    if isinstance(shape.usage, Mapping):
        form, wrong = read_form(UsageFilesForm, shape.usage, "usage")
        events, bad = read_files(form.files if form else (), orders)
    else:
        wrong = []
        events, bad = check_usage(shape.usage, orders)
    record, unclear = read_record(
        shape.incidents, shape.exclusions, shape.claims, shape.service_work, orders.terms
    )
    named = _named(shape.orders) if problems else set()
    problems += [*wrong, *_without_echoes([*bad, *unclear], named)]
    if problems:
        raise ProblemsFound(problems)
    return Scenario(catalog, orders, _by_order(events), record)


def _named(orders: Iterable[Any]) -> set[str]:
    """The ids of the orders of a file as text, whatever they are."""
    return {str(raw.get("id")) for raw in orders if isinstance(raw, Mapping)}


def _without_echoes(problems: list[Problem], named: set[str]) -> list[Problem]:
    """Drops what only says again that an order of the file is not valid."""
    echoes = {f"there is no order {order}:" for order in named}
    return [
        problem
        for problem in problems
        if not (problem.code == "unknown_order" and any(map(problem.message.startswith, echoes)))
    ]


def _by_order(events: Iterable[UsageEvent]) -> dict[str, list[UsageEvent]]:
    by_order: defaultdict[str, list[UsageEvent]] = defaultdict(list)
    for event in events:
        by_order[event.order].append(event)
    return dict(by_order)


def read_orders(
    accounts: Iterable[Any],
    orders: Iterable[Any],
    catalog: Catalog,
    known: Mapping[str, Account] | None = None,
) -> Orders:
    """Checks accounts and orders together; raises ProblemsFound with all of their problems."""
    found, problems = check_orders(accounts, orders, catalog, known)
    if problems:
        raise ProblemsFound(problems)
    return found


def check_orders(
    accounts: Iterable[Any],
    orders: Iterable[Any],
    catalog: Catalog,
    known: Mapping[str, Account] | None = None,
) -> tuple[Orders, list[Problem]]:
    """The valid accounts and orders, and the problems of all the others.

    ``known`` are accounts that exist already, so that an order may name one of them.
    """
    account_forms, problems = read_each(AccountForm, accounts, "accounts")
    order_forms, wrong = read_each(OrderForm, orders, "orders")
    problems += wrong
    people = dict(known or {})
    for path, account in account_forms:
        problems += [problem.under(path) for problem in account.problems()]
        people[account.id] = account.account()
    terms: dict[str, OrderTerms] = {}
    for path, order in order_forms:
        own = check_order(order.terms(), catalog)
        if order.account not in people:
            message = f"there is no account {order.account}: add it under accounts"
            own.append(Problem("unknown_account", "account", message))
        problems += [problem.under(path) for problem in own]
        if not own:
            terms[order.id] = order.terms()
    problems += repeated("account", [(path, form.id) for path, form in account_forms])
    problems += repeated("order", [(path, form.id) for path, form in order_forms])
    routes = {key: route(own, catalog) for key, own in terms.items()}
    return Orders(people, terms, routes), problems


def check_usage(entries: Any, orders: Orders) -> tuple[list[UsageEvent], list[Problem]]:
    """The events that a scenario states in place, each once, and what is wrong with the others.

    An entry may have an ``id`` and a ``source``: then a repeat of it is a duplicate.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        message = "give usage as a list of entries, or as `files: [...]`"
        return [], [Problem("not_a_list", "usage", message)]
    return each_once(
        (f"usage[{i}]", *_read_entry(entry, i, orders)) for i, entry in enumerate(entries)
    )


def _read_entry(entry: Any, index: int, orders: Orders) -> tuple[UsageEvent | None, list[Problem]]:
    if not isinstance(entry, Mapping):
        return None, [Problem("not_a_mapping", "", "give an entry as a mapping, key: value")]
    event, problems = read_event(as_cloud_event(entry, index), orders.routes)
    return event, [_in_entry(problem) for problem in problems]


def each_once(
    found: Iterable[tuple[str, UsageEvent | None, list[Problem]]],
) -> tuple[list[UsageEvent], list[Problem]]:
    """Events without their repeats, and every problem under the path it was found at.

    Another event of the same identity is the problem ``id_conflict``.
    """
    events: dict[tuple[str, date, str, str], UsageEvent] = {}
    problems: list[Problem] = []
    for path, event, wrong in found:
        problems += [problem.under(path) for problem in wrong]
        if event is not None and events.setdefault(event.identity, event) != event:
            message = "another event of this source and id has other content"
            problems.append(Problem("id_conflict", f"{path}.id", message))
    return list(events.values()), problems


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
