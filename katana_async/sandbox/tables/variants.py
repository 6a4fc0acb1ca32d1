"""Variants: what a product or material is stocked, priced and ordered as."""

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Collection
from ..query import (
    IDS,
    INCLUDE_ARCHIVED,
    INCLUDE_DELETED,
    Param,
    amount,
    extend,
    reference,
    text,
    texts,
)
from ..schema import INT32, Items, Number, Text, body
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

CONFIG_ATTRIBUTES = body(("config_name", "config_value"), config_name=Text(), config_value=Text())
CUSTOM_FIELDS = body(("field_name", "field_value"), field_name=Text(), field_value=Text())


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


_AMOUNT = Number(minimum=0, maximum=INT32, nullable=True)
_PRICE = Number(minimum=0, maximum=100_000_000_000, nullable=True)
_CHANGED_ATTRIBUTES = body(
    ("config_name", "config_value"), config_name=Text(least=1), config_value=Text(least=1)
)

VARIANTS = Collection(
    layout=VARIANT_LAYOUT,
    present=present_variant,
    params=(
        IDS,
        reference("product_id"),
        reference("material_id"),
        texts("sku"),
        amount("sales_price"),
        amount("purchase_price"),
        text("type", one_of=("product", "material")),
        text("internal_barcode"),
        text("registered_barcode"),
        text("abc_classification", one_of=("A", "B", "C")),
        Param(
            "supplier_item_codes",
            many=True,
            field="supplier_item_codes",
            fits=lambda codes, asked: not asked.isdisjoint(codes),
        ),
        INCLUDE_DELETED,
        INCLUDE_ARCHIVED,
        extend("product_or_material"),
    ),
    dates=True,
    get_params=(extend("product_or_material"),),
    create=body(
        config_attributes=Items(of=CONFIG_ATTRIBUTES, least=1),
        custom_fields=Items(of=CUSTOM_FIELDS, most=3),
        internal_barcode=Text(least=3, most=40),
        lead_time=_AMOUNT,
        material_id=Number(maximum=INT32),
        minimum_order_quantity=_AMOUNT,
        product_id=Number(maximum=INT32),
        purchase_price=_PRICE,
        registered_barcode=Text(most=120),
        sales_price=_PRICE,
        sku=Text(),
        supplier_item_codes=Items(of=Text(), least=1),
    ),
    update=body(
        config_attributes=Items(of=_CHANGED_ATTRIBUTES),
        custom_fields=Items(of=CUSTOM_FIELDS),
        internal_barcode=Text(least=3, most=40, nullable=True),
        lead_time=_AMOUNT,
        minimum_order_quantity=_AMOUNT,
        purchase_price=_PRICE,
        registered_barcode=Text(least=1, most=120, nullable=True),
        sales_price=_PRICE,
        sku=Text(least=1, nullable=True),
        supplier_item_codes=Items(of=Text(), least=0),
    ),
    deletes=True,
    creating=_creating,
    deleting=_deleting,
)
