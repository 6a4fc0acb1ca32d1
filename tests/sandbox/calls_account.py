"""Calls of account operations, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any

SERVICE = {
    "name": "Delivery",
    "variants": [{"sku": "S", "custom_fields": [{"field_name": "a", "field_value": "b"}]}],
}
DEFINITION = {
    "label": "Channel",
    "field_type": "singleSelect",
    "entity_type": "SalesOrder",
    "source": "tests",
    "options": {"choices": [{"label": "Online"}, {"label": "Retail"}]},
}
WEBHOOK = {"url": "https://shop.example/hook", "subscribed_events": ["sales_order.created"]}


def changed_service(call: Any) -> Any:
    made = call("POST /services", None, SERVICE)
    return call("PATCH /services/{id}", made["id"], {"is_archived": True})


def changed_definition(call: Any) -> Any:
    made = call("POST /custom_field_definitions", None, DEFINITION)
    body = {"options": {"choices": [{"id": 2, "label": "Retail"}]}}
    return call("PATCH /custom_field_definitions/{id}", made["id"], body)


def webhook(call: Any) -> Any:
    return call("POST /webhooks", None, WEBHOOK)


def list_after_webhook(name: str) -> Callable[[Any], Any]:
    def calling(call: Any) -> Any:
        webhook(call)
        return call(name)

    return calling


def definitions(call: Any) -> Any:
    body = {**DEFINITION, "options": {"appearsOn": ["SalesOrderRow"]}}
    call("POST /custom_field_definitions", None, body)
    return call("GET /custom_field_definitions")


CALLS: dict[str, Callable[[Any], Any]] = {
    "POST /services": lambda call: call("POST /services", None, SERVICE),
    "PATCH /services/{id}": changed_service,
    "POST /tax_rates": lambda call: call("POST /tax_rates", None, {"rate": 21.5}),
    "POST /custom_field_definitions": lambda call: call(
        "POST /custom_field_definitions", None, DEFINITION
    ),
    "GET /custom_field_definitions": definitions,
    "PATCH /custom_field_definitions/{id}": changed_definition,
    "POST /webhooks": webhook,
    "GET /webhooks": list_after_webhook("GET /webhooks"),
    "GET /webhooks/{id}": lambda call: [call("GET /webhooks/{id}", webhook(call)["id"])],
    "PATCH /webhooks/{id}": lambda call: call(
        "PATCH /webhooks/{id}", webhook(call)["id"], {"enabled": False}
    ),
    "POST /webhook_logs_export": lambda call: call("POST /webhook_logs_export", None, {}),
}
