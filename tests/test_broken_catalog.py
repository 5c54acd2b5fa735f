"""A broken catalog says what is wrong, and on which line."""

from __future__ import annotations

import pytest

from billing.catalog.loading import load_catalog
from metering.problems import Problem, ProblemsFound
from tests.builders import catalog_text


def problems(*changes: tuple[str, str]) -> list[Problem]:
    """What is wrong with the shipped catalog after replacing some of its text."""
    text = catalog_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ProblemsFound) as caught:
        load_catalog(text)
    return list(caught.value.problems)


def line_of(part: str) -> int:
    """The line of the shipped catalog on which a text first stands."""
    return catalog_text()[: catalog_text().index(part)].count("\n") + 1


def test_a_broken_file_names_its_line() -> None:
    """A bracket left open."""
    (problem,) = problems(("currency: PLN", "currency: [PLN"))
    assert problem.code == "broken_yaml"
    assert problem.message.startswith("line ")


def test_a_key_given_twice_is_named_with_its_line() -> None:
    """One of two prices would be lost."""
    (problem,) = problems(("        chat: 149.00\n", "        chat: 149.00\n        chat: 1.00\n"))
    line = line_of("        chat: 149.00") + 1
    assert (problem.code, problem.path) == (
        "duplicate_key",
        "shared.prices[1].addons.chat",
    )
    assert problem.message.startswith(f"line {line}:")


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("currency: PLN", "currency: zloty", "invalid_value", "currency"),
        ("payment_days: 14", "payment_days: many", "not_a_whole_number", "sellers[0].payment_days"),
        ("payment_days: 14", "payment_days: -1", "out_of_range", "sellers[0].payment_days"),
        ("    name: Focus", "    nmae: Focus", "unknown_field", "sellers[0].nmae"),
        ("in_force: 2025-03-01", "in_force: 1 March", "invalid_value", "editions[0].in_force"),
        ("chat: 149.00", "chat: 1e3", "invalid_value", "shared.prices[1].addons.chat"),
        ("chat: 149.00", "chat: -1.00", "invalid_value", "shared.prices[1].addons.chat"),
        ("proration: days", "proration: weeks", "unknown_value", "policies.proration"),
        ("kind: flow", "kind: tide", "unknown_value", "shared.meters.api_calls.kind"),
        (
            "values: [5, 10, 15, 20]",
            "values: [5, 10, 15]",
            "invalid_value",
            "shared.limits.limit_queues.values",
        ),
        ('"-PXX":', '"-PX":', "invalid_value", "shared.features.-PX"),
        ('tax_id: "1111111111"', 'tax_id: "1111111112"', "invalid_tax_id", "sellers[0].tax_id"),
    ],
)
def test_a_field_that_cannot_be_read(old: str, new: str, code: str, path: str) -> None:
    """Each problem has its line, its code and its path."""
    found = problems((old, new))
    (problem,) = [one for one in found if one.path == path]
    assert problem.code == code
    assert problem.message.startswith(f"line {line_of(old)}:")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("seller: focus", "seller: nobody", "editions[0].seller"),
        ('home: "23"', 'home: "24"', "vat.home"),
        ("item: sla_progres\n", "item: sla_gold\n", "sla_levels.progres.item"),
        ("needs: [scripter]", "needs: [script]", "shared.features.---X.ticket_scripts.needs"),
        (
            "same_as: pack_queues_10",
            "same_as: pack_queues_11",
            "shared.addons.PPPP.queues_extra_10.same_as",
        ),
        (
            "stands_for: wallboard",
            "stands_for: wall",
            "editions[0].addons.PPPP.wallboard_addon.stands_for",
        ),
        ("pool: email, unit", "pool: mail, unit", "shared.meters.mass_emails.pool"),
        ("needs: [hlr], pool", "needs: [hrl], pool", "shared.meters.hlr_lookups.needs"),
        (
            "allowance: {limit: limit_queues}",
            "allowance: {limit: limit_queue}",
            "shared.meters.queues.allowance.limit",
        ),
        ("        chat: 149.00", "        chatt: 149.00", "shared.prices[1].addons.chatt"),
        (
            "        pack_hlr_2000: 60.00",
            "        pack_hlr_2001: 60.00",
            "shared.prices[1].packs.pack_hlr_2001",
        ),
        ("        surveys: 0.02", "        survey: 0.02", "shared.prices[1].overage.survey"),
        ("uc: 79.00", "ux: 79.00", "shared.prices[1].licence.ux"),
    ],
)
def test_a_name_that_refers_to_nothing(old: str, new: str, path: str) -> None:
    """An unknown reference is found with its line and its path."""
    found = problems((old, new))
    assert ("unknown_reference", path) in [(problem.code, problem.path) for problem in found]
    assert all(problem.message.startswith("line ") for problem in found)


def test_an_item_may_not_be_defined_twice() -> None:
    """The price of one would be the price of the other."""
    extra = "described:\n      chat: {pl: Czat, en: Chat, unit: function}"
    found = problems(("    described:\n      kanri", f"    {extra}\n      kanri"))
    assert [(problem.code, problem.path) for problem in found] == [
        ("duplicate_item", "editions[1]")
    ]


def test_an_edition_may_not_stand_twice() -> None:
    """R7: an order pins one."""
    found = problems(("  - id: welyo-2025-06-25", "  - id: fcc-2025-03-01"))
    assert ("duplicate_edition", "editions") in [(one.code, one.path) for one in found]


def test_every_policy_needs_a_default() -> None:
    """Contract, section 5."""
    (problem,) = problems(("  api_scope: user ", "  # "))
    assert (problem.code, problem.path) == ("missing_field", "policies.api_scope")


def test_all_mistakes_are_found_at_once() -> None:
    """Users get all of their mistakes."""
    found = problems(("seller: focus", "seller: nobody"), ('home: "23"', 'home: "24"'))
    assert len(found) == 2


@pytest.mark.parametrize("text", ["", "[]", "catalog", "42"])
def test_what_is_no_catalog_at_all(text: str) -> None:
    """A file given by mistake."""
    with pytest.raises(ProblemsFound) as caught:
        load_catalog(text)
    assert {problem.code for problem in caught.value.problems} == {"not_a_mapping"}
