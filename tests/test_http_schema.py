"""/openapi.json says the truth: schemathesis calls everything in it, rightly and wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import order
from tests.running import licznik, place, record, used
from tests.serving import Service, service

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
ROOT = Path(__file__).parent.parent
CONFIGURATION = """
[parameters]
"path.order" = "acme-main"
"path.number" = "{number}"
"""
HOOKS = {"SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
WHAT_IS_TOLD = "positive_data_acceptance"
"""This check wants every body of the declared shape accepted; ours may name an unknown order."""


@pytest.fixture(scope="module")
def office(shared_database: str) -> Iterator[Service]:
    """A service with an order, its usage and its invoice."""
    place(shared_database, order())
    record(shared_database, used("sms", 7, "2025-10-05T10:00:00+02:00", "s-1"))
    for words in (("run",), ("pdf",)):
        assert licznik(shared_database, "invoices", *words, "--period", "2025-10").status == 0
    with service(shared_database) as own:
        yield own


@pytest.mark.parametrize("known", [True, False], ids=["things there are", "things there are not"])
def test_every_call_answers_as_it_is_declared(
    office: Service, tmp_path: Path, *, known: bool
) -> None:
    """Statuses, media types, shapes of answers; wrong requests are refused, none is a fault."""
    (invoice,) = office.get("/v1/invoices").json()["invoices"]
    configuration = tmp_path / "schemathesis.toml"
    given = CONFIGURATION.format(number=invoice["number"]) if known else ""
    configuration.write_text(given, encoding="utf-8")
    command = [
        *(SCHEMATHESIS, "--config-file", configuration, "run", f"{office.address}/openapi.json"),
        *("--header", f"Authorization: Bearer {office.key('admin')}"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1"),
        *("--exclude-checks", WHAT_IS_TOLD, "--generation-database", "none", "--no-color"),
        *("--warnings", "off"),
    ]
    outcome = subprocess.run(
        [*map(str, command)],
        cwd=tmp_path,
        env={**os.environ, **HOOKS},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    declared = sum(map(len, office.client.get("/openapi.json").json()["paths"].values()))
    assert f"{declared} selected / {declared} total" in outcome.stdout


def test_every_call_says_who_may_make_it(office: Service) -> None:
    """By a key, but for those that are open to all."""
    paths = office.client.get("/openapi.json").json()["paths"]
    open_to_all = {
        path for path, calls in paths.items() for call in calls.values() if "security" not in call
    }
    assert open_to_all == {"/healthz", "/metrics"}
