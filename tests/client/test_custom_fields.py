"""Custom fields of items in both forms: accounts with arrays, with objects, and with both."""

from typing import Any, Literal

import pytest

from katana_async import KatanaClient, ValidationFailed
from katana_async.models import CustomFieldValue
from katana_async.sandbox import Sandbox

Form = Literal["legacy", "default"]
COLLECTIONS = ["products", "materials", "services", "variants"]
ARRAY = [{"field_name": "Gloss", "field_value": "matt"}]
AS_TUPLE = (CustomFieldValue(field_name="Gloss", field_value="matt"),)


@pytest.fixture
async def definition(sandbox: Sandbox, katana: KatanaClient) -> str:
    """The id of a definition for the variants of all items."""
    made = await katana.custom_field_definitions.create(
        label="Gloss", field_type="shortText", entity_type="ProductVariant", source="tests"
    )
    return str(made.id)


async def create(katana: KatanaClient, collection: str, custom_fields: Any) -> tuple[int, Any]:
    """Create an item with a variant; return its id and the variant's custom fields."""
    match collection:
        case "products":
            item: Any = await katana.products.create(
                name="Table", variants=[{"custom_fields": custom_fields}]
            )
        case "materials":
            item = await katana.materials.create(
                name="Oak", variants=[{"custom_fields": custom_fields}]
            )
        case "services":
            item = await katana.services.create(
                name="Oiling",
                variants=[{"custom_fields": custom_fields, "sales_price": 1, "default_cost": 1}],
            )
        case _:
            owner = await katana.products.list().first()
            assert owner is not None
            variant = await katana.variants.create(product_id=owner.id, custom_fields=custom_fields)
            return variant.id, variant.custom_fields
    return item.id, item.variants[0].custom_fields


def fields_of(record: Any) -> Any:
    """Return the custom fields of a variant, or of an item's newest variant."""
    variants = getattr(record, "variants", None)
    return record.custom_fields if variants is None else variants[0].custom_fields


@pytest.mark.parametrize("option", [None, "same"])
@pytest.mark.parametrize("form", ["legacy", "default"])
@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_items_are_created_read_listed_and_changed_in_the_form_of_the_account(
    collection: str,
    form: Form,
    option: str | None,
    sandbox: Sandbox,
    katana: KatanaClient,
    definition: str,
) -> None:
    sandbox.oddities.item_custom_fields = form
    if option:
        katana = katana.with_options(custom_fields_format=form)
    given: Any = ARRAY if form == "legacy" else {definition: "matt"}
    wanted: Any = AS_TUPLE if form == "legacy" else {definition: "matt"}
    resource = getattr(katana, collection)

    item, created = await create(katana, collection, given)
    assert created == wanted
    assert fields_of(await resource.get(item)) == wanted
    [listed] = [each async for each in resource.list() if each.id == item]
    assert fields_of(listed) == wanted
    if collection == "variants":
        await resource.update(item, custom_fields=given, sku="NEW")
        found = [each async for each in resource.search(where={"id": item})]
        assert [fields_of(each) for each in found] == [wanted]
    else:
        await resource.update(item, name="Renamed")
    assert fields_of(await resource.get(item)) == wanted
    assert katana.stats.tolerated == {}


@pytest.mark.parametrize("form", ["legacy", "default"])
async def test_the_option_chooses_the_form_where_an_account_has_both(
    form: Form, sandbox: Sandbox, katana: KatanaClient, definition: str
) -> None:
    sandbox.oddities.item_custom_fields = "both"
    item, _ = await create(katana, "variants", ARRAY)
    chosen = katana.with_options(custom_fields_format=form)
    wanted: Any = AS_TUPLE if form == "legacy" else {definition: "matt"}
    assert (await chosen.variants.get(item)).custom_fields == wanted
    assert (await katana.variants.get(item)).custom_fields == AS_TUPLE


async def test_a_form_that_the_account_lacks_is_refused_by_name(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.oddities.item_custom_fields = "default"
    with pytest.raises(ValidationFailed, match="not available for this account"):
        await katana.with_options(custom_fields_format="legacy").products.list().first()


@pytest.mark.parametrize("form", ["legacy", "default"])
async def test_extended_inventory_shows_variants_in_the_form_of_the_account(
    form: Form, sandbox: Sandbox, katana: KatanaClient, definition: str
) -> None:
    sandbox.oddities.item_custom_fields = form
    given: Any = ARRAY if form == "legacy" else {definition: "matt"}
    wanted: Any = AS_TUPLE if form == "legacy" else {definition: "matt"}
    item, _ = await create(katana, "variants", given)
    for client in (katana, katana.with_options(custom_fields_format=form)):
        stock = await client.inventory.list(variant_id=[item], extend=["variant"]).first()
        assert stock is not None
        assert stock.variant is not None
        assert stock.variant.custom_fields == wanted


@pytest.mark.parametrize("form", ["legacy", "default"])
async def test_whole_pages_of_both_forms_are_read_fast(
    form: Form, sandbox: Sandbox, katana: KatanaClient
) -> None:
    """A page with the other form was a DecodingError."""
    sandbox.oddities.item_custom_fields = form
    for collection in COLLECTIONS:
        assert await getattr(katana, collection).list().collect(50)
    assert katana.stats.tolerated == {}
