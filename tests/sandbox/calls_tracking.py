"""Calls about traceability, whose answers are compared with Katana's examples."""

from collections.abc import Callable
from typing import Any


def batch(call: Any) -> Any:
    body = {
        "batch_number": "BAT-1",
        "variant_id": call.newest_id("variants"),
        "batch_barcode": "0040",
        "expiration_date": "2027-01-01T00:00:00Z",
    }
    return call("POST /batches", None, body)


def serials(call: Any) -> Any:
    body = {
        "resource_id": call.newest_id("purchase_order_rows"),
        "resource_type": "PurchaseOrderRow",
        "serial_numbers": ["SN1", "SN1"],
    }
    return call("POST /serial_numbers", None, body)


def of_serials(name: str) -> Callable[[Any], Any]:
    def calling(call: Any) -> Any:
        serials(call)
        return call(name)

    return calling


def transfer(call: Any) -> Any:
    bins = call.store["bin_locations"]
    bin_id = bins.ids()[0]
    made = batch(call)
    row = {
        "variant_id": made["variant_id"],
        "quantity": 3,
        "target_bin_location_id": bin_id,
        "source_bin_location_id": bins.ids()[1],
        "traceability": [{"batch_id": made["id"], "quantity": "3"}],
    }
    location = bins.get(bin_id)["location_id"]
    serial = serials(call)["successful"][0]["id"]
    traced = [{"serial_number_id": serial, "quantity": 1}]
    rows = [row, {**row, "quantity": 1, "traceability": traced}]
    body = {"location_id": location, "additional_info": "urgent", "bin_transfer_rows": rows}
    return call("POST /bin_transfers", None, body)


def send_transfer(call: Any) -> Any:
    made = transfer(call)
    return call("PATCH /bin_transfers/{id}/status", made["id"], {"status": "IN_TRANSIT"})


def of_transfer(name: str) -> Callable[[Any], Any]:
    def calling(call: Any) -> Any:
        made = send_transfer(call)
        if "{id}" not in name:
            return call(name)
        given = made["bin_transfer_rows"][0] if "rows" in name else made
        return [call(name, given["id"])]

    return calling


def added_row(call: Any) -> Any:
    made = transfer(call)
    given = made["bin_transfer_rows"][0]
    names = ("variant_id", "quantity", "source_bin_location_id", "target_bin_location_id")
    row = {name: given[name] for name in names}
    body = {**row, "bin_transfer_id": made["id"], "traceability": given["traceability"]}
    return call("POST /bin_transfer_rows", None, body)


def link(call: Any) -> Any:
    body = [{"bin_name": "Bin-2", "variant_id": call.newest_id("variants")}]
    return call("POST /variant_bin_locations", None, body)


def every_granularity(call: Any) -> Any:
    call("PATCH /bin_transfers/{id}/status", transfer(call)["id"], {"status": "DONE"})
    fine = ("VARIANT", "BATCH", "SERIAL_NUMBER")
    lists = [call("GET /bin_inventory", granularity=each)["data"] for each in fine]
    return {"data": [row for rows in lists for row in rows]}


CALLS: dict[str, Callable[[Any], Any]] = {
    "POST /batches": batch,
    "POST /serial_numbers": serials,
    "GET /serial_numbers": of_serials("GET /serial_numbers"),
    "GET /serial_numbers_stock": of_serials("GET /serial_numbers_stock"),
    "GET /bin_inventory": every_granularity,
    "POST /bin_transfers": transfer,
    "GET /bin_transfers": of_transfer("GET /bin_transfers"),
    "GET /bin_transfers/{id}": of_transfer("GET /bin_transfers/{id}"),
    "PATCH /bin_transfers/{id}": lambda call: call(
        "PATCH /bin_transfers/{id}", send_transfer(call)["id"], {"additional_info": "calm"}
    ),
    "PATCH /bin_transfers/{id}/status": send_transfer,
    "POST /bin_transfer_rows": added_row,
    "GET /bin_transfer_rows": of_transfer("GET /bin_transfer_rows"),
    "GET /bin_transfer_rows/{id}": of_transfer("GET /bin_transfer_rows/{id}"),
    "PATCH /bin_transfer_rows/{id}": lambda call: call(
        "PATCH /bin_transfer_rows/{id}", added_row(call)["id"], {"quantity": 4}
    ),
    "POST /variant_bin_locations": link,
}
# Operations with an empty answer, or without an example.
SILENT = {
    "PATCH /batch_stocks/{id}",
    "POST /unlink_variant_bin_locations",
    "GET /serial_numbers/serial_numbers_stock",
}
