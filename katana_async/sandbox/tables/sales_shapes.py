"""How sales orders and their rows are written: each kind of answer has its own fields."""

from decimal import Decimal
from typing import Any

from ..account import Account
from ..operations import Showing
from ..schema import number
from ..store import Record
from .addresses import OF_SALES_ORDER
from .item_shapes import present_variant
from .money import in_base_currency, padded, spelled, total_of
from .shipping_fees import nested_fee

_ORDER_SEARCH = (
    "id",
    "order_no",
    "customer_id",
    "status",
    "currency",
    "source",
    "created_at",
    "updated_at",
)
_ROW_SEARCH = ("id", "sales_order_id", "variant_id", "tax_rate_id", "created_at", "updated_at")

_EXPECTATIONS = ("product_expected_date", "ingredient_expected_date")
_NOT_IN_LISTS = ("linked_manufacturing_order_id",)
_NOT_CREATED = (*_EXPECTATIONS, "linked_manufacturing_order_id")
_ROW_NOT_CREATED = (
    "batch_transactions",
    "serial_numbers",
    "traceability",
    "product_availability",
    "product_expected_date",
)
_ROW_NOT_UPDATED = ("product_availability", "product_expected_date")


def present_order(showing: Showing) -> Record:
    """Write a sales order.

    Lists and single orders have rows, totals and a shipping fee (`{}` where there is none); a new
    order has rows and totals; a changed one has neither. `source` is in capitals where it is
    written, and not where it is read.
    """
    account, record, how = showing.account, showing.record, showing.how
    rows = account.store["sales_order_rows"].children("sales_order_id", record["id"])
    total = number(sum((Decimal(_row_total(row)) for row in rows), Decimal(0)))
    if how == "search":
        return {**{name: record[name] for name in _ORDER_SEARCH}, "total": spelled(total)}
    shown = {**record, "addresses": OF_SALES_ORDER.nested(account, record["id"])}
    if how == "update":
        for name in _EXPECTATIONS:
            del shown[name]
    else:
        shown["total"] = total
        shown["total_in_base_currency"] = in_base_currency(total, record["conversion_rate"])
        shown["sales_order_rows"] = [_inner_row(account, row, how) for row in rows]
    if how in ("create", "update"):
        shown["source"] = record["source"].upper()
    if how == "create":
        for name in _NOT_CREATED:
            del shown[name]
    if how in ("list", "get"):
        shown["shipping_fee"] = nested_fee(account, record["id"])
        for name in _NOT_IN_LISTS:
            del shown[name]
        if record["deleted_at"] is None:
            del shown["deleted_at"]
    return shown


def present_row(showing: Showing) -> Record:
    """Write a sales order row."""
    account, record, how = showing.account, showing.record, showing.how
    if how == "search":
        return {
            **{name: record[name] for name in _ROW_SEARCH},
            "quantity": spelled(record["quantity"]),
            "price_per_unit": spelled(record["price_per_unit"]),
            "total": spelled(_row_total(record)),
        }
    shown = _row(account, record)
    if how in ("create", "update"):
        for name in ("total", "total_in_base_currency", "price_per_unit_in_base_currency"):
            del shown[name]
        for name in _ROW_NOT_CREATED if how == "create" else _ROW_NOT_UPDATED:
            del shown[name]
    if how == "update":
        del shown["conversion_rate"], shown["conversion_date"]
    if "variant" in showing.extended:
        variant = account.store["variants"].get(record["variant_id"], deleted=True)
        inner = {} if variant is None else present_variant(Showing(account, variant, "get"))
        shown["variant"] = inner
    return shown


def _inner_row(account: Account, record: Record, how: str) -> Record:
    shown = _row(account, record)
    del shown["deleted_at"], shown["custom_fields"]
    if how == "create":
        for name in (
            "linked_manufacturing_order_id",
            "price_per_unit_in_base_currency",
            "product_availability",
            "product_expected_date",
            "total_discount",
        ):
            del shown[name]
    return shown


def _row(account: Account, record: Record) -> Record:
    order = account.store["sales_orders"].get(record["sales_order_id"], deleted=True)
    rate = None if order is None else order["conversion_rate"]
    total = _row_total(record)
    return {
        **record,
        "total_discount": padded(record["total_discount"], 2),
        "conversion_rate": rate,
        "conversion_date": None if order is None else order["conversion_date"],
        "price_per_unit_in_base_currency": in_base_currency(record["price_per_unit"], rate),
        "total": total,
        "total_in_base_currency": in_base_currency(total, rate),
    }


def _row_total(record: Record) -> Any:
    return total_of(record["quantity"], record["price_per_unit"], record["total_discount"])
