"""Customers."""

from ..account import AccountState
from ..endpoints import CollectionSpec, Presentation, leave_out
from ..errors import precondition_failed
from ..search import search_endpoint
from ..store import Layout, Record
from . import references
from .addresses import CUSTOMER_OWNER

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
_NOT_IN_SEARCH = ("comment", "discount_rate", "deleted_at")


def _present(presentation: Presentation) -> Record:
    """Return a customer as an answer shows it; PATCH and search lack addresses."""
    record = presentation.record
    if presentation.action == "update":
        return record
    if presentation.action == "search":
        return leave_out(record, *_NOT_IN_SEARCH)
    return {**record, "addresses": CUSTOMER_OWNER.present_all(presentation.account, record["id"])}


def _create_record(account: AccountState, body: Record) -> Record:
    """Create a customer; the last address that is marked as default becomes the default."""
    table, values = account.store["customers"], dict(body)
    addresses: list[Record] = values.pop("addresses", [])
    created = table.create(values)
    for each in addresses:
        address = dict(each)
        marked = address.pop("default", False)
        added = CUSTOMER_OWNER.add(account, created["id"], address)
        if marked:
            table.update(created["id"], {f"default_{each['entity_type']}_id": added["id"]})
    return table.get(created["id"]) or created


def _read_changes(account: AccountState, _before: Record, body: Record) -> Record:
    references.require_all(account, body, default_shipping_id="customer_addresses")
    return body


def _before_delete(account: AccountState, record: Record) -> None:
    if account.store["sales_orders"].children("customer_id", record["id"]):
        message = f"The customer {record['id']} cannot be deleted: it has sales orders."
        raise precondition_failed(message)
    CUSTOMER_OWNER.delete(account, record["id"])
    references.delete_children(account, "price_list_customers", "customer_id", record["id"])


CUSTOMERS = CollectionSpec(
    layout=CUSTOMER_LAYOUT,
    present=_present,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
    extra_endpoints=(search_endpoint("customers", _present),),
)
