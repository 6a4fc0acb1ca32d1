"""Variants: what a product or material is stocked, priced and ordered as."""

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Collection
from ..store import Record
from . import usage
from .item_shapes import present_variant

VARIANT_LAYOUT = Layout(
    name="variants",
    first=2_000_001,
    fields={
        "sku": None,
        "type": "product",
        "product_id": None,
        "material_id": None,
        "service_id": None,
        "sales_price": None,
        "purchase_price": 0,
        "default_cost": None,
        "config_attributes": (),
        "custom_fields": (),
        "internal_barcode": None,
        "registered_barcode": None,
        "supplier_item_codes": (),
        "lead_time": None,
        "minimum_order_quantity": None,
        "abc_classification": None,
        "archived_at": None,
    },
    links=("product_id", "material_id", "service_id"),
)


def add_variant(account: Account, given: Record) -> Record:
    """Create a variant with its stock, one row for each location."""
    kind = "material" if given.get("material_id") is not None else "product"
    values = {name: value for name, value in given.items() if value is not None}
    variant = account.store["variants"].create({**values, "type": kind})
    usage.add_stock(account, variant)
    return variant


def _creating(account: Account, given: Record) -> Record:
    owners = [("product_id", "products"), ("material_id", "materials")]
    named = [(name, table) for name, table in owners if given.get(name) is not None]
    if len(named) != 1:
        message = "must have either product_id or material_id"
        raise invalid(
            [Problem((), "oneOf", message, {"properties": ["product_id", "material_id"]})]
        )
    name, table = named[0]
    usage.require(account, table, given[name], name)
    return add_variant(account, given)


def _deleting(account: Account, record: Record) -> None:
    usage.refuse_if_used(account, record, f"The variant {record['id']}")
    usage.delete_stock(account, record)


VARIANTS = Collection(
    layout=VARIANT_LAYOUT,
    present=present_variant,
    creating=_creating,
    deleting=_deleting,
)
