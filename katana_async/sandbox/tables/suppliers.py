"""Suppliers: whom the manufacturer buys from."""

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
        "email": None,
        "phone": None,
        "comment": None,
        "currency": "USD",
        "default_address_id": None,
    },
)


def _present(showing: Showing) -> Record:
    """Write a supplier; the answer to a PATCH is without addresses."""
    shown = dict(showing.record)
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
    left_out = ("default_address_id", "phone")
    return {name: value for name, value in supplier.items() if name not in left_out}


def require_supplier(account: Account, given: Record, field: str) -> None:
    """Check that the supplier a body names, if it names one, is there.

    Raises:
        Refusal: 422, there is none.
    """
    if given.get(field) is not None:
        usage.require(account, "suppliers", given[field], field)


def _creating(account: Account, given: Record) -> Record:
    values = {name: value for name, value in given.items() if name != "addresses"}
    made = account.store["suppliers"].create(values)
    for address in given.get("addresses", ()):
        OF_SUPPLIER.add(account, made["id"], address)
    return account.store["suppliers"].get(made["id"]) or made


def _deleting(account: Account, record: Record) -> None:
    if account.store["purchase_orders"].children("supplier_id", record["id"]):
        raise blocked(f"The supplier {record['id']} cannot be deleted: orders were placed there.")
    OF_SUPPLIER.delete(account, record["id"])


SUPPLIERS = Collection(
    layout=SUPPLIER_LAYOUT,
    present=_present,
    creating=_creating,
    deleting=_deleting,
)
