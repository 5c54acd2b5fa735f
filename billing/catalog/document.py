"""The catalog file as people write it: its shape, checked by pydantic (see pricing_catalog.yaml).

What the shape cannot say (a name that refers to nothing, a VAT rate that is not listed) is checked
in `billing.catalog.references`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from billing.forms import Amount, Currency, Day, Exact, Form, Text, Whole

PACKAGES = ("uc", "standard", "pro", "enterprise")
"""The specification's packages, in the order of its columns."""


def _availability(text: str) -> str:
    if text != "n/s" and not re.fullmatch(r"[XP-]{4}", text):
        raise ValueError(f"{text!r} must be four of X, P, - (UC, Standard, Pro, Enterprise)")
    return text


Availability = Annotated[str, AfterValidator(_availability)]
Needs = tuple[Text | tuple[Text, ...], ...]


class Named(Form):
    """Anything with a name in both languages of the documents."""

    pl: str
    en: str


class FeatureForm(Named):
    needs: Needs = ()


class AddonForm(Named):
    unit: Text
    needs: Needs = ()
    same_as: str | None = None
    stands_for: str | None = None
    by_use: bool = False


class PackFamilyForm(Named):
    """Packs that differ in size alone; ``{size}`` in the key and names is replaced by it."""

    key: str
    pool: str
    unit: Text
    sizes: tuple[int, ...]
    units_each: int = 1
    needs: Needs = ()
    availability: Availability = "n/s"
    line: Literal["pack", "training"] = "pack"
    recurs: Literal["ordered", "always", "never"] = "ordered"
    life: Literal["period", "30 days"] = "period"


class LimitForm(Named):
    unit: Text
    values: tuple[int | Literal["", "-"], ...] = Field(min_length=4, max_length=4)
    needs: tuple[str, ...] = ()


class CeilingForm(Named):
    units: int


class AllowanceForm(Form):
    """Units that cost nothing: a limit of the package, or units that come with an item."""

    limit: str | None = None
    units: int | None = None
    with_item: str | None = Field(default=None, alias="with")
    plus_each: str | None = None
    units_each: int = 1

    @model_validator(mode="after")
    def _one_source(self) -> AllowanceForm:
        if (self.limit is None) == (self.units is None):
            raise ValueError("an allowance names either a limit or units")
        return self


class MeterForm(Named):
    kind: Literal["flow", "stock"]
    unit: Text
    decimals: int = Field(default=0, ge=0, le=6)
    by_user: bool = False
    held: Literal["by_user", "by_anyone"] | None = None
    needs: tuple[str, ...] = ()
    allowance: AllowanceForm | Literal["licences"] | None = None
    pool: str | None = None
    beyond: Literal["charged", "charged_to_cap", "charged_if_priced", "refused", "free"]


class PriceListForm(Form):
    """Net prices; an indicative list may be simulated with and never invoiced."""

    indicative: bool
    licence: dict[str, Amount] = {}
    sla: dict[str, Amount] = {}
    addons: dict[str, Amount] = {}
    packs: dict[str, Amount] = {}
    overage: dict[str, Amount] = {}
    service_work: Amount | None = None


class ItemsForm(Form):
    """What can be ordered and metered; shared by the editions, or one edition's own."""

    features: dict[Availability, dict[str, FeatureForm]] = {}
    addons: dict[Availability, dict[str, AddonForm]] = {}
    described: dict[str, AddonForm] = {}
    packs: tuple[PackFamilyForm, ...] = ()
    limits: dict[str, LimitForm] = {}
    ceilings: dict[str, CeilingForm] = {}
    meters: dict[str, MeterForm] = {}
    pools: dict[str, tuple[str, ...]] = {}
    prices: tuple[PriceListForm, ...] = ()


class SharedForm(ItemsForm):
    packages: dict[Literal["uc", "standard", "pro", "enterprise"], Named]


class FailureReportsForm(Form):
    email: str
    phones: tuple[str, ...]
    out_of_hours: str


class PolicyForm(Form):
    """How the contract is read where its text leaves room (contract readings R15, R46, R59)."""

    pack_coverage: Literal["whole_period", "from_purchase"] | None = None
    api_scope: Literal["user", "licences"] | None = None
    proration: Literal["days", "none"] | None = None
    late_usage: Literal["adjustment", "correction"] | None = None


class EditionForm(ItemsForm):
    id: Text
    in_force: Day
    seller: str
    brand: str
    service: Named
    platform: Named
    failure_reports: FailureReportsForm
    policies: PolicyForm = PolicyForm()


class SellerForm(Form):
    id: str
    name: str
    country: str = Field(min_length=2, max_length=2)
    tax_id: Text
    address: tuple[str, ...]
    email: str
    phone: str
    invoice_series: str
    correction_series: str = "KOR/{year}"
    note_series: str = "NK/{year}"
    offer_series: str = "OF/{year}"
    penalties: Literal["paid", "netted"] = "paid"
    ksef: bool = False
    payment_days: int = Field(ge=0, le=365)
    bank: Text = ""
    swift: Text = ""
    bank_accounts: dict[Currency, Text] = {}
    register_entry: Named | None = None
    reminder_days: tuple[int, ...] = ()


class VatRateForm(Named):
    percent: Exact
    note: Named | None = None


class VatForm(Form):
    rates: dict[str, VatRateForm]
    home: Text
    eu_business: Text
    other_business: Text


class ServiceHoursForm(Form):
    label: str
    days: Literal["business_days", "all_but_holidays", "every_day"]
    opens: str = Field(alias="from", pattern=r"^\d\d:\d\d$")
    closes: str = Field(alias="to", pattern=r"^\d\d:\d\d$")


class CreditStepForm(Form):
    below: Exact
    percent: Exact


class PenaltyForm(Form):
    per: Literal["hour", "day"]
    share: str = Field(pattern=r"^\d+/\d+$")


Duration = Annotated[str, Field(pattern=r"^(\d+(\.\d+)?h|NDR|\d+DR)$")]
Priority = Literal["critical", "high", "medium", "low"]
Repair = Literal["earlier_state", "proper_operation", "backup", "cause_removed"]
REPAIRS: tuple[Repair, ...] = ("earlier_state", "proper_operation", "backup", "cause_removed")
"""The ways in which an incident is closed (R114, R161)."""
ReportField = Literal[
    "reporter", "device", "first_noticed", "description", "data_concerned", "category"
]


class SlaLevelForm(Named):
    """One service level (R85, R86, R93, R103-R108); what is absent is not promised.

    ``report_fields`` are what a report must say (R158), ``repaired_by`` the ways of repair that
    stop the clock (R114, R161), ``upstream`` the terms of sub-suppliers that it refers to (R162).
    """

    item: str | None = None
    hours: ServiceHoursForm
    availability: Exact
    credits: tuple[CreditStepForm, ...] = ()
    reaction: dict[Priority, Duration] = {}
    repair: dict[Priority, Duration] = {}
    penalty: PenaltyForm | None = None
    measured_per: Literal["order", "service"] = "order"
    report_fields: tuple[ReportField, ...] = ()
    repaired_by: tuple[Repair, ...] = REPAIRS
    upstream: dict[str, tuple[str, ...]] = {}


class SlaRulesForm(Form):
    penalty_cap_monthly_fees: int
    liability_cap_monthly_fees: int
    claim_days: int
    exclusion_notice_days: int
    shift_days: int


Percent = Annotated[Exact, Field(ge=0, le=100)]


class ExampleForm(Named):
    """A row of the priority table (R101).

    Some rows hold only for more than a share of the users, or up to one, in percent; else the row
    ``otherwise`` holds (R102).
    """

    users_above: Percent | None = None
    users_up_to: Percent | None = None
    otherwise: str | None = None


class LinkMinimumForm(Form):
    """What the client's link must have for claims on quality (R119)."""

    kbps_per_user: int = Field(gt=0)
    kbps_per_hardware_phone: int = Field(gt=0)
    delay_ms: Exact
    jitter_ms: Exact
    loss_percent: Percent


class IncidentsForm(Form):
    """What incidents are judged by: priorities, critical functions, reports, repairs, links."""

    priorities: dict[Priority, dict[str, ExampleForm]] = {}
    critical_functions: dict[str, Named] = {}
    report_fields: dict[ReportField, Named] = {}
    repairs: dict[Repair, Named] = {}
    link_minimum: LinkMinimumForm | None = None


Mark = Annotated[Whole, Field(ge=1, le=1000)]
"""A percentage of an allowance or limit."""


class CatalogForm(Form):
    """The whole file."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    sellers: tuple[SellerForm, ...]
    vat: VatForm
    policies: PolicyForm
    shared: SharedForm
    sla_levels: dict[str, SlaLevelForm]
    sla_rules: SlaRulesForm
    incidents: IncidentsForm = IncidentsForm()
    marks: tuple[Mark, ...] = (80, 100)
    editions: tuple[EditionForm, ...]
