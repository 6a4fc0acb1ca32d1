"""What belongs to a sales order beside its rows: its shipping fees and its invoices."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing, without
from ..store import Id, Record
from . import usage
from .money import TAX_RATE_ID, padded

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


def nested_fee(account: Account, order: Id) -> Record:
    """Write the newest fee of an order inside it, `{}` where there is none."""
    fees = account.store["sales_order_shipping_fee"].children("sales_order_id", order)
    return _present(Showing(account, fees[-1], "get")) if fees else {}


def _present(showing: Showing) -> Record:
    """Write a fee: the amount is a number in the answer to a POST, and padded text elsewhere."""
    record = showing.record
    shown = {name: record[name] for name in ("id", *SHIPPING_FEE_LAYOUT.fields)}
    if showing.how != "create":
        shown["amount"] = padded(record["amount"], 10)
    return shown if record["deleted_at"] is None else {**shown, "deleted_at": record["deleted_at"]}


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    usage.require_named(account, given, tax_rate_id="tax_rates")
    return account.store["sales_order_shipping_fee"].create(given)


def _updating(account: Account, _before: Record, given: Record) -> Record:
    usage.require_named(account, given, tax_rate_id="tax_rates")
    return given


SALES_ORDER_SHIPPING_FEE = Collection(
    layout=SHIPPING_FEE_LAYOUT, present=_present, creating=_creating, updating=_updating
)
SALES_ORDER_ACCOUNTING_METADATA = Collection(
    layout=SALES_METADATA_LAYOUT, present=without("updated_at", "deleted_at")
)
