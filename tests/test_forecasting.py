"""What the running period will come to: forecast usage, rated and drafted like an invoice.

It is noon of 20 October 2025; the order was launched on 1 September. From 22 September on it used
100 SMS on each workday: 1300 of them in October, and 1000 more are expected in its 12 days left.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoices.forecasting import Forecast, read_forecast
from invoices.statements.report import Report, read_report
from metering.calendar import ONE_DAY, WARSAW, Period
from metering.forecast import Case, Knowledge
from tests.builders import FROM_PURCHASE, Plain, addon, catalog, order, pack
from tests.running import decision_store, held, place, record, usage_store, used

OCTOBER = Period(2025, 10)
NOW = datetime(2025, 10, 20, 12, tzinfo=WARSAW)
FIRST = date(2025, 9, 22)
WORKDAYS = [
    day for n in range(28) if (day := FIRST + n * ONE_DAY).weekday() < 5
]  # four whole weeks


def started(**given: Any) -> Plain:
    """An order that sends SMS since September."""
    return order(launch_date="2025-09-01", addons=[addon("calendar")], **given)


def messages(units: int = 100, meter: str = "sms", **given: Any) -> list[Plain]:
    """So many units on each workday of four weeks."""
    noon = "T12:00:00+02:00"
    return [used(meter, units, f"{day}{noon}", f"{meter}-{day}", **given) for day in WORKDAYS]


def looked_at(
    url: str, now: datetime = NOW, period: Period = OCTOBER
) -> tuple[Report, Forecast | None]:
    """The statement of a period and its forecast."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        report = read_report(decisions, usage, catalog(), "acme-main", period, now)
        return report, read_forecast(usage, report, now)


def forecast(url: str, now: datetime = NOW) -> Forecast:
    """The forecast of October."""
    found = looked_at(url, now)[1]
    assert found is not None
    return found


def net(own: Forecast, item: str, case: Case = Case.EXPECTED) -> str:
    """The net amount of an item's line, as it will be."""
    cost = own.costs[case]
    assert cost is not None
    return next((str(line["net"]) for line in cost["lines"] if line["item"] == item), "none")


def test_usage_goes_on_as_it_did(database: str) -> None:
    """2300 messages at 0.09; licences and the add-on are in the bill already, whole."""
    place(database, started())
    record(database, *messages())
    own = forecast(database)
    assert own.used("sms") == dict.fromkeys(Case, 2300)
    assert [net(own, item) for item in ("licence", "calendar", "sms")] == [
        *("3000.00", "99.00", "207.00")
    ]


def test_what_a_pack_covers_costs_nothing(database: str) -> None:
    """Nothing is beyond the pack yet; 300 messages will be: money does not grow in proportion."""
    place(database, started(packs=[pack("pack_sms_2000", "2025-10-01 08:00")]))
    record(database, *messages())
    report, own = looked_at(database)
    assert report.cost is not None
    assert own is not None
    assert [line["item"] for line in report.cost["lines"]].count("sms") == 0
    assert net(own, "sms") == "27.00"


def test_a_pack_that_covers_from_its_purchase_is_followed_by_time(database: str) -> None:
    """Bought on the 20th, it covers what is to come; the 1300 before it are charged."""
    own = started(packs=[pack("pack_sms_2000", "2025-10-20 08:00")], policies=FROM_PURCHASE)
    place(database, own)
    record(database, *messages())
    assert net(forecast(database), "sms") == "117.00"


def test_beyond_a_cap_nothing_is_charged(database: str) -> None:
    """The order allows 1500 messages of overage: more will be refused, not billed."""
    place(database, started(caps={"sms": 1500}))
    record(database, *messages())
    own = forecast(database)
    assert net(own, "sms") == "135.00"
    assert own.ledgers[Case.EXPECTED]["sms"]["refused"] == "800"


def test_the_range_is_billed_too(database: str) -> None:
    """In one of the four weeks half was sent, in another half more: 437.5 is a mean week."""
    place(database, started())
    events = messages()
    for event in events[:5]:
        event["data"]["quantity"] = 50
    record(database, *events)
    own = forecast(database)
    assert [str(units) for units in own.used("sms").values()] == ["1800", "2175", "2300"]
    assert [net(own, "sms", case) for case in Case] == ["162.00", "195.75", "207.00"]


def test_a_campaign_now_and_then_is_not_taken_for_every_day(database: str) -> None:
    """8000 on a Saturday of August and on the last one: on that which is left 1000 may come."""
    place(database, order(launch_date="2025-07-01", addons=[addon("calendar")]))
    days = ("2025-08-02", "2025-10-18")
    record(database, *(used("sms", 8000, f"{day}T12:00:00+02:00", day) for day in days))
    own = forecast(database)
    assert own.used("sms")[Case.EXPECTED] == 9000
    assert own.outlooks["sms"].known is Knowledge.ENOUGH


def test_users_share_in_what_is_to_come(database: str) -> None:
    """One user makes nine calls of ten: what is beyond its 100,000 will be charged."""
    place(database, started())
    busy = messages(9_000, "api_calls", user="busy")
    rare = [used("api_calls", 1_000, one["time"], f"rare-{one['id']}", user="rare") for one in busy]
    record(database, *busy, *rare)
    own = forecast(database)
    assert own.used("api_calls")[Case.EXPECTED] == 230_000
    assert own.ledgers[Case.EXPECTED]["api_calls"]["overage"] == "107000"


def test_a_level_goes_on_growing(database: str) -> None:
    """600 records a workday since September: 3000 a week, for 10 workdays more."""
    place(database, started())
    opening = held("records", 498_000, "2025-09-02T08:00:00+02:00", "import")
    events = [held("records", 600, one["time"], one["id"]) for one in messages()]
    record(database, opening, *events)
    own = forecast(database)
    assert own.used("records")[Case.EXPECTED] == 516_000
    assert net(own, "records") == "800.00"


def test_with_one_day_nothing_is_foretold(database: str) -> None:
    """What is used counts, and the forecast says that it knows no more."""
    place(database, started())
    record(database, used("sms", 40, "2025-10-20T10:00:00+02:00", "first"))
    own = forecast(database)
    assert own.unknown == ["sms"]
    assert own.used("sms")[Case.HIGH] == 40


def test_with_a_week_little_is_known(database: str) -> None:
    place(database, started())
    record(database, *messages()[-5:])
    own = forecast(database)
    assert own.outlooks["sms"].known is Knowledge.LITTLE
    assert own.used("sms")[Case.LOW] < own.used("sms")[Case.EXPECTED] < own.used("sms")[Case.HIGH]


def test_what_is_no_longer_ordered_is_not_used(database: str) -> None:
    """The add-on ends on the 24th: five workdays are left, not ten."""
    sending = addon("email_sms_automation", to="2025-10-24")
    place(database, order(launch_date="2025-09-01", addons=[sending]))
    record(database, *messages(meter="mass_emails"))
    assert forecast(database).used("mass_emails")[Case.EXPECTED] == 1800


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=40)])
def test_a_period_that_is_over_has_no_forecast(database: str, ahead: timedelta) -> None:
    place(database, started())
    record(database, *messages())
    assert looked_at(database, OCTOBER.end + ahead)[1] is None


def test_on_the_last_day_only_that_day_is_to_come(database: str) -> None:
    """Friday the 31st at noon: 100 of a Friday, of which none is sent yet."""
    place(database, started())
    record(database, *messages())
    own = forecast(database, datetime(2025, 10, 31, 12, tzinfo=WARSAW))
    assert own.outlooks["sms"].days[Case.EXPECTED].keys() == {date(2025, 10, 31)}


def test_without_a_price_there_is_no_sum_but_a_reason(database: str) -> None:
    """Meters can be foretold all the same."""
    place(database, started(prices={"overage": {"records": "0.05"}}))
    record(database, *messages())
    found = forecast(database)
    assert set(found.costs.values()) == {None}
    assert [one.code for one in found.problems] == ["missing_price"]
    assert found.used("sms")[Case.EXPECTED] == Decimal(2300)


def test_a_price_that_only_a_high_month_needs_is_missing_too(database: str) -> None:
    """1957 messages are within the pack, 2070 are not: else the most would be shown as nothing."""
    own = started(packs=[pack("pack_sms_2000")], prices={"overage": {"records": "0.05"}})
    place(database, own)
    events = messages(90)
    for event in events[:5]:
        event["data"]["quantity"] = 45
    record(database, *events)
    found = forecast(database)
    assert [found.costs[case] is None for case in Case] == [False, False, True]
    assert [one.code for one in found.problems] == ["missing_price"]
