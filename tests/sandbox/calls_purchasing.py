"""Calls about purchase orders, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any

SILENT = {"POST /purchase_order_receive"}
BATCHES = [{"batch_id": 1, "quantity": 10}]


def row(call: Any) -> Any:
    body = {
        "purchase_order_id": call.purchase()["id"],
        "variant_id": call.newest_id("variants"),
        "quantity": 1,
        "price_per_unit": 1.5,
        "arrival_date": "2026-01-05T00:00:00Z",
    }
    return call("POST /purchase_order_rows", None, body)


def receive_in_batch(call: Any) -> Any:
    """Create an order that is received with a batch, and return its row."""
    made = call.purchase()["purchase_order_rows"][0]
    body = {
        "purchase_order_row_id": made["id"],
        "quantity": 1,
        "traceability": [{"batch_id": None, "quantity": "1"}],
    }
    call("POST /purchase_order_receive", None, body)
    return made


def received_order(call: Any) -> Any:
    return {"id": receive_in_batch(call)["purchase_order_id"]}


def cost(call: Any) -> Any:
    body = {
        "additional_cost_id": call.newest_id("additional_costs"),
        "group_id": call.purchase()["default_group_id"],
        "tax_rate_id": call.newest_id("tax_rates"),
        "price": 100,
    }
    return call("POST /po_additional_cost_rows", None, body)


def ingredient(call: Any) -> Any:
    body = {
        "purchase_order_row_id": call.purchase()["purchase_order_rows"][0]["id"],
        "ingredient_variant_id": call.newest_id("variants"),
        "planned_quantity_per_unit": 1.5,
        "batch_transactions": BATCHES,
    }
    return call("POST /outsourced_purchase_order_recipe_rows", None, body)


def _after(make: Callable[[Any], Any], name: str, body: Any = None) -> Callable[[Any], Any]:
    """Return a call that creates a record first."""
    if name.startswith("GET") and name.endswith("{id}"):
        return lambda call: [call(name, make(call)["id"])]
    if name.endswith("{id}"):
        return lambda call: call(name, make(call)["id"], body)

    def list_call(call: Any) -> Any:
        make(call)
        return call(name)

    return list_call


_COSTS, _RECIPES = "/po_additional_cost_rows", "/outsourced_purchase_order_recipe_rows"

CALLS: dict[str, Callable[[Any], Any]] = {
    "GET /purchase_orders": _after(receive_in_batch, "GET /purchase_orders"),
    "GET /purchase_orders/{id}": _after(received_order, "GET /purchase_orders/{id}"),
    "POST /purchase_orders/search": lambda call: call("POST /purchase_orders/search", None, {}),
    "GET /purchase_order_rows": _after(receive_in_batch, "GET /purchase_order_rows"),
    "GET /purchase_order_rows/{id}": _after(receive_in_batch, "GET /purchase_order_rows/{id}"),
    "POST /purchase_order_rows": row,
    "PATCH /purchase_order_rows/{id}": _after(
        row, "PATCH /purchase_order_rows/{id}", {"received_date": "2026-01-05T00:00:00Z"}
    ),
    f"GET {_COSTS}": _after(cost, f"GET {_COSTS}"),
    f"GET {_COSTS}/{{id}}": _after(cost, f"GET {_COSTS}/{{id}}"),
    f"POST {_COSTS}": cost,
    f"PATCH {_COSTS}/{{id}}": _after(cost, f"PATCH {_COSTS}/{{id}}", {"price": 5}),
    f"GET {_RECIPES}": _after(ingredient, f"GET {_RECIPES}"),
    f"GET {_RECIPES}/{{id}}": _after(ingredient, f"GET {_RECIPES}/{{id}}"),
    f"POST {_RECIPES}": ingredient,
    f"PATCH {_RECIPES}/{{id}}": _after(ingredient, f"PATCH {_RECIPES}/{{id}}", {"notes": "x"}),
}
