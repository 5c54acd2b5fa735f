"""Accounts and orders as people write them in scenario and order files (contract, section 2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import EmailStr, Field, field_validator
from stdnum.eu import vat as eu_vat
from stdnum.pl import nip

from billing.catalog.document import PolicyForm
from billing.forms import Amount, Currency, Day, Exact, Form, Instant, Text, Whole
from billing.orders.terms import (
    Account,
    AddonLine,
    EditionLine,
    OrderTerms,
    PackageLine,
    PackLine,
    SlaLine,
)
from metering.problems import Problem

EU_COUNTRIES = frozenset(eu_vat.MEMBER_STATES) | {"gr"}


LONGEST_ID = 256
"""As long as the subject of an event may be."""
LONGEST_LINE = 512
"""What a structured invoice can hold of a name, and of a line of an address."""

AddressLine = Annotated[Text, Field(max_length=LONGEST_LINE)]


class AccountForm(Form):
    id: Text = Field(min_length=1, max_length=LONGEST_ID)
    name: Text = Field(min_length=1, max_length=LONGEST_LINE)
    country: str = Field(default="PL", pattern=r"^[A-Z]{2}$")
    tax_id: Text | None = None
    address: tuple[AddressLine, ...] = Field(default=(), max_length=6)
    email: tuple[EmailStr, ...] = ()
    language: Literal["pl", "en"] | None = None

    @field_validator("email", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        """One address may stand without a list."""
        return (value,) if isinstance(value, str) else value

    def problems(self) -> list[Problem]:
        """A NIP or EU VAT number with a wrong check digit."""
        if self.tax_id is None or valid_tax_id(self.country, self.tax_id):
            return []
        what = "NIP" if self.country == "PL" else "VAT number"
        message = f"{self.tax_id} is not a valid {what}: compare it with the customer's papers"
        return [Problem("invalid_tax_id", "tax_id", message)]

    def account(self) -> Account:
        """The account as a value."""
        spoken = self.language or ("pl" if self.country == "PL" else "en")
        return Account(**{**self.model_dump(), "language": spoken})


def valid_tax_id(country: str, tax_id: str) -> bool:
    """Whether the check digits of a NIP or of an EU VAT number are right."""
    if country == "PL":
        return bool(nip.is_valid(tax_id))
    if country.lower() in EU_COUNTRIES:
        prefix = "EL" if country == "GR" else country
        number = tax_id if tax_id.startswith(prefix) else prefix + tax_id
        return bool(eu_vat.is_valid(number))
    return True


class PricesForm(Form):
    licence: Amount | None = None
    sla: Amount | None = None
    addons: dict[str, Amount] = {}
    packs: dict[str, Amount] = {}
    overage: dict[str, Amount] = {}
    service_work: Amount | None = None


class OrderAddonForm(Form):
    item: Text
    quantity: Whole = Field(default=1, ge=1)
    start: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="to")


class OrderPackForm(Form):
    item: Text
    at: Instant
    quantity: Whole = Field(default=1, ge=1)
    recurring: bool = False
    end: Day | None = Field(default=None, alias="to")


class OrderForm(Form):
    id: Text = Field(min_length=1, max_length=LONGEST_ID)
    account: Text
    edition: Text
    package: Text
    currency: Currency = "PLN"
    licences: Whole = Field(ge=0)
    sla: Text = "standard"
    launch_date: Day
    end_date: Day | None = None
    prices: PricesForm = PricesForm()
    caps: dict[str, Exact] = {}
    policies: PolicyForm = PolicyForm()
    addons: tuple[OrderAddonForm, ...] = ()
    packs: tuple[OrderPackForm, ...] = ()
    declares: tuple[Literal["mpls_link"], ...] = ()

    def terms(self) -> OrderTerms:
        """The order as a value."""
        return OrderTerms(
            id=self.id,
            account=self.account,
            currency=self.currency,
            launch_date=self.launch_date,
            agreed_launch_date=self.launch_date,
            end_date=self.end_date,
            editions=(EditionLine(edition=self.edition),),
            packages=(PackageLine(package=self.package, licences=self.licences),),
            sla=(SlaLine(level=self.sla),),
            addons=tuple(AddonLine(**addon.model_dump()) for addon in self.addons),
            packs=tuple(PackLine(**pack.model_dump()) for pack in self.packs),
            prices=self._prices(),
            caps=dict(self.caps),
            policies=self.policies.model_dump(exclude_none=True),
            declares=self.declares,
        )

    def _prices(self) -> dict[str, dict[str, Any]]:
        given = self.prices
        return {
            "licence": {} if given.licence is None else {self.package: given.licence},
            "sla": {} if given.sla is None else {self.sla: given.sla},
            "addons": dict(given.addons),
            "packs": dict(given.packs),
            "overage": dict(given.overage),
            "service_work": (
                {} if given.service_work is None else {"service_work": given.service_work}
            ),
        }
