"""The records of Katana's answers: one module per area, each loaded when first used.

Fields are named as in Katana's JSON. None stands for null and for a field that the answer left out;
unknown fields are dropped. Money and quantities are exact `Decimal`s, times are aware, enumerations
keep unknown values. The reference of the collections has the addresses of Katana's pages.
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from ._base import *
    from ._interop import *
    from .account import *
    from .catalog import *
    from .contacts import *
    from .inventory.changes import *
    from .inventory.levels import *
    from .inventory.places import *
    from .inventory.tracking import *
    from .manufacturing import *
    from .pricing import *
    from .purchasing import *
    from .sales.fulfillments import *
    from .sales.orders import *
    from .sales.returns import *

_NAMES = {
    "_base": """
        CustomizableRecord DatedRecord DeletableRecord JSONValue Model OpenEnum Reranked Timestamp
    """,
    "_interop": "configure_converter",
    "account": """
        AccountingIntegration CustomField CustomFieldChoice CustomFieldDefinition CustomFieldEntity
        CustomFieldResource CustomFieldType CustomFieldsCollection Factory LegalAddress TaxRate
        User UserInfo Webhook WebhookEvent WebhookLogsExport
    """,
    "catalog": """
        AbcClassification ConfigAttribute CustomFieldValue Item ItemConfig ItemType Material
        Product Service ServiceVariant Variant
    """,
    "contacts": """
        Address AddressType Customer CustomerAddress PersonalAddress Supplier SupplierAddress
    """,
    "inventory.changes": """
        StockAdjustment StockAdjustmentRow StockTransfer StockTransferRow StockTransferStatus
        Stocktake StocktakeRow StocktakeStatus
    """,
    "inventory.levels": """
        BinInventory BinInventoryGranularity DemandForecast DemandForecastPeriod
        IngredientAvailability Inventory InventoryMovement InventorySafetyStockLevel
        InventorySignal LeadTimeSource MovementResource NegativeStock ProductAvailability
    """,
    "inventory.places": """
        BinTransfer BinTransferRow BinTransferStatus BinTransferTraceability DefaultStorageBin
        Location LocationAddress StorageBin
    """,
    "inventory.tracking": """
        Batch BatchStock BatchTransaction SerialNumber SerialNumberFailure
        SerialNumberFailureReason SerialNumberMove SerialNumberResource SerialNumberStock
        SerialNumberTransaction SerialNumbersCreated Traceability
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
    "sales.fulfillments": """
        FulfillmentInvoiceStatus FulfillmentStatus SalesOrderAccountingMetadata
        SalesOrderFulfillment SalesOrderFulfillmentRow
    """,
    "sales.orders": """
        InvoicingStatus ProductionStatus RowAttribute SalesOrder SalesOrderAddress SalesOrderRow
        SalesOrderStatus ShippingFee
    """,
    "sales.returns": """
        RefundStatus ReturnableItem SalesReturn SalesReturnReason SalesReturnRow SalesReturnStatus
        UnassignedBatchTransaction
    """,
}
"""The public names of each module."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
