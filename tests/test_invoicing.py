"""From charges to an invoice draft: rounding, VAT, totals, names (invoices, section 2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.catalog.edition import Name
from billing.invoicing import InvoiceLine, VatGroup, vat_groups
from billing.money import amount_text, money, plain, rounded
from billing.rating.charges import Charge
from tests.builders import (
    ACCOUNT,
    FCC,
    WELYO,
    addon,
    bill,
    catalog,
    hold,
    order,
    pack,
    use,
)

CENTS = st.integers(min_value=-(10**9), max_value=10**9).map(lambda n: Decimal(n).scaleb(-2))


def line(net: str, rate: str = "23", kind: str = "overage") -> InvoiceLine:
    """An invoice line of so much."""
    charge = Charge(kind, "sms", Decimal(1), Decimal(net), money(Decimal(net), "PLN"))
    return InvoiceLine(charge, Name("SMS-y", "SMS"), "message", rate)


def groups(*lines: InvoiceLine) -> list[tuple[str, ...]]:
    """Rate, net, VAT and gross of each VAT group."""
    return [
        (own.vat_rate, *(amount_text(part) for part in (own.net, own.vat, own.gross)))
        for own in vat_groups(lines, catalog().vat, "PLN")
    ]


# Rounding


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        ("1.005", "1.01"),
        ("2.675", "2.68"),
        ("1645.161290", "1645.16"),
        ("-0.005", "-0.01"),
        ("-0.0049", "0.00"),
        ("-1.005", "-1.01"),
        ("0", "0.00"),
    ],
)
def test_half_a_grosz_is_rounded_up(exact: str, shown: str) -> None:
    """Art. 106e(11), R120: away from zero, credits as well."""
    assert rounded(Decimal(exact)) == Decimal(shown)


def test_an_exact_fraction_is_rounded_once() -> None:
    """R120: a third of a grosz never becomes a half on its way."""
    assert rounded(Fraction(1, 3), 6) == Decimal("0.333333")
    assert rounded(Fraction(20 * 17, 31), 6) == Decimal("10.967742")
    assert rounded(Fraction(20 * 17, 31) * 150) == Decimal("1645.16")


@given(CENTS)
def test_an_amount_in_whole_hundredths_stays_what_it_is(amount: Decimal) -> None:
    """Rounding twice changes nothing."""
    assert rounded(amount) == amount


@given(st.fractions(-(10**12), 10**12, max_denominator=10**6))
def test_rounding_moves_an_amount_by_half_a_grosz_at_most(amount: Fraction) -> None:
    """Both directions, both signs."""
    assert abs(Fraction(rounded(amount)) - amount) <= Fraction(1, 200)
    assert rounded(-amount) == -rounded(amount)


@pytest.mark.parametrize(
    ("number", "text"),
    [("5E+3", "5000"), ("1200.000000", "1200"), ("0.50", "0.5"), ("0.00", "0"), ("-3.0", "-3")],
)
def test_a_quantity_is_written_in_plain_digits(number: str, text: str) -> None:
    """FA(3): `1e3` is rejected."""
    assert plain(Decimal(number)) == text


def test_a_quantity_of_many_digits_loses_none() -> None:
    """Disk space is counted in bytes."""
    assert plain(Decimal("123456789012345678901234567890.5")) == "123456789012345678901234567890.5"


def test_a_quantity_is_shown_to_six_digits_and_charged_exactly() -> None:
    """FA(3), contract: net = round(exact quantity × price, 2)."""
    own = order(licences=1000, launch_date="2025-10-15", prices={"licence": "9999.99"})
    assert bill(own).charged("licence") == ("548.387097", "9999.99", "5483865.48")


def test_a_tiny_use_keeps_its_line_of_nothing() -> None:
    """Contract, section 5: 1 character at 0.0004."""
    result = bill(order(addons=[addon("tts")]), use("tts_characters", 1))
    assert result.charged("tts_characters") == ("1", "0.0004", "0.00")


def test_overage_is_rounded_once_for_all_users() -> None:
    """Contract, section 5: one call over for each of three users is 0.006, not three times 0.00."""
    calls = [use("api_calls", 100001, user=f"user-{i}@acme.pl") for i in range(3)]
    assert bill(order("pro"), *calls).charged("api_calls") == ("3", "0.002", "0.01")


# VAT


def test_vat_is_computed_once_from_the_net_of_its_group() -> None:
    """Art. 106e(1)(14): line by line it would be 0.02 + 0.02 + 0.02."""
    assert groups(line("0.11"), line("0.11"), line("0.11")) == [("23", "0.33", "0.08", "0.41")]


def test_every_rate_has_a_group_of_its_own() -> None:
    """Art. 106e(1)(14)."""
    assert groups(line("100.00"), line("10.00", "np II"), line("1.00")) == [
        ("23", "101.00", "23.23", "124.23"),
        ("np II", "10.00", "0.00", "10.00"),
    ]


def test_half_a_grosz_of_vat_is_rounded_up() -> None:
    """0.50 at 23 % is 0.115."""
    assert groups(line("0.50")) == [("23", "0.50", "0.12", "0.62")]


def test_a_negative_line_reduces_the_base_of_its_group() -> None:
    """Invoices, section 3: a credit is a row with a minus."""
    assert groups(line("100.00"), line("-174.95")) == [("23", "-74.95", "-17.24", "-92.19")]


def test_half_a_grosz_of_negative_vat_is_rounded_away_from_zero() -> None:
    """-0.50 at 23 % is -0.115."""
    assert groups(line("-0.50")) == [("23", "-0.50", "-0.12", "-0.62")]


def test_no_lines_have_no_groups() -> None:
    """Nothing to tax."""
    assert groups() == []


@given(st.lists(CENTS, min_size=1, max_size=8))
def test_a_group_adds_up(amounts: list[Decimal]) -> None:
    """P_15 = Σ P_13 + Σ P_14: the engine checks its totals itself."""
    own: VatGroup
    (own,) = vat_groups([line(str(one)) for one in amounts], catalog().vat, "PLN")
    assert own.net.amount == sum(amounts)
    assert own.vat.amount == rounded(Fraction(sum(amounts)) * 23 / 100)
    assert own.gross == own.net + own.vat


@pytest.mark.parametrize(
    ("country", "tax_id", "rate", "vat"),
    [
        ("PL", "5260001246", "23", "690.00"),
        ("PL", None, "23", "690.00"),
        ("DE", None, "23", "690.00"),
        ("DE", "DE136695976", "np II", "0.00"),
        ("GR", "EL094259216", "np II", "0.00"),
        ("US", "12-3456789", "np I", "0.00"),
    ],
)
def test_the_vat_of_a_buyer(country: str, tax_id: str | None, rate: str, vat: str) -> None:
    """Invoices, section 5: at home, a consumer, in the Union, elsewhere."""
    invoice = bill(order(), account={**ACCOUNT, "country": country, "tax_id": tax_id}).invoice
    assert {own.vat_rate for own in invoice.lines} == {rate}
    assert amount_text(invoice.vat) == vat


# The draft


def test_the_totals_of_an_invoice() -> None:
    """Contract: 20 licences for 17 of 31 days."""
    invoice = bill(order(launch_date="2025-10-15")).invoice
    totals = (invoice.net, invoice.vat, invoice.gross)
    assert [amount_text(own) for own in totals] == ["1645.16", "378.39", "2023.55"]


def test_an_invoice_names_its_order_account_period_and_edition() -> None:
    """Contract, section 2."""
    invoice = bill(order(edition=FCC)).invoice
    assert (invoice.order, invoice.account.id, str(invoice.period)) == (
        "acme-main",
        "acme",
        "2025-10",
    )
    assert (invoice.edition.id, invoice.seller.id, invoice.currency) == (FCC, "focus", "PLN")


def test_an_invoice_carries_the_ledgers_it_rests_on() -> None:
    """R58: how the used units are covered."""
    result = bill(order(), use("sms", 1), hold("queues", 3))
    assert result.invoice.ledgers == result.simulation.ledgers
    assert [own.meter for own in result.invoice.ledgers] == ["queues", "sms"]


def test_lines_are_of_the_kinds_of_the_contract() -> None:
    """Contract, section 2."""
    own = order(
        sla="premium",
        addons=[addon("calendar")],
        packs=[pack("pack_sms_2000"), pack("pack_training_oneoff_5h")],
    )
    result = bill(own, use("sms", 2001))
    assert [own.charge.kind for own in result.invoice.lines] == [
        "subscription",
        "sla",
        "addon",
        "pack",
        "training",
        "overage",
    ]


@pytest.mark.parametrize(("edition", "service"), [(FCC, "Usługa FCC"), (WELYO, "Usługa Welyo")])
def test_lines_bear_the_name_of_the_pinned_edition(edition: str, service: str) -> None:
    """R8: the same product under two names."""
    result = bill(order(edition=edition, sla="premium", addons=[addon("pbx_user_licence")]))
    assert result.line("licence").name.pl == f"{service} – licencje"
    assert result.line("sla").name.pl == f"{service} – poziom SLA"
    brand = {FCC: "Focus", WELYO: "Welyo"}[edition]
    assert result.line("pbx_user_licence").name.pl == f"Licencja użytkownika {brand} PBX"


def test_every_line_has_a_name_and_a_unit() -> None:
    """FA(3): P_7 and P_8A."""
    own = order(addons=[addon("webphone_mobile", 2)], packs=[pack("pack_sms_2000")], sla="premium")
    result = bill(own, use("sms", 2001), hold("records", 500001))
    assert {own.charge.item: own.unit for own in result.invoice.lines} == {
        "licence": "licence",
        "sla": "month",
        "webphone_mobile": "user_licence",
        "pack_sms_2000": "pack",
        "records": "record",
        "sms": "message",
    }
    assert all(own.name.pl and own.name.en for own in result.invoice.lines)


def test_overage_says_so_in_its_name() -> None:
    """R42: what is beyond the limit."""
    result = bill(order(), use("sms", 1))
    assert result.line("sms").name == Name("SMS-y ponad limit", "SMS, overage")


def test_the_days_of_service_stand_with_a_recurring_fee() -> None:
    """FA(3): the service period."""
    days = bill(order(end_date="2025-10-17")).line("licence").charge.days
    assert days is not None
    assert (str(days.start), str(days.end)) == ("2025-10-01", "2025-10-17")


def test_the_same_scenario_gives_the_same_invoice() -> None:
    """The same inputs, the same invoice."""
    own = order(addons=[addon("tts")], packs=[pack("pack_sms_2000")])
    uses = [use("sms", 2001), use("tts_characters", 7)]
    assert bill(own, *uses) == bill(own, *uses)
