"""Load and kills for a few seconds; `make chaos` does so for longer and with ten seeds."""

from __future__ import annotations

from tests.broker import Broker
from tests.chaos.run import chaos

SEED = 20251005


def test_whoever_is_killed_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    broker: Broker,
) -> None:
    killed = chaos(broker, SEED, seconds=6)
    assert killed["posted"] > 0
    assert killed["produced"] > 0
    assert killed.total() > killed["posted"] + killed["produced"]
