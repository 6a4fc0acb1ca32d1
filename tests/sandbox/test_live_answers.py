"""Answers have the types, nulls and wrappers that were observed on the live service.

`live-types.json` contains JSON types of real answers, `response-fields.json` objects that a client
verified. If they differ, the former counts.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .test_against_examples import CALLS, OPERATIONS, SILENT, Caller, call_of, kind, unwrap

# The objects of `response-fields.json`, by the path of their collection. The object of
# /purchase_order_accounting_metadata has other field names than Katana's example.
OBJECTS = {
    "additional_costs": "AdditionalCost",
    "batch_stocks": "BatchStock",
    "batches": "BatchResponse",
    "bin_inventory": "BinInventory",
    "bin_locations": "StorageBinResponse",
    "bin_transfer_rows": "BinTransferRow",
    "bin_transfers": "BinTransfer",
    "bom_rows": "BomRow",
    "custom_field_definitions": "CustomFieldDefinition",
    "custom_fields_collections": "CustomFieldsCollection",
    "customer_addresses": "CustomerAddress",
    "customers": "Customer",
    "demand_forecasts": "DemandForecastResponse",
    "factory": "Factory",
    "inventory": "Inventory",
    "inventory_movements": "InventoryMovement",
    "inventory_reorder_points": "InventoryReorderPointResponse",
    "inventory_safety_stock_levels": "InventorySafetyStockLevelResponse",
    "inventory_signals": "InventorySignal",
    "locations": "Location",
    "manufacturing_order_operation_rows": "ManufacturingOrderOperationRow",
    "manufacturing_order_production_ingredients": "ManufacturingOrderProductionIngredient",
    "manufacturing_order_productions": "ManufacturingOrderProduction",
    "manufacturing_order_recipe_rows": "ManufacturingOrderRecipeRow",
    "manufacturing_order_rerank": "RerankOrdersResponse",
    "manufacturing_orders": "ManufacturingOrder",
    "materials": "Material",
    "negative_stock": "NegativeStock",
    "operators": "Operator",
    "outsourced_purchase_order_recipe_rows": "OutsourcedPurchaseOrderRecipeRow",
    "po_additional_cost_rows": "PurchaseOrderAdditionalCostRow",
    "price_list_customers": "PriceListCustomer",
    "price_list_rows": "PriceListRow",
    "price_lists": "PriceList",
    "product_operation_rows": "ProductOperationRow",
    "products": "Product",
    "purchase_order_rows": "PurchaseOrderRow",
    "purchase_orders": "RegularPurchaseOrder",
    "recipes": "Recipe",
    "sales_order_accounting_metadata": "SalesOrderAccountingMetadata",
    "sales_order_addresses": "SalesOrderAddress",
    "sales_order_fulfillments": "SalesOrderFulfillment",
    "sales_order_rerank": "RerankOrdersResponse",
    "sales_order_rows": "SalesOrderRow",
    "sales_order_shipping_fee": "SalesOrderShippingFee",
    "sales_orders": "SalesOrder",
    "sales_return_rows": "SalesReturnRow",
    "sales_returns": "SalesReturn",
    "serial_numbers": "SerialNumber",
    "serial_numbers_stock": "SerialNumberStock",
    "services": "Service",
    "stock_adjustments": "StockAdjustment",
    "stock_transfers": "StockTransfer",
    "stocktake_rows": "StocktakeRow",
    "stocktakes": "Stocktake",
    "supplier_addresses": "SupplierAddress",
    "suppliers": "Supplier",
    "tax_rates": "TaxRate",
    "user_info": "UserInfo",
    "users": "User",
    "variant_bin_locations": "VariantDefaultStorageBinLinkResponse",
    "variants": "VariantResponse",
    "webhook_logs_export": "WebhookLogsExport",
    "webhooks": "Webhook",
}
READS = [
    name
    for name in OPERATIONS
    if name.startswith("GET") or name.endswith("/search")
    if name != "GET /bin_inventory/{id}"
]
WRITES = [name for name in CALLS if name not in READS and name not in SILENT]


@pytest.fixture(scope="module")
def fields(shared_api: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_api / "response-fields.json").read_text())
    return found


@pytest.fixture(scope="module")
def live(shared_api: Path) -> dict[str, dict[str, Mapping[str, int]]]:
    found = json.loads((shared_api / "live-types.json").read_text())
    # Some entries are of whole records, which are objects in any case.
    whole = ("data[]", "(the whole answer)")
    return {
        name: {path: types for path, types in seen.items() if path not in whole}
        for name, seen in found.items()
    }


class Seen:
    """The observed types of the fields of an operation's answers."""

    def __init__(
        self, fields: dict[str, Any], live: Mapping[str, Mapping[str, int]], nulls: set[str]
    ) -> None:
        self._objects, self._enums = fields["objects"], fields["enums"]
        self._live, self._nulls = live, nulls

    def wrong(self, value: Any, spec: Any, path: str) -> Iterator[str]:
        """Yield the paths at which a value differs from the observed types."""
        # An empty object stands for a missing embedded record.
        found = "null" if value == {} and "object" in spec else kind(value)
        if (live := self._live.get(path)) is not None:
            # A field that was only observed as null may have its documented type.
            known = self._types(spec) if set(live) == {"null"} else set[str]()
            may_be_null = found == "null" and self._may_be_null(spec, path)
            if found not in live.keys() | known and not may_be_null:
                yield f"{path}: {found}, live {sorted(live)}"
        elif found == "null":
            if not self._may_be_null(spec, path):
                yield f"{path}: null"
        elif (types := self._types(spec)) and found not in types:
            yield f"{path}: {found}, known {sorted(types)}"
        yield from self._within(value, spec, path)

    def _may_be_null(self, spec: Any, path: str) -> bool:
        return bool(spec.get("nullable")) or path.removeprefix("data[]").lstrip(".") in self._nulls

    def _types(self, spec: Any) -> set[str]:
        if "any_of" in spec:
            return set[str]().union(*(self._types(each) for each in spec["any_of"]))
        if "object" in spec or "fields" in spec:
            return {"object"}
        if "enum" in spec:
            return {kind(each) for each in self._enums[spec["enum"]]}
        written = spec.get("type", "").split("|")
        return {"number" if each == "integer" else each for each in written if each}

    def _within(self, value: Any, spec: Any, path: str) -> Iterator[str]:
        if isinstance(value, list) and "items" in spec:
            for item in value:
                yield from self.wrong(item, spec["items"], f"{path}[]")
        elif value and isinstance(value, dict) and ("object" in spec or "fields" in spec):
            known = self._objects[spec["object"]] if "object" in spec else spec["fields"]
            for name, inner in known.items():
                place = f"{path}.{name}" if path else name
                if name in value:
                    yield from self.wrong(value[name], inner, place)
                elif inner.get("required"):
                    yield f"{place}: missing"


def nulls_of(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which an example shows null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from nulls_of(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from nulls_of(inner, f"{path}[]" if path else "")
    elif value is None:
        yield path


# Operations below a collection with other objects.
BELOW = {
    "GET /sales_orders/{id}/returnable_items": "ReturnableItem",
    "GET /sales_returns/return_reasons": "SalesReturnReason",
    "GET /serial_numbers/serial_numbers_stock": "SerialNumberStock",
}


def object_of(name: str) -> str | None:
    path = name.split(" ")[1]
    if path.count("/") > 1 and not path.endswith(("/{id}", "/search")):
        return BELOW.get(name)
    return OBJECTS.get(path.split("/")[1])


@pytest.fixture(scope="module")
def nulls(shared_api: Path) -> dict[str, set[str]]:
    """The paths at which Katana's examples show null, by collection."""
    examples = json.loads((shared_api / "response-examples.json").read_text())
    found: dict[str, set[str]] = {}
    for name, answer in examples.items():
        collection = name.split("/")[1]
        for example in answer["examples"]:
            found.setdefault(collection, set()).update(nulls_of(unwrap(example)))
    return found


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_an_answer_has_the_types_seen_on_the_live_service(
    name: str,
    fields: dict[str, Any],
    live: dict[str, dict[str, Mapping[str, int]]],
    nulls: dict[str, set[str]],
) -> None:
    known = object_of(name)
    if known is None:
        pytest.skip("no object of the live service is known for it")
    seen = Seen(fields, live.get(name, {}), nulls.get(name.split("/")[1], set()))
    answer = call_of(name)(Caller())
    one = name.endswith("/{id}") or not name.startswith("GET")
    if name.startswith("GET") and one:  # the caller reads many, one by one
        payloads = [(payload, "") for payload in answer]
    elif isinstance(answer, dict) and "data" in answer:
        payloads = [(payload, "data[]") for payload in answer["data"]]
    elif isinstance(answer, list):
        payloads = [(payload, "") for payload in answer]
    else:
        payloads = [(answer, "")]
    wrong = {
        each
        for payload, path in payloads
        for each in seen.wrong(payload, {"object": _object_of(payload, known)}, path)
    }
    assert sorted(wrong) == []


def _object_of(payload: Any, known: str) -> str:
    outsourced = payload.get("entity_type") == "outsourced"
    return "OutsourcedPurchaseOrder" if outsourced else known


WRAPPED = ["operators", "serial_numbers", "serial_numbers_stock"]


@pytest.mark.parametrize("collection", WRAPPED)
def test_lists_that_the_examples_show_bare_are_wrapped(collection: str) -> None:
    assert set(call_of(f"GET /{collection}")(Caller())) == {"data"}
