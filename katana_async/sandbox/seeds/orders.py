"""Seeded sales orders with their fulfillments and returns, and purchase orders."""

from decimal import Decimal

from ..amounts import compute_total, number
from ..clock import timestamp
from ..store import Record
from ..tables.sales_return_rows import REASONS, RESTOCKED
from . import words
from .base import (
    DAY,
    NO_LINKS,
    Fields,
    Links,
    RecordRandom,
    Relation,
    SeededTable,
    id_of,
    relate_by_parent,
    relate_each,
    relate_in_turn,
)
from .items import purchase_price, sales_price
from .partners import address
from .plan import SeedPlan
from .stock import batch_fields

_FROM_ROW = ("quantity", "batch_transactions", "traceability")


class SalesSeeds:
    """The tables of sales; older orders are delivered, the newest are quotes."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan
        customers = relate_in_turn(plan.customers, plan.orders)
        self.orders = plan.add("sales_orders", self._order, {"customer_id": customers})
        self.rows = plan.add(
            "sales_order_rows",
            self._row,
            {"sales_order_id": plan.order_rows, "variant_id": plan.order_variants},
            owner=self.orders,
        )
        # A part of every tenth delivered order was returned.
        self.returned = relate_by_parent((plan.delivered + 5) // 10, lambda index: 4 + 10 * index)

    def add(self) -> None:
        """Add the tables to the plan that refer to orders and their rows."""
        plan = self.plan
        addressed = relate_by_parent(2 * (-(-plan.orders // 2)), lambda index: index // 2 * 2)
        charged = relate_by_parent((plan.orders + 1) // 3, lambda index: 3 * index + 1)
        shipped = relate_by_parent(self._rows_of(plan.packed), plan.order_rows.parent_of)
        invoiced = relate_by_parent(-(-plan.delivered // 4), lambda index: 4 * index)
        first_rows = relate_by_parent(self.returned.total, self._returned_row)
        self._add_to_orders("sales_order_addresses", _address, addressed)
        self._add_to_orders("sales_order_shipping_fee", _fee, charged)
        self._add_to_orders("sales_order_fulfillments", self._fulfillment, relate_each(plan.packed))
        plan.add(
            "sales_order_fulfillment_rows",
            self._fulfillment_row,
            {
                "sales_order_fulfillment_id": shipped,
                "sales_order_row_id": relate_each(shipped.total),
            },
            owner=self.orders,
        )
        self._add_to_orders(
            "sales_order_accounting_metadata", _invoice, invoiced, {"fulfillment_id": invoiced}
        )
        plan.add(
            "sales_return_rows",
            self._return_row,
            {
                "sales_return_id": relate_each(self.returned.total),
                "sales_order_row_id": first_rows,
                "fulfillment_row_id": first_rows,
            },
            owner=self._add_to_orders("sales_returns", self._return, self.returned),
        )

    def _add_to_orders(
        self, table: str, fields: Fields, relation: Relation, links: Links = NO_LINKS
    ) -> SeededTable:
        links = {"sales_order_id": relation, **links}
        return self.plan.add(table, fields, links, owner=self.orders)

    def _rows_of(self, orders: int) -> int:
        return self.plan.order_rows.children_of(orders - 1)[-1] + 1 if orders else 0

    def _status(self, index: int) -> str:
        if index < self.plan.packed:
            return "DELIVERED" if index < self.plan.delivered else "PACKED"
        if index * 100 // self.plan.orders >= 95:
            return "PENDING"
        return "NOT_SHIPPED" if index % 3 else "READY_FOR_FULFILLMENT"

    def _order(self, index: int, rng: RecordRandom, at: int) -> Record:
        creation_time, status = timestamp(at), self._status(index)
        delivered = status == "DELIVERED"
        store = rng.choice(words.STORES) if rng.chance(20) else None
        foreign = rng.chance(33)
        address_id = None if index % 2 else id_of("sales_order_addresses", index)
        return {
            "order_no": f"SO-{index + 1}",
            "location_id": id_of("locations", 0),
            "status": status,
            "source": store[0] if store else "api",
            "currency": "EUR" if foreign else "USD",
            "conversion_rate": number(Decimal("0.92")) if foreign else None,
            "conversion_date": creation_time if foreign else None,
            "order_created_date": creation_time,
            "delivery_date": timestamp(at + rng.randint(5, 30) * DAY),
            "picked_date": timestamp(at + 4 * DAY) if delivered else None,
            "additional_info": rng.maybe(30, rng.choice(words.NOTES)),
            "customer_ref": rng.maybe(30, f"PO {rng.randint(100, 999)}"),
            "tracking_number": f"TR{index:09d}" if delivered else None,
            "tracking_number_url": f"https://tracking.example/TR{index:09d}" if delivered else None,
            "ecommerce_order_type": store[0] if store else None,
            "ecommerce_store_name": store[1] if store else None,
            "ecommerce_order_id": f"{19_000_000 + index}" if store else None,
            "invoicing_status": "invoiced" if delivered else "notInvoiced",
            "product_availability": "PICKED" if delivered else rng.choice(("IN_STOCK", "EXPECTED")),
            "production_status": "DONE" if delivered else rng.choice(("NOT_STARTED", "NONE")),
            "ingredient_availability": "PROCESSED" if delivered else "IN_STOCK",
            "billing_address_id": address_id,
            "shipping_address_id": None if address_id is None else address_id + 1,
        }

    def _row(self, index: int, rng: RecordRandom, _at: int) -> Record:
        variant = self.plan.order_variants.parent_of(index)
        delivered = self.plan.order_rows.parent_of(index) < self.plan.delivered
        price, quantity = sales_price(self.plan, variant), rng.randint(1, 8)
        batches = self.plan.batches.children_of(variant) if delivered else ()
        bin_id = id_of("bin_locations", index % self.plan.bins)
        return {
            "quantity": quantity,
            "price_per_unit": price,
            "total_discount": number(Decimal(price) / 10) if rng.chance(15) else 0,
            "location_id": id_of("locations", 0),
            "attributes": [{"key": "Wrap", "value": "Yes"}] if rng.chance(5) else [],
            "product_availability": "PICKED" if delivered else "IN_STOCK",
            **(batch_fields(batches[0], quantity, bin_id) if batches else {}),
        }

    def _fulfillment(self, index: int, rng: RecordRandom, at: int) -> Record:
        order = self.orders.make(index)
        delivered = order["status"] == "DELIVERED"
        return {
            "status": order["status"],
            "invoice_status": "INVOICED" if delivered else "NOT_INVOICED",
            "picked_date": order["picked_date"] or timestamp(at + 3 * DAY),
            "conversion_rate": order["conversion_rate"],
            "conversion_date": order["conversion_date"],
            "tracking_number": order["tracking_number"],
            "tracking_url": order["tracking_number_url"],
            "tracking_carrier": rng.choice(("DHL", "UPS", "Omniva")) if delivered else None,
            "tracking_method": rng.choice(("ground", "air")) if delivered else None,
        }

    def _fulfillment_row(self, index: int, _rng: RecordRandom, _at: int) -> Record:
        row = self.rows.make(index)
        return {name: row[name] for name in _FROM_ROW if name in row}

    def _return(self, index: int, rng: RecordRandom, at: int) -> Record:
        order = self.orders.make(self.returned.parent_of(index))
        back = index + 1 < self.returned.total
        return {
            "order_no": f"RO-{index + 1}",
            "customer_id": order["customer_id"],
            "currency": order["currency"],
            "status": RESTOCKED if back else "NOT_RETURNED",
            "refund_status": "REFUNDED" if back else "NOT_REFUNDED",
            "return_location_id": id_of("locations", 0),
            "order_created_date": timestamp(at),
            "return_date": timestamp(at + 30 * DAY) if back else None,
            "additional_info": rng.choice(words.NOTES) if rng.chance(20) else "",
        }

    def _returned_row(self, index: int) -> int:
        return self.plan.order_rows.children_of(self.returned.parent_of(index))[0]

    def _return_row(self, index: int, rng: RecordRandom, _at: int) -> Record:
        row = self.rows.make(self._returned_row(index))
        total = compute_total(row["quantity"], row["price_per_unit"], row["total_discount"])
        return {
            "variant_id": row["variant_id"],
            "quantity": 1,
            "net_price_per_unit": number(round(Decimal(total) / row["quantity"], 10)),
            "reason_id": rng.choice(REASONS)["id"],
            "restock_location_id": id_of("locations", 0),
        }


class PurchaseSeeds:
    """The tables of purchases of materials; older orders are received."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan

    def add(self) -> None:
        """Add the tables to the plan."""
        plan = self.plan
        suppliers = relate_in_turn(plan.suppliers, plan.purchases)
        plan.add(
            "purchase_order_rows",
            self._row,
            {"purchase_order_id": plan.purchase_rows, "variant_id": plan.purchase_variants},
            owner=plan.add("purchase_orders", self._order, {"supplier_id": suppliers}),
        )
        plan.add("purchase_order_accounting_metadata", _bill, count=plan.received)

    def _order(self, index: int, rng: RecordRandom, at: int) -> Record:
        received, outsourced = index < self.plan.received, index % 23 == 11
        return {
            "order_no": f"PO-{index + 1}",
            "location_id": id_of("locations", 0),
            "status": "RECEIVED" if received else rng.choice(("NOT_RECEIVED", "DRAFT")),
            "entity_type": "outsourced" if outsourced else "regular",
            "tracking_location_id": id_of("locations", 1) if outsourced else None,
            "ingredient_availability": "IN_STOCK" if outsourced else None,
            "expected_arrival_date": timestamp(at + rng.randint(3, 40) * DAY),
            "order_created_date": timestamp(at),
            "additional_info": rng.maybe(40, rng.choice(words.NOTES)),
            "billing_status": "BILLED" if received else "NOT_BILLED",
            "last_document_status": rng.choice(("SENT", "NOT_SENT", "SENDING")),
            "default_group_id": index + 1,
        }

    def _row(self, index: int, rng: RecordRandom, at: int) -> Record:
        """Return a row; a received material with batches may have the batch null."""
        order = self.plan.purchase_rows.parent_of(index)
        variant = self.plan.purchase_variants.parent_of(index)
        quantity, received = rng.randint(10, 400), order < self.plan.received
        batches = self.plan.batches.children_of(variant) if received else ()
        batch = rng.choice((-1, *batches))
        in_boxes = rng.chance(30)
        return {
            "quantity": quantity,
            "price_per_unit": purchase_price(self.plan, variant),
            "purchase_uom": "box" if in_boxes else None,
            "purchase_uom_conversion_rate": 10 if in_boxes else None,
            "group_id": order + 1,
            "batch_transactions": batch_fields(batch, quantity)["batch_transactions"]
            if batches
            else [],
            "received_date": timestamp(at + 6 * DAY) if received else None,
        }


def _address(index: int, rng: RecordRandom, _at: int) -> Record:
    return {
        "entity_type": "shipping" if index % 2 else "billing",
        "first_name": words.FIRST_NAMES[index // 2 % len(words.FIRST_NAMES)],
        "last_name": words.LAST_NAMES[index // 2 % len(words.LAST_NAMES)],
        **address(rng),
    }


def _invoice(_index: int, rng: RecordRandom, _at: int) -> Record:
    return {"integration_type": "quickBooks", "invoice_id": str(rng.randint(1_000, 999_999))}


def _fee(_index: int, rng: RecordRandom, _at: int) -> Record:
    return {"amount": number(Decimal(rng.randint(20, 160)) / 4)}


def _bill(index: int, rng: RecordRandom, _at: int) -> Record:
    return {
        "purchaseOrderId": id_of("purchase_orders", index),
        "porReceivedGroupId": index + 1,
        "billId": str(rng.randint(1_000, 999_999)),
    }
