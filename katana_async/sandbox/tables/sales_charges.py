"""Shipping fees and accounting metadata (invoices) of sales orders."""

from ..account import AccountState
from ..amounts import TAX_RATE_ID, format_padded
from ..endpoints import CollectionSpec, Presentation, without
from ..store import Id, Layout, Record
from . import references

SHIPPING_FEE_LAYOUT = Layout(
    name="sales_order_shipping_fee",
    first=17_200_001,
    fields={
        "sales_order_id": None,
        "amount": 0,
        "description": "",
        "tax_rate_id": TAX_RATE_ID,
    },
    links=("sales_order_id",),
)
SALES_METADATA_LAYOUT = Layout(
    name="sales_order_accounting_metadata",
    first=17_400_001,
    fields={
        **dict.fromkeys(("sales_order_id", "fulfillment_id", "integration_type", "invoice_id")),
    },
    links=("sales_order_id", "fulfillment_id"),
)


def nested_fee(account: AccountState, order: Id) -> Record:
    """Return the newest fee of an order as the answer nests it; `{}` without one."""
    fees = account.store["sales_order_shipping_fee"].children("sales_order_id", order)
    return _present(Presentation(account, fees[-1], "get")) if fees else {}


def _present(presentation: Presentation) -> Record:
    """Return a fee as an answer shows it; the amount is a number for POST, else a string."""
    record = presentation.record
    result = {name: record[name] for name in ("id", *SHIPPING_FEE_LAYOUT.fields)}
    if presentation.action != "create":
        result["amount"] = format_padded(record["amount"], 10)
    if record["deleted_at"] is not None:
        result["deleted_at"] = record["deleted_at"]
    return result


def _create_record(account: AccountState, body: Record) -> Record:
    references.require(account, "sales_orders", body["sales_order_id"], "sales_order_id")
    references.require_all(account, body, tax_rate_id="tax_rates")
    return account.store["sales_order_shipping_fee"].create(body)


def _read_changes(account: AccountState, _before: Record, body: Record) -> Record:
    references.require_all(account, body, tax_rate_id="tax_rates")
    return body


SALES_ORDER_SHIPPING_FEE = CollectionSpec(
    layout=SHIPPING_FEE_LAYOUT, present=_present, create=_create_record, read_changes=_read_changes
)
SALES_ORDER_ACCOUNTING_METADATA = CollectionSpec(
    layout=SALES_METADATA_LAYOUT, present=without("updated_at", "deleted_at")
)
