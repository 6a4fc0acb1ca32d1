"""What comes back: attrs classes, one module per area, each loaded when first used (PEP 562).

Field names are the wire's. None is null or "not said in this answer"; unknown fields are dropped.
Money and quantities are exact `Decimal`s, times are aware, enumerations keep unknown values.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._base import JSONValue, OpenEnum, Timestamp
    from .account import Factory, LegalAddress, UserInfo
    from .catalog import (
        AbcClassification,
        ConfigAttribute,
        CustomFieldValue,
        Item,
        ItemConfig,
        ItemType,
        Material,
        Product,
        Variant,
    )
    from .contacts import AddressType, Customer, CustomerAddress, Supplier, SupplierAddress
    from .inventory import (
        BatchTransaction,
        DefaultStorageBin,
        IngredientAvailability,
        Inventory,
        Location,
        LocationAddress,
        ProductAvailability,
        SerialNumberTransaction,
        StorageBin,
        Traceability,
    )
    from .manufacturing import BomRow
    from .pricing import AdjustmentMethod, PriceList, PriceListRow
    from .purchasing import (
        BillingStatus,
        DocumentStatus,
        PurchaseOrder,
        PurchaseOrderRow,
        PurchaseOrderStatus,
        PurchaseOrderType,
    )
    from .sales import (
        InvoicingStatus,
        ProductionStatus,
        ReturnableItem,
        RowAttribute,
        SalesOrder,
        SalesOrderAddress,
        SalesOrderRow,
        SalesOrderStatus,
        ShippingFee,
    )

_HOME = {
    "JSONValue": "_base",
    "OpenEnum": "_base",
    "Timestamp": "_base",
    "Factory": "account",
    "LegalAddress": "account",
    "UserInfo": "account",
    "AbcClassification": "catalog",
    "ConfigAttribute": "catalog",
    "CustomFieldValue": "catalog",
    "Item": "catalog",
    "ItemConfig": "catalog",
    "ItemType": "catalog",
    "Material": "catalog",
    "Product": "catalog",
    "Variant": "catalog",
    "AddressType": "contacts",
    "Customer": "contacts",
    "CustomerAddress": "contacts",
    "Supplier": "contacts",
    "SupplierAddress": "contacts",
    "BatchTransaction": "inventory",
    "DefaultStorageBin": "inventory",
    "IngredientAvailability": "inventory",
    "Inventory": "inventory",
    "Location": "inventory",
    "LocationAddress": "inventory",
    "ProductAvailability": "inventory",
    "SerialNumberTransaction": "inventory",
    "StorageBin": "inventory",
    "Traceability": "inventory",
    "BomRow": "manufacturing",
    "AdjustmentMethod": "pricing",
    "PriceList": "pricing",
    "PriceListRow": "pricing",
    "BillingStatus": "purchasing",
    "DocumentStatus": "purchasing",
    "PurchaseOrder": "purchasing",
    "PurchaseOrderRow": "purchasing",
    "PurchaseOrderStatus": "purchasing",
    "PurchaseOrderType": "purchasing",
    "InvoicingStatus": "sales",
    "ProductionStatus": "sales",
    "ReturnableItem": "sales",
    "RowAttribute": "sales",
    "SalesOrder": "sales",
    "SalesOrderAddress": "sales",
    "SalesOrderRow": "sales",
    "SalesOrderStatus": "sales",
    "ShippingFee": "sales",
}

__all__ = [
    "AbcClassification",
    "AddressType",
    "AdjustmentMethod",
    "BatchTransaction",
    "BillingStatus",
    "BomRow",
    "ConfigAttribute",
    "CustomFieldValue",
    "Customer",
    "CustomerAddress",
    "DefaultStorageBin",
    "DocumentStatus",
    "Factory",
    "IngredientAvailability",
    "Inventory",
    "InvoicingStatus",
    "Item",
    "ItemConfig",
    "ItemType",
    "JSONValue",
    "LegalAddress",
    "Location",
    "LocationAddress",
    "Material",
    "OpenEnum",
    "PriceList",
    "PriceListRow",
    "Product",
    "ProductAvailability",
    "ProductionStatus",
    "PurchaseOrder",
    "PurchaseOrderRow",
    "PurchaseOrderStatus",
    "PurchaseOrderType",
    "ReturnableItem",
    "RowAttribute",
    "SalesOrder",
    "SalesOrderAddress",
    "SalesOrderRow",
    "SalesOrderStatus",
    "SerialNumberTransaction",
    "ShippingFee",
    "StorageBin",
    "Supplier",
    "SupplierAddress",
    "Timestamp",
    "Traceability",
    "UserInfo",
    "Variant",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
