"""The shipped catalog holds both specifications whole.

`specifications/` has every row of the two printed specifications, as the source states it.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from billing.catalog.edition import Cell, Edition, Item, Kind
from billing.catalog.loading import catalog_schema, load_catalog
from billing.plain_yaml import read_yaml
from tests.builders import FCC, WELYO, catalog, catalog_text

SPECIFICATIONS = Path(__file__).parent / "specifications"
EDITIONS = (FCC, WELYO)
PACKAGES = ("uc", "standard", "pro", "enterprise")
SIZES = {
    "pack_email_": (5000, 10000, 25000, 50000, 100000, 250000, 500000),
    "pack_hlr_": (2000, 5000, 15000, 30000, 100000),
    "pack_sms_": (2000, 5000, 15000, 30000, 100000),
    "pack_tts_": (1000, 10000, 100000, 500000),
    "pack_training_recurring_": (5, 10, 15),
    "pack_training_oneoff_": (5, 10, 15),
    "pack_disk_": (100 * 10**9,),
    "pack_business_rules_": (5000,),
    "pack_pcs_": (10000,),
    "pack_queues_": (10,),
    "pack_email_accounts_": (10,),
}


def edition(name: str) -> Edition:
    """An edition of the shipped catalog."""
    return catalog().editions[name]


def cells(item: Item) -> str:
    """The four cells of a row as the specification prints them: `- P X X`."""
    return " ".join(item.cells[package] for package in PACKAGES)


def rows(name: str, kind: Kind, *, described: bool = False) -> Counter[str]:
    """How many rows of a kind have the same four cells; those that are only described apart."""
    found = [item for item in edition(name).items.values() if item.kind is kind]
    return Counter(cells(item) for item in found if ("n/s" in cells(item)) is described)


def limits(name: str, key: str) -> list[str]:
    """The four values of a limit."""
    return list(edition(name).items[key].cells.values())


# Every row


@pytest.mark.parametrize("name", EDITIONS)
def test_every_row_of_the_specification_is_in_the_edition(name: str) -> None:
    """R32, R54: item, Polish name, kind, unit and four cells, and no row more."""
    with (SPECIFICATIONS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        printed = [tuple(row) for row in csv.reader(file)][1:]
    ours = [
        (key, item.name.pl, str(item.kind), item.unit, *item.cells.values())
        for key, item in edition(name).items.items()
    ]
    assert sorted(ours) == sorted(printed)


@pytest.mark.parametrize(("name", "features", "paid"), [(FCC, 61, 32), (WELYO, 61, 30)])
def test_the_package_table_has_its_rows(name: str, features: int, paid: int) -> None:
    """R32: 93 rows in one edition, 91 in the other."""
    assert rows(name, Kind.FEATURE).total() == features
    assert rows(name, Kind.ADDON).total() == paid


@pytest.mark.parametrize("name", EDITIONS)
def test_features_by_package(name: str) -> None:
    """R33-R37."""
    assert rows(name, Kind.FEATURE) == {
        "X X X X": 15,
        "- X X X": 15,
        "- P X X": 5,
        "- - X X": 15,
        "- - - X": 11,
    }


@pytest.mark.parametrize(("name", "everywhere"), [(FCC, 29), (WELYO, 27)])
def test_paid_rows_by_package(name: str, everywhere: int) -> None:
    """R38."""
    assert rows(name, Kind.ADDON) == {"- - P P": 2, "- P P P": 1, "P P P P": everywhere}


@pytest.mark.parametrize(("name", "count"), [(FCC, 15), (WELYO, 16)])
def test_rows_that_are_only_described(name: str, count: int) -> None:
    """R12, D10."""
    assert rows(name, Kind.ADDON, described=True) == {"n/s n/s n/s n/s": count}


@pytest.mark.parametrize(("name", "count"), [(FCC, 6), (WELYO, 5)])
def test_platform_limits(name: str, count: int) -> None:
    """D6: the newer edition has no limit of tickets."""
    assert rows(name, Kind.LIMIT).total() == count


@pytest.mark.parametrize("name", EDITIONS)
def test_the_32_packs_and_their_sizes(name: str) -> None:
    """R54."""
    packs = edition(name).packs
    assert len(packs) == 32
    for prefix, sizes in SIZES.items():
        own = [
            int(pack.units)
            for key, pack in packs.items()
            if key.startswith(prefix) and key.removeprefix(prefix)[0].isdigit()
        ]
        assert tuple(own) == sizes


@pytest.mark.parametrize("name", EDITIONS)
def test_training_packs_recur_always_or_never(name: str) -> None:
    """R62, R63, contract: whatever the order says."""
    packs = edition(name).packs
    recurring, oneoff = packs["pack_training_recurring_5h"], packs["pack_training_oneoff_5h"]
    assert (recurring.recurs, recurring.life_days) == ("always", None)
    assert (oneoff.recurs, oneoff.life_days) == ("never", 30)
    assert {recurring.line, oneoff.line} == {"training"}


@pytest.mark.parametrize("name", EDITIONS)
def test_the_meters_are_those_of_the_contract(name: str) -> None:
    """Contract, section 1; stock meters are levels."""
    kinds = {key: str(terms.meter.kind) for key, terms in edition(name).meters.items()}
    stock = "records tickets queues email_accounts disk_bytes caller_channels sessions"
    flow = (
        "api_calls mass_emails mass_sms sms hlr_lookups tts_characters rule_launches surveys"
        " training_hours"
    )
    assert kinds == {**dict.fromkeys(stock.split(), "stock"), **dict.fromkeys(flow.split(), "flow")}


@pytest.mark.parametrize("name", EDITIONS)
def test_the_ceilings_that_are_not_billed(name: str) -> None:
    """R30, R31, R75, R77."""
    assert edition(name).ceilings == {
        "chats_per_agent": 6,
        "reminders_per_event": 20,
        "reporting_db_months": 3,
        "private_box_mini_users": 15,
        "private_box_medium_users": 30,
        "private_box_max_users": 130,
    }


# Differences of the editions


def test_each_edition_is_in_force_from_its_day() -> None:
    """D1."""
    assert edition(FCC).in_force == date(2025, 3, 1)
    assert edition(WELYO).in_force == date(2025, 6, 25)


@pytest.mark.parametrize(
    ("name", "key", "values"),
    [
        (FCC, "limit_records", ["100000", "150000", "200000", "300000"]),
        (WELYO, "limit_records", ["150000", "300000", "500000", "800000"]),
        (FCC, "limit_tickets", ["-", "-", "300000", "450000"]),
        (FCC, "limit_disk_space", ["100"] * 4),
        (WELYO, "limit_disk_space", ["20"] * 4),
        *((name, "limit_queues", ["5", "10", "15", "20"]) for name in EDITIONS),
        *((name, "limit_email_accounts", ["", "5", "10", "20"]) for name in EDITIONS),
        *(
            (name, "limit_api_calls_per_user", ["30000", "50000", "100000", "150000"])
            for name in EDITIONS
        ),
    ],
)
def test_limits_of_each_edition(name: str, key: str, values: list[str]) -> None:
    """D2-D7, and those that are equal: R46, R49, R50."""
    assert limits(name, key) == values


def test_the_newer_edition_has_no_limit_of_tickets() -> None:
    """D6: counted for display, never billed."""
    assert "limit_tickets" not in edition(WELYO).items
    assert edition(WELYO).meters["tickets"].beyond == "free"
    assert edition(FCC).meters["tickets"].beyond == "charged"


@pytest.mark.parametrize("feature", ["wallboard", "automatic_callbacks"])
def test_two_rows_are_printed_twice_in_the_older_edition(feature: str) -> None:
    """R11, D8, D9: X beats P, P beats -."""
    older = [edition(FCC).cell(feature, package) for package in PACKAGES]
    newer = [edition(WELYO).cell(feature, package) for package in PACKAGES]
    assert older == [Cell.PAYABLE, *[Cell.INCLUDED] * 3]
    assert newer == [Cell.UNAVAILABLE, *[Cell.INCLUDED] * 3]
    assert f"{feature}_addon" not in edition(WELYO).items


def test_kanri_is_described_in_the_newer_edition_only() -> None:
    """D10."""
    assert edition(WELYO).items["kanri_integration"].needs == (("webphone",),)
    assert "kanri_integration" not in edition(FCC).items


def test_a_connector_with_one_function_more_is_the_same_row() -> None:
    """D11: a flag of the function, no price and no row."""
    assert (
        edition(FCC).items["click2dial_salesforce"] == edition(WELYO).items["click2dial_salesforce"]
    )


def test_the_service_and_the_platform_have_the_name_of_their_edition() -> None:
    """R8, D12."""
    assert (edition(FCC).service.pl, edition(FCC).platform.pl) == ("Usługa FCC", "Platforma FCC")
    assert (edition(WELYO).service.pl, edition(WELYO).platform.pl) == (
        "Usługa Welyo",
        "Platforma Welyo",
    )


def test_the_pbx_licence_has_the_name_of_its_edition() -> None:
    """D16."""
    names = [edition(name).items["pbx_user_licence"].name.pl for name in EDITIONS]
    assert names == ["Licencja użytkownika Focus PBX", "Licencja użytkownika Welyo PBX"]


def test_failures_are_reported_to_the_address_of_the_edition() -> None:
    """D18."""
    document = read_yaml(catalog_text()).value
    addresses = [own["failure_reports"]["email"] for own in document["editions"]]
    assert addresses == ["bok@focustelecom.pl", "bok@welyo.pl"]


def test_the_seller_is_the_company_of_the_footer() -> None:
    """D19."""
    seller = edition(WELYO).seller
    assert (seller.name, seller.address, seller.email) == (
        "Focus Telecom Polska S.A.",
        ("ul. Ostrobramska 101A", "04-041 Warszawa"),
        "biuro@welyo.pl",
    )


def test_a_stray_label_of_the_older_edition_is_no_row() -> None:
    """D21: `Limit kont e-mail***` stands once, with its values."""
    named = [i for i in edition(FCC).items.values() if i.name.pl == "Limit kont e-mail***"]
    assert [item.key for item in named] == ["limit_email_accounts"]


def test_what_is_equal_in_both_editions_is_one_row() -> None:
    """Differences, section D: do not version these."""
    older, newer = edition(FCC).items, edition(WELYO).items
    differ = {key for key in older.keys() & newer.keys() if older[key] != newer[key]}
    assert differ == {"limit_records", "limit_disk_space", "pbx_user_licence"}
    assert older.keys() ^ newer.keys() == {
        "wallboard_addon",
        "automatic_callbacks_addon",
        "limit_tickets",
        "kanri_integration",
    }


# Prices and numbers


@pytest.mark.parametrize("name", EDITIONS)
def test_the_only_printed_price_is_that_of_service_work(name: str) -> None:
    """R116, notes of R4: every other price is indicative."""
    firm = {key: p.amount for key, p in edition(name).prices.items() if not p.indicative}
    assert firm == {("service_work", "service_work"): Decimal("350.00")}


def test_amounts_are_exactly_what_the_file_says() -> None:
    """Contract, section 5: never through a binary fraction."""
    assert str(edition(WELYO).prices["overage", "api_calls"].amount) == "0.002"
    assert str(edition(WELYO).prices["addons", "calendar"].amount) == "49.00"


def test_every_add_on_charged_by_time_has_an_indicative_price() -> None:
    """R4: a plan can be modelled without an order's own prices."""
    for own in map(edition, EDITIONS):
        charged = [
            item.key
            for item in own.items.values()
            if item.kind is Kind.ADDON
            and item.same_as is None
            and not item.by_use
            and item.unit != "sla_level"
        ]
        assert [key for key in charged if own.price("addons", key) is None] == []


def test_hlr_has_no_price_in_the_catalog() -> None:
    """R60: only an order's own rate allows a check beyond the packs."""
    assert edition(WELYO).price("overage", "hlr_lookups") is None


def test_the_shipped_catalog_fits_its_schema() -> None:
    """Editors check a catalog by the schema, the engine by its forms."""
    document = read_yaml(catalog_text()).value
    jsonschema.validate(document, catalog_schema())


def test_policies_of_the_editions_are_the_defaults_of_the_contract() -> None:
    """Contract, section 5."""
    for name in EDITIONS:
        own = edition(name).policies
        assert (own.pack_coverage, own.api_scope, own.proration, own.late_usage) == (
            "whole_period",
            "user",
            "days",
            "adjustment",
        )


def test_an_edition_may_choose_another_policy() -> None:
    """R46, R59: a policy of the edition."""
    chosen = "    policies: {api_scope: licences}\n    failure_reports:"
    changed = load_catalog(catalog_text().replace("    failure_reports:", chosen, 1))
    assert changed.editions[FCC].policies == replace(edition(FCC).policies, api_scope="licences")
    assert changed.editions[WELYO].policies.api_scope == "user"


def test_an_edition_may_add_a_meter() -> None:
    """Contract, section 1: an edition may define more."""
    meter = "      faxes: {kind: flow, unit: page, en: Faxes, pl: Faksy, beyond: charged}\n"
    tickets = "      tickets: {kind: stock"
    changed = load_catalog(catalog_text().replace(tickets, meter + tickets, 1))
    assert "faxes" in changed.editions[FCC].meters
    assert "faxes" not in changed.editions[WELYO].meters
