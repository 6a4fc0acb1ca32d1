"""The layout and presentation of manufacturing orders and their rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..amounts import format_number, number, sum_field
from ..endpoints import Presentation
from ..store import Layout, Record
from . import manufacturing_stock
from .traceability import ITEM_FIELDS
from .workshop import WORK, cost_of, planned_time, present_work

ORDER_LAYOUT = Layout(
    name="manufacturing_orders",
    first=20_000_001,
    fields={
        "order_no": "",
        "variant_id": None,
        "location_id": None,
        "status": "NOT_STARTED",
        "planned_quantity": 1,
        "actual_quantity": None,
        "order_created_date": None,
        "production_deadline_date": None,
        "done_date": None,
        "additional_info": None,
        "sales_order_id": None,
        "sales_order_row_id": None,
        "sales_order_delivery_deadline": None,
        "ingredient_availability": "NO_RECIPE",
        "custom_fields": None,
        **ITEM_FIELDS,
    },
    links=("variant_id",),
)
RECIPE_ROW_LAYOUT = Layout(
    name="manufacturing_order_recipe_rows",
    first=20_200_001,
    fields={
        "manufacturing_order_id": None,
        "variant_id": None,
        "notes": None,
        "planned_quantity_per_unit": 0,
        "total_actual_quantity": None,
        "ingredient_availability": "NOT_AVAILABLE",
        "ingredient_expected_date": None,
        "custom_fields": None,
        **ITEM_FIELDS,
    },
    links=("manufacturing_order_id", "variant_id"),
)
OPERATION_ROW_LAYOUT = Layout(
    name="manufacturing_order_operation_rows",
    first=20_400_001,
    fields={
        "manufacturing_order_id": None,
        **WORK,
        "status": "NOT_STARTED",
        "assigned_operators": (),
        "completed_by_operators": (),
        "active_operator_id": None,
        "total_actual_time": None,
        "completed_at": None,
    },
    links=("manufacturing_order_id",),
)


def present_order(presentation: Presentation) -> Record:
    """Return an order as an answer shows it; its costs are null before the first production."""
    account, order = presentation.account, presentation.record
    productions = manufacturing_stock.productions_of(account, order)
    uses = [
        use for each in productions for use in manufacturing_stock.ingredients_in(account, each)
    ]
    work = [each for created in productions for each in created["operations"]]
    parts = [use for use in uses if _is_product(account, use)]
    costs = {
        "material_cost": [use for use in uses if use not in parts],
        "subassemblies_cost": parts,
        "operations_cost": work,
    }
    rows = manufacturing_stock.operations_of(account, order)
    planned_times = (planned_time(row, order["planned_quantity"]) for row in rows)
    traced = {
        name: order[name] or [item for each in productions for item in each[name]]
        for name in ITEM_FIELDS
    }
    created, done = sum_field(productions, "quantity"), order["status"] == "DONE"
    left = max(Decimal(order["planned_quantity"]) - created, Decimal(0))
    return {
        **order,
        **traced,
        "additional_info": order["additional_info"] or "",
        "serial_numbers": [
            each for created in productions for each in serials_of(account, created)
        ],
        "actual_quantity": number(created) if done else order["actual_quantity"],
        "completed_quantity": number(created),
        "remaining_quantity": 0 if done else number(left),
        "includes_partial_completions": any(not each["is_final"] for each in productions),
        "is_linked_to_sales_order": order["sales_order_row_id"] is not None,
        **{name: _cost_of(each) if productions else None for name, each in costs.items()},
        "total_cost": _cost_of([*uses, *work]),
        "total_planned_time": number(sum(planned_times, Decimal(0))),
        "total_actual_time": number(sum_field(work, "time")),
    }


def read_order_field(account: AccountState, order: Record, name: str) -> Any:
    """Return the value of a field for a search."""
    if name in order:
        return order[name]
    return present_order(Presentation(account, order, "search")).get(name)


def present_recipe_row(presentation: Presentation) -> Record:
    """Return an ingredient as an answer shows it; it has a cost once its order is DONE."""
    account, row = presentation.account, presentation.record
    order, uses = _order_of(account, row), manufacturing_stock.uses_of(account, row)
    used, done = sum_field(uses, "quantity"), order["status"] == "DONE"
    actual = used if done else row["total_actual_quantity"]
    left = max(manufacturing_stock.required_quantity(order, row) - used, Decimal(0))
    return {
        **row,
        "planned_quantity_per_unit": format_number(row["planned_quantity_per_unit"]),
        "total_actual_quantity": None if actual is None else format_number(actual),
        "total_consumed_quantity": number(used),
        "total_remaining_quantity": 0 if done else number(left),
        "cost": format_number(_cost_of(uses)) if done else None,
    }


def present_operation_row(presentation: Presentation) -> Record:
    """Return an operation as an answer shows it; time and cost are null until completion."""
    account, row = presentation.account, presentation.record
    order = _order_of(account, row)
    productions = manufacturing_stock.productions_of(account, order)
    work = [each for created in productions for each in created["operations"]]
    took = [each for each in work if each["manufacturing_order_operation_id"] == row["id"]]
    time = sum_field(took, "time")
    actual = time if row["total_actual_time"] is None else Decimal(row["total_actual_time"])
    created = sum_field(productions, "quantity")
    done = order["status"] == "DONE" or row["status"] == "COMPLETED"
    left = max(planned_time(row, order["planned_quantity"]) - actual, Decimal(0))
    return {
        **row,
        **present_work(row, format_number),
        "is_status_actionable": order["status"] != "DONE",
        "total_actual_time": format_number(actual) if done else None,
        "total_actual_cost": format_number(cost_of(row, actual, created)) if done else None,
        "total_consumed_time": number(time),
        "total_remaining_time": 0 if done else number(left),
    }


def serials_of(account: AccountState, record: Record) -> list[Record]:
    """Return the serial numbers of a production's product as an answer shows them."""
    table = account.store["serial_number_transactions"]
    names = ("resource_id", "resource_type", "serial_number", "transaction_date")
    return [
        {
            "id": each["serial_number_id"],
            "transaction_id": each["id"],
            "quantity_change": each["quantity_change"],
            **{name: each[name] for name in names},
        }
        for each in table.children("resource_id", record["id"])
        if each["resource_type"] == "Production" and each["quantity_change"] > 0
    ]


def _order_of(account: AccountState, row: Record) -> Record:
    order = account.store["manufacturing_orders"].get(row["manufacturing_order_id"], deleted=True)
    assert order is not None
    return order


def _is_product(account: AccountState, row: Record) -> bool:
    variant = account.store["variants"].get(row["variant_id"], deleted=True)
    return variant is not None and variant["product_id"] is not None


def _cost_of(records: Sequence[Record]) -> int | Decimal:
    return number(sum_field(records, "cost"))
