"""Webhooks, as records: nothing is delivered to them."""

from hashlib import sha256

from ..account import Account
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, without
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


def _creating(account: Account, given: Record) -> Record:
    made = f"{account.store.next('webhook token')} {given['url']} {account.now()}"
    token = sha256(made.encode()).hexdigest()[:16]
    return account.store["webhooks"].create({**given, "token": token})


def _export_logs(call: Call) -> Reply:
    """Answer with the address of a file that does not exist."""
    usage.require_named(call.account, call.body, webhook_id="webhooks")
    number = call.account.store.next("webhook log")
    return Reply(200, {"url": f"https://files.sandbox.example/webhook-logs-{number}.csv"})


WEBHOOKS = Collection(
    layout=WEBHOOK_LAYOUT,
    present=without("deleted_at"),
    creating=_creating,
    more=(Operation(method="POST", path="/webhook_logs_export", run=_export_logs),),
)
