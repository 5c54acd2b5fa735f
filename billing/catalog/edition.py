"""An edition of the catalog as a value: what can be ordered, metered and charged, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.catalog.document import IncidentsForm, PolicyForm, SlaLevelForm, SlaRulesForm
from metering.meters import Meter


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the two languages of the documents."""

    pl: str
    en: str


class Kind(StrEnum):
    """The four kinds of rows a specification prints."""

    FEATURE = "feature"
    ADDON = "paid_addon"
    LIMIT = "limit"
    PACK = "pack"


class Cell(StrEnum):
    """What the package table says of an item in a package (R2)."""

    INCLUDED = "X"
    PAYABLE = "P"
    UNAVAILABLE = "-"
    NOT_STATED = "n/s"


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the specification.

    ``needs`` lists what must be ordered too: every entry, by any one of its alternatives (R13).
    """

    key: str
    kind: Kind
    unit: str
    name: Name
    cells: Mapping[str, str]
    needs: tuple[tuple[str, ...], ...] = ()
    same_as: str | None = None
    stands_for: str | None = None
    by_use: bool = False

    @property
    def counted(self) -> bool:
        """Whether it is ordered in a number, as licences and channels are (R39)."""
        return self.unit not in ("function", "feature")


@dataclass(frozen=True, slots=True)
class Pack:
    """A quantity pack (R54): units of a pool, for a period or for some days from its purchase."""

    key: str
    pool: str
    units: Decimal
    line: str
    recurs: str
    life_days: int | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that cost nothing: a package's limit, or units that come with an item."""

    limit: str | None = None
    units: Decimal = Decimal(0)
    with_item: str | None = None
    plus_each: str | None = None
    units_each: Decimal = Decimal(1)
    licences: bool = False


class Beyond(StrEnum):
    """What happens to units that neither the allowance nor a pack covers."""

    CHARGED = "charged"
    CHARGED_TO_CAP = "charged_to_cap"
    CHARGED_IF_PRICED = "charged_if_priced"
    REFUSED = "refused"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class MeterTerms:
    """How an edition treats a meter: who may use it, what covers it, what the rest costs."""

    meter: Meter
    name: Name
    needs: tuple[str, ...]
    allowance: Allowance | None
    pool: str | None
    beyond: Beyond


@dataclass(frozen=True, slots=True)
class Price:
    """A net price of one unit; an indicative one may be modelled with and never invoiced."""

    amount: Decimal
    indicative: bool = False


@dataclass(frozen=True, slots=True)
class Policies:
    """How the contract is read where its text leaves room."""

    pack_coverage: str
    api_scope: str
    proration: str
    late_usage: str

    def overridden(self, form: PolicyForm | Mapping[str, str]) -> Policies:
        """These policies with those of an edition or an order in their place."""
        chosen = form.model_dump(exclude_none=True) if isinstance(form, PolicyForm) else form
        return replace(self, **chosen)


@dataclass(frozen=True, slots=True)
class Seller:
    """Who issues the invoices.

    ``bank_accounts`` are IBANs by currency, ``register_entry`` is what company law wants on a
    document, ``reminder_days`` are the days after an invoice's due day on which a reminder of it is
    sent (R153). Penalties are ``paid``, or ``netted`` with the next invoice; with ``ksef``
    invoices and corrections go to the national system.
    """

    id: str
    name: str
    country: str
    tax_id: str
    address: tuple[str, ...]
    email: str
    phone: str
    invoice_series: str
    payment_days: int
    bank: str = ""
    swift: str = ""
    bank_accounts: Mapping[str, str] = field(default_factory=dict)
    register_entry: Name | None = None
    reminder_days: tuple[int, ...] = ()
    correction_series: str = "KOR/{year}"
    note_series: str = "NK/{year}"
    offer_series: str = "OF/{year}"
    penalties: str = "paid"
    ksef: bool = False


@dataclass(frozen=True)
class Edition:
    """One edition of the specification, whole."""

    id: str
    in_force: date
    seller: Seller
    brand: str
    service: Name
    platform: Name
    items: Mapping[str, Item]
    packs: Mapping[str, Pack]
    meters: Mapping[str, MeterTerms]
    pools: Mapping[str, tuple[str, ...]]
    prices: Mapping[tuple[str, str], Price]
    policies: Policies
    packages: Mapping[str, Name]
    ceilings: Mapping[str, int] = field(default_factory=dict)
    _cells: dict[tuple[str, str], Cell] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def cell(self, item: str, package: str) -> Cell:
        """What a package has of an item; X beats P, and P beats - where two rows print it (R11)."""
        key = (item, package)
        if key not in self._cells:  # it is asked for all the time
            self._cells[key] = self._printed(item, package)
        return self._cells[key]

    def _printed(self, item: str, package: str) -> Cell:
        printed = {row.cells[package] for row in (self.items[item], *self._standing_for(item))}
        return next(cell for cell in Cell if cell in printed)

    def _standing_for(self, item: str) -> list[Item]:
        twin = self.items[item].stands_for
        if twin is not None:
            return [self.items[twin]]
        return [other for other in self.items.values() if other.stands_for == item]

    def limit(self, key: str, package: str) -> Decimal:
        """A package's limit in the limit's own unit; an empty cell and - are 0 (R50)."""
        text = self.items[key].cells[package]
        return Decimal(text) if text not in ("", "-") else Decimal(0)

    def price(self, group: str, key: str) -> Price | None:
        """The edition's own price, None if it prints none."""
        return self.prices.get((group, key))

    def pool_meters(self, pool: str) -> tuple[str, ...]:
        """The meters a pool serves, in the order in which they are served."""
        served = tuple(key for key, terms in self.meters.items() if terms.pool == pool)
        return self.pools.get(pool, served)


@dataclass(frozen=True)
class VatRate:
    """A VAT rate with its name, and what an invoice must say where it applies (art. 106e)."""

    percent: Decimal
    name: Name
    note: Name | None = None


@dataclass(frozen=True)
class VatRules:
    """VAT rates by their codes, and which of them a buyer gets."""

    rates: Mapping[str, VatRate]
    home: str
    eu_business: str
    other_business: str

    @property
    def percents(self) -> dict[str, Decimal]:
        """The VAT rates alone."""
        return {key: own.percent for key, own in self.rates.items()}


@dataclass(frozen=True)
class Catalog:
    """Every edition, with what they share.

    ``marks`` are the percentages of an allowance or limit that are told of, unless an order has
    its own.
    """

    currency: str
    editions: Mapping[str, Edition]
    sellers: Mapping[str, Seller]
    vat: VatRules
    sla_levels: Mapping[str, SlaLevelForm]
    sla_rules: SlaRulesForm
    marks: tuple[int, ...] = ()
    incidents: IncidentsForm = field(default_factory=IncidentsForm)

    @property
    def meters(self) -> dict[str, Meter]:
        """Every meter that any edition knows."""
        editions = self.editions.values()
        return {key: terms.meter for own in editions for key, terms in own.meters.items()}
