"""How manufacturing orders and their rows are laid out and written."""

from decimal import Decimal
from typing import Any

from ..account import Account
from ..layout import Layout
from ..operations import Showing
from ..schema import number
from ..store import Id, Record
from . import ledger, production
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
        "batch_transactions": (),
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
        "batch_transactions": (),
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


def present_order(showing: Showing) -> Record:
    """Write an order, with what it costs: as planned, and as it was once there is such."""
    account, order = showing.account, showing.record
    operations = [_worked(account, order, row) for row in production.operations_of(account, order)]
    costs = {"material": Decimal(0), "product": Decimal(0)}
    for row in production.ingredients_of(account, order):
        costs[_kind_of(account, row)] += _cost(account, order, row)
    work = sum((row["cost"] for row in operations), Decimal(0))
    productions = production.productions_of(account, order)
    made, planned = production.completed(account, order), Decimal(order["planned_quantity"])
    done = order["status"] == "DONE"
    return {
        **order,
        "additional_info": order["additional_info"] or "",
        "batch_transactions": order["batch_transactions"] or _batches(productions),
        "serial_numbers": [
            *serials_of(account, "ManufacturingOrder", order),
            *(each for made in productions for each in serials_of(account, "Production", made)),
        ],
        "actual_quantity": number(made) if done else order["actual_quantity"],
        "completed_quantity": number(made),
        "remaining_quantity": number(Decimal(0) if done else max(planned - made, Decimal(0))),
        "includes_partial_completions": any(not each["is_final"] for each in productions),
        "is_linked_to_sales_order": order["sales_order_row_id"] is not None,
        "material_cost": number(costs["material"]),
        "subassemblies_cost": number(costs["product"]),
        "operations_cost": number(work),
        "total_cost": number(work + costs["material"] + costs["product"]),
        "total_planned_time": number(sum((row["planned"] for row in operations), Decimal(0))),
        "total_actual_time": number(sum((row["actual"] for row in operations), Decimal(0))),
    }


def present_recipe_row(showing: Showing) -> Record:
    """Write an ingredient."""
    account, row = showing.account, showing.record
    order = _order_of(account, row)
    used = production.consumed(account, row)
    open_still = order["status"] != "DONE"
    actual = row["total_actual_quantity"]
    left = max(production.wanted(order, row) - used, Decimal(0)) if open_still else 0
    return {
        **row,
        "total_actual_quantity": actual if open_still else number(used),
        "total_consumed_quantity": number(used),
        "total_remaining_quantity": number(left),
        "cost": number(_cost(account, order, row)),
    }


def present_operation_row(showing: Showing) -> Record:
    """Write an operation."""
    account, row = showing.account, showing.record
    order = _order_of(account, row)
    worked = _worked(account, order, row)
    left = max(worked["planned"] - worked["actual"], Decimal(0))
    return {
        **row,
        **present_work(row),
        "is_status_actionable": order["status"] != "DONE",
        "total_actual_time": number(worked["actual"]),
        "total_actual_cost": number(
            cost_of(row, worked["actual"], production.completed(account, order))
        ),
        "total_consumed_time": number(production.spent(account, row)),
        "total_remaining_time": number(0 if order["status"] == "DONE" else left),
    }


def serials_of(account: Account, resource_type: str, record: Record) -> list[Record]:
    """Write the serial numbers of what was made with an order or a production."""
    table = account.store["serial_number_transactions"]
    names = ("resource_id", "resource_type", "serial_number", "transaction_date")
    return [
        {
            "id": each["serial_number_id"],
            "transaction_id": each["id"],
            **{name: each[name] for name in names},
        }
        for each in table.children("resource_id", record["id"])
        if each["resource_type"] == resource_type and each["quantity_change"] > 0
    ]


def _batches(productions: list[Record]) -> list[Record]:
    """Return the batches that were made, with how much of each."""
    totals: dict[Id, Decimal] = {}
    for made in productions:
        for each in made["batch_transactions"]:
            if (batch := each.get("batch_id")) is not None:
                totals[batch] = totals.get(batch, Decimal(0)) + Decimal(each["quantity"])
    return [{"batch_id": batch, "quantity": number(total)} for batch, total in totals.items()]


def _order_of(account: Account, row: Record) -> Record:
    order = account.store["manufacturing_orders"].get(row["manufacturing_order_id"], deleted=True)
    assert order is not None
    return order


def _kind_of(account: Account, row: Record) -> Any:
    variant = account.store["variants"].get(row["variant_id"], deleted=True)
    return "product" if variant is not None and variant["type"] == "product" else "material"


def _cost(account: Account, order: Record, row: Record) -> Decimal:
    """Return what an ingredient has cost, and what is still to be used is going to."""
    uses = production.uses_of(account, row)
    paid = sum((Decimal(use["cost"]) for use in uses), Decimal(0))
    left = production.wanted(order, row) - production.consumed(account, row)
    if order["status"] == "DONE" or left <= 0:
        return paid
    stock = ledger.stock_of(account, row["variant_id"], order["location_id"])
    return paid + left * Decimal(stock["average_cost"] if stock else 0)


def _worked(account: Account, order: Record, row: Record) -> Record:
    """Return how long an operation takes by the plan, has taken, and what that costs."""
    planned = planned_time(row, order["planned_quantity"])
    actual = Decimal(row["total_actual_time"] or production.spent(account, row))
    done = order["status"] == "DONE"
    quantity = production.completed(account, order) if done else order["planned_quantity"]
    return {
        "planned": planned,
        "actual": actual,
        "cost": cost_of(row, actual if done or actual else planned, quantity),
    }
