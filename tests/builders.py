"""Words for the tests: an order, what it used, and the bill that follows.

Times are written as `2025-10-05 09:00` in local time; everything an order needs and a case does
not speak of (prices above all) has a default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from billing.catalog.edition import Catalog
from billing.catalog.loading import load_catalog
from billing.forms import read_form
from billing.invoicing import InvoiceDraft, InvoiceLine
from billing.modelling import Simulation, simulate
from billing.money import amount_text, plain
from billing.scenario import Orders, Scenario, ScenarioShape, read_orders
from billing.scenario import read_scenario as scenario_of
from metering.calendar import WARSAW, Period
from metering.problems import Problem, ProblemsFound

CATALOG_FILE = Path(__file__).parent.parent / "pricing_catalog.yaml"
FCC = "fcc-2025-03-01"
WELYO = "welyo-2025-06-25"
FROM_PURCHASE = {"pack_coverage": "from_purchase"}
MIDDLE_OF_OCTOBER = "2025-10-15 12:00"
MORNING, EVENING = "2025-10-05 09:00", "2025-10-05 18:00"
GB = 10**9

RATES = {
    "api_calls": "0.002",
    "records": "0.05",
    "tickets": "0.03",
    "sms": "0.09",
    "mass_sms": "0.08",
    "mass_emails": "0.01",
    "tts_characters": "0.0004",
    "rule_launches": "0.02",
    "surveys": "0.10",
}
ACCOUNT = {
    "id": "acme",
    "name": "Acme Sp. z o.o.",
    "country": "PL",
    "tax_id": "5260001246",
    "address": ["ul. Prosta 1", "00-001 Warszawa"],
}

Plain = dict[str, Any]


@cache
def catalog_text() -> str:
    """The shipped catalog as text."""
    return CATALOG_FILE.read_text(encoding="utf-8")


@cache
def catalog() -> Catalog:
    """The shipped catalog."""
    return load_catalog(catalog_text())


def local(text: str) -> str:
    """A local time such as `2025-10-05 09:00` with its offset; a text with an offset is kept."""
    moment = datetime.fromisoformat(text)
    return text if moment.tzinfo else moment.replace(tzinfo=WARSAW).isoformat()


def order(package: str = "pro", **given: Any) -> Plain:
    """An order of the Welyo edition with 20 licences, launched on 2025-10-01, all prices given."""
    own: Plain = {
        "id": "acme-main",
        "account": "acme",
        "edition": WELYO,
        "package": package,
        "licences": 20,
        "launch_date": "2025-10-01",
        **given,
    }
    prices: Plain = {
        "licence": "150.00",
        "sla": "400.00",
        "addons": {line["item"]: "99.00" for line in own.get("addons", ())},
        "packs": {line["item"]: "350.00" for line in own.get("packs", ())},
        "overage": RATES,
    }
    return {**own, "prices": {**prices, **own.get("prices", {})}}


def addon(item: str, quantity: int = 1, start: str | None = None, to: str | None = None) -> Plain:
    """An add-on of an order, for the whole service unless told otherwise."""
    return {"item": item, "quantity": quantity, "from": start, "to": to}


AUTOMATION = [addon("email_sms_automation")]
SURVEYS = [addon("post_call_surveys")]


def pack(item: str, at: str = "2025-10-01 00:00", **given: Any) -> Plain:
    """A pack of an order; bought for one period unless `recurring=True`."""
    return {"item": item, "at": local(at), **given}


def use(meter: str, quantity: int | str, at: str = MIDDLE_OF_OCTOBER, **given: Any) -> Plain:
    """So many units of a flow meter used at a time."""
    return {
        "order": "acme-main",
        "meter": meter,
        "time": local(at),
        "quantity": quantity,
        **given,
    }


def hold(meter: str, delta: int, at: str = MIDDLE_OF_OCTOBER, **given: Any) -> Plain:
    """So many units of a stock meter more, or fewer, from a time on."""
    return {"order": "acme-main", "meter": meter, "time": local(at), "delta": delta, **given}


def say(text: str, at: str = MIDDLE_OF_OCTOBER) -> Plain:
    """A text spoken by speech synthesis."""
    return {"order": "acme-main", "meter": "tts_characters", "time": local(at), "text": text}


class Split(NamedTuple):
    """How used units are covered."""

    used: Decimal | int = 0
    included: Decimal | int = 0
    from_packs: Decimal | int = 0
    overage: Decimal | int = 0
    refused: Decimal | int = 0


@dataclass(frozen=True)
class Bill:
    """What a case looks at: how each meter is covered and what each line says."""

    simulation: Simulation

    def split(self, meter: str, order: str = "acme-main") -> Split:
        """The ledger of a meter; nothing used is an empty split."""
        for own in self.simulation.ledgers:
            if (own.meter, own.order) == (meter, order):
                return Split(own.used, own.included, own.from_packs, own.overage, own.refused)
        return Split()

    @property
    def invoice(self) -> InvoiceDraft:
        (invoice,) = self.simulation.invoices
        return invoice

    @property
    def items(self) -> list[str]:
        """The items on the invoice."""
        return [line.charge.item for line in self.invoice.lines]

    def line(self, item: str) -> InvoiceLine:
        """The one line of an item."""
        (line,) = (line for line in self.invoice.lines if line.charge.item == item)
        return line

    def charged(self, item: str) -> tuple[str, str, str]:
        """Quantity, unit price and net of an item's line."""
        own = self.line(item).charge
        return plain(own.quantity), str(own.unit_price), amount_text(own.net)

    def net(self, item: str) -> str:
        """The net amount of an item's line."""
        return amount_text(self.line(item).charge.net)


def scenario(orders: Sequence[Plain], uses: Sequence[Plain] = (), **given: Any) -> Plain:
    """A scenario file as a value."""
    return {"accounts": [ACCOUNT], "orders": list(orders), "usage": list(uses), **given}


def read_scenario(written: Plain) -> Scenario:
    """A scenario checked by the engine; raises ProblemsFound."""
    shape, problems = read_form(ScenarioShape, written)
    if shape is None:
        raise ProblemsFound(problems)
    return scenario_of(shape, catalog(), lambda _, __: ([], []))


def run(written: Plain, period: str) -> Simulation:
    """The engine's result for one period of a scenario."""
    return simulate(read_scenario(written), Period.parse(period))


def bill(own: Plain, *uses: Plain, period: str = "2025-10", account: Plain = ACCOUNT) -> Bill:
    """What an order costs in a period; the order and its usage are valid."""
    simulation = run({**scenario([own], uses), "accounts": [account]}, period)
    assert simulation.problems == ()
    return Bill(simulation)


def checked(own: Plain) -> Orders:
    """The order, found valid."""
    return read_orders([ACCOUNT], [own], catalog())


def problems_of(own: Plain, *uses: Plain) -> list[str]:
    """The problems of an order and its usage, each as its code and its path in the order."""
    return [f"{p.code} at {p.path.removeprefix('orders[0].')}" for p in found(own, *uses)]


def found(own: Plain, *uses: Plain) -> Sequence[Problem]:
    """The problems of an order and its usage."""
    try:
        return simulate(read_scenario(scenario([own], uses))).problems
    except ProblemsFound as found:
        return found.problems


def event(**given: Any) -> Plain:
    """A CloudEvent that is right: one SMS of the order acme-main."""
    whole: Mapping[str, Any] = {
        "specversion": "1.0",
        "id": "3f0c",
        "source": "/platform/node-3",
        "type": "sms",
        "subject": "acme-main",
        "time": "2025-10-05T10:00:00+02:00",
        "data": {"quantity": 1},
    }
    return {**whole, **given}
