"""Batches, serial numbers and bins, and their movements with stock."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen

from .conftest import Api, newest
from .stock import Item, new_item


@pytest.fixture
async def item(api: Api) -> Item:
    return await new_item(api)


async def new_batch(item: Item, **fields: Any) -> Any:
    body = {"batch_number": "B", "variant_id": item.variant, **fields}
    return (await item.api.post("/batches", body)).json


async def batch_stock(item: Item, **query: Any) -> list[tuple[int, str]]:
    """Return the batches of an item with their quantities."""
    query = {"variant_id": item.variant, **query}
    rows = (await item.api.get("/batch_stocks", params=query)).rows
    return [(row["batch_id"], row["quantity_in_stock"]) for row in rows]


async def test_a_batch_is_nowhere_until_some_of_it_comes_in(item: Item) -> None:
    made = await new_batch(item, expiration_date="2027-01-01T00:00:00+02:00")
    assert made["expiration_date"] == "2026-12-31T22:00:00.000Z"
    assert made["batch_created_date"] == "2026-01-05T08:00:00.000Z"
    assert await batch_stock(item) == []
    assert await batch_stock(item, include_empty="true") == [(made["id"], "0.00000")] * 2
    batches = [{"batch_id": made["id"], "quantity": 5}]
    row = {"variant_id": item.variant, "quantity": 5, "batch_transactions": batches}
    adjustment = await item.adjust(5, stock_adjustment_rows=[row])
    assert await batch_stock(item) == [(made["id"], "5.00000")]
    assert await batch_stock(item, location_id=item.there) == []
    await item.api.delete(f"/stock_adjustments/{adjustment['id']}")
    assert await batch_stock(item) == []


async def test_a_changed_batch_is_changed_wherever_its_stock_is(item: Item) -> None:
    made = await new_batch(item, batch_barcode="0317")
    answer = await item.api.patch(f"/batch_stocks/{made['id']}", {"batch_number": "C"})
    assert (answer.status, answer.json["id"]) == (200, made["id"])
    assert (answer.json["batch_number"], answer.json["batch_barcode"]) == ("C", "0317")
    assert len(await batch_stock(item, include_empty="true", batch_number="C")) == 2
    assert (await item.api.patch("/batch_stocks/7", {"batch_number": "C"})).status == 404


async def test_batches_are_found_by_when_they_were_made(item: Item) -> None:
    made = await new_batch(item, batch_created_date="2026-01-01T12:00:00Z")
    everything = {"include_empty": "true"}
    found = [(made["id"], "0.00000")] * 2
    for bound, at, expected in (
        ("min", "2026-01-01T13:00:00+01:00", found),
        ("min", "2026-01-02", []),
        ("max", "2026-01-02", found),
        ("max", "2026-01-01T11:59:59Z", []),
    ):
        assert (
            await batch_stock(item, **everything, **{f"batch_created_at_{bound}": at}) == expected
        )
    answer = await item.api.get("/batch_stocks?batch_created_at_min=soon")
    assert (answer.status, answer.codes) == (400, [("/batch_created_at_min", "format")])


async def test_the_batches_of_seeded_stock_make_it_up(api: Api) -> None:
    tables = api.sandbox.store
    for batch in tables["batches"]:
        for stock in tables["inventory"].children("variant_id", batch["variant_id"]):
            rows = tables["batch_stocks"].children("variant_id", batch["variant_id"])
            here = [row for row in rows if row["location_id"] == stock["location_id"]]
            assert sum(row["quantity"] for row in here) == stock["quantity_in_stock"]


@pytest.fixture(autouse=True)
def no_seeded_serial_numbers(api: Api) -> None:
    serial_numbers = api.sandbox.store["serial_numbers"]
    for each in serial_numbers.ids():
        serial_numbers.delete(each)


async def serials(api: Api, resource: str, table: str, *numbers: str) -> Any:
    body = {"resource_type": resource, "resource_id": newest(api.sandbox, table)}
    return (await api.post("/serial_numbers", {**body, "serial_numbers": list(numbers)})).json


async def test_serial_numbers_that_are_in_stock_are_refused_and_the_others_made(api: Api) -> None:
    made = await serials(api, "PurchaseOrderRow", "purchase_order_rows", "A", "B", "A")
    assert [each["serial_number"] for each in made["successful"]] == ["A", "B"]
    assert made["failed"] == [{"serial_number": "A", "reason": "DUPLICATE"}]
    assert {each["quantity_change"] for each in made["successful"]} == {1}


async def test_a_serial_number_goes_out_once_and_may_come_in_again(api: Api) -> None:
    await serials(api, "PurchaseOrderRow", "purchase_order_rows", "A")
    sold = await serials(api, "SalesOrderRow", "sales_order_rows", "A", "A", "B")
    assert [each["quantity_change"] for each in sold["successful"]] == [-1]
    assert sold["failed"] == [
        {"serial_number": "A", "reason": "NOT_IN_STOCK"},
        {"serial_number": "B", "reason": "MISSING"},
    ]
    back = await serials(api, "PurchaseOrderRow", "purchase_order_rows", "A")
    assert not back["failed"]
    [shown] = (await api.get("/serial_numbers_stock")).rows
    assert shown["in_stock"] is True
    assert shown["id"] == back["successful"][0]["id"]
    assert [each["quantity_change"] for each in shown["transactions"]] == [1, -1, 1]


async def test_serial_numbers_are_filtered_by_their_resource(api: Api) -> None:
    await serials(api, "PurchaseOrderRow", "purchase_order_rows", "A", "B")
    await serials(api, "SalesOrderRow", "sales_order_rows", "A")
    row = newest(api.sandbox, "sales_order_rows")
    listed = (await api.get(f"/serial_numbers?resource_type=SalesOrderRow&resource_id={row}")).rows
    assert [each["serial_number"] for each in listed] == ["A"]
    assert (await api.get("/serial_numbers?resource_type=Sale")).status == 400


async def test_the_resource_of_a_serial_number_must_exist(api: Api) -> None:
    body = {"resource_type": "SalesOrderRow", "resource_id": 7, "serial_numbers": ["A"]}
    answer = await api.post("/serial_numbers", body)
    assert (answer.status, answer.codes) == (422, [("/resource_id", "reference")])


async def test_serial_numbers_are_taken_away_with_a_body(api: Api) -> None:
    bought = await serials(api, "PurchaseOrderRow", "purchase_order_rows", "A")
    sold = await serials(api, "SalesOrderRow", "sales_order_rows", "A")
    ids = [bought["successful"][0]["id"]]

    async def take_away(given: Any) -> list[bool]:
        named = {name: given["successful"][0][name] for name in ("resource_type", "resource_id")}
        answer = await api("DELETE", "/serial_numbers", {**named, "ids": ids})
        assert (answer.status, answer.body) == (204, b"")
        return [each["in_stock"] for each in (await api.get("/serial_numbers_stock")).rows]

    assert await take_away(bought) == [False]  # it has since been sold
    assert await take_away(sold) == [True]
    assert await take_away(sold) == [True]
    assert await take_away(bought) == []


async def test_serial_numbers_stock_has_50_per_page_despite_limit(api: Api) -> None:
    numbers = [f"N{number}" for number in range(60)]
    await serials(api, "PurchaseOrderRow", "purchase_order_rows", *numbers)
    assert len((await api.get("/serial_numbers_stock?limit=250")).rows) == 50
    assert len((await api.get("/serial_numbers_stock?limit=10&page=2")).rows) == 10
    assert len((await api.get("/serial_numbers/serial_numbers_stock?limit=250")).rows) == 60


@frozen
class Bins:
    """Return an item with a stock of 10, and two bins in its location."""

    item: Item
    one: int
    other: int

    async def inventory(self, **query: Any) -> dict[Any, int]:
        """Return the stock by bin."""
        place = {"variant_id": self.item.variant, "location_id": self.item.here, **query}
        rows = (await self.item.api.get("/bin_inventory", params=place)).rows
        return {row["bin_location_id"]: int(Decimal(row["quantity_in_stock"])) for row in rows}

    async def transfer(self, source: int | None, target: int | None, **row: Any) -> Any:
        ends = {"source_bin_location_id": source, "target_bin_location_id": target}
        row = {"variant_id": self.item.variant, "quantity": "4", **ends, **row}
        body = {"location_id": self.item.here, "bin_transfer_rows": [row]}
        return await self.item.api.post("/bin_transfers", body)

    async def put(self, transfer: Any, status: str) -> Any:
        path = f"/bin_transfers/{transfer['id']}/status"
        return (await self.item.api.patch(path, {"status": status})).json


@pytest.fixture
async def bins(item: Item) -> Bins:
    await item.adjust(10)
    ids = [
        (await item.api.post("/bin_locations", {"bin_name": name, "location_id": item.here})).json[
            "id"
        ]
        for name in ("X-1", "X-2")
    ]
    return Bins(item, *ids)


async def test_stock_changes_its_bin_when_a_transfer_is_done(bins: Bins) -> None:
    made = (await bins.transfer(None, bins.one)).json
    assert made["status"] == "CREATED"
    departed = await bins.put(made, "IN_TRANSIT")
    assert departed["departed_at"] == "2026-01-05T08:00:00.000Z"
    assert await bins.inventory() == {None: 10}
    done = await bins.put(made, "DONE")
    assert done["arrived_at"] == "2026-01-05T08:00:00.000Z"
    assert await bins.inventory() == {bins.one: 4, None: 6}
    await bins.put((await bins.transfer(bins.one, bins.other)).json, "DONE")
    assert await bins.inventory() == {bins.other: 4, None: 6}
    assert await bins.item.in_stock() == 10
    created = await bins.put(made, "CREATED")
    assert (created["departed_at"], created["arrived_at"]) == (None, None)
    assert (await bins.inventory())[None] == 10


async def test_a_deleted_transfer_is_undone_and_takes_its_rows_with_it(bins: Bins) -> None:
    api, made = bins.item.api, (await bins.transfer(None, bins.one)).json
    await bins.put(made, "DONE")
    assert (await api.delete(f"/bin_transfers/{made['id']}")).status == 204
    assert await bins.inventory() == {None: 10}
    row = made["bin_transfer_rows"][0]["id"]
    assert (await api.get(f"/bin_transfer_rows/{row}")).status == 404
    query = f"bin_transfer_id={made['id']}&include_deleted=true"
    assert (await api.get(f"/bin_transfer_rows?{query}")).ids == [row]


async def test_a_changed_row_of_a_done_transfer_moves_its_stock_again(bins: Bins) -> None:
    api, made = bins.item.api, (await bins.transfer(None, bins.one)).json
    await bins.put(made, "DONE")
    path = f"/bin_transfer_rows/{made['bin_transfer_rows'][0]['id']}"
    changed = (await api.patch(path, {"quantity": 3.00, "target_bin_location_id": bins.other})).json
    assert changed["quantity"] == "3"
    assert changed["created_date"] == made["created_date"]
    assert await bins.inventory() == {bins.other: 3, None: 7}
    body = {"bin_transfer_id": made["id"], "variant_id": bins.item.variant, "quantity": 2}
    body |= {"target_bin_location_id": bins.one}
    added = (await api.post("/bin_transfer_rows", body)).json
    assert await bins.inventory() == {bins.one: 2, bins.other: 3, None: 5}
    assert (await api.delete(f"/bin_transfer_rows/{added['id']}")).status == 204
    assert await bins.inventory() == {bins.other: 3, None: 7}


async def test_batches_and_serial_numbers_are_followed_from_bin_to_bin(bins: Bins) -> None:
    batch = (await new_batch(bins.item))["id"]
    traced = [{"batch_id": batch, "bin_location_id": bins.one, "quantity": 3}]
    row = {"variant_id": bins.item.variant, "quantity": 3, "traceability": traced}
    await bins.item.adjust(3, stock_adjustment_rows=[row])
    assert await bins.inventory(granularity="BATCH") == {bins.one: 3}
    assert await bins.inventory() == {bins.one: 3, None: 10}
    items = [{"batch_id": batch, "quantity": "2"}]
    moved = await bins.transfer(bins.one, bins.other, quantity=2, traceability=items)
    await bins.put(moved.json, "DONE")
    found = await bins.inventory(granularity="BATCH", batch_id=batch)
    assert found == {bins.one: 1, bins.other: 2}
    assert await batch_stock(bins.item) == [(batch, "3.00000")]


async def test_bin_inventory_filters_by_bin_and_by_no_bin(bins: Bins) -> None:
    await bins.put((await bins.transfer(None, bins.one)).json, "DONE")
    assert set(await bins.inventory(bin_location_id=bins.one)) == {bins.one}
    assert set(await bins.inventory(bin_location_id="null")) == {None}
    assert await bins.inventory(batch_id=7) == {}
    answer = await bins.item.api.get("/bin_inventory?bin_location_id=A-1")
    assert (answer.status, answer.codes) == (400, [("/bin_location_id", "pattern")])


async def test_stock_in_no_bin_follows_the_bins_across_pages(api: Api) -> None:
    rows: list[Any] = []
    page = 1
    while more := (await api.get(f"/bin_inventory?limit=40&page={page}")).rows:
        rows += more
        page += 1
    places = [
        tuple(row[name] for name in ("variant_id", "location_id", "bin_location_id"))
        for row in rows
    ]
    assert len(set(places)) == len(places)
    stocks = {place[:2] for place in places if place[2] is None}
    assert len(stocks) == len(api.sandbox.store["inventory"])
    assert len(places) > len(stocks)


async def test_a_seeded_transfer_can_be_undone(api: Api) -> None:
    transfer = (await api.get("/bin_transfers")).rows[-1]
    row = transfer["bin_transfer_rows"][0]
    query = f"/bin_inventory?bin_location_id={row['target_bin_location_id']}"
    query += f"&variant_id={row['variant_id']}"
    assert Decimal((await api.get(query)).rows[0]["quantity_in_stock"]) == int(row["quantity"])
    assert (await api.delete(f"/bin_transfers/{transfer['id']}")).status == 204
    assert (await api.get(query)).rows == []


async def test_a_transfer_names_bins_that_are_there(bins: Bins) -> None:
    answer = await bins.transfer(bins.one, 7)
    path = "/bin_transfer_rows/0/target_bin_location_id"
    assert (answer.status, answer.codes) == (422, [(path, "reference")])


async def test_a_batch_of_another_variant_cannot_be_moved(bins: Bins, api: Api) -> None:
    batch = (await new_batch(await new_item(api)))["id"]
    answer = await bins.transfer(None, bins.one, traceability=[{"batch_id": batch}])
    path = "/bin_transfer_rows/0/traceability/0/batch_id"
    assert (answer.status, answer.codes) == (422, [(path, "reference")])


async def test_a_bin_can_be_deleted_when_it_is_empty(bins: Bins) -> None:
    api, made = bins.item.api, (await bins.transfer(None, bins.one)).json
    await bins.put(made, "DONE")
    assert (await api.delete(f"/bin_locations/{bins.one}")).status == 412
    await api.delete(f"/bin_transfers/{made['id']}")
    assert (await api.delete(f"/bin_locations/{bins.one}")).status == 204


async def test_a_variant_is_linked_with_one_bin_in_a_location(item: Item) -> None:
    links = [
        {"variant_id": item.variant, "location_id": item.here, "bin_name": name}
        for name in ("A-01-1", "Made now")
    ]
    first, second = (await item.api.post("/variant_bin_locations", links)).json
    assert (first["bin_name"], second["bin_name"]) == ("A-01-1", "Made now")
    assert first["id"] == second["id"]
    bin_record = item.api.sandbox.store["bin_locations"].get(second["storage_bin_id"])
    assert bin_record is not None
    assert bin_record["location_id"] == item.here
    linked = item.api.sandbox.store["variant_bin_locations"]
    assert [each["storage_bin_id"] for each in linked] == [second["storage_bin_id"]]
    gone = [{"variant_id": item.variant, "location_id": item.here}]
    answer = await item.api.post("/unlink_variant_bin_locations", gone)
    assert (answer.status, answer.body, len(linked)) == (204, b"", 0)


async def test_a_variant_is_linked_in_the_oldest_location_unless_the_body_names_one(
    item: Item,
) -> None:
    body = [{"variant_id": item.variant, "bin_name": "Made now"}]
    [link] = (await item.api.post("/variant_bin_locations", body)).json
    place = item.api.sandbox.store["bin_locations"].get(link["storage_bin_id"])
    assert place is not None
    assert place["location_id"] == item.here


async def test_linked_variants_and_locations_have_to_be_there(item: Item) -> None:
    links = [{"variant_id": item.variant, "bin_name": "A"}, {"variant_id": 7, "bin_name": "A"}]
    answer = await item.api.post("/variant_bin_locations", links)
    assert (answer.status, answer.codes) == (422, [("/1/variant_id", "reference")])
    assert (await item.api.post("/unlink_variant_bin_locations", [])).codes == [("", "minItems")]


async def test_a_deleted_variant_takes_its_batches_and_bins_with_it(bins: Bins) -> None:
    batch = await new_batch(bins.item)
    assert (await bins.item.api.delete(f"/variants/{bins.item.variant}")).status == 204
    assert await batch_stock(bins.item, include_empty="true", batch_id=batch["id"]) == []
    assert await bins.inventory() == {}
