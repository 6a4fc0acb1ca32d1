"""Additional costs and bills of purchase orders, and ingredients of outsourced ones."""

from ..account import AccountState
from ..amounts import BASE_CURRENCY, convert_to_base, format_padded
from ..endpoints import CollectionSpec, Presentation
from ..errors import invalid_reference
from ..store import Layout, Record
from . import references
from .traceability import ITEM_FIELDS, read_items

COST_ROW_LAYOUT = Layout(
    name="po_additional_cost_rows",
    first=6_400_001,
    fields={
        "additional_cost_id": None,
        "group_id": None,
        "price": 0,
        "distribution_method": "BY_VALUE",
        "tax_rate_id": None,
        "reference": None,
        "currency": BASE_CURRENCY,
        "order_id": None,
    },
    links=("order_id",),
)
BILL_LAYOUT = Layout(
    name="purchase_order_accounting_metadata",
    first=6_600_001,
    fields={
        "purchaseOrderId": None,
        "porReceivedGroupId": None,
        "billId": None,
        "integrationType": "quickBooks",
    },
)
RECIPE_ROW_LAYOUT = Layout(
    name="outsourced_purchase_order_recipe_rows",
    first=6_800_001,
    fields={
        "purchase_order_id": None,
        "purchase_order_row_id": None,
        "ingredient_variant_id": None,
        "planned_quantity_per_unit": 1,
        "notes": "",
        "ingredient_availability": "NOT_AVAILABLE",
        "ingredient_expected_date": None,
        "cost": None,
        "custom_fields": None,
        **ITEM_FIELDS,
    },
    links=("purchase_order_row_id", "ingredient_variant_id"),
)


def _present_cost(presentation: Presentation) -> Record:
    """Return a cost as an answer shows it, in the order's currency."""
    account = presentation.account
    result = dict(presentation.record)
    order = account.store["purchase_orders"].get(result.pop("order_id"), deleted=True)
    tax = account.store["tax_rates"].get(result["tax_rate_id"], deleted=True)
    cost = account.store["additional_costs"].get(result["additional_cost_id"], deleted=True)
    assert order is not None
    return {
        **result,
        "name": cost["name"] if cost else "",
        "currency_conversion_rate": order["conversion_rate"],
        "currency_conversion_rate_fix_date": order["conversion_date"],
        "price_in_base": convert_to_base(result["price"], order["conversion_rate"]),
        "tax_rate": tax["rate"] if tax else None,
    }


def _order_of(account: AccountState, group: int) -> Record:
    """Return the order of a group of received rows."""
    orders = account.store["purchase_orders"]
    for order in orders:
        if order["default_group_id"] == group:
            return order
    for row in account.store["purchase_order_rows"]:
        found = orders.get(row["purchase_order_id"]) if row["group_id"] == group else None
        if found is not None:
            return found
    raise invalid_reference("must be the group_id of a purchase order or of its rows", "group_id")


def _read_cost(account: AccountState, _before: Record, body: Record) -> Record:
    tables = {"additional_cost_id": "additional_costs", "tax_rate_id": "tax_rates"}
    for name, table in tables.items():
        if name in body:
            references.require(account, table, body[name], name)
    return body


def _create_cost(account: AccountState, body: Record) -> Record:
    _read_cost(account, {}, body)
    order = _order_of(account, body["group_id"])
    links = {"order_id": order["id"], "currency": order["currency"]}
    return account.store[COST_ROW_LAYOUT.name].create({**body, **links})


def _present_recipe_row(presentation: Presentation) -> Record:
    result = dict(presentation.record)
    if presentation.action in ("create", "update"):
        for name in ("ingredient_availability", "ingredient_expected_date", "traceability"):
            del result[name]
    if presentation.action == "create":
        result["planned_quantity_per_unit"] = format_padded(result["planned_quantity_per_unit"], 20)
    return result


def _present_bill(presentation: Presentation) -> Record:
    result = dict(presentation.record)
    result["createdAt"] = result.pop("created_at")
    del result["updated_at"], result["deleted_at"]
    return result


def _create_recipe_row(account: AccountState, body: Record) -> Record:
    named = "purchase_order_row_id"
    row = references.require(account, "purchase_order_rows", body[named], named)
    values = _read_recipe_row(account, row, body)
    values["purchase_order_id"] = row["purchase_order_id"]
    return account.store[RECIPE_ROW_LAYOUT.name].create(values)


def _read_recipe_row(account: AccountState, _before: Record, body: Record) -> Record:
    named = "ingredient_variant_id"
    if named in body:
        references.require(account, "variants", body[named], named)
    return {**body, **(read_items(body, 0) if "batch_transactions" in body else {})}


COST_ROWS = CollectionSpec(
    layout=COST_ROW_LAYOUT, present=_present_cost, create=_create_cost, read_changes=_read_cost
)
BILLS = CollectionSpec(layout=BILL_LAYOUT, present=_present_bill)
RECIPE_ROWS = CollectionSpec(
    layout=RECIPE_ROW_LAYOUT,
    present=_present_recipe_row,
    create=_create_recipe_row,
    read_changes=_read_recipe_row,
)
