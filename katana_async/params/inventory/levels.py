"""Filters and bodies of stock levels, movements, signals and forecasts."""

from typing import Literal, Required, TypedDict

from ... import models
from .._types import DateFilters, Instant, ListOrTuple, Number, NumericString


class InventoryFilters(TypedDict, total=False):
    """Filters for inventory."""

    variant_id: ListOrTuple[int]
    location_id: int
    include_archived: bool
    extend: ListOrTuple[Literal["variant", "location"]]


class ForecastPeriod(TypedDict):
    """A period of a forecast."""

    period_end: Instant
    period_start: Instant


class DemandForecastPeriodInput(ForecastPeriod, total=False):
    """The expected demand in a period."""

    committed: Required[NumericString]


class BinInventoryFilters(TypedDict, total=False):
    """Filters for stock of storage bins."""

    granularity: models.BinInventoryGranularity | Literal["VARIANT", "BATCH", "SERIAL_NUMBER"]
    location_id: int
    variant_id: int
    bin_location_id: int | Literal["null"]
    batch_id: int | Literal["null"]
    serial_number_id: int | Literal["null"]


class InventoryMovementFilters(DateFilters, total=False):
    """Filters for movements of stock."""

    ids: ListOrTuple[int]
    location_id: int
    variant_ids: ListOrTuple[int]
    resource_type: (
        models.MovementResource
        | Literal[
            "PurchaseOrderRow",
            "PurchaseOrderRecipeRow",
            "SalesOrderRow",
            "ProductionIngredient",
            "Production",
            "StockAdjustmentRow",
            "StockTransferRow",
            "SystemGenerated",
        ]
    )
    resource_id: int
    caused_by_order_no: str
    caused_by_resource_id: int


class InventorySignalFilters(TypedDict, total=False):
    """Filters for stock signals. `demand_window` is the days of demand, 30 by default."""

    demand_window: Literal[7, 30, 60, 90]
    variant_id: ListOrTuple[int]
    stock_risk: Literal[0, 1, 2, 3]


class NegativeStockFilters(TypedDict, total=False):
    """Filters for variants with negative stock."""

    location_id: int
    variant_id: int
    latest_negative_stock_date_max: Instant
    latest_negative_stock_date_min: Instant
    name: str
    sku: str
    category: str


class DemandForecastQuery(TypedDict):
    """The variant and the location of a forecast."""

    variant_id: int
    location_id: int


class DemandForecastClear(DemandForecastQuery):
    """The periods of a forecast to delete."""

    periods: ListOrTuple[ForecastPeriod]


class DemandForecastCreate(DemandForecastQuery):
    """The expected demand for a variant at a location, by period."""

    periods: ListOrTuple[DemandForecastPeriodInput]


class StockLevelUpdate(TypedDict):
    """A level of stock of a variant at a location.

    Limits: value at most 100,000,000,000,000,000.
    """

    location_id: int
    value: Number
    variant_id: int
