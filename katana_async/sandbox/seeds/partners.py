"""Seeded locations, bins, suppliers, customers, addresses and price lists."""

from ..store import Record
from . import words
from .base import Dice, each, id_of, lookup, turn
from .plan import Plan

_PERSON = ("first_name", "last_name", "company", "phone")


def address(dice: Dice) -> Record:
    """Make an address without a name."""
    city, state, country, zip_code = dice.pick(words.CITIES)
    return {
        "line_1": f"{dice.pick(words.STREETS)} {dice.between(1, 120)}",
        "line_2": "" if dice.chance(60) else f"Unit {dice.between(1, 40)}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": country,
    }


def add(plan: Plan) -> None:
    """Add the tables to a plan."""
    active, listed = plan.price_lists - 1, plan.customers // 2
    plan.add("locations", _location, count=plan.locations)
    plan.add("bin_locations", _bin, count=plan.bins)
    plan.add("suppliers", _supplier, count=plan.suppliers)
    plan.add(
        "supplier_addresses",
        lambda _index, dice, _at: address(dice),
        {"supplier_id": each(plan.suppliers)},
    )
    customers = plan.add("customers", _customer, count=plan.customers)

    def customer_address(index: int, dice: Dice, _at: int) -> Record:
        customer = customers.make(index // 2)
        person = {name: customer[name] for name in _PERSON}
        kind = "shipping" if index % 2 else "billing"
        return {"entity_type": kind, **person, **address(dice)}

    plan.add(
        "customer_addresses",
        customer_address,
        {"customer_id": each(plan.customers, 2)},
        owner=customers,
    )
    plan.add(
        "price_lists",
        lambda index, _dice, _at: {"name": words.PRICE_LISTS[index], "is_active": index < active},
        count=plan.price_lists,
    )
    plan.add(
        "price_list_rows",
        lambda index, dice, _at: _price(index % plan.prices, dice),
        {"price_list_id": each(active, plan.prices)},
    )
    plan.add(
        "price_list_customers",
        lambda _index, _dice, _at: {},
        {
            "price_list_id": turn(plan.price_lists, listed),
            "customer_id": lookup(listed, lambda index: 2 * index),
        },
    )


def _location(index: int, dice: Dice, _at: int) -> Record:
    """Make the main warehouse, or the showroom, which has neither address nor legal name."""
    main = index == 0
    return {
        "name": "Main warehouse" if main else "Showroom",
        "legal_name": "Nordwall Furniture Ltd" if main else None,
        "address_id": 301 if main else None,
        "address": {"id": 301, **address(dice)} if main else None,
        "is_primary": main,
        "manufacturing_allowed": main,
        "purchase_allowed": main,
        "rank": 10_000 * (index + 1),
    }


def _bin(index: int, _dice: Dice, _at: int) -> Record:
    aisle, rack = divmod(index, 8)
    name = f"{'ABCDEFGH'[aisle % 8]}-{rack // 4 + 1:02d}-{rack % 4 + 1}"
    return {"bin_name": name, "location_id": id_of("locations", 0)}


def _supplier(index: int, dice: Dice, _at: int) -> Record:
    name = words.SUPPLIERS[index]
    return {
        "name": name,
        "email": f"orders@{name.lower().replace(' ', '-')}.example",
        "phone": f"+372 5{index:07d}" if index else None,
        "comment": dice.pick(words.NOTES),
        "currency": dice.pick(("USD", "EUR", "EUR", "GBP")),
        "default_address_id": id_of("supplier_addresses", index),
    }


def _customer(index: int, dice: Dice, _at: int) -> Record:
    first, last = dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)
    company = dice.maybe(60, f"{last} {dice.pick(words.COMPANIES)}")
    return {
        "name": company or f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "company": company,
        "email": f"{first}.{last}.{index + 1}@example.com".lower(),
        "phone": dice.maybe(80, f"+372 6{index:06d}"),
        "comment": dice.maybe(10, dice.pick(words.NOTES)),
        "currency": dice.pick(("USD", "USD", "EUR", "GBP")),
        "reference_id": dice.maybe(50, f"C-{index + 1:05d}"),
        "category": dice.pick(("Retail", "Wholesale", "Hospitality", None)),
        "discount_rate": dice.pick((None, None, 0, 5, 12.5)),
        "default_billing_id": id_of("customer_addresses", 2 * index),
        "default_shipping_id": id_of("customer_addresses", 2 * index + 1),
    }


def _price(variant: int, dice: Dice) -> Record:
    method = dice.pick(("fixed", "percentage", "markup"))
    amount = dice.between(20, 400) if method == "fixed" else dice.between(5, 40)
    return {"variant_id": id_of("variants", variant), "adjustment_method": method, "amount": amount}
