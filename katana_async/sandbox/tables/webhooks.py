"""Webhooks, as records: nothing is delivered to them."""

from hashlib import sha256

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, without
from ..query import IDS, flag, text
from ..schema import INT32, Flag, Integer, Items, Moment, Object, Schema, Text, body
from ..store import Record
from . import usage

WEBHOOK_LAYOUT = Layout(
    name="webhooks",
    first=12_600_001,
    fields={
        "url": "",
        "token": "",
        "enabled": True,
        "description": None,
        "subscribed_events": (),
    },
)

_ROW = ("created", "updated", "deleted")
_EVENTS = {
    "sales_order": (
        *("created", "packed", "delivered", "updated", "approved", "deleted"),
        "availability_updated",
    ),
    "purchase_order": (*_ROW, "partially_received", "received", "approved"),
    "purchase_order_row": ("created", "received", "updated", "deleted"),
    "outsourced_purchase_order": (*_ROW, "received", "approved"),
    "outsourced_purchase_order_row": (*_ROW, "received"),
    "outsourced_purchase_order_recipe_row": _ROW,
    "manufacturing_order": (*_ROW, "in_progress", "blocked", "done"),
    "manufacturing_order_recipe_row": (*_ROW, "ingredients_in_stock"),
    "manufacturing_order_operation_row": (
        *_ROW,
        *("in_progress", "paused", "blocked", "completed"),
    ),
    "current_inventory": (
        *("product_updated", "material_updated"),
        *("product_out_of_stock", "material_out_of_stock"),
    ),
    "product": _ROW,
    "material": _ROW,
    "variant": _ROW,
    "product_recipe_row": ("created", "deleted", "updated"),
}
EVENTS = tuple(f"{what}.{event}" for what, events in _EVENTS.items() for event in events)


def _creating(account: Account, given: Record) -> Record:
    made = f"{account.store.next('webhook token')} {given['url']} {account.now()}"
    token = sha256(made.encode()).hexdigest()[:16]
    return account.store["webhooks"].create({**given, "token": token})


def _export_logs(call: Call) -> Reply:
    """Answer with the address of a file, behind which there is nothing."""
    if "webhook_id" in call.body:
        usage.require(call.account, "webhooks", call.body["webhook_id"], "webhook_id")
    number = call.account.store.next("webhook log")
    return Reply(200, {"url": f"https://files.sandbox.example/webhook-logs-{number}.csv"})


_FIELDS: dict[str, Schema] = {
    "description": Text(),
    "enabled": Flag(),
    "subscribed_events": Items(of=Text(one_of=EVENTS)),
    "url": Text(pattern="https://*"),
}
_DAY = Moment(declared_date=True)

WEBHOOKS = Collection(
    layout=WEBHOOK_LAYOUT,
    present=without("deleted_at"),
    params=(IDS, text("url"), flag("enabled")),
    create=Object(fields=_FIELDS, required=("url", "subscribed_events")),
    update=Object(fields=_FIELDS),
    deletes=True,
    creating=_creating,
    more=(
        Operation(
            method="POST",
            path="/webhook_logs_export",
            run=_export_logs,
            body=body(
                created_at_max=_DAY,
                created_at_min=_DAY,
                delivered=Flag(),
                event=Text(one_of=EVENTS),
                status_code=Integer(minimum=100, maximum=600),
                webhook_id=Integer(minimum=1, maximum=INT32),
            ),
        ),
    ),
)
