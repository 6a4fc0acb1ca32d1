"""TypedDicts of filters and bodies: a module per area, imported when it is first used.

Omitted keys are not sent, and None is sent as null. `http/encoding.py` reads the annotations at run
time, so no module here may postpone them.
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from ._types import *
    from .account import *
    from .catalog import *
    from .contacts import *
    from .inventory import *
    from .manufacturing import *
    from .pricing import *
    from .purchasing import *
    from .sales import *
    from .search import *

_NAMES = {
    "_types": """
        CustomFieldValues DateFilters Day Instant Number NumericString OrderRerank RerankPlace
    """,
    "account": """
        CustomFieldDefinitionCreate CustomFieldDefinitionFilters CustomFieldDefinitionUpdate
        TaxRateCreate TaxRateFilters WebhookCreate WebhookEventName WebhookFilters
        WebhookLogsExportFilters WebhookUpdate
    """,
    "catalog": """
        ConfigAttributeInput ConfigCreate ConfigUpdate CustomFieldInput MaterialCreate
        MaterialFilters MaterialQuery MaterialUpdate MaterialVariantCreate ProductCreate
        ProductFilters ProductQuery ProductUpdate ProductVariantCreate ServiceCreate
        ServiceFilters ServiceUpdate ServiceVariantInput VariantBinLink VariantBinUnlink
        VariantCreate VariantFilters VariantInclude VariantQuery VariantUpdate VariantWhere
    """,
    "contacts": """
        AddressFields AddressFilters CustomerAddressCreate CustomerAddressFilters
        CustomerAddressInput CustomerAddressUpdate CustomerCreate CustomerFilters CustomerUpdate
        CustomerWhere SupplierAddressCreate SupplierAddressFilters SupplierAddressInput
        SupplierAddressUpdate SupplierCreate SupplierFilters SupplierUpdate
    """,
    "inventory": """
        AdjustmentTraceabilityInput BatchCreate BatchInput BatchQuantityInput
        BatchStockFilters BatchStockUpdate BatchTransactionInput BinInventoryFilters
        BinTransferCreate BinTransferFilters BinTransferRowCreate BinTransferRowFilters
        BinTransferRowInput BinTransferRowUpdate BinTransferStatusUpdate
        BinTransferTraceabilityInput BinTransferUpdate DemandForecastClear
        DemandForecastCreate DemandForecastPeriodInput DemandForecastQuery ForecastPeriod
        IngredientTraceabilityInput InventoryFilters InventoryMovementFilters
        InventorySignalFilters LocationFilters NegativeStockFilters ProductionTraceabilityInput
        SerialNumberFilters SerialNumberTransactionInput SerialNumbersCreate
        SerialNumbersDelete StockAdjustmentCreate StockAdjustmentFilters
        StockAdjustmentRowInput StockAdjustmentUpdate StockBatchInput StockLevelUpdate
        StockTransferCreate StockTransferFilters StockTransferRowInput
        StockTransferStatusUpdate StockTransferUpdate StocktakeCreate StocktakeFilters
        StocktakeRowFilters StocktakeRowInput StocktakeRowUpdate StocktakeRowsCreate
        StocktakeUpdate StorageBinCreate StorageBinFilters StorageBinUpdate
        TraceabilityInput
    """,
    "manufacturing": """
        BomRowBatch BomRowCreate BomRowFilters BomRowUpdate MakeToOrder
        ManufacturingOrderCreate ManufacturingOrderFilters
        ManufacturingOrderOperationRowCreate ManufacturingOrderOperationRowFilters
        ManufacturingOrderOperationRowUpdate ManufacturingOrderProductionCreate
        ManufacturingOrderProductionFilters ManufacturingOrderProductionUpdate
        ManufacturingOrderRecipeRowCreate ManufacturingOrderRecipeRowFilters
        ManufacturingOrderRecipeRowUpdate ManufacturingOrderUnlink ManufacturingOrderUpdate
        ManufacturingOrderWhere OperatorFilters OperatorInput ProductOperationRerank
        ProductOperationRowFilters
        ProductOperationRowInput ProductOperationRowUpdate ProductOperationRowsCreate
        ProductionIngredientFilters ProductionIngredientInput ProductionIngredientUpdate
        ProductionOperationInput
        RecipeFilters RecipeRowInput RecipeRowUpdate RecipesCreate
    """,
    "pricing": """
        PriceListCreate PriceListCustomerFilters PriceListCustomerInput
        PriceListCustomerUpdate PriceListCustomersCreate PriceListFilters PriceListRowCreate
        PriceListRowFilters PriceListRowUpdate PriceListRowsCreate PriceListUpdate
    """,
    "purchasing": """
        AdditionalCostFilters OutsourcedRecipeRowCreate OutsourcedRecipeRowFilters
        OutsourcedRecipeRowUpdate PurchaseOrderAccountingMetadataFilters
        PurchaseOrderCostRowCreate PurchaseOrderCostRowFilters PurchaseOrderCostRowUpdate
        PurchaseOrderCreate PurchaseOrderFilters PurchaseOrderQuery PurchaseOrderReceiveRow
        PurchaseOrderRowCreate PurchaseOrderRowFilters PurchaseOrderRowInput
        PurchaseOrderRowUpdate PurchaseOrderUpdate PurchaseOrderWhere
    """,
    "sales": """
        RowAttributeInput SalesOrderAccountingMetadataFilters SalesOrderAddressCreate
        SalesOrderAddressFilters SalesOrderAddressInput SalesOrderAddressUpdate
        SalesOrderCreate SalesOrderFilters SalesOrderFulfillmentCreate
        SalesOrderFulfillmentFilters SalesOrderFulfillmentQuery
        SalesOrderFulfillmentRowInput SalesOrderFulfillmentUpdate SalesOrderRowCreate
        SalesOrderRowFilters SalesOrderRowInput SalesOrderRowQuery SalesOrderRowUpdate
        SalesOrderRowWhere SalesOrderUpdate SalesOrderWhere SalesReturnCreate
        SalesReturnFilters SalesReturnRowCreate
        SalesReturnRowFilters SalesReturnRowUpdate SalesReturnUpdate ShippingFeeCreate
        ShippingFeeFilters ShippingFeeUpdate
    """,
    "search": """
        Choice ChoiceComparator Comparator Condition CustomFieldCondition SearchLogic
        TextComparator
    """,
}
"""The names that each area exports in its `__all__`."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
