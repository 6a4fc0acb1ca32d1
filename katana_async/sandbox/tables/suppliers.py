"""Suppliers: the companies that the manufacturer buys from."""

from ..account import Account
from ..errors import blocked
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Id, Record
from . import usage
from .addresses import OF_SUPPLIER

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


def _present(showing: Showing) -> Record:
    """Write a supplier; the answer to a PATCH is without addresses."""
    record = showing.record
    shown = {**record, **{name: record[name] or "" for name in _TEXTS}}
    if showing.how == "update":
        del shown["default_address_id"]
    else:
        shown["addresses"] = OF_SUPPLIER.nested(showing.account, shown["id"])
    if showing.how == "create":
        del shown["deleted_at"]
    return shown


def embedded_supplier(account: Account, id: Id | None) -> Record:
    """Write a supplier inside another record; where there is none, Katana writes `{}`."""
    supplier = None if id is None else account.store["suppliers"].get(id, deleted=True)
    if supplier is None:
        return {}
    shown = {**supplier, **{name: supplier[name] or "" for name in _TEXTS}}
    left_out = ("default_address_id", "phone", "custom_fields")
    return {name: value for name, value in shown.items() if name not in left_out}


def require_supplier(account: Account, given: Record, field: str) -> None:
    """Check that the supplier a body names, if it names one, is there.

    Raises:
        Refusal: 422, there is none.
    """
    usage.require_named(account, given, **{field: "suppliers"})


def _creating(account: Account, given: Record) -> Record:
    table, values = account.store["suppliers"], dict(given)
    addresses = values.pop("addresses", ())
    made = table.create(values)
    for address in addresses:
        OF_SUPPLIER.add(account, made["id"], address)
    return table.get(made["id"]) or made


def _deleting(account: Account, record: Record) -> None:
    if account.store["purchase_orders"].children("supplier_id", record["id"]):
        raise blocked(f"The supplier {record['id']} cannot be deleted: it has purchase orders.")
    OF_SUPPLIER.delete(account, record["id"])


SUPPLIERS = Collection(
    layout=SUPPLIER_LAYOUT, present=_present, creating=_creating, deleting=_deleting
)
