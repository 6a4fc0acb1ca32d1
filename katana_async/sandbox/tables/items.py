"""Products and materials."""

from typing import Any

from ..account import AccountState
from ..endpoints import Call, CollectionSpec
from ..errors import ErrorDetail, unprocessable
from ..store import Layout, Record
from . import references
from .item_presentation import check_custom_fields, present_item
from .variants import add_variant

_COMMON: Record = {
    "name": "",
    "uom": "pcs",
    "category_name": None,
    "additional_info": None,
    "default_supplier_id": None,
    "batch_tracked": False,
    "purchase_uom": None,
    "purchase_uom_conversion_rate": None,
    "custom_field_collection_id": None,
    "configs": (),
    "archived_at": None,
}
PRODUCT_LAYOUT = Layout(
    name="products",
    first=1_000_001,
    fields={
        **_COMMON,
        "is_sellable": True,
        "is_producible": False,
        "is_purchasable": False,
        "is_auto_assembly": False,
        "serial_tracked": False,
        "operations_in_sequence": False,
    },
)
MATERIAL_LAYOUT = Layout(
    name="materials", first=3_000_001, fields={**_COMMON, "is_sellable": False}
)


def _check(call: Call) -> None:
    """Check rules that the document lacks: custom fields, and an id or name of each config."""
    check_custom_fields(call)
    body: Record = call.body or {}
    for index, config in enumerate(body.get("configs", ())):
        if not config.keys() & {"id", "name"}:
            detail = ErrorDetail(("configs", index), "anyOf", "must have id or name", {})
            raise unprocessable(detail)


def _configs(account: AccountState, body: Any, before: Any = ()) -> list[Record]:
    existing = {config["id"]: config for config in before}
    return [
        {
            "id": config["id"]
            if config.get("id") in existing
            else account.store.next_number("config"),
            "name": config.get("name", existing.get(config.get("id"), {}).get("name")),
            "values": config["values"],
        }
        for config in body
    ]


def _collection(layout: Layout) -> CollectionSpec:
    table, kind = layout.name, layout.name.removesuffix("s")

    def create(account: AccountState, body: Record) -> Record:
        """Create an item and its variants; the item stays if a variant is refused."""
        references.require_all(account, body, default_supplier_id="suppliers")
        values = {**body, "configs": _configs(account, body.get("configs", ()))}
        variants = values.pop("variants")
        item = account.store[table].create(values)
        for variant in variants:
            add_variant(account, {**variant, f"{kind}_id": item["id"]})
        return item

    def read_changes(account: AccountState, before: Record, body: Record) -> Record:
        references.require_all(account, body, default_supplier_id="suppliers")
        changes = dict(body)
        if "configs" in body:
            changes["configs"] = _configs(account, body["configs"], before["configs"])
        if (archive := changes.pop("is_archived", None)) is not None:
            at = (before["archived_at"] or account.now()) if archive else None
            changes["archived_at"] = at

            for variant in account.store["variants"].children(f"{kind}_id", before["id"]):
                references.archive_variant(account, variant, at)
        return changes

    def before_delete(account: AccountState, record: Record) -> None:
        variants = account.store["variants"].children(f"{kind}_id", record["id"])
        for variant in variants:
            references.refuse_if_used(account, variant, f"The {kind} {record['id']}")
        for variant in variants:
            references.delete_variant(account, variant)

    return CollectionSpec(
        layout=layout,
        present=present_item,
        check_call=_check,
        create=create,
        read_changes=read_changes,
        before_delete=before_delete,
        cleared_fields=("additional_info",),
    )


PRODUCTS = _collection(PRODUCT_LAYOUT)
MATERIALS = _collection(MATERIAL_LAYOUT)
