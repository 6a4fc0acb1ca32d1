"""Amounts: how they add up, how they are converted, how they are written."""

from decimal import Decimal
from typing import Any

from ..account import Account
from ..schema import number

BASE_CURRENCY = "USD"
TAX_RATE_ID = 16_001

# Units of each currency for one of the base currency; others are taken to be worth the same.
_RATES = {"EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "SEK": Decimal("10.4")}


def padded(value: object, places: int) -> str:
    """Write a number with a fixed count of decimals, as Katana does in some fields."""
    return f"{Decimal(str(value)):.{places}f}"


def spelled(value: object) -> str:
    """Write a number as a string, without padding."""
    return f"{Decimal(str(value)):f}"


def conversion(account: Account, currency: str) -> dict[str, Any]:
    """Return the conversion fields of an order in a currency: nothing for the base currency."""
    if currency == BASE_CURRENCY:
        return {"conversion_rate": None, "conversion_date": None}
    rate = number(_RATES.get(currency, Decimal(1)))
    return {"conversion_rate": rate, "conversion_date": account.now()}


def in_base_currency(value: int | Decimal, rate: int | Decimal | None) -> int | Decimal:
    """Convert an amount, rounded to ten decimals."""
    if not rate:
        return value
    return number(round(Decimal(value) / Decimal(rate), 10))


def total_of(quantity: Any, price: Any, discount: Any = 0) -> int | Decimal:
    """Return what a row comes to."""
    return number(Decimal(quantity) * Decimal(price) - Decimal(discount or 0))
