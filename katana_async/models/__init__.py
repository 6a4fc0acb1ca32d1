"""The records of Katana's answers: one module per area, each loaded when first used.

Fields are named as in Katana's JSON. None stands for null and for a field that the answer left out;
unknown fields are dropped. Money and quantities are exact `Decimal`s, times are aware, enumerations
keep unknown values.
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from ._base import *
    from ._interop import *
    from .account import *
    from .catalog import *
    from .contacts import *
    from .inventory import *
    from .manufacturing import *
    from .pricing import *
    from .purchasing import *
    from .sales import *

_NAMES = {
    "_base": "JSONValue Model OpenEnum Reranked Timestamp",
    "_interop": "configure_converter",
    "account": """
        AccountingIntegration CustomField CustomFieldChoice CustomFieldDefinition
        CustomFieldEntity CustomFieldResource CustomFieldType CustomFieldsCollection
        Factory LegalAddress TaxRate User UserInfo Webhook
        WebhookEvent WebhookLogsExport
    """,
    "catalog": """
        AbcClassification ConfigAttribute CustomFieldValue Item ItemConfig ItemType Material
        Product Service ServiceVariant Variant
    """,
    "contacts": """
        Address AddressType Customer CustomerAddress PersonalAddress Supplier SupplierAddress
    """,
    "inventory": """
        Batch BatchStock BatchTransaction BinInventory BinInventoryGranularity BinTransfer
        BinTransferRow BinTransferStatus BinTransferTraceability DefaultStorageBin
        DemandForecast DemandForecastPeriod IngredientAvailability Inventory
        InventoryMovement InventorySafetyStockLevel InventorySignal LeadTimeSource Location
        LocationAddress MovementResource NegativeStock ProductAvailability SerialNumber
        SerialNumberFailure SerialNumberFailureReason SerialNumberMove SerialNumberResource
        SerialNumberStock SerialNumberTransaction SerialNumbersCreated StockAdjustment
        StockAdjustmentRow StockTransfer StockTransferRow StockTransferStatus Stocktake
        StocktakeRow StocktakeStatus StorageBin Traceability
    """,
    "manufacturing": """
        AssignedOperator BomRow ManufacturingOrder ManufacturingOrderOperationRow
        ManufacturingOrderProduction ManufacturingOrderRecipeRow ManufacturingOrderStatus
        OperationStatus OperationType Operator ProductOperationRow ProductionIngredient
        ProductionOperation RecipeRow WorkingArea
    """,
    "pricing": "AdjustmentMethod PriceList PriceListCustomer PriceListRow",
    "purchasing": """
        AdditionalCost BillingStatus CostDistribution DocumentStatus OutsourcedRecipeRow
        PurchaseOrder PurchaseOrderAccountingMetadata PurchaseOrderCostRow PurchaseOrderRow
        PurchaseOrderStatus PurchaseOrderType
    """,
    "sales": """
        FulfillmentInvoiceStatus FulfillmentStatus InvoicingStatus ProductionStatus
        RefundStatus ReturnableItem RowAttribute SalesOrder SalesOrderAccountingMetadata
        SalesOrderAddress SalesOrderFulfillment SalesOrderFulfillmentRow SalesOrderRow
        SalesOrderStatus SalesReturn SalesReturnReason SalesReturnRow SalesReturnStatus
        ShippingFee UnassignedBatchTransaction
    """,
}
"""The exports of each area, equal to its `__all__`."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
