"""Lists: pages, order, filters, embedded objects, and hidden records."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from katana_async.sandbox import ManualClock, Sandbox

from .conftest import Api

UUID_LIKE = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


async def test_the_pagination_header_has_string_values(api: Api) -> None:
    answer = await api.get("/products?limit=50&page=2")
    assert json.loads(answer.headers["X-Pagination"]) == {
        "total_records": "120",
        "total_pages": "3",
        "offset": "50",
        "page": "2",
        "first_page": "false",
        "last_page": "false",
    }
    assert len(answer.rows) == 50


async def test_pages_are_50_records_by_default_and_the_last_is_shorter(api: Api) -> None:
    assert len((await api.get("/products")).rows) == 50
    last = await api.get("/products?page=3")
    assert len(last.rows) == 20
    assert json.loads(last.headers["X-Pagination"])["last_page"] == "true"


async def test_a_page_past_the_end_is_an_empty_list(api: Api) -> None:
    answer = await api.get("/products?page=99")
    assert answer.status == 200
    assert answer.rows == []


@pytest.mark.parametrize("query", ["limit=251", "limit=0", "limit=x", "page=0", "page=-1"])
async def test_a_page_that_cannot_be_is_a_400(api: Api, query: str) -> None:
    answer = await api.get(f"/products?{query}")
    assert answer.status == 400
    assert answer.codes == [("/" + query.partition("=")[0], "maximum")]


async def test_pages_put_together_are_the_whole_list_newest_first(api: Api) -> None:
    whole = (await api.get("/products?limit=250")).rows
    parts = [row for page in (1, 2, 3) for row in (await api.get(f"/products?page={page}")).rows]
    assert parts == whole
    order = [(row["created_at"], row["id"]) for row in whole]
    assert order == sorted(order, reverse=True)
    assert [row["id"] for row in whole] == api.sandbox.store["products"].ids()


async def test_some_records_share_their_millisecond(api: Api) -> None:
    stamps = [row["created_at"] for row in (await api.get("/products?limit=250")).rows]
    assert len(set(stamps)) < len(stamps)


async def test_a_new_record_is_the_first_of_the_list(api: Api) -> None:
    made = api.sandbox.store["products"].create({"name": "New"})
    assert (await api.get("/products?limit=1")).ids == [made["id"]]


async def test_an_oddity_makes_a_collection_ignore_the_limit(api: Api) -> None:
    api.sandbox.oddities.ignores_limit.add("variants")
    answer = await api.get("/variants?limit=10")
    assert len(answer.rows) == 50
    pages = -(-len(api.sandbox.store["variants"]) // 50)
    assert json.loads(answer.headers["X-Pagination"])["total_pages"] == str(pages)
    assert len((await api.get("/products?limit=10")).rows) == 10


async def test_bins_are_a_bare_array_with_pages(api: Api) -> None:
    answer = await api.get("/bin_locations?limit=10&page=3")
    assert isinstance(answer.json, list)
    assert len(answer.json) == 4
    assert json.loads(answer.headers["X-Pagination"])["total_records"] == "24"


async def test_an_unknown_filter_is_ignored(api: Api) -> None:
    assert len((await api.get("/products?limit=250&nmae=x")).rows) == 120


async def test_a_wrong_enumeration_value_is_a_400_that_lists_the_right_ones(api: Api) -> None:
    answer = await api.get("/variants?type=service")
    assert answer.status == 400
    assert answer.error["name"] == "BadRequestError"
    [detail] = answer.error["details"]
    assert detail["path"] == "/type"
    assert detail["info"] == {"allowedValues": ["product", "material"]}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("ids=abc", "type"),
        ("ids=1,2", "type"),
        ("ids=99999999999", "maximum"),
        ("is_sellable=perhaps", "type"),
        ("default_supplier_id=1.5", "type"),
        ("purchase_uom_conversion_rate=NaN", "maximum"),
        ("name=a&name=b", "type"),
        ("extend=suppliers", "enum"),
        ("created_at_min=yesterday", "format"),
        ("created_at_min=2024-01-01T00:00:00", "format"),
    ],
)
async def test_a_filter_value_of_the_wrong_kind_is_a_400(api: Api, query: str, code: str) -> None:
    answer = await api.get(f"/products?{query}")
    assert answer.status == 400
    assert answer.codes == [("/" + query.partition("=")[0], code)]


async def test_names_match_exactly(api: Api) -> None:
    [one] = (await api.get("/products?limit=1")).rows
    found = await api.get("/products", params={"name": one["name"]})
    assert one["id"] in found.ids
    assert (await api.get("/products", params={"name": one["name"][:-1]})).rows == []


async def test_several_ids_are_asked_for_by_repeating_the_key(api: Api) -> None:
    ids = api.sandbox.store["products"].ids()[3:6]
    query = "&".join(f"ids={each}" for each in ids)
    assert (await api.get(f"/products?{query}")).ids == ids
    assert (await api.get(f"/products?ids={ids[1]}&name=none")).ids == []


async def test_flags_and_spelled_flags_filter(api: Api) -> None:
    rows = (await api.get("/products?limit=250")).rows
    sellable = await api.get("/products?limit=250&is_sellable=false")
    assert sellable.ids == [row["id"] for row in rows if not row["is_sellable"]]
    tracked = await api.get("/products?limit=250&batch_tracked=true")
    assert tracked.ids == [row["id"] for row in rows if row["batch_tracked"]]
    assert sellable.rows
    assert tracked.rows


async def test_filters_join_with_and(api: Api) -> None:
    rows = (await api.get("/products?limit=250")).rows
    wanted = [row for row in rows if row["is_sellable"] and row["category_name"] == "Seating"]
    found = await api.get("/products?limit=250&is_sellable=true&category_name=Seating")
    assert found.rows == wanted


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
async def test_dates_bound_a_list_on_both_sides(api: Api, field: str) -> None:
    rows = (await api.get("/products?limit=250")).rows
    least, most = sorted(row[field] for row in rows)[20:100:79]
    params = {"limit": "250", f"{field}_min": least, f"{field}_max": most}
    found = await api.get("/products", params=params)
    assert found.ids == [row["id"] for row in rows if least <= row[field] <= most]


async def test_an_offset_is_understood_whether_or_not_its_plus_was_encoded(api: Api) -> None:
    stamp = api.sandbox.store["products"].get(api.sandbox.store["products"].ids()[5])
    assert stamp is not None
    local = stamp["created_at"].replace("Z", "+00:00")
    plain = await api.get(f"/products?limit=250&created_at_min={local}")
    encoded = await api.get("/products", params={"limit": "250", "created_at_min": local})
    assert len(plain.rows) == len(encoded.rows) == 6


async def test_a_list_without_date_filters_ignores_dates(api: Api) -> None:
    every = (await api.get("/price_list_rows?limit=250")).rows
    assert (await api.get("/price_list_rows?limit=250&created_at_min=2999-01-01")).rows == every


async def test_variants_are_found_by_product_by_sku_and_by_supplier_code(api: Api) -> None:
    rows = (await api.get("/variants?limit=250")).rows
    product = next(row["product_id"] for row in rows if row["product_id"])
    found = (await api.get(f"/variants?product_id={product}")).rows
    assert found
    assert {row["product_id"] for row in found} == {product}
    first, second = [row["sku"] for row in rows if row["sku"]][:2]
    found = (await api.get(f"/variants?sku={first}&sku={second}")).rows
    assert {row["sku"] for row in found} == {first, second}
    codes = [code for row in rows for code in row["supplier_item_codes"]]
    [row] = (await api.get(f"/variants?supplier_item_codes={codes[0]}")).rows
    assert codes[0] in row["supplier_item_codes"]


async def test_document_status_is_asked_for_in_its_own_spelling(api: Api) -> None:
    found = (await api.get("/purchase_orders?last_document_status=notSent")).rows
    assert found
    assert {row["last_document_status"] for row in found} == {"NOT_SENT"}


async def test_deleted_records_are_hidden_unless_asked_for(api: Api) -> None:
    [one] = (await api.get("/products?limit=1")).rows
    assert (await api.delete(f"/products/{one['id']}")).status == 204
    assert one["id"] not in (await api.get("/products?limit=250")).ids
    assert (await api.get(f"/products?ids={one['id']}")).rows == []
    [shown] = (await api.get(f"/products?ids={one['id']}&include_deleted=true")).rows
    assert shown["deleted_at"] == "2026-01-05T08:00:00.000Z"
    assert "deleted_at" not in one


async def test_some_seeded_products_are_archived_and_some_deleted(api: Api) -> None:
    shown = set((await api.get("/products?limit=250")).ids)
    archived = set((await api.get("/products?limit=250&include_archived=true")).ids) - shown
    deleted = set((await api.get("/products?limit=250&include_deleted=true")).ids) - shown
    assert len(archived) == len(deleted) == 2
    both = await api.get("/products?limit=250&include_archived=true&include_deleted=true")
    assert set(both.ids) == shown | archived | deleted


async def test_suppliers_are_embedded_on_request_and_absent_ones_are_an_empty_object(
    api: Api,
) -> None:
    plain = (await api.get("/products?limit=250")).rows
    assert all("supplier" not in row for row in plain)
    rows = (await api.get("/products?limit=250&extend=supplier")).rows
    for row in rows:
        if row["default_supplier_id"] is None:
            assert row["supplier"] == {}
        else:
            assert row["supplier"]["id"] == row["default_supplier_id"]
    assert {bool(row["supplier"]) for row in rows} == {True, False}


async def test_inventory_embeds_variant_and_location_and_writes_numbers_as_strings(
    api: Api,
) -> None:
    [row] = (await api.get("/inventory?limit=1&extend=variant&extend=location")).rows
    assert row["variant"]["id"] == row["variant_id"]
    assert row["variant"]["product_or_material_name"]
    assert row["location"]["id"] == row["location_id"]
    assert row["quantity_in_stock"].partition(".")[2] == "00000"
    assert len(row["average_cost"].partition(".")[2]) == 10
    excess = (
        float(row["quantity_in_stock"])
        + float(row["quantity_expected"])
        - float(row["quantity_committed"])
        - float(row["reorder_point"])
    )
    assert float(row["quantity_missing_or_excess"]) == excess


async def test_a_variant_embeds_its_product_or_material(api: Api) -> None:
    rows = (await api.get("/variants?limit=250&extend=product_or_material")).rows
    for row in rows:
        owner = row["product_or_material"]
        if row["type"] == "service":
            assert owner == {}
            continue
        assert owner["id"] == (row["product_id"] or row["material_id"])
        assert owner["type"] == row["type"]
    assert {row["type"] for row in rows} == {"product", "material", "service"}


async def test_some_skus_are_null_and_some_are_not_unique(api: Api) -> None:
    skus = [row["sku"] for row in (await api.get("/variants?limit=250")).rows]
    assert None in skus
    known = [sku for sku in skus if sku]
    assert len(set(known)) < len(known)


async def test_sales_orders_without_a_shipping_fee_write_an_empty_object(api: Api) -> None:
    fees = [row["shipping_fee"] for row in (await api.get("/sales_orders?limit=250")).rows]
    assert {} in fees
    assert any(fee and len(fee["amount"].partition(".")[2]) == 10 for fee in fees)


async def test_bom_rows_have_uuids(api: Api) -> None:
    ids = (await api.get("/bom_rows?limit=250")).ids
    assert len(set(ids)) == len(ids) == 250
    assert all(re.fullmatch(UUID_LIKE, each) for each in ids)
    assert (await api.get(f"/bom_rows?id={ids[7]}")).ids == [ids[7]]


async def test_single_objects_are_not_wrapped(api: Api) -> None:
    factory = (await api.get("/factory")).json
    assert factory["base_currency_code"] == "USD"
    assert factory["default_so_delivery_time"] == "14"
    assert (await api.get("/user_info")).json["firstName"] == "Mari"
    api.sandbox.oddities.user_info_wrapped = True
    assert (await api.get("/user_info")).json["data"]["firstName"] == "Mari"


@pytest.fixture
async def large() -> AsyncIterator[Sandbox]:
    async with Sandbox(products=50_000, rate_limit=None, clock=ManualClock()) as running:
        yield running


async def test_the_last_page_of_a_large_collection_is_right(large: Sandbox, session: Any) -> None:
    api = Api(session, large)
    last = await api.get("/products?limit=250&page=200")
    assert len(last.rows) == 250
    assert last.ids[-1] == large.store["products"].ids()[-1]
    assert json.loads(last.headers["X-Pagination"])["last_page"] == "true"
