"""Models of prospects as they are kept: every change is a new version, and none is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.prospects.prospect import Prospect
from billing.prospects.reading import FIELDS, read_prospect
from entrypoints.sales import queries
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement

ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Model:
    """A version of a model: who made it and when, and what was typed, by field."""

    id: str
    version: int
    name: str
    typed: Mapping[str, str]
    wanted: tuple[str, ...]
    made_by: str
    made_at: datetime

    def prospect(self, catalog: Catalog) -> Prospect:
        """The prospect; raises ProblemsFound where the catalog is no longer one that knows it."""
        found, problems = read_prospect(self.typed, self.wanted, catalog)
        if found is None:
            raise ProblemsFound(problems)
        return found


KNOWN = ("name", "first", "sla", *FIELDS)


def keep_model(
    decisions: Decisions,
    typed: Mapping[str, str],
    wanted: Iterable[str],
    made_by: str,
    now: datetime,
    after: Model | None = None,
) -> Model:
    """Keeps what was typed, and found right, as a new model or as the next version ``after`` one.

    Raises ProblemsFound where somebody else has kept that version meanwhile.
    """
    model = Model(
        id=after.id if after else secrets.token_hex(ID_BYTES),
        version=after.version + 1 if after else 1,
        name=typed["name"].strip(),
        typed={name: typed[name] for name in KNOWN if typed.get(name)},
        wanted=tuple(wanted),
        made_by=made_by,
        made_at=now,
    )
    try:
        decisions.run(Statement(queries.KEEP_MODEL, _row(model), changes=1))
    except SaveConflict as error:
        message = "somebody else has changed this model meanwhile: look at it again"
        raise ProblemsFound([Problem("changed_meanwhile", "", message)]) from error
    return model


def _row(model: Model) -> dict[str, Any]:
    content = Jsonb({"typed": dict(model.typed), "wanted": list(model.wanted)})
    return {
        "id": model.id,
        "version": model.version,
        "name": model.name,
        "content": content,
        "made_by": model.made_by,
        "made_at": model.made_at,
    }


def all_models(decisions: Decisions) -> list[Model]:
    """The newest version of every model, the one that was changed last first."""
    models = [_model(row) for row in decisions.rows(queries.MODELS)]
    return sorted(models, key=lambda own: (own.made_at, own.id), reverse=True)


def versions_of(decisions: Decisions, model_id: str) -> list[Model]:
    """Every version of a model, the newest first; none if there is no such model."""
    return [_model(row) for row in decisions.rows(queries.VERSIONS, model_id)]


def _model(row: Mapping[str, Any]) -> Model:
    content = row["content"]
    return Model(
        row["id"],
        row["version"],
        row["name"],
        content["typed"],
        tuple(content["wanted"]),
        row["made_by"],
        row["made_at"],
    )
