"""Stock levels, movements, safety stock, signals and forecasts."""

from decimal import Decimal

from .. import catalog
from .._base import Model, OpenEnum, Timestamp
from .places import DefaultStorageBin, Location


class ProductAvailability(OpenEnum):
    """Whether ordered goods can be delivered from stock."""

    IN_STOCK = "IN_STOCK"
    EXPECTED = "EXPECTED"
    PICKED = "PICKED"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class IngredientAvailability(OpenEnum):
    """Whether the ingredients of an order are in stock."""

    PROCESSED = "PROCESSED"
    IN_STOCK = "IN_STOCK"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    EXPECTED = "EXPECTED"
    NO_RECIPE = "NO_RECIPE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class BinInventoryGranularity(OpenEnum):
    """The subject of a row of bin inventory: a variant, a batch or a serial number."""

    VARIANT = "VARIANT"
    BATCH = "BATCH"
    SERIAL_NUMBER = "SERIAL_NUMBER"


class MovementResource(OpenEnum):
    """The kind of record that moved stock."""

    PRODUCTION = "Production"
    PURCHASE_ORDER_ROW = "PurchaseOrderRow"
    PURCHASE_ORDER_RECIPE_ROW = "PurchaseOrderRecipeRow"
    SALES_ORDER_ROW = "SalesOrderRow"
    MANUFACTURING_ORDER_RECIPE_ROW = "ManufacturingOrderRecipeRow"
    STOCK_ADJUSTMENT_ROW = "StockAdjustmentRow"
    STOCK_TRANSFER_ROW = "StockTransferRow"
    MANUFACTURING_ORDER = "ManufacturingOrder"
    SYSTEM_GENERATED = "SystemGenerated"
    PRODUCTION_INGREDIENT = "ProductionIngredient"


class LeadTimeSource(OpenEnum):
    """The origin of the lead time that a stock signal is computed with."""

    SKU = "sku"
    SYSTEM_PO = "system_po"
    SYSTEM_MO = "system_mo"
    FALLBACK = "fallback"


class Inventory(Model):
    """The stock of one variant at one location. It has no id: the pair of ids is its key."""

    variant_id: int
    location_id: int
    quantity_in_stock: Decimal
    #: Promised to orders.
    quantity_committed: Decimal
    #: To come from suppliers and production.
    quantity_expected: Decimal
    #: In stock plus expected, less committed and safety stock: negative if some is missing.
    quantity_missing_or_excess: Decimal
    #: The quantity that can be made of the ingredients in stock.
    quantity_potential: Decimal | None = None
    #: Katana's older name for the safety stock level.
    reorder_point: Decimal
    safety_stock_level: Decimal | None = None
    #: In the account's base currency (`Factory.base_currency_code`).
    average_cost: Decimal
    value_in_stock: Decimal
    default_storage_bin: DefaultStorageBin | None = None
    #: With extend=["variant"].
    variant: catalog.Variant | None = None
    #: With extend=["location"].
    location: Location | None = None
    archived_at: Timestamp | None = None


class BinInventory(Model):
    """The stock of a variant in one storage bin. It has no id.

    The filter `granularity` splits it by batch or serial number.
    """

    location_id: int
    variant_id: int
    #: With granularity="BATCH".
    batch_id: int | None = None
    #: None for stock outside of bins.
    bin_location_id: int | None = None
    #: Promised to orders.
    quantity_committed: Decimal | None = None
    #: To come.
    quantity_expected: Decimal | None = None
    quantity_in_stock: Decimal | None = None
    #: With granularity="SERIAL_NUMBER".
    serial_number_id: int | None = None


class InventoryMovement(Model):
    """One change of the stock of a variant at a location."""

    id: int
    average_cost_after: Decimal
    balance_after: Decimal
    location_id: int
    movement_date: Timestamp
    #: Negative if stock left.
    quantity_change: Decimal
    #: With `resource_id`, the record that moved it; `caused_by_...` is the order of that record.
    resource_type: MovementResource
    value_in_stock_after: Decimal
    #: All values are in the account's base currency.
    value_per_unit: Decimal
    variant_id: int
    caused_by_order_no: str | None = None
    caused_by_resource_id: int | None = None
    rank: int | None = None
    resource_id: int | None = None
    created_at: Timestamp
    updated_at: Timestamp


class InventorySafetyStockLevel(Model):
    """The quantity of a variant to keep at a location. Katana's older name is reorder point."""

    id: int | None = None
    location_id: int
    value: Decimal
    variant_id: int
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


class InventorySignal(Model):
    """The days that the stock of a variant lasts at the pace of recent demand. It has no id."""

    variant_id: int
    #: The days of demand in the computation: 7, 30, 60 or 90.
    demand_window: int
    demand_calculated_at: Timestamp | None = None
    avg_daily_demand: Decimal | None = None
    in_stock: Decimal | None = None
    committed: Decimal | None = None
    safety_stock: Decimal | None = None
    reorder_point: Decimal | None = None
    #: In days.
    lead_time_used: int | None = None
    lead_time_source: LeadTimeSource | None = None
    days_of_stock_left: int | None = None
    #: The time at which stock falls below safety stock, and the quantity that arrives before.
    safety_stock_breach_at: Timestamp | None = None
    expected_before_safety_stock_breach: Decimal | None = None
    #: From 0 to 3.
    stock_risk: int | None = None


class NegativeStock(Model):
    """A variant with a negative quantity in stock at a location. It has no id."""

    location_id: int
    variant_id: int
    category: str | None = None
    latest_negative_stock_date: Timestamp | None = None
    name: str | None = None
    quantity_allocated: Decimal | None = None
    quantity_on_hand: Decimal | None = None
    sku: str | None = None


class DemandForecastPeriod(Model):
    """The forecast demand of one period, and the stock at its end."""

    period_end: Timestamp
    period_start: Timestamp
    #: The forecast demand.
    committed: Decimal | None = None
    #: To come from suppliers and production.
    expected: Decimal | None = None
    #: At the end of the period.
    in_stock: Decimal | None = None


class DemandForecast(Model):
    """The forecast demand of a variant at a location. It has no id."""

    location_id: int
    variant_id: int
    in_stock: Decimal | None = None
    periods: tuple[DemandForecastPeriod, ...] = ()
