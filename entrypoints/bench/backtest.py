"""How long a back-test of a year takes, beside the invoicing of the same months.

Invoicing reads and rates every month of every order once, and writes it down; a back-test rates it
twice, as it was and as it would have been, and writes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

from billing.plans.changes import Changes, PriceChange
from entrypoints.backtesting import run_back_test
from entrypoints.bench import made_up
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.workbench import Workbench
from entrypoints.cli.session import Session
from invoices.issuing import InvoiceRun
from metering.calendar import Period, periods
from metering.decode import Decoded
from metering.intake import Intake

ORDERS = 100
MONTHS = 12
EVENTS_OF_AN_ORDER = 1_000
"""Over fewer events there are fewer orders."""
ROUNDS = 2
YEAR = tuple(islice(periods(made_up.PERIOD, Period(2199, 12)), MONTHS))
CHANGES = Changes(
    prices=(
        PriceChange("overage", "sms", Decimal("0.08")),
        PriceChange("licence", percent=Decimal(5)),
    ),
    limits={"limit_api_calls_per_user": {"pro": Decimal(50)}},
)


def measure(bench: Workbench) -> tuple[float, float]:
    """Seconds of a back-test, and of invoicing the same months."""
    orders = max(1, min(ORDERS, bench.events // EVENTS_OF_AN_ORDER))
    bench.say(f"recording {bench.events:,} events of {orders} orders over {MONTHS} months")
    with bench.session("year", orders) as session:
        _record(session, orders, max(1, bench.events // MONTHS))
    rounds = [(_back_test(bench), _invoicing(bench)) for _ in range(ROUNDS)]
    tests, invoicing = zip(*rounds, strict=True)
    return min(tests), min(invoicing)


def _record(session: Session, orders: int, events: int) -> None:
    intake = Intake(session.usage, session.catalog.meters)
    for period in YEAR:
        left = events
        while left > 0:
            batch = made_up.month_of_entries(1, min(left, made_up.CHUNK), orders, period)
            intake.take(Decoded(next(batch)), YEAR[-1].end)
            left -= made_up.CHUNK


def _back_test(bench: Workbench) -> float:
    bench.say(f"a back-test of {MONTHS} months")
    with bench.opened(bench.address("year")) as session, stopwatch() as seconds:
        stores = session.decisions, session.usage, session.catalog
        run_back_test(*stores, CHANGES, (YEAR[0], YEAR[-1]))
    return seconds()


def _invoicing(bench: Workbench) -> float:
    """On a copy, so that each round issues every invoice."""
    bench.say("invoicing the same months")
    with bench.opened(bench.copied("run", of="year")) as session, stopwatch() as seconds:
        stores = session.decisions, session.usage, session.catalog
        for period in YEAR:
            run = InvoiceRun(*stores, period, YEAR[-1].end)
            for _ in run.issue(run.orders()):
                pass
    return seconds()
