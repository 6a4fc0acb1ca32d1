"""What the shipping of a sales order costs its customer."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
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


def nested_fee(account: Account, order: Id) -> Record:
    """Write the newest fee of an order inside it, `{}` where there is none: the amount is text."""
    fees = account.store["sales_order_shipping_fee"].children("sales_order_id", order)
    if not fees:
        return {}
    return {**_shown(fees[-1]), "amount": padded(fees[-1]["amount"], 10)}


def _shown(record: Record) -> Record:
    return {name: record[name] for name in ("id", *SHIPPING_FEE_LAYOUT.fields)}


def _present(showing: Showing) -> Record:
    """Write a fee; the amount is a number, though it is sent as text."""
    deleted_at = showing.record["deleted_at"]
    shown = _shown(showing.record)
    return shown if deleted_at is None else {**shown, "deleted_at": deleted_at}


def _creating(account: Account, given: Record) -> Record:
    usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    return account.store["sales_order_shipping_fee"].create(_read(account, given))


def _updating(account: Account, _before: Record, given: Record) -> Record:
    return _read(account, given)


def _read(account: Account, given: Record) -> Record:
    if "tax_rate_id" in given:
        usage.require(account, "tax_rates", given["tax_rate_id"], "tax_rate_id")
    return given


SALES_ORDER_SHIPPING_FEE = Collection(
    layout=SHIPPING_FEE_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
)
