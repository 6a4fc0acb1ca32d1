"""Products and materials: what the manufacturer makes, sells and buys."""

from collections.abc import Callable
from typing import Any

from ..account import Account
from ..layout import Layout
from ..operations import Collection
from ..store import Record
from . import usage
from .item_shapes import present_item
from .suppliers import require_supplier
from .variants import add_variant

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


PRODUCTS = Collection(
    layout=PRODUCT_LAYOUT,
    present=present_item,
    creating=_creating("products"),
    updating=_updating("products"),
    deleting=_deleting("products"),
    wiped=("additional_info",),
)
MATERIALS = Collection(
    layout=MATERIAL_LAYOUT,
    present=present_item,
    creating=_creating("materials"),
    updating=_updating("materials"),
    deleting=_deleting("materials"),
    wiped=("additional_info",),
)
