"""Seeded users, operators, tax rates, additional costs and custom fields."""

from ..store import Record, Uuids
from ..tables.settings import USER
from ..tables.workshop import RESOURCE_LAYOUT
from . import words
from .base import Seeded

_USER, _OPERATOR, _TAX_RATE, _COST, _DEFINITION, _COLLECTION, _WEBHOOK = range(60, 67)

# Definitions have the same ids whatever the seed, since orders name their custom fields by them.
DEFINITION_IDS = Uuids(0x5B2A9F34)
CUSTOM_FIELDS = (DEFINITION_IDS.id(0), DEFINITION_IDS.id(1))


class Users(Seeded):
    """Whoever the key belongs to, and two colleagues."""

    def __len__(self) -> int:
        return 3

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_USER, index)
        first, last = dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)
        person = {
            "firstName": first,
            "lastName": last,
            "email": f"{first}.{last}.{index}@nordwall.example".lower(),
        }
        named = {name: USER[name] for name in person} if index == 0 else person
        return {**named, **self.calendar.stamps(index, dice)}


class Operators(Seeded):
    """Three people in the workshop, each at two of its resources, and one in the warehouse."""

    def __len__(self) -> int:
        return 4

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_OPERATOR, index)
        in_warehouse = index == 3
        first, last = dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)
        resources = [RESOURCE_LAYOUT.id(index), RESOURCE_LAYOUT.id(index + 1)]
        return {
            "operator_name": f"{first} {last}",
            "working_area": "warehouse" if in_warehouse else "shopFloor",
            "resource_ids": [] if in_warehouse else resources,
            **self.calendar.stamps(index, dice),
        }


class TaxRates(Seeded):
    """What is charged by default, less for some things, and nothing abroad."""

    def __len__(self) -> int:
        return 3

    def make(self, index: int) -> Record:
        rate = (20, 9, 0)[index]
        name = f"{rate}% VAT"
        return {
            "name": name,
            "display_name": name,
            "rate": rate,
            "is_default_sales": index == 0,
            "is_default_purchases": index == 0,
            **self.calendar.stamps(index, self.plan.dice(_TAX_RATE, index)),
        }


class AdditionalCosts(Seeded):
    """What comes on top of a purchase."""

    def __len__(self) -> int:
        return 3

    def make(self, index: int) -> Record:
        return {
            "name": ("Shipping", "Customs", "Insurance")[index],
            **self.calendar.stamps(index, self.plan.dice(_COST, index)),
        }


class CustomFieldDefinitions(Seeded):
    """The custom fields that seeded sales orders and their rows have, and one to choose from."""

    def __len__(self) -> int:
        return 3

    def make(self, index: int) -> Record:
        channels = [{"id": 1, "label": "Online"}, {"id": 2, "label": "Showroom"}]
        return {
            "label": ("Door code", "Stairs", "Channel")[index],
            "field_type": ("shortText", "number", "singleSelect")[index],
            "entity_type": "SalesOrder",
            "source": "nordwall",
            "description": "Flights of stairs at the door." if index == 1 else None,
            "options": {"choices": channels} if index == 2 else None,
            **self.calendar.stamps(index, self.plan.dice(_DEFINITION, index)),
        }


class CustomFieldsCollections(Seeded):
    """Sets of custom fields for products, and for services."""

    def __len__(self) -> int:
        return 2

    def make(self, index: int) -> Record:
        return {
            "name": ("Furniture", "Services")[index],
            **self.calendar.stamps(index, self.plan.dice(_COLLECTION, index)),
        }


class Webhooks(Seeded):
    """One that told the web shop what became of its orders, and is switched off."""

    def __len__(self) -> int:
        return 1

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_WEBHOOK, index)
        return {
            "url": "https://shop.nordwall.example/katana",
            "token": f"{dice.below(2**63):016x}",
            "enabled": False,
            "description": "Tells the web shop what became of its orders.",
            "subscribed_events": ["sales_order.delivered", "sales_order.updated"],
            **self.calendar.stamps(index, dice),
        }
