"""The requests and results of single methods."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from katana_async.errors import DecodingError, PartialFailure
from katana_async.http.messages import Repeat
from katana_async.models import SerialNumbersCreated
from tests.api.documented_server import encode

from .example_transport import Client, ExampleTransport

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_created_rows_of_a_price_list_are_a_list(katana: ExampleTransport) -> None:
    rows = await Client(katana).price_list_rows.create(
        price_list_id=2,
        price_list_rows=[{"variant_id": 1, "adjustment_method": "fixed", "amount": Decimal("0.1")}],
    )
    assert [row.price_list_id for row in rows] == [2, 2, 2]
    assert katana.requests[0].body is not None
    assert b'"amount":0.1' in katana.requests[0].body


async def test_create_of_a_bom_row_returns_none_for_an_empty_answer(
    katana: ExampleTransport,
) -> None:
    row = await Client(katana).bom_rows.create(
        product_item_id=1, product_variant_id=2, ingredient_variant_id=3
    )
    assert row is None


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_serial_numbers_that_were_refused_cannot_be_taken_for_created(
    katana: ExampleTransport,
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


async def test_serial_numbers_that_were_all_created_are_given_as_such(
    katana: ExampleTransport,
) -> None:
    katana.answer = b'{"successful":[{"id":1,"serial_number":"SN1"}],"failed":[]}'
    created = await Client(katana).serial_numbers.create(
        resource_type="Production", resource_id=2, serial_numbers=["SN1"]
    )
    assert created.all() == created.successful
    katana.answer = b'[{"id":1,"serial_number":"SN1"}]'
    listed = await Client(katana).serial_numbers.create(
        resource_type="Production", resource_id=2, serial_numbers=["SN1"]
    )
    assert listed == created


async def test_a_serial_number_that_went_through_two_records_is_listed_twice(
    katana: ExampleTransport,
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
async def test_a_list_that_ignores_paging_is_read_once(
    exact: bool, count: int, katana: ExampleTransport
) -> None:
    every = [{"id": n, "serial_number": f"SN{n}", "in_stock": True} for n in range(count)]
    katana.answer = json.dumps(every).encode()
    serials = Client(katana).serial_numbers_stock.list()
    read = await (serials if exact else serials.plain()).collect()
    assert [each.id for each in read] == list(range(count))


async def test_deletes_that_name_several_carry_them_as_a_body(katana: ExampleTransport) -> None:
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


async def test_rows_go_as_an_array_where_katana_takes_one(katana: ExampleTransport) -> None:
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


async def test_one_row_where_several_go_is_refused(katana: ExampleTransport) -> None:
    row: Any = {"purchase_order_row_id": 1, "quantity": 2}
    with pytest.raises(TypeError, match=r"rows takes a list: put a single row in \[ \]"):
        await Client(katana).purchase_orders.receive(row)
    assert katana.requests == []


def test_an_error_in_a_row_has_the_rows_index(katana: ExampleTransport) -> None:
    link: Any = {"variant_id": 1, "bin_nam": "Bin-2"}
    with pytest.raises(TypeError, match=r"rows\[1\]\.bin_nam.*did you mean 'bin_name'"):
        Client(katana).variants.link_bins([{"variant_id": 1, "bin_name": "A"}, link]).send(None)
    assert katana.requests == []


async def test_creates_that_katana_answers_without_a_body_return_none(
    katana: ExampleTransport,
) -> None:
    client = Client(katana)
    ingredient: Any = {"product_variant_id": 1, "ingredient_variant_id": 2, "quantity": 3}
    assert await client.recipes.create(rows=[ingredient]) is None  # type: ignore[func-returns-value]  # what is tested
    operation: Any = {"product_variant_id": 1, "operation_name": "Pack"}
    assert await client.product_operation_rows.create(rows=[operation]) is None  # type: ignore[func-returns-value]  # as above
    assert await client.product_operation_rows.rerank(rank_product_operation_id=7) is None  # type: ignore[func-returns-value]  # as above
    assert await client.manufacturing_orders.unlink(sales_order_row_id=7) is None  # type: ignore[func-returns-value]  # as above
    assert await client.stocktakes.update(7, reason="Year's end") is None  # type: ignore[func-returns-value]  # as above


async def test_an_empty_list_of_ingredients_is_sent_as_such(
    katana: ExampleTransport,
) -> None:
    productions = Client(katana).manufacturing_order_productions
    await productions.create(manufacturing_order_id=1, completed_quantity=2)
    await productions.create(
        manufacturing_order_id=1, completed_quantity=2, ingredients=[], operations=()
    )
    as_planned, nothing = (json.loads(request.body or b"") for request in katana.requests)
    assert as_planned == {"manufacturing_order_id": 1, "completed_quantity": 2}
    assert nothing == {**as_planned, "ingredients": [], "operations": []}


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_operators_are_read_from_a_bare_list_and_from_an_envelope(
    katana: ExampleTransport,
) -> None:
    bare = await Client(katana).operators.list(working_area="shopFloor").collect()
    assert [operator.operator_name for operator in bare] == ["Shopfloor Thomas", "Warehouse Mike"]
    assert katana.requests[0].query[0] == ("working_area", "shopFloor")
    katana.answer = encode({"data": [{"id": 1, "operator_name": "Shopfloor Thomas"}]})
    assert [operator.id for operator in await Client(katana).operators.list().collect()] == [1]


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_unassigned_batches_are_read_as_one_or_as_several(katana: ExampleTransport) -> None:
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


async def test_the_bill_of_a_purchase_order_reads_under_both_spellings(
    katana: ExampleTransport,
) -> None:
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


async def test_the_key_of_a_webhook_is_not_in_its_repr(katana: ExampleTransport) -> None:
    webhook = await Client(katana).webhooks.create(
        url="https://example.com/katana", subscribed_events=["sales_order.created"]
    )
    assert webhook.token is not None
    assert webhook.token not in repr(webhook)
    assert "sales_order.created" in repr(webhook)


def test_there_is_no_filter_that_katana_ignores(katana: ExampleTransport) -> None:
    with pytest.raises(TypeError, match="unknown name 'sales_order_id'"):
        Client(katana).sales_returns.list(sales_order_id=1)  # type: ignore[call-arg]  # what is tested
    with pytest.raises(TypeError, match=r"'sales_order_no': the service ignores it .* keep those"):
        Client(katana).sales_returns.list(sales_order_no="SO-1")  # type: ignore[call-arg]  # what is tested
    assert katana.requests == []


RERANKED = ["sales_orders", "manufacturing_orders"]


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
@pytest.mark.parametrize("attribute", RERANKED)
@pytest.mark.parametrize("place", [{"position": "top"}, {"before_id": 7}, {"after_id": 7}])
async def test_orders_move_to_one_place_in_the_ranking(
    attribute: str, place: dict[str, Any], katana: ExampleTransport
) -> None:
    collection = getattr(Client(katana), attribute)
    assert await collection.rerank([101, 102], **place) == (101, 102)
    (request,) = katana.requests
    assert request.path == f"/{attribute.removesuffix('s')}_rerank"
    assert json.loads(request.body or b"") == {"order_ids": [101, 102], "place": place}


@pytest.mark.parametrize("attribute", RERANKED)
async def test_rerank_returns_none_for_an_empty_answer(
    attribute: str, katana: ExampleTransport
) -> None:
    katana.answer = b""
    assert await getattr(Client(katana), attribute).rerank((101,), position="bottom") is None


@pytest.mark.parametrize("attribute", RERANKED)
@pytest.mark.parametrize(
    ("place", "given"),
    [
        ({}, "none"),
        ({"position": "top", "after_id": 7}, "position and after_id"),
        ({"before_id": 7, "after_id": 8}, "before_id and after_id"),
    ],
)
async def test_orders_cannot_move_to_no_place_or_to_two(
    attribute: str, place: dict[str, Any], given: str, katana: ExampleTransport
) -> None:
    problem = f"rerank takes one of position, before_id, after_id, and was given {given}$"
    with pytest.raises(TypeError, match=problem):
        await getattr(Client(katana), attribute).rerank([101], **place)
    assert katana.requests == []


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_signals_are_listed_by_the_days_that_they_are_computed_from(
    katana: ExampleTransport,
) -> None:
    signals = Client(katana).inventory_signals
    found = await signals.list(demand_window=30, stock_risk=1, variant_id=[1, 2]).collect()
    assert [(each.variant_id, each.lead_time_source) for each in found] == [(1, "sku")]
    query = katana.requests[0].query
    assert query[:4] == (
        ("demand_window", "30"),
        ("stock_risk", "1"),
        ("variant_id", "1"),
        ("variant_id", "2"),
    )


async def test_a_lists_raw_records_need_not_have_every_part_of_the_key(
    katana: ExampleTransport,
) -> None:
    katana.answer = b'{"data":[{"variant_id":1,"location_id":2},{"variant_id":1,"location_id":3}]}'
    records = [record async for record in Client(katana).bin_inventory.list().raw()]
    assert len(records) == 2


async def test_refused_serial_numbers_raise_without_successes(
    katana: ExampleTransport,
) -> None:
    katana.answer = b'{"successful":[],"failed":[{"serial_number":"SN1","reason":"DUPLICATE"}]}'
    created = await Client(katana).serial_numbers.create(
        resource_type="Production", resource_id=2, serial_numbers=["SN1"]
    )
    with pytest.raises(PartialFailure, match=r"1 of 1 .* not assigned: SN1 \(DUPLICATE\)\Z"):
        created.all()
