"""Variants of products and materials."""

from typing import Any

from ..account import AccountState
from ..endpoints import CollectionSpec
from ..errors import ErrorDetail, RequestRefused, unprocessable
from ..search import search_endpoint
from ..store import Layout, Record
from . import references
from .item_presentation import (
    check_custom_fields,
    present_custom_fields,
    present_found_variant,
    present_variant,
)

VARIANT_LAYOUT = Layout(
    name="variants",
    first=2_000_001,
    fields={
        "type": "product",
        "purchase_price": 0,
        "config_attributes": (),
        "custom_fields": (),
        "supplier_item_codes": (),
        **dict.fromkeys(
            (
                *("sku", "product_id", "material_id", "service_id", "sales_price", "default_cost"),
                *("internal_barcode", "registered_barcode", "lead_time", "minimum_order_quantity"),
                *("abc_classification", "archived_at"),
            )
        ),
    },
    links=("product_id", "material_id", "service_id"),
)
_LONGEST_LEAD_TIME = 999  # days


def add_variant(account: AccountState, body: Record) -> Record:
    """Create a variant with a stock row in each location.

    Raises:
        RequestRefused: 422 or 500, the lead time is not valid (see `_read`).
    """
    kind = "material" if body.get("material_id") is not None else "product"
    values = {name: value for name, value in _read(body).items() if value is not None}
    variant = account.store["variants"].create({**values, "type": kind})
    references.add_stock(account, variant)
    return variant


def _read(body: Record) -> Record:
    """Return the values of a body, with barcodes in upper case.

    Raises:
        RequestRefused: 422, the lead time is too long; 500, it is not a whole number.
    """
    lead_time: Any = body.get("lead_time") or 0
    if lead_time != int(lead_time):
        raise RequestRefused(500, "InternalServerError", "An unexpected error occurred.")
    if lead_time > _LONGEST_LEAD_TIME:
        message = f"must not be greater than {_LONGEST_LEAD_TIME}"
        info = {"comparison": "<=", "limit": _LONGEST_LEAD_TIME}
        raise unprocessable(ErrorDetail(("lead_time",), "maximum", message, info))
    codes = [name for name in ("internal_barcode", "registered_barcode") if body.get(name)]
    return {**body, **{name: body[name].upper() for name in codes}}


def _create_record(account: AccountState, body: Record) -> Record:
    owners = {"product_id": "products", "material_id": "materials"}
    if sum(body.get(name) is not None for name in owners) != 1:
        message = "must have either product_id or material_id"
        raise unprocessable(ErrorDetail((), "oneOf", message, {"properties": list(owners)}))
    references.require_all(account, body, **owners)
    return add_variant(account, body)


def _read_changes(_account: AccountState, _before: Record, body: Record) -> Record:
    return _read(body)


def _before_delete(account: AccountState, record: Record) -> None:
    references.refuse_if_used(account, record, f"The variant {record['id']}")
    references.delete_stock(account, record)


def _read_field(account: AccountState, record: Record, name: str) -> Any:
    """Return the value of a field for a search."""
    if name == "custom_fields":
        return present_custom_fields(account, record[name], "default")
    if name == "item_id":
        return record[f"{record['type']}_id"]
    return record["type" if name == "item_type" else name]


VARIANTS = CollectionSpec(
    layout=VARIANT_LAYOUT,
    present=present_variant,
    check_call=check_custom_fields,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    extra_endpoints=(search_endpoint("variants", present_found_variant, _read_field),),
)
