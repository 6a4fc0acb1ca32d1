"""How products, materials and variants are written; each can hold the others."""

from ..account import Account
from ..operations import How
from ..store import Id, Record
from .suppliers import embedded_supplier

_NOTHING: frozenset[str] = frozenset()


def present_item(
    account: Account, record: Record, how: How, extended: frozenset[str] = _NOTHING
) -> Record:
    """Write a product or a material, with its variants."""
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
    if how == "create":
        del shown["archived_at"]
    if "supplier" in extended:
        shown["supplier"] = embedded_supplier(account, record["default_supplier_id"])
    return shown


def present_variant(
    account: Account, record: Record, how: How, extended: frozenset[str] = _NOTHING
) -> Record:
    """Write a variant."""
    shown = dict(record)
    del shown["archived_at"]
    if "product_or_material" in extended:
        owner = owner_of(account, record)
        shown["product_or_material"] = {} if owner is None else present_item(account, owner, "get")
    return shown


def owner_of(account: Account, variant: Record) -> Record | None:
    """Return the product or material that a variant is one of, deleted or not."""
    owners: tuple[tuple[str, Id | None], ...] = (
        ("products", variant["product_id"]),
        ("materials", variant["material_id"]),
    )
    for table, id in owners:
        if id is not None:
            return account.store[table].get(id, deleted=True)
    return None


def kind_of(item: Record) -> str:
    """Tell whether an item is a `product` or a `material`."""
    return "product" if "is_producible" in item else "material"


def _inner_variant(account: Account, variant: Record, kind: str) -> Record:
    shown = present_variant(account, variant, "get")
    del shown["abc_classification"]
    if kind == "product":
        del shown["material_id"], shown["deleted_at"]
    return shown
