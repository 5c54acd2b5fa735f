"""The scenarios in docs/scenarios run, and give the figures that their comments work out by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from billing.modelling import Simulation, simulate
from billing.money import amount_text
from entrypoints.scenarios import read_scenario
from tests.builders import CATALOG_FILE, Bill, Split

FOLDER = Path(__file__).parent.parent / "docs" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
COMMAND = Path(sys.executable).parent / "licznik"
RECEPTION = "reception-uc-or-standard"
CAMPAIGN = "christmas-campaign"
MOVE = "from-fcc-to-welyo"


@cache
def simulated(name: str) -> Simulation:
    """The result of a scenario."""
    return simulate(read_scenario(FOLDER / f"{name}.yaml", CATALOG_FILE))


def nets(name: str, period: str) -> dict[str, str]:
    """The net of each order's invoice of a period."""
    invoices = (own for own in simulated(name).invoices if str(own.period) == period)
    return {own.order: amount_text(own.net) for own in invoices}


def lines(name: str, order: str, period: str) -> dict[str, str]:
    """The net of each line of an invoice."""
    (invoice,) = (
        own for own in simulated(name).invoices if (own.order, str(own.period)) == (order, period)
    )
    return {line.charge.item: amount_text(line.charge.net) for line in invoice.lines}


def split(name: str, order: str, meter: str) -> Split:
    """How a meter's usage is covered, in a scenario of one period."""
    return Bill(simulated(name)).split(meter, order)


def test_there_are_three_scenarios() -> None:
    """What the command's message and the README promise."""
    assert [path.stem for path in FILES] == [CAMPAIGN, MOVE, RECEPTION]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_runs_as_a_command(path: Path) -> None:
    """`licznik simulate FILE --json`, without a database."""
    done = subprocess.run([COMMAND, "simulate", path, "--json"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    result = json.loads(done.stdout)
    assert result["problems"] == []
    assert result["invoices"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_says_what_it_answers(path: Path) -> None:
    """The first line is the question, and every net amount stands in the comments."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Question: ")
    assert "\n# Answer: " in text
    for invoice in simulated(path.stem).invoices:
        assert amount_text(invoice.net) in text


def test_uc_is_cheaper_until_the_register_grows() -> None:
    """Four licences more dear by 40.00 against overage of 110.00, then of 260.00."""
    assert nets(RECEPTION, "2025-10") == {
        "uc": "725.00",
        "standard": "775.00",
        "standard-mail": "924.00",
    }
    assert nets(RECEPTION, "2025-11") == {
        "uc": "875.00",
        "standard": "775.00",
        "standard-mail": "924.00",
    }


def test_the_lines_of_uc_in_november() -> None:
    """Each figure of the pencil calculation."""
    assert lines(RECEPTION, "uc", "2025-11") == {
        "licence": "316.00",
        "calendar": "49.00",
        "pack_sms_2000": "160.00",
        "api_calls": "60.00",
        "records": "200.00",
        "sms": "90.00",
    }


@pytest.mark.parametrize(("order", "refused"), [("uc", 3), ("standard", 3), ("standard-mail", 0)])
def test_only_mail_opens_email_accounts(order: str, refused: int) -> None:
    """Refused in both months, and never billed."""
    ledgers = [
        own
        for own in simulated(RECEPTION).ledgers
        if (own.order, own.meter) == (order, "email_accounts")
    ]
    assert [own.refused for own in ledgers] == [Decimal(refused)] * 2


def test_packs_save_money_if_they_cover_the_whole_month() -> None:
    """They cost more than none where they cover the second wave alone."""
    assert nets(CAMPAIGN, "2025-12") == {
        "no-packs": "3883.00",
        "packs-whole-period": "3497.00",
        "packs-from-purchase": "3997.00",
    }


@pytest.mark.parametrize(
    ("order", "mails", "mass_sms", "sms"),
    [
        (
            "no-packs",
            Split(110_000, 1_000, 0, 100_000, 9_000),
            Split(7_000, 100, 0, 6_900),
            Split(1_500, 0, 0, 1_500),
        ),
        (
            "packs-whole-period",
            Split(110_000, 1_000, 100_000, 9_000),
            Split(7_000, 100, 3_500, 3_400),
            Split(1_500, 0, 1_500),
        ),
        (
            "packs-from-purchase",
            Split(110_000, 1_000, 50_000, 59_000),
            Split(7_000, 100, 4_000, 2_900),
            Split(1_500, 0, 1_000, 500),
        ),
    ],
)
def test_what_covers_the_campaign(order: str, mails: Split, mass_sms: Split, sms: Split) -> None:
    """Allowance, packs, overage up to the cap, and what the cap refuses."""
    assert split(CAMPAIGN, order, "mass_emails") == mails
    assert split(CAMPAIGN, order, "mass_sms") == mass_sms
    assert split(CAMPAIGN, order, "sms") == sms


def test_the_move_to_welyo_saves_money_and_needs_a_disk_pack() -> None:
    """Records and tickets cost nothing any more, and the disk is five times smaller."""
    assert nets(MOVE, "2025-10") == {"fcc": "5920.00", "welyo": "5070.00", "welyo-disk": "5169.00"}
    assert lines(MOVE, "fcc", "2025-10") == {
        "licence": "5070.00",
        "records": "750.00",
        "tickets": "100.00",
    }
    gigabyte = 10**9
    assert split(MOVE, "welyo", "disk_bytes").refused == 40 * gigabyte
    assert split(MOVE, "welyo-disk", "disk_bytes").from_packs == 40 * gigabyte


def test_the_move_is_modelled_with_indicative_prices() -> None:
    """No price is given in the file, so every line is marked."""
    marks = {line.charge.indicative for own in simulated(MOVE).invoices for line in own.lines}
    assert marks == {True}
