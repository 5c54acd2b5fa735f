"""From the catalog file to editions: what is shared and what is an edition's own, put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from billing.catalog.document import (
    PACKAGES,
    AddonForm,
    CatalogForm,
    EditionForm,
    FeatureForm,
    ItemsForm,
    MeterForm,
    Named,
    Needs,
    PackFamilyForm,
    PriceListForm,
    SellerForm,
    VatRateForm,
)
from billing.catalog.edition import (
    Allowance,
    Beyond,
    Catalog,
    Edition,
    Item,
    Kind,
    MeterTerms,
    Name,
    Pack,
    Policies,
    Price,
    Seller,
    VatRate,
    VatRules,
)
from metering.meters import Held, Meter, MeterKind

_PRICE_GROUPS = ("licence", "sla", "addons", "packs", "overage")


def assemble(form: CatalogForm) -> Catalog:
    """Builds the catalog of a form whose references have been checked."""
    sellers = {seller.id: _seller(seller) for seller in form.sellers}
    defaults = Policies(**form.policies.model_dump())
    return Catalog(
        currency=form.currency,
        editions={own.id: _edition(form, own, sellers, defaults) for own in form.editions},
        sellers=sellers,
        vat=VatRules(
            rates={code: _vat_rate(rate) for code, rate in form.vat.rates.items()},
            home=form.vat.home,
            eu_business=form.vat.eu_business,
            other_business=form.vat.other_business,
        ),
        sla_levels=form.sla_levels,
        sla_rules=form.sla_rules,
        marks=form.marks,
        incidents=form.incidents,
    )


def _seller(form: SellerForm) -> Seller:
    entry = form.register_entry
    return Seller(**{**form.model_dump(), "register_entry": _name(entry) if entry else None})


def _vat_rate(form: VatRateForm) -> VatRate:
    return VatRate(form.percent, _name(form), _name(form.note) if form.note else None)


def _edition(
    form: CatalogForm, own: EditionForm, sellers: Mapping[str, Seller], defaults: Policies
) -> Edition:
    parts: tuple[ItemsForm, ...] = (form.shared, own)
    return Edition(
        id=own.id,
        in_force=own.in_force,
        seller=sellers[own.seller],
        brand=own.brand,
        service=_name(own.service),
        platform=_name(own.platform),
        items={item.key: item for item in _items(parts, own.brand)},
        packs={pack.key: pack for part in parts for pack in _packs(part.packs)},
        meters={k: _meter(k, m) for part in parts for k, m in part.meters.items()},
        pools={pool: meters for part in parts for pool, meters in part.pools.items()},
        prices=dict(price for part in parts for book in part.prices for price in _prices(book)),
        policies=defaults.overridden(own.policies),
        packages={key: _name(name) for key, name in form.shared.packages.items()},
        ceilings={k: ceiling.units for part in parts for k, ceiling in part.ceilings.items()},
    )


def _items(parts: tuple[ItemsForm, ...], brand: str) -> Iterator[Item]:
    """The rows in the order the specification prints them: by kind, shared ones first."""
    for part in parts:
        for letters, features in part.features.items():
            for key, feature in features.items():
                yield _row(key, feature, Kind.FEATURE, letters, brand)
    for part in parts:
        for letters, addons in (*part.addons.items(), ("n/s", part.described)):
            for key, addon in addons.items():
                yield _row(key, addon, Kind.ADDON, letters, brand)
    for part in parts:
        for key, limit in part.limits.items():
            cells = dict(zip(PACKAGES, map(str, limit.values), strict=True))
            needs = _alternatives(limit.needs)
            yield Item(key, Kind.LIMIT, limit.unit, _name(limit), cells, needs)
    for part in parts:
        for family in part.packs:
            yield from _pack_rows(family)


def _row(key: str, form: FeatureForm | AddonForm, kind: Kind, letters: str, brand: str) -> Item:
    extra = form.model_dump(exclude={"pl", "en", "needs", "unit"})
    name = Name(form.pl.replace("{brand}", brand), form.en.replace("{brand}", brand))
    unit = form.unit if isinstance(form, AddonForm) else "feature"
    return Item(key, kind, unit, name, _cells(letters), _alternatives(form.needs), **extra)


def _pack_rows(family: PackFamilyForm) -> Iterator[Item]:
    for size in family.sizes:
        name = Name(_sized(family.pl, size), _sized(family.en, size))
        cells, needs = _cells(family.availability), _alternatives(family.needs)
        yield Item(_sized(family.key, size), Kind.PACK, family.unit, name, cells, needs)


def _packs(families: tuple[PackFamilyForm, ...]) -> Iterator[Pack]:
    for family in families:
        days = None if family.life == "period" else int(family.life.split()[0])
        for size in family.sizes:
            units = Decimal(size * family.units_each)
            key = _sized(family.key, size)
            yield Pack(key, family.pool, units, family.line, family.recurs, days)


def _meter(key: str, form: MeterForm) -> MeterTerms:
    kind = MeterKind(form.kind)
    held = Held(form.held) if form.held else None
    return MeterTerms(
        meter=Meter(key, kind, form.unit, form.decimals, form.by_user, held),
        name=_name(form),
        needs=form.needs,
        allowance=_allowance(form),
        pool=form.pool,
        beyond=Beyond(form.beyond),
    )


def _allowance(form: MeterForm) -> Allowance | None:
    if form.allowance is None:
        return None
    if form.allowance == "licences":
        return Allowance(licences=True)
    given = form.allowance
    return Allowance(
        limit=given.limit,
        units=Decimal(given.units or 0),
        with_item=given.with_item,
        plus_each=given.plus_each,
        units_each=Decimal(given.units_each),
    )


def _prices(book: PriceListForm) -> Iterator[tuple[tuple[str, str], Price]]:
    for group in _PRICE_GROUPS:
        for key, amount in getattr(book, group).items():
            yield (group, key), Price(amount, book.indicative)
    if book.service_work is not None:
        yield ("service_work", "service_work"), Price(book.service_work, book.indicative)


def _cells(letters: str) -> dict[str, str]:
    if letters == "n/s":
        return dict.fromkeys(PACKAGES, letters)
    return dict(zip(PACKAGES, letters, strict=True))


def _alternatives(needs: Needs) -> tuple[tuple[str, ...], ...]:
    return tuple((need,) if isinstance(need, str) else need for need in needs)


def _sized(text: str, size: int) -> str:
    return text.replace("{size}", str(size))


def _name(form: Named) -> Name:
    return Name(form.pl, form.en)
