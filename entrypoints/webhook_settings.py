"""How webhooks are sent: the settings that begin with LICZNIK_WEBHOOK_."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metering.problems import Problem

YES_OR_NO = {"": False, "no": False, "yes": True}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Marks are looked for, and notices sent, every ``seconds``; ``at_once`` go out together.

    An endpoint has ``timeout`` seconds for its whole answer. ``plain_http`` lets endpoints be
    reached without TLS; ``ca`` is a file with further authorities to trust.
    """

    seconds: int = 5
    timeout: int = 15
    at_once: int = 8
    plain_http: bool = False
    ca: Path | None = None


DEFAULTS = WebhookSettings()
RANGES = {"SECONDS": (1, 3600), "TIMEOUT": (1, 60), "AT_ONCE": (1, 64)}


def read_webhook_settings(environment: Mapping[str, str]) -> tuple[WebhookSettings, list[Problem]]:
    """The settings and every problem of them.

    LICZNIK_WEBHOOK_SECONDS: how often marks are looked for and notices sent (default 5).
    LICZNIK_WEBHOOK_TIMEOUT: seconds that an endpoint may take to answer (default 15).
    LICZNIK_WEBHOOK_AT_ONCE: how many notices go out at the same time (default 8).
    LICZNIK_WEBHOOK_HTTP: yes lets endpoints have http URLs; otherwise only on this machine.
    LICZNIK_WEBHOOK_CA: a file with one more certificate authority to trust.
    """
    own = {name: environment.get(f"LICZNIK_WEBHOOK_{name}", "") for name in (*RANGES, "HTTP", "CA")}
    wrong = {name: _wrong_number(own[name], *RANGES[name]) for name in RANGES}
    wrong["HTTP"] = None if own["HTTP"] in YES_OR_NO else "write yes or no"
    ca = Path(own["CA"]) if own["CA"] else None
    wrong["CA"] = None if ca is None or ca.is_file() else f"there is no file {ca}"
    problems = [
        Problem("invalid_setting", f"LICZNIK_WEBHOOK_{name}", sentence)
        for name, sentence in wrong.items()
        if sentence
    ]
    if problems:
        return DEFAULTS, problems
    return WebhookSettings(
        seconds=int(own["SECONDS"] or DEFAULTS.seconds),
        timeout=int(own["TIMEOUT"] or DEFAULTS.timeout),
        at_once=int(own["AT_ONCE"] or DEFAULTS.at_once),
        plain_http=YES_OR_NO[own["HTTP"]],
        ca=ca,
    ), []


def _wrong_number(text: str, least: int, most: int) -> str | None:
    if not text or (text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most):
        return None
    return f"{text!r} is not a whole number from {least} to {most}"
