"""Models of prospects: saved ones, a new one, its answer, another version of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Query, Request, Response

from billing.catalog.edition import Catalog
from billing.plans.values import Mix
from billing.prospects.reading import read_prospect
from billing.prospects.scenarios import scenario_document
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.sales.models import Model, all_models, keep_model, versions_of
from entrypoints.sales.offers import offers_of
from entrypoints.sales.planning import (
    Asked,
    broken_even,
    chosen,
    compared,
    exposed,
    order_of,
    plans,
    proved,
    variables,
)
from entrypoints.sales.recorded import customers_orders, from_order
from entrypoints.sales.shares import shares_of
from entrypoints.web.access import may, visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Form, Posted
from entrypoints.web.pages import back, page
from entrypoints.web.sales.charts import break_even_chart, months_chart
from entrypoints.web.sales.forms import Shown, new_form, newest, prospect_form
from entrypoints.web.sales.views import (
    KINDS,
    level_rows,
    month_rows,
    monthly,
    named,
    parts_of,
    tables,
    wanted_usage,
)
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.language import Language
from metering.calendar import local_day
from metering.problems import Problem, ProblemsFound

router = APIRouter(prefix="/sales")

Reader = Annotated[Visitor, visiting("see_models")]
Maker = Annotated[Visitor, visiting("model")]
Version = Annotated[int | None, Query(ge=1)]
Place = Annotated[str, Query(max_length=100)]
QUICK = ("sessions", "growth", "sms", "mass_emails", "api_calls", "records")
VALID_DAYS = 30
NO_MODEL = marked("There is no such model.")
NO_PLAN = marked("There is no plan that does what is wanted.")


def language(request: Request, visitor: Visitor | None) -> Language:
    """The language of the page."""
    return words(language_of(request, visitor))


def find_model(service: Serving, model_id: str, version: int | None = None) -> tuple[Model, Asked]:
    """A version of a model, the newest where none is named, ready to be asked about."""
    found = versions_of(service.session.decisions, model_id)
    own = next((one for one in found if version in (None, one.version)), None)
    if own is None:
        raise NotHere(404, NO_MODEL)
    catalog = service.session.catalog
    return own, Asked(own.id, own.version, own.prospect(catalog), catalog)


@router.get("")
def saved_models(request: Request, service: Serving, visitor: Reader) -> Response:
    """Every saved model, the one that was changed last first."""
    models = all_models(service.session.decisions)
    return page(
        request, visitor, "sales/models.html", models=models, may_make=may(visitor, "model")
    )


@router.get("/models/new")
def new_model(
    request: Request, service: Serving, visitor: Maker, order: Place = "", months: int = 3
) -> Response:
    """An empty form, or one with what a customer's order used in its last months."""
    typed, wanted = new_form(local_day(clock())), tuple[str, ...]()
    if order:
        typed, wanted = from_order(service.session, order, months, clock())
    return _form(request, service, visitor, "/sales/models", typed, wanted)


def _form(
    request: Request,
    service: Serving,
    visitor: Visitor,
    action: str,
    typed: dict[str, str],
    wanted: tuple[str, ...],
    problems: tuple[Problem, ...] = (),
    newest: int = 0,
) -> Response:
    """The form; what is sent with it is kept as the version after the ``newest``."""
    say = language(request, visitor)
    form = prospect_form(typed, wanted, service.session.catalog, say, problems)
    orders = customers_orders(service.session.decisions)
    return page(
        request,
        visitor,
        "sales/form.html",
        422 if problems else 200,
        form=form,
        action=action,
        newest=newest,
        orders=orders,
        has_problems=bool(problems),
    )


@router.post("/models")
def save_new(request: Request, service: Serving, visitor: Maker, form: Posted) -> Response:
    """Keeps a new model and shows what it would cost."""
    return _save(request, service, visitor, form, "/sales/models", None)


@router.get("/models/{model_id}/edit")
def edit_model(
    request: Request, service: Serving, visitor: Maker, model_id: str, version: Version = None
) -> Response:
    """The form with what a version says."""
    model, _ = find_model(service, model_id, version)
    newest = versions_of(service.session.decisions, model.id)[0].version
    typed, action = dict(model.typed), f"/sales/models/{model.id}"
    return _form(request, service, visitor, action, typed, model.wanted, newest=newest)


@router.post("/models/{model_id}")
def save_version(
    request: Request, service: Serving, visitor: Maker, model_id: str, form: Posted
) -> Response:
    """Keeps what was changed as the next version; the ones before stay as they are.

    What the form does not ask for is that of the version that it was shown with.
    """
    model, _ = find_model(service, model_id, number(form["version"]))
    return _save(request, service, visitor, form, f"/sales/models/{model.id}", model)


def number(text: str) -> int | None:
    """A number of a hidden field; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _save(
    request: Request,
    service: Serving,
    visitor: Visitor,
    form: Form,
    action: str,
    shown: Model | None,
) -> Response:
    typed, wanted = form.typed(), tuple(form.all("wanted"))
    decisions, newest = service.session.decisions, 0
    if shown is not None:
        newest = versions_of(decisions, shown.id)[0].version
        if "wanted" not in form.fields and not form["whole"]:
            typed, wanted = {**shown.typed, **typed}, shown.wanted
    prospect, problems = read_prospect(typed, wanted, service.session.catalog)
    if prospect is None:
        again = tuple(problems)
        return _form(request, service, visitor, action, typed, wanted, again, newest)
    after = replace(shown, version=min(number(form["newest"]) or newest, newest)) if shown else None
    try:
        kept = keep_model(decisions, typed, prospect.wanted, visitor.name, clock(), after)
    except ProblemsFound as found:
        return _form(request, service, visitor, action, typed, wanted, found.problems, newest)
    return back(request, visitor, f"/sales/models/{kept.id}")


@router.get("/models/{model_id}")
def show_model(
    request: Request, service: Serving, visitor: Reader, model_id: str, version: Version = None
) -> Response:
    """What every package would cost, and which is the cheapest."""
    until = str(local_day(clock()) + timedelta(days=VALID_DAYS))
    return model_page(request, service, visitor, find_model(service, model_id, version), until)


def model_page(
    request: Request,
    service: Serving,
    visitor: Visitor,
    found_model: tuple[Model, Asked],
    valid_until: str,
    problem: str = "",
) -> Response:
    """The page of a model; ``problem`` is what is wrong with the last day of an offer."""
    model, asked = found_model
    say, catalog = language(request, visitor), service.session.catalog
    comparison = compared(asked)
    found = plans(comparison)
    decisions = service.session.decisions
    return page(
        request,
        visitor,
        "sales/model.html",
        422 if problem else 200,
        model=model,
        prospect=asked.prospect,
        versions=versions_of(decisions, model.id),
        tables=tables(comparison, catalog, say),
        best=_best(asked, plan_of(asked, ""), say) if found else None,
        choices=[_choice(asked, mix, say) for _, mix in found],
        usage=wanted_usage(asked.prospect, catalog, newest(catalog), say),
        offers=offers_of(decisions, model.id),
        shares=shares_of(decisions, model.id),
        now=clock(),
        may_make=may(visitor, "model"),
        quick=_quick(model, catalog, say),
        valid_until=valid_until,
        problem=problem and say.text(problem),
    )


def _quick(model: Model, catalog: Catalog, say: Language) -> list[Shown]:
    """The figures that are changed most, to be changed on the page itself."""
    form = prospect_form(dict(model.typed), model.wanted, catalog, say)
    fields = [*form.head.values(), *(own for part in form.parts for own in part.fields)]
    return [own for own in fields if own.name in QUICK]


def _choice(asked: Asked, mix: Mix, say: Language) -> tuple[str, str]:
    edition = asked.catalog.editions[mix.plan.edition]
    package = named(edition.packages[mix.plan.package], say)
    return f"{mix.plan.edition}:{mix.plan.package}", f"{named(edition.service, say)}, {package}"


def _best(asked: Asked, mix: Mix, say: Language) -> dict[str, Any]:
    """The cheapest plan of all, with its proof and its months."""
    edition = asked.catalog.editions[mix.plan.edition]
    rows = month_rows(mix.priced, say)
    return {
        "edition": mix.plan.edition,
        "package": mix.plan.package,
        "name": named(edition.packages[mix.plan.package], say),
        "service": named(edition.service, say),
        "licences": mix.plan.licences,
        "net": f"{mix.net.amount:.2f}",
        "gross": f"{mix.priced.gross.amount:.2f}",
        "monthly": monthly(mix.priced),
        "currency": mix.priced.currency,
        "parts": parts_of(mix, asked.catalog, say),
        "proof": mix.proof,
        "indicative": mix.priced.is_indicative,
        "months": rows,
        "kinds": {k: say.text(KINDS[k]) for k in KINDS if any(k in row.kinds for row in rows)},
        "chart": months_chart(rows, say),
    }


@router.get("/models/{model_id}/scenario.yaml")
def scenario_file(
    service: Serving, visitor: Reader, model_id: str, plan: Place = "", version: Version = None
) -> Response:
    """A plan as a scenario file, so that `licznik simulate` can be asked the same."""
    model, asked = find_model(service, model_id, version)
    mix = plan_of(asked, plan)
    order = order_of(asked, mix, "plan")
    value = scenario_document(asked.prospect, [order], asked.catalog.meters)
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=200)
    name = f"model-{model.id}-{model.version}-{mix.plan.package}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/yaml", headers=headers)


def plan_of(asked: Asked, plan: str) -> Mix:
    """The plan that ``edition:package`` names; the cheapest of all where nothing is named."""
    comparison = compared(asked)
    edition, _, package = plan.rpartition(":")
    found = plans(comparison)
    mix = chosen(comparison, edition, package) if plan else (found[0][1] if found else None)
    if mix is None:
        raise NotHere(404, NO_PLAN)
    return proved(asked, mix.plan.edition, mix.plan.package) or mix


@router.get("/models/{model_id}/break-even")
def show_break_even(
    request: Request,
    service: Serving,
    visitor: Reader,
    model_id: str,
    of: Place = "licences",
    edition: Place = "",
    version: Version = None,
) -> Response:
    """From which quantity on another package is the cheapest."""
    model, asked = find_model(service, model_id, version)
    say, known = language(request, visitor), variables(asked.prospect, asked.catalog.meters)
    editions = {own.edition: own.own_edition for own in asked.bases}
    if of not in known or edition not in ("", *editions):
        raise NotHere(404, NO_MODEL)
    own = editions[edition or next(iter(editions))]
    found = broken_even(asked, own.id, of)
    names = {key: named(name, say) for key, name in own.packages.items()}
    return page(
        request,
        visitor,
        "sales/break_even.html",
        model=model,
        edition=own.id,
        editions=[(key, named(one.service, say)) for key, one in editions.items()],
        of=of,
        variables=[(key, _variable(key, asked, say)) for key in known],
        found=found,
        names=names,
        month=say.month(asked.prospect.first),
        chart=break_even_chart(found, names, say),
    )


LICENCES = marked("Licences")


def _variable(key: str, asked: Asked, say: Language) -> str:
    terms = newest(asked.catalog).meters.get(key)
    return named(terms.name, say) if terms else say.text(LICENCES)


@router.get("/models/{model_id}/exposure")
def show_exposure(
    request: Request,
    service: Serving,
    visitor: Reader,
    model_id: str,
    plan: Place = "",
    version: Version = None,
) -> Response:
    """What outages would cost the seller at each service level."""
    model, asked = find_model(service, model_id, version)
    say, mix = language(request, visitor), plan_of(asked, plan)
    levels = exposed(asked, mix.plan.edition, mix.plan.package)
    return page(
        request,
        visitor,
        "sales/exposure.html",
        model=model,
        plan=_choice(asked, mix, say)[1],
        month=say.month(asked.prospect.first),
        levels=level_rows(levels, asked.catalog, mix.plan.level, say),
        currency=mix.priced.currency,
    )
