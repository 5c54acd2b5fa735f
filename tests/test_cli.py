"""The command line: the catalog, simulations, the demo, and what goes wrong in any command."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import orjson
import pytest
from sqlalchemy import make_url

from entrypoints import embedded
from entrypoints.demo.october import ORDERS
from entrypoints.demo.winter import JANUARY, NOVEMBER, usage_of
from tests.builders import (
    ACCOUNT,
    FCC,
    FROM_PURCHASE,
    WELYO,
    Plain,
    addon,
    catalog_text,
    order,
    pack,
    say,
    scenario,
    use,
)
from tests.running import (
    Outcome,
    codes,
    console,
    ended,
    is_answered,
    licznik,
    reachable_folder,
    rows,
    started,
    stop_server,
    used,
    write_ndjson,
    write_yaml,
)
from tests.serving import service

SPECIFICATIONS = Path(__file__).parent / "specifications"
PACKAGES = ("uc", "standard", "pro", "enterprise")

# The catalog


@pytest.mark.parametrize("edition", [FCC, WELYO])
def test_the_catalog_shows_every_cell_of_the_specification(edition: str) -> None:
    """Contract, section 3: cells as in the CSVs."""
    with (SPECIFICATIONS / f"{edition}.csv").open(encoding="utf-8", newline="") as file:
        specified = list(csv.DictReader(file))
    (own,) = licznik(None, "catalog", "show", "--edition", edition, "--json").data["editions"]
    found = {
        one["item"]: (one["kind"], one["unit"], *(one["packages"][p] for p in PACKAGES))
        for one in own["items"]
    }
    columns = ("kind", "unit", *PACKAGES)
    assert own["id"] == edition
    assert len(own["items"]) == len(specified)
    assert found == {row["item"]: tuple(row[name] for name in columns) for row in specified}


def test_the_catalog_is_shown_to_people() -> None:
    """A table an edition."""
    outcome = licznik(None, "catalog", "show")
    assert (outcome.status, outcome.err) == (0, "")
    assert "pack_sms_5000" in outcome.out


def test_the_shipped_catalog_is_valid() -> None:
    """Contract, section 3: `catalog check`."""
    outcome = licznik(None, "catalog", "check", "--json")
    assert (outcome.status, outcome.data["problems"]) == (0, [])
    assert set(outcome.data["editions"]) >= {FCC, WELYO}


def test_an_unknown_edition_is_a_problem() -> None:
    """A sentence and status 2."""
    outcome = licznik(None, "catalog", "show", "--edition", "welyo-2031")
    assert is_answered(outcome)
    assert codes(outcome) == ["unknown_edition"]


def test_a_broken_catalog_is_answered_with_all_its_problems(tmp_path: Path) -> None:
    """Two mistakes, both with their lines."""
    file = tmp_path / "catalog.yaml"
    text = catalog_text().replace("currency: PLN", "currency: zloty", 1)
    file.write_text(text.replace("payment_days: 14", "payment_days: soon"), encoding="utf-8")
    outcome = licznik(None, "catalog", "check", file)
    assert is_answered(outcome)
    assert len(codes(outcome)) >= 2
    assert outcome.err.count("line ") >= 2


def test_another_catalog_is_a_setting(tmp_path: Path) -> None:
    """LICZNIK_CATALOG."""
    file = tmp_path / "catalog.yaml"
    file.write_text("currency: PLN\n", encoding="utf-8")
    assert is_answered(licznik(None, "catalog", "show", LICZNIK_CATALOG=str(file)))


def test_the_schema_of_catalogs_is_a_json_schema() -> None:
    """For editors."""
    schema = licznik(None, "catalog", "schema").data
    jsonschema.Draft202012Validator.check_schema(schema)


# Simulations


EXAMPLE = scenario(
    [
        {
            "id": "acme-main",
            "account": "acme",
            "edition": WELYO,
            "package": "pro",
            "currency": "PLN",
            "licences": 20,
            "sla": "progres",
            "launch_date": "2025-10-01",
            "end_date": None,
            "prices": {
                "licence": "150.00",
                "sla": "400.00",
                "addons": {"email_sms_automation": "99.00"},
                "packs": {"pack_sms_5000": "350.00"},
                "overage": {
                    "records": "0.05",
                    "api_calls": "0.002",
                    "sms": "0.09",
                    "tts_characters": "0.0004",
                },
            },
            "caps": {"mass_emails": 200, "mass_sms": 0},
            "policies": FROM_PURCHASE,
            "addons": [addon("email_sms_automation", start="2025-10-01"), addon("tts")],
            "packs": [pack("pack_sms_5000", "2025-10-05 09:00")],
        }
    ],
    [
        use("sms", 6200, "2025-10-05 10:00"),
        say("Dzień dobry, tu 24/7!", "2025-10-03 08:00"),
        use("api_calls", 120_000, "2025-10-03 08:00", user="anna@acme.pl"),
    ],
)
"""The scenario of the contract, section 2."""


def simulated(path: Path, written: Plain, *options: str) -> Outcome:
    """What a simulation of a scenario ended with."""
    file = write_yaml(path / "scenario.yaml", written)
    return licznik(None, "simulate", file, *options)


def test_the_example_of_the_contract_costs_what_it_says(tmp_path: Path) -> None:
    """Contract, section 2: 6200 messages, 5000 of them from the pack."""
    data = simulated(tmp_path, EXAMPLE, "--json", "--period", "2025-10").data
    (invoice,) = data["invoices"]
    sms = next(
        line for line in invoice["lines"] if (line["kind"], line["item"]) == ("overage", "sms")
    )
    wanted = {"quantity": "1200", "unit_price": "0.09", "net": "108.00", "vat_rate": "23"}
    assert {key: sms[key] for key in wanted} == wanted
    assert sms["indicative"] is False
    ledger = next(own for own in data["ledgers"] if own["meter"] == "sms")
    covered = ("used", "included", "from_packs", "overage", "refused")
    assert [ledger[name] for name in covered] == ["6200", "0", "5000", "1200", "0"]


def test_a_simulation_has_every_part_of_the_contract(tmp_path: Path) -> None:
    """Contract, section 2: extra keys allowed."""
    data = simulated(tmp_path, EXAMPLE, "--json").data
    parts = {"invoices", "ledgers", "availability", "penalties", "credits", "problems"}
    assert parts <= data.keys()


def test_a_simulation_is_shown_to_people(tmp_path: Path) -> None:
    """A readable table."""
    outcome = simulated(tmp_path, EXAMPLE)
    assert (outcome.status, outcome.err) == (0, "")
    assert "1200 × 0.09 = 108.00" in outcome.out


def test_one_period_of_a_scenario_may_be_chosen(tmp_path: Path) -> None:
    """Contract, section 2: `--period`."""
    later = scenario([order()], [use("sms", 1, "2025-12-05 10:00")])
    every = simulated(tmp_path, later, "--json").data["invoices"]
    one = simulated(tmp_path, later, "--json", "--period", "2025-11").data["invoices"]
    assert [own["period"] for own in every] == ["2025-10", "2025-11", "2025-12"]
    assert [own["period"] for own in one] == ["2025-11"]


def test_usage_may_stand_in_files_beside_the_scenario(tmp_path: Path) -> None:
    """Contract, section 2: `usage: {files: [...]}`; a repeat counts once."""
    events = [used("sms", n, "2025-10-05T10:00:00+02:00", f"{n}") for n in (3, 4)]
    write_ndjson(tmp_path / "usage.ndjson", [*events, *events])
    data = simulated(
        tmp_path, {**scenario([order()]), "usage": {"files": ["usage.ndjson"]}}, "--json"
    )
    assert [own["used"] for own in data.data["ledgers"]] == ["7"]


def test_the_schema_of_scenarios_accepts_the_example() -> None:
    """Contract, section 3: `simulate --schema`."""
    schema = licznik(None, "simulate", "--schema").data
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(EXAMPLE, schema)


def test_the_schema_of_scenarios_refuses_what_has_no_orders() -> None:
    """So that an editor shows it."""
    schema = licznik(None, "simulate", "--schema").data
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"accounts": []}, schema)


BAD: dict[str, tuple[Plain, set[str]]] = {
    "an unknown package": (scenario([order("gold")]), {"unknown_package"}),
    "an unknown edition": (scenario([order(edition="x")]), {"unknown_edition"}),
    "no accounts": ({"orders": [order()]}, {"missing_field"}),
    "no orders": ({"accounts": [ACCOUNT]}, {"missing_field"}),
    "an unknown field": ({**scenario([order()]), "budget": 7}, {"unknown_field"}),
    "an unknown meter": (scenario([order()], [use("smoke", 1)]), {"unknown_meter"}),
    "usage not ordered": (scenario([order()], [use("mass_sms", 1)]), {"not_ordered"}),
    "usage before launch": (
        scenario([order()], [use("sms", 1, "2025-09-30 12:00")]),
        {"before_launch"},
    ),
    "a missing file": (
        {**scenario([order()]), "usage": {"files": ["none.ndjson"]}},
        {"file_not_found"},
    ),
    "a missing catalog": ({**scenario([order()]), "catalog": "none.yaml"}, {"file_not_found"}),
    "several mistakes": (
        scenario([order(), order("gold", id="b", account="c")]),
        {"unknown_package", "unknown_account"},
    ),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_bad_scenario_is_answered_and_nothing_is_billed(tmp_path: Path, mistake: str) -> None:
    """Contract, section 2: status 2, all problems, each with code, path and message."""
    written, expected = BAD[mistake]
    outcome = simulated(tmp_path, written)
    assert is_answered(outcome)
    assert expected <= set(codes(outcome))
    as_json = simulated(tmp_path, written, "--json")
    assert (as_json.status, as_json.data["invoices"]) == (2, [])
    assert {problem["code"] for problem in as_json.data["problems"]} == set(codes(outcome))
    assert all(problem["message"] for problem in as_json.data["problems"])


@pytest.mark.parametrize("text", ["", "orders", "[]", "a: [", "\t", "a: b: c", "&a [*a]"])
def test_what_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    """A sentence and status 2."""
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    assert is_answered(licznik(None, "simulate", file))
    assert licznik(None, "simulate", file, "--json").data["problems"]


def test_a_scenario_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A sentence and status 2."""
    file = tmp_path / "scenario.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    outcome = licznik(None, "simulate", file)
    assert is_answered(outcome)
    assert codes(outcome) == ["not_text"]


def test_a_scenario_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """A sentence and status 2."""
    outcome = licznik(None, "simulate", tmp_path / "none.yaml")
    assert is_answered(outcome)
    assert "none.yaml" in outcome.err


# Any command


COMMANDS = (
    "catalog",
    "orders",
    "usage",
    "invoices",
    "payments",
    "receivables",
    "db",
    "simulate",
    "plans",
    "backtest",
    "verify",
    "demo",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """`--help`, without a database."""
    outcome = licznik(None, command, "--help")
    assert outcome.status == 0
    assert "Usage: licznik" in outcome.out


@pytest.mark.parametrize("words", [("teleport",), ("verify", "--fast"), ("usage", "import")])
def test_words_that_are_no_command_are_answered(words: tuple[str, ...]) -> None:
    """Status 2, no traceback."""
    assert is_answered(licznik(None, *words))


def test_a_server_that_does_not_answer_is_a_fault_and_no_traceback() -> None:
    """Status 1."""
    outcome = licznik("postgresql://nobody@127.0.0.1:1/none", "verify")
    assert outcome.status == 1
    assert "database" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "setting",
    [{"LICZNIK_DATABASE_URL": "not an address"}, {"LICZNIK_GRACE_DAYS": "two"}],
)
def test_a_setting_that_cannot_be_read_is_answered(setting: dict[str, str]) -> None:
    """A sentence and status 2, in a process of its own."""
    outcome = console(None, "verify", **setting)
    assert is_answered(outcome)


# The demo


@pytest.fixture(scope="module")
def demo_data() -> Iterator[Path]:
    """The folder of an embedded server of the demo's own."""
    folder = reachable_folder()
    try:
        yield folder
    finally:
        stop_server(folder)


@pytest.fixture(scope="module")
def demo(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """What the demo ended with, and the folder it filled."""
    out = tmp_path_factory.mktemp("demo")
    process = started(None, "demo", "--out", out, LICZNIK_DATA=str(demo_data))
    return ended(process), out / "demo"


def test_the_demo_runs_from_end_to_end(demo: tuple[Outcome, Path]) -> None:
    """Orders, a month of usage, invoices, and the proof that all agrees."""
    outcome, _ = demo
    assert outcome.status == 0
    assert "0 differences" in outcome.err
    assert "Traceback" not in outcome.err


def test_the_demo_leaves_its_files(demo: tuple[Outcome, Path]) -> None:
    """Orders, usage and an invoice for each of four orders."""
    _, folder = demo
    made = {file.name for file in folder.iterdir()}
    own = {"klinika-recepcja", "klinika-infolinia", "meblex-sklep", "meblex-centrala"}
    assert made >= {"orders.yaml", "usage.ndjson", *(f"{name}.json" for name in own)}
    assert (folder / "orders.yaml").read_text(encoding="utf-8") == ORDERS


def test_the_invoices_of_the_demo_have_numbers_in_order(demo: tuple[Outcome, Path]) -> None:
    """One for each order, from 1 to 4 in each series."""
    _, folder = demo
    documents = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("*-*.json"))]
    assert len(documents) == 4
    assert all(one["status"] == "issued" for one in documents)
    assert len({one["number"] for one in documents}) == 4


def test_the_demo_shows_a_credit_a_penalty_and_a_correction(demo: tuple[Outcome, Path]) -> None:
    """An outage of October: 15 % of 1,660.51 come back on the next invoice, 4 % are a penalty."""
    outcome, folder = demo
    texts = {
        name: (folder / "invoices" / f"{name}.xml").read_text(encoding="utf-8")
        for name in ("FV-2025-000005", "KOR-2025-000001")
    }
    assert "<P_11>-249.08</P_11>" in texts["FV-2025-000005"]
    assert "<NrFaKorygowanej>FV/2025/000002</NrFaKorygowanej>" in texts["KOR-2025-000001"]
    assert "<P_15>44.28</P_15>" in texts["KOR-2025-000001"]
    assert "66.42" in outcome.out
    assert (folder / "invoices" / "NK-2025-000001.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "close-2025-11.csv").is_file()


def test_the_demo_ends_with_who_signs_in_to_its_portal(demo: tuple[Outcome, Path]) -> None:
    """A person of each role, and the command that starts it."""
    outcome, _ = demo
    for said in ("customer", "finance", "sales", "platform", "admin", "demo-faktury-2026"):
        assert said in outcome.out
    assert "licznik serve --demo" in outcome.err


def test_the_demo_waits_for_people(demo: tuple[Outcome, Path], demo_data: Path) -> None:
    """Its portal shows its own day: December has no invoice yet, and limits are nearly full."""
    url = demo_address(demo_data)
    assert rows(url, "SELECT DISTINCT period::text FROM invoice ORDER BY 1") == [
        ("2025-10-01",),
        ("2025-11-01",),
    ]
    (failed,) = rows(url, "SELECT count(*) FROM notice_delivery WHERE status = 'failed'")
    (kept,) = rows(url, "SELECT count(*) FROM usage_reservation WHERE ended_at IS NULL")
    assert failed > (0,)
    assert kept == (3,)
    with service(url, "--demo", LICZNIK_DATA=str(demo_data)) as own:
        page = own.client.get("/nothing", headers={"Accept-Language": "en"}, timeout=240)
        assert "Here it is 8 January 2026, 10:0" in page.text


def demo_address(folder: Path) -> str:
    """The address of the demo's database."""
    address = make_url(embedded.start(folder)).set(database="licznik_demo")
    return address.render_as_string(hide_password=False)


def test_later_months_are_as_busy_and_much_smaller() -> None:
    """November is a twenty-fifth of October; in January there is nothing after the morning."""
    november = list(usage_of(NOVEMBER))
    assert 10_000 < len(november) < 20_000
    assert november == list(usage_of(NOVEMBER))
    assert max(own["time"] for own in usage_of(JANUARY)) < "2026-01-08T10:00"


def test_there_is_no_portal_of_a_demo_that_was_not_made(database: str) -> None:
    """The service says what to run first."""
    outcome = licznik(database, "serve", "--demo", "--port", "0")
    assert is_answered(outcome)
    assert codes(outcome) == ["no_demonstration"]


@pytest.mark.parametrize("seconds", ["-86400", "yesterday"])
def test_only_a_demo_has_a_clock_of_its_own(database: str, seconds: str) -> None:
    """What is issued and decided elsewhere bears the time of the machine."""
    outcome = licznik(database, "orders", "list", LICZNIK_CLOCK=seconds)
    assert is_answered(outcome)
    assert codes(outcome) == ["invalid_setting"]
