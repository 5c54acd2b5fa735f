"""The scenarios in docs/scenarios run, and give the figures their comments work out by hand.

Only what `licznik simulate FILE --json` prints is looked at, as a salesperson would.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "scenarios"
FILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
COMMAND = Path(sys.executable).parent / "licznik"
RECEPTION = "reception-uc-or-standard"
CAMPAIGN = "christmas-campaign"
MOVE = "from-fcc-to-welyo"


@cache
def simulated(name: str) -> dict[str, Any]:
    """What the command prints of a scenario, once it has ended well."""
    path = FOLDER / f"{name}.yaml"
    done = subprocess.run([COMMAND, "simulate", path, "--json"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def nets(name: str, period: str) -> dict[str, str]:
    """The net of each order's invoice of a period."""
    invoices = simulated(name)["invoices"]
    return {own["order"]: own["net"] for own in invoices if own["period"] == period}


def lines(name: str, order: str, period: str) -> dict[str, str]:
    """The net of each line of an invoice."""
    invoices = simulated(name)["invoices"]
    (invoice,) = (own for own in invoices if (own["order"], own["period"]) == (order, period))
    return {line["item"]: line["net"] for line in invoice["lines"]}


COVER = ("used", "included", "from_packs", "overage", "refused")


def split(name: str, order: str, meter: str, period: str) -> list[int]:
    """How a meter's usage of a period is covered."""
    key = (order, meter, period)
    ledgers = simulated(name)["ledgers"]
    (ledger,) = (own for own in ledgers if (own["order"], own["meter"], own["period"]) == key)
    return [int(ledger[part]) for part in COVER]


def test_there_are_three_scenarios() -> None:
    """What the message of `licznik simulate` without a file promises."""
    assert FILES == [CAMPAIGN, MOVE, RECEPTION]


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_runs_without_problems(name: str) -> None:
    """It needs no database."""
    result = simulated(name)
    assert result["problems"] == []
    assert result["invoices"]


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_says_what_it_answers(name: str) -> None:
    """It begins with the question, and every net amount is worked out in the comments."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Question: ")
    assert "\n# Answer: " in text
    for invoice in simulated(name)["invoices"]:
        assert invoice["net"] in text


# A clinic's reception


def test_uc_is_cheaper_until_the_register_grows() -> None:
    """Licences that cost 160.00 more, against overage of 110.00 and then of 260.00."""
    dearer = {"standard": "775.00", "standard-mail": "924.00"}
    assert nets(RECEPTION, "2025-10") == {"uc": "725.00", **dearer}
    assert nets(RECEPTION, "2025-11") == {"uc": "875.00", **dearer}


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


@pytest.mark.parametrize("period", ["2025-10", "2025-11"])
def test_only_mail_opens_email_accounts(period: str) -> None:
    """Three accounts are refused without it."""
    assert split(RECEPTION, "uc", "email_accounts", period) == [3, 0, 0, 0, 3]
    assert split(RECEPTION, "standard", "email_accounts", period) == [3, 0, 0, 0, 3]
    assert split(RECEPTION, "standard-mail", "email_accounts", period) == [3, 3, 0, 0, 0]


# A shop's campaign


def test_packs_save_money_if_they_cover_the_whole_month() -> None:
    """They cost more than none where they cover the second wave alone."""
    assert nets(CAMPAIGN, "2025-12") == {
        "no-packs": "3883.00",
        "packs-whole-period": "3497.00",
        "packs-from-purchase": "3997.00",
    }


@pytest.mark.parametrize(
    ("order", "meter", "cover"),
    [
        ("no-packs", "mass_emails", [110_000, 1_000, 0, 100_000, 9_000]),
        ("no-packs", "mass_sms", [7_000, 100, 0, 6_900, 0]),
        ("no-packs", "sms", [1_500, 0, 0, 1_500, 0]),
        ("packs-whole-period", "mass_emails", [110_000, 1_000, 100_000, 9_000, 0]),
        ("packs-whole-period", "mass_sms", [7_000, 100, 3_500, 3_400, 0]),
        ("packs-whole-period", "sms", [1_500, 0, 1_500, 0, 0]),
        ("packs-from-purchase", "mass_emails", [110_000, 1_000, 50_000, 59_000, 0]),
        ("packs-from-purchase", "mass_sms", [7_000, 100, 4_000, 2_900, 0]),
        ("packs-from-purchase", "sms", [1_500, 0, 1_000, 500, 0]),
    ],
)
def test_what_covers_the_campaign(order: str, meter: str, cover: list[int]) -> None:
    """Allowance, packs, overage up to the cap, and what the cap refuses."""
    assert split(CAMPAIGN, order, meter, "2025-12") == cover


# A move to the newer edition


def test_the_move_to_welyo_saves_money() -> None:
    """Records and tickets cost nothing any more."""
    assert nets(MOVE, "2025-10") == {"fcc": "5920.00", "welyo": "5070.00", "welyo-disk": "5169.00"}
    assert lines(MOVE, "fcc", "2025-10") == {
        "licence": "5070.00",
        "records": "750.00",
        "tickets": "100.00",
    }


def test_the_move_to_welyo_needs_a_disk_pack() -> None:
    """60 GB against 20 GB, and against 120 GB."""
    gb = 10**9
    cover = {
        "fcc": [60 * gb, 60 * gb, 0, 0, 0],
        "welyo": [60 * gb, 20 * gb, 0, 0, 40 * gb],
        "welyo-disk": [60 * gb, 20 * gb, 40 * gb, 0, 0],
    }
    assert {own: split(MOVE, own, "disk_bytes", "2025-10") for own in cover} == cover


def test_the_move_is_modelled_with_indicative_prices() -> None:
    """The file gives no price, so every line is marked."""
    marks = {line["indicative"] for own in simulated(MOVE)["invoices"] for line in own["lines"]}
    assert marks == {True}
