"""Settings, from environment variables that begin with LICZNIK_."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from entrypoints.embed_settings import NO_EMBEDDING, EmbedSettings, read_embed_settings
from entrypoints.export_settings import ExportSettings, read_export_settings
from entrypoints.http_settings import HttpSettings, read_http_settings
from entrypoints.kafka_settings import NO_KAFKA, KafkaSettings, read_kafka_settings
from entrypoints.ksef_settings import NO_KSEF, KsefSettings, read_ksef_settings
from entrypoints.mail_settings import NO_MAIL, MailSettings, read_mail_settings
from entrypoints.people_settings import PeopleSettings, read_people_settings
from entrypoints.webhook_settings import WebhookSettings, read_webhook_settings
from metering.problems import Problem, ProblemsFound

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the shipped catalog, the migrations and the documents stand in it."""

MINUTES_OF_A_DAY = 24 * 60
GRACE_DAYS, DELIVER_MINUTES = "2", "15"
CLOCK = "LICZNIK_CLOCK"
DEMO_DATABASE = "licznik_demo"
_SECONDS = re.compile(r"-?\d{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` names a PostgreSQL server; without it the embedded one runs in ``data``.

    A period closes ``grace_days`` after its end, when usage that was under way has come in.
    The scheduler delivers invoices every ``deliver_minutes``.
    """

    data: Path
    catalog: Path
    database_url: str | None = None
    grace_days: int = 2
    mail: MailSettings = NO_MAIL
    deliver_minutes: int = 15
    http: HttpSettings = field(default_factory=HttpSettings)
    rates_url: str | None = None
    kafka: KafkaSettings = NO_KAFKA
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    ksef: KsefSettings = NO_KSEF
    people: PeopleSettings = field(default_factory=PeopleSettings)
    exports: ExportSettings = field(default_factory=ExportSettings)
    embed: EmbedSettings = NO_EMBEDDING


def read_settings() -> Settings:
    """The settings of this process.

    LICZNIK_DATA: where the embedded database keeps its data (default .licznik, here).
    LICZNIK_CATALOG: the price catalog (default: the shipped one).
    LICZNIK_DATABASE_URL: another PostgreSQL, as postgresql://user:password@host:port/name.
    LICZNIK_GRACE_DAYS: days after a period's end in which its usage still comes in (default 2).
    LICZNIK_SMTP_URL, LICZNIK_SMTP_CA, LICZNIK_MAIL_FROM: see `entrypoints.mail_settings`.
    LICZNIK_DELIVER_MINUTES: how often the scheduler delivers invoices (default 15).
    LICZNIK_HTTP_HOST and others: see `entrypoints.http_settings`.
    LICZNIK_KAFKA_SERVERS and others: see `entrypoints.kafka_settings`.
    LICZNIK_RATES_URL: where the National Bank's tables A come from, for the recurring jobs.
    LICZNIK_WEBHOOK_...: see `entrypoints.webhook_settings`.
    LICZNIK_KSEF_URL and others: see `entrypoints.ksef_settings`.
    LICZNIK_STAFF_MAILS and others: see `entrypoints.people_settings`.
    LICZNIK_EXPORT_...: see `entrypoints.export_settings`.
    LICZNIK_EMBED_..., LICZNIK_SECRET_KEY: see `entrypoints.embed_settings`.
    LICZNIK_CLOCK: by how many seconds the clock of a demonstration differs from the machine's; on
    any other database it is refused (`licznik serve --demo` sets it).
    """
    env = os.environ
    read = {name: reader(env) for name, reader in READERS.items()}
    problems = [*_wrong(env), *(one for _, wrong in read.values() for one in wrong)]
    if problems:
        raise ProblemsFound(problems)
    parts: Any = {name: own for name, (own, _) in read.items()}
    return Settings(
        data=Path(env.get("LICZNIK_DATA", ".licznik")),
        catalog=Path(env.get("LICZNIK_CATALOG", ROOT / "pricing_catalog.yaml")),
        database_url=env.get("LICZNIK_DATABASE_URL") or None,
        grace_days=int(env.get("LICZNIK_GRACE_DAYS", GRACE_DAYS)),
        deliver_minutes=int(env.get("LICZNIK_DELIVER_MINUTES", DELIVER_MINUTES)),
        rates_url=env.get("LICZNIK_RATES_URL") or None,
        **parts,
    )


READERS: Mapping[str, Callable[[Mapping[str, str]], tuple[Any, list[Problem]]]] = {
    "mail": read_mail_settings,
    "http": read_http_settings,
    "kafka": read_kafka_settings,
    "webhooks": read_webhook_settings,
    "ksef": read_ksef_settings,
    "people": read_people_settings,
    "exports": read_export_settings,
    "embed": read_embed_settings,
}
"""Who reads the settings of each part; each says everything that is wrong with them."""


def _wrong(env: Mapping[str, str]) -> Iterator[Problem]:
    url, minutes = (
        env.get("LICZNIK_DATABASE_URL"),
        env.get("LICZNIK_DELIVER_MINUTES", DELIVER_MINUTES),
    )
    if not (grace := env.get("LICZNIK_GRACE_DAYS", GRACE_DAYS)).isdecimal():
        message = f"{grace!r} is not a number of days"
        yield Problem("invalid_setting", "LICZNIK_GRACE_DAYS", message)
    if url and not url.startswith(("postgresql://", "postgres://")):
        message = "write postgresql://user:password@host:port/name"
        yield Problem("invalid_setting", "LICZNIK_DATABASE_URL", message)
    if not minutes.isdecimal() or not 1 <= int(minutes) <= MINUTES_OF_A_DAY:
        message = f"{minutes!r} is not a number of minutes from 1 to {MINUTES_OF_A_DAY}"
        yield Problem("invalid_setting", "LICZNIK_DELIVER_MINUTES", message)
    if sentence := _wrong_clock(env.get(CLOCK), url):
        yield Problem("invalid_setting", CLOCK, sentence)


def _wrong_clock(seconds: str | None, url: str | None) -> str | None:
    """Why a clock may not be another one: what is issued and decided bears its time."""
    if not seconds:
        return None
    if urlsplit(url or "").path != f"/{DEMO_DATABASE}":
        return f"only the database {DEMO_DATABASE} has a time of its own: unset it"
    return None if _SECONDS.fullmatch(seconds) else f"{seconds!r} is not a number of seconds"
