"""What comes back: attrs classes, one module per area, each loaded when first used.

Field names are the wire's. None is null or "not said in this answer"; unknown fields are dropped.
Money and quantities are exact `Decimal`s, times are aware, enumerations keep unknown values.
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from ._base import *
    from .account import *
    from .catalog import *
    from .contacts import *
    from .inventory import *
    from .manufacturing import *
    from .pricing import *
    from .purchasing import *
    from .sales import *

_NAMES = {
    "_base": "JSONValue OpenEnum Timestamp",
    "account": "Factory LegalAddress UserInfo",
    "catalog": """
        AbcClassification ConfigAttribute CustomFieldValue Item ItemConfig ItemType Material
        Product Variant
    """,
    "contacts": "AddressType Customer CustomerAddress Supplier SupplierAddress",
    "inventory": """
        BatchTransaction DefaultStorageBin IngredientAvailability Inventory Location
        LocationAddress ProductAvailability SerialNumberTransaction StorageBin Traceability
    """,
    "manufacturing": "BomRow",
    "pricing": "AdjustmentMethod PriceList PriceListRow",
    "purchasing": """
        BillingStatus DocumentStatus PurchaseOrder PurchaseOrderRow PurchaseOrderStatus
        PurchaseOrderType
    """,
    "sales": """
        InvoicingStatus ProductionStatus ReturnableItem RowAttribute SalesOrder
        SalesOrderAddress SalesOrderRow SalesOrderStatus ShippingFee
    """,
}
"""What each area exports, as its `__all__` says."""

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
