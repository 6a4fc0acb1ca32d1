"""Suppliers: whom the manufacturer buys from. Only read for now."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..query import IDS, INCLUDE_DELETED, text
from ..store import Id, Record
from . import usage

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
        "addresses": (),
    },
)


def _present(showing: Showing) -> Record:
    record = showing.record
    addresses = [{**address, "supplier_id": record["id"]} for address in record["addresses"]]
    return {**record, "addresses": addresses}


def embedded_supplier(account: Account, id: Id | None) -> Record:
    """Write a supplier inside another record; where there is none, Katana writes `{}`."""
    supplier = None if id is None else account.store["suppliers"].get(id, deleted=True)
    if supplier is None:
        return {}
    left_out = ("addresses", "default_address_id", "phone")
    return {name: value for name, value in supplier.items() if name not in left_out}


def require_supplier(account: Account, given: Record, field: str) -> None:
    """Check that the supplier a body names, if it names one, is there.

    Raises:
        Refusal: 422, there is none.
    """
    if given.get(field) is not None:
        usage.require(account, "suppliers", given[field], field)


SUPPLIERS = Collection(
    layout=SUPPLIER_LAYOUT,
    present=_present,
    params=(IDS, text("name"), text("email"), text("phone"), INCLUDE_DELETED),
    dates=True,
    gets=False,
)
