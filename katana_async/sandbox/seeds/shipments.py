"""What comes with seeded sales orders: addresses, shipping fees, fulfillments and returns."""

from collections.abc import Sequence
from decimal import Decimal

from ..clock import timestamp
from ..layout import Layout
from ..schema import number
from ..store import Id, Record
from ..tables.fulfillments import FULFILLMENT_LAYOUT, FULFILLMENT_ROW_LAYOUT
from ..tables.money import total_of
from ..tables.places import LOCATION_LAYOUT
from ..tables.sales_order_rows import SALES_ORDER_ROW_LAYOUT
from ..tables.sales_orders import SALES_ORDER_LAYOUT
from ..tables.sales_return_rows import REASONS, RESTOCKED
from ..tables.sales_returns import RETURN_LAYOUT
from . import words
from .base import Seeded, each_of
from .orders import SalesOrderRows, SalesOrders
from .partners import address
from .plan import Plan

_ADDRESS, _FEE, _FULFILLMENT, _RETURN = range(140, 144)
_DAY = 86_400_000

# An order has one fulfillment at most, which has its index.
_PARENTS = {"sales_order_id": SALES_ORDER_LAYOUT, "fulfillment_id": FULFILLMENT_LAYOUT}


def _index(parent: Id, layout: Layout) -> int:
    return parent - layout.id(0) if isinstance(parent, int) else -1


class OfOrders(Seeded):
    """Records that belong to sales orders."""

    # Of how many orders, from the oldest on, one has such records; which of them; and how many.
    every, first, each = 1, 0, 1

    def __init__(self, plan: Plan) -> None:
        self.orders = SalesOrders(plan)
        self.rows = SalesOrderRows(plan)
        super().__init__(plan)

    @property
    def reach(self) -> int:
        """How many orders, from the oldest on, may have such records."""
        return len(self.orders)

    def __len__(self) -> int:
        return self.each * max(-(-(self.reach - self.first) // self.every), 0)

    def order(self, index: int) -> int:
        """Return the index of the order that a record belongs to."""
        return self.first + index // self.each * self.every

    def created(self, index: int) -> int:
        return self.orders.created(self.order(index))

    def children(self, link: str, parent: Id) -> Sequence[int]:
        order = _index(parent, _PARENTS[link])
        place, rest = divmod(order - self.first, self.every)
        indexes = range(place * self.each, (place + 1) * self.each)
        return indexes if rest == 0 and 0 <= indexes.start < len(self) else ()

    def stamps(self, index: int) -> dict[str, str]:
        """Return when a record was created and last changed: as its order."""
        order = self.orders.make(self.order(index))
        return {name: order[name] for name in ("created_at", "updated_at")}


class Addresses(OfOrders):
    """A billing and a shipping address of every second order."""

    every, each = 2, 2

    def make(self, index: int) -> Record:
        order = self.order(index)
        dice = self.plan.dice(_ADDRESS, index)
        return {
            "sales_order_id": SALES_ORDER_LAYOUT.id(order),
            "entity_type": "shipping" if index % 2 else "billing",
            "first_name": words.FIRST_NAMES[order % len(words.FIRST_NAMES)],
            "last_name": words.LAST_NAMES[order % len(words.LAST_NAMES)],
            **address(dice),
            **self.stamps(index),
        }


class ShippingFees(OfOrders):
    """What the shipping of every third order costs."""

    every, first = 3, 1

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_FEE, index)
        return {
            "sales_order_id": SALES_ORDER_LAYOUT.id(self.order(index)),
            "amount": number(Decimal(dice.between(20, 160)) / 4),
            **self.stamps(index),
        }


class Fulfillments(OfOrders):
    """One fulfillment of all there is, for each order that is packed or delivered."""

    @property
    def reach(self) -> int:
        return self.orders.packed

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_FULFILLMENT, index)
        order = self.orders.make(index)
        delivered = order["status"] == "DELIVERED"
        packed = timestamp(self.created(index) + 3 * _DAY)
        return {
            "sales_order_id": SALES_ORDER_LAYOUT.id(index),
            "status": order["status"],
            "invoice_status": "INVOICED" if delivered else "NOT_INVOICED",
            "picked_date": order["picked_date"] or packed,
            "conversion_rate": order["conversion_rate"],
            "conversion_date": order["conversion_date"],
            "tracking_number": order["tracking_number"],
            "tracking_url": order["tracking_number_url"],
            "tracking_carrier": dice.pick(("DHL", "UPS", "Omniva")) if delivered else None,
            "tracking_method": dice.pick(("ground", "air")) if delivered else None,
            **self.stamps(index),
        }


class FulfillmentRows(Seeded):
    """All rows of the orders that are packed or delivered."""

    def __init__(self, plan: Plan) -> None:
        self._fulfillments = Fulfillments(plan)
        self._rows = SalesOrderRows(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        packed = len(self._fulfillments)
        return self.plan.order_rows.of(packed - 1).stop if packed else 0

    def created(self, index: int) -> int:
        return self._rows.created(index)

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if link == "sales_order_row_id":
            return each_of(parent, SALES_ORDER_ROW_LAYOUT, len(self), 1)
        fulfillment = _index(parent, FULFILLMENT_LAYOUT)
        there = 0 <= fulfillment < len(self._fulfillments)
        return self.plan.order_rows.of(fulfillment) if there else ()

    def make(self, index: int) -> Record:
        row = self._rows.make(index)
        order = self.plan.order_rows.parent(index)
        return {
            "sales_order_fulfillment_id": FULFILLMENT_LAYOUT.id(order),
            "sales_order_row_id": SALES_ORDER_ROW_LAYOUT.id(index),
            **{name: row[name] for name in _OF_ROW if name in row},
        }


_OF_ROW = (
    "quantity",
    "batch_transactions",
    "traceability",
    "serial_numbers",
    "created_at",
    "updated_at",
)


class Invoices(OfOrders):
    """The invoices of every fourth delivery, as an accounting service has them."""

    every = 4

    @property
    def reach(self) -> int:
        return self.orders.delivered

    def make(self, index: int) -> Record:
        order = self.order(index)
        return {
            "sales_order_id": SALES_ORDER_LAYOUT.id(order),
            "fulfillment_id": FULFILLMENT_LAYOUT.id(order),
            "integration_type": "quickBooks",
            "invoice_id": str(970 + index),
            **self.stamps(index),
        }


class Returns(OfOrders):
    """Of every tenth delivered order something came back; the last is still on its way."""

    every, first = 10, 4

    @property
    def reach(self) -> int:
        return self.orders.delivered

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_RETURN, index)
        order = self.orders.make(self.order(index))
        back = index + 1 < len(self)
        return {
            "order_no": f"RO-{index + 1}",
            "sales_order_id": SALES_ORDER_LAYOUT.id(self.order(index)),
            "customer_id": order["customer_id"],
            "currency": order["currency"],
            "status": RESTOCKED if back else "NOT_RETURNED",
            "refund_status": "REFUNDED" if back else "NOT_REFUNDED",
            "return_location_id": LOCATION_LAYOUT.id(0),
            "order_created_date": order["created_at"],
            "return_date": timestamp(self.created(index) + 30 * _DAY) if back else None,
            "additional_info": dice.pick(words.NOTES) if dice.chance(20) else "",
            **self.stamps(index),
        }


class ReturnRows(Returns):
    """One piece of the first row of the order, for each return."""

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if link == "sales_return_id":
            return each_of(parent, RETURN_LAYOUT, len(self), 1)
        layout = _ROWS[link]
        row = _index(parent, layout)
        if not 0 <= row < len(self.rows):
            return ()
        return super().children("sales_order_id", self._order_of(row))

    def _order_of(self, row: int) -> int:
        return SALES_ORDER_LAYOUT.id(self.plan.order_rows.parent(row))

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_RETURN, index)
        place = self.plan.order_rows.of(self.order(index)).start
        row = self.rows.make(place)
        total = total_of(row["quantity"], row["price_per_unit"], row["total_discount"])
        return {
            "sales_return_id": RETURN_LAYOUT.id(index),
            "sales_order_row_id": SALES_ORDER_ROW_LAYOUT.id(place),
            "fulfillment_row_id": FULFILLMENT_ROW_LAYOUT.id(place),
            "variant_id": row["variant_id"],
            "quantity": 1,
            "net_price_per_unit": number(round(Decimal(total) / row["quantity"], 10)),
            "reason_id": dice.pick(REASONS)["id"],
            "restock_location_id": LOCATION_LAYOUT.id(0),
            **self.stamps(index),
        }


_ROWS = {
    "sales_order_row_id": SALES_ORDER_ROW_LAYOUT,
    "fulfillment_row_id": FULFILLMENT_ROW_LAYOUT,
}
