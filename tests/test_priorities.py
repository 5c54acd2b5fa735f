"""The priority table proposes, the share of users decides between rows, a person decides (R101)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from billing.sla.links import LinkForm, shortfalls
from billing.sla.priorities import propose, rows
from metering.problems import ProblemsFound
from tests.builders import Plain, catalog

RULES = catalog().incidents
EXAMPLES = {
    "critical": "login_most_users call_routing_down calls_down sms_down email_down "
    "readiness_most_users login_page_down webphone_down",
    "high": "reports_hang random_errors login_some_users campaign_editing classifier_setting "
    "integration_start status_change random_logouts mailboxes",
    "medium": "live_statistics one_report classifier_change some_calls_unrouted "
    "recording_download breaks password_reset external_url tickets_from_email",
    "low": "typos interface_display configuration_help pictures ftp_access campaign_description",
}
TABLE = [(key, priority) for priority, keys in EXAMPLES.items() for key in keys.split()]
BY_SHARE = {"login_most_users": "9/10", "readiness_most_users": "9/10", "login_some_users": "1/10"}


def proposed(example: str, share: str | None = None) -> tuple[str, str]:
    """The priority that is proposed, and the row that it rests on."""
    own = propose(RULES, example, None if share is None else Fraction(share))
    return own.priority, own.example


def problem(example: str, share: str | None = None) -> str:
    """Why nothing is proposed."""
    with pytest.raises(ProblemsFound) as caught:
        proposed(example, share)
    (found,) = caught.value.problems
    return found.code


def test_the_table_has_thirty_two_examples() -> None:
    assert [(own.example, own.priority) for own in rows(RULES)] == TABLE
    assert [len(keys.split()) for keys in EXAMPLES.values()] == [8, 9, 9, 6]


def test_every_row_is_told_in_both_languages() -> None:
    texts = [text for own in rows(RULES) for text in (own.row.pl, own.row.en)]
    assert len(set(texts)) == 64
    assert all(texts)


@pytest.mark.parametrize(("example", "priority"), TABLE)
def test_each_example_proposes_its_priority(example: str, priority: str) -> None:
    assert proposed(example, BY_SHARE.get(example)) == (priority, example)


@pytest.mark.parametrize("example", ["login_most_users", "login_some_users"])
@pytest.mark.parametrize(
    ("share", "priority"),
    [("1", "critical"), ("601/1000", "critical"), ("3/5", "high"), ("1/1000", "high")],
)
def test_the_share_decides_who_cannot_sign_in(example: str, share: str, priority: str) -> None:
    """Whichever row is named; exactly 60 % is high (R102)."""
    assert proposed(example, share)[0] == priority


def test_a_third_part_is_compared_exactly() -> None:
    """Three users of five are 60 %; one more of a million and one is more."""
    assert proposed("login_most_users", "600000/1000000")[0] == "high"
    assert proposed("login_most_users", "600001/1000001")[0] == "critical"


def test_readiness_of_fewer_users_is_trouble_with_a_status() -> None:
    assert proposed("readiness_most_users", "3/5") == ("high", "status_change")


def test_what_is_missing_is_asked_for() -> None:
    assert problem("login_most_users") == "missing_share"
    assert problem("coffee_machine") == "unknown_example"
    assert problem("login_most_users", "0") == "out_of_range"
    assert problem("login_most_users", "6/5") == "out_of_range"


def test_seven_functions_are_critical() -> None:
    names = "outgoing_calls incoming_calls ivr login readiness queueing routing"
    assert list(RULES.critical_functions) == names.split()


LINK: Plain = {"download_kbps": 1024, "upload_kbps": 1024, "talking_users": 4}


@pytest.mark.parametrize(
    ("given", "below"),
    [
        ({}, []),
        ({"upload_kbps": 1023}, ["upload_kbps"]),
        ({"talking_users": 5}, ["download_kbps", "upload_kbps"]),
        ({"talking_users": 5, "hardware_phones": True}, []),
        ({"talking_users": 6, "hardware_phones": True}, ["download_kbps", "upload_kbps"]),
        ({"delay_ms": "50", "jitter_ms": "50", "loss_percent": "0.05"}, []),
        ({"delay_ms": "50.1", "loss_percent": "0.051"}, ["delay_ms", "loss_percent"]),
        ({"jitter_ms": "51"}, ["jitter_ms"]),
        ({"medium": "wifi"}, ["medium"]),
    ],
)
def test_what_a_link_lacks(given: Plain, below: list[str]) -> None:
    """256 kbit/s both ways for each who talks, 192 with hardware phones (R119)."""
    assert RULES.link_minimum is not None
    link = LinkForm.model_validate({**LINK, **given})
    assert list(shortfalls(RULES.link_minimum, link)) == below


@pytest.mark.parametrize("level", ["standard", "progres", "progres_plus", "premium"])
def test_a_level_of_the_contract_asks_for_no_fields(level: str) -> None:
    own = catalog().sla_levels[level]
    assert own.report_fields == ()
    assert {"earlier_state", "proper_operation", "backup"} <= set(own.repaired_by)


def test_user_com_names_its_sub_suppliers() -> None:
    """R162; and only the removal of the causes is a repair (R161)."""
    own = catalog().sla_levels["usercom"]
    assert {name: len(links) for name, links in own.upstream.items()} == {
        "OVH": 1,
        "AWS": 2,
        "CloudFlare": 1,
    }
    assert own.repaired_by == ("cause_removed",)
    assert len(own.report_fields) == 6
