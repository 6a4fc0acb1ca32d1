"""Everything the sandbox offers: the list of its collections, operations and tables."""

from collections.abc import Iterator

from .layout import Layout
from .operations import Collection, Operation
from .tables import items, places, stock, suppliers, variants

COLLECTIONS: tuple[Collection, ...] = (
    items.PRODUCTS,
    items.MATERIALS,
    variants.VARIANTS,
    stock.BOM_ROWS,
    stock.INVENTORY,
    places.LOCATIONS,
    places.BIN_LOCATIONS,
    suppliers.SUPPLIERS,
)
LAYOUTS: tuple[Layout, ...] = (
    items.PRODUCT_LAYOUT,
    items.MATERIAL_LAYOUT,
    variants.VARIANT_LAYOUT,
    stock.BOM_ROW_LAYOUT,
    stock.INVENTORY_LAYOUT,
    places.LOCATION_LAYOUT,
    places.BIN_LAYOUT,
    suppliers.SUPPLIER_LAYOUT,
    Layout(name="sales_order_rows", first=1, fields={"variant_id": None}, links=("variant_id",)),
    Layout(name="purchase_order_rows", first=1, fields={"variant_id": None}, links=("variant_id",)),
)


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    for collection in COLLECTIONS:
        yield from collection.operations()
