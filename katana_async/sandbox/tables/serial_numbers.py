"""Serial numbers: each is in stock or not, by what came in or went out with it last."""

from collections.abc import Iterator
from decimal import Decimal

from ..account import Account
from ..errors import blocked, not_found
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, Showing
from ..store import Id, Record
from . import usage
from .ledger import Cause

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
)

# What a serial number can come in or go out with: the table, and whether it comes in.
_RESOURCES = {
    "ManufacturingOrder": ("manufacturing_orders", True),
    "SalesOrderRow": ("sales_order_rows", False),
    "Production": ("manufacturing_order_productions", True),
    "SalesOrderFulfillmentRow": ("sales_order_fulfillment_rows", False),
    "StockAdjustmentRow": ("stock_adjustment_rows", True),
    "StockTransferRow": ("stock_transfer_rows", True),
    "PurchaseOrderRow": ("purchase_order_rows", True),
}


def record_serial(account: Account, serial_id: Id, change: Decimal, cause: Cause) -> None:
    """Write down that a serial number came in (a positive change) or went out."""
    serial = account.store["serial_numbers"].get(serial_id)
    if serial is not None:
        _record(account, serial, cause.resource_type, cause.resource_id, comes_in=change > 0)


def _record(
    account: Account, serial: Record, resource_type: str, resource_id: Id, *, comes_in: bool
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


def _present(showing: Showing) -> Record:
    """Write a serial number with the record it came in or went out with."""
    record = showing.record
    names = ("resource_type", "resource_id", "serial_number", "quantity_change", "transaction_date")
    return {
        "id": record["serial_number_id"],
        "transaction_id": record["id"],
        **{name: record[name] for name in names},
    }


def _present_stock(showing: Showing) -> Record:
    """Write a serial number with all that came in or went out with it; its id is a string."""
    record = showing.record
    names = ("id", "resource_type", "resource_id", "quantity_change", "transaction_date")
    moves = _moves(showing.account, record["id"])
    return {
        "id": str(record["id"]),
        "serial_number": record["serial_number"],
        "in_stock": record["in_stock"],
        "transactions": [{name: each[name] for name in names} for each in moves],
    }


def _moves(account: Account, serial_id: Id) -> list[Record]:
    return account.store["serial_number_transactions"].children("serial_number_id", serial_id)


def _create(call: Call) -> Reply:
    """Let serial numbers come in or go out with a record; tell which could and which not."""
    account, resource_id = call.account, call.body["resource_id"]
    resource_type = call.body.get("resource_type", "ManufacturingOrder")
    resource = usage.require(account, _RESOURCES[resource_type][0], resource_id, "resource_id")
    comes_in = _comes_in(resource_type, resource)
    moves = resource_type == "StockTransferRow"
    successful: list[Record] = []
    failed: list[Record] = []
    for given in call.body.get("serial_numbers", ()):
        serial = _called(account, given)
        in_stock = serial is not None and serial["in_stock"]
        if comes_in and not moves and in_stock:
            failed.append({"serial_number": given, "reason": "DUPLICATE"})
        elif (moves or not comes_in) and not in_stock:
            reason = "MISSING" if serial is None else "NOT_IN_STOCK"
            failed.append({"serial_number": given, "reason": reason})
        else:
            serial = serial or account.store["serial_numbers"].create({"serial_number": given})
            made = _record(account, serial, resource_type, resource_id, comes_in=comes_in)
            successful.append(_present(Showing(account, made, "create")))
    return Reply(200, {"successful": successful, "failed": failed})


def _comes_in(resource_type: str, resource: Record) -> bool:
    if resource_type == "StockAdjustmentRow":
        return bool(resource["quantity"] > 0)
    return _RESOURCES[resource_type][1]


def _called(account: Account, name: str) -> Record | None:
    serials = account.store["serial_numbers"]
    return next((each for each in serials if each["serial_number"] == name), None)


def _delete(call: Call) -> Reply:
    """Take serial numbers away from a record; one that nothing is left of is no more."""
    account = call.account
    moves = list(_named(account, call.body))
    for move in moves:
        last = _moves(account, move["serial_number_id"])[-1]
        if last["id"] != move["id"]:
            said = f"The serial number {move['serial_number']} cannot be taken away: it has since"
            raise blocked(f"{said} moved with {last['resource_type']} {last['resource_id']}.")
    for move in moves:
        account.store["serial_number_transactions"].delete(move["id"])
        left = _moves(account, move["serial_number_id"])
        if left:
            before = {"in_stock": left[-1]["quantity_change"] > 0}
            account.store["serial_numbers"].update(move["serial_number_id"], before)
        else:
            account.store["serial_numbers"].delete(move["serial_number_id"])
    return Reply(200)


def _named(account: Account, given: Record) -> Iterator[Record]:
    for serial_id in dict.fromkeys(given["ids"]):
        fitting = [
            each
            for each in _moves(account, serial_id)
            if each["resource_type"] == given["resource_type"]
            and each["resource_id"] == given["resource_id"]
        ]
        if not fitting:
            what = f"serial number of {given['resource_type']} {given['resource_id']} with the id"
            raise not_found(what, serial_id)
        yield fitting[-1]


SERIAL_NUMBERS = Collection(
    layout=TRANSACTION_LAYOUT,
    path="serial_numbers",
    present=_present,
    bare=True,
    more=(
        Operation(
            method="POST",
            path="/serial_numbers",
            run=_create,
        ),
        Operation(
            method="DELETE",
            path="/serial_numbers",
            run=_delete,
        ),
    ),
)
# Two paths lead to the same list.
SERIAL_NUMBERS_STOCK = tuple(
    Collection(
        layout=SERIAL_NUMBER_LAYOUT,
        path=path,
        present=_present_stock,
        bare=True,
    )
    for path in ("serial_numbers_stock", "serial_numbers/serial_numbers_stock")
)
