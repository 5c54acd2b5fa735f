"""What the provider publishes on data that can be taken along, and no code knows: a data file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from billing.forms import Day, Form
from billing.plain_yaml import read_yaml

FILE = Path(__file__).parent / "register.yaml"

Said = Mapping[str, str]
"""A text in each language, ``pl`` and ``en``."""


class Place(Form):
    """Where data are stored; ``country`` is a code of ISO 3166."""

    country: str
    pl: str
    en: str


class Jurisdiction(Form):
    """Whose courts and law a sub-supplier is under; None is the rule for all others (R135)."""

    supplier: str | None
    pl: str
    en: str


class Category(Form):
    """A kind of data that can be taken along (R122, R128, R129), and how hard that is (R133).

    Without ``formats`` and ``standards`` the code knows them.
    """

    key: str
    name: Said
    data: Said
    formats: tuple[str, ...] | None
    standards: tuple[str, ...] | None
    until: Said
    methods: Said
    after_end: Said
    difficulty: Said


class Exclusion(Form):
    """What is never given out, and why (R131)."""

    name: Said
    example: Said
    reason: Said


class Method(Form):
    """A way to take data along, if there is one (R132)."""

    name: Said
    available: bool
    limits: Said


class Published(Form):
    """The data file. ``fingerprint`` is that of the fields which ``version`` stands for."""

    version: str
    as_of: Day
    fingerprint: str
    seller: str
    stored_in: Place
    contacts: tuple[str, ...]
    complaints: Said
    charges_forbidden_from: Day
    charges: Said
    reopening: Said
    entitled: Said
    jurisdictions: tuple[Jurisdiction, ...]
    categories: tuple[Category, ...]
    exclusions: tuple[Exclusion, ...]
    methods: tuple[Method, ...]
    measures: tuple[Said, ...]

    def charges_allowed(self, day: date) -> bool:
        """Whether a fee may still be asked for an export on a day (R126)."""
        return day < self.charges_forbidden_from


SHARED = ("until_off", "deleted", "with_recordings", "panel_or_api", "easy_and_api", "easy")
"""Texts that stand once in the file and are repeated by name."""


@cache
def published() -> Published:
    """The file that is shipped."""
    whole = read_yaml(FILE.read_text(encoding="utf-8")).value
    own = {key: value for key, value in whole.items() if key not in SHARED}
    return TypeAdapter(Published).validate_python(own)
