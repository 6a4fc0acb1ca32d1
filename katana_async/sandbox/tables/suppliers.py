"""Suppliers."""

from ..account import AccountState
from ..endpoints import CollectionSpec, Presentation, leave_out
from ..errors import precondition_failed
from ..store import Id, Layout, Record
from . import references
from .addresses import SUPPLIER_OWNER

SUPPLIER_LAYOUT = Layout(
    name="suppliers",
    first=8_000_001,
    fields={
        "name": "",
        "currency": "USD",
        **dict.fromkeys(("email", "phone", "comment", "custom_fields", "default_address_id")),
    },
)
_TEXTS = ("email", "phone", "comment")


def _present(presentation: Presentation) -> Record:
    """Return a supplier as an answer shows it; PATCH lacks addresses."""
    record = presentation.record
    result = {**record, **{name: record[name] or "" for name in _TEXTS}}
    if presentation.action == "update":
        del result["default_address_id"]
    else:
        result["addresses"] = SUPPLIER_OWNER.present_all(presentation.account, result["id"])
    if presentation.action == "create":
        del result["deleted_at"]
    return result


def present_embedded_supplier(account: AccountState, id: Id | None) -> Record:
    """Return a supplier as an answer nests it in another record; `{}` without one."""
    supplier = None if id is None else account.store["suppliers"].get(id, deleted=True)
    if supplier is None:
        return {}
    result = {**supplier, **{name: supplier[name] or "" for name in _TEXTS}}
    return leave_out(result, "default_address_id", "phone", "custom_fields")


def require_supplier(account: AccountState, body: Record, field: str) -> None:
    """Check that the supplier exists that a body refers to.

    Raises:
        RequestRefused: 422, no such supplier.
    """
    references.require_all(account, body, **{field: "suppliers"})


def _create_record(account: AccountState, body: Record) -> Record:
    table, values = account.store["suppliers"], dict(body)
    addresses = values.pop("addresses", ())
    created = table.create(values)
    for address in addresses:
        SUPPLIER_OWNER.add(account, created["id"], address)
    return table.get(created["id"]) or created


def _before_delete(account: AccountState, record: Record) -> None:
    if account.store["purchase_orders"].children("supplier_id", record["id"]):
        message = f"The supplier {record['id']} cannot be deleted: it has purchase orders."
        raise precondition_failed(message)
    SUPPLIER_OWNER.delete(account, record["id"])


SUPPLIERS = CollectionSpec(
    layout=SUPPLIER_LAYOUT, present=_present, create=_create_record, before_delete=_before_delete
)
