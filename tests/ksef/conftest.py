"""What the tests of KSeF share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrypoints.ksef.stand_in.server import Server
from tests.ksef.world import stand_in


@pytest.fixture
def ksef() -> Iterator[Server]:
    """A stand-in for KSeF."""
    with stand_in() as server:
        yield server
