"""Incidents of an order with User.com's SLA: full reports, lasting repairs (R157, R158, R161).

The shipped catalog sells no package with it; so the catalog here has an item for the level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.builders import ACCOUNT, catalog_text, order
from tests.recorded_words import PERSON, time, times
from tests.running import MIGRATED, Outcome, Server, codes, licznik, write_yaml

CLOUD = "acme-cloud"
FULL = {
    "--reporter": "Jan Kowalski",
    "--device": "laptop, Debian 12",
    "--first-noticed": "2025-11-10T16:00+01:00",
    "--description": "the list stays empty",
    "--data": "list of contacts",
    "--category": "first",
    "--at": "2025-11-10T16:00+01:00",
}
REPORT = ("incidents", "report", "U-1", "--order", CLOUD)
Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def cloud(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs commands on a database with such an order."""
    folder = tmp_path_factory.mktemp("catalog")
    own = folder / "catalog.yaml"
    level = "    pl: SLA User.com\n"
    assert level in catalog_text()
    sold = catalog_text().replace(level, f"{level}    item: sla_premium\n")
    own.write_text(sold, encoding="utf-8")
    orders = [order(id=CLOUD, sla="usercom", launch_date="2025-07-01")]
    with server.database(MIGRATED) as url:

        def run(*words: object) -> Outcome:
            return licznik(url, *words, LICZNIK_CATALOG=str(own))

        file = write_yaml(folder / "orders.yaml", {"accounts": [ACCOUNT], "orders": orders})
        assert run("orders", "import", file).status == 0
        yield run


def full(*without: str) -> list[str]:
    """The options of a full report, but for some."""
    return [word for key, own in FULL.items() if key not in without for word in (key, own)]


def test_an_incomplete_report_is_refused_with_all_that_is_missing(cloud: Run) -> None:
    outcome = cloud(*REPORT, *full("--device", "--data"), "--json")
    assert outcome.status == 2
    (problem,) = outcome.data["problems"]
    assert problem["code"] == "incomplete_report"
    assert problem["message"].endswith("device, data_concerned")
    assert codes(cloud(*REPORT, "--device", " ")) == ["incomplete_report"]
    assert cloud("incidents", "show", "U-1").status == 2


def test_what_nobody_reported_needs_no_report(cloud: Run) -> None:
    assert cloud("incidents", "report", "U-0", "--order", CLOUD, "--by", "nobody").status == 0


def test_a_workaround_is_no_repair_and_each_service_is_measured(cloud: Run) -> None:
    assert cloud(*REPORT, *full()).status == 0
    own = [
        time("2025-11-10 16:00", "2025-11-10 17:00", "campaigns"),
        time("2025-11-10 16:00", "2025-11-10 16:30", "chat"),
    ]
    assert cloud("incidents", "down", "U-1", *times(*own)).status == 0
    found = cloud("sla", CLOUD, "--period", "2025-11", "--json").data["availability"]
    shown = {one["service"]: one["down_seconds"] for one in found}
    assert shown == {"campaigns": 3600, "chat": 1800}
    repair = ("incidents", "repair", "U-1", "--by", PERSON, "--how")
    assert codes(cloud(*repair, "proper_operation")) == ["not_a_repair"]
    assert cloud(*repair, "cause_removed").status == 0
