"""Seeded users, operators, tax rates, additional costs, custom fields and webhooks."""

from collections.abc import Callable
from typing import Any

from ..store import Layout, Record, UuidIds
from ..tables.settings import USER
from . import words
from .base import RecordRandom, id_of
from .plan import SeedPlan

_CHANNELS = {"choices": [{"id": 1, "label": "Online"}, {"id": 2, "label": "Showroom"}]}
# The label, type, entity, options and a value of each definition; each entity type has one.
_DEFINITIONS: tuple[tuple[str, str, str, Record | None, Any], ...] = (
    ("Door code", "shortText", "SalesOrder", None, "Door code 7"),
    ("Stairs", "number", "SalesOrder", None, 5),
    ("Channel", "singleSelect", "SalesOrder", _CHANNELS, 1),
    ("Gift wrap", "boolean", "SalesOrderRow", {"appearsOn": ["SalesOrderRow"]}, True),
    ("Finish", "shortText", "ProductVariant", None, "Oiled"),
    ("Moisture", "number", "MaterialVariant", None, 8.5),
    ("Terms", "url", "ServiceVariant", None, "https://nordwall.example/terms"),
    ("Gate", "shortText", "PurchaseOrder", None, "North"),
    ("Inspected", "boolean", "PurchaseOrderRow", None, False),
    ("Pick-up", "date", "OutsourcedPurchaseOrder", None, "2024-05-02"),
    ("Coating", "shortText", "OutsourcedPurchaseOrderRow", None, "Matt"),
    ("Shift", "shortText", "ProductionOperation", None, "Early"),
    ("Cut list", "url", "RecipeBom", None, "https://nordwall.example/cuts"),
    ("Rating", "number", "Supplier", None, 4),
    ("Newsletter", "boolean", "Customer", None, True),
)
# The entity types of the tables whose records have objects of custom fields.
ENTITIES = {
    "sales_orders": "SalesOrder",
    "sales_order_rows": "SalesOrderRow",
    "purchase_orders": "PurchaseOrder",
    "purchase_order_rows": "PurchaseOrderRow",
    "outsourced_purchase_order_recipe_rows": "OutsourcedPurchaseOrderRow",
    "product_operation_rows": "ProductionOperation",
    "manufacturing_orders": "ProductionOperation",
    "manufacturing_order_operation_rows": "ProductionOperation",
    "bom_rows": "RecipeBom",
    "manufacturing_order_recipe_rows": "RecipeBom",
    "suppliers": "Supplier",
    "customers": "Customer",
}
# The ids of definitions do not depend on the seed.
DEFINITION_IDS = UuidIds(0x5B2A9F34)
CUSTOM_FIELDS = (DEFINITION_IDS.id(0), DEFINITION_IDS.id(1))


def custom_fields_of(layout: Layout) -> Callable[[int], Record | None] | None:
    """Return a function that returns the custom fields of a record by its index.

    Every fourth record has some.

    Returns:
        None if the table's records have no custom fields, or an array of them.
    """
    if "custom_fields" not in layout.fields or layout.name not in ENTITIES:
        return None
    values = {
        DEFINITION_IDS.id(index): value
        for index, (*_, entity, _, value) in enumerate(_DEFINITIONS)
        if entity == ENTITIES[layout.name]
    }
    return lambda index: None if index % 4 else dict(values)


def add(plan: SeedPlan) -> None:
    """Add the tables to a plan."""
    plan.add("users", _user, count=3)
    plan.add("operators", _operator, count=4)
    plan.add("tax_rates", _tax_rate, count=3)
    plan.add("additional_costs", lambda i, _rng, _at: {"name": words.COSTS[i]}, count=3)
    plan.add("custom_field_definitions", _definition, count=len(_DEFINITIONS))
    plan.add(
        "custom_fields_collections", lambda i, _rng, _at: {"name": words.COLLECTIONS[i]}, count=2
    )
    plan.add("webhooks", _webhook, count=1)


def _user(index: int, rng: RecordRandom, _at: int) -> Record:
    """Return the owner of the API key, or another user."""
    first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
    email = f"{first}.{last}.{index}@nordwall.example".lower()
    person = {"firstName": first, "lastName": last, "email": email}
    return person if index else {name: USER[name] for name in person}


def _operator(index: int, rng: RecordRandom, _at: int) -> Record:
    """Return an operator with two resources; the last one works in the warehouse."""
    in_warehouse = index == 3
    resources = [id_of("resources", index), id_of("resources", index + 1)]
    return {
        "operator_name": f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}",
        "working_area": "warehouse" if in_warehouse else "shopFloor",
        "resource_ids": [] if in_warehouse else resources,
    }


def _tax_rate(index: int, _rng: RecordRandom, _at: int) -> Record:
    rate, first = (20, 9, 0)[index], index == 0
    return {
        **dict.fromkeys(("name", "display_name"), f"{rate}% VAT"),
        "rate": rate,
        **dict.fromkeys(("is_default_sales", "is_default_purchases"), first),
    }


def _definition(index: int, _rng: RecordRandom, _at: int) -> Record:
    label, field_type, entity_type, options, _ = _DEFINITIONS[index]
    return {
        "label": label,
        "field_type": field_type,
        "entity_type": entity_type,
        "source": "nordwall",
        "description": "Flights of stairs at the door." if index == 1 else None,
        "options": options,
    }


def _webhook(_index: int, rng: RecordRandom, _at: int) -> Record:
    return {
        "url": "https://shop.nordwall.example/katana",
        "token": f"{rng.randbelow(2**63):016x}",
        "enabled": False,
        "description": "Sends the status of orders to the web shop.",
        "subscribed_events": ["sales_order.delivered", "sales_order.updated"],
    }
