"""Which fields a table shows, of the many that records have."""

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS: dict[str, tuple[str, ...]] = {
    "bin_locations": ("id", "bin_name", "name", "location_id", "updated_at"),
    "bom_rows": ("id", "product_variant_id", "ingredient_variant_id", "quantity", "notes"),
    "customers": ("id", "name", "email", "phone", "currency", "category", "updated_at"),
    "drift": ("operation", "place", "change", "what", "document", "sdk"),
    "inventory": (
        "variant_id",
        "location_id",
        "quantity_in_stock",
        "quantity_committed",
        "quantity_expected",
        "average_cost",
        "value_in_stock",
    ),
    "materials": ("id", "name", "uom", "category_name", "default_supplier_id", "updated_at"),
    "price_list_rows": ("id", "price_list_id", "variant_id", "adjustment_method", "amount"),
    "price_lists": ("id", "name", "is_active", "updated_at"),
    "products": ("id", "name", "uom", "category_name", "is_sellable", "updated_at"),
    "purchase_orders": (
        "id",
        "order_no",
        "supplier_id",
        "status",
        "total",
        "currency",
        "expected_arrival_date",
        "updated_at",
    ),
    "sales_order_rows": (
        "id",
        "sales_order_id",
        "variant_id",
        "quantity",
        "price_per_unit",
        "total",
        "product_availability",
        "updated_at",
    ),
    "sales_orders": (
        "id",
        "order_no",
        "customer_id",
        "status",
        "total",
        "currency",
        "delivery_date",
        "updated_at",
    ),
    "variants": (
        "id",
        "sku",
        "type",
        "product_id",
        "material_id",
        "sales_price",
        "purchase_price",
        "updated_at",
    ),
}
"""For each collection what identifies a record to a person, and what most often changes."""

_MOST = 8


def for_table(attribute: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the columns for a table of these records: those that at least one of them has."""
    present = {name: None for record in records for name in record}
    chosen = [name for name in COLUMNS.get(attribute, ()) if name in present]
    return chosen or list(present)[:_MOST]
