"""Seeded places, suppliers, customers and price lists."""

from collections.abc import Sequence
from typing import Any

from ..store import Id, Record
from ..tables.addresses import OF_CUSTOMER, OF_SUPPLIER
from ..tables.customers import CUSTOMER_LAYOUT
from ..tables.places import LOCATION_LAYOUT
from ..tables.pricing import PRICE_LIST_LAYOUT
from ..tables.suppliers import SUPPLIER_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded, each_of, every_of
from .dice import Dice
from .plan import Plan

_LOCATION, _BIN, _SUPPLIER, _CUSTOMER, _PRICE_LIST, _PRICE = range(20, 26)
_SUPPLIER_ADDRESS, _CUSTOMER_ADDRESS, _LISTED = range(26, 29)


def address(dice: Dice) -> Record:
    """Make up an address, without a name."""
    city, state, country, zip_code = dice.pick(words.CITIES)
    return {
        "line_1": f"{dice.pick(words.STREETS)} {dice.between(1, 120)}",
        "line_2": "" if dice.chance(60) else f"Unit {dice.between(1, 40)}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": country,
    }


class Locations(Seeded):
    """A main warehouse, and a showroom without an address."""

    def __len__(self) -> int:
        return self.plan.locations

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_LOCATION, index)
        main = index == 0
        return {
            "name": "Main warehouse" if main else "Showroom",
            "legal_name": "Nordwall Furniture Ltd",
            "address_id": 301 if main else None,
            "address": {"id": 301, **address(dice)} if main else None,
            "is_primary": main,
            "sales_allowed": True,
            "manufacturing_allowed": main,
            "purchase_allowed": main,
            "rank": 10_000 * (index + 1),
            **self.calendar.stamps(index, dice),
        }


class Bins(Seeded):
    """The bins of the main warehouse: aisle, rack, shelf."""

    def __len__(self) -> int:
        return self.plan.bins

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_BIN, index)
        aisle, rack = divmod(index, 8)
        return {
            "bin_name": f"{'ABCDEFGH'[aisle % 8]}-{rack // 4 + 1:02d}-{rack % 4 + 1}",
            "location_id": LOCATION_LAYOUT.id(0),
            **self.calendar.stamps(index, dice),
        }


class Suppliers(Seeded):
    """Suppliers, one of them without a phone number."""

    def __len__(self) -> int:
        return self.plan.suppliers

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_SUPPLIER, index)
        stamps = self.calendar.stamps(index, dice)
        name = words.SUPPLIERS[index % len(words.SUPPLIERS)]
        return {
            "name": name,
            "email": f"orders@{name.lower().replace(' ', '-')}.example",
            "phone": f"+372 5{index:07d}" if index else None,
            "comment": dice.pick(words.NOTES),
            "currency": dice.pick(("USD", "EUR", "EUR", "GBP")),
            "default_address_id": OF_SUPPLIER.layout.id(index),
            **stamps,
        }


class SupplierAddresses(Seeded):
    """One address for each supplier."""

    def __len__(self) -> int:
        return self.plan.suppliers

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return each_of(parent, SUPPLIER_LAYOUT, len(self), 1)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_SUPPLIER_ADDRESS, index)
        stamps = self.calendar.stamps(index, dice)
        return {"supplier_id": SUPPLIER_LAYOUT.id(index), **address(dice), **stamps}


class Customers(Seeded):
    """People and companies; what is not known of them is null."""

    def __len__(self) -> int:
        return self.plan.customers

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_CUSTOMER, index)
        stamps = self.calendar.stamps(index, dice)
        first, last = dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)
        company = f"{last} {dice.pick(words.COMPANIES)}" if dice.chance(60) else None
        person: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "company": company,
            "phone": f"+372 6{index:06d}" if dice.chance(80) else None,
        }
        return {
            **person,
            "name": company or f"{first} {last}",
            "email": f"{first}.{last}.{index + 1}@example.com".lower(),
            "comment": dice.pick(words.NOTES) if dice.chance(10) else None,
            "currency": dice.pick(("USD", "USD", "EUR", "GBP")),
            "reference_id": f"C-{index + 1:05d}" if dice.chance(50) else None,
            "category": dice.pick(("Retail", "Wholesale", "Hospitality", None)),
            "discount_rate": dice.pick((None, None, 0, 5, 12.5)),
            "default_billing_id": OF_CUSTOMER.layout.id(2 * index),
            "default_shipping_id": OF_CUSTOMER.layout.id(2 * index + 1),
            **stamps,
        }


class CustomerAddresses(Seeded):
    """A billing and a shipping address for each customer."""

    def __init__(self, plan: Plan) -> None:
        self._customers = Customers(plan)
        super().__init__(plan)

    def __len__(self) -> int:
        return 2 * len(self._customers)

    def created(self, index: int) -> int:
        return self._customers.created(index // 2)

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        return each_of(parent, CUSTOMER_LAYOUT, len(self._customers), 2)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_CUSTOMER_ADDRESS, index)
        customer = self._customers.make(index // 2)
        return {
            "customer_id": CUSTOMER_LAYOUT.id(index // 2),
            "entity_type": "shipping" if index % 2 else "billing",
            **{name: customer[name] for name in ("first_name", "last_name", "company", "phone")},
            **address(dice),
            **{name: customer[name] for name in ("created_at", "updated_at")},
        }


def customer_of(customers: int, order: int) -> int:
    """Return the id of the customer of a seeded order."""
    return CUSTOMER_LAYOUT.id(order % customers)


class PriceLists(Seeded):
    """Price lists, the last of them not in use."""

    def __len__(self) -> int:
        return self.plan.price_lists

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_PRICE_LIST, index)
        return {
            "name": ("Wholesale", "Hospitality", "Clearance")[index % 3],
            "is_active": index + 1 < self.plan.price_lists,
            **self.calendar.stamps(index, dice),
        }


class PriceListRows(Seeded):
    """The prices of the first variants in all but the last price list."""

    def __len__(self) -> int:
        return self.plan.prices * (self.plan.price_lists - 1)

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        plan = self.plan
        return each_of(parent, PRICE_LIST_LAYOUT, plan.price_lists - 1, plan.prices)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_PRICE, index)
        price_list, variant = divmod(index, self.plan.prices)
        method = dice.pick(("fixed", "percentage", "markup"))
        amount = dice.between(20, 400) if method == "fixed" else dice.between(5, 40)
        return {
            "price_list_id": PRICE_LIST_LAYOUT.id(price_list),
            "variant_id": VARIANT_LAYOUT.id(variant),
            "adjustment_method": method,
            "amount": amount,
            **self.calendar.stamps(index, dice),
        }


class PriceListCustomers(Seeded):
    """Every second customer is on one of the price lists."""

    def __len__(self) -> int:
        return self.plan.customers // 2

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if link == "customer_id":
            place = parent - CUSTOMER_LAYOUT.id(0) if isinstance(parent, int) else -1
            return [place // 2] if place in range(0, 2 * len(self), 2) else ()
        return every_of(parent, PRICE_LIST_LAYOUT, self.plan.price_lists, len(self))

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_LISTED, index)
        return {
            "price_list_id": PRICE_LIST_LAYOUT.id(index % self.plan.price_lists),
            "customer_id": CUSTOMER_LAYOUT.id(2 * index),
            **self.calendar.stamps(index, dice),
        }
