"""What you send: TypedDicts for filters and bodies, one module per area, loaded when first used.

An omitted key is left alone, None is null. No module here postpones its annotations: they are read
at run time.
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from ._types import *
    from .catalog import *
    from .contacts import *
    from .inventory import *
    from .manufacturing import *
    from .pricing import *
    from .purchasing import *
    from .sales import *
    from .search import *

_NAMES = {
    "_types": "DateFilters Day Instant Number NumericString",
    "catalog": """
        ConfigAttributeInput ConfigCreate ConfigUpdate CustomFieldInput MaterialCreate
        MaterialFilters MaterialQuery MaterialUpdate MaterialVariantCreate ProductCreate
        ProductFilters ProductQuery ProductUpdate ProductVariantCreate VariantCreate
        VariantFilters VariantQuery VariantUpdate
    """,
    "contacts": "CustomerAddressCreate CustomerCreate CustomerFilters CustomerUpdate",
    "inventory": "InventoryFilters StorageBinCreate StorageBinFilters StorageBinUpdate",
    "manufacturing": "BomRowBatch BomRowCreate BomRowFilters BomRowUpdate",
    "pricing": """
        PriceListCreate PriceListFilters PriceListRowCreate PriceListRowFilters
        PriceListRowUpdate PriceListRowsCreate PriceListUpdate
    """,
    "purchasing": """
        PurchaseOrderCreate PurchaseOrderFilters PurchaseOrderQuery PurchaseOrderRowCreate
        PurchaseOrderUpdate
    """,
    "sales": """
        BatchTransactionInput RowAttributeInput SalesOrderAddressCreate SalesOrderCreate
        SalesOrderFilters SalesOrderRowCreate SalesOrderRowFilters SalesOrderRowInput
        SalesOrderRowQuery SalesOrderRowUpdate SalesOrderUpdate SerialNumberTransactionInput
        TraceabilityInput
    """,
    "search": """
        Comparator Condition CustomFieldCondition SalesOrderRowWhere SalesOrderWhere
        SearchFilter
    """,
}
"""What each area exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
