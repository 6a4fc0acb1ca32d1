"""The traps of Katana's API, through the client against the sandbox."""

from decimal import Decimal
from typing import Any

import pytest

from katana_async import KatanaClient, PartialFailure, PreconditionFailed
from katana_async.sandbox import Sandbox

WIPED = {
    "products": {"name": "Renamed"},
    "materials": {"name": "Renamed"},
    "purchase_orders": {"order_no": "X-1"},
    "manufacturing_orders": {"order_no": "X-1"},
    "stock_adjustments": {"reason": "Counted again"},
}


async def record_of(name: str, katana: KatanaClient) -> Any:
    """Return a record with additional_info."""
    if name == "stock_adjustments":
        variant = await katana.variants.list(type="product").first()
        location = await katana.locations.list().first()
        assert variant is not None
        assert location is not None
        return await katana.stock_adjustments.create(
            stock_adjustment_number="SA-T",
            location_id=location.id,
            additional_info="keep dry",
            stock_adjustment_rows=[{"variant_id": variant.id, "quantity": 5}],
        )
    collection = getattr(katana, name)
    record = await collection.list().first()
    return await collection.update(record.id, additional_info="keep dry", **WIPED[name])


@pytest.mark.parametrize("name", WIPED)
async def test_an_update_keeps_additional_info_by_default(name: str, katana: KatanaClient) -> None:
    collection = getattr(katana, name)
    record = await record_of(name, katana)
    kept = await collection.update(record.id, **WIPED[name])
    assert kept.additional_info == "keep dry"
    wiped = await collection.update(record.id, preserve=False, **WIPED[name])
    assert not wiped.additional_info


async def test_a_filter_of_returns_that_katana_ignores_is_refused(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    ignored = await katana.request("GET", "/sales_returns", query={"sales_order_id": 1})
    everything = await katana.request("GET", "/sales_returns")
    assert ignored.json() == everything.json() != {"data": []}
    sandbox.journal.clear()  # the gateway document does not contain that filter
    with pytest.raises(TypeError, match="unknown name 'sales_order_id'"):
        katana.sales_returns.list(sales_order_id=1)  # type: ignore[call-arg]  # what is tested


async def test_numbers_are_sent_as_texts_in_fields_that_require_texts(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    order = await katana.sales_orders.list().first()
    assert order is not None
    fee = await katana.sales_order_shipping_fee.create(
        sales_order_id=order.id, amount=Decimal("12.50")
    )
    assert fee.amount == Decimal("12.5")
    source, target = [place.id async for place in katana.locations.list()][:2]
    variant = await katana.variants.list(type="product").first()
    assert variant is not None
    await katana.stock_transfers.create(
        stock_transfer_number="ST-T",
        source_location_id=source,
        target_location_id=target,
        stock_transfer_rows=[{"variant_id": variant.id, "quantity": Decimal("0.50")}],
    )
    bodies = [seen.body for seen in sandbox.journal if seen.method == "POST"]
    assert bodies[0]["amount"] == "12.50"
    assert bodies[1]["stock_transfer_rows"][0]["quantity"] == "0.50"


async def test_refused_serial_numbers_raise_partial_failure(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    row = await katana.purchase_order_rows.list().first()
    assert row is not None
    given: dict[str, Any] = {"resource_type": "PurchaseOrderRow", "resource_id": row.id}
    first = await katana.serial_numbers.create(**given, serial_numbers=["SN-1"])
    (created,) = first.all()
    second = await katana.serial_numbers.create(**given, serial_numbers=["SN-1", "SN-2"])
    with pytest.raises(PartialFailure) as caught:
        second.all()
    assert [each.serial_number for each in caught.value.successful] == ["SN-2"]
    assert [each.serial_number for each in caught.value.failed] == ["SN-1"]
    await katana.serial_numbers.delete(**given, ids=[created.id])
    assert sandbox.journal[-1].body["ids"] == [created.id]


async def test_writes_without_an_answer_return_none(katana: KatanaClient) -> None:
    bom = await katana.bom_rows.list().first()
    assert bom is not None
    ids = (bom.product_variant_id, bom.ingredient_variant_id)
    row: Any = {"product_variant_id": ids[0], "ingredient_variant_id": ids[1], "quantity": 1}
    assert await katana.recipes.create(rows=[row]) is None  # type: ignore[func-returns-value]  # what is tested


async def test_the_error_of_a_blocked_delete_names_the_cause(katana: KatanaClient) -> None:
    order = await katana.sales_orders.list().first()
    assert order is not None
    with pytest.raises(PreconditionFailed, match="orders"):
        await katana.customers.delete(order.customer_id)
