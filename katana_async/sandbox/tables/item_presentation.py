"""The presentation of products, materials and variants, which can contain each other."""

from typing import Any

from attrs import evolve

from ..account import AccountState
from ..amounts import format_number
from ..endpoints import Call, Presentation
from ..errors import RequestRefused
from ..store import Record
from .suppliers import present_embedded_supplier

_OWNERS = (("product", "products"), ("material", "materials"), ("service", "services"))
_OBJECTS = "default"
_SEARCH_ITEM_FIELDS = (
    *("id", "name", "uom", "category_name", "batch_tracked", "purchase_uom"),
    *("purchase_uom_conversion_rate", "created_at", "updated_at"),
)


def check_custom_fields(call: Call) -> None:
    """Check that custom fields in a request have the form of its header and of the account.

    Raises:
        RequestRefused: 422, the form is another.
    """
    objects = custom_fields_format(call.account, call.format) == _OBJECTS
    body: Record = call.body or {}
    of_all = [each.get("custom_fields") for each in (body, *body.get("variants", ()))]
    if any(isinstance(each, dict) is not objects for each in of_all if each is not None):
        raise _refuse(
            f"custom_fields must be an {'object' if objects else 'array'} in this format."
        )
    if objects and body.get("custom_field_collection_id") is not None:
        raise _refuse("custom_field_collection_id has no meaning in the object format.")


def custom_fields_format(account: AccountState, asked: str | None) -> str:
    """Return the form of custom fields of items in an answer: `legacy` or `default`.

    Raises:
        RequestRefused: 422, the account lacks the requested form.
    """
    has = account.oddities.item_custom_fields
    forms = ("legacy", _OBJECTS) if has == "both" else (has,)
    if (form := asked or forms[0]) not in forms:
        named = "object" if form == _OBJECTS else form
        raise _refuse(f"The {named} custom fields format is not available for this account")
    return form


def _refuse(message: str) -> RequestRefused:
    return RequestRefused(422, "UnprocessableEntityError", message)


def present_custom_fields(account: AccountState, held: Any, form: str) -> Any:
    """Return the custom fields of a variant in a form, converted if they are stored in the other.

    Names in arrays are the labels of definitions. A conversion leaves out fields without one.
    """
    if isinstance(held, dict) is (form == _OBJECTS):
        return held
    rows = list(account.store["custom_field_definitions"])
    existing = [each for each in rows if each["entity_type"].endswith("Variant")]
    if form == _OBJECTS:
        ids = {each["label"]: each["id"] for each in existing}
        found = [(ids.get(each["field_name"]), each["field_value"]) for each in held]
        return {key: value for key, value in found if key is not None} or None
    values = [(each["label"], held.get(each["id"])) for each in existing]
    return [
        {"field_name": label, "field_value": str(value)}
        for label, value in values
        if value is not None
    ]


def present_item(presentation: Presentation) -> Record:
    """Return a product or material as an answer shows it, with its variants."""
    account, record = presentation.account, presentation.record
    kind = kind_of(record)
    variants = account.store["variants"].children(f"{kind}_id", record["id"])
    rate = record["purchase_uom_conversion_rate"]
    result = {
        **record,
        "type": kind,
        "additional_info": record["additional_info"] or "",
        "purchase_uom_conversion_rate": None if rate is None else format_number(rate),
        "configs": [{**config, "product_id": record["id"]} for config in record["configs"]],
        "variants": [_inner_variant(_inner(presentation, each), kind) for each in variants],
    }
    if custom_fields_format(account, presentation.format) == _OBJECTS:
        del result["custom_field_collection_id"]
    if record["deleted_at"] is None:
        del result["deleted_at"]
    if presentation.action == "create":
        del result["archived_at"]
    if "supplier" in presentation.extended:
        result["supplier"] = present_embedded_supplier(account, record["default_supplier_id"])
    return result


def present_variant(presentation: Presentation) -> Record:
    """Return a variant as answers outside of items show it.

    The answer to a PATCH without config_attributes has none.
    """
    account, record = presentation.account, presentation.record
    form = custom_fields_format(account, presentation.format)
    result = {
        **record,
        "sales_price": record["sales_price"] or 0,
        "custom_fields": present_custom_fields(account, record["custom_fields"], form),
    }
    del result["archived_at"], result["service_id"], result["default_cost"]
    if presentation.action == "update" and "config_attributes" not in presentation.body:
        result["config_attributes"] = []
    if "product_or_material" in presentation.extended:
        owner = None if record["service_id"] else owner_of(account, record)
        result["product_or_material"] = {}
        if owner is not None:
            result["product_or_material"] = present_item(_inner(presentation, owner))
    return result


def present_found_variant(presentation: Presentation) -> Record:
    """Return a variant as a search shows it."""
    record = presentation.record
    result = present_variant(evolve(presentation, extended=frozenset[str]()))
    kind = result.pop("type")
    result["item_type"], result["item_id"] = kind, record[f"{kind}_id"]
    del result["product_id"], result["material_id"]
    if (
        "item" in presentation.extended
        and (owner := owner_of(presentation.account, record)) is not None
    ):
        result["item"] = {**{name: owner.get(name) for name in _SEARCH_ITEM_FIELDS}, "type": kind}
    return result


def owner_of(account: AccountState, variant: Record) -> Record | None:
    """Return the product, material or service of a variant, deleted or not."""
    for kind, table in _OWNERS:
        if variant[f"{kind}_id"] is not None:
            return account.store[table].get(variant[f"{kind}_id"], deleted=True)
    return None


def kind_of(item: Record) -> str:
    """Return whether an item is a `product` or a `material`."""
    return "product" if "is_producible" in item else "material"


def _inner(presentation: Presentation, record: Record) -> Presentation:
    return evolve(presentation, record=record, action="get", extended=frozenset[str]())


def _inner_variant(presentation: Presentation, kind: str) -> Record:
    result = {**present_variant(presentation), "sales_price": presentation.record["sales_price"]}
    del result["abc_classification"]
    if kind == "product":
        del result["material_id"], result["deleted_at"]
    return result
