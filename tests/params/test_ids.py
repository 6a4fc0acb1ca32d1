"""Valid and invalid ids of records."""

import inspect
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_type_hints
from uuid import UUID

import pytest

from katana_async.errors import NotFound
from katana_async.resources import RESOURCES, load

from .example_transport import Client, ExampleTransport

ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_get_without_an_operation_of_its_own_uses_the_list(
    katana: ExampleTransport,
) -> None:
    client = Client(katana)
    assert (await client.customers.get(12345)).name == "Luke Skywalker"
    assert (await client.bin_locations.get(12345)).label == "Bin-2"
    assert (await client.bom_rows.get(str(ID))).id == ID
    assert [request.query for request in katana.requests] == [
        (("ids", "12345"),),
        (("ids", "12345"),),
        (("id", str(ID)),),
    ]


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_returnable_items_stay_within_their_order(katana: ExampleTransport) -> None:
    items = await Client(katana).sales_orders.returnable_items(7)
    assert [item.available_for_return_quantity for item in items] == [2, 2]
    with pytest.raises(TypeError, match="not an id"):
        await Client(katana).sales_orders.returnable_items("7/../8")  # type: ignore[arg-type]  # what is tested


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
async def test_get_filters_the_list_by_its_own_key(katana: ExampleTransport) -> None:
    client = Client(katana)
    assert (await client.product_operation_rows.get(1)).product_operation_row_id == 1
    assert (await client.recipes.get(ID)).id == ID
    assert [request.query for request in katana.requests] == [
        (("product_operation_row_id", "1"),),
        (("recipe_row_id", str(ID)),),
    ]
    with pytest.raises(NotFound, match="none with id 2"):
        await client.product_operation_rows.get(2)


async def test_rows_of_recipes_are_deleted_by_uuid(katana: ExampleTransport) -> None:
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


def takers() -> list[tuple[str, str]]:
    """List every method that takes an id."""
    return [
        (attribute, name)
        for attribute in sorted(RESOURCES)
        for name, function in inspect.getmembers(load(attribute), inspect.isfunction)
        if not name.startswith("_") and "id" in inspect.signature(function).parameters
    ]


@pytest.mark.parametrize(("attribute", "name"), takers())
async def test_an_id_of_the_other_kind_is_refused_before_sending(
    attribute: str, name: str, katana: ExampleTransport
) -> None:
    collection = getattr(Client(katana), attribute)
    method = getattr(collection, name)
    hint = get_type_hints(method)["id"]
    arguments = {"name": "x"} if name.startswith("update") else {}
    others: tuple[object, ...] = (ID, str(ID), "7", None, True)
    kind = "whole numbers"
    if hint == UUID | str:
        others, kind = (7, None, True), "UUIDs"
    for other in others:
        with pytest.raises(TypeError) as caught:
            await method(other, **arguments)
        shown = f"not an id of {collection.path[1:]}: {other!r} (they are {kind})"
        assert str(caught.value) == shown
    assert katana.requests == []


async def test_the_error_for_an_invalid_id_describes_valid_ones(katana: ExampleTransport) -> None:
    client = Client(katana)
    with pytest.raises(ValueError, match=r"not an id of products: 0 \(they begin at 1\)"):
        await client.products.get(0)
    with pytest.raises(ValueError, match=r"not an id of recipes: 'x' \(they are UUIDs\)"):
        await client.recipes.get("x")
    with pytest.raises(TypeError, match=r"not an id of products: a value of type Decimal"):
        await client.products.get(Decimal(7))  # type: ignore[arg-type]  # what is tested
    assert katana.requests == []
