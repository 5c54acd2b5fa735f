"""PDFs of issued invoices: rendered once, kept byte for byte, given out the same ever after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from invoices.files import render_missing, stored_pdf, without_pdf
from invoices.finding import load_invoices
from invoices.pdf.invoice_pdf import invoice_pdf
from tests.builders import ACCOUNT, order, scenario, use
from tests.printed import pages
from tests.running import (
    RECEIVED,
    change,
    codes,
    decision_store,
    differences,
    is_answered,
    licznik,
    place,
    rows,
    value,
    write_yaml,
)

KEY = "invoice/acme-main/2025-10"


def issue(url: str, *orders: str) -> list[str]:
    """Places orders, invoices their October; returns the numbers."""
    accounts = [{**ACCOUNT, "language": "pl"}]
    place(url, *(order(id=own) for own in orders or ("acme-main",)), accounts=accounts)
    assert licznik(url, "invoices", "run", "--period", "2025-10").status == 0
    return [number for (number,) in rows(url, "SELECT number FROM invoice ORDER BY number")]


def test_a_pdf_is_rendered_once_and_given_out_the_same_ever_after(
    database: str, tmp_path: Path
) -> None:
    """The second call reads what the first has kept, even where the catalog has changed since."""
    (number,) = issue(database)
    first = licznik(database, "invoices", "pdf", number, "--out", tmp_path / "a", "--json").data
    kept = Path(first["files"][0]["file"]).read_bytes()
    assert first["rendered"] == 1
    assert first["files"][0]["sha256"] == sha256(kept).hexdigest()
    change(database, "UPDATE account SET details = jsonb_set(details, '{name}', '\"Other\"')")
    again = licznik(database, "invoices", "pdf", number, "--out", tmp_path / "b", "--json").data
    assert again["rendered"] == 0
    assert Path(again["files"][0]["file"]).read_bytes() == kept
    assert number in pages(kept)[0]


def test_each_language_is_a_file_of_its_own(database: str, tmp_path: Path) -> None:
    """The customer's language is the default; another one has the language in the name."""
    (number,) = issue(database)
    for words in ((), ("--language", "en")):
        assert licznik(database, "invoices", "pdf", number, "--out", tmp_path, *words).status == 0
    stem = number.replace("/", "-")
    assert "Faktura" in pages((tmp_path / f"{stem}.pdf").read_bytes())[0]
    assert "Invoice" in pages((tmp_path / f"{stem}-en.pdf").read_bytes())[0]
    assert differences(database) == []


def test_a_whole_period_is_rendered_by_several_processes(database: str, tmp_path: Path) -> None:
    """Every invoice of the month becomes a file that says its own number."""
    numbers = issue(database, *(f"order-{n}" for n in range(9)))
    outcome = licznik(database, "invoices", "pdf", "--period", "2025-10", "--out", tmp_path)
    assert outcome.status == 0
    assert "9 invoices, 9 of them rendered now" in outcome.err
    files = sorted(tmp_path.iterdir())
    assert [file.stem for file in files] == [number.replace("/", "-") for number in numbers]
    first_pages = [pages(file.read_bytes())[0] for file in files]
    assert all(number in page for number, page in zip(numbers, first_pages, strict=True))
    assert differences(database) == []


def test_two_who_render_at_once_keep_one_file(database: str) -> None:
    """Whoever comes second keeps nothing and finds what the first has kept."""
    issue(database)

    def render(_: int) -> int:
        with decision_store(database) as decisions:
            missing = without_pdf(decisions, [KEY], None)
            made = (invoice_pdf(*job) for job in [(own.document, "pl") for own in missing])
            return sum(render_missing(decisions, missing, None, lambda _: made, RECEIVED))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(render, range(4)))
    assert value(database, "SELECT count(*) FROM invoice_file WHERE kind = 'pdf'") == 1
    assert differences(database) == []


def test_a_changed_byte_is_found(database: str) -> None:
    """`licznik verify` compares the bytes with the hash that the event holds."""
    issue(database)
    licznik(database, "invoices", "pdf", "--language", "en")
    change(database, "UPDATE invoice_file SET content = content || 'x'::bytea WHERE kind = 'pdf'")
    assert differences(database) == [f"file {KEY} pdf en"]
    change(database, "DELETE FROM invoice_file WHERE kind = 'pdf'")
    assert differences(database) == [f"file {KEY} pdf en"]


def test_what_is_kept_says_its_name_and_language(database: str) -> None:
    """A kept file knows how it is called when it is given out."""
    (number,) = issue(database)
    licznik(database, "invoices", "pdf")
    with decision_store(database) as decisions:
        (invoice,) = load_invoices(decisions, [KEY])
        file = stored_pdf(decisions, invoice, None)
        assert stored_pdf(decisions, invoice, "en") is None
    assert file is not None
    assert (file.name, file.language) == (f"{number.replace('/', '-')}.pdf", "pl")


def test_a_wrong_number_or_language_is_answered(database: str) -> None:
    """A mistake gets a sentence."""
    unknown = licznik(database, "invoices", "pdf", "FV/2026/999999")
    assert (is_answered(unknown), codes(unknown)) == (True, ["unknown_invoice"])
    klingon = licznik(database, "invoices", "pdf", "--language", "tlh")
    assert (is_answered(klingon), codes(klingon)) == (True, ["unknown_value"])


def test_a_simulation_writes_its_drafts(tmp_path: Path) -> None:
    """`simulate --out` writes a PDF of each draft, marked as one, whatever an order is called."""
    own = order(id="sklep/../1", launch_date="2025-10-01")
    file = write_yaml(tmp_path / "s.yaml", scenario([own], [use("sms", 10, order="sklep/../1")]))
    outcome = licznik(None, "simulate", file, "--out", tmp_path / "out")
    assert outcome.status == 0
    draft, structured = sorted((tmp_path / "out").iterdir())
    assert b"<P_15>3691.11</P_15>" in structured.read_bytes()
    assert draft.name == "sklep%2F..%2F1-2025-10.pdf"
    assert "Szkic. To nie jest faktura" in pages(draft.read_bytes())[0]
