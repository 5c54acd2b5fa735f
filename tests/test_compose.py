"""compose.yaml and Dockerfile, as far as they can be judged without Docker."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer
import yaml

from entrypoints.cli.app import command_line
from entrypoints.kafka_settings import read_kafka_settings
from entrypoints.settings import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, own in SERVICES.items() if own["image"] == "licznik")


def test_it_has_what_the_engine_needs() -> None:
    """A database, a broker, the service, two consumers, and what makes them ready."""
    assert OURS == ["consumer-1", "consumer-2", "migrate", "serve"]
    assert SERVICES["db"]["image"] == "postgres:18"
    kafka = (ROOT / "tools/kafka.sh").read_text(encoding="utf-8")
    assert re.search(r"version=(\S+)", kafka)[1] == SERVICES["kafka"]["image"].split(":")[1]  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_what_exists(name: str) -> None:
    """Whom it waits for can come to the state it waits for."""
    for other, own in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other].get("restart") == "no"
        assert own["condition"] == ("service_completed_successfully" if ends else "service_healthy")
        assert ends or "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", ["consumer-1", "consumer-2", "migrate"])
def test_a_service_runs_a_command_that_there_is(name: str) -> None:
    """With options that it has, and settings that are right."""
    group: Any = command_line()
    context = typer.Context(group)
    words = list(SERVICES[name]["command"])
    while words and hasattr(group, "commands"):
        group = group.commands[words.pop(0)]
    group.parse_args(context, words)
    settings, problems = read_kafka_settings(SERVICES[name]["environment"])
    assert (settings.servers, problems) == (("kafka:9092",), [])


def test_volumes_are_declared() -> None:
    """What a service keeps outlives it."""
    used = {own.split(":")[0] for one in SERVICES.values() for own in one.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])


def test_the_image_has_the_packages_of_the_setup() -> None:
    """Pango and fonts: what the set-up installs, the image has too."""
    setup = (ROOT / "tools/setup.sh").read_text(encoding="utf-8")
    listed = re.findall(r":((?:lib|fonts-)[a-z0-9.+-]+)", setup)
    assert listed
    assert set(listed) <= set(shlex.split(DOCKERFILE.replace("\\\n", " "), comments=True))


def test_the_image_runs_as_nobody_special() -> None:
    """Not as root."""
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["licznik"]
