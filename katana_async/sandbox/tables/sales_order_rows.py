"""The rows of sales orders."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Collection
from ..schema import number
from ..search import search_operation
from ..store import Record
from . import shipping, usage
from .make_to_order import follow_sale
from .money import TAX_RATE_ID
from .sales_shapes import present_row
from .tracing import traced

SALES_ORDER_ROW_LAYOUT = Layout(
    name="sales_order_rows",
    first=5_200_001,
    fields={
        "quantity": 1,
        "price_per_unit": 0,
        "total_discount": 0,
        "tax_rate_id": TAX_RATE_ID,
        "attributes": (),
        "batch_transactions": (),
        "serial_numbers": (),
        "traceability": (),
        "product_availability": "NOT_AVAILABLE",
        **dict.fromkeys(
            (
                *("sales_order_id", "variant_id", "location_id", "custom_fields"),
                *("linked_manufacturing_order_id", "product_expected_date"),
            )
        ),
    },
    links=("sales_order_id", "variant_id"),
)


def add_row(account: Account, order: Record, given: Record) -> Record:
    """Add a row to an order, at the order's location and the variant's price by default."""
    variant = usage.require(account, "variants", given["variant_id"], "variant_id")
    values = {
        "location_id": order["location_id"],
        "price_per_unit": variant["sales_price"] or 0,
        **given,
        "sales_order_id": order["id"],
    }
    return account.store["sales_order_rows"].create(values)


def _creating(account: Account, given: Record) -> Record:
    order = usage.require(account, "sales_orders", given["sales_order_id"], "sales_order_id")
    usage.require_of_row(account, given)
    with shipping.settled(account, order["id"]):
        return add_row(account, order, given)


def _updating(account: Account, before: Record, given: Record) -> Record:
    usage.require_of_row(account, given)
    quantity: Any = given.get("quantity", before["quantity"])
    if quantity < (least := shipping.fulfilled(account, before["id"])):
        said = f"must not be less than {number(least)}, which is in fulfillments"
        limits = {"comparison": ">=", "limit": number(least)}
        raise invalid([Problem(("quantity",), "minimum", said, limits)])
    changes = dict(given)
    serials = changes.pop("serial_number_transactions", None)
    if "traceability" in given:
        changes |= traced({"traceability": given["traceability"]}, quantity)
        serials = [each for each in changes["traceability"] if each["serial_number_id"] is not None]
    elif "batch_transactions" in given:
        batches = [{"quantity": 0, **each} for each in given["batch_transactions"]]
        changes |= traced({"batch_transactions": batches}, 0)
    if serials is not None:
        changes["serial_numbers"] = [each["serial_number_id"] for each in serials]
    return changes


def _deleting(account: Account, record: Record) -> None:
    if shipping.rows_for(account, record["id"]):
        raise blocked(f"The row {record['id']} cannot be deleted: it is in a fulfillment.")


@contextmanager
def _settling(account: Account, before: Record, changes: Record) -> Generator[None]:
    follow_sale(account, before, changes.get("quantity", before["quantity"]) if changes else None)
    with shipping.settled(account, before["sales_order_id"]):
        yield


def _find(account: Account, record: Record, name: str) -> Any:
    """Return the value of a field to search by, which may be one of the order or the tax rate."""
    if name in ("currency", "delivery_date"):
        order = account.store["sales_orders"].get(record["sales_order_id"], deleted=True)
        return None if order is None else order[name]
    if name == "tax_rate":
        rate = account.store["tax_rates"].get(record["tax_rate_id"])
        return None if rate is None else rate["rate"]
    return record.get(name)


SALES_ORDER_ROWS = Collection(
    layout=SALES_ORDER_ROW_LAYOUT,
    present=present_row,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    settling=_settling,
    more=(search_operation("sales_order_rows", present_row, _find),),
)
