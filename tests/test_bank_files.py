"""Statements of banks: whatever separator, encoding or language, and whatever is wrong in them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.bank_files import BankFile, Outgoing, read_bank_file
from entrypoints.bank_texts import Unreadable, read_amount, read_day
from metering.problems import ProblemsFound

NBSP = "\N{NO-BREAK SPACE}"


def statement(folder: Path, text: str | bytes, currency: str | None = "PLN") -> BankFile:
    """A file as the engine reads it; the bank's currency is PLN, unless a case is about it."""
    file = folder / "statement.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_bank_file(file, currency)


def problems(read: BankFile) -> list[tuple[str, str]]:
    """Places and codes."""
    return [(one.path, one.code) for one in read.problems]


def refused(folder: Path, text: str | bytes, currency: str | None = "PLN") -> list[tuple[str, str]]:
    """Why a file cannot be read at all."""
    with pytest.raises(ProblemsFound) as found:
        statement(folder, text, currency)
    return [(one.path, one.code) for one in found.value.problems]


# Texts


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1234.56", "1234.56", None),
        ("1 234,56", "1234.56", None),
        (f"1{NBSP}234,56", "1234.56", None),
        ("+1 234,56 PLN", "1234.56", "PLN"),
        (f"+1{NBSP}234,56{NBSP}PLN", "1234.56", "PLN"),
        ("1\N{NARROW NO-BREAK SPACE}234 567,8", "1234567.8", None),
        ("1.234,56", "1234.56", None),
        ("1,234.56", "1234.56", None),
        ("12,50 zł", "12.5", "PLN"),
        ("-12,50", "-12.5", None),
        ("\N{MINUS SIGN}12,50", "-12.5", None),
        ("5", "5", None),
        ("0,01", "0.01", None),
        ("999999999999,99", "999999999999.99", None),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: str, currency: str | None) -> None:
    assert read_amount(text) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,234", "1.234", "12,345", "1e3", "1.2.3", "--5", "12 34,00", "1 2345", "٣",
     "1,234,56", "=1+1", "NaN", "Infinity", "0x10", "1_000", "5,"],
)  # fmt: skip
def test_what_could_be_two_amounts_is_none(text: str) -> None:
    with pytest.raises(Unreadable, match="not an amount"):
        read_amount(text)


def test_an_amount_is_not_beyond_all_reason() -> None:
    with pytest.raises(Unreadable, match="more than any payment"):
        read_amount("9" * 4000)


@given(cents=st.integers(0, 10**14 - 1), group=st.sampled_from(["", " ", NBSP]))
def test_every_amount_reads_as_it_was_written(cents: int, group: str) -> None:
    whole = f"{cents // 100:,}".replace(",", group)
    assert read_amount(f"{whole},{cents % 100:02}") == (Decimal(cents) / 100, None)


@pytest.mark.parametrize("text", ["2025-11-03", "03.11.2025", "03-11-2025", " 2025-11-03 "])
def test_a_day_is_written_in_three_ways(text: str) -> None:
    assert read_day(text) == date(2025, 11, 3)


@pytest.mark.parametrize(
    "text", ["", "2025-02-30", "31.04.2025", "11/03/2025", "3.11.2025", "0001-01-01", "20251103"]
)
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


# Files

ENGLISH = "date,amount,currency,title,payer,tax_id,reference\n"
LINE = '2025-11-03,"1 234,56",PLN,FV/2025/000001,Acme,5260001246,R1\n'


def test_a_line_becomes_a_transfer(tmp_path: Path) -> None:
    (one,) = statement(tmp_path, ENGLISH + LINE).transfers
    own = one.received
    assert (one.line, own.paid_on, own.amount) == (2, date(2025, 11, 3), Decimal("1234.56"))
    assert (own.currency, own.title, own.payer) == ("PLN", "FV/2025/000001", "Acme")
    assert (own.payer_tax_id, own.reference, own.source) == ("5260001246", "R1", "file")


POLISH = "Data operacji;Kwota;Waluta;Tytuł;Nadawca;NIP;Numer referencyjny\n"
POLISH_LINE = "03.11.2025;1 234,56;PLN;Zapłata FV/2025/000001;Żółw;526-000-12-46;R1\n"


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_polish_file_in_any_dress(
    tmp_path: Path, separator: str, encoding: str, end: str
) -> None:
    text = (POLISH + POLISH_LINE).replace(";", separator).replace("\n", end)
    (one,) = statement(tmp_path, text.encode(encoding)).transfers
    assert (one.received.payer, one.received.title) == ("Żółw", "Zapłata FV/2025/000001")
    assert one.received.payer_tax_id == "5260001246"


def test_lines_before_the_header_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    text = "Bank Przykładowy;\n\nWyciąg za 2025-11;;\n" + POLISH + "\n" + POLISH_LINE + ";;;;;;\n"
    read = statement(tmp_path, text)
    assert ([one.line for one in read.transfers], read.problems) == ([6], [])


def test_unknown_columns_do_no_harm(tmp_path: Path) -> None:
    (one,) = statement(tmp_path, "saldo;kwota;data;\n1;2,50;2025-11-03;\n").transfers
    assert (one.received.amount, one.received.currency) == (Decimal("2.50"), "PLN")


def test_of_two_days_that_of_the_operation_counts(tmp_path: Path) -> None:
    text = "Data księgowania;Data operacji;Kwota\n2025-11-05;2025-11-03;1,00\n"
    assert statement(tmp_path, text).transfers[0].received.paid_on == date(2025, 11, 3)


def test_what_goes_out_is_passed_over_and_listed(tmp_path: Path) -> None:
    text = "date;amount;title\n2025-11-03;-5,00;zwrot\n2025-11-03;0,00;\n2025-11-03;5,00;\n"
    read = statement(tmp_path, text)
    assert read.outgoing == [
        Outgoing(2, Decimal(-5), "PLN", "zwrot"),
        Outgoing(3, Decimal(0), "PLN", ""),
    ]
    assert len(read.transfers) == 1


# Currencies

NO_CURRENCY = "date;amount;title\n2025-11-03;1000,00;FV/2025/000001\n"


def currencies(read: BankFile) -> list[str]:
    """The currency of each transfer."""
    return [one.received.currency for one in read.transfers]


def test_a_file_that_says_no_currency_is_refused(tmp_path: Path) -> None:
    """1000.00 may be of any currency; all lines together are one problem beside the others."""
    text = NO_CURRENCY + "2025-11-03;5,00;b\n2025-02-30;5,00 PLN;c\n"
    found = [("", "missing_currency"), ("lines[4].date", "not_a_day")]
    assert refused(tmp_path, text, None) == found


def test_the_user_says_the_currency_of_a_file(tmp_path: Path) -> None:
    assert currencies(statement(tmp_path, NO_CURRENCY, "EUR")) == ["EUR"]


@pytest.mark.parametrize(
    "before", ["Rachunek;PL61109010140000071219812874;EUR\n", "Saldo: 10,00 EUR\nWaluta: EUR\n"]
)
def test_the_lines_before_the_header_say_the_currency(tmp_path: Path, before: str) -> None:
    """Unless the user knows better."""
    assert currencies(statement(tmp_path, before + NO_CURRENCY, None)) == ["EUR"]
    assert currencies(statement(tmp_path, before + NO_CURRENCY, "PLN")) == ["PLN"]


@pytest.mark.parametrize("before", ["Konto EUR;saldo 5 PLN\n", "EUR\n5 zł\n", "NIP;VAT;EURO\n"])
def test_two_currencies_before_the_header_are_as_good_as_none(tmp_path: Path, before: str) -> None:
    assert refused(tmp_path, before + NO_CURRENCY, None) == [("", "missing_currency")]


@pytest.mark.parametrize("usual", [None, "PLN"])
def test_an_empty_cell_is_no_currency(tmp_path: Path, usual: str | None) -> None:
    """Where a file has a column for it, each line says its own, or its amount does."""
    text = "PLN\ndate;amount;waluta\n2025-11-03;1;\n2025-11-03;2 EUR;\n2025-11-03;3;pln\n"
    read = statement(tmp_path, text, usual)
    assert problems(read) == [("lines[3].currency", "missing_currency")]
    assert currencies(read) == ["EUR", "PLN"]


@pytest.mark.parametrize("usual", [None, "EUR"])
def test_an_amount_that_names_its_currency_needs_no_column(
    tmp_path: Path, usual: str | None
) -> None:
    """A line that cannot be read says nothing about the others."""
    read = statement(tmp_path, "date;amount\n2025-11-03;1 234,56 PLN\n2025-11-03;x\n", usual)
    assert currencies(read) == ["PLN"]
    assert problems(read) == [("lines[3].amount", "not_an_amount")]


def test_what_goes_out_needs_no_currency(tmp_path: Path) -> None:
    read = statement(tmp_path, "date;amount\n2025-11-03;-5,00\n", None)
    assert read.outgoing == [Outgoing(2, Decimal(-5), "", "")]


def test_a_title_may_go_over_lines(tmp_path: Path) -> None:
    text = 'date;amount;title\n2025-11-03;5,00;"FV/2025/\n  000001"\n2025-11-03;6,00;b\n'
    titles = [(one.line, one.received.title) for one in statement(tmp_path, text).transfers]
    assert titles == [(2, "FV/2025/ 000001"), (4, "b")]


def test_every_bad_line_is_named_and_the_good_ones_are_kept(tmp_path: Path) -> None:
    text = (
        "date;amount;currency;title\n"
        "2025-11-03;5,00;PLN;good\n"
        "2025-02-30;x;PLN;two mistakes\n"
        "2025-11-03;5,00 EUR;PLN;two currencies\n"
        "2025-11-03;5,00;XYZ;no currency\n"
        "2025-11-03;5,00\n"
        "2025-11-03;5,00;PLN;one;cell too many\n"
        "2025-11-03;1,234;PLN;unclear\n"
        "2025-11-03;6,00;PLN;good too\n"
    )
    read = statement(tmp_path, text)
    assert [one.received.title for one in read.transfers] == ["good", "good too"]
    assert problems(read) == [
        ("lines[3].amount", "not_an_amount"),
        ("lines[3].date", "not_a_day"),
        ("lines[4].currency", "currency_conflict"),
        ("lines[5].currency", "unknown_currency"),
        ("lines[6]", "broken_line"),
        ("lines[7]", "broken_line"),
        ("lines[8].amount", "not_an_amount"),
    ]


def test_a_quote_that_is_never_closed_swallows_no_line(tmp_path: Path) -> None:
    """Each line after it is another customer's money."""
    good = "".join(f"2025-11-03;{n},00;t{n}\n" for n in range(1, 9))
    read = statement(tmp_path, 'date;amount;title\n2025-11-03;9,00;"open\n' + good)
    assert [one.received.title for one in read.transfers] == [f"t{n}" for n in range(1, 9)]
    assert problems(read) == [("lines[2]", "broken_line")]


@pytest.mark.parametrize("second", ['b"', '"b"', '""', "b"])
def test_two_quotes_that_are_not_a_pair_swallow_no_line(tmp_path: Path, second: str) -> None:
    """What stands between them is a transfer of its own."""
    text = f'date;amount;title\n2025-11-03;9,00;"a\n2025-11-03;5,00;{second}\n2025-11-03;6,00;c"\n'
    read = statement(tmp_path, text)
    assert [one.received.amount for one in read.transfers] == [5, 6]
    assert problems(read) == [("lines[2]", "broken_line")]


def test_a_quote_within_a_title_is_a_sign_like_others(tmp_path: Path) -> None:
    text = 'date;amount;title\n2025-11-03;5,00;Monitor 24" LCD\n2025-11-03;6,00;b\n'
    titles = [one.received.title for one in statement(tmp_path, text).transfers]
    assert titles == ['Monitor 24" LCD', "b"]


@pytest.mark.parametrize("sign", ["\0", "\x1b[31m", "\x07", "\x9b"])
def test_control_characters_are_refused(tmp_path: Path, sign: str) -> None:
    read = statement(tmp_path, f"date;amount;title\n2025-11-03;5,00;a{sign}b\n2025-11-03;6,00;c\n")
    assert problems(read) == [("lines[2]", "broken_line")]
    assert [one.received.title for one in read.transfers] == ["c"]


def test_a_formula_is_text(tmp_path: Path) -> None:
    text = "date;amount;title\n2025-11-03;5,00;=cmd|' /C calc'!A0\n2025-11-03;=1+1;x\n"
    read = statement(tmp_path, text)
    assert [one.received.title for one in read.transfers] == ["=cmd|' /C calc'!A0"]
    assert problems(read) == [("lines[3].amount", "not_an_amount")]


def test_a_cell_of_a_million_characters_is_one_broken_line(tmp_path: Path) -> None:
    text = f"date;amount;title\n2025-11-03;5,00;{'x' * 10**6}\n2025-11-03;6,00;c\n"
    read = statement(tmp_path, text)
    assert (problems(read), len(read.transfers)) == ([("lines[2]", "broken_line")], 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["missing_column", "missing_column"]),
        ("2025-11-03;5,00;no header\n", ["missing_column", "missing_column"]),
        ("date;title\n2025-11-03;x\n", ["missing_column"]),
        ("date;amount;amount\n2025-11-03;1;2\n", ["duplicate_column"]),
        ("date;amount\n2025-11-03;1\n".encode("utf-16"), ["not_text"]),
        (b"date;amount\n\x81\x83\x88\n", ["not_text"]),
        (b"\x00\x01\x02\x03", ["missing_column", "missing_column"]),
    ],
)
def test_what_is_no_statement_is_refused(
    tmp_path: Path, text: str | bytes, found: list[str]
) -> None:
    assert [code for _, code in refused(tmp_path, text)] == found


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    """Never a traceback."""
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(b"date;amount;title\n" + raw)
    try:
        read = read_bank_file(file)
    except ProblemsFound:
        return
    assert all(one.received.amount > 0 for one in read.transfers)
