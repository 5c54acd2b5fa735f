"""Every problem that a page of finance can show has a sentence, which is said in Polish too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from billing.sla.forms import STEPS
from entrypoints.settings import ROOT
from entrypoints.web.finance.words import PROBLEMS, in_words, problem_text
from entrypoints.web.words import words
from metering.problems import Problem

SOURCES = (
    "billing/exchange.py",
    "billing/rating/charges.py",
    "billing/sla/forms.py",
    "billing/sla/priorities.py",
    "billing/sla/recorded/book.py",
    "billing/sla/recorded/checks.py",
    "billing/sla/recorded/claim_desk.py",
    "entrypoints/bank_files.py",
    "entrypoints/bank_texts.py",
    "entrypoints/cli/spans.py",
    "entrypoints/web/finance/routes_corrections.py",
    "entrypoints/web/finance/routes_money.py",
    "entrypoints/web/finance/routes_service.py",
    "invoices/corrections/causes.py",
    "invoices/corrections/desk.py",
    "invoices/fa3/adding_up.py",
    "invoices/fa3/checking.py",
    "invoices/fa3/schema.py",
    "invoices/finding.py",
    "invoices/issuing.py",
    "invoices/payments/desk.py",
    "invoices/payments/importing.py",
    "invoices/payments/reading.py",
)
"""What pages of finance ask, and what that asks in turn."""
MAKERS = {"Problem": 0, "refuse": 0, "_refuse": 0, "Unreadable": 0, "wrong": 1}
"""What makes a problem, and where its code stands."""
ELSEWHERE = {"invalid_exchange_rates"}
"""Of files of exchange rates, which no page reads."""
OF_FORMS = {"missing_field", "unknown_value", "invalid_value"}
"""Of those that any form may have, what these forms can have: fields of texts and choices."""


def codes(path: str) -> Iterator[str]:
    """The codes of the problems that a module makes."""
    for own in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(own, ast.Call):
            place = MAKERS.get(getattr(own.func, "id", getattr(own.func, "attr", "")))
            if place is not None and len(own.args) > place:
                code = own.args[place]
                if isinstance(code, ast.Constant):
                    yield str(code.value)


@pytest.mark.parametrize("path", SOURCES)
def test_every_problem_has_a_sentence(path: str) -> None:
    found = set(codes(path))
    assert found - ELSEWHERE - set(PROBLEMS) == set()


def test_so_do_those_of_forms_and_of_times() -> None:
    """Their codes are made of parts."""
    assert OF_FORMS | {code for *_, code in STEPS} <= set(PROBLEMS)


def test_a_problem_is_told_in_the_language_of_the_page() -> None:
    own = Problem("unknown_invoice", "number", "see `licznik invoices list`")
    assert problem_text(words("pl"), own) == "Nie ma faktury o tym numerze."
    assert in_words(own).message == "There is no invoice of this number."
