"""Helpers of the tests of manufacturing: a bench that is made of boards and screws."""

from decimal import Decimal
from typing import Any

from .conftest import Api

# The quantities in stock, committed and expected.
Stock = tuple[Decimal | int, Decimal | int, Decimal | int]


class Workshop:
    """A bench of 2 boards and 4 screws, made in two steps, and the stock of all three."""

    def __init__(self, api: Api) -> None:
        self.api = api
        store = api.sandbox.store
        self.location = store["locations"].ids()[0]
        self.board = self.variant("materials")
        self.screw = self.variant("materials")
        self.bench = self.variant("products")
        for ingredient, quantity in ((self.board, 2), (self.screw, 4)):
            store["bom_rows"].create(
                {
                    "product_variant_id": self.bench,
                    "ingredient_variant_id": ingredient,
                    "quantity": quantity,
                }
            )
        for variant, cost in ((self.board, 5), (self.screw, Decimal("0.25"))):
            values = {"location_id": self.location, "average_cost": cost, "quantity_in_stock": 100}
            store["inventory"].create({"variant_id": variant, **values})

    def variant(self, table: str) -> Any:
        item = self.api.sandbox.store[table].create({"name": "Made for a test"})
        kind = table.removesuffix("s")
        values = {"type": kind, f"{kind}_id": item["id"]}
        return self.api.sandbox.store["variants"].create(values)["id"]

    async def operations(self) -> None:
        rows = [
            {
                "product_variant_id": self.bench,
                "operation_name": name,
                "resource_name": "Workbench",
                "type": kind,
                "cost_per_hour": 36,
                "planned_time_per_unit": 100,
            }
            for name, kind in (("Sawing", "setup"), ("Screwing", "process"))
        ]
        assert (await self.api.post("/product_operation_rows", {"rows": rows})).status == 204

    async def order(self, quantity: Any = 10, **fields: Any) -> Any:
        body = {"variant_id": self.bench, "planned_quantity": quantity, **fields}
        made = await self.api.post("/manufacturing_orders", {"location_id": self.location, **body})
        assert made.status == 200
        return made.json

    async def change(self, order: Any, **fields: Any) -> Any:
        answer = await self.api.patch(f"/manufacturing_orders/{order['id']}", fields)
        assert answer.status == 200
        return answer.json

    async def produce(self, order: Any, quantity: Any, **fields: Any) -> Any:
        body = {"manufacturing_order_id": order["id"], "completed_quantity": quantity}
        return await self.api.post("/manufacturing_order_productions", {**body, **fields})

    async def rows(self, what: str, order: Any) -> Any:
        path = f"/manufacturing_order_{what}_rows?manufacturing_order_id={order['id']}"
        return (await self.api.get(path)).rows

    async def stock(self, variant: Any) -> Stock:
        found = await self.api.get(f"/inventory?variant_id={variant}")
        names = ("quantity_in_stock", "quantity_committed", "quantity_expected")
        rows = [row for row in found.rows if row["location_id"] == self.location]
        if not rows:
            return Decimal(0), Decimal(0), Decimal(0)
        in_stock, committed, expected = (Decimal(rows[0][name]) for name in names)
        return in_stock, committed, expected

    async def all_stock(self) -> list[Stock]:
        return [await self.stock(each) for each in (self.bench, self.board, self.screw)]


UNTOUCHED: list[Stock] = [(0, 0, 0), (100, 0, 0), (100, 0, 0)]
CLAIMED: list[Stock] = [(0, 0, 10), (100, 20, 0), (100, 40, 0)]
MADE: list[Stock] = [(10, 0, 0), (80, 0, 0), (60, 0, 0)]
