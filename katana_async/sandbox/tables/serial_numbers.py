"""Serial numbers; the last transaction of one determines whether it is in stock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result
from ..errors import not_found
from ..store import Id, Layout, Record
from . import references
from .ledger import Cause


def _alphabetical_key(record: Mapping[str, Any]) -> tuple[int, ...]:
    # Lists are in descending order; the final 1 sorts a name before its continuations.
    return (*(-ord(letter) for letter in record["serial_number"]), 1)


SERIAL_NUMBER_LAYOUT = Layout(
    name="serial_numbers", first=13_800_001, fields={"serial_number": "", "in_stock": False}
)
TRANSACTION_LAYOUT = Layout(
    name="serial_number_transactions",
    first=None,
    fields={
        "serial_number_id": None,
        "serial_number": "",
        "quantity_change": 1,
        "resource_type": None,
        "resource_id": None,
        "transaction_date": None,
    },
    links=("serial_number_id", "resource_id"),
    order=_alphabetical_key,
)

# The tables of the resources that take serial numbers by POST.
_RESOURCES = {
    "Production": "manufacturing_order_productions",
    "StockAdjustmentRow": "stock_adjustment_rows",
    "StockTransferRow": "stock_transfer_rows",
    "PurchaseOrderRow": "purchase_order_rows",
    "SalesOrderRow": "sales_order_rows",
}


def record_serial(account: AccountState, serial_id: Id, change: Decimal, cause: Cause) -> None:
    """Record that a serial number entered the stock (a positive change) or left it."""
    serial = account.store["serial_numbers"].get(serial_id)
    if serial is not None:
        _record(account, serial, cause.resource_type, cause.resource_id, comes_in=change > 0)


def _record(
    account: AccountState, serial: Record, resource_type: str, resource_id: Id, *, comes_in: bool
) -> Record:
    account.store["serial_numbers"].update(serial["id"], {"in_stock": comes_in})
    return account.store["serial_number_transactions"].create(
        {
            "serial_number_id": serial["id"],
            "serial_number": serial["serial_number"],
            "quantity_change": 1 if comes_in else -1,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "transaction_date": account.now(),
        }
    )


def _present(presentation: Presentation) -> Record:
    """Return a transaction as an answer shows it, with its serial number."""
    record = presentation.record
    undefined = presentation.account.oddities.undefined_transactions
    names = ("resource_type", "resource_id", "serial_number", "quantity_change", "transaction_date")
    return {
        "id": record["serial_number_id"],
        "transaction_id": "undefined" if undefined else record["id"],
        **{name: record[name] for name in names},
    }


def _present_stock(presentation: Presentation) -> Record:
    """Return a serial number as an answer shows it, with its transactions."""
    record = presentation.record
    names = ("id", "resource_type", "resource_id", "quantity_change", "transaction_date")
    return {
        **{name: record[name] for name in ("id", "serial_number", "in_stock")},
        "transactions": [
            {name: each[name] for name in names}
            for each in _transactions(presentation.account, record["id"])
        ],
    }


def _transactions(account: AccountState, serial_id: Id) -> list[Record]:
    return account.store["serial_number_transactions"].children("serial_number_id", serial_id)


def _create(call: Call) -> Result:
    """Move serial numbers in or out with a resource, and answer with successes and failures."""
    account, resource_id = call.account, call.body["resource_id"]
    resource_type = call.body.get("resource_type")
    if resource_type is None:
        return Result(204)
    if resource_type == "ManufacturingOrder":  # its productions make the serial numbers
        raise not_found("manufacturing order that takes serial numbers, with the id", resource_id)
    resource = references.require(account, _RESOURCES[resource_type], resource_id, "resource_id")
    goes_out = resource_type == "SalesOrderRow" or (
        resource_type == "StockAdjustmentRow" and resource["quantity"] < 0
    )
    serials = {each["serial_number"]: each for each in account.store["serial_numbers"]}
    successful: list[Record] = []
    failed: list[Record] = []
    for name in call.body.get("serial_numbers", ()):
        serial = serials.get(name)
        in_stock = serial is not None and serial["in_stock"]
        if goes_out and not in_stock:
            reason = "MISSING" if serial is None else "NOT_IN_STOCK"
            failed.append({"serial_number": name, "reason": reason})
        elif in_stock and not goes_out and resource_type != "StockTransferRow":
            failed.append({"serial_number": name, "reason": "DUPLICATE"})
        else:
            serial = serial or account.store["serial_numbers"].create({"serial_number": name})
            created = _record(account, serial, resource_type, resource_id, comes_in=not goes_out)
            serials[name] = {**serial, "in_stock": not goes_out}
            successful.append(_present(Presentation(account, created, "create")))
    return Result(200, {"successful": successful, "failed": failed})


def _delete(call: Call) -> Result:
    """Remove serial numbers from a resource, and ignore missing ones."""
    account, body = call.account, call.body
    for serial_id in body["ids"]:
        *_, last = [None, *_transactions(account, serial_id)]
        if last and all(last[name] == body[name] for name in ("resource_type", "resource_id")):
            account.store["serial_number_transactions"].delete(last["id"])
            left = _transactions(account, serial_id)
            in_stock = bool(left) and left[-1]["quantity_change"] > 0
            account.store["serial_numbers"].update(serial_id, {"in_stock": in_stock})
            if not left:
                account.store["serial_numbers"].delete(serial_id)
    return Result(204)


SERIAL_NUMBERS = CollectionSpec(
    layout=TRANSACTION_LAYOUT,
    path="serial_numbers",
    present=_present,
    extra_endpoints=(
        ApiEndpoint(method="POST", path="/serial_numbers", run=_create),
        ApiEndpoint(method="DELETE", path="/serial_numbers", run=_delete),
    ),
)
# Two paths lead to the same list.
SERIAL_NUMBERS_STOCK = tuple(
    CollectionSpec(layout=SERIAL_NUMBER_LAYOUT, path=path, present=_present_stock)
    for path in ("serial_numbers_stock", "serial_numbers/serial_numbers_stock")
)
