"""What may be ordered, and what may not."""

from __future__ import annotations

import pytest

from tests.builders import (
    FCC,
    WELYO,
    addon,
    found,
    order,
    pack,
    problems_of,
)

CHANNELS = ("chat", "mail", "sms", "messenger", "web_forms")


# Packages and add-ons


@pytest.mark.parametrize("package", ["uc", "standard", "pro", "enterprise"])
@pytest.mark.parametrize("edition", [FCC, WELYO])
def test_every_package_of_every_edition_can_be_ordered(package: str, edition: str) -> None:
    """R1, R7."""
    assert problems_of(order(package, edition=edition)) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_bought_in_standard(channel: str) -> None:
    """R35: - P X X."""
    own = [addon(channel)]
    assert problems_of(order("uc", addons=own)) == ["not_available at addons[0].item"]
    assert problems_of(order("standard", addons=own)) == []
    for package in ("pro", "enterprise"):
        assert problems_of(order(package, addons=own)) == ["already_included at addons[0].item"]


def test_what_the_package_includes_cannot_be_bought_once_more() -> None:
    """Contract, section 5: ordering an X."""
    assert problems_of(order("uc", addons=[addon("ivr")])) == ["already_included at addons[0].item"]


@pytest.mark.parametrize("item", ["business_rules", "macros", "workflow", "customer_panel"])
def test_features_of_enterprise_cannot_be_bought_below_it(item: str) -> None:
    """R37: - - - X."""
    assert problems_of(order("pro", addons=[addon(item)])) == ["not_available at addons[0].item"]


@pytest.mark.parametrize("item", ["baselinker_connector", "ecommerce_integrations"])
def test_shop_connectors_are_sold_from_pro_on(item: str) -> None:
    """R38: - - P P."""
    own = [addon(item)]
    assert problems_of(order("standard", addons=own)) == ["not_available at addons[0].item"]
    assert problems_of(order("pro", addons=own)) == []


def test_the_predictive_dialer_is_sold_from_standard_on() -> None:
    """R38: - P P P."""
    own = [addon("predictive_dialer_amd")]
    assert problems_of(order("uc", addons=own)) == ["not_available at addons[0].item"]
    assert problems_of(order("standard", addons=own)) == []


@pytest.mark.parametrize("twin", ["wallboard", "automatic_callbacks"])
def test_uc_may_buy_a_doubled_row_in_the_older_edition_only(twin: str) -> None:
    """R11, D8, D9: P beats -, and the newer edition has no second row."""
    assert problems_of(order("uc", edition=FCC, addons=[addon(f"{twin}_addon")])) == []
    own = order("uc", edition=WELYO, addons=[addon(f"{twin}_addon")])
    assert problems_of(own)[0] == "unknown_item at addons[0].item"
    assert problems_of(order("uc", edition=WELYO, addons=[addon(twin)])) == [
        "not_available at addons[0].item"
    ]


def test_included_beats_payable_where_two_rows_print_an_item() -> None:
    """R11: a client must not pay for what the package includes."""
    own = order("standard", edition=FCC, addons=[addon("wallboard_addon")])
    assert problems_of(own) == ["already_included at addons[0].item"]


def test_what_is_only_described_can_be_ordered_in_any_package() -> None:
    """R12."""
    for package in ("uc", "standard", "pro", "enterprise"):
        assert problems_of(order(package, addons=[addon("post_call_surveys")])) == []


def test_kanri_exists_in_the_newer_edition_only() -> None:
    """D10."""
    own = [addon("kanri_integration")]
    assert problems_of(order(addons=own)) == []
    assert problems_of(order(edition=FCC, addons=own))[0] == "unknown_item at addons[0].item"


@pytest.mark.parametrize("item", ["pack_sms_5000", "limit_queues", "sla_premium"])
def test_packs_limits_and_levels_are_no_add_ons(item: str) -> None:
    """R54, R40: each has its own place in an order."""
    assert problems_of(order(addons=[addon(item)])) == ["not_an_addon at addons[0].item"]


def test_a_function_has_quantity_one() -> None:
    """Contract, section 5: an add-on paid by function."""
    own = order(addons=[addon("calendar", 2)])
    assert problems_of(own) == ["single_quantity at addons[0].quantity"]


def test_a_function_cannot_be_ordered_twice_for_the_same_days() -> None:
    """R39: flat per period."""
    twice = [addon("calendar", to="2025-10-15"), addon("calendar", start="2025-10-15")]
    assert problems_of(order(addons=twice)) == ["already_ordered at addons[1].item"]


def test_a_function_can_be_ordered_again_after_it_ended() -> None:
    """R39."""
    twice = [addon("calendar", to="2025-10-15"), addon("calendar", start="2025-10-16")]
    assert problems_of(order(addons=twice)) == []


def test_licences_for_users_can_be_ordered_in_several_lines() -> None:
    """R27: more of them later."""
    twice = [addon("webphone_mobile", 2), addon("webphone_mobile", 3, start="2025-10-15")]
    assert problems_of(order(addons=twice)) == []


# Prerequisites


@pytest.mark.parametrize(
    ("base", "item"),
    [
        ("vpn", "reporting_db"),
        ("automatic_caller", "automatic_caller_extra_channel"),
        ("private_box_medium", "private_box_encryption_at_rest"),
    ],
)
def test_an_add_on_needs_what_it_builds_on(base: str, item: str) -> None:
    """R13."""
    assert problems_of(order(addons=[addon(item)])) == ["missing_prerequisite at addons[0].item"]
    assert problems_of(order(addons=[addon(item), addon(base)])) == []


@pytest.mark.parametrize(
    "item",
    [
        "bi_connector",
        "reporting_db_extra_month",
        "reporting_db_extra_connection",
        "reporting_db_extra_1mbps",
    ],
)
def test_extensions_of_the_reporting_database_need_it(item: str) -> None:
    """R13."""
    assert problems_of(order(addons=[addon(item)])) == ["missing_prerequisite at addons[0].item"]
    whole = [addon("vpn"), addon("reporting_db"), addon(item)]
    assert problems_of(order(addons=whole)) == []


def test_an_mpls_link_that_is_declared_serves_the_reporting_database() -> None:
    """R13: VPN tunnel or MPLS link; nobody sells the link here."""
    assert problems_of(order(addons=[addon("reporting_db")], declares=["mpls_link"])) == []


@pytest.mark.parametrize("crm", ["hubspot", "pipedrive", "dealercrm"])
def test_connectors_that_need_the_webphone_have_it_in_every_package(crm: str) -> None:
    """R13, R33: the webphone is included."""
    assert problems_of(order("uc", addons=[addon(f"click2dial_{crm}")])) == []


def test_a_prerequisite_must_last_as_long_as_what_builds_on_it() -> None:
    """R13: the caller ends before its extra channel does."""
    own = [addon("automatic_caller", to="2025-10-20"), addon("automatic_caller_extra_channel")]
    assert problems_of(order(addons=own)) == ["missing_prerequisite at addons[1].item"]


def test_gsm_monitoring_extends_licences_one_each() -> None:
    """R28: an agent licence or a PBX user licence."""
    own = [addon("gsm_monitoring", 3)]
    assert problems_of(order(licences=3, addons=own)) == []
    assert problems_of(order(licences=2, addons=own)) == ["too_many_licences at addons[0].quantity"]
    assert problems_of(order(licences=2, addons=[*own, addon("pbx_user_licence")])) == []


# Packs


@pytest.mark.parametrize(
    ("package", "item"),
    [
        ("uc", "pack_hlr_2000"),
        ("pro", "pack_business_rules_5000"),
        ("enterprise", "pack_pcs_10000"),
        ("pro", "pack_tts_1000"),
        ("pro", "pack_email_5000"),
        ("uc", "pack_sms_2000"),
        ("standard", "pack_sms_2000"),
    ],
)
def test_a_pack_enlarges_a_function_and_does_not_create_it(package: str, item: str) -> None:
    """R14: refuse the sale where the base is not active."""
    assert problems_of(order(package, packs=[pack(item)])) == ["pack_not_sellable at packs[0].item"]


@pytest.mark.parametrize(
    ("base", "item"),
    [
        ("post_call_surveys", "pack_pcs_10000"),
        ("tts", "pack_tts_1000"),
        ("email_sms_automation", "pack_email_5000"),
        ("email_sms_automation", "pack_sms_2000"),
        ("calendar", "pack_sms_2000"),
    ],
)
def test_a_pack_is_sold_with_its_base(base: str, item: str) -> None:
    """R14, R70."""
    assert problems_of(order("uc", addons=[addon(base)], packs=[pack(item)])) == []


@pytest.mark.parametrize("item", ["pack_email_accounts_10", "pack_queues_10", "pack_disk_100gb"])
def test_capacity_packs_are_sold_everywhere(item: str) -> None:
    """R14: the accounts on UC too."""
    assert problems_of(order("uc", packs=[pack(item)])) == []


def test_a_pack_bought_before_its_base_is_refused() -> None:
    """R14: the base counts on the day of purchase."""
    own = order(addons=[addon("tts", start="2025-10-10")], packs=[pack("pack_tts_1000")])
    assert problems_of(own) == ["pack_not_sellable at packs[0].item"]


def test_an_add_on_that_is_a_pack_needs_the_packs_base() -> None:
    """R14: `business_rules_extra_5000` outside Enterprise."""
    own = order("pro", addons=[addon("business_rules_extra_5000")])
    assert problems_of(own) == ["pack_not_sellable at addons[0].item"]


def test_an_add_on_that_is_a_pack_is_not_found_among_the_packs() -> None:
    """R54: the message says what the pack is called."""
    own = order(packs=[pack("queues_extra_10")])
    assert problems_of(own) == ["not_a_pack at packs[0].item"]
    assert "pack_queues_10" in found(own)[0].message


def test_a_pack_before_the_launch_or_after_the_end_is_refused() -> None:
    """R15: nothing is sold outside the service."""
    early, late = (
        pack("pack_sms_2000", "2025-09-30 23:59"),
        pack("pack_sms_2000", "2025-10-31 00:00"),
    )
    own = order(end_date="2025-10-30", packs=[early, late])
    assert problems_of(own) == ["before_launch at packs[0].at", "after_end at packs[1].at"]


# Dates and editions


def test_an_edition_is_in_force_from_its_day_on() -> None:
    """R7: 2025-06-25 inclusive."""
    assert problems_of(order(launch_date="2025-06-25")) == []
    assert problems_of(order(launch_date="2025-06-24")) == ["edition_not_in_force at edition"]


def test_before_the_first_edition_there_is_no_catalog() -> None:
    """R7: an order dated before 2025-03-01 is an error."""
    assert problems_of(order(edition=FCC, launch_date="2025-02-28")) == [
        "edition_not_in_force at edition"
    ]


def test_a_later_edition_does_not_close_an_earlier_one() -> None:
    """Contract, section 2: any edition in force by the launch date."""
    assert problems_of(order(edition=FCC, launch_date="2026-01-01")) == []


def test_what_ends_before_it_starts_is_a_problem() -> None:
    """R15: the order, an add-on, a pack."""
    own = order(
        end_date="2025-09-30",
        addons=[addon("calendar", start="2025-10-05", to="2025-10-04")],
        packs=[pack("pack_sms_2000", "2025-09-20 10:00", to="2025-09-19")],
    )
    assert problems_of(own) == [
        "ends_before_start at end_date",
        "ends_before_start at addons[0].to",
        "before_launch at packs[0].at",
        "ends_before_start at packs[0].to",
    ]


# Names


def test_names_that_refer_to_nothing_are_found_at_once() -> None:
    """R2: every mistake of an order, each where it stands."""
    own = order(
        "gold",
        addons=[addon("telepathy")],
        packs=[pack("pack_sms_1")],
        prices={"addons": {"x": "1"}, "packs": {"y": "1"}, "overage": {"z": "1"}},
        caps={"w": 1},
    )
    assert set(problems_of(own)) == {
        "unknown_package at package",
        "unknown_item at addons[0].item",
        "unknown_item at packs[0].item",
        "unknown_item at prices.addons.x",
        "unknown_pack at prices.packs.y",
        "unknown_meter at prices.overage.z",
        "unknown_meter at caps.w",
    }


def test_an_unknown_edition_or_level_is_named_with_what_there_is() -> None:
    """R7, R85."""
    own = order(edition="welyo-2030", sla="gold")
    assert problems_of(own) == ["unknown_edition at edition", "unknown_sla_level at sla"]
    assert WELYO in found(own)[0].message


def test_a_cap_is_a_whole_number_of_units() -> None:
    """R68."""
    for cap in (-1, "0.5"):
        assert problems_of(order(caps={"mass_sms": cap})) == ["out_of_range at caps.mass_sms"]


def test_a_price_for_an_item_the_package_does_not_have_is_accepted() -> None:
    """Contract, section 5."""
    own = order("uc", prices={"addons": {"mail": "9.00"}, "packs": {"pack_hlr_2000": "0.00"}})
    assert problems_of(own) == []
