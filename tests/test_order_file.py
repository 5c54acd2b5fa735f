"""Files of accounts and orders: what cannot be read in them, and what stands in them twice."""

from __future__ import annotations

from typing import Any

import pytest

from metering.problems import ProblemsFound
from tests.builders import (
    ACCOUNT,
    order,
    read_scenario,
    scenario,
)


def file_problems(written: dict[str, Any]) -> list[str]:
    """The problems of a whole file, each as its code and its path."""
    try:
        read_scenario(written)
    except ProblemsFound as found:
        return [f"{problem.code} at {problem.path}" for problem in found.problems]
    return []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("licences", "many", "not_a_whole_number"),
        ("licences", -1, "out_of_range"),
        ("launch_date", "2025-02-30", "invalid_value"),
        ("launch_date", "1 October", "invalid_value"),
        ("launch_date", None, "invalid_value"),
        ("currency", "zł", "invalid_value"),
        ("discount", "10", "unknown_field"),
        ("policies", {"proration": "weeks"}, "unknown_value"),
        ("prices", {"licence": "-1"}, "invalid_value"),
        ("prices", {"licence": "1e3"}, "invalid_value"),
        ("prices", {"licence": True}, "invalid_value"),
        ("packs", [{"item": "pack_sms_2000", "at": "2025-10-05T09:00:00"}], "invalid_value"),
        ("packs", [{"item": "pack_sms_2000"}], "missing_field"),
        ("addons", [{"item": "calendar", "quantity": 0}], "out_of_range"),
        ("addons", "calendar", "not_a_list"),
    ],
)
def test_a_field_that_cannot_be_read(field: str, value: Any, code: str) -> None:
    """Contract, section 2: each problem has its code and its path."""
    written = scenario([{**order(), field: value}])
    (problem,) = file_problems(written)
    assert problem.startswith(f"{code} at orders[0].{field}")


def test_a_missing_field_is_named() -> None:
    """Contract, section 2."""
    own = order()
    del own["licences"]
    assert file_problems(scenario([own])) == ["missing_field at orders[0].licences"]


def test_an_order_id_is_given_once() -> None:
    """R5: orders are told apart by their id."""
    assert file_problems(scenario([order(), order()])) == ["duplicate_order at orders[1].id"]


def test_an_order_belongs_to_an_account_of_the_file() -> None:
    """Contract, section 2."""
    written = scenario([order(account="nobody")])
    assert file_problems(written) == ["unknown_account at orders[0].account"]


@pytest.mark.parametrize(
    ("country", "tax_id", "valid"),
    [
        ("PL", "5260001246", True),
        ("PL", "5260001247", False),
        ("DE", "DE136695976", True),
        ("DE", "136695976", True),
        ("DE", "136695977", False),
        ("GR", "EL094259216", True),
        ("US", "12-3456789", True),
        ("PL", None, True),
    ],
)
def test_a_tax_number_has_right_check_digits(country: str, tax_id: str, valid: bool) -> None:
    """Invoices, section 2: NIP and EU VAT numbers; others cannot be checked."""
    account = {**ACCOUNT, "country": country, "tax_id": tax_id}
    expected = [] if valid else ["invalid_tax_id at accounts[0].tax_id"]
    assert file_problems({"accounts": [account], "orders": [order()]}) == expected
