"""`licznik orders`: placing, showing and changing orders; every mistake is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import ACCOUNT, AUTOMATION, Plain, addon, order, pack
from tests.running import (
    Outcome,
    codes,
    console,
    contents,
    differences,
    ended,
    is_answered,
    licznik,
    place,
    started,
    value,
    write_yaml,
)


def orders_file(path: Path, *orders: Plain, accounts: tuple[Plain, ...] = (ACCOUNT,)) -> Path:
    """A file of orders."""
    return write_yaml(path / "orders.yaml", {"accounts": [*accounts], "orders": [*orders]})


def imported(url: str, file: Path) -> Outcome:
    """What an import of orders ended with."""
    return licznik(url, "orders", "import", file, "--json")


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """How many orders were placed and unchanged, and how many accounts kept."""
    return outcome.data["placed"], outcome.data["unchanged"], outcome.data["accounts"]


def shown(url: str, own: str = "acme-main") -> Plain:
    """An order as it is."""
    data: Plain = licznik(url, "orders", "show", own, "--json").data
    return data


def orders(url: str, *words: str) -> Outcome:
    """What a command on orders ended with."""
    return licznik(url, "orders", *words)


# Placing


def test_the_orders_of_a_file_are_placed(database: str, tmp_path: Path) -> None:
    """Contract, section 3."""
    file = orders_file(tmp_path, order(), order(id="acme-two"))
    assert counts(imported(database, file)) == (2, 0, 1)
    listed = licznik(database, "orders", "list", "--json").data["orders"]
    assert [own["id"] for own in listed] == ["acme-main", "acme-two"]


def test_the_same_file_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    """Contract, section 3."""
    file = orders_file(tmp_path, order(addons=AUTOMATION), order(id="acme-two"))
    imported(database, file)
    before = contents(database)
    assert counts(imported(database, file)) == (0, 2, 0)
    assert contents(database) == before


def test_the_same_file_changes_nothing_after_an_order_was_changed(
    database: str, tmp_path: Path
) -> None:
    """It says how the order was placed, not how it is now."""
    file = orders_file(tmp_path, order())
    imported(database, file)
    orders(database, "change", "licences", "acme-main", "25", "pro", "--from", "2025-11-01")
    assert counts(imported(database, file)) == (0, 1, 0)
    assert [line["licences"] for line in shown(database)["packages"]] == [20, 25]


def test_other_content_of_an_order_is_refused(database: str, tmp_path: Path) -> None:
    """`order_exists`: an order is changed by a decision, not by a file."""
    imported(database, orders_file(tmp_path, order()))
    before = contents(database)
    changed = orders_file(tmp_path, order(licences=21), order(id="new"))
    outcome = licznik(database, "orders", "import", changed)
    assert is_answered(outcome)
    assert codes(outcome) == ["order_exists"]
    assert contents(database) == before


def test_an_account_may_move(database: str, tmp_path: Path) -> None:
    """Its details are those of the last file."""
    imported(database, orders_file(tmp_path, order()))
    moved = {**ACCOUNT, "address": ["ul. Nowa 2", "00-002 Warszawa"]}
    assert counts(imported(database, orders_file(tmp_path, order(), accounts=(moved,)))) == (
        0,
        1,
        1,
    )
    assert value(database, "SELECT details -> 'address' ->> 0 FROM account") == "ul. Nowa 2"
    assert differences(database) == []


def test_an_order_may_name_an_account_of_an_earlier_file(database: str, tmp_path: Path) -> None:
    """A file need not repeat it."""
    imported(database, orders_file(tmp_path, order()))
    more = write_yaml(tmp_path / "more.yaml", {"orders": [order(id="acme-two")]})
    assert counts(imported(database, more)) == (1, 0, 0)


# Mistakes in a file


BAD: dict[str, tuple[Plain, str]] = {
    "an unknown edition": (order(edition="welyo-2031"), "unknown_edition"),
    "an edition not in force": (order(launch_date="2025-01-01"), "edition_not_in_force"),
    "an unknown package": (order("gold"), "unknown_package"),
    "an unknown item": (order(addons=[addon("teleport")]), "unknown_item"),
    "an unknown pack": (order(packs=[pack("pack_of_wolves")]), "unknown_item"),
    "an unknown account": (order(account="nobody"), "unknown_account"),
    "an unknown meter": (order(caps={"smoke": 1}), "unknown_meter"),
    "an unknown level": (order(sla="gold"), "unknown_sla_level"),
    "an unknown field": (order(discount="10"), "unknown_field"),
    "an item not sold": (order("uc", addons=[addon("mail")]), "not_available"),
    "an item included": (order("enterprise", addons=[addon("chat")]), "already_included"),
    "a pack without its base": (order("uc", packs=[pack("pack_email_5000")]), "pack_not_sellable"),
    "a negative price": (order(prices={"licence": "-1"}), "invalid_value"),
    "an end before the start": (order(end_date="2025-09-30"), "ends_before_start"),
    "no licences": ({k: v for k, v in order().items() if k != "licences"}, "missing_field"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_in_an_order_is_answered_and_nothing_is_placed(
    database: str, tmp_path: Path, mistake: str
) -> None:
    """Status 2, the code, and not half of the file."""
    wrong, code = BAD[mistake]
    outcome = licznik(
        database,
        "orders",
        "import",
        orders_file(tmp_path, order(id="good"), {**wrong, "id": "bad"}),
    )
    assert is_answered(outcome)
    assert code in codes(outcome)
    assert value(database, "SELECT count(*) FROM decisions_events") == 0


def test_an_order_given_twice_is_named(database: str, tmp_path: Path) -> None:
    """`duplicate_order`."""
    outcome = licznik(database, "orders", "import", orders_file(tmp_path, order(), order()))
    assert is_answered(outcome)
    assert codes(outcome) == ["duplicate_order"]


def test_a_wrong_tax_number_is_named(database: str, tmp_path: Path) -> None:
    """A NIP has a check digit."""
    wrong = {**ACCOUNT, "tax_id": "5260001247"}
    file = orders_file(tmp_path, order(), accounts=(wrong,))
    outcome = licznik(database, "orders", "import", file)
    assert is_answered(outcome)
    assert codes(outcome) == ["invalid_tax_id"]
    assert value(database, "SELECT count(*) FROM account") == 0


def test_every_mistake_of_a_file_is_found_at_once(database: str, tmp_path: Path) -> None:
    """Users get all of their mistakes."""
    wrong = [order("gold", id="a"), order(edition="none", id="b"), order(account="c", id="c")]
    outcome = licznik(database, "orders", "import", orders_file(tmp_path, *wrong))
    assert set(codes(outcome)) == {"unknown_account", "unknown_edition", "unknown_package"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("accounts: []\norders:\n  - {id: a\n    b: c\n", "4"),
        ("accounts: []\norders:\n\t- id: a\n", "3"),
        ("accounts: []\naccounts: []\norders: []\n", "2"),
    ],
)
def test_broken_yaml_is_named_with_its_line(
    database: str, tmp_path: Path, text: str, line: str
) -> None:
    """A sentence and status 2."""
    file = tmp_path / "orders.yaml"
    file.write_text(text, encoding="utf-8")
    outcome = licznik(database, "orders", "import", file)
    assert is_answered(outcome)
    assert line in outcome.err


def test_a_mistake_is_named_with_its_line(database: str, tmp_path: Path) -> None:
    """So that it is found in a long file."""
    file = tmp_path / "orders.yaml"
    file.write_text(
        "accounts:\n  - {id: a, name: A}\norders:\n  - id: x\n    account: a\n"
        "    edition: welyo-2025-06-25\n    package: gold\n    licences: 1\n"
        "    launch_date: 2025-10-01\n",
        encoding="utf-8",
    )
    outcome = licznik(database, "orders", "import", file)
    assert codes(outcome) == ["unknown_package"]
    assert "line 7" in outcome.err


@pytest.mark.parametrize("text", ["", "[]", "orders", "orders: []", "orders: 7", "accounts: []"])
def test_what_is_no_file_of_orders_is_refused(database: str, tmp_path: Path, text: str) -> None:
    """A sentence and status 2."""
    file = tmp_path / "orders.yaml"
    file.write_text(text, encoding="utf-8")
    assert is_answered(licznik(database, "orders", "import", file))


def test_a_file_that_is_not_text_is_refused(database: str, tmp_path: Path) -> None:
    """A sentence and status 2."""
    file = tmp_path / "orders.yaml"
    file.write_bytes(b"orders: \xff\xfe\x00")
    assert is_answered(licznik(database, "orders", "import", file))


def test_a_file_that_does_not_exist_is_named(database: str, tmp_path: Path) -> None:
    """A sentence and status 2."""
    outcome = licznik(database, "orders", "import", tmp_path / "none.yaml")
    assert is_answered(outcome)
    assert "none.yaml" in outcome.err


# Showing


def test_an_order_is_shown_with_its_decisions(database: str) -> None:
    """Who looks at it sees how it came about."""
    place(database, order())
    orders(database, "change", "sla", "acme-main", "premium", "--from", "2025-11-01")
    own = shown(database)
    assert [one["decision"] for one in own["history"]] == ["Placed", "SlaChanged"]
    assert [line["level"] for line in own["sla"]] == ["standard", "premium"]
    assert own["version"] == 2


def test_an_order_is_shown_to_people(database: str) -> None:
    """As tables."""
    place(database, order())
    outcome = orders(database, "show", "acme-main")
    assert (outcome.status, outcome.err) == (0, "")
    assert "pro × 20" in outcome.out
    assert "Placed" in outcome.out


def test_an_unknown_order_is_a_problem(database: str) -> None:
    """`unknown_order`."""
    outcome = orders(database, "show", "nobody")
    assert is_answered(outcome)
    assert codes(outcome) == ["unknown_order"]


# Changing


def test_a_launch_may_move_by_fourteen_days(database: str) -> None:
    """R16."""
    place(database, order())
    assert orders(database, "shift", "acme-main", "--to", "2025-10-15").status == 0
    assert shown(database)["launch_date"] == "2025-10-15"


def test_a_launch_may_not_move_by_more(database: str) -> None:
    """R16, and nothing is recorded."""
    place(database, order())
    before = contents(database)
    outcome = orders(database, "shift", "acme-main", "--to", "2025-10-16")
    assert is_answered(outcome)
    assert codes(outcome) == ["shift_too_late"]
    assert contents(database) == before


def test_a_later_launch_without_an_update_starts_on_the_last_day(database: str) -> None:
    """R18."""
    place(database, order())
    orders(database, "shift", "acme-main", "--to", "2025-12-01", "--no-update")
    assert shown(database)["launch_date"] == "2025-10-15"


@pytest.mark.parametrize(
    "words",
    [
        ("change", "licences", "acme-main", "25", "pro", "--from", "2025-11-01"),
        ("change", "sla", "acme-main", "premium", "--from", "2025-11-01", "--price", "1500.00"),
        ("change", "confirm", "acme-main", "--on", "2025-09-20"),
        ("add", "package", "acme-main", "enterprise", "5", "--from", "2025-11-01"),
        ("add", "addon", "acme-main", "calendar", "--from", "2025-11-01", "--price", "49.00"),
        ("add", "pack", "acme-main", "pack_sms_5000", "--at", "2025-10-05T09:00:00+02:00"),
        ("end", "acme-main", "email_sms_automation", "--on", "2025-11-30"),
        ("close", "acme-main", "--on", "2025-12-31"),
    ],
)
def test_a_change_is_one_decision_that_can_be_verified(
    database: str, words: tuple[str, ...]
) -> None:
    """Contract, section 3."""
    place(database, order(addons=AUTOMATION))
    assert orders(database, *words).status == 0
    assert shown(database)["version"] == 2
    assert differences(database) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "addon", "acme-main", "teleport", "--from", "2025-11-01"), "unknown_item"),
        (("add", "addon", "acme-main", "chat", "--from", "2025-11-01"), "already_included"),
        (("add", "pack", "acme-main", "pack_tts_1000", "--at", "2025-10-05T09:00:00+02:00"), ""),
        (("add", "pack", "acme-main", "chat", "--at", "2025-10-05T09:00:00+02:00"), "not_a_pack"),
        (("add", "package", "acme-main", "gold", "5", "--from", "2025-11-01"), "unknown_package"),
        (("change", "sla", "acme-main", "gold", "--from", "2025-11-01"), "unknown_sla_level"),
        (("end", "acme-main", "tts", "--on", "2025-11-30"), "not_ordered"),
        (("close", "acme-main", "--on", "2025-09-01"), "ends_before_start"),
        (("close", "nobody", "--on", "2025-12-31"), "unknown_order"),
    ],
)
def test_a_change_that_would_make_an_order_invalid_is_refused(
    database: str, words: tuple[str, ...], code: str
) -> None:
    """With its code, and nothing is recorded."""
    place(database, order())
    before = contents(database)
    outcome = orders(database, *words)
    assert is_answered(outcome)
    assert code in [*codes(outcome), ""]
    assert contents(database) == before


@pytest.mark.parametrize(
    "words",
    [
        ("close", "acme-main", "--on", "2025-02-30"),
        ("close", "acme-main"),
        ("close",),
        ("change", "licences", "acme-main", "many", "pro", "--from", "2025-11-01"),
        ("change", "licences", "acme-main", "-5", "pro", "--from", "2025-11-01"),
        ("change", "sla", "acme-main", "premium", "--from", "2025-11-01", "--price", "1e3"),
        ("add", "pack", "acme-main", "pack_sms_5000", "--at", "2025-10-05T09:00:00"),
        ("add", "pack", "acme-main", "pack_sms_5000", "--quantity", "0"),
        ("add", "addon", "acme-main", "sms_number", "--from", "2025-11-01", "--quantity", "-1"),
        ("teleport",),
    ],
)
def test_words_that_cannot_be_read_are_answered(database: str, words: tuple[str, ...]) -> None:
    """Status 2, no traceback, nothing recorded."""
    place(database, order())
    before = contents(database)
    assert is_answered(orders(database, *words))
    assert contents(database) == before


# Processes


def test_the_console_script_places_and_shows_orders(database: str, tmp_path: Path) -> None:
    """The whole way, in processes of their own; messages do not mix with data."""
    file = orders_file(tmp_path, order())
    outcome = console(database, "orders", "import", file)
    assert (outcome.status, outcome.out) == (0, "")
    assert "1 orders placed" in outcome.err
    assert console(database, "orders", "list", "--json").data["orders"][0]["id"] == "acme-main"


def test_the_console_script_answers_a_mistake(database: str, tmp_path: Path) -> None:
    """Status 2, no traceback."""
    outcome = console(database, "orders", "import", orders_file(tmp_path, order("gold")))
    assert is_answered(outcome)
    assert (outcome.out, codes(outcome)[0]) == ("", "unknown_package")


def test_two_imports_of_one_file_at_once_place_each_order_once(
    database: str, tmp_path: Path
) -> None:
    """One is first, the other finds its orders there."""
    file = orders_file(tmp_path, *(order(id=f"order-{n}") for n in range(20)))
    pair = [started(database, "orders", "import", file, "--json") for _ in range(2)]
    outcomes = [ended(one) for one in pair]
    assert [one.status for one in outcomes] == [0, 0]
    assert sum(one.data["placed"] for one in outcomes) == 20
    assert value(database, "SELECT count(*) FROM customer_order") == 20
    assert differences(database) == []


def test_of_two_changes_at_once_none_is_lost(database: str) -> None:
    """Both are recorded one after the other, or one is told to look again."""
    place(database, order())
    change = ("orders", "change", "licences", "acme-main")
    pair = [started(database, *change, n, "pro", "--from", "2025-11-01") for n in ("21", "22")]
    outcomes = [ended(one) for one in pair]
    done = sum(one.status == 0 for one in outcomes)
    assert done >= 1
    assert shown(database)["version"] == 1 + done
    for refused in (one for one in outcomes if one.status != 0):
        assert is_answered(refused)
        assert codes(refused) == ["changed_meanwhile"]
    assert differences(database) == []
