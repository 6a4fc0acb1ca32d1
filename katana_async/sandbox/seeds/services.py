"""Seeded services, with the variant of each."""

from decimal import Decimal

from ..schema import number
from ..store import Record
from ..tables.services import SERVICE_LAYOUT
from . import words
from .base import Seeded

_SERVICE = 6


class Services(Seeded):
    """What is sold along with furniture."""

    def __len__(self) -> int:
        return self.plan.services

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_SERVICE, index)
        stamps = self.calendar.stamps(index, dice)
        name, _, _, uom = words.SERVICES[index]
        return {
            "name": name,
            "uom": uom,
            "category_name": "Services",
            "additional_info": dice.pick(words.NOTES) if dice.chance(20) else None,
            **stamps,
        }

    def variant(self, index: int) -> Record:
        """Make the variant of a service."""
        dice = self.plan.dice(_SERVICE, index)
        stamps = self.calendar.stamps(index, dice)
        _, code, cents, _ = words.SERVICES[index]
        return {
            "type": "service",
            "service_id": SERVICE_LAYOUT.id(index),
            "sku": f"S-{code}",
            "sales_price": number(Decimal(cents) / 100),
            "default_cost": number(Decimal(cents) / 200),
            "custom_fields": [{"field_name": "Region", "field_value": "Baltics"}],
            **stamps,
        }
