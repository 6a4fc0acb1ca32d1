"""The presentation of sales orders and their rows: each kind of answer has other fields."""

from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import compute_total, convert_to_base, format_padded, number
from ..endpoints import Presentation, leave_out
from ..store import Record
from .addresses import SALES_ORDER_OWNER
from .item_presentation import present_variant
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


def present_order(presentation: Presentation) -> Record:
    """Return a sales order as an answer shows it.

    GET has rows, totals and a shipping fee; POST has rows and totals; PATCH has none of these.
    POST and PATCH have `source` in capitals.
    """
    account, record, action = presentation.account, presentation.record, presentation.action
    rows = account.store["sales_order_rows"].children("sales_order_id", record["id"])
    total = number(sum((Decimal(_total(row)) for row in rows), Decimal(0)))
    if action == "search":
        return {**_only(record, _ORDER_SEARCH), "total": total}
    result = {**record, "addresses": SALES_ORDER_OWNER.present_all(account, record["id"])}
    if action != "update":
        result["total"] = total
        result["total_in_base_currency"] = convert_to_base(total, record["conversion_rate"])
        result["sales_order_rows"] = [_inner_row(account, row, action) for row in rows]
    if action in ("create", "update"):
        result["source"] = record["source"].upper()
        return leave_out(result, *_EXPECTATIONS, *([_LINK] if action == "create" else []))
    result["shipping_fee"] = nested_fee(account, record["id"])
    return leave_out(result, _LINK, *(["deleted_at"] if record["deleted_at"] is None else []))


def present_row(presentation: Presentation) -> Record:
    """Return a sales order row as an answer shows it."""
    account, record, action = presentation.account, presentation.record, presentation.action
    if action == "search":
        price = format_padded(record["price_per_unit"], 10)
        return {**_only(record, _ROW_SEARCH), "price_per_unit": price, "total": _total(record)}
    result = _row(account, record)
    if action == "create":
        return leave_out(result, *_TOTALS, *_AVAILABILITY, *_TRACED)
    if action == "update":
        return leave_out(result, *_TOTALS, *_AVAILABILITY, "conversion_rate", "conversion_date")
    if "variant" in presentation.extended:
        variant = account.store["variants"].get(record["variant_id"], deleted=True)
        inner = {} if variant is None else present_variant(Presentation(account, variant, "get"))
        result["variant"] = inner
    return result


def _inner_row(account: AccountState, record: Record, action: str) -> Record:
    result = leave_out(_row(account, record), "deleted_at", "custom_fields")
    if action == "create":
        return leave_out(result, _LINK, _TOTALS[2], *_AVAILABILITY, "total_discount")
    return result


def _row(account: AccountState, record: Record) -> Record:
    order: Record = account.store["sales_orders"].get(record["sales_order_id"], deleted=True) or {}
    rate, total = order.get("conversion_rate"), _total(record)
    return {
        **record,
        "price_per_unit": format_padded(record["price_per_unit"], 10),
        "total_discount": format_padded(record["total_discount"], 2),
        "conversion_rate": rate,
        "conversion_date": order.get("conversion_date"),
        "price_per_unit_in_base_currency": convert_to_base(record["price_per_unit"], rate),
        "total": total,
        "total_in_base_currency": convert_to_base(total, rate),
    }


def _total(record: Record) -> Any:
    return compute_total(record["quantity"], record["price_per_unit"], record["total_discount"])


def _only(record: Record, names: tuple[str, ...]) -> Record:
    return {name: record[name] for name in names}
