"""PDF/A-3b, as veraPDF judges it: the checker that archives and ministries use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from entrypoints.settings import ROOT
from invoices.pdf.invoice_pdf import invoice_pdf
from tests.printed import issued, structure
from tests.structured import CASES
from tests.test_invoice_pdf import HOSTILE, october, simple, with_lines
from tests.test_structured_pdf import form

UNAVAILABLE = 3


def judged(folder: Path) -> list[str]:
    """What veraPDF says of the files of a folder, a line each."""
    words = [ROOT / "tools" / "verapdf.sh", *sorted(folder.iterdir())]
    ended = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    if ended.returncode == UNAVAILABLE:
        pytest.skip(ended.stderr.strip().splitlines()[-1])
    return ended.stdout.splitlines()


def test_invoices_are_pdf_a(tmp_path: Path) -> None:
    """Short and long, in both languages, with names in every script and with none."""
    for language in ("pl", "en"):
        (tmp_path / f"october-{language}.pdf").write_bytes(invoice_pdf(issued(october()), language))
    (tmp_path / "long.pdf").write_bytes(invoice_pdf(with_lines(80), "pl"))
    buyer = issued(simple())["buyer"]
    for number, name in enumerate(HOSTILE):
        document = issued(simple(), buyer={**buyer, "name": name})
        (tmp_path / f"name-{number}.pdf").write_bytes(invoice_pdf(document, "pl"))
    found = judged(tmp_path)
    assert len(found) == 3 + len(HOSTILE)
    assert [line for line in found if not line.startswith("PASS ")] == []


def test_structured_invoices_and_corrections_are_pdf_a(tmp_path: Path) -> None:
    """With their codes, and with the structured form attached; each case in one language."""
    for place, (name, make) in enumerate(CASES.items()):
        own, language = make(), ("pl", "en")[place % 2]
        pdf = invoice_pdf(own, language, form(own, None, ("rsa", "ec")[place % 2]))
        (tmp_path / f"{name}.pdf").write_bytes(pdf)
    found = judged(tmp_path)
    assert len(found) == len(CASES)
    assert [line for line in found if not line.startswith("PASS ")] == []


def test_the_checker_finds_fault_with_what_is_not(tmp_path: Path) -> None:
    """A file that says it is PDF/A and is not does not pass."""
    with structure(invoice_pdf(issued(simple()), "pl")) as pdf:
        del pdf.Root.OutputIntents
        pdf.save(tmp_path / "broken.pdf")
    (line,) = judged(tmp_path)
    assert line.startswith("FAIL ")
