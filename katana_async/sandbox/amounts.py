"""Numbers and amounts of money: exact arithmetic, and Katana's formats."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from .account import AccountState
from .store import Record

INT32 = 2**31 - 1
BASE_CURRENCY = "USD"
TAX_RATE_ID = 16_001

_LARGEST_EXPONENT = 100

# Units of each currency for one unit of the base currency; 1 for other currencies.
_RATES = {"EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "SEK": Decimal("10.4")}


def is_number(value: object) -> bool:
    """Return whether a parsed JSON value is a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def number(value: float | Decimal | str) -> int | Decimal:
    """Return a number in its shortest JSON form: whole ones as int, others without padding."""
    exact = Decimal(str(value))
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LARGEST_EXPONENT:
        return exact
    # Decimal arithmetic would round to the context's 28 digits, so the text is changed.
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text) if "." in text else int(text)


def format_padded(value: object, places: int) -> str:
    """Format a number with a fixed number of decimals, as Katana does in some fields."""
    return f"{Decimal(str(value)):.{places}f}"


def format_number(value: object) -> str:
    """Format a number without padding."""
    return f"{Decimal(str(value)):f}"


def sum_field(records: Iterable[Record], name: str) -> Decimal:
    """Return the sum of a field of records."""
    return sum((Decimal(each[name]) for each in records), Decimal(0))


def conversion_fields(account: AccountState, currency: str) -> dict[str, Any]:
    """Return the conversion fields of an order in a currency; null for the base currency."""
    if currency == BASE_CURRENCY:
        return {"conversion_rate": None, "conversion_date": None}
    rate = number(_RATES.get(currency, Decimal(1)))
    return {"conversion_rate": rate, "conversion_date": account.now()}


def convert_to_base(value: int | Decimal, rate: int | Decimal | None) -> int | Decimal:
    """Convert an amount by an order's rate, rounded to ten decimals."""
    if not rate:
        return value
    return number(round(Decimal(value) / Decimal(rate), 10))


def compute_total(quantity: Any, price: Any, discount: Any = 0) -> int | Decimal:
    """Return the total of a row."""
    return number(Decimal(quantity) * Decimal(price) - Decimal(discount or 0))
