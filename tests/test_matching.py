"""Which invoices a payment is for: numbers in titles, then the payer and the exact amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.payments.identity import Identities
from invoices.payments.matching import Due, Proposal, propose
from invoices.payments.payment import Received
from invoices.payments.titles import UNCLEAR, numbers_in

SERIES = ("FV/2025", "FV/2026")
ACME, OTHER = "5260001246", "1234563218"
FIRST, TWELFTH = "FV/2025/000001", "FV/2025/000012"


def due(number: str = FIRST, owed: str = "123.00", **given: Any) -> Due:
    """An open invoice of Acme."""
    own = {
        "id": f"invoice/{number}",
        "number": number,
        "buyer": "Acme",
        "tax_id": ACME,
        "currency": "PLN",
        "due_on": date(2025, 11, 17),
        "owed": Decimal(owed),
        "paid": Decimal(0),
    }
    return Due(**{**own, **given})


def paid(amount: str = "123.00", title: str = "", **given: Any) -> Received:
    """A payment of a payer nobody knows."""
    own = {
        "paid_on": date(2025, 11, 10),
        "amount": Decimal(amount),
        "currency": "PLN",
        "payer": "ACME SP. Z O.O.",
        "payer_tax_id": "",
        "title": title,
        "reference": "",
        "source": "file",
    }
    return Received(**{**own, **given})


def proposed(payment: Received, *invoices: Due) -> Proposal:
    """What the rules say."""
    return propose(payment, numbers_in(payment.title, SERIES), invoices)


def allocations(proposal: Proposal) -> list[tuple[str, str]]:
    """What invoices would have, as numbers and amounts."""
    return [(one.invoice.number, str(one.amount)) for one in proposal.allocations]


# Titles


@pytest.mark.parametrize(
    "title",
    [
        "FV/2025/000001",
        "fv/2025/000001",
        "Faktura nr FV 2025/000001",
        "faktura FV/2025/1",
        "FV/2025/0001 zapłata",
        "FV 2025 000001",
        "FV nr 2025/000001",
        "FV2025/000001",
        "FV2025000001",
        "FV-2025-000001",
        "fv_2025_1",
        "FV / 2025 / 000001",
        "FV/2025/000 001",
        "za FV/2025/000001.",
        "(FV/2025/000001)",
        "FV/2025/000001, dziękujemy",
        "FV/2025/1 z dnia 2025-11-03",
        "/VAT/23,00/IDC/5260001246/INV/FV/2025/000001/TXT/usługi",
        "/VAT/23,00/IDC/5260001246/INV/FV/2025/000001",
        "/vat/23,00/idc/5260001246/inv/FV 2025 1/txt/FV/2025/000012",
    ],
)
def test_a_number_is_found_as_people_type_it(title: str) -> None:
    assert numbers_in(title, SERIES) == (FIRST,)


@pytest.mark.parametrize(
    "title",
    [
        "",
        "abonament za październik",
        "FV/2025/0000012",
        "FV/2025/000001A",
        "AFV/2025/000001",
        "FV/2025/000001/2",
        "FV/2025/1-2",
        "FV/2025/1,50",
        "FV/2024/000001",
        "FV/2025/0",
        "FV/2025/000000",
        "FV/2025/" + "9" * 5000,
        "FV/2025/00001 2",  # a bank's line break, or two numbers: nobody knows
        "2025/000001",
    ],
)
def test_what_is_not_surely_a_number_is_none(title: str) -> None:
    assert numbers_in(title, SERIES) == ()


def test_a_title_may_name_several_numbers() -> None:
    """Each once, in the order of the title."""
    title = "FV/2025/000012, FV 2026/3 i fv/2025/1 (FV/2025/12)"
    assert numbers_in(title, SERIES) == (TWELFTH, "FV/2026/000003", FIRST)


@pytest.mark.parametrize(
    "title",
    [
        "za W/FV/2026/000001",
        "W-FV/2026/000001",
        "2024/FV/2026/000001",
        "/VAT/23,00/IDC/5260001246/INV/W/FV/2026/000001/TXT/FV/2026/000001",
    ],
)
def test_a_number_inside_a_longer_one_is_for_a_person(title: str) -> None:
    """The longer one may be anybody's, even if payer and amount fit an invoice of ours."""
    assert numbers_in(title, SERIES) == (UNCLEAR,)
    fitting = due("FV/2026/000001")
    proposal = proposed(paid(title=title, payer_tax_id=ACME), fitting)
    assert (allocations(proposal), proposal.reason) == ([], "unclear_number")


def test_one_clear_number_does_not_make_the_other_clear() -> None:
    proposal = proposed(paid(title=f"{FIRST} W/{TWELFTH}"), due(), due(TWELFTH))
    assert (allocations(proposal), proposal.reason) == ([], "unclear_number")


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("W/FV/2025/000001", "W/FV/2025/000001"),
        ("/VAT/1,00/IDC/5260001246/INV/W-FV-2025-1/TXT/x", "W/FV/2025/000001"),
        ("FV/2025/000001", FIRST),
        ("W FV/2025/000001", "W/FV/2025/000001"),
    ],
)
def test_of_a_series_within_another_the_longer_number_counts(title: str, number: str) -> None:
    assert numbers_in(title, ("FV/2025", "W/FV/2025")) == (number,)


def test_a_title_may_name_numbers_of_both_series() -> None:
    title = "W/FV/2025/000001 i FV/2025/000001"
    assert numbers_in(title, ("FV/2025", "W/FV/2025")) == ("W/FV/2025/000001", FIRST)


def test_numbers_beyond_six_digits_go_on() -> None:
    assert numbers_in("FV/2025/1000001", SERIES) == ("FV/2025/1000001",)


@given(
    number=st.integers(1, 10**7),
    zeros=st.booleans(),
    lower=st.booleans(),
    signs=st.lists(st.sampled_from(["/", " ", "-", " / ", "_"]), min_size=2, max_size=2),
    around=st.lists(
        st.sampled_from(["", "Faktura nr ", "zapłata za: ", "("]), min_size=2, max_size=2
    ),
)
def test_any_way_to_write_a_number_leads_to_it(
    number: int, zeros: bool, lower: bool, signs: list[str], around: list[str]
) -> None:
    digits = f"{number:06}" if zeros else str(number)
    written = f"FV{signs[0]}2025{signs[1]}{digits}"
    title = f"{around[0]}{written.lower() if lower else written} {around[1]}"
    assert numbers_in(title, SERIES) == (f"FV/2025/{number:06}",)


@given(st.text(max_size=200))
def test_any_text_can_be_a_title(title: str) -> None:
    """And only numbers of our series are found in it."""
    assert all(number.startswith(SERIES) for number in numbers_in(title, SERIES))


# By number


def test_the_number_in_the_title_decides() -> None:
    """Whatever the amount is, and whoever paid."""
    proposal = proposed(paid(title=FIRST), due(), due(TWELFTH))
    assert (allocations(proposal), proposal.found_by) == ([(FIRST, "123.00")], "number")
    assert proposal.reason is None


def test_a_part_payment_pays_a_part() -> None:
    proposal = proposed(paid("100.00", FIRST), due())
    assert (allocations(proposal), proposal.reason) == ([(FIRST, "100.00")], None)


def test_an_overpayment_is_kept_and_listed() -> None:
    """What is due is paid, the rest waits for a person."""
    proposal = proposed(paid("200.00", FIRST), due())
    assert (allocations(proposal), proposal.reason) == ([(FIRST, "123.00")], "overpaid")


def test_several_numbers_are_paid_in_the_order_of_their_due_days() -> None:
    """Not in that of the title."""
    older = due(TWELFTH, "100.00", due_on=date(2025, 10, 1))
    proposal = proposed(paid("150.00", f"{FIRST} {TWELFTH}"), due(), older)
    assert allocations(proposal) == [(TWELFTH, "100.00"), (FIRST, "50.00")]


def test_the_payer_need_not_be_known() -> None:
    """A consumer, or a bank that names no tax id."""
    assert allocations(proposed(paid(title=FIRST), due(tax_id=""))) == [(FIRST, "123.00")]


@pytest.mark.parametrize("written", [ACME, "PL5260001246", "526-000-12-46", "PL 526 000 12 46"])
def test_a_tax_id_is_the_same_however_it_is_written(written: str) -> None:
    assert allocations(proposed(paid(title=FIRST, payer_tax_id=written), due()))


STRANGE = {
    "other_tax_id": (paid(title=FIRST, payer_tax_id=OTHER), due()),
    "other_currency": (paid(title=FIRST, currency="EUR"), due()),
    "already_paid": (paid(title=FIRST), due(paid=Decimal("123.00"))),
    "unknown_number": (paid(title="FV/2025/000099"), due()),
    "nothing_fits": (paid(title="abonament"), due()),
}


@pytest.mark.parametrize("reason", STRANGE)
def test_what_is_strange_is_left_to_a_person(reason: str) -> None:
    """With the reason, and nothing allocated."""
    proposal = proposed(*STRANGE[reason])
    assert (allocations(proposal), proposal.reason) == ([], reason)


def test_a_wrong_number_is_not_mended_by_the_amount() -> None:
    """The title says another invoice than the amount: a person decides."""
    assert proposed(paid(title="FV/2025/000099", payer_tax_id=ACME), due()).allocations == ()


# By payer and amount


def test_the_payers_one_invoice_of_the_amount_is_meant() -> None:
    proposal = proposed(paid(payer_tax_id=ACME), due(), due(TWELFTH, "99.00"))
    assert (allocations(proposal), proposal.found_by) == ([(FIRST, "123.00")], "amount_and_tax_id")


def test_all_open_invoices_may_be_paid_at_once() -> None:
    proposal = proposed(paid("223.00", payer_tax_id=ACME), due(), due(TWELFTH, "100.00"))
    assert allocations(proposal) == [(FIRST, "123.00"), (TWELFTH, "100.00")]
    assert (proposal.found_by, proposal.reason) == ("amount_and_tax_id", None)


def test_the_rest_of_an_invoice_counts_not_the_whole() -> None:
    assert proposed(paid("23.00", payer_tax_id=ACME), due(paid=Decimal(100))).allocations
    assert not proposed(paid("123.00", payer_tax_id=ACME), due(paid=Decimal(100))).allocations


UNSURE: dict[str, tuple[Received, Sequence[Due]]] = {
    "two of the amount": (paid(payer_tax_id=ACME), [due(), due(TWELFTH)]),
    "another amount": (paid("122.99", payer_tax_id=ACME), [due()]),
    "another buyer": (paid(payer_tax_id=OTHER), [due()]),
    "nobody knows the payer": (paid(), [due(tax_id="")]),
    "another currency": (paid(payer_tax_id=ACME, currency="EUR"), [due()]),
    "all is paid": (paid(payer_tax_id=ACME), [due(paid=Decimal("123.00"))]),
}


@pytest.mark.parametrize("case", UNSURE)
def test_what_is_not_sure_is_left_to_a_person(case: str) -> None:
    payment, invoices = UNSURE[case]
    assert proposed(payment, *invoices).reason == "nothing_fits"


CENTS = st.integers(1, 10**6).map(lambda cents: Decimal(cents) / 100)


@given(
    amount=CENTS,
    invoices=st.lists(st.tuples(CENTS, st.booleans()), min_size=1, max_size=6),
    named=st.booleans(),
)
def test_never_more_than_was_paid_nor_than_is_due(
    amount: Decimal, invoices: list[tuple[Decimal, bool]], named: bool
) -> None:
    own = [due(f"FV/2025/{n:06}", str(owed)) for n, (owed, _) in enumerate(invoices, 1)]
    title = " ".join(one.number for one, (_, is_in) in zip(own, invoices, strict=True) if is_in)
    proposal = proposed(paid(str(amount), title if named else "", payer_tax_id=ACME), *own)
    assert proposal.allocated <= amount
    assert all(0 < one.amount <= one.invoice.open for one in proposal.allocations)
    assert (proposal.reason is None) == (proposal.allocated == amount)


# Identity

TRANSFERS = st.lists(
    st.builds(
        paid,
        st.sampled_from(["1.00", "2.00"]),
        st.sampled_from(["a", "b"]),
        reference=st.sampled_from(["", "-", "R1", "R2"]),
    ),
    max_size=12,
)


def identities(transfers: list[Received]) -> list[str]:
    """The ids of a file's transfers."""
    ids = Identities()
    return [ids.next(one) for one in transfers]


@given(TRANSFERS)
def test_a_file_read_twice_gives_the_same_ids(transfers: list[Received]) -> None:
    """One for each reference, and one for each transfer without."""
    found = identities(transfers)
    assert identities(transfers) == found
    references = {one.reference for one in transfers if one.reference.startswith("R")}
    without = [one for one in transfers if not one.reference.startswith("R")]
    assert len(set(found)) == len(references) + len(without)


@given(TRANSFERS, TRANSFERS, TRANSFERS)
def test_files_that_overlap_share_what_they_share(
    before: list[Received], both: list[Received], after: list[Received]
) -> None:
    """Exports are cut at the end of a day, so equal transfers of a day stand together in both."""
    before = [replace(one, paid_on=date(2025, 11, 9), reference="") for one in before]
    after = [replace(one, paid_on=date(2025, 11, 11), reference="") for one in after]
    first, second = identities([*before, *both]), identities([*both, *after])
    assert first[len(before) :] == second[: len(both)]
    assert len({*first, *second}) == len({*first}) + len(after)
