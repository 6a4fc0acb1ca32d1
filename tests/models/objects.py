"""Which model holds which of the objects that response-fields.json describes."""

import json
from decimal import Decimal
from functools import cache
from typing import Any

import attrs

from katana_async import models
from katana_async.models._base import is_model
from tests.request_validation import DOCUMENTS

OTHERS: dict[str, type[Any]] = {
    "InventoryItem": models.Item,
    "InventoryReorderPoint": models.InventorySafetyStockLevel,
    "ManufacturingOrderOperationProduction": models.ProductionOperation,
    "ManufacturingOrderProductionIngredient": models.ProductionIngredient,
    "MaterialConfig": models.ItemConfig,
    "OutsourcedPurchaseOrder": models.PurchaseOrder,
    "OutsourcedPurchaseOrderRecipeRow": models.OutsourcedRecipeRow,
    "PurchaseOrderAdditionalCostRow": models.PurchaseOrderCostRow,
    "PurchaseOrderBase": models.PurchaseOrder,
    "Recipe": models.RecipeRow,
    "RegularPurchaseOrder": models.PurchaseOrder,
    "RerankOrders": models.Reranked,
    "SalesOrderShippingFee": models.ShippingFee,
    "StockAdjustmentBatchTransaction": models.BatchTransaction,
    "StockAdjustmentTraceability": models.Traceability,
    "VariantDefaultStorageBinLink": models.DefaultStorageBin,
}
"""The model of an object that has another name there; "Response" is left out at the end."""

NOT_MODELS = {
    # Parts of requests.
    "Batch",
    "BatchStockUpdate",
    "BinTransferRowCreateNested",
    "CustomFieldChoiceCreate",
    "CustomFieldOptionsCreate",
    "CustomerSearchFilter",
    "ManufacturingOrderProductionBatchTransaction",
    "ManufacturingOrderSearchFilter",
    "PurchaseOrderReceiveRow",
    "PurchaseOrderReceiveTraceability",
    "PurchaseOrderSearchFilter",
    "RerankPlace",
    "SalesOrderRowBatchTransactionUpdate",
    "SalesOrderRowSearchFilter",
    "SalesOrderSearchFilter",
    "SearchComparator",
    "StorageBinCreate",
    "StorageBinUpdate",
    "VariantDefaultStorageBinLink",
    "VariantSearchFilter",
    # The fields that records share.
    "ArchivableDeletableEntity",
    "ArchivableEntity",
    "BaseEntity",
    "DeletableEntity",
    "StorageBin",
    "UpdatableEntity",
    # Errors, and the body of a delivery of a webhook.
    "CodedErrorResponse",
    "DetailedErrorResponse",
    "ErrorResponse",
    "WebhookEventPayload",
    # The answer of an operation that is documented as 204.
    "ProductOperationRerank",
    # A dict, in which keys that Katana adds stay reachable: CustomFieldDefinition.options.
    "CustomFieldOptions",
}
"""Objects that no model holds."""


def all_models() -> list[type[models.Model]]:
    """Return the public models, without their base class."""
    found = [getattr(models, name) for name in dir(models)]
    return [cls for cls in found if is_model(cls) and cls is not models.Model]


@cache
def known_objects() -> dict[str, Any]:
    """Return the objects, field by field; none where the documents are not here."""
    path = DOCUMENTS / "response-fields.json"
    if not path.exists():
        return {}
    objects: dict[str, Any] = json.loads(path.read_text(), parse_float=Decimal)["objects"]
    return objects


def answer_objects() -> list[str]:
    """Return the names of the objects that answers contain."""
    return [name for name in known_objects() if name not in NOT_MODELS]


def model_of(name: str) -> type[Any]:
    """Return the model of an object.

    Raises:
        KeyError: There is none, and `OTHERS` has none.
    """
    short = name.removesuffix("Response")
    found = getattr(models, short) if short in dir(models) else None
    return found if found is not None and attrs.has(found) else OTHERS[short]
