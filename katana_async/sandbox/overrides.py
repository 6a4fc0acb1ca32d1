"""Facts about requests that Katana's OpenAPI document lacks.

The document declares times and some numbers as plain strings, and filters without the fields of
records that they are compared with.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from .clock import moment

_TIME = re.compile(r".*_(date|at|start|end)(_min|_max)?")
_NUMERIC_TEXTS = frozenset({"quantity", "committed", "amount"})


def is_time(name: str) -> bool:
    """Return whether the string in a field or parameter of this name is a date or a time."""
    return _TIME.fullmatch(name) is not None


def is_numeric_text(name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether a field that the document declares as a string contains a number."""
    return name in _NUMERIC_TEXTS and schema.get("type") == "string" and "pattern" not in schema


_FINER_THAN_MILLISECONDS = re.compile(r".*\.\d{4,}.*")
_COARSE_TIMES = {"POST /manufacturing_order_productions": "completed_date"}


def too_fine_time(operation: str, body: Any) -> str | None:
    """Return the field whose time has microseconds, which the operation refuses; None if none."""
    name = _COARSE_TIMES.get(operation)
    fine = name and _FINER_THAN_MILLISECONDS.fullmatch(str(body.get(name)))
    return name if fine else None


Comparison = Callable[[Any, frozenset[Any]], bool]
"""Returns whether a record's value matches the values of a filter."""


@frozen
class Filter:
    """The selection of records by a query parameter.

    Attributes:
        field: The field that is compared; None if the parameter does not select records.
        compare: The comparison; None for equality.
        default: The value of an absent parameter; None for no selection.
    """

    field: str | None = None
    compare: Comparison | None = None
    default: str | None = None


def _matches_text(value: Any, given: frozenset[Any]) -> bool:
    return str("null" if value is None else value).lower() in given


def _overlaps(values: Any, given: frozenset[Any]) -> bool:
    return not given.isdisjoint(values or ())


def _is_set(value: Any, given: frozenset[Any]) -> bool:
    return (value is not None) in given


def _matches_word(value: str, given: frozenset[Any]) -> bool:
    return value.replace("_", "").lower() in {each.lower() for each in given}


def _not_empty_unless_asked(quantity: Any, given: frozenset[Any]) -> bool:
    return True in given or quantity != 0


def at_or_after(value: str | None, given: frozenset[int]) -> bool:
    """Return whether a record's time is at or after all given ones, in milliseconds."""
    return value is not None and all(moment(value) >= least for least in given)


def at_or_before(value: str | None, given: frozenset[int]) -> bool:
    """Return whether a record's time is at or before all given ones, in milliseconds."""
    return value is not None and all(moment(value) <= most for most in given)


FILTERS: Mapping[str, Mapping[str, Filter]] = {
    "GET /products": {
        "batch_tracked": Filter("batch_tracked", _matches_text),
        "serial_tracked": Filter("serial_tracked", _matches_text),
    },
    "GET /materials": {"batch_tracked": Filter("batch_tracked", _matches_text)},
    "GET /variants": {"supplier_item_codes": Filter("supplier_item_codes", _overlaps)},
    "GET /stocktakes": {"stock_adjustment_id": Filter("stock_adjustment_id", _matches_text)},
    "GET /locations": {"purchases_allowed": Filter("purchase_allowed")},
    "GET /sales_returns": {
        # The document declares it and the live service ignores it (seen 2026-09-20).
        "sales_order_no": Filter(),
        "order_return_date_min": Filter("return_date", at_or_after),
        "order_return_date_max": Filter("return_date", at_or_before),
    },
    "GET /purchase_orders": {"last_document_status": Filter("last_document_status", _matches_word)},
    "GET /purchase_order_accounting_metadata": {
        "purchase_order_id": Filter("purchaseOrderId"),
        "received_items_group_id": Filter("porReceivedGroupId"),
    },
    "GET /recipes": {
        "recipe_row_id": Filter("id"),
        "product_id": Filter("product_item_id"),
    },
    "GET /product_operation_rows": {"product_operation_row_id": Filter("id")},
    "GET /manufacturing_orders": {
        "is_linked_to_sales_order": Filter("sales_order_row_id", _is_set),
    },
    "GET /batch_stocks": {
        "include_empty": Filter("quantity", _not_empty_unless_asked, default="false"),
        "batch_created_at_min": Filter("batch_created_date", at_or_after),
        "batch_created_at_max": Filter("batch_created_date", at_or_before),
    },
    "GET /operators": {"resource_id": Filter("resource_ids", _overlaps)},
    "GET /bin_inventory": {
        "granularity": Filter("granularity", default="VARIANT"),
        "bin_location_id": Filter("bin_location_id", _matches_text),
        "batch_id": Filter("batch_id", _matches_text),
        "serial_number_id": Filter("serial_number_id", _matches_text),
    },
}
"""The filters, by operation, whose field or comparison does not follow from their name.

Otherwise `ids` is compared with `id`, a plural with the field without its `s`, and `x_min` or
`x_max` with the time in the field `x`.
"""
