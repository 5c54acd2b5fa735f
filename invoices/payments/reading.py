"""Reads what is due from the read models, as of one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from billing.decisions import Decisions
from invoices.payments import queries
from invoices.payments.matching import plain_tax_id
from invoices.payments.receivables import (
    OpenInvoice,
    Receivable,
    Unallocated,
    account_of,
    receivables,
)
from metering.problems import Problem, ProblemsFound


def receivables_on(decisions: Decisions, day: date, account: str | None) -> list[Receivable]:
    """What each account, or one, owed at the end of a day; raises ProblemsFound."""
    with decisions.snapshot() as rows:
        accounts = rows(queries.ACCOUNTS)
        open_ones = rows(queries.OPEN_ON, day=day, account=account)
        left = rows(queries.LEFT_ON, day=day)
    if account is not None and all(row["id"] != account for row in accounts):
        message = f"there is no account {account}: `licznik orders list` shows those there are"
        raise ProblemsFound([Problem("unknown_account", "account", message)])
    payments = (one for one in _unallocated(left, accounts) if account in (None, one.account))
    return receivables((OpenInvoice(**row) for row in open_ones), payments, day)


def _unallocated(
    left: Iterable[Mapping[str, Any]], accounts: Iterable[Mapping[str, Any]]
) -> Iterator[Unallocated]:
    """What is left of payments, each with the account it belongs to."""
    names = {row["id"]: row["name"] for row in accounts}
    tax_ids = {row["id"]: plain_tax_id(row["tax_id"]) for row in accounts}
    once = Counter(tax_ids.values())
    known = {own: key for key, own in tax_ids.items() if own and once[own] == 1}
    for row in left:
        account = account_of(row["accounts"] or (), plain_tax_id(row["payer_tax_id"]), known)
        yield Unallocated(account, names.get(account, ""), row["currency"], row["left"])
