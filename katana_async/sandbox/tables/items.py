"""Products and materials: what the manufacturer makes, sells and buys."""

from collections.abc import Callable
from typing import Any

from ..account import Account
from ..layout import Layout
from ..operations import Collection
from ..query import (
    IDS,
    INCLUDE_ARCHIVED,
    INCLUDE_DELETED,
    Param,
    amount,
    extend,
    flag,
    reference,
    text,
)
from ..schema import INT32, Flag, Integer, Items, Number, Object, Schema, Text, body
from ..store import Record
from . import usage
from .item_shapes import present_item
from .suppliers import require_supplier
from .variants import CONFIG_ATTRIBUTES, CUSTOM_FIELDS, add_variant

PRODUCT_LAYOUT = Layout(
    name="products",
    first=1_000_001,
    fields={
        "name": "",
        "uom": "pcs",
        "category_name": None,
        "additional_info": None,
        "default_supplier_id": None,
        "is_sellable": True,
        "is_producible": False,
        "is_purchasable": False,
        "is_auto_assembly": False,
        "batch_tracked": False,
        "serial_tracked": False,
        "operations_in_sequence": False,
        "purchase_uom": None,
        "purchase_uom_conversion_rate": None,
        "custom_field_collection_id": None,
        "configs": (),
        "archived_at": None,
    },
)
MATERIAL_LAYOUT = Layout(
    name="materials",
    first=3_000_001,
    fields={
        "name": "",
        "uom": "pcs",
        "category_name": None,
        "additional_info": None,
        "default_supplier_id": None,
        "is_sellable": False,
        "batch_tracked": False,
        "purchase_uom": None,
        "purchase_uom_conversion_rate": None,
        "custom_field_collection_id": None,
        "configs": (),
        "archived_at": None,
    },
)


def _creating(table: str) -> Callable[[Account, Record], Record]:
    def creating(account: Account, given: Record) -> Record:
        values = {name: value for name, value in given.items() if name != "variants"}
        require_supplier(account, given, "default_supplier_id")
        values["configs"] = _configs(account, given.get("configs", ()))
        item = account.store[table].create(values)
        for variant in given["variants"]:
            add_variant(account, {**variant, f"{table[:-1]}_id": item["id"]})
        return item

    return creating


def _updating(table: str) -> Callable[[Account, Record, Record], Record]:
    def updating(account: Account, before: Record, given: Record) -> Record:
        require_supplier(account, given, "default_supplier_id")
        changes = {name: value for name, value in given.items() if name != "is_archived"}
        if "configs" in given:
            changes["configs"] = _configs(account, given["configs"], before["configs"])
        if "is_archived" in given:
            archived = (before["archived_at"] or account.now()) if given["is_archived"] else None
            changes["archived_at"] = archived
            for variant in account.store["variants"].children(f"{table[:-1]}_id", before["id"]):
                usage.archive_variant(account, variant, archived)
        return changes

    return updating


def _deleting(table: str) -> Callable[[Account, Record], None]:
    def deleting(account: Account, record: Record) -> None:
        variants = account.store["variants"].children(f"{table[:-1]}_id", record["id"])
        for variant in variants:
            usage.refuse_if_used(account, variant, f"The {table[:-1]} {record['id']}")
        for variant in variants:
            usage.delete_variant(account, variant)

    return deleting


def _configs(account: Account, given: Any, before: Any = ()) -> list[Record]:
    known = {config["id"]: config for config in before}
    return [
        {
            "id": config["id"] if config.get("id") in known else account.store.next("config"),
            "name": config.get("name", known.get(config.get("id"), {}).get("name")),
            "values": config["values"],
        }
        for config in given
    ]


def _spelled_flag(name: str) -> Param:
    """A filter by a field that is true or false, which the gateway declares as a string."""
    return Param(name, field=name, fits=lambda has, asked: str(has).lower() in asked)


_UOM = Text(least=1, most=7)
_PURCHASE_UOM = Text(least=1, most=7, nullable=True)
_NUMBER = Number()
_AMOUNT = Number(minimum=0, maximum=INT32, nullable=True)
_PRICE = Number(minimum=0, maximum=100_000_000_000, nullable=True)
_CODE = Text(least=3, most=40)

_CONFIG = body(("name", "values"), name=Text(), values=Items(of=Text()))
_CHANGED_CONFIG = body(("values",), id=_NUMBER, name=Text(), values=Items(of=Text()))
_CONFIGS = Items(of=_CONFIG, least=1, most=10)
_CHANGED_CONFIGS = Items(of=_CHANGED_CONFIG, least=1, most=10)


def _new_variant(**fields: Schema) -> Items:
    variant = body(
        config_attributes=Items(of=CONFIG_ATTRIBUTES, least=1),
        custom_fields=Items(of=CUSTOM_FIELDS, most=3),
        internal_barcode=_CODE,
        registered_barcode=_CODE,
        lead_time=_AMOUNT,
        minimum_order_quantity=_AMOUNT,
        purchase_price=_PRICE,
    )
    return Items(of=variant.plus(fields), least=1)


_UPDATE_MATERIAL: Object = body(
    additional_info=Text(least=1, nullable=True),
    batch_tracked=Flag(),
    category_name=Text(least=1, most=35, nullable=True),
    configs=_CHANGED_CONFIGS,
    custom_field_collection_id=Number(nullable=True),
    default_supplier_id=Integer(minimum=1, maximum=INT32, nullable=True),
    is_archived=Flag(),
    is_sellable=Flag(),
    name=Text(least=1, most=256),
    purchase_uom=_PURCHASE_UOM,
    purchase_uom_conversion_rate=_AMOUNT,
    uom=_UOM,
)
_FILTERS: tuple[Param, ...] = (
    IDS,
    text("name"),
    text("uom"),
    text("category_name"),
    flag("is_sellable"),
    reference("default_supplier_id"),
    _spelled_flag("batch_tracked"),
    text("purchase_uom"),
    amount("purchase_uom_conversion_rate"),
    INCLUDE_DELETED,
    INCLUDE_ARCHIVED,
    extend("supplier"),
)

PRODUCTS = Collection(
    layout=PRODUCT_LAYOUT,
    present=present_item,
    params=(
        *_FILTERS,
        flag("is_producible"),
        flag("is_purchasable"),
        flag("is_auto_assembly"),
        flag("operations_in_sequence"),
        _spelled_flag("serial_tracked"),
    ),
    dates=True,
    get_params=(extend("supplier"),),
    create=body(
        ("name", "variants"),
        additional_info=Text(),
        batch_tracked=Flag(),
        category_name=Text(least=1),
        configs=_CONFIGS,
        custom_field_collection_id=Number(nullable=True),
        default_supplier_id=Integer(maximum=INT32),
        is_auto_assembly=Flag(),
        is_producible=Flag(),
        is_purchasable=Flag(),
        is_sellable=Flag(),
        name=Text(least=1),
        operations_in_sequence=Flag(),
        purchase_uom=_PURCHASE_UOM,
        purchase_uom_conversion_rate=Number(maximum=1_000_000_000_000),
        serial_tracked=Flag(),
        uom=_UOM,
        variants=_new_variant(
            sales_price=_PRICE,
            sku=Text(least=1),
            supplier_item_codes=Items(of=Text(least=1, most=40)),
        ),
    ),
    update=_UPDATE_MATERIAL.plus(
        {
            "is_auto_assembly": Flag(),
            "is_producible": Flag(),
            "is_purchasable": Flag(),
            "operations_in_sequence": Flag(),
            "serial_tracked": Flag(),
        }
    ),
    deletes=True,
    creating=_creating("products"),
    updating=_updating("products"),
    deleting=_deleting("products"),
    wiped=("additional_info",),
)
MATERIALS = Collection(
    layout=MATERIAL_LAYOUT,
    present=present_item,
    params=_FILTERS,
    dates=True,
    get_params=(extend("supplier"),),
    create=body(
        ("name", "variants"),
        additional_info=Text(),
        batch_tracked=Flag(),
        category_name=Text(),
        configs=_CONFIGS,
        custom_field_collection_id=Number(nullable=True),
        default_supplier_id=_NUMBER,
        is_sellable=Flag(),
        name=Text(),
        purchase_uom=_PURCHASE_UOM,
        purchase_uom_conversion_rate=_NUMBER,
        uom=_UOM,
        variants=_new_variant(sku=Text(), supplier_item_codes=Items(of=Text())),
    ),
    update=_UPDATE_MATERIAL,
    deletes=True,
    creating=_creating("materials"),
    updating=_updating("materials"),
    deleting=_deleting("materials"),
    wiped=("additional_info",),
)
