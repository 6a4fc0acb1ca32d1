"""Calls about sales and addresses, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any

PLACE = {
    "line_1": "Harbour Road 1",
    "line_2": "Unit 2",
    "city": "Riga",
    "state": "Riga",
    "zip": "LV-1050",
    "country": "Latvia",
}
ADDRESS = {"entity_type": "billing", "first_name": "Luke", "phone": "1", **PLACE}


def supplier(call: Any) -> Any:
    return call("POST /suppliers", None, {"name": "Luke", "addresses": [PLACE]})


def address(owner: str) -> Callable[[Any], Any]:
    body = PLACE if owner == "supplier" else ADDRESS

    def adding(call: Any) -> Any:
        link = {f"{owner}_id": call.newest_id(f"{owner}s")}
        return call(f"POST /{owner}_addresses", None, {**body, **link})

    return adding


def changed_address(owner: str) -> Callable[[Any], Any]:
    def changing(call: Any) -> Any:
        made = address(owner)(call)
        return call(f"PATCH /{owner}_addresses/{{id}}", made["id"], {"city": "Tartu"})

    return changing


def listed_customers(call: Any) -> Any:
    customers = [{"customer_id": each} for each in call.store["customers"].ids()[:2]]
    body = {"price_list_id": call.newest_id("price_lists"), "price_list_customers": customers}
    return call("POST /price_list_customers", None, body)


def moved_customer(call: Any) -> Any:
    body = {"customer_id": call.newest_id("customers")}
    return call("PATCH /price_list_customers/{id}", listed_customers(call)[0]["id"], body)


def fee(call: Any) -> Any:
    body = {"sales_order_id": call.order()["id"], "amount": "3.14", "description": "By van"}
    return call("POST /sales_order_shipping_fee", None, body)


def changed_fee(call: Any) -> Any:
    return call("PATCH /sales_order_shipping_fee/{id}", fee(call)["id"], {"amount": "0"})


def fulfillment(call: Any) -> Any:
    """Deliver an order of a variant with a batch."""
    batch = call.store["batches"].get(call.newest_id("batches"))
    row = {"variant_id": batch["variant_id"], "quantity": 2}
    customer = call.newest_id("customers")
    order = call("POST /sales_orders", None, {"customer_id": customer, "sales_order_rows": [row]})
    shipped = {
        "sales_order_row_id": order["sales_order_rows"][0]["id"],
        "quantity": 2,
        "batch_transactions": [{"batch_id": batch["id"], "quantity": 2}],
    }
    body = {
        "sales_order_id": order["id"],
        "status": "DELIVERED",
        "sales_order_fulfillment_rows": [shipped],
    }
    return call("POST /sales_order_fulfillments", None, body)


def changed_fulfillment(call: Any) -> Any:
    body = {"tracking_carrier": "UPS"}
    return call("PATCH /sales_order_fulfillments/{id}", fulfillment(call)["id"], body)


def sales_return(call: Any, order: Any = None) -> Any:
    body = {
        "sales_order_id": order or fulfillment(call)["sales_order_id"],
        "return_location_id": call.store["locations"].ids()[0],
    }
    return call("POST /sales_returns", None, body)


def changed_return(call: Any) -> Any:
    body = {"status": "RESTOCKED_ALL"}
    return call("PATCH /sales_returns/{id}", sales_return(call)["id"], body)


def return_row(call: Any) -> Any:
    order = fulfillment(call)["sales_order_id"]
    [item] = call("GET /sales_orders/{id}/returnable_items", order)
    body = {
        "sales_return_id": sales_return(call, order)["id"],
        "variant_id": item["variant_id"],
        "fulfillment_row_id": item["fulfillment_row_id"],
        "quantity": 2,
    }
    return call("POST /sales_return_rows", None, body)


def changed_return_row(call: Any) -> Any:
    batches = [{"batch_id": call.newest_id("batches"), "quantity": 1}]
    path = "PATCH /sales_return_rows/{id}"
    return call(path, return_row(call)["id"], {"batch_transactions": batches})


def read_return_rows(call: Any) -> list[Any]:
    made = changed_return_row(call)["id"]
    return [call("GET /sales_return_rows/{id}", made)]


def listed_return_rows(call: Any) -> Any:
    changed_return_row(call)
    return call("GET /sales_return_rows")


def rerank_order(call: Any) -> Any:
    order = call.order()["id"]
    body = {"order_ids": [order], "place": {"position": "top"}}
    return call("POST /sales_order_rerank", None, body)


def found_variants(call: Any) -> Any:
    variant = {"sku": "EM", "config_attributes": [{"config_name": "A", "config_value": "B"}]}
    call("POST /products", None, {"name": "Lamp", "variants": [variant]})
    return call("POST /variants/search", None, {"include": ["item"]})


CALLS: dict[str, Callable[[Any], Any]] = {
    "POST /sales_order_rerank": rerank_order,
    "POST /customers/search": lambda call: call("POST /customers/search", None, {}),
    "POST /variants/search": found_variants,
    "POST /suppliers": supplier,
    "PATCH /suppliers/{id}": lambda call: call(
        "PATCH /suppliers/{id}", supplier(call)["id"], {"name": "Leia"}
    ),
    **{f"POST /{each}_addresses": address(each) for each in ("supplier", "customer")},
    "POST /sales_order_addresses": address("sales_order"),
    "PATCH /supplier_addresses/{id}": changed_address("supplier"),
    "PATCH /customer_addresses/{id}": changed_address("customer"),
    "PATCH /sales_order_addresses/{id}": changed_address("sales_order"),
    "POST /price_list_customers": listed_customers,
    "PATCH /price_list_customers/{id}": moved_customer,
    "POST /sales_order_shipping_fee": fee,
    "PATCH /sales_order_shipping_fee/{id}": changed_fee,
    "POST /sales_order_fulfillments": fulfillment,
    "PATCH /sales_order_fulfillments/{id}": changed_fulfillment,
    "POST /sales_returns": sales_return,
    "PATCH /sales_returns/{id}": changed_return,
    "POST /sales_return_rows": return_row,
    "PATCH /sales_return_rows/{id}": changed_return_row,
    "GET /sales_return_rows": listed_return_rows,
    "GET /sales_return_rows/{id}": read_return_rows,
    "GET /sales_return_rows/{id}/unassigned_batch_transactions": lambda call: call(
        "GET /sales_return_rows/{id}/unassigned_batch_transactions", return_row(call)["id"]
    ),
}
# New rows, and rows delivered without a batch, have no batches.
ABSENT = {"POST /sales_return_rows": ".batch_transactions."}
