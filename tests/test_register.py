"""The register of exportable data says what exports are, because it is made from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoints.export_settings import read_export_settings
from invoices.billing_data.fields import COLUMNS, FIELDS, Field, fingerprint
from invoices.billing_data.formats import WRITERS
from invoices.billing_data.published import published
from invoices.billing_data.register import register

MEBIBYTE = 1024 * 1024
OWN = register(50 * MEBIBYTE, 7)
SUPPLIERS = ("Microsoft", "Amazon", "Google", "ElevenLabs", "AssemblyAI", "DeepL")


def test_the_published_version_is_that_of_the_fields() -> None:
    """Who changes a field of the export changes version, date and fingerprint of the register."""
    assert published().fingerprint == fingerprint()


@pytest.mark.parametrize(
    "changed",
    [
        (*FIELDS, Field("new", "New", "Something new.")),
        FIELDS[1:],
        (replace(FIELDS[0], name="day"), *FIELDS[1:]),
        (replace(FIELDS[0], standard="RFC 3339"), *FIELDS[1:]),
    ],
    ids=["added", "taken away", "renamed", "of another standard"],
)
def test_a_changed_field_changes_the_register(changed: tuple[Field, ...]) -> None:
    """Its list of fields, its JSON Schema and its fingerprint."""
    other = register(50 * MEBIBYTE, 7, changed)
    assert other["billing_data"]["fields"] != OWN["billing_data"]["fields"]
    assert other["fingerprint"] != OWN["fingerprint"]
    if [own.name for own in changed] != list(COLUMNS):
        assert other["billing_data"]["json_schema"] != OWN["billing_data"]["json_schema"]


def test_the_register_has_the_columns_and_formats_of_the_files() -> None:
    """R122, R134: names, standards, and the schema with its version."""
    own = OWN["billing_data"]
    assert tuple(one["name"] for one in own["fields"]) == COLUMNS
    assert [one["format"] for one in own["formats"]] == [form.value for form in WRITERS]
    assert own["json_schema"]["$id"].endswith(OWN["version"])
    standards = {name for one in own["formats"] for name in one["standards"]}
    assert {"RFC 4180", "E.164", "ISO 8601", "JSON Schema"} <= standards


def test_the_register_has_the_limits_of_the_settings() -> None:
    """R123, R132: days, and the largest file."""
    limits = register(3 * MEBIBYTE, 9)["limits"]
    assert (limits["days_after_the_event"], limits["file_mebibytes"]) == (365, 3)
    assert limits["download_days"] == 9


def test_every_kind_of_data_has_formats_standards_and_a_difficulty() -> None:
    """R128, R129, R133: SMS is easy in the pages, and nothing is printed of an API."""
    kinds = {own["key"]: own for own in OWN["categories"]}
    assert kinds["hotline"]["formats"] == ["CSV", "XLSX", "OGG", "WAV", "MP3", "JSON"]
    assert "RFC 3533" in kinds["hotline"]["standards"]
    assert kinds["crm"]["formats"] == ["CSV", "XLSX", "XML", "JSON"]
    assert kinds["sms"]["formats"] == ["CSV", "XLSX"]
    assert kinds["sms"]["difficulty"]["pl"] == "UI - łatwa"
    assert "API - wymaga specjalistycznej wiedzy" in kinds["billing"]["difficulty"]["pl"]


def test_what_is_never_given_out_is_named() -> None:
    """R131: architecture and code, algorithms and models, configurations."""
    assert len(OWN["exclusions"]) == 3
    assert [own["available"] for own in OWN["methods"]] == [True, True, False]


def test_every_supplier_has_its_jurisdiction() -> None:
    """R135: Poland as a rule."""
    rule, *others = OWN["jurisdictions"]
    assert rule["supplier"] is None
    assert "Rzeczypospolitej Polskiej" in rule["pl"]
    assert [own["supplier"].split()[0] for own in others if own["supplier"]] == [
        name.split()[0] for name in SUPPLIERS
    ]


def test_measures_contacts_and_the_way_to_complain_are_published() -> None:
    """R136, R143."""
    assert len(OWN["measures"]) == 22
    assert OWN["contacts"] == ["dpo@dzinga.com", "dpo@apifonica.com", "info@apifonica.com"]
    assert "organu nadzorczego" in OWN["complaints"]["pl"]


def texts(value: object) -> list[dict[str, str]]:
    """Everything in some data that is said in a language."""
    if isinstance(value, dict):
        own = [value] if "pl" in value else []
        return own + [one for part in value.values() for one in texts(part)]
    return [one for part in value for one in texts(part)] if isinstance(value, list) else []


def test_everything_is_said_in_both_languages() -> None:
    """And not the same twice, but for words that are the same."""
    said = texts(OWN)
    assert len(said) > 100
    assert all(own["pl"] and own["en"] for own in said)
    same = {own["pl"] for own in said if own["pl"] == own["en"]}
    assert same <= {"Operator", "Status"}


@pytest.mark.parametrize("name", ["FILE_MIB", "KEPT_DAYS"])
@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "99999999999", "٣"])
def test_a_setting_that_cannot_be_is_named(name: str, text: str) -> None:
    """With the bounds."""
    _, (problem,) = read_export_settings({f"LICZNIK_EXPORT_{name}": text})
    assert problem.path == f"LICZNIK_EXPORT_{name}"


def test_settings_that_are_empty_are_the_defaults() -> None:
    """50 MiB, a week."""
    own, problems = read_export_settings({"LICZNIK_EXPORT_FILE_MIB": ""})
    assert (own.file_mib, own.kept_days, problems) == (50, 7, [])
