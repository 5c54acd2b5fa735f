"""Changes of an order that would make money wrong are refused, and change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import ACCOUNT, order
from tests.running import codes, contents, licznik, place, record, used, write_yaml

ADDON = ("add", "addon", "acme-main", "sip_trunk_byoc", "--from", "2025-11-01")
PACK = ("add", "pack", "acme-main", "pack_queues_10", "--at", "2025-11-10T10:00:00+01:00")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("change", "licences", "acme-main", "--from", "2025-11-01", "--", "-5"), "out_of_range"),
        ((*ADDON, "--quantity", "-3"), "out_of_range"),
        ((*ADDON, "--quantity", "0"), "out_of_range"),
        ((*PACK, "--quantity", "-2"), "out_of_range"),
        (("change", "licences", "acme-main", "--from", "2025-11-01", "--", "3"), "not_ordered"),
        (("change", "price", "acme-main", "overage.telepathy", "1"), "unknown_meter"),
        (("change", "price", "acme-main", "discount.sms", "1"), "unknown_field"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    database: str, words: tuple[str, ...], code: str
) -> None:
    place(database, order("pro"))
    before = contents(database)
    package = {"out_of_range": "pro", "not_ordered": "enterprise"}.get(code, "")
    tail = (package,) if "licences" in words else ()
    outcome = licznik(database, "orders", *words, *tail)
    assert (outcome.status, codes(outcome)) == (2, [code])
    assert contents(database) == before


def test_a_launch_is_not_moved_behind_usage(database: str) -> None:
    """R15: no usage is charged before the launch."""
    place(database, order(launch_date="2025-10-01"))
    record(database, used("sms", 100, "2025-10-02T12:00:00+02:00", "1"))
    outcome = licznik(database, "orders", "shift", "acme-main", "--to", "2025-10-10")
    assert codes(outcome) == ["usage_recorded"]


def test_an_order_is_not_closed_before_its_usage(database: str) -> None:
    place(database, order(launch_date="2025-10-01"))
    record(database, used("sms", 100, "2025-10-20T12:00:00+02:00", "1"))
    outcome = licznik(database, "orders", "close", "acme-main", "--on", "2025-10-15")
    assert codes(outcome) == ["usage_recorded"]


def test_an_order_update_names_an_account_that_exists(database: str, tmp_path: Path) -> None:
    place(database, order(launch_date="2027-10-01"))
    update = {"orders": [order(launch_date="2027-11-01", account="ghost")]}
    outcome = licznik(
        database, "orders", "change", "terms", write_yaml(tmp_path / "u.yaml", update)
    )
    assert codes(outcome) == ["unknown_account"]


def test_an_add_on_ordered_again_later_can_be_ended_before(database: str) -> None:
    place(database, order("pro"))
    for start in ("2025-11-01", "2026-02-01"):
        words = ("add", "addon", "acme-main", "sip_trunk_byoc", "--from", start)
        assert licznik(database, "orders", *words).status == 0
    outcome = licznik(
        database, "orders", "end", "acme-main", "sip_trunk_byoc", "--on", "2026-01-15"
    )
    assert outcome.status == 0


def test_the_confirmation_of_a_launch_is_recorded(database: str) -> None:
    """R20."""
    place(database, order(), accounts=[ACCOUNT])
    confirm = ("change", "confirm", "acme-main", "--on", "2025-09-20")
    assert licznik(database, "orders", *confirm).status == 0
    history = licznik(database, "orders", "show", "acme-main", "--json").data["history"]
    assert [(e["decision"], e.get("confirmed_on")) for e in history[1:]] == [
        ("LaunchConfirmed", "2025-09-20")
    ]
