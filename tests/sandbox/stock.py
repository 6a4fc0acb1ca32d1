"""Helpers of the tests of stock: a variant and its stock."""

from decimal import Decimal
from typing import Any

from attrs import frozen

from .conftest import Api


@frozen
class Item:
    """A variant and the ids of two locations."""

    api: Api
    variant: int
    here: int
    there: int

    async def stock(self, location: int | None = None) -> dict[str, Decimal]:
        """Return the quantities and the cost in a location, by default `here`."""
        query = {"variant_id": self.variant, "location_id": location or self.here}
        [row] = (await self.api.get("/inventory", params=query)).rows
        names = ("in_stock", "committed", "expected")
        found = {name: Decimal(row[f"quantity_{name}"]) for name in names}
        return {**found, "cost": Decimal(row["average_cost"])}

    async def in_stock(self, location: int | None = None) -> Decimal:
        return (await self.stock(location))["in_stock"]

    async def batch(self, number: str = "B") -> int:
        """Create an empty batch."""
        body = {"batch_number": number, "variant_id": self.variant}
        made: int = (await self.api.post("/batches", body)).json["id"]
        return made

    async def bin(self, location: int | None = None) -> int:
        """Create a bin in a location, by default `here`."""
        body = {"bin_name": "A-1", "location_id": location or self.here}
        made: int = (await self.api.post("/bin_locations", body)).json["id"]
        return made

    async def of_batch(self, batch: int, location: int | None = None) -> Any:
        """Return the quantity of a batch in a location, by default `here`."""
        query = {"batch_id": batch, "location_id": location or self.here, "include_empty": "true"}
        [row] = (await self.api.get("/batch_stocks", params=query)).rows
        return Decimal(row["quantity_in_stock"])

    async def in_bin(self, place: int) -> Any:
        """Return the quantity in a bin."""
        query = {"variant_id": self.variant, "bin_location_id": place}
        rows = (await self.api.get("/bin_inventory", params=query)).rows
        return sum((Decimal(row["quantity_in_stock"]) for row in rows), Decimal(0))

    async def adjust(self, quantity: float, cost: float | None = None, **fields: Any) -> Any:
        """Create a stock adjustment, and return it."""
        row: dict[str, Any] = {"variant_id": self.variant, "quantity": quantity}
        row |= {} if cost is None else {"cost_per_unit": cost}
        body = {
            "stock_adjustment_number": "SA-TEST",
            "location_id": self.here,
            "stock_adjustment_rows": [row],
            **fields,
        }
        return (await self.api.post("/stock_adjustments", body)).json

    async def movements(self, **query: Any) -> list[Any]:
        """Return the variant's movements, newest first."""
        query = {"variant_ids": self.variant, **query}
        return (await self.api.get("/inventory_movements", params=query)).rows


async def new_item(api: Api) -> Item:
    """Create a product without stock."""
    made = (await api.post("/products", {"name": "Stool", "variants": [{"sku": "ST"}]})).json
    locations: list[Any] = api.sandbox.store["locations"].ids()
    here, there = sorted(locations)[:2]
    return Item(api, made["variants"][0]["id"], here, there)
