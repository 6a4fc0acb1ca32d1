"""How products, materials and variants are written; each can hold the others."""

from typing import Any

from attrs import evolve

from ..account import Account
from ..errors import Refusal
from ..operations import Call, Showing
from ..store import Record
from .money import spelled
from .suppliers import embedded_supplier

_OWNERS = (("product", "products"), ("material", "materials"), ("service", "services"))
_OBJECTS = "default"
_ITEM_FOUND = (
    *("id", "name", "uom", "category_name", "batch_tracked", "purchase_uom"),
    *("purchase_uom_conversion_rate", "created_at", "updated_at"),
)


def check_custom_fields(call: Call) -> None:
    """Check that a request has the form of custom fields that it asks for, and the account has.

    Raises:
        Refusal: 422, it has not.
    """
    objects = form_of(call.account, call.format) == _OBJECTS
    body: Record = call.body or {}
    of_all = [each.get("custom_fields") for each in (body, *body.get("variants", ()))]
    if any(isinstance(each, dict) is not objects for each in of_all if each is not None):
        raise _refuse(
            f"custom_fields must be an {'object' if objects else 'array'} in this format."
        )
    if objects and body.get("custom_field_collection_id") is not None:
        raise _refuse("custom_field_collection_id has no meaning in the object format.")


def form_of(account: Account, asked: str | None) -> str:
    """Return the form of custom fields of items in an answer: `legacy` or `default`.

    Raises:
        Refusal: 422, the account lacks the form that is asked for.
    """
    has = account.oddities.item_custom_fields
    forms = ("legacy", _OBJECTS) if has == "both" else (has,)
    if (form := asked or forms[0]) not in forms:
        named = "object" if form == _OBJECTS else form
        raise _refuse(f"The {named} custom fields format is not available for this account")
    return form


def _refuse(message: str) -> Refusal:
    return Refusal(422, "UnprocessableEntityError", message)


def present_custom_fields(account: Account, held: Any, form: str) -> Any:
    """Write the custom fields of a variant in a form, whichever form they were written in.

    Fields of arrays have the labels of definitions as their names. Fields without a definition
    are left out of the other form.
    """
    if isinstance(held, dict) is (form == _OBJECTS):
        return held
    rows = list(account.store["custom_field_definitions"])
    known = [each for each in rows if each["entity_type"].endswith("Variant")]
    if form == _OBJECTS:
        ids = {each["label"]: each["id"] for each in known}
        found = [(ids.get(each["field_name"]), each["field_value"]) for each in held]
        return {key: value for key, value in found if key is not None} or None
    values = [(each["label"], held.get(each["id"])) for each in known]
    return [
        {"field_name": label, "field_value": str(value)}
        for label, value in values
        if value is not None
    ]


def present_item(showing: Showing) -> Record:
    """Write a product or a material, with its variants."""
    account, record = showing.account, showing.record
    kind = kind_of(record)
    variants = account.store["variants"].children(f"{kind}_id", record["id"])
    rate = record["purchase_uom_conversion_rate"]
    shown = {
        **record,
        "type": kind,
        "additional_info": record["additional_info"] or "",
        "purchase_uom_conversion_rate": None if rate is None else spelled(rate),
        "configs": [{**config, "product_id": record["id"]} for config in record["configs"]],
        "variants": [_inner_variant(_inner(showing, each), kind) for each in variants],
    }
    if form_of(account, showing.format) == _OBJECTS:
        del shown["custom_field_collection_id"]
    if record["deleted_at"] is None:
        del shown["deleted_at"]
    if showing.how == "create":
        del shown["archived_at"]
    if "supplier" in showing.extended:
        shown["supplier"] = embedded_supplier(account, record["default_supplier_id"])
    return shown


def present_variant(showing: Showing) -> Record:
    """Write a variant, as collections other than items show it.

    The answer to a PATCH that names no config_attributes has none.
    """
    account, record = showing.account, showing.record
    form = form_of(account, showing.format)
    shown = {
        **record,
        "sales_price": record["sales_price"] or 0,
        "custom_fields": present_custom_fields(account, record["custom_fields"], form),
    }
    del shown["archived_at"], shown["service_id"], shown["default_cost"]
    if showing.how == "update" and "config_attributes" not in showing.given:
        shown["config_attributes"] = []
    if "product_or_material" in showing.extended:
        owner = None if record["service_id"] else owner_of(account, record)
        shown["product_or_material"] = {}
        if owner is not None:
            shown["product_or_material"] = present_item(_inner(showing, owner))
    return shown


def present_found_variant(showing: Showing) -> Record:
    """Write a variant as a search finds it."""
    record = showing.record
    shown = present_variant(evolve(showing, extended=frozenset[str]()))
    kind = shown.pop("type")
    shown["item_type"], shown["item_id"] = kind, record[f"{kind}_id"]
    del shown["product_id"], shown["material_id"]
    if "item" in showing.extended and (owner := owner_of(showing.account, record)) is not None:
        shown["item"] = {**{name: owner.get(name) for name in _ITEM_FOUND}, "type": kind}
    return shown


def owner_of(account: Account, variant: Record) -> Record | None:
    """Return the product, material or service that a variant is one of, deleted or not."""
    for kind, table in _OWNERS:
        if variant[f"{kind}_id"] is not None:
            return account.store[table].get(variant[f"{kind}_id"], deleted=True)
    return None


def kind_of(item: Record) -> str:
    """Return whether an item is a `product` or a `material`."""
    return "product" if "is_producible" in item else "material"


def _inner(showing: Showing, record: Record) -> Showing:
    return evolve(showing, record=record, how="get", extended=frozenset[str]())


def _inner_variant(showing: Showing, kind: str) -> Record:
    shown = {**present_variant(showing), "sales_price": showing.record["sales_price"]}
    del shown["abc_classification"]
    if kind == "product":
        del shown["material_id"], shown["deleted_at"]
    return shown
