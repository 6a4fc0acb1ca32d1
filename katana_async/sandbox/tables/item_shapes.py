"""How products, materials and variants are written; each can hold the others."""

from ..account import Account
from ..operations import Showing
from ..store import Record
from .suppliers import embedded_supplier


def present_item(showing: Showing) -> Record:
    """Write a product or a material, with its variants."""
    account, record = showing.account, showing.record
    kind = kind_of(record)
    variants = account.store["variants"].children(f"{kind}_id", record["id"])
    shown = {
        **record,
        "type": kind,
        "configs": [{**config, "product_id": record["id"]} for config in record["configs"]],
        "variants": [_inner_variant(account, each, kind) for each in variants],
    }
    if record["deleted_at"] is None:
        del shown["deleted_at"]
    if showing.how == "create":
        del shown["archived_at"]
    if "supplier" in showing.extended:
        shown["supplier"] = embedded_supplier(account, record["default_supplier_id"])
    return shown


def present_variant(showing: Showing) -> Record:
    """Write a variant, as collections other than services show it."""
    shown = dict(showing.record)
    del shown["archived_at"], shown["service_id"], shown["default_cost"]
    if "product_or_material" in showing.extended:
        owner = owner_of(showing.account, showing.record)
        inner = {} if owner is None else present_item(Showing(showing.account, owner, "get"))
        shown["product_or_material"] = inner
    return shown


def owner_of(account: Account, variant: Record) -> Record | None:
    """Return the product or material that a variant is one of, deleted or not."""
    for table, owner in (("products", "product_id"), ("materials", "material_id")):
        if variant[owner] is not None:
            return account.store[table].get(variant[owner], deleted=True)
    return None


def kind_of(item: Record) -> str:
    """Tell whether an item is a `product` or a `material`."""
    return "product" if "is_producible" in item else "material"


def _inner_variant(account: Account, variant: Record, kind: str) -> Record:
    shown = present_variant(Showing(account, variant, "get"))
    del shown["abc_classification"]
    if kind == "product":
        del shown["material_id"], shown["deleted_at"]
    return shown
