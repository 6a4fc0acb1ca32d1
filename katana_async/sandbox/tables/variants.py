"""Variants: what a product or material is stocked, priced and ordered as."""

from typing import Any

from ..account import Account
from ..errors import Problem, Refusal, invalid
from ..layout import Layout
from ..operations import Collection
from ..search import search_operation
from ..store import Record
from . import usage
from .item_shapes import (
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
_LONGEST_LEAD_TIME = 999


def add_variant(account: Account, given: Record) -> Record:
    """Create a variant with its stock, one row for each location.

    Raises:
        Refusal: 422 or 500, its lead time cannot be.
    """
    kind = "material" if given.get("material_id") is not None else "product"
    values = {name: value for name, value in _read(given).items() if value is not None}
    variant = account.store["variants"].create({**values, "type": kind})
    usage.add_stock(account, variant)
    return variant


def _read(given: Record) -> Record:
    """Return the values of a body: barcodes in upper case.

    Raises:
        Refusal: 422, the lead time is too long; 500, it is not whole.
    """
    lead_time: Any = given.get("lead_time") or 0
    if lead_time != int(lead_time):
        raise Refusal(500, "InternalServerError", "An unexpected error occurred.")
    if lead_time > _LONGEST_LEAD_TIME:
        message = f"must not be greater than {_LONGEST_LEAD_TIME}"
        info = {"comparison": "<=", "limit": _LONGEST_LEAD_TIME}
        raise invalid([Problem(("lead_time",), "maximum", message, info)])
    codes = [name for name in ("internal_barcode", "registered_barcode") if given.get(name)]
    return {**given, **{name: given[name].upper() for name in codes}}


def _creating(account: Account, given: Record) -> Record:
    owners = {"product_id": "products", "material_id": "materials"}
    if sum(given.get(name) is not None for name in owners) != 1:
        message = "must have either product_id or material_id"
        raise invalid([Problem((), "oneOf", message, {"properties": list(owners)})])
    usage.require_named(account, given, **owners)
    return add_variant(account, given)


def _updating(_account: Account, _before: Record, given: Record) -> Record:
    return _read(given)


def _deleting(account: Account, record: Record) -> None:
    usage.refuse_if_used(account, record, f"The variant {record['id']}")
    usage.delete_stock(account, record)


def _find(account: Account, record: Record, name: str) -> Any:
    """Return the value of a field that a search names."""
    if name == "custom_fields":
        return present_custom_fields(account, record[name], "default")
    if name == "item_id":
        return record[f"{record['type']}_id"]
    return record["type" if name == "item_type" else name]


VARIANTS = Collection(
    layout=VARIANT_LAYOUT,
    present=present_variant,
    checking=check_custom_fields,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    more=(search_operation("variants", present_found_variant, _find),),
)
