"""Customers."""

from ..account import Account
from ..errors import blocked
from ..layout import Layout
from ..operations import Collection, Showing
from ..search import search_operation
from ..store import Record
from . import usage
from .addresses import OF_CUSTOMER

CUSTOMER_LAYOUT = Layout(
    name="customers",
    first=4_000_001,
    fields={
        "name": "",
        "currency": "USD",
        **dict.fromkeys(
            (
                *("first_name", "last_name", "company", "email", "phone", "comment"),
                *("reference_id", "category", "discount_rate", "default_billing_id"),
                *("default_shipping_id", "custom_fields"),
            )
        ),
    },
)
_NOT_FOUND = ("comment", "discount_rate", "deleted_at")


def _present(showing: Showing) -> Record:
    """Write a customer; the answers to a PATCH and a search are without addresses."""
    record = showing.record
    if showing.how == "update":
        return record
    if showing.how == "search":
        return {name: value for name, value in record.items() if name not in _NOT_FOUND}
    return {**record, "addresses": OF_CUSTOMER.nested(showing.account, record["id"])}


def _creating(account: Account, given: Record) -> Record:
    """Create a customer, with the last address of its kind that is marked as the default."""
    table, values = account.store["customers"], dict(given)
    addresses: list[Record] = values.pop("addresses", [])
    made = table.create(values)
    for each in addresses:
        address = dict(each)
        marked = address.pop("default", False)
        added = OF_CUSTOMER.add(account, made["id"], address)
        if marked:
            table.update(made["id"], {f"default_{each['entity_type']}_id": added["id"]})
    return table.get(made["id"]) or made


def _updating(account: Account, _before: Record, given: Record) -> Record:
    usage.require_named(account, given, default_shipping_id="customer_addresses")
    return given


def _deleting(account: Account, record: Record) -> None:
    if account.store["sales_orders"].children("customer_id", record["id"]):
        raise blocked(f"The customer {record['id']} cannot be deleted: it has sales orders.")
    OF_CUSTOMER.delete(account, record["id"])
    usage.delete_children(account, "price_list_customers", "customer_id", record["id"])


CUSTOMERS = Collection(
    layout=CUSTOMER_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
    more=(search_operation("customers", _present),),
)
