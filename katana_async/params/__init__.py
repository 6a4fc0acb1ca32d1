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
    from .inventory.changes import *
    from .inventory.levels import *
    from .inventory.places import *
    from .inventory.tracking import *
    from .manufacturing.bills import *
    from .manufacturing.orders import *
    from .manufacturing.work import *
    from .pricing import *
    from .purchasing import *
    from .sales.fulfillments import *
    from .sales.orders import *
    from .sales.returns import *
    from .search import *

_NAMES = {
    "_types": """
        CustomFieldValues DateFilters Day Instant ListOrTuple Number NumericString OrderRerank
        RecordFilters RerankPlace SupplierQuery
    """,
    "account": """
        CustomFieldDefinitionCreate CustomFieldDefinitionFilters CustomFieldDefinitionUpdate
        TaxRateCreate TaxRateFilters WebhookCreate WebhookEventName WebhookFilters
        WebhookLogsExportFilters WebhookUpdate
    """,
    "catalog": """
        ConfigAttributeInput ConfigCreate ConfigUpdate CustomFieldInput MaterialCreate
        MaterialFilters MaterialUpdate MaterialVariantCreate ProductCreate ProductFilters
        ProductUpdate ProductVariantCreate ServiceCreate ServiceFilters ServiceUpdate
        ServiceVariantInput VariantBinLink VariantBinUnlink VariantCreate VariantFilters
        VariantQuery VariantUpdate VariantWhere
    """,
    "contacts": """
        AddressFields AddressFilters CustomerAddressCreate CustomerAddressFilters
        CustomerAddressInput CustomerAddressUpdate CustomerCreate CustomerFilters CustomerUpdate
        CustomerWhere SupplierAddressCreate SupplierAddressFilters SupplierAddressInput
        SupplierAddressUpdate SupplierCreate SupplierFilters SupplierUpdate
    """,
    "inventory.changes": """
        StockAdjustmentCreate StockAdjustmentFilters StockAdjustmentRowInput StockAdjustmentUpdate
        StockTransferCreate StockTransferFilters StockTransferRowInput StockTransferStatusUpdate
        StockTransferUpdate StocktakeCreate StocktakeFilters StocktakeRowFilters StocktakeRowInput
        StocktakeRowUpdate StocktakeRowsCreate StocktakeUpdate
    """,
    "inventory.levels": """
        BinInventoryFilters DemandForecastClear DemandForecastCreate DemandForecastPeriodInput
        DemandForecastQuery ForecastPeriod InventoryFilters InventoryMovementFilters
        InventorySignalFilters NegativeStockFilters StockLevelUpdate
    """,
    "inventory.places": """
        BinTransferCreate BinTransferFilters BinTransferRowCreate BinTransferRowFilters
        BinTransferRowInput BinTransferRowUpdate BinTransferStatusUpdate
        BinTransferTraceabilityInput BinTransferUpdate LocationFilters StorageBinCreate
        StorageBinFilters StorageBinUpdate
    """,
    "inventory.tracking": """
        AdjustmentTraceabilityInput BatchCreate BatchInput BatchQuantityInput BatchStockFilters
        BatchStockUpdate BatchTransactionInput IngredientTraceabilityInput
        ProductionTraceabilityInput SerialNumberFilters SerialNumberTransactionInput
        SerialNumbersCreate SerialNumbersDelete StockBatchInput TraceabilityInput
    """,
    "manufacturing.bills": """
        BomRowBatch BomRowCreate BomRowFilters BomRowUpdate ProductOperationRerank
        ProductOperationRowFilters ProductOperationRowInput ProductOperationRowUpdate
        ProductOperationRowsCreate RecipeFilters RecipeRowInput RecipeRowUpdate RecipesCreate
    """,
    "manufacturing.orders": """
        MakeToOrder ManufacturingOrderCreate ManufacturingOrderFilters ManufacturingOrderUnlink
        ManufacturingOrderUpdate ManufacturingOrderWhere OperatorFilters
    """,
    "manufacturing.work": """
        ManufacturingOrderOperationRowCreate ManufacturingOrderOperationRowFilters
        ManufacturingOrderOperationRowUpdate ManufacturingOrderProductionCreate
        ManufacturingOrderProductionFilters ManufacturingOrderProductionUpdate
        ManufacturingOrderRecipeRowCreate ManufacturingOrderRecipeRowFilters
        ManufacturingOrderRecipeRowUpdate OperatorInput ProductionIngredientFilters
        ProductionIngredientInput ProductionIngredientUpdate ProductionOperationInput
    """,
    "pricing": """
        PriceListCreate PriceListCustomerFilters PriceListCustomerInput PriceListCustomersCreate
        PriceListFilters PriceListRowCreate PriceListRowFilters PriceListRowUpdate
        PriceListRowsCreate PriceListUpdate
    """,
    "purchasing": """
        AdditionalCostFilters OutsourcedRecipeRowCreate OutsourcedRecipeRowFilters
        OutsourcedRecipeRowUpdate PurchaseOrderAccountingMetadataFilters PurchaseOrderCostRowCreate
        PurchaseOrderCostRowFilters PurchaseOrderCostRowUpdate PurchaseOrderCreate
        PurchaseOrderFilters PurchaseOrderReceiveRow PurchaseOrderRowCreate PurchaseOrderRowFilters
        PurchaseOrderRowInput PurchaseOrderRowUpdate PurchaseOrderUpdate PurchaseOrderWhere
    """,
    "sales.fulfillments": """
        SalesOrderAccountingMetadataFilters SalesOrderFulfillmentCreate
        SalesOrderFulfillmentFilters SalesOrderFulfillmentQuery SalesOrderFulfillmentRowInput
        SalesOrderFulfillmentUpdate ShippingFeeCreate ShippingFeeFilters ShippingFeeUpdate
    """,
    "sales.orders": """
        RowAttributeInput SalesOrderAddressCreate SalesOrderAddressFilters SalesOrderAddressInput
        SalesOrderAddressUpdate SalesOrderCreate SalesOrderFilters SalesOrderRowCreate
        SalesOrderRowFilters SalesOrderRowInput SalesOrderRowQuery SalesOrderRowUpdate
        SalesOrderRowWhere SalesOrderUpdate SalesOrderWhere
    """,
    "sales.returns": """
        SalesReturnCreate SalesReturnFilters SalesReturnRowCreate SalesReturnRowFilters
        SalesReturnRowUpdate SalesReturnUpdate
    """,
    "search": """
        Choice ChoiceComparator Comparator Condition CustomFieldCondition RecordWhere Search
        SearchLogic TextComparator VariantInclude VariantSearch
    """,
}
"""The public names of each module."""

if not TYPE_CHECKING:  # it would hide misspelt names from checkers
    __getattr__, __dir__ = attach(__name__, _NAMES)
