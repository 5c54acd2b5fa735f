"""`licznik orders`: placing orders, changing them, looking at them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.decisions import plain
from billing.forms import read_form
from billing.orders import changes
from billing.orders import order as events
from billing.orders.commands import change_order, import_orders, next_event
from billing.orders.forms import OrderForm
from billing.orders.order import TERMS, Order, changed
from billing.orders.terms import OrderTerms, PackageLine
from billing.plain_yaml import read_yaml
from billing.scenario import OrderFileShape, read_orders
from entrypoints.cli.arguments import Amount, Day, Instant
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.texts import read_text
from invoices import queries
from metering.calendar import ONE_DAY, Period, local_day
from metering.problems import Problem, ProblemsFound
from metering.queries import USAGE_DAYS

app = typer.Typer(help="Orders.", no_args_is_help=True)

OrderId = Annotated[str, typer.Argument(help="The order's id.")]
Price = Annotated[Decimal | None, typer.Option(parser=Amount, help="The order's own net price.")]


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="YAML with accounts and orders, as in a scenario.")],
    as_json: AsJson = False,
) -> None:
    """Place the orders of a file. The same file twice changes nothing."""
    document = read_yaml(read_text(file))
    shape, problems = read_form(OrderFileShape, document.value)
    if shape is None:
        raise ProblemsFound(document.located(problem) for problem in problems)
    with open_session() as session:
        try:
            done = import_orders(session.decisions, shape, session.catalog, clock())
        except ProblemsFound as found:
            raise ProblemsFound(document.located(problem) for problem in found.problems) from found
    if as_json:
        counts = {"placed": done.placed, "unchanged": done.unchanged, "accounts": done.accounts}
        print_json(counts)
    else:
        say(
            f"{done.placed} orders placed, {done.unchanged} there already, "
            f"{done.accounts} accounts new or changed."
        )


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List every order."""
    with open_session() as session:
        orders = session.decisions.terms()
    if as_json:
        print_json({"orders": [plain(TERMS, terms) for terms in orders.values()]})
        return
    rows = (
        (
            terms.id,
            terms.account,
            terms.editions[-1].edition,
            " + ".join(f"{line.package} × {line.licences}" for line in _last_packages(terms)),
            terms.sla[-1].level,
            terms.launch_date,
            terms.end_date,
        )
        for terms in orders.values()
    )
    columns = ("order", "account", "edition", "package × licences", "SLA", "launch", "end")
    table("Orders", columns, rows)


def _last_packages(terms: OrderTerms) -> list[PackageLine]:
    """The packages that an order has now, or had last."""
    return [line for line in terms.packages if line.end is None] or [terms.packages[-1]]


@app.command("show")
def show(order: OrderId, as_json: AsJson = False) -> None:
    """Show an order: its terms, and every decision that made them."""
    with open_session() as session:
        found = session.decisions.order(order)
        made = list(session.decisions.events.get(events.order_key(order)))
    if as_json:
        history = [{"decision": type(e).__name__, **vars(e)} for e in made]
        print_json({"version": found.version, **plain(TERMS, found.terms), "history": history})
        return
    table(f"Order {order}", ("what", "is"), _described(found))
    table("Decisions", (">", "recorded", "decision", "what"), (_decision(e) for e in made))


def _described(order: Order) -> list[tuple[str, Any]]:
    terms = order.terms
    rows: list[tuple[str, Any]] = [
        ("account", terms.account),
        ("edition", terms.editions[-1].edition),
        ("launch", f"{terms.launch_date} (agreed {terms.agreed_launch_date})"),
        ("end", terms.end_date or "open"),
    ]
    rows += [
        ("package", _line(line, f"{line.package} × {line.licences}")) for line in terms.packages
    ]
    rows += [("SLA level", _line(line, line.level)) for line in terms.sla]
    rows += [("add-on", _line(line, f"{line.item} × {line.quantity}")) for line in terms.addons]
    rows += [("pack", _pack(pack)) for pack in terms.packs]
    rows += [
        ("price", f"{group}.{key} {amount}")
        for group, prices in terms.prices.items()
        for key, amount in prices.items()
    ]
    rows += [("cap", f"{meter} {units}") for meter, units in terms.caps.items()]
    rows += [("policy", f"{name} {value}") for name, value in terms.policies.items()]
    return rows


def _line(line: Any, what: str) -> str:
    return f"{what}, {line.start or 'launch'} – {line.end or 'open'}"


def _pack(pack: Any) -> str:
    kind = "recurring" if pack.recurring else "once"
    return f"{pack.item} × {pack.quantity}, {kind}, {pack.at.isoformat()} – {pack.end or ''}"


def _decision(event: Any) -> tuple[Any, ...]:
    own = {k: v for k, v in vars(event).items() if k not in vars_of_event and v is not None}
    shown = "" if "terms" in own else ", ".join(f"{k} {v}" for k, v in own.items())
    recorded = event.recorded_at.isoformat(timespec="seconds")
    return event.originator_version, recorded, type(event).__name__, shown


vars_of_event = frozenset(events.Event.__dataclass_fields__)


@app.command("shift")
def shift(
    order: OrderId,
    to: Annotated[date, typer.Option(parser=Day, help="The new launch date.")],
    no_update: Annotated[
        bool,
        typer.Option("--no-update", help="The client asked for more: start on day 14 (R18)."),
    ] = False,
) -> None:
    """Move the launch date: earlier freely, later by at most 14 days (R16)."""
    with open_session() as session:
        found = session.decisions.order(order)
        days = session.catalog.sla_rules.shift_days
        launch = changes.latest_start(found.terms, to, days) if no_update else to
        problems = changes.shift_problems(found.terms, launch, days)
        if problems:
            raise ProblemsFound(problems)
        event = events.LaunchShifted(**next_event(found, clock()), to=launch, asked=to)
        since = min(launch, found.terms.launch_date)
        _change(session, found, event, since, f"Order {order} starts on {launch}.")


change = typer.Typer(help="Change an order from a day on.", no_args_is_help=True)
add = typer.Typer(help="Add something to an order.", no_args_is_help=True)
app.add_typer(change, name="change")
app.add_typer(add, name="add")

From = Annotated[date, typer.Option("--from", parser=Day, help="The first day it applies.")]
Until = Annotated[date | None, typer.Option("--to", parser=Day, help="Its last day, if known.")]


@change.command("licences")
def change_licences(order: OrderId, licences: int, package: str, start: From) -> None:
    """Change the number of licences of a package."""
    with open_session() as session:
        found = session.decisions.order(order)
        problems = changes.licence_problems(found.terms, package, start)
        if problems:
            raise ProblemsFound(problems)
        own: dict[str, Any] = {"package": package, "licences": licences, "start": start}
        event = events.LicencesChanged(**next_event(found, clock()), **own)
        message = f"Order {order} has {licences} licences of {package} from {start}."
        _change(session, found, event, start, message)


@change.command("package")
def change_package(
    order: OrderId, package: str, licences: int, start: From, price: Price = None
) -> None:
    """Put another package in the place of those before."""
    with open_session() as session:
        found = session.decisions.order(order)
        own: dict[str, Any] = {"package": package, "licences": licences, "start": start}
        event = events.PackageChanged(**next_event(found, clock()), **own, price=price)
        _change(session, found, event, start, f"Order {order} has package {package} from {start}.")


@change.command("edition")
def change_edition(order: OrderId, edition: str, start: From) -> None:
    """Move to another edition, from the first day of a month on (R7)."""
    with open_session() as session:
        found = session.decisions.order(order)
        event = events.EditionMoved(**next_event(found, clock()), edition=edition, start=start)
        _change(session, found, event, start, f"Order {order} is on {edition} from {start}.")


@change.command("sla")
def change_sla(order: OrderId, level: str, start: From, price: Price = None) -> None:
    """Change the service level."""
    with open_session() as session:
        found = session.decisions.order(order)
        own: dict[str, Any] = {"level": level, "start": start, "price": price}
        event = events.SlaChanged(**next_event(found, clock()), **own)
        _change(session, found, event, start, f"Order {order} has SLA {level} from {start}.")


@change.command("price")
def change_price(
    order: OrderId,
    of: Annotated[str, typer.Argument(help="Group and key, as in overage.sms or licence.pro.")],
    price: Annotated[Decimal, typer.Argument(parser=Amount, help="The net price of a unit.")],
) -> None:
    """Agree a price; it holds for every period that has no invoice yet."""
    group, _, key = of.partition(".")
    with open_session() as session:
        found = session.decisions.order(order)
        event = events.PriceAgreed(**next_event(found, clock()), group=group, key=key, price=price)
        change_order(session.decisions, found, event, session.catalog)
        say(f"Order {order} pays {price} for {of}.")


@change.command("terms")
def change_terms(
    file: Annotated[Path, typer.Argument(help="YAML with one order: the agreed order update.")],
) -> None:
    """Record an order update agreed before the launch: new terms replace the old (R17)."""
    document = read_yaml(read_text(file))
    shape, problems = read_form(OrderFileShape, document.value)
    if shape is None or len(shape.orders) != 1:
        one = Problem("one_order", "orders", "an order update has exactly one order")
        raise ProblemsFound([document.located(problem) for problem in problems or [one]])
    form, problems = read_form(OrderForm, shape.orders[0], "orders[0]")
    if form is None:
        raise ProblemsFound(document.located(problem) for problem in problems)
    terms = form.terms()
    with open_session() as session:
        found = session.decisions.order(terms.id)
        known = session.decisions.accounts()
        read_orders(shape.accounts, shape.orders, session.catalog, known)
        late = changes.update_problems(found.terms, local_day(clock()))
        if late:
            raise ProblemsFound(late)
        event = events.Updated(**next_event(found, clock()), terms=dict(plain(TERMS, terms)))
        since = min(terms.launch_date, found.terms.launch_date)
        _change(session, found, event, since, f"Order {terms.id} is updated.")


@change.command("confirm")
def confirm(order: OrderId, on: Annotated[date, typer.Option(parser=Day)]) -> None:
    """Record that the launch date was confirmed to the client by e-mail (R20)."""
    with open_session() as session:
        found = session.decisions.order(order)
        own: dict[str, Any] = {"launch_date": found.terms.launch_date, "confirmed_on": on}
        event = events.LaunchConfirmed(**next_event(found, clock()), **own)
        session.decisions.record(found, event)
        say(f"The launch of order {order} was confirmed on {on}.")


@add.command("package")
def add_package(order: OrderId, package: str, licences: int, start: From) -> None:
    """Order a further package (R19)."""
    with open_session() as session:
        found = session.decisions.order(order)
        own: dict[str, Any] = {"package": package, "licences": licences, "start": start}
        event = events.PackageAdded(**next_event(found, clock()), **own)
        _change(session, found, event, start, f"Order {order} has {package} too from {start}.")


@add.command("addon")
def add_addon(
    order: OrderId,
    item: str,
    start: From,
    end: Until = None,
    quantity: int = 1,
    price: Price = None,
) -> None:
    """Order an add-on."""
    with open_session() as session:
        found = session.decisions.order(order)
        own: dict[str, Any] = {
            "item": item,
            "quantity": quantity,
            "start": start,
            "end": end,
            "price": price,
        }
        event = events.AddonAdded(**next_event(found, clock()), **own)
        _change(session, found, event, start, f"Order {order} has {item} from {start}.")


@add.command("pack")
def add_pack(
    order: OrderId,
    item: str,
    at: Annotated[datetime | None, typer.Option(parser=Instant, help="When; default: now.")] = None,
    quantity: int = 1,
    recurring: bool = False,
    end: Until = None,
    price: Price = None,
) -> None:
    """Buy a quantity pack."""
    with open_session() as session:
        found = session.decisions.order(order)
        bought = at or clock()
        own: dict[str, Any] = {"item": item, "quantity": quantity, "recurring": recurring}
        made = {**next_event(found, clock()), **own, "at": bought, "end": end, "price": price}
        event = events.PackAdded(**made)
        _change(session, found, event, local_day(bought), f"Order {order} has {item}.")


@app.command("end")
def end_item(
    order: OrderId,
    item: str,
    on: Annotated[date, typer.Option(parser=Day, help="The last day.")],
) -> None:
    """End an add-on or a recurring pack."""
    with open_session() as session:
        found = session.decisions.order(order)
        problems = changes.end_problems(found.terms, item, on)
        if problems:
            raise ProblemsFound(problems)
        event = events.ItemEnded(**next_event(found, clock()), item=item, last_day=on)
        _change(session, found, event, on + ONE_DAY, f"{item} of order {order} ends on {on}.")


@app.command("close")
def close(
    order: OrderId,
    on: Annotated[date, typer.Option(parser=Day, help="The last day of service.")],
) -> None:
    """Close an order."""
    with open_session() as session:
        found = session.decisions.order(order)
        event = events.Closed(**next_event(found, clock()), last_day=on)
        _change(session, found, event, on + ONE_DAY, f"Order {order} ends on {on}.")


def _change(session: Session, order: Order, event: Any, since: date, message: str) -> None:
    """Records a change that takes effect on a day, unless that day is invoiced already."""
    row = session.decisions.rows(queries.LAST_INVOICED, order.id)[0]
    if row["period"] is not None and since <= Period.of(row["period"]).last_day:
        invoiced = Period.of(row["period"])
        sentence = f"order {order.id} is invoiced to the end of {invoiced}: change it from then on"
        raise ProblemsFound([Problem("period_invoiced", "order", sentence)])
    days = session.usage.rows(USAGE_DAYS, order.id)[0]
    problems = changes.usage_problems(changed(order.terms, event), days["first"], days["last"])
    if problems:
        raise ProblemsFound(problems)
    change_order(session.decisions, order, event, session.catalog)
    say(message)
