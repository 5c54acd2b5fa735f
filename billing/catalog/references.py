"""Names in the catalog file that refer to nothing, or stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from stdnum import iban
from stdnum.pl import nip

from billing.catalog.document import CatalogForm, EditionForm, ItemsForm, PackFamilyForm
from metering.problems import Problem

EXTERNAL_FACTS = frozenset({"mpls_link"})
"""What an order may declare to have although nobody sells it here (R13)."""


PRICED = {
    "licence": "package",
    "sla": "SLA level",
    "addons": "item",
    "packs": "pack",
    "overage": "meter",
}


def check_references(form: CatalogForm) -> list[Problem]:
    """Every name that refers to nothing, with the path where it stands."""
    return [
        *_whole_file(form),
        *_examples(form),
        *(p for i, own in enumerate(form.editions) for p in _edition(form, own, i)),
    ]


def _whole_file(form: CatalogForm) -> Iterator[Problem]:
    for i, seller in enumerate(form.sellers):
        if seller.country == "PL" and not nip.is_valid(seller.tax_id):
            message = f"{seller.tax_id} is not a valid NIP: its check digit is wrong"
            yield Problem("invalid_tax_id", f"sellers[{i}].tax_id", message)
        for currency, account in seller.bank_accounts.items():
            if not iban.is_valid(account):
                message = f"{account} is not a valid IBAN: its check digits are wrong"
                path = f"sellers[{i}].bank_accounts.{currency}"
                yield Problem("invalid_bank_account", path, message)
    for field in ("home", "eu_business", "other_business"):
        yield from _known(getattr(form.vat, field), form.vat.rates, f"vat.{field}", "VAT rate")
    for edition, count in Counter(own.id for own in form.editions).items():
        if count > 1:
            yield Problem("duplicate_edition", "editions", f"{edition} stands {count} times")
    items = set(_keys(form.shared))
    for level, terms in form.sla_levels.items():
        if terms.item is not None:
            yield from _known(terms.item, items, f"sla_levels.{level}.item", "item")
    for field in ("pack_coverage", "api_scope", "proration", "late_usage"):
        if getattr(form.policies, field) is None:
            yield Problem("missing_field", f"policies.{field}", "every policy needs a default")


def _examples(form: CatalogForm) -> Iterator[Problem]:
    """Rows of the priority table that stand twice, or point to a row that is not there."""
    table = form.incidents.priorities
    keys = [key for rows in table.values() for key in rows]
    for key, count in Counter(keys).items():
        if count > 1:
            message = f"{key} stands {count} times in the priority table"
            yield Problem("duplicate_example", "incidents.priorities", message)
    for priority, rows in table.items():
        for key, row in rows.items():
            path = f"incidents.priorities.{priority}.{key}"
            if row.otherwise is not None:
                yield from _known(row.otherwise, keys, f"{path}.otherwise", "example")
            if (row.users_above is None and row.users_up_to is None) != (row.otherwise is None):
                message = "a row for a share of the users says which row holds otherwise"
                yield Problem("missing_field", f"{path}.otherwise", message)


def _edition(form: CatalogForm, own: EditionForm, index: int) -> Iterator[Problem]:
    path = f"editions[{index}]"
    sellers = {seller.id for seller in form.sellers}
    yield from _known(own.seller, sellers, f"{path}.seller", "seller")
    parts = (("shared", form.shared), (path, own))
    keys = [key for _, part in parts for key in _keys(part)]
    for key, count in Counter(keys).items():
        if count > 1:
            yield Problem("duplicate_item", path, f"{key} is defined {count} times in {own.id}")
    meters = {key for _, part in parts for key in part.meters}
    pools = {family.pool for _, part in parts for family in part.packs}
    for where, part in parts:
        yield from _items(part, where, set(keys) | EXTERNAL_FACTS)
        yield from _meters(part, where, set(keys), pools)
        yield from _prices(part, where, set(keys), meters, form)


def _keys(part: ItemsForm) -> Iterator[str]:
    for features in part.features.values():
        yield from features
    for addons in part.addons.values():
        yield from addons
    yield from part.described
    yield from part.limits
    for family in part.packs:
        yield from _pack_keys(family)


def _pack_keys(family: PackFamilyForm) -> Iterator[str]:
    return (family.key.replace("{size}", str(size)) for size in family.sizes)


def _items(part: ItemsForm, where: str, keys: set[str]) -> Iterator[Problem]:
    for group in ("features", "addons"):
        for letters, rows in getattr(part, group).items():
            for key, row in rows.items():
                yield from _row(row, f"{where}.{group}.{letters}.{key}", keys)
    for key, addon in part.described.items():
        yield from _row(addon, f"{where}.described.{key}", keys)
    for i, family in enumerate(part.packs):
        yield from _row(family, f"{where}.packs[{i}]", keys)


def _row(row: object, path: str, keys: set[str]) -> Iterator[Problem]:
    for need in getattr(row, "needs", ()):
        for name in (need,) if isinstance(need, str) else need:
            yield from _known(name, keys, f"{path}.needs", "item")
    for field in ("same_as", "stands_for"):
        if (name := getattr(row, field, None)) is not None:
            yield from _known(name, keys, f"{path}.{field}", "item")


def _meters(part: ItemsForm, where: str, keys: set[str], pools: set[str]) -> Iterator[Problem]:
    for key, meter in part.meters.items():
        path = f"{where}.meters.{key}"
        for name in meter.needs:
            yield from _known(name, keys | pools, f"{path}.needs", "item or pool")
        if meter.pool is not None:
            yield from _known(meter.pool, pools, f"{path}.pool", "pool")
        if meter.allowance is None or meter.allowance == "licences":
            continue
        for field in ("limit", "with_item", "plus_each"):
            if (name := getattr(meter.allowance, field)) is not None:
                yield from _known(name, keys, f"{path}.allowance.{field}", "item")


def _prices(
    part: ItemsForm, where: str, keys: set[str], meters: set[str], form: CatalogForm
) -> Iterator[Problem]:
    targets = {
        "licence": form.shared.packages.keys(),
        "sla": form.sla_levels.keys(),
        "addons": keys,
        "packs": keys,
        "overage": meters,
    }
    for i, book in enumerate(part.prices):
        for group, names in targets.items():
            for key in getattr(book, group):
                yield from _known(key, names, f"{where}.prices[{i}].{group}.{key}", PRICED[group])


def _known(name: str, names: Iterable[str], path: str, what: str) -> Iterator[Problem]:
    if name not in names:
        yield Problem("unknown_reference", path, f"there is no {what} called {name}")
