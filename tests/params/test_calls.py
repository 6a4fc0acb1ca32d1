"""What single methods send, and what they make of what comes back."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from katana_async.errors import DecodingError, NotFound, PartialFailure
from katana_async.http.messages import Repeat, Request, Response
from katana_async.http.stats import Stats
from katana_async.models import SerialNumbersCreated
from katana_async.resources import Resources
from tests.api.katana import DocumentedKatana, encode
from tests.gateway import template, verdict

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakeKatana:
    """Answers with Katana's own examples, and remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.stats = Stats()
        self.requests: list[Request] = []
        self.documented = DocumentedKatana(folder)
        self.answer: bytes | None = None

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        body = json.loads(request.body) if request.body else None
        assert verdict(request.method, request.path, request.query, body) is None
        if self.answer is not None:
            return Response(200, {}, self.answer)
        known = template(request.method, request.path)
        example = self.documented.example(f"{request.method} {known}")
        content = b"" if example.payload is None else encode(example.payload)
        return Response(example.status, {}, content)


class Client(Resources):
    def __init__(self, http: FakeKatana) -> None:
        self._http = http


@pytest.fixture
def katana(shared_api: Path) -> FakeKatana:
    return FakeKatana(shared_api)


@pytest.mark.parametrize("attribute", ["sales_orders", "sales_order_rows"])
async def test_searches_are_valid_on_the_wire(attribute: str, katana: FakeKatana) -> None:
    search = getattr(Client(katana), attribute).search
    pages = search(
        where={
            "id": {"between": [1, 9], "neq": 5},
            "created_at": {"gt": NOW},
            "or": [{"currency": "EUR"}, {f"custom_fields.{ID}": {"like": "%x%"}}],
            "custom_fields.third": {"inq": ["a", None]},
        },
        custom_fields={ID: {"gte": Decimal("0.10")}, "another": None},
        order=("created_at DESC", "id ASC"),
    )
    await pages.page(2)
    (request,) = katana.requests
    assert (request.method, request.path) == ("POST", f"/{attribute}/search")
    assert request.body is not None
    sent = json.loads(request.body, parse_float=str)
    assert verdict("POST", request.path, [], json.loads(request.body)) is None
    assert sent["filter"]["where"] == {
        "id": {"between": [1, 9], "neq": 5},
        "created_at": {"gt": "2026-11-23T12:00:00+00:00"},
        "or": [{"currency": "EUR"}, {f"custom_fields.{ID}": {"like": "%x%"}}],
        "custom_fields.third": {"inq": ["a", None]},
        f"custom_fields.{ID}": {"gte": "0.10"},
        "custom_fields.another": None,
    }
    assert sent["filter"]["order"] == ["created_at DESC", "id ASC"]


@pytest.mark.parametrize("attribute", ["sales_orders", "sales_order_rows"])
async def test_a_search_for_everything_says_nothing_but_its_page(
    attribute: str, katana: FakeKatana
) -> None:
    await getattr(Client(katana), attribute).search().page(1, limit=5)
    assert katana.requests[-1].body == b'{"filter":{"page":1,"limit":5}}'


def test_a_misspelt_field_of_a_search_is_refused_before_sending(katana: FakeKatana) -> None:
    with pytest.raises(TypeError, match=r"where\.statuss.*did you mean 'status'"):
        Client(katana).sales_orders.search(where={"statuss": "PENDING"})  # type: ignore[typeddict-unknown-key]  # what is tested


def test_an_aware_time_is_wanted_in_a_search_too(katana: FakeKatana) -> None:
    with pytest.raises(ValueError, match="offset"):
        Client(katana).sales_orders.search(where={"created_at": {"gt": NOW.replace(tzinfo=None)}})


@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders", "sales_orders"])
async def test_an_update_sends_along_the_information_that_it_would_wipe(
    attribute: str, katana: FakeKatana
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "currency" if attribute.endswith("orders") else "uom"  # one that each kind has
    await collection.update(7, **{field: "EUR"})
    read, write = katana.requests
    assert (read.method, read.path) == ("GET", f"/{attribute}/7")
    assert write.body is not None
    example = json.loads((await katana.send(read)).content)
    assert json.loads(write.body) == {field: "EUR", "additional_info": example["additional_info"]}


@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders", "sales_orders"])
async def test_an_update_that_need_not_preserve_is_one_request(
    attribute: str, katana: FakeKatana
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "order_no" if attribute.endswith("orders") else "name"  # one that each kind has
    await collection.update(7, preserve=False, **{field: "X"})
    await collection.update(7, additional_info="new")
    assert [request.method for request in katana.requests] == ["PATCH", "PATCH"]


async def test_rows_of_a_price_list_come_back_as_many(katana: FakeKatana) -> None:
    rows = await Client(katana).price_list_rows.create(
        price_list_id=2,
        price_list_rows=[{"variant_id": 1, "adjustment_method": "fixed", "amount": Decimal("0.1")}],
    )
    assert [row.price_list_id for row in rows] == [2, 2, 2]
    assert katana.requests[0].body is not None
    assert b'"amount":0.1' in katana.requests[0].body


async def test_a_bom_row_that_is_made_without_an_answer_is_none(katana: FakeKatana) -> None:
    row = await Client(katana).bom_rows.create(
        product_item_id=1, product_variant_id=2, ingredient_variant_id=3
    )
    assert row is None


async def test_what_has_no_call_of_its_own_is_got_through_the_list(katana: FakeKatana) -> None:
    client = Client(katana)
    assert (await client.customers.get(12345)).name == "Luke Skywalker"
    assert (await client.bin_locations.get(12345)).label == "Bin-2"
    assert (await client.bom_rows.get(str(ID))).id == ID
    assert [request.query for request in katana.requests] == [
        (("ids", "12345"),),
        (("ids", "12345"),),
        (("id", str(ID)),),
    ]


async def test_returnable_items_stay_within_their_order(katana: FakeKatana) -> None:
    items = await Client(katana).sales_orders.returnable_items(7)
    assert [item.available_for_return_quantity for item in items] == [2, 2]
    with pytest.raises(ValueError, match="not an id"):
        await Client(katana).sales_orders.returnable_items("7/../8")  # type: ignore[arg-type]  # what is tested


async def test_serial_numbers_that_were_refused_cannot_be_taken_for_created(
    katana: FakeKatana,
) -> None:
    created = await Client(katana).serial_numbers.create(
        resource_type="Production", resource_id=2, serial_numbers=["SN1", "SN2"]
    )
    assert isinstance(created, SerialNumbersCreated)
    assert [each.serial_number for each in created.successful] == ["SN1"]
    assert [(each.serial_number, each.reason) for each in created.failed] == [
        ("SN2", "NOT_IN_STOCK")
    ]
    with pytest.raises(PartialFailure, match=r"1 of 2 .* not assigned: SN2 \(NOT_IN_STOCK\)") as e:
        created.all()
    assert e.value.successful == created.successful
    assert e.value.failed == created.failed
    with pytest.raises(TypeError, match="some may have failed"):
        bool(created)


async def test_serial_numbers_that_were_all_created_are_given_as_such(katana: FakeKatana) -> None:
    katana.answer = b'{"successful":[{"id":1,"serial_number":"SN1"}],"failed":[]}'
    created = await Client(katana).serial_numbers.create(resource_id=2, serial_numbers=["SN1"])
    assert created.all() == created.successful
    katana.answer = b'[{"id":1,"serial_number":"SN1"}]'
    listed = await Client(katana).serial_numbers.create(resource_id=2, serial_numbers=["SN1"])
    assert listed == created


async def test_a_serial_number_that_went_through_two_records_is_listed_twice(
    katana: FakeKatana,
) -> None:
    katana.answer = b'[{"id":1,"transaction_id":"b"},{"id":1,"transaction_id":"a"},{"id":2}]'
    serials = Client(katana).serial_numbers.list()
    assert [(each.id, each.transaction_id) async for each in serials] == [
        (1, "b"),
        (1, "a"),
        (2, None),
    ]
    assert len([item async for item in serials.raw()]) == 3


@pytest.mark.parametrize("count", [249, 250, 300, 1000])
@pytest.mark.parametrize("exact", [True, False])
async def test_a_list_that_is_given_whole_whatever_page_is_asked_for_comes_once(
    exact: bool, count: int, katana: FakeKatana
) -> None:
    every = [{"id": n, "serial_number": f"SN{n}", "in_stock": True} for n in range(count)]
    katana.answer = json.dumps(every).encode()
    serials = Client(katana).serial_numbers_stock.list()
    read = await (serials if exact else serials.plain()).collect()
    assert [each.id for each in read] == list(range(count))


async def test_deletes_that_name_several_carry_them_as_a_body(katana: FakeKatana) -> None:
    client = Client(katana)
    await client.serial_numbers.delete(resource_type="Production", resource_id=2, ids=[7, 8])
    period = {"period_start": NOW, "period_end": NOW}
    await client.demand_forecasts.clear(location_id=1, variant_id=2, periods=[period])  # type: ignore[list-item]  # a dict
    serials, forecasts = katana.requests
    assert (serials.method, serials.path) == ("DELETE", "/serial_numbers")
    assert serials.body == b'{"resource_type":"Production","resource_id":2,"ids":[7,8]}'
    assert (forecasts.method, forecasts.path) == ("DELETE", "/demand_forecasts")
    # Gone already does not mean that all of them are.
    assert {serials.repeat, forecasts.repeat} == {Repeat.REMOVE}


async def test_rows_go_as_an_array_where_katana_takes_one(katana: FakeKatana) -> None:
    client = Client(katana)
    row = {"purchase_order_row_id": 1, "quantity": Decimal("2.5"), "received_date": NOW.date()}
    assert await client.purchase_orders.receive([row]) is None  # type: ignore[list-item, func-returns-value]  # a dict
    links = await client.variants.link_bins([{"variant_id": 1, "bin_name": "Bin-2"}])
    assert [link.bin_name for link in links]
    await client.variants.unlink_bins([{"variant_id": 1, "location_id": 2}])
    received, linked, unlinked = katana.requests
    assert received.body == (
        b'[{"purchase_order_row_id":1,"quantity":2.5,"received_date":"2026-11-23"}]'
    )
    assert linked.body == b'[{"variant_id":1,"bin_name":"Bin-2"}]'
    assert unlinked.body == b'[{"variant_id":1,"location_id":2}]'


def test_a_mistake_in_a_row_says_in_which(katana: FakeKatana) -> None:
    link: Any = {"variant_id": 1, "bin_nam": "Bin-2"}
    with pytest.raises(TypeError, match=r"rows\[1\]\.bin_nam.*did you mean 'bin_name'"):
        Client(katana).variants.link_bins([{"variant_id": 1, "bin_name": "A"}, link]).send(None)
    assert katana.requests == []


async def test_creates_that_katana_answers_without_a_body_return_none(katana: FakeKatana) -> None:
    client = Client(katana)
    ingredient: Any = {"product_variant_id": 1, "ingredient_variant_id": 2, "quantity": 3}
    assert await client.recipes.create(rows=[ingredient]) is None  # type: ignore[func-returns-value]  # what is tested
    operation: Any = {"product_variant_id": 1, "operation_name": "Pack"}
    assert await client.product_operation_rows.create(rows=[operation]) is None  # type: ignore[func-returns-value]  # as above
    assert await client.product_operation_rows.rerank(rank_product_operation_id=7) is None  # type: ignore[func-returns-value]  # as above
    assert await client.manufacturing_orders.unlink(sales_order_row_id=7) is None  # type: ignore[func-returns-value]  # as above
    assert await client.stocktakes.update(7, reason="Year's end") is None  # type: ignore[func-returns-value]  # as above


@pytest.mark.parametrize(
    ("attribute", "changes"),
    [
        ("stock_adjustments", {"reason": "Found"}),
        ("stock_transfers", {"stock_transfer_number": "ST-9"}),
    ],
)
async def test_an_update_of_what_is_only_listed_preserves_through_the_list(
    attribute: str, changes: dict[str, str], katana: FakeKatana
) -> None:
    collection = getattr(Client(katana), attribute)
    await collection.update(1, **changes)
    read, write = katana.requests
    assert (read.method, read.path, read.query) == ("GET", f"/{attribute}", (("ids", "1"),))
    example = katana.documented.example(f"GET /{attribute}").payload["data"][0]
    assert write.body is not None
    assert json.loads(write.body) == {**changes, "additional_info": example["additional_info"]}
    await collection.update(1, preserve=False, **changes)
    assert [request.method for request in katana.requests[2:]] == ["PATCH"]


async def test_what_is_listed_under_another_key_is_got_by_it(katana: FakeKatana) -> None:
    client = Client(katana)
    assert (await client.product_operation_rows.get(1)).product_operation_row_id == 1
    assert (await client.recipes.get(ID)).id == ID
    assert [request.query for request in katana.requests] == [
        (("product_operation_row_id", "1"),),
        (("recipe_row_id", str(ID)),),
    ]
    with pytest.raises(NotFound, match="none with id 2"):
        await client.product_operation_rows.get(2)


async def test_an_update_of_a_manufacturing_order_sends_along_what_it_would_wipe(
    katana: FakeKatana,
) -> None:
    orders = Client(katana).manufacturing_orders
    for info, sent in (("Fragile", {"additional_info": "Fragile"}), ("", {}), (None, {})):
        katana.answer = encode({"id": 7, "additional_info": info})
        await orders.update(7, status="DONE")
        read, write = katana.requests[-2:]
        assert (read.method, read.path) == ("GET", "/manufacturing_orders/7")
        assert write.body is not None
        # Katana refuses an empty text, and there is nothing to lose.
        assert json.loads(write.body) == {"status": "DONE", **sent}
    await orders.update(7, preserve=False, status="DONE")
    await orders.update(7, additional_info=None)
    assert [request.method for request in katana.requests[-2:]] == ["PATCH", "PATCH"]


async def test_a_production_that_consumed_nothing_is_not_one_that_consumed_what_was_planned(
    katana: FakeKatana,
) -> None:
    productions = Client(katana).manufacturing_order_productions
    await productions.create(manufacturing_order_id=1, completed_quantity=2)
    await productions.create(
        manufacturing_order_id=1, completed_quantity=2, ingredients=[], operations=()
    )
    as_planned, nothing = (json.loads(request.body or b"") for request in katana.requests)
    assert as_planned == {"manufacturing_order_id": 1, "completed_quantity": 2}
    assert nothing == {**as_planned, "ingredients": [], "operations": []}


async def test_rows_of_recipes_are_deleted_by_uuid(katana: FakeKatana) -> None:
    client = Client(katana)
    for collection in (client.recipes, client.recipe_rows, client.bom_rows):
        await collection.delete(ID)
        await collection.delete(str(ID).upper())
        with pytest.raises(ValueError, match="not an id"):
            await collection.delete("../7")
    assert [(request.method, request.path) for request in katana.requests] == [
        ("DELETE", f"/{attribute}/{ID}")
        for attribute in (
            "recipes",
            "recipes",
            "recipe_rows",
            "recipe_rows",
            "bom_rows",
            "bom_rows",
        )
    ]


async def test_operators_are_read_from_a_bare_list_and_from_an_envelope(
    katana: FakeKatana,
) -> None:
    bare = await Client(katana).operators.list(working_area="shopFloor").collect()
    assert [operator.operator_name for operator in bare] == ["Shopfloor Thomas", "Warehouse Mike"]
    assert katana.requests[0].query[0] == ("working_area", "shopFloor")
    katana.answer = encode({"data": [{"id": 1, "operator_name": "Shopfloor Thomas"}]})
    assert [operator.id for operator in await Client(katana).operators.list().collect()] == [1]


async def test_unassigned_batches_are_read_as_one_or_as_several(katana: FakeKatana) -> None:
    rows = Client(katana).sales_return_rows
    (one,) = await rows.unassigned_batch_transactions(7)
    assert one.quantity == 1
    for answer in (b'[{"batch_id":1,"quantity":"2"}]', b'{"data":[{"batch_id":1,"quantity":"2"}]}'):
        katana.answer = answer
        (again,) = await rows.unassigned_batch_transactions(7)
        assert again.quantity == 2
    katana.answer = b'{"oops":1}'
    with pytest.raises(DecodingError):
        await rows.unassigned_batch_transactions(7)


async def test_the_bill_of_a_purchase_order_reads_under_both_spellings(katana: FakeKatana) -> None:
    bills = Client(katana).purchase_order_accounting_metadata
    camel: dict[str, object] = {"purchaseOrderId": 2, "billId": "3", "integrationType": "xero"}
    camel |= {"porReceivedGroupId": 4}
    snake: dict[str, object] = {"purchase_order_id": 2, "bill_id": "3", "integration_type": "xero"}
    snake |= {"received_items_group_id": 4}
    for answer in (camel, snake):
        katana.answer = encode([{"id": 1, **answer}])
        bill = await bills.list().first()
        assert bill is not None
        assert (bill.order, bill.bill, bill.integration, bill.received_group) == (2, "3", "xero", 4)


async def test_the_key_of_a_webhook_is_not_in_its_repr(katana: FakeKatana) -> None:
    webhook = await Client(katana).webhooks.create(
        url="https://example.com/katana", subscribed_events=["sales_order.created"]
    )
    assert webhook.token is not None
    assert webhook.token not in repr(webhook)
    assert "sales_order.created" in repr(webhook)


def test_there_is_no_filter_that_katana_ignores(katana: FakeKatana) -> None:
    with pytest.raises(TypeError, match="unknown name 'sales_order_id'"):
        Client(katana).sales_returns.list(sales_order_id=1)  # type: ignore[call-arg]  # what is tested


async def test_a_lists_raw_records_need_not_have_every_part_of_the_key(katana: FakeKatana) -> None:
    katana.answer = b'{"data":[{"variant_id":1,"location_id":2},{"variant_id":1,"location_id":3}]}'
    records = [record async for record in Client(katana).bin_inventory.list().raw()]
    assert len(records) == 2


async def test_nothing_is_said_of_others_when_every_serial_number_was_refused(
    katana: FakeKatana,
) -> None:
    katana.answer = b'{"successful":[],"failed":[{"serial_number":"SN1","reason":"DUPLICATE"}]}'
    created = await Client(katana).serial_numbers.create(resource_id=2, serial_numbers=["SN1"])
    with pytest.raises(PartialFailure, match=r"1 of 1 .* not assigned: SN1 \(DUPLICATE\)\Z"):
        created.all()
