"""An amount of money in words, as an invoice repeats it: *dwa tysiące złotych, pięć groszy*."""

from __future__ import annotations

from decimal import Decimal

from num2words import CONVERTER_CLASSES, num2words


def amount_in_words(amount: Decimal, currency: str, language: str) -> str:
    """The amount in words.

    A currency that the library has no words for keeps its code and shows hundredths in digits:
    ``dwadzieścia dwa SEK 22/100``.
    """
    sign = {"pl": "minus ", "en": "minus "}[language] if amount < 0 else ""
    size = abs(amount)
    if currency in CONVERTER_CLASSES[language].CURRENCY_FORMS:
        return sign + str(num2words(size, lang=language, to="currency", currency=currency))
    whole, hundredths = divmod(int(size.scaleb(2)), 100)
    return f"{sign}{num2words(whole, lang=language)} {currency} {hundredths:02}/100"
