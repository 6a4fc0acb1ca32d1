"""Calls about stock, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any

# Operations with an empty answer, or without an example.
SILENT = {"PATCH /stocktakes/{id}", "POST /demand_forecasts", "GET /demand_forecasts"}
PERIOD = {"period_start": "2026-02-01", "period_end": "2026-02-07"}


def where(call: Any) -> Any:
    return {"variant_id": call.newest_id("variants"), "location_id": call.newest_id("locations")}


def traceability_items(call: Any, location: Any, quantity: str) -> Any:
    """Create a batch and a bin, and return items with and without them."""
    variant = call.newest_id("variants")
    batch = call("POST /batches", None, {"batch_number": "B", "variant_id": variant})
    place = call("POST /bin_locations", None, {"bin_name": "A", "location_id": location})
    item = {"batch_id": batch["id"], "bin_location_id": place["id"], "quantity": quantity}
    return [item, {"quantity": quantity}]


def adjustment(call: Any, quantity: int = 100) -> Any:
    location = call.newest_id("locations")
    row = {
        "variant_id": call.newest_id("variants"),
        "quantity": quantity,
        "cost_per_unit": 2,
        "traceability": traceability_items(call, location, "50"),
    }
    body = {
        "stock_adjustment_number": "SA",
        "location_id": location,
        "reason": "reason",
        "additional_info": "info",
        "stock_adjustment_rows": [row],
    }
    return call("POST /stock_adjustments", None, body)


def negative(call: Any) -> Any:
    adjustment(call, -1_000)
    return call("GET /negative_stock")


def transfer(call: Any) -> Any:
    target, source = call.store["locations"].ids()[:2]
    row = {
        "variant_id": call.newest_id("variants"),
        "quantity": "3",
        "traceability": traceability_items(call, source, "1.5"),
    }
    body = {
        "stock_transfer_number": "ST",
        "source_location_id": source,
        "target_location_id": target,
        "additional_info": "info",
        "stock_transfer_rows": [row],
    }
    return call("POST /stock_transfers", None, body)


def stocktake(call: Any) -> Any:
    row = {
        "variant_id": call.newest_id("variants"),
        "counted_quantity": 21,
        "notes": "three broken",
    }
    body = {
        "stocktake_number": "STK",
        "location_id": call.newest_id("locations"),
        "stocktake_rows": [row],
    }
    return call("POST /stocktakes", None, body)


def stocktake_row(call: Any) -> Any:
    row = {"variant_id": call.newest_id("variants"), "counted_quantity": 21}
    body = {"stocktake_id": stocktake(call)["id"], "stocktake_rows": [row]}
    return call("POST /stocktake_rows", None, body)


def forecast(call: Any) -> Any:
    body = {**where(call), "periods": [{**PERIOD, "committed": "25"}]}
    call("POST /demand_forecasts", None, body)
    return call("GET /demand_forecasts", **where(call))


CALLS: dict[str, Callable[[Any], Any]] = {
    "POST /inventory_reorder_points": lambda call: call(
        "POST /inventory_reorder_points", None, {**where(call), "value": 10}
    ),
    "POST /inventory_safety_stock_levels": lambda call: call(
        "POST /inventory_safety_stock_levels", None, {**where(call), "value": 10}
    ),
    "GET /negative_stock": negative,
    "GET /inventory_movements": lambda call: (
        [adjustment(call)] and call("GET /inventory_movements")
    ),
    "GET /stock_adjustments": lambda call: [adjustment(call)] and call("GET /stock_adjustments"),
    "POST /stock_adjustments": adjustment,
    "PATCH /stock_adjustments/{id}": lambda call: call(
        "PATCH /stock_adjustments/{id}", adjustment(call)["id"], {"additional_info": "info"}
    ),
    "GET /stock_transfers": lambda call: [transfer(call)] and call("GET /stock_transfers"),
    "POST /stock_transfers": transfer,
    "PATCH /stock_transfers/{id}": lambda call: call(
        "PATCH /stock_transfers/{id}", transfer(call)["id"], {"stock_transfer_number": "B"}
    ),
    "PATCH /stock_transfers/{id}/status": lambda call: call(
        "PATCH /stock_transfers/{id}/status", transfer(call)["id"], {"status": "received"}
    ),
    "POST /stocktakes": stocktake,
    "POST /stocktake_rows": stocktake_row,
    "PATCH /stocktake_rows/{id}": lambda call: call(
        "PATCH /stocktake_rows/{id}", stocktake_row(call)[0]["id"], {"counted_quantity": 22}
    ),
    "GET /demand_forecasts": forecast,
}
