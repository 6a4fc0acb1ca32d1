"""Facts about requests that Katana's OpenAPI document lacks, all in one place.

The document declares times as plain texts and some numbers as texts, and a filter without the field
of the records that it is compared with.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from .clock import moment

_TIME = re.compile(r".*_(date|at|start|end)(_min|_max)?")
_NUMERIC_TEXTS = frozenset({"quantity", "committed", "amount"})


def is_time(name: str) -> bool:
    """Return whether a field or parameter of this name, declared as text, is a date or a time."""
    return _TIME.fullmatch(name) is not None


def is_numeric_text(name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether a field holds a number, although the document declares a text."""
    return name in _NUMERIC_TEXTS and schema.get("type") == "string" and "pattern" not in schema


_FINER_THAN_MILLISECONDS = re.compile(r".*\.\d{4,}.*")
_COARSE_TIMES = {"POST /manufacturing_order_productions": "completed_date"}


def too_fine_time(operation: str, body: Any) -> str | None:
    """Return the field of a body whose time has microseconds, which the operation refuses."""
    name = _COARSE_TIMES.get(operation)
    fine = name and _FINER_THAN_MILLISECONDS.fullmatch(str(body.get(name)))
    return name if fine else None


Fits = Callable[[Any, frozenset[Any]], bool]
"""Whether a record's value fits the values of a filter."""


@frozen
class Filter:
    """How a query parameter selects records.

    Attributes:
        field: The record's field that it is compared with; None for a parameter that selects none.
        fits: The comparison of the two; None for equality.
        default: The value if the parameter is not given; None for no such value.
    """

    field: str | None = None
    fits: Fits | None = None
    default: str | None = None


def _spells(value: Any, given: frozenset[Any]) -> bool:
    return str("null" if value is None else value).lower() in given


def _shares(values: Any, given: frozenset[Any]) -> bool:
    return not given.isdisjoint(values or ())


def _is_set(value: Any, given: frozenset[Any]) -> bool:
    return (value is not None) in given


def _same_word(value: str, given: frozenset[Any]) -> bool:
    return value.replace("_", "").lower() in {each.lower() for each in given}


def _not_empty_unless_asked(quantity: Any, given: frozenset[Any]) -> bool:
    return True in given or quantity != 0


def not_before(value: str | None, given: frozenset[int]) -> bool:
    """Return whether a record's time is not before any of the given ones, in milliseconds."""
    return value is not None and all(moment(value) >= least for least in given)


def not_after(value: str | None, given: frozenset[int]) -> bool:
    """Return whether a record's time is not after any of the given ones, in milliseconds."""
    return value is not None and all(moment(value) <= most for most in given)


FILTERS: Mapping[str, Mapping[str, Filter]] = {
    "GET /products": {
        "batch_tracked": Filter("batch_tracked", _spells),
        "serial_tracked": Filter("serial_tracked", _spells),
    },
    "GET /materials": {"batch_tracked": Filter("batch_tracked", _spells)},
    "GET /variants": {"supplier_item_codes": Filter("supplier_item_codes", _shares)},
    "GET /stocktakes": {"stock_adjustment_id": Filter("stock_adjustment_id", _spells)},
    "GET /locations": {"purchases_allowed": Filter("purchase_allowed")},
    "GET /sales_returns": {
        # The document declares it and the live service ignores it (seen 2026-09-20).
        "sales_order_no": Filter(),
        "order_return_date_min": Filter("return_date", not_before),
        "order_return_date_max": Filter("return_date", not_after),
    },
    "GET /purchase_orders": {"last_document_status": Filter("last_document_status", _same_word)},
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
        "batch_created_at_min": Filter("batch_created_date", not_before),
        "batch_created_at_max": Filter("batch_created_date", not_after),
    },
    "GET /operators": {"resource_id": Filter("resource_ids", _shares)},
    "GET /bin_inventory": {
        "granularity": Filter("granularity", default="VARIANT"),
        "bin_location_id": Filter("bin_location_id", _spells),
        "batch_id": Filter("batch_id", _spells),
        "serial_number_id": Filter("serial_number_id", _spells),
    },
}
"""The filters whose field or comparison does not follow from their name, by operation.

For all others: `ids` compares `id`, a plural the field without its `s`, and `…_min` or `…_max` the
time in the field of the rest of the name.
"""
