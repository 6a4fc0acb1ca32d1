"""Helpers of the tests of sales: an order of an item in stock, and its fulfillments."""

from typing import Any

from attrs import frozen

from .conftest import Api, newest
from .stock import Item, new_item


@frozen
class Sale:
    """The ids of an order and its only row."""

    api: Api
    item: Item
    order: int
    row: int

    async def ship(self, quantity: float, status: str = "DELIVERED", **row: Any) -> Any:
        """Post a fulfillment and return the answer."""
        body = {
            "sales_order_id": self.order,
            "status": status,
            "sales_order_fulfillment_rows": [
                {"sales_order_row_id": self.row, "quantity": quantity, **row}
            ],
        }
        return await self.api.post("/sales_order_fulfillments", body)

    async def new_fulfillment(self, quantity: float, status: str = "DELIVERED") -> Any:
        """Post a fulfillment, and return its path."""
        made = (await self.ship(quantity, status)).json
        return f"/sales_order_fulfillments/{made['id']}"

    async def read(self) -> Any:
        return (await self.api.get(f"/sales_orders/{self.order}")).json

    async def status(self) -> str:
        status: str = (await self.read())["status"]
        return status

    async def amounts(self) -> tuple[int, int]:
        """Return the item's quantities in stock and committed."""
        found = await self.item.stock()
        return int(found["in_stock"]), int(found["committed"])

    async def returnable(self) -> Any:
        return (await self.api.get(f"/sales_orders/{self.order}/returnable_items")).json


async def new_sale(api: Api, quantity: float = 4, **fields: Any) -> Sale:
    """Order a product of which 10 are in stock, at a cost of 5 each."""
    item = await new_item(api)
    await item.adjust(10, 5)
    row = {"variant_id": item.variant, "quantity": quantity, "price_per_unit": 20}
    customer = newest(api.sandbox, "customers")
    body = {"customer_id": customer, "location_id": item.here, "sales_order_rows": [row]}
    made = (await api.post("/sales_orders", {**body, **fields})).json
    return Sale(api, item, made["id"], made["sales_order_rows"][0]["id"])
