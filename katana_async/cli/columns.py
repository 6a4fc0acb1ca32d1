"""Which fields a table shows, of the many that records have.

For each collection what identifies a record to a person, and what most often changes; never a
secret, such as a webhook's token.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_CATALOG = {
    "materials": "id name uom category_name default_supplier_id updated_at",
    "products": "id name uom category_name is_sellable updated_at",
    "services": "id name uom category_name is_sellable updated_at",
    "variants": "id sku type product_id material_id sales_price purchase_price updated_at",
}
_SALES = {
    "sales_order_accounting_metadata": (
        "id sales_order_id fulfillment_id invoice_id integration_type created_at"
    ),
    "sales_order_addresses": "id sales_order_id entity_type line_1 city zip country updated_at",
    "sales_order_fulfillments": (
        "id sales_order_id status invoice_status picked_date tracking_number updated_at"
    ),
    "sales_order_rows": (
        "id sales_order_id variant_id quantity price_per_unit total product_availability updated_at"
    ),
    "sales_order_shipping_fee": "id sales_order_id description amount tax_rate_id",
    "sales_orders": ("id order_no customer_id status total currency delivery_date updated_at"),
    "sales_return_rows": (
        "id sales_return_id variant_id quantity net_price_per_unit reason_id updated_at"
    ),
    "sales_returns": (
        "id order_no customer_id sales_order_id status refund_status return_date updated_at"
    ),
}
_PURCHASING = {
    "outsourced_purchase_order_recipe_rows": (
        "id purchase_order_id purchase_order_row_id ingredient_variant_id planned_quantity_per_unit"
        " ingredient_availability updated_at"
    ),
    "po_additional_cost_rows": "id name group_id price currency distribution_method updated_at",
    # Katana writes these names in both ways; a table has those that came.
    "purchase_order_accounting_metadata": (
        "id purchase_order_id purchaseOrderId bill_id billId integration_type integrationType"
        " created_at createdAt"
    ),
    "purchase_order_rows": (
        "id purchase_order_id variant_id quantity price_per_unit total arrival_date received_date"
    ),
    "purchase_orders": (
        "id order_no supplier_id status total currency expected_arrival_date updated_at"
    ),
}
_MANUFACTURING = {
    "bom_rows": "id product_variant_id ingredient_variant_id quantity notes",
    "manufacturing_order_operation_rows": (
        "id manufacturing_order_id operation_name resource_name status total_remaining_time"
        " updated_at"
    ),
    "manufacturing_order_production_ingredients": (
        "id manufacturing_order_id production_id variant_id quantity cost production_date"
    ),
    "manufacturing_order_productions": (
        "id manufacturing_order_id quantity production_date updated_at"
    ),
    "manufacturing_order_recipe_rows": (
        "id manufacturing_order_id variant_id planned_quantity_per_unit total_remaining_quantity"
        " ingredient_availability updated_at"
    ),
    "manufacturing_orders": (
        "id order_no variant_id status planned_quantity completed_quantity"
        " production_deadline_date updated_at"
    ),
    "operators": "id operator_name updated_at",
    "product_operation_rows": (
        "product_operation_row_id product_variant_id operation_name resource_name"
        " planned_time_per_unit cost_per_hour updated_at"
    ),
    "recipes": "id recipe_row_id product_variant_id ingredient_variant_id quantity notes",
}
_INVENTORY = {
    "batch_stocks": (
        "batch_id batch_number variant_id location_id quantity_in_stock expiration_date"
    ),
    "bin_inventory": (
        "variant_id location_id bin_location_id batch_id serial_number_id quantity_in_stock"
        " quantity_committed quantity_expected"
    ),
    "bin_locations": "id bin_name name location_id updated_at",
    "bin_transfer_rows": (
        "id bin_transfer_id variant_id quantity source_bin_location_id target_bin_location_id"
        " updated_at"
    ),
    "bin_transfers": "id bin_transfer_number location_id status arrived_at updated_at",
    "inventory": (
        "variant_id location_id quantity_in_stock quantity_committed quantity_expected"
        " average_cost value_in_stock"
    ),
    "inventory_movements": (
        "id movement_date variant_id location_id caused_by_order_no resource_type quantity_change"
        " balance_after"
    ),
    "inventory_signals": (
        "variant_id demand_window in_stock avg_daily_demand days_of_stock_left reorder_point"
        " stock_risk"
    ),
    "locations": "id name is_primary sales_allowed purchase_allowed manufacturing_allowed",
    "negative_stock": (
        "variant_id sku name location_id quantity_on_hand quantity_allocated"
        " latest_negative_stock_date"
    ),
    "serial_numbers": (
        "id serial_number resource_type resource_id quantity_change transaction_date"
    ),
    "serial_numbers_stock": "id serial_number in_stock",
    "stock_adjustments": (
        "id stock_adjustment_number location_id reason stock_adjustment_date updated_at"
    ),
    "stock_transfers": (
        "id stock_transfer_number source_location_id target_location_id status"
        " expected_arrival_date updated_at"
    ),
    "stocktake_rows": (
        "id stocktake_id variant_id in_stock_quantity counted_quantity discrepancy_quantity"
        " updated_at"
    ),
    "stocktakes": "id stocktake_number location_id status reason completed_date updated_at",
}
_CONTACTS = {
    "customer_addresses": "id customer_id entity_type line_1 city zip country updated_at",
    "customers": "id name email phone currency category updated_at",
    "supplier_addresses": "id supplier_id line_1 city zip country updated_at",
    "suppliers": "id name email phone currency updated_at",
}
_PRICING = {
    "price_list_customers": "id price_list_id customer_id updated_at",
    "price_list_rows": "id price_list_id variant_id adjustment_method amount",
    "price_lists": "id name is_active updated_at",
}
_ACCOUNT = {
    "additional_costs": "id name updated_at",
    "custom_field_definitions": "id label field_type entity_type source updated_at",
    "custom_fields_collections": "id name resource_type updated_at",
    "tax_rates": "id name rate is_default_sales is_default_purchases updated_at",
    "users": "id email firstName lastName role status last_login_at",
    "webhooks": "id url enabled description updated_at",
}
_OTHER = {
    "connections": "id account email status reason scopes connected_at refreshed_at",
    "drift": "operation place change what document sdk",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(fields.split())
    for area in (
        _CATALOG,
        _SALES,
        _PURCHASING,
        _MANUFACTURING,
        _INVENTORY,
        _CONTACTS,
        _PRICING,
        _ACCOUNT,
        _OTHER,
    )
    for name, fields in area.items()
}
"""The columns of each collection's table."""

_MOST = 8


def for_table(attribute: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the columns for a table of these records: those that at least one of them has."""
    present = {name: None for record in records for name in record}
    chosen = [name for name in COLUMNS.get(attribute, ()) if name in present]
    return chosen or list(present)[:_MOST]
