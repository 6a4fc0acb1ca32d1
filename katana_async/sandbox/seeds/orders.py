"""Seeded sales orders and purchase orders, with their rows."""

from collections.abc import Sequence
from decimal import Decimal

from ..clock import timestamp
from ..schema import number
from ..store import Id, Record
from ..tables.addresses import OF_SALES_ORDER
from ..tables.batches import BATCH_LAYOUT
from ..tables.customers import CUSTOMER_LAYOUT
from ..tables.places import BIN_LAYOUT, LOCATION_LAYOUT
from ..tables.purchase_orders import PURCHASE_ORDER_LAYOUT
from ..tables.sales_orders import SALES_ORDER_LAYOUT
from ..tables.suppliers import SUPPLIER_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded, every_of
from .catalog import purchase_price, sales_price
from .partners import customer_of
from .plan import Plan
from .settings import CUSTOM_FIELDS
from .tracking import Batches

_ORDER, _ORDER_ROW, _PURCHASE, _PURCHASE_ROW, _BILL = range(40, 45)
_DAY = 86_400_000


class SalesOrders(Seeded):
    """Sales orders: the older are delivered, the newest are quotes."""

    def __len__(self) -> int:
        return self.plan.orders

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return every_of(parent, CUSTOMER_LAYOUT, self.plan.customers, len(self))

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_ORDER, index)
        stamps = self.calendar.stamps(index, dice)
        created, status = self.created(index), self._status(index)
        store = dice.pick(words.STORES) if dice.chance(20) else None
        currency = dice.pick(("USD", "USD", "EUR"))
        foreign = currency != "USD"
        delivered = status == "DELIVERED"
        addressed = is_addressed(index)
        address = OF_SALES_ORDER.layout.id(index)
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
            "billing_address_id": address if addressed else None,
            "shipping_address_id": address + 1 if addressed else None,
            **stamps,
        }

    def _status(self, index: int) -> str:
        if index < self.delivered:
            return "DELIVERED"
        if index < self.packed:
            return "PACKED"
        return "NOT_SHIPPED" if index * 100 // len(self) < 95 else "PENDING"

    @property
    def delivered(self) -> int:
        """How many are delivered."""
        return -(-70 * len(self) // 100)

    @property
    def packed(self) -> int:
        """How many are delivered or packed."""
        return -(-80 * len(self) // 100)


def is_addressed(order: int) -> bool:
    """Tell whether an order has addresses: every second does."""
    return order % 2 == 0


def _custom_fields(amount: int) -> Record:
    return {CUSTOM_FIELDS[0]: f"Door code {amount}", CUSTOM_FIELDS[1]: amount}


class SalesOrderRows(Seeded):
    """The rows of sales orders, which go through the variants one after the other."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._orders = SalesOrders(plan)
        self._batches = Batches(plan)

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
        delivered = order < self._orders.delivered
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
            **(self._traced(index, variant, quantity) if delivered else {}),
            "created_at": stamp,
            "updated_at": stamp,
        }

    def _traced(self, index: int, variant: int, quantity: int) -> Record:
        """Return which batch and bin a delivered row of what is tracked was taken from."""
        batches = self._batches.of(variant)
        if not batches:
            return {}
        batch, bin_id = BATCH_LAYOUT.id(batches.start), BIN_LAYOUT.id(index % self.plan.bins)
        place = {"batch_id": batch, "bin_location_id": bin_id, "serial_number_id": None}
        return {
            "batch_transactions": [{"batch_id": batch, "quantity": quantity}],
            "traceability": [{**place, "quantity": str(quantity)}],
        }


class PurchaseOrders(Seeded):
    """Purchase orders for materials: the older are received."""

    def __len__(self) -> int:
        return self.plan.purchases

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return every_of(parent, SUPPLIER_LAYOUT, self.plan.suppliers, len(self))

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


class Bills(Seeded):
    """One bill in the accounting software for each purchase order that is received."""

    def __len__(self) -> int:
        return sum(is_received(order, self.plan.purchases) for order in range(self.plan.purchases))

    def make(self, index: int) -> Record:
        stamp = timestamp(self.created(index))
        return {
            "purchaseOrderId": PURCHASE_ORDER_LAYOUT.id(index),
            "porReceivedGroupId": index + 1,
            "billId": str(self.plan.dice(_BILL, index).between(1_000, 999_999)),
            "created_at": stamp,
            "updated_at": stamp,
        }


def is_received(order: int, orders: int) -> bool:
    """Tell whether a seeded purchase order has come in."""
    return order * 100 // orders < 75
