"""Rounds of sending, one process at a time for a seller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from billing.decisions import Decisions
from entrypoints.alone import alone
from entrypoints.ksef.calling import KsefGateway
from entrypoints.ksef_settings import KsefSettings
from invoices.ksef.registry import Registry
from invoices.ksef.sending import Round, Surroundings, Terms
from metering.problems import ProblemsFound

ELSEWHERE = "another process is sending this seller's documents"


@dataclass(frozen=True, slots=True)
class Sellers:
    """Sends for sellers, one after another."""

    decisions: Decisions
    engine: Engine
    settings: KsefSettings
    clock: Callable[[], datetime]
    around: Surroundings

    def send(self, sellers: Sequence[str]) -> dict[str, str]:
        """Sends what is due of some sellers; says of each what keeps the rest back, if anything."""
        said: dict[str, str | None] = {}
        for seller in sellers:
            if self.around.stopping():
                break
            try:
                said[seller] = self._send(seller)
            except ProblemsFound as wrong:  # settings of one seller keep no other back
                if len(sellers) == 1:
                    raise
                said[seller] = str(wrong)
        return {seller: own for seller, own in said.items() if own}

    def _send(self, seller: str) -> str | None:
        with alone(self.engine, f"ksef/{seller}") as is_alone:
            if not is_alone:
                return ELSEWHERE
            registry = Registry(self.decisions, self.clock)

            def spend(kind: str, limit: int) -> None:
                registry.spend(seller, kind, limit)

            with KsefGateway(self.settings, seller, spend, self.clock) as gateway:
                return Round(registry, gateway, seller, terms(self.settings), self.around).run()


def terms(settings: KsefSettings) -> Terms:
    """The terms of a round."""
    return Terms(batch_from=settings.batch_from, patience=timedelta(seconds=settings.patience))
