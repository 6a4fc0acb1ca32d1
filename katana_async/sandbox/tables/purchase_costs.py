"""Additional costs and bills of purchase orders, and the ingredients of outsourced ones."""

from ..account import Account
from ..errors import Problem, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage
from .money import BASE_CURRENCY, in_base_currency, padded
from .tracing import TRACED, traced

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
        **TRACED,
    },
    links=("purchase_order_row_id", "ingredient_variant_id"),
)


def _present_cost(showing: Showing) -> Record:
    """Write a cost, in the currency of the order that it is for."""
    account = showing.account
    shown = dict(showing.record)
    order = account.store["purchase_orders"].get(shown.pop("order_id"), deleted=True)
    tax = account.store["tax_rates"].get(shown["tax_rate_id"], deleted=True)
    cost = account.store["additional_costs"].get(shown["additional_cost_id"], deleted=True)
    assert order is not None
    return {
        **shown,
        "name": cost["name"] if cost else "",
        "currency_conversion_rate": order["conversion_rate"],
        "currency_conversion_rate_fix_date": order["conversion_date"],
        "price_in_base": in_base_currency(shown["price"], order["conversion_rate"]),
        "tax_rate": tax["rate"] if tax else None,
    }


def _order_of(account: Account, group: int) -> Record:
    """Return the order that a group of received items is in."""
    orders = account.store["purchase_orders"]
    for order in orders:
        if order["default_group_id"] == group:
            return order
    for row in account.store["purchase_order_rows"]:
        found = orders.get(row["purchase_order_id"]) if row["group_id"] == group else None
        if found is not None:
            return found
    message = "must be the group_id of a purchase order or of its rows"
    raise invalid([Problem(("group_id",), "reference", message, {})])


def _read_cost(account: Account, _before: Record, given: Record) -> Record:
    tables = {"additional_cost_id": "additional_costs", "tax_rate_id": "tax_rates"}
    for name, table in tables.items():
        if name in given:
            usage.require(account, table, given[name], name)
    return given


def _creating_cost(account: Account, given: Record) -> Record:
    _read_cost(account, {}, given)
    order = _order_of(account, given["group_id"])
    links = {"order_id": order["id"], "currency": order["currency"]}
    return account.store[COST_ROW_LAYOUT.name].create({**given, **links})


def _present_recipe_row(showing: Showing) -> Record:
    shown = dict(showing.record)
    if showing.how in ("create", "update"):
        for name in ("ingredient_availability", "ingredient_expected_date", "traceability"):
            del shown[name]
    if showing.how == "create":
        shown["planned_quantity_per_unit"] = padded(shown["planned_quantity_per_unit"], 20)
    return shown


def _present_bill(showing: Showing) -> Record:
    shown = dict(showing.record)
    shown["createdAt"] = shown.pop("created_at")
    del shown["updated_at"], shown["deleted_at"]
    return shown


def _creating_recipe_row(account: Account, given: Record) -> Record:
    named = "purchase_order_row_id"
    row = usage.require(account, "purchase_order_rows", given[named], named)
    values = _read_recipe_row(account, row, given)
    values["purchase_order_id"] = row["purchase_order_id"]
    return account.store[RECIPE_ROW_LAYOUT.name].create(values)


def _read_recipe_row(account: Account, _before: Record, given: Record) -> Record:
    named = "ingredient_variant_id"
    if named in given:
        usage.require(account, "variants", given[named], named)
    return {**given, **(traced(given, 0) if "batch_transactions" in given else {})}


COST_ROWS = Collection(
    layout=COST_ROW_LAYOUT, present=_present_cost, creating=_creating_cost, updating=_read_cost
)
BILLS = Collection(layout=BILL_LAYOUT, present=_present_bill)
RECIPE_ROWS = Collection(
    layout=RECIPE_ROW_LAYOUT,
    present=_present_recipe_row,
    creating=_creating_recipe_row,
    updating=_read_recipe_row,
)
