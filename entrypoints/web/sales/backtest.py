"""The back-test: other prices on past months, who would have paid more and who less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from billing.catalog.edition import Catalog, Edition
from billing.money import amount_text
from billing.plans.backtest import BackTest, Effect
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.sales.trying import Trial, default_months, keys_of, read_trial, trial_csv, tried
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.pages import page
from entrypoints.web.sales.forms import Shown, newest
from entrypoints.web.sales.forms import sentence as told
from entrypoints.web.sales.routes import Reader, language
from entrypoints.web.sales.views import KINDS, named, unpriced
from invoices.language import Language
from metering.calendar import Period, local_day
from metering.problems import Problem

router = APIRouter(prefix="/sales")

TITLES = {
    "licence": marked("Licences"),
    "overage": marked("Overage"),
    "packs": marked("Quantity packs"),
    "sla": marked("SLA level"),
    "addons": marked("Additional services"),
}
OPEN = ("licence", "overage")
NOW = marked("in the price list: {price}")
NOT_A_PRICE = marked("Write a price such as 0.08, or +5% or -10%.")
WRONG_RANGE = marked("Choose 1 to 24 months.")
NOTHING_TRIED = marked("Nothing was tried: name a price first.")


@dataclass(frozen=True, slots=True)
class Difference:
    """Two amounts and what lies between; ``look`` is more, less or nothing."""

    name: str
    before: str
    after: str
    difference: str
    look: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order's differences: all in all, and by kind of line."""

    order: str
    customer: str
    currency: str
    whole: Difference
    kinds: list[Difference]
    refused: list[str]
    problems: list[str]


@router.get("/backtest")
def back_test_page(request: Request, service: Serving, visitor: Reader) -> Response:
    """The form, and what the prices in it would have made of the months."""
    typed = dict(request.query_params)
    say, session = language(request, visitor), service.session
    trial, problems = _read(typed, session.catalog)
    if not typed:
        first, last = default_months(session, Period.of(local_day(clock())))
        typed = {"from": str(first), "to": str(last)}
    found = tried(session, trial) if trial and trial.changes.prices else None
    names = {key: own.name for key, own in session.decisions.accounts().items()}
    return page(
        request,
        visitor,
        "sales/backtest.html",
        422 if problems else 200,
        head=_head(typed, problems, say),
        edition=typed.get("edition", ""),
        editions=_editions(session.catalog, say),
        parts=_parts(typed, problems, session.catalog, say),
        result=_result(found, names, session.catalog, say) if found else None,
        months=(say.month(trial.first), say.month(trial.last)) if trial else None,
        csv="/sales/backtest.csv?" + urlencode({k: v for k, v in typed.items() if v}),
        has_problems=bool(problems),
    )


def _read(typed: Mapping[str, str], catalog: Catalog) -> tuple[Trial | None, list[Problem]]:
    return read_trial(typed, catalog) if typed else (None, [])


@router.get("/backtest.csv")
def back_test_file(request: Request, service: Serving, visitor: Reader) -> Response:
    """The same as a table for a spreadsheet."""
    trial, problems = _read(dict(request.query_params), service.session.catalog)
    if trial is None or not trial.changes.prices:
        raise NotHere(422, NOTHING_TRIED, tuple(own.message for own in problems))
    content = trial_csv(tried(service.session, trial))
    name = f"backtest-{trial.first}-{trial.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _editions(catalog: Catalog, say: Language) -> list[tuple[str, str]]:
    named_ = ((key, f"{named(own.service, say)} {key}") for key, own in catalog.editions.items())
    return [("", say.text(marked("All"))), *named_]


def _sentence(problem: Problem, say: Language) -> str:
    own = {"not_a_price": NOT_A_PRICE, "out_of_range": WRONG_RANGE}
    return say.text(own[problem.code]) if problem.code in own else told(problem, say)


def _head(typed: Mapping[str, str], problems: Iterable[Problem], say: Language) -> dict[str, Shown]:
    wrong = {own.path: _sentence(own, say) for own in problems}
    labels = {"from": marked("From month"), "to": marked("To month")}
    return {
        name: Shown(name, say.text(label), typed.get(name, ""), wrong.get(name, ""))
        for name, label in labels.items()
    }


def _parts(
    typed: Mapping[str, str], problems: Iterable[Problem], catalog: Catalog, say: Language
) -> list[dict[str, Any]]:
    """The prices that can be changed, by group, each with what the price list says."""
    wrong = {own.path: _sentence(own, say) for own in problems}
    edition = catalog.editions.get(typed.get("edition", "")) or newest(catalog)
    found = []
    for group, keys in sorted(keys_of(edition).items(), key=lambda own: list(TITLES).index(own[0])):
        fields = [
            Shown(
                name := f"{group}.{key}",
                _name(edition, catalog, group, key, say),
                typed.get(name, ""),
                wrong.get(name, ""),
                say.text(NOW, price=say.price(edition.prices[group, key].amount)),
            )
            for key in keys
        ]
        is_open = group in OPEN or any(own.value for own in fields)
        found.append({"title": say.text(TITLES[group]), "fields": fields, "is_open": is_open})
    return found


def _name(edition: Edition, catalog: Catalog, group: str, key: str, say: Language) -> str:
    if group == "licence":
        return named(edition.packages[key], say)
    if group == "sla":
        return str(getattr(catalog.sla_levels[key], say.code))
    return named((edition.meters if group == "overage" else edition.items)[key].name, say)


def _difference(name: str, effect: Effect) -> Difference:
    change = effect.difference.amount
    look = "more" if change > 0 else "less" if change < 0 else ""
    sign = "+" if change > 0 else ""
    before, after = amount_text(effect.before), amount_text(effect.after)
    return Difference(name, before, after, f"{sign}{change:.2f}", look)


def _result(
    found: BackTest, names: Mapping[str, str], catalog: Catalog, say: Language
) -> dict[str, Any]:
    """The sums, and every order's row."""
    meters = {key: own for one in catalog.editions.values() for key, own in one.meters.items()}
    rows = [
        OrderRow(
            order=own.order,
            customer=names.get(own.account, own.account),
            currency=own.currency,
            whole=_difference("", own.whole),
            kinds=_kinds(own.kinds, say),
            refused=sorted({named(meters[k].name, say) for m in own.months for k in m.refused}),
            problems=[unpriced(one, catalog.editions.values(), say) for one in own.problems],
        )
        for own in found.orders
    ]
    totals = [_difference(currency, own) for currency, own in found.totals.items()]
    kinds = {currency: _kinds(own, say) for currency, own in found.kinds.items()}
    counts = {"dearer": found.dearer, "cheaper": found.cheaper, "same": found.same}
    return {"rows": rows, "totals": totals, "kinds": kinds, **counts}


def _kinds(kinds: Mapping[str, Effect], say: Language) -> list[Difference]:
    return [_difference(say.text(KINDS[key]), own) for key, own in kinds.items()]
