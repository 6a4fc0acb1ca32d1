"""How sales orders and their rows are written: each kind of answer has its own fields."""

from decimal import Decimal
from typing import Any

from ..account import Account
from ..operations import Showing
from ..schema import number
from ..store import Record
from .addresses import OF_SALES_ORDER
from .item_shapes import present_variant
from .money import in_base_currency, padded, total_of
from .sales_charges import nested_fee

_ORDER_SEARCH = (
    *("id", "order_no", "customer_id", "location_id", "status", "currency", "source"),
    *("created_at", "updated_at"),
)
_ROW_SEARCH = (
    *("id", "sales_order_id", "variant_id", "tax_rate_id", "quantity"),
    *("created_at", "updated_at"),
)
_LINK = "linked_manufacturing_order_id"
_EXPECTATIONS = ("product_expected_date", "ingredient_expected_date")
_AVAILABILITY = ("product_availability", "product_expected_date")
_TRACED = ("batch_transactions", "serial_numbers", "traceability")
_TOTALS = ("total", "total_in_base_currency", "price_per_unit_in_base_currency")


def present_order(showing: Showing) -> Record:
    """Write a sales order.

    Lists and single orders have rows, totals and a shipping fee; a new order has rows and totals;
    a changed one has neither. `source` is in capitals where it is written.
    """
    account, record, how = showing.account, showing.record, showing.how
    rows = account.store["sales_order_rows"].children("sales_order_id", record["id"])
    total = number(sum((Decimal(_total(row)) for row in rows), Decimal(0)))
    if how == "search":
        return {**_only(record, _ORDER_SEARCH), "total": total}
    shown = {**record, "addresses": OF_SALES_ORDER.nested(account, record["id"])}
    if how != "update":
        shown["total"] = total
        shown["total_in_base_currency"] = in_base_currency(total, record["conversion_rate"])
        shown["sales_order_rows"] = [_inner_row(account, row, how) for row in rows]
    if how in ("create", "update"):
        shown["source"] = record["source"].upper()
        return _without(shown, *_EXPECTATIONS, *([_LINK] if how == "create" else []))
    shown["shipping_fee"] = nested_fee(account, record["id"])
    return _without(shown, _LINK, *(["deleted_at"] if record["deleted_at"] is None else []))


def present_row(showing: Showing) -> Record:
    """Write a sales order row."""
    account, record, how = showing.account, showing.record, showing.how
    if how == "search":
        price = padded(record["price_per_unit"], 10)
        return {**_only(record, _ROW_SEARCH), "price_per_unit": price, "total": _total(record)}
    shown = _row(account, record)
    if how == "create":
        return _without(shown, *_TOTALS, *_AVAILABILITY, *_TRACED)
    if how == "update":
        return _without(shown, *_TOTALS, *_AVAILABILITY, "conversion_rate", "conversion_date")
    if "variant" in showing.extended:
        variant = account.store["variants"].get(record["variant_id"], deleted=True)
        inner = {} if variant is None else present_variant(Showing(account, variant, "get"))
        shown["variant"] = inner
    return shown


def _inner_row(account: Account, record: Record, how: str) -> Record:
    shown = _without(_row(account, record), "deleted_at", "custom_fields")
    if how == "create":
        return _without(shown, _LINK, _TOTALS[2], *_AVAILABILITY, "total_discount")
    return shown


def _row(account: Account, record: Record) -> Record:
    order: Record = account.store["sales_orders"].get(record["sales_order_id"], deleted=True) or {}
    rate, total = order.get("conversion_rate"), _total(record)
    return {
        **record,
        "price_per_unit": padded(record["price_per_unit"], 10),
        "total_discount": padded(record["total_discount"], 2),
        "conversion_rate": rate,
        "conversion_date": order.get("conversion_date"),
        "price_per_unit_in_base_currency": in_base_currency(record["price_per_unit"], rate),
        "total": total,
        "total_in_base_currency": in_base_currency(total, rate),
    }


def _total(record: Record) -> Any:
    return total_of(record["quantity"], record["price_per_unit"], record["total_discount"])


def _only(record: Record, names: tuple[str, ...]) -> Record:
    return {name: record[name] for name in names}


def _without(record: Record, *names: str) -> Record:
    return {name: value for name, value in record.items() if name not in names}
