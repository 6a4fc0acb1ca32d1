"""The models hold every field that was seen on the live service, in a type that fits."""

import pickle
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
import msgspec
import pytest

from katana_async import models
from katana_async.models import OpenEnum

from .objects import all_models, answer_objects, known_objects, model_of

ENUMS = {
    "AbcClassification": models.AbcClassification,
    "AccountingIntegrationType": models.AccountingIntegration,
    "AddressEntityType": models.AddressType,
    "BinInventoryGranularity": models.BinInventoryGranularity,
    "BinTransferStatus": models.BinTransferStatus,
    "CostDistributionMethod": models.CostDistribution,
    "CreatePurchaseOrderInitialStatus": models.PurchaseOrderStatus,
    "CreateSalesOrderStatus": models.SalesOrderStatus,
    "CreateSerialNumberFailureReason": models.SerialNumberFailureReason,
    "CreateSerialNumberResourceType": models.SerialNumberResource,
    "CustomFieldCollectionResourceType": models.CustomFieldResource,
    "CustomFieldEntityType": models.CustomFieldEntity,
    "CustomFieldType": models.CustomFieldType,
    "DocumentSendStatus": models.DocumentStatus,
    "IngredientAvailability": models.IngredientAvailability,
    "InventoryItemType": models.ItemType,
    "InventoryMovementResourceType": models.MovementResource,
    "InventoryMovementResourceTypeFilter": models.MovementResource,
    "InventorySignalLeadTimeSource": models.LeadTimeSource,
    "ManufacturingOperationStatus": models.OperationStatus,
    "ManufacturingOperationType": models.OperationType,
    "ManufacturingOrderStatus": models.ManufacturingOrderStatus,
    "MaterialType": models.ItemType,
    "OperatorWorkingArea": models.WorkingArea,
    "OutsourcedPurchaseOrderIngredientAvailability": models.IngredientAvailability,
    "OutsourcedRecipeIngredientAvailability": models.IngredientAvailability,
    "PriceListAdjustmentMethod": models.AdjustmentMethod,
    "ProductAvailability": models.ProductAvailability,
    "ProductOperationType": models.OperationType,
    "ProductType": models.ItemType,
    "PurchaseOrderBillingStatus": models.BillingStatus,
    "PurchaseOrderEntityType": models.PurchaseOrderType,
    "PurchaseOrderStatus": models.PurchaseOrderStatus,
    "SalesOrderFulfillmentInvoiceStatus": models.FulfillmentInvoiceStatus,
    "SalesOrderFulfillmentInvoiceStatusFilter": models.FulfillmentInvoiceStatus,
    "SalesOrderFulfillmentStatus": models.FulfillmentStatus,
    "SalesOrderInvoicingStatus": models.InvoicingStatus,
    "SalesOrderProductionStatus": models.ProductionStatus,
    "SalesOrderStatus": models.SalesOrderStatus,
    "SalesReturnRefundStatus": models.RefundStatus,
    "SalesReturnStatus": models.SalesReturnStatus,
    "SerialNumberResourceType": models.SerialNumberResource,
    "ServiceType": models.ItemType,
    "StockTransferStatus": models.StockTransferStatus,
    "StocktakeStatus": models.StocktakeStatus,
    "UpdateSalesOrderStatus": models.SalesOrderStatus,
    "VariantType": models.ItemType,
    "WebhookEvent": models.WebhookEvent,
}
CLASSES = all_models()

# The documents leave these optional, but `{}` stands for null and must not pass for an object.
REQUIRED_ALL_THE_SAME = {
    (models.ConfigAttribute, "config_name"),
    (models.CustomFieldValue, "field_name"),
    (models.BatchTransaction, "quantity"),
    (models.RowAttribute, "key"),
    (models.BinInventory, "location_id"),
    (models.BinInventory, "variant_id"),
    (models.BinTransferTraceability, "quantity"),
    (models.InventorySignal, "demand_window"),
    (models.InventorySignal, "variant_id"),
    (models.NegativeStock, "location_id"),
    (models.NegativeStock, "variant_id"),
    (models.ProductionIngredient, "id"),
    (models.SerialNumber, "id"),
    (models.Traceability, "quantity"),
    (models.UnassignedBatchTransaction, "quantity"),
    (models.WebhookLogsExport, "url"),
}
# More exact than the notes on the live service: from Katana's descriptions and examples.
KNOWN_BETTER = {
    # Keys that Katana adds to the options of a custom field stay reachable in a dict.
    (models.CustomFieldDefinition, "options"): dict[str, Any],
    (models.InventorySignal, "stock_risk"): int,
    (models.ManufacturingOrderOperationRow, "active_operator_id"): int,
    (models.ManufacturingOrderOperationRow, "rank"): int,
    (models.RecipeRow, "id"): UUID,
    (models.RecipeRow, "recipe_row_id"): UUID,
}


def hints(model: Any) -> dict[str, Any]:
    return get_type_hints(model)


def types_in(hint: Any) -> set[Any]:
    """Return the types that a field may hold."""
    if get_origin(hint) in (tuple, dict):
        return {hint}
    return set(get_args(hint)) or {hint}


def fits(hint: Any, known: dict[str, Any]) -> bool:
    """Return whether a field's annotation accepts the values of the live service."""
    kinds = types_in(hint) - {NoneType}
    if "any_of" in known:
        if kinds == {models.Item}:
            return [each["object"] for each in known["any_of"]] == ["Product", "Material"]
        return all(any(fits_kind(kind, each) for kind in kinds) for each in known["any_of"])
    return any(fits_kind(kind, known) for kind in kinds)


def fits_kind(kind: Any, known: dict[str, Any]) -> bool:
    seen: Any = known.get("type")
    if "enum" in known:
        return kind is ENUMS[known["enum"]]
    if "object" in known:
        return kind is model_of(known["object"])
    if seen == "array":
        if get_origin(kind) is not tuple:
            return False
        item = get_args(kind)[0]
        fields = known["items"].get("fields")
        if fields is None:
            return fits(item, known["items"])
        return all(fits(hints(item)[name], field) for name, field in fields.items())
    if seen == "string":
        # Numbers come as numbers or as texts, field by field: a Decimal reads both.
        formats: dict[str, set[Any]] = {"date-time": {datetime}, "uuid": {UUID}}
        return kind in formats.get(known.get("format", ""), {str, Decimal}) or (
            isinstance(kind, type) and issubclass(kind, OpenEnum)
        )
    if seen in ("number", "string|number"):
        return kind is Decimal
    if seen == "object":
        return get_origin(kind) is dict or attrs.has(kind)
    plain: dict[str, type[Any]] = {"integer": int, "boolean": bool, "null": int}
    return kind is plain[seen]


def holds_list(hint: Any) -> bool:
    """Return whether an empty tuple stands for no value: not where None does."""
    kinds = types_in(hint)
    return any(get_origin(kind) is tuple for kind in kinds) and type(None) not in get_args(hint)


def is_required(model: type[Any], name: str) -> bool:
    return getattr(attrs.fields(model), name).default is attrs.NOTHING


@pytest.mark.parametrize("name", answer_objects())
def test_every_known_field_is_on_the_model_in_a_type_that_fits(name: str) -> None:
    model = model_of(name)
    for field, known in known_objects()[name].items():
        assert field in hints(model), f"{name}.{field} is missing"
        hint = hints(model)[field]
        if (model, field) in KNOWN_BETTER:
            assert KNOWN_BETTER[model, field] in types_in(hint)
            continue
        assert fits(hint, known), f"{name}.{field}: {hint}"


@pytest.mark.parametrize("name", answer_objects())
def test_what_may_be_null_or_absent_may_be_so_on_the_model(name: str) -> None:
    model = model_of(name)
    for field, known in known_objects()[name].items():
        hint = hints(model)[field]
        # A null list reads as an empty one, by the tolerant reader.
        if known.get("nullable") and not holds_list(hint):
            assert NoneType in types_in(hint), f"{name}.{field} may be null"
        may_be_absent = not known.get("required") or known.get("nullable")
        if may_be_absent and (model, field) not in REQUIRED_ALL_THE_SAME:
            assert not is_required(model, field), f"{name}.{field} may be absent"


@pytest.mark.parametrize("name", ENUMS)
def test_every_known_value_of_an_enumeration_is_a_member(
    name: str, known_enums: dict[str, Any]
) -> None:
    assert set(known_enums[name]) <= {str(member) for member in ENUMS[name]}


def test_every_enumeration_is_known(known_enums: dict[str, Any]) -> None:
    # A number 0 to 3, and the texts of a filter.
    others = {"InventorySignalStockRisk", "PurchaseOrderDocumentStatus"}
    assert set(known_enums) == set(ENUMS) | others


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: str(model.__name__))
def test_an_empty_object_is_never_taken_for_a_record(model: type[Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        msgspec.json.decode(b"{}", type=model)


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: str(model.__name__))
def test_what_is_not_said_is_none_or_an_empty_tuple(model: Any) -> None:
    for field in attrs.fields(model):
        assert field.default in (attrs.NOTHING, None, ()), field.name
        hint = hints(model)[field.name]
        if field.default is not attrs.NOTHING:
            assert (field.default == ()) == holds_list(hint), field.name
        assert field.default is not None or NoneType in types_in(hint), field.name


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: str(model.__name__))
def test_every_time_has_to_be_aware(model: Any) -> None:
    for name, hint in get_type_hints(model, include_extras=True).items():
        if datetime in types_in(hints(model)[name]):
            assert models.Timestamp in {hint, *types_in(hint)}, name


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: str(model.__name__))
def test_fields_have_the_names_of_katanas_json(model: type[Any]) -> None:
    for field in msgspec.structs.fields(model):
        assert field.encode_name == field.name


def test_the_repr_says_what_the_answer_said() -> None:
    variant = models.Variant(id=1, sku="A-1", sales_price=Decimal("0.10"))
    product = models.Product(
        id=2, name="Table", type=models.ItemType.PRODUCT, is_sellable=False, variants=(variant,)
    )
    assert repr(product) == (
        "Product(id=2, name='Table', type=<ItemType.PRODUCT: 'product'>, is_sellable=False,"
        " variants=(Variant(id=1, sku='A-1', sales_price=Decimal('0.10')),))"
    )


def test_records_are_equal_by_value_and_can_be_copied_with_changes() -> None:
    variant = models.Variant(id=1, sku="A-1")
    assert variant == models.Variant(id=1, sku="A-1")
    assert hash(variant) == hash(models.Variant(id=1, sku="A-1"))
    assert attrs.evolve(variant, sku="B-1") == models.Variant(id=1, sku="B-1")
    assert pickle.loads(pickle.dumps(variant)) == variant
