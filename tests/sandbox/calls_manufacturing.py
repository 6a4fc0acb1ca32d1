"""Calls about manufacturing, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any

MADE = [{"batch_id": None, "quantity": "1"}]


def batch(call: Any, variant: Any) -> Any:
    return call("POST /batches", None, {"batch_number": "B-1", "variant_id": variant})["id"]


def made_here(call: Any) -> Any:
    """Return the variant of the newest product with operations, tracked by serial numbers."""
    row = next(iter(call.store["product_operation_rows"]))
    call.store["products"].update(row["product_id"], {"serial_tracked": True})
    return row["product_variant_id"]


def order(call: Any) -> Any:
    body = {
        "variant_id": made_here(call),
        "planned_quantity": 2,
        "location_id": call.newest_id("locations"),
        "traceability": MADE,
    }
    return call("POST /manufacturing_orders", None, body)


def sold(call: Any) -> Any:
    """Create a manufacturing order for a row of a sales order."""
    body = {
        "customer_id": call.newest_id("customers"),
        "sales_order_rows": [{"variant_id": made_here(call), "quantity": 2}],
        "delivery_date": "2026-02-01T10:00:00Z",
    }
    row = call("POST /sales_orders", None, body)["sales_order_rows"][0]
    return call("POST /manufacturing_order_make_to_order", None, {"sales_order_row_id": row["id"]})


def recipe_row(call: Any) -> Any:
    variant = call.newest_id("variants")
    body = {
        "manufacturing_order_id": order(call)["id"],
        "variant_id": variant,
        "planned_quantity_per_unit": 1.5,
        "total_actual_quantity": 2,
        "batch_transactions": [{"batch_id": batch(call, variant), "quantity": 2}],
    }
    return call("POST /manufacturing_order_recipe_rows", None, body)


def with_recipe_row(name: str) -> Callable[[Any], Any]:
    def calling(call: Any) -> Any:
        made = recipe_row(call)
        done = {"status": "DONE"}
        call("PATCH /manufacturing_orders/{id}", made["manufacturing_order_id"], done)
        return [call(name, made["id"])] if name.endswith("{id}") else call(name)

    return calling


def changed_recipe_row(call: Any) -> Any:
    return call(
        "PATCH /manufacturing_order_recipe_rows/{id}", recipe_row(call)["id"], {"notes": "Oak"}
    )


def operation_row(call: Any) -> Any:
    body = {
        "manufacturing_order_id": order(call)["id"],
        "status": "NOT_STARTED",
        "operation_name": "Waxing",
        "resource_name": "Bench",
        "assigned_operators": [{"name": "Mari"}],
    }
    return call("POST /manufacturing_order_operation_rows", None, body)


def changed_operation_row(call: Any) -> Any:
    return call(
        "PATCH /manufacturing_order_operation_rows/{id}",
        operation_row(call)["id"],
        {"status": "IN_PROGRESS"},
    )


def produce(call: Any) -> Any:
    made = order(call)
    bom = call.store["manufacturing_order_recipe_rows"]
    rows = bom.children("manufacturing_order_id", made["id"])
    used = [
        {"manufacturing_order_recipe_row_id": each["id"], "quantity": 1, "traceability": MADE}
        for each in rows
    ]
    body = {"manufacturing_order_id": made["id"], "completed_quantity": 1, "ingredients": used}
    return call("POST /manufacturing_order_productions", None, body)


def list_after_production(name: str) -> Callable[[Any], Any]:
    def calling(call: Any) -> Any:
        produce(call)
        return call(name)

    return calling


def made_order(call: Any) -> Any:
    return [call("GET /manufacturing_orders/{id}", produce(call)["manufacturing_order_id"])]


def production(call: Any) -> Any:
    return [call("GET /manufacturing_order_productions/{id}", produce(call)["id"])]


def changed_order(call: Any) -> Any:
    made = produce(call)["manufacturing_order_id"]
    return call("PATCH /manufacturing_orders/{id}", made, {"additional_info": "Rush"})


def changed_production(call: Any) -> Any:
    body = {"production_date": "2026-02-01T10:00:00Z"}
    return call("PATCH /manufacturing_order_productions/{id}", produce(call)["id"], body)


def changed_ingredient(call: Any) -> Any:
    used = produce(call)["ingredients"][0]
    body = {"batch_transactions": [{"batch_id": batch(call, used["variant_id"])}]}
    return call("PATCH /manufacturing_order_production_ingredients/{id}", used["id"], body)


CALLS: dict[str, Callable[[Any], Any]] = {
    "GET /manufacturing_orders": list_after_production("GET /manufacturing_orders"),
    "GET /manufacturing_orders/{id}": made_order,
    "GET /manufacturing_order_productions": list_after_production(
        "GET /manufacturing_order_productions"
    ),
    "GET /manufacturing_order_productions/{id}": production,
    "GET /manufacturing_order_recipe_rows": with_recipe_row("GET /manufacturing_order_recipe_rows"),
    "GET /manufacturing_order_recipe_rows/{id}": with_recipe_row(
        "GET /manufacturing_order_recipe_rows/{id}"
    ),
    "GET /manufacturing_order_production_ingredients": list_after_production(
        "GET /manufacturing_order_production_ingredients"
    ),
    "POST /manufacturing_orders/search": lambda call: call(
        "POST /manufacturing_orders/search", None, {}
    ),
    "POST /manufacturing_order_rerank": lambda call: call(
        "POST /manufacturing_order_rerank",
        None,
        {"order_ids": [order(call)["id"]], "place": {"position": "bottom"}},
    ),
    "POST /manufacturing_orders": order,
    "PATCH /manufacturing_orders/{id}": changed_order,
    "POST /manufacturing_order_make_to_order": sold,
    "POST /manufacturing_order_recipe_rows": recipe_row,
    "PATCH /manufacturing_order_recipe_rows/{id}": changed_recipe_row,
    "POST /manufacturing_order_operation_rows": operation_row,
    "PATCH /manufacturing_order_operation_rows/{id}": changed_operation_row,
    "POST /manufacturing_order_productions": produce,
    "PATCH /manufacturing_order_productions/{id}": changed_production,
    "PATCH /manufacturing_order_production_ingredients/{id}": changed_ingredient,
    "PATCH /product_operation_rows/{id}": lambda call: call(
        "PATCH /product_operation_rows/{id}",
        call.newest_id("product_operation_rows"),
        {"cost_per_hour": 5},
    ),
    "PATCH /recipe_rows/{id}": lambda call: call(
        "PATCH /recipe_rows/{id}", call.newest_id("bom_rows"), {"quantity": 2}
    ),
}
SILENT = {
    "POST /recipes",
    "POST /product_operation_rows",
    "POST /product_operation_rerank",
    "POST /manufacturing_order_unlink",
}
# A new order has no productions, and so no serial numbers or batches.
ABSENT: dict[str, str | tuple[str, ...]] = {
    "POST /manufacturing_orders": ".serial_numbers.",
    "POST /manufacturing_order_make_to_order": (".serial_numbers.", ".traceability."),
}
