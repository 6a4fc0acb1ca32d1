"""Seeded sales orders and purchase orders, with their rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..clock import timestamp
from ..schema import number
from ..store import Id, Record
from ..tables.customers import CUSTOMER_LAYOUT
from ..tables.money import TAX_RATE_ID
from ..tables.places import BIN_LAYOUT, LOCATION_LAYOUT
from ..tables.purchase_orders import PURCHASE_ORDER_LAYOUT
from ..tables.sales_orders import SALES_ORDER_LAYOUT
from ..tables.suppliers import SUPPLIER_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded
from .catalog import purchase_price, sales_price
from .partners import addresses_of, customer_of
from .plan import Plan

_ORDER, _ORDER_ROW, _PURCHASE, _PURCHASE_ROW = range(40, 44)
_DAY = 86_400_000

# Keys of the custom fields that orders and rows have; a definition is a UUID in Katana.
CUSTOM_FIELDS = (
    "0f6e0a52-6f3c-4a57-9d0e-3c1f6f0b7a11",
    "5b2a9f34-18c7-4e3b-8a66-90d2c4e7f522",
)


class SalesOrders(Seeded):
    """Sales orders: the older are delivered, the newest are quotes."""

    def __len__(self) -> int:
        return self.plan.orders

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        customer = parent - CUSTOMER_LAYOUT.id(0)
        if not 0 <= customer < self.plan.customers:
            return ()
        return range(customer, len(self), self.plan.customers)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_ORDER, index)
        stamps = self.calendar.stamps(index, dice)
        created, status = self.created(index), self._status(index)
        store = dice.pick(words.STORES) if dice.chance(20) else None
        currency = dice.pick(("USD", "USD", "EUR"))
        foreign = currency != "USD"
        delivered = status == "DELIVERED"
        addressed = dice.chance(50)
        addresses = addresses_of(dice, index, stamps, _person(index)) if addressed else []
        return {
            "order_no": f"SO-{index + 1}",
            "customer_id": customer_of(self.plan.customers, index),
            "location_id": LOCATION_LAYOUT.id(0),
            "status": status,
            "source": store[0] if store else "api",
            "currency": currency,
            "conversion_rate": number(Decimal("0.92")) if foreign else None,
            "conversion_date": stamps["created_at"] if foreign else None,
            "order_created_date": stamps["created_at"],
            "delivery_date": timestamp(created + dice.between(5, 30) * _DAY),
            "picked_date": timestamp(created + 4 * _DAY) if delivered else None,
            "additional_info": dice.pick(words.NOTES) if dice.chance(30) else None,
            "customer_ref": f"PO {dice.between(100, 999)}" if dice.chance(30) else None,
            "tracking_number": f"TR{index:09d}" if delivered else None,
            "tracking_number_url": f"https://tracking.example/TR{index:09d}" if delivered else None,
            "ecommerce_order_type": store[0] if store else None,
            "ecommerce_store_name": store[1] if store else None,
            "ecommerce_order_id": f"{19_000_000 + index}" if store else None,
            "invoicing_status": "invoiced" if delivered else "notInvoiced",
            "product_availability": "PICKED" if delivered else dice.pick(("IN_STOCK", "EXPECTED")),
            "production_status": "DONE" if delivered else dice.pick(("NOT_STARTED", "NONE")),
            "ingredient_availability": "PROCESSED" if delivered else "IN_STOCK",
            "custom_fields": _custom_fields(dice.between(1, 9)) if dice.chance(25) else None,
            "addresses": addresses,
            "billing_address_id": addresses[0]["id"] if addressed else None,
            "shipping_address_id": addresses[1]["id"] if addressed else None,
            "shipping_fee": _fee(index, dice.between(5, 40)) if dice.chance(30) else None,
            **stamps,
        }

    def _status(self, index: int) -> str:
        share = index * 100 // len(self)
        if share < 70:
            return "DELIVERED"
        if share < 80:
            return "PACKED"
        return "NOT_SHIPPED" if share < 95 else "PENDING"


def _person(order: int) -> dict[str, Any]:
    last = words.LAST_NAMES[order % len(words.LAST_NAMES)]
    first = words.FIRST_NAMES[order % len(words.FIRST_NAMES)]
    return {"first_name": first, "last_name": last, "company": None, "phone": None}


def _custom_fields(amount: int) -> Record:
    return {CUSTOM_FIELDS[0]: f"Door code {amount}", CUSTOM_FIELDS[1]: amount}


def _fee(order: int, amount: int) -> Record:
    return {"id": order + 1, "amount": amount, "description": "", "tax_rate_id": TAX_RATE_ID}


class SalesOrderRows(Seeded):
    """The rows of sales orders, which go through the variants one after the other."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._orders = SalesOrders(plan)

    def __len__(self) -> int:
        return self.plan.order_rows.total

    @property
    def _sold(self) -> int:
        """How many variants there are to sell."""
        return self.plan.variants.of(self.plan.products - 1).stop

    def created(self, index: int) -> int:
        return self._orders.created(self.plan.order_rows.parent(index))

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "sales_order_id":
            order = parent - SALES_ORDER_LAYOUT.id(0)
            return self.plan.order_rows.of(order) if 0 <= order < self.plan.orders else ()
        variant = parent - VARIANT_LAYOUT.id(0)
        return range(variant, len(self), self._sold) if 0 <= variant < self._sold else ()

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_ORDER_ROW, index)
        order = self.plan.order_rows.parent(index)
        variant = index % self._sold
        price = sales_price(self.plan, variant)
        quantity = dice.between(1, 8)
        delivered = order * 100 // self.plan.orders < 70
        discounted = dice.chance(15)
        stamp = timestamp(self.created(index))
        return {
            "sales_order_id": SALES_ORDER_LAYOUT.id(order),
            "variant_id": VARIANT_LAYOUT.id(variant),
            "quantity": quantity,
            "price_per_unit": price,
            "total_discount": number(Decimal(price) / 10) if discounted else 0,
            "location_id": LOCATION_LAYOUT.id(0),
            "attributes": [{"key": "Wrap", "value": "Yes"}] if dice.chance(5) else [],
            "custom_fields": {CUSTOM_FIELDS[0]: "Mind the step"} if dice.chance(5) else None,
            "product_availability": "PICKED" if delivered else "IN_STOCK",
            **(_traced(index, quantity) if delivered and dice.chance(20) else {}),
            "created_at": stamp,
            "updated_at": stamp,
        }


def _traced(row: int, quantity: int) -> Record:
    """Return which batch and bin a delivered row was taken from."""
    batch, bin_id = 410_001 + row, BIN_LAYOUT.id(row % 24)
    place = {"batch_id": batch, "bin_location_id": bin_id, "serial_number_id": None}
    return {
        "batch_transactions": [{"batch_id": batch, "quantity": quantity}],
        "traceability": [{**place, "quantity": str(quantity)}],
        "serial_numbers": [510_001 + row] if quantity == 1 else [],
    }


class PurchaseOrders(Seeded):
    """Purchase orders for materials: the older are received."""

    def __len__(self) -> int:
        return self.plan.purchases

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_PURCHASE, index)
        stamps = self.calendar.stamps(index, dice)
        created = self.created(index)
        received = is_received(index, len(self))
        outsourced = index % 23 == 11
        return {
            "order_no": f"PO-{index + 1}",
            "supplier_id": SUPPLIER_LAYOUT.id(index % self.plan.suppliers),
            "location_id": LOCATION_LAYOUT.id(0),
            "status": "RECEIVED" if received else dice.pick(("NOT_RECEIVED", "DRAFT")),
            "entity_type": "outsourced" if outsourced else "regular",
            "tracking_location_id": LOCATION_LAYOUT.id(1) if outsourced else None,
            "ingredient_availability": "IN_STOCK" if outsourced else None,
            "expected_arrival_date": timestamp(created + dice.between(3, 40) * _DAY),
            "order_created_date": stamps["created_at"],
            "additional_info": dice.pick(words.NOTES) if dice.chance(40) else None,
            "billing_status": "BILLED" if received else "NOT_BILLED",
            "last_document_status": dice.pick(("SENT", "NOT_SENT", "SENDING")),
            "default_group_id": index + 1,
            **stamps,
        }


class PurchaseOrderRows(Seeded):
    """The rows of purchase orders, which go through the materials one after the other."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._orders = PurchaseOrders(plan)

    def __len__(self) -> int:
        return self.plan.purchase_rows.total

    def created(self, index: int) -> int:
        return self._orders.created(self.plan.purchase_rows.parent(index))

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "purchase_order_id":
            order = parent - PURCHASE_ORDER_LAYOUT.id(0)
            return self.plan.purchase_rows.of(order) if 0 <= order < self.plan.purchases else ()
        material = parent - VARIANT_LAYOUT.id(self.plan.variants.total)
        if not 0 <= material < self.plan.materials:
            return ()
        return range(material, len(self), self.plan.materials)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_PURCHASE_ROW, index)
        order = self.plan.purchase_rows.parent(index)
        variant = self.plan.variants.total + index % self.plan.materials
        quantity = dice.between(10, 400)
        batch = {"batch_id": 420_001 + index, "quantity": quantity}
        created = self.created(index)
        received = is_received(order, self.plan.purchases)
        stamp = timestamp(created)
        return {
            "purchase_order_id": PURCHASE_ORDER_LAYOUT.id(order),
            "variant_id": VARIANT_LAYOUT.id(variant),
            "quantity": quantity,
            "price_per_unit": purchase_price(self.plan, variant),
            "purchase_uom": "box" if dice.chance(30) else None,
            "purchase_uom_conversion_rate": 10 if dice.chance(30) else None,
            "group_id": order + 1,
            "batch_transactions": [batch] if received and dice.chance(30) else [],
            "received_date": timestamp(created + 6 * _DAY) if received else None,
            "created_at": stamp,
            "updated_at": stamp,
        }


def is_received(order: int, orders: int) -> bool:
    """Tell whether a seeded purchase order has come in."""
    return order * 100 // orders < 75
