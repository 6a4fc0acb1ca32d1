"""Seeded locations, bins, suppliers, customers, addresses and price lists."""

from ..store import Record
from . import words
from .base import RecordRandom, id_of, relate_by_parent, relate_each, relate_in_turn
from .plan import SeedPlan

_PERSON = ("first_name", "last_name", "company", "phone")


def address(rng: RecordRandom) -> Record:
    """Return an address without a name."""
    city, state, country, zip_code = rng.choice(words.CITIES)
    return {
        "line_1": f"{rng.choice(words.STREETS)} {rng.randint(1, 120)}",
        "line_2": "" if rng.chance(60) else f"Unit {rng.randint(1, 40)}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": country,
    }


def add(plan: SeedPlan) -> None:
    """Add the tables to a plan."""
    active, listed = plan.price_lists - 1, plan.customers // 2
    plan.add("locations", _location, count=plan.locations)
    plan.add("bin_locations", _bin, count=plan.bins)
    plan.add("suppliers", _supplier, count=plan.suppliers)
    plan.add(
        "supplier_addresses",
        lambda _index, rng, _at: address(rng),
        {"supplier_id": relate_each(plan.suppliers)},
    )
    customers = plan.add("customers", _customer, count=plan.customers)

    def customer_address(index: int, rng: RecordRandom, _at: int) -> Record:
        customer = customers.make(index // 2)
        person = {name: customer[name] for name in _PERSON}
        kind = "shipping" if index % 2 else "billing"
        return {"entity_type": kind, **person, **address(rng)}

    plan.add(
        "customer_addresses",
        customer_address,
        {"customer_id": relate_each(plan.customers, 2)},
        owner=customers,
    )
    plan.add(
        "price_lists",
        lambda index, _rng, _at: {"name": words.PRICE_LISTS[index], "is_active": index < active},
        count=plan.price_lists,
    )
    plan.add(
        "price_list_rows",
        lambda index, rng, _at: _price(index % plan.prices, rng),
        {"price_list_id": relate_each(active, plan.prices)},
    )
    plan.add(
        "price_list_customers",
        lambda _index, _rng, _at: {},
        {
            "price_list_id": relate_in_turn(plan.price_lists, listed),
            "customer_id": relate_by_parent(listed, lambda index: 2 * index),
        },
    )


def _location(index: int, rng: RecordRandom, _at: int) -> Record:
    """Return the main warehouse, or the showroom, which has neither address nor legal name."""
    main = index == 0
    return {
        "name": "Main warehouse" if main else "Showroom",
        "legal_name": "Nordwall Furniture Ltd" if main else None,
        "address_id": 301 if main else None,
        "address": {"id": 301, **address(rng)} if main else None,
        "is_primary": main,
        "manufacturing_allowed": main,
        "purchase_allowed": main,
        "rank": 10_000 * (index + 1),
    }


def _bin(index: int, _rng: RecordRandom, _at: int) -> Record:
    aisle, rack = divmod(index, 8)
    name = f"{'ABCDEFGH'[aisle % 8]}-{rack // 4 + 1:02d}-{rack % 4 + 1}"
    return {"bin_name": name, "location_id": id_of("locations", 0)}


def _supplier(index: int, rng: RecordRandom, _at: int) -> Record:
    name = words.SUPPLIERS[index]
    return {
        "name": name,
        "email": f"orders@{name.lower().replace(' ', '-')}.example",
        "phone": f"+372 5{index:07d}" if index else None,
        "comment": rng.choice(words.NOTES),
        "currency": rng.choice(("USD", "EUR", "EUR", "GBP")),
        "default_address_id": id_of("supplier_addresses", index),
    }


def _customer(index: int, rng: RecordRandom, _at: int) -> Record:
    first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
    company = rng.maybe(60, f"{last} {rng.choice(words.COMPANIES)}")
    return {
        "name": company or f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "company": company,
        "email": f"{first}.{last}.{index + 1}@example.com".lower(),
        "phone": rng.maybe(80, f"+372 6{index:06d}"),
        "comment": rng.maybe(10, rng.choice(words.NOTES)),
        "currency": rng.choice(("USD", "USD", "EUR", "GBP")),
        "reference_id": rng.maybe(50, f"C-{index + 1:05d}"),
        "category": rng.choice(("Retail", "Wholesale", "Hospitality", None)),
        "discount_rate": rng.choice((None, None, 0, 5, 12.5)),
        "default_billing_id": id_of("customer_addresses", 2 * index),
        "default_shipping_id": id_of("customer_addresses", 2 * index + 1),
    }


def _price(variant: int, rng: RecordRandom) -> Record:
    method = rng.choice(("fixed", "percentage", "markup"))
    amount = rng.randint(20, 400) if method == "fixed" else rng.randint(5, 40)
    return {"variant_id": id_of("variants", variant), "adjustment_method": method, "amount": amount}
