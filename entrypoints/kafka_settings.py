"""How usage comes from Kafka: LICZNIK_KAFKA_SERVERS and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metering.problems import Problem, ProblemsFound

PREFIX = "LICZNIK_KAFKA_"
TOPICS, GROUP = ("usage",), "licznik"
DEAD = ".dead"
"""What the name of a topic of dead letters ends with."""

PLAINTEXT, TLS, SASL_PLAINTEXT, SASL_TLS = "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"
PROTOCOLS = (PLAINTEXT, TLS, SASL_PLAINTEXT, SASL_TLS)
"""How a connection is protected, in Kafka's own words."""
PLAIN = "PLAIN"
MECHANISMS = (PLAIN, "SCRAM-SHA-256", "SCRAM-SHA-512")
HOW_TO_WRITE = "write host:port, several with commas between them: kafka-1:9092,kafka-2:9092"

_SERVER = re.compile(r"(?:[^\s,:\[\]]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """The brokers and who we are to them; what is read, and where rejected events go.

    ``ca`` is a file with further authorities to trust, ``certificate`` and ``key`` are our own.
    """

    servers: tuple[str, ...] = ()
    topics: tuple[str, ...] = TOPICS
    group: str = GROUP
    dead_letters: str | None = None
    protocol: str = PLAINTEXT
    mechanism: str = PLAIN
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def required(self) -> KafkaSettings:
        """These settings; raises ProblemsFound where no broker is set."""
        if not self.servers:
            message = f"no Kafka is set: {HOW_TO_WRITE}"
            raise ProblemsFound([Problem("missing_setting", f"{PREFIX}SERVERS", message)])
        return self

    def dead_letters_of(self, topic: str) -> str:
        """Where the rejected events of a topic go; those of dead letters go back to them."""
        return self.dead_letters or (topic if topic.endswith(DEAD) else topic + DEAD)


NO_KAFKA = KafkaSettings()


def read_kafka_settings(environment: Mapping[str, str]) -> tuple[KafkaSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_KAFKA_SERVERS: brokers to begin with, as host:port, with commas between them.
    LICZNIK_KAFKA_TOPICS, LICZNIK_KAFKA_GROUP: what is read (default usage), as whom (licznik).
    LICZNIK_KAFKA_DEAD_LETTERS: a topic for rejected events (default: the topic's name and .dead).
    LICZNIK_KAFKA_PROTOCOL: PLAINTEXT (default), SSL, SASL_PLAINTEXT or SASL_SSL.
    LICZNIK_KAFKA_MECHANISM: PLAIN (default), SCRAM-SHA-256 or SCRAM-SHA-512.
    LICZNIK_KAFKA_USER, LICZNIK_KAFKA_PASSWORD: who we are, with SASL.
    LICZNIK_KAFKA_CA, LICZNIK_KAFKA_CERTIFICATE, LICZNIK_KAFKA_KEY: files in PEM, with SSL.
    """

    def given(name: str) -> str | None:
        return environment.get(PREFIX + name) or None

    def file(name: str) -> Path | None:
        return Path(own) if (own := given(name)) else None

    settings = KafkaSettings(
        servers=names(given("SERVERS") or ""),
        topics=names(given("TOPICS") or ",".join(TOPICS)),
        group=given("GROUP") or GROUP,
        dead_letters=given("DEAD_LETTERS"),
        protocol=(given("PROTOCOL") or PLAINTEXT).upper(),
        mechanism=(given("MECHANISM") or PLAIN).upper(),
        user=given("USER"),
        password=given("PASSWORD"),
        ca=file("CA"),
        certificate=file("CERTIFICATE"),
        key=file("KEY"),
    )
    wrong = {name: check(settings) for name, check in CHECKS.items()}
    problems = [
        Problem("invalid_setting", PREFIX + name, own) for name, own in wrong.items() if own
    ]
    return settings, problems


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def wrong_topic(topic: str | None) -> str | None:
    """What is wrong with a topic's name."""
    if topic is None or (_TOPIC.fullmatch(topic) and topic not in (".", "..")):
        return None
    return f"{topic!r} cannot be a topic: letters, digits, '.', '_' and '-', at most 249 of them"


def _wrong_servers(settings: KafkaSettings) -> str | None:
    return next((HOW_TO_WRITE for own in settings.servers if not _SERVER.fullmatch(own)), None)


def _wrong_login(settings: KafkaSettings) -> str | None:
    """A password is never sent as it is over a connection that others can read."""
    if settings.protocol not in (SASL_PLAINTEXT, SASL_TLS):
        return f"a user needs {SASL_TLS}: set {PREFIX}PROTOCOL" if settings.user else None
    if not settings.user or not settings.password:
        return f"{settings.protocol} needs {PREFIX}USER and {PREFIX}PASSWORD"
    if settings.protocol == SASL_PLAINTEXT and settings.mechanism == PLAIN:
        return f"a password must not travel unprotected: use {SASL_TLS}, or another mechanism"
    return None


def _wrong_key(settings: KafkaSettings) -> str | None:
    if (settings.certificate is None) != (settings.key is None):
        return f"{PREFIX}CERTIFICATE and {PREFIX}KEY belong together: set both or neither"
    return _missing(settings.key)


def _missing(path: Path | None) -> str | None:
    return None if path is None or path.is_file() else f"there is no file {path}"


def _one_of(value: str, known: tuple[str, ...]) -> str | None:
    return None if value in known else f"{value!r} is not one of {', '.join(known)}"


CHECKS: Mapping[str, Callable[[KafkaSettings], str | None]] = {
    "SERVERS": _wrong_servers,
    "TOPICS": lambda own: next(filter(None, map(wrong_topic, own.topics)), None),
    "DEAD_LETTERS": lambda own: wrong_topic(own.dead_letters),
    "PROTOCOL": lambda own: _one_of(own.protocol, PROTOCOLS),
    "MECHANISM": lambda own: _one_of(own.mechanism, MECHANISMS),
    "USER": _wrong_login,
    "CA": lambda own: _missing(own.ca),
    "CERTIFICATE": lambda own: _missing(own.certificate),
    "KEY": _wrong_key,
}
"""What can be wrong with each setting. No sentence repeats a password."""
