"""An update keeps the fields that it does not contain."""

import inspect
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from katana_async.resources import RESOURCES, load
from tests.api.documented_server import encode

from .example_transport import Client, ExampleTransport

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders"])
async def test_an_update_sends_along_the_information_that_it_would_wipe(
    attribute: str, katana: ExampleTransport
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "currency" if attribute.endswith("orders") else "uom"  # one that each kind has
    await collection.update(7, **{field: "EUR"})
    read, write = katana.requests
    assert (read.method, read.path) == ("GET", f"/{attribute}/7")
    assert write.body is not None
    example = json.loads((await katana.send(read)).content)
    assert json.loads(write.body) == {field: "EUR", "additional_info": example["additional_info"]}


@pytest.mark.parametrize("attribute", ["products", "materials", "purchase_orders"])
async def test_an_update_that_need_not_preserve_is_one_request(
    attribute: str, katana: ExampleTransport
) -> None:
    collection = getattr(Client(katana), attribute)
    field = "order_no" if attribute.endswith("orders") else "name"  # one that each kind has
    await collection.update(7, preserve=False, **{field: "X"})
    await collection.update(7, additional_info="new")
    assert [request.method for request in katana.requests] == ["PATCH", "PATCH"]


@pytest.mark.parametrize(
    ("attribute", "changes"),
    [
        ("sales_orders", {"customer_ref": "PO 7"}),
        ("stock_transfers", {"stock_transfer_number": "ST-9"}),
        ("variants", {"sku": "T-1"}),
    ],
)
async def test_an_update_that_clears_nothing_is_one_request(
    attribute: str, changes: dict[str, str], katana: ExampleTransport
) -> None:
    collection = getattr(Client(katana), attribute)
    await collection.update(1, **changes)
    assert [request.method for request in katana.requests] == ["PATCH"]
    with pytest.raises(TypeError, match="unknown name 'preserve'"):
        await collection.update(1, preserve=False, **changes)


def test_preserve_is_offered_where_katana_wipes_and_nowhere_else() -> None:
    preserving = {name for name in RESOURCES if getattr(load(name), "preserves", ())}
    assert preserving == {
        "manufacturing_orders",
        "materials",
        "products",
        "purchase_orders",
        "stock_adjustments",
    }
    for name in RESOURCES:
        update = getattr(load(name), "update", None)
        offers = update is not None and "preserve" in inspect.signature(update).parameters
        assert offers == (name in preserving), name


async def test_an_update_of_a_record_without_get_reads_the_list(
    katana: ExampleTransport,
) -> None:
    adjustments = Client(katana).stock_adjustments
    await adjustments.update(1, reason="Found")
    read, write = katana.requests
    assert (read.method, read.path, read.query) == ("GET", "/stock_adjustments", (("ids", "1"),))
    example = katana.documented.example("GET /stock_adjustments").payload["data"][0]
    assert write.body is not None
    assert json.loads(write.body) == {
        "reason": "Found",
        "additional_info": example["additional_info"],
    }
    await adjustments.update(1, preserve=False, reason="Found")
    assert [request.method for request in katana.requests[2:]] == ["PATCH"]


async def test_an_update_of_a_manufacturing_order_sends_fields_that_it_would_clear(
    katana: ExampleTransport,
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
