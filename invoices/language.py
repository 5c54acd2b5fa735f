"""The two languages of documents: texts by gettext, numbers and dates by Babel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_interval, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations

from metering.calendar import WARSAW, Period

LOCALES = Path(__file__).parent / "locales"
LOCALE_NAMES = {"pl": "pl_PL", "en": "en_GB"}
CURRENCY_FORMATS = {"pl": "#,##0.00\xa0¤", "en": "#,##0.00\xa0¤¤"}
TWO_TO_EIGHT_DIGITS = "#,##0.00######"


def marked(message: str) -> str:
    """Marks a text that is looked up elsewhere, so that it is found in the code."""
    return message


@dataclass(frozen=True)
class Language:
    """How a document says things. Texts are written in English and looked up in `locales`."""

    code: str
    locale: Locale
    texts: NullTranslations

    def text(self, message: str, **values: str) -> str:
        """A text, with values put in their places."""
        return self.texts.gettext(message).format(**values)

    def count(self, one: str, many: str, number: int) -> str:
        """A text that counts something; ``{n}`` is the number."""
        return self.texts.ngettext(one, many, number).format(n=self.quantity(Decimal(number)))

    def name(self, name: Mapping[str, str]) -> str:
        """A name that the catalog gives in both languages."""
        return name[self.code]

    def amount(self, amount: Decimal) -> str:
        """Money without its currency: ``1 741,79``."""
        return format_decimal(amount, "#,##0.00", self.locale, decimal_quantization=False)

    def money(self, amount: Decimal, currency: str) -> str:
        """Money: ``1 741,79 zł``."""
        pattern = CURRENCY_FORMATS[self.code]
        # Two digits in every currency, as the amount has them; else yen would be rounded.
        return format_currency(amount, currency, pattern, self.locale, currency_digits=False)

    def price(self, price: Decimal) -> str:
        """The price of a unit, with two digits after the point or as many as it has."""
        return format_decimal(price, TWO_TO_EIGHT_DIGITS, self.locale, decimal_quantization=False)

    def quantity(self, quantity: Decimal) -> str:
        """A quantity with as many digits as it has."""
        return format_decimal(quantity, locale=self.locale, decimal_quantization=False)

    def percent(self, percent: Decimal) -> str:
        """A percentage with as many digits as it has: ``86,98%``."""
        return format_percent(percent.scaleb(-2), locale=self.locale, decimal_quantization=False)

    def day(self, day: date) -> str:
        """A day: ``1 października 2025``."""
        return format_date(day, "long", self.locale)

    def days(self, first: date, last: date) -> str:
        """Days from one to another: ``1–31 października 2025``."""
        return format_interval(first, last, "yMMMMd", locale=self.locale, fuzzy=True)

    def month(self, period: Period) -> str:
        """A billing period: ``październik 2025``."""
        return format_date(period.first_day, "LLLL y", self.locale)

    def instant(self, instant: datetime) -> str:
        """An instant on the clocks of Warsaw, to the minute."""
        local = instant.astimezone(WARSAW)
        return f"{self.day(local.date())}, {format_time(local, 'HH:mm', locale=self.locale)}"

    def short_instant(self, instant: datetime) -> tuple[str, str]:
        """A day and a time of day on the clocks of Warsaw, for a table: ``12 lis 2025``, 14:10."""
        local = instant.astimezone(WARSAW)
        day = format_date(local.date(), "medium", self.locale)
        return day, format_time(local, "HH:mm", locale=self.locale)


@cache
def language(code: str) -> Language:
    """The language of a code, ``pl`` or ``en``."""
    return Language(code, Locale.parse(LOCALE_NAMES[code]), _texts(code))


def _texts(code: str) -> NullTranslations:
    path = LOCALES / f"{code}.po"
    return read_texts(path, code) if path.is_file() else NullTranslations()


def read_texts(path: Path, code: str) -> Translations:
    """The texts of a file: what people edit is read as it is, no compiled one is kept."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=LOCALE_NAMES[code], abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
