"""Seeded products, materials, variants, bills of materials and stock."""

from collections.abc import Sequence
from decimal import Decimal

from ..schema import number
from ..store import Id, Record
from ..tables.items import MATERIAL_LAYOUT, PRODUCT_LAYOUT
from ..tables.places import LOCATION_LAYOUT
from ..tables.services import SERVICE_LAYOUT
from ..tables.suppliers import SUPPLIER_LAYOUT
from ..tables.variants import VARIANT_LAYOUT
from . import words
from .base import Seeded
from .plan import Plan
from .services import Services

_PRODUCT, _MATERIAL, _VARIANT, _STOCK, _BOM = range(1, 6)


def sales_price(plan: Plan, variant: int) -> int | Decimal:
    """Return what a variant of a product sells for."""
    product = plan.variants.parent(variant)
    size = variant - plan.variants.of(product).start
    cents = words.GOODS[product % len(words.GOODS)][2] + product * 37 % 50 * 100 + size * 4_050
    return number(Decimal(cents) / 100)


def purchase_price(plan: Plan, variant: int) -> int | Decimal:
    """Return what a variant is bought for."""
    if variant < plan.variants.total:
        bought = plan.variants.parent(variant) % 5 == 3
        return number(Decimal(sales_price(plan, variant)) / 2) if bought else 0
    material = variant - plan.variants.total
    cents = words.STOCK[material % len(words.STOCK)][2] + material * 7 % 40
    return number(Decimal(cents) / 100)


class Products(Seeded):
    """Products; every fifth is bought in, every fifth comes in three sizes."""

    def __len__(self) -> int:
        return self.plan.all_products

    def hidden(self, index: int) -> str | None:
        return self.plan.hides(index)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_PRODUCT, index)
        stamps = self.calendar.stamps(index, dice)
        good, wood = words.GOODS[index % len(words.GOODS)][0], dice.pick(words.WOODS)
        bought = index % 5 == 3
        return {
            "name": f"{dice.pick(words.LINES)} {good.lower()}, {wood.lower()} {index + 1:05d}",
            "uom": "pcs",
            "category_name": dice.pick(words.PRODUCT_CATEGORIES),
            "additional_info": dice.pick(words.NOTES) if dice.chance(40) else None,
            "default_supplier_id": supplier_of(self.plan, index) if bought else None,
            "is_sellable": dice.chance(90),
            "is_producible": not bought,
            "is_purchasable": bought,
            "is_auto_assembly": dice.chance(5),
            "batch_tracked": self.plan.place_of_product(index) is not None,
            "operations_in_sequence": dice.chance(30),
            "purchase_uom": "box" if bought else None,
            "purchase_uom_conversion_rate": 4 if bought else None,
            "configs": [_config(index, "Size", words.SIZES)] if index % 5 == 4 else [],
            **stamps,
            **self.veil(index, stamps),
        }


class Materials(Seeded):
    """Materials, each from a supplier and with one variant."""

    def __len__(self) -> int:
        return self.plan.materials

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_MATERIAL, index)
        name, _, _, uom = words.STOCK[index % len(words.STOCK)]
        return {
            "name": f"{dice.pick(words.WOODS)} {name} {index + 1:05d}",
            "uom": uom,
            "category_name": dice.pick(words.MATERIAL_CATEGORIES),
            "additional_info": dice.pick(words.NOTES) if dice.chance(20) else None,
            "default_supplier_id": supplier_of(self.plan, index),
            "is_sellable": dice.chance(10),
            "batch_tracked": self.plan.place_of_material(index) is not None,
            "configs": self._configs(index),
            **self.calendar.stamps(index, dice),
        }

    def _configs(self, index: int) -> list[Record]:
        config = _config(self.plan.all_products + index, "Grade", words.GRADES)
        return [config] if is_graded(index) else []


class Variants(Seeded):
    """The variants of all products, then those of all materials, then those of all services."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._services = Services(plan)

    def __len__(self) -> int:
        return self.plan.all_variants + self.plan.services

    def created(self, index: int) -> int:
        service = index - self.plan.all_variants
        return super().created(index) if service < 0 else self._services.created(service)

    def hidden(self, index: int) -> str | None:
        if index >= self.plan.variants.total:
            return None
        return self.plan.hides(self.plan.variants.parent(index))

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "product_id":
            product = parent - PRODUCT_LAYOUT.id(0)
            return self.plan.variants.of(product) if 0 <= product < self.plan.all_products else ()
        if link == "service_id":
            service = parent - SERVICE_LAYOUT.id(0)
            return [self.plan.all_variants + service] if 0 <= service < self.plan.services else ()
        material = parent - MATERIAL_LAYOUT.id(0)
        return [self.plan.variants.total + material] if 0 <= material < self.plan.materials else ()

    def make(self, index: int) -> Record:
        if index >= self.plan.all_variants:
            return self._services.variant(index - self.plan.all_variants)
        dice = self.plan.dice(_VARIANT, index)
        stamps = self.calendar.stamps(index, dice)
        record = {
            "purchase_price": purchase_price(self.plan, index),
            "custom_fields": _custom_fields(dice.pick(words.WOODS)) if dice.chance(15) else [],
            "config_attributes": [],
            "internal_barcode": f"4740{index:08d}" if dice.chance(70) else None,
            "registered_barcode": f"978{index:010d}" if dice.chance(40) else None,
            "lead_time": dice.between(1, 21) if dice.chance(30) else None,
            "minimum_order_quantity": dice.between(1, 10) if dice.chance(20) else None,
            "abc_classification": dice.pick(("A", "B", "C", None)),
            **stamps,
            **self.veil(index, stamps),
        }
        if index < self.plan.variants.total:
            return record | self._of_product(index)
        return record | self._of_material(index)

    def _of_product(self, index: int) -> Record:
        product = self.plan.variants.parent(index)
        place = index - self.plan.variants.of(product).start
        code = words.GOODS[product % len(words.GOODS)][1]
        sized = product % 5 == 4
        attributes = [{"config_name": "Size", "config_value": words.SIZES[place]}]
        # Some have no SKU, and some the SKU of another: neither is rare in a real account.
        shared = product - 45 if product % 97 == 60 else product
        sku = f"{code}-{shared + 1:05d}" + (f"-{words.SIZES[place][0]}" if sized else "")
        return {
            "type": "product",
            "product_id": PRODUCT_LAYOUT.id(product),
            "sales_price": sales_price(self.plan, index),
            "config_attributes": attributes if sized else [],
            "sku": None if index % 41 == 7 else sku,
        }

    def _of_material(self, index: int) -> Record:
        material = index - self.plan.variants.total
        code = words.STOCK[material % len(words.STOCK)][1]
        grade = [{"config_name": "Grade", "config_value": words.GRADES[0]}]
        return {
            "type": "material",
            "material_id": MATERIAL_LAYOUT.id(material),
            "config_attributes": grade if is_graded(material) else [],
            "sku": None if index % 41 == 7 else f"{code}-{material + 1:05d}",
            "supplier_item_codes": [f"S-{material + 1:05d}"] if material % 3 else [],
        }


class BomRows(Seeded):
    """Three ingredients for each variant that is made here."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._variants = Variants(plan)

    def __len__(self) -> int:
        return self.plan.bom.total if self.plan.materials else 0

    def hidden(self, index: int) -> str | None:
        gone = self.plan.hides(self.plan.variants.parent(self.plan.bom.parent(index)))
        return gone if gone == "deleted_at" else None

    def children(self, link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        if link == "product_item_id":
            variants = self._variants.children("product_id", parent)
            return [row for variant in variants for row in self.plan.bom.of(variant)]
        variant = parent - VARIANT_LAYOUT.id(0)
        if link == "product_variant_id":
            return self.plan.bom.of(variant) if 0 <= variant < self.plan.variants.total else ()
        material = variant - self.plan.variants.total
        if not 0 <= material < self.plan.materials:
            return ()
        return range(material, len(self), self.plan.materials)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_BOM, index)
        variant = self.plan.bom.parent(index)
        stamps = self.calendar.stamps(index, dice)
        material = self.plan.variants.total + index % self.plan.materials
        return {
            "product_item_id": PRODUCT_LAYOUT.id(self.plan.variants.parent(variant)),
            "product_variant_id": VARIANT_LAYOUT.id(variant),
            "ingredient_variant_id": VARIANT_LAYOUT.id(material),
            "quantity": number(Decimal(dice.between(1, 48)) / 4),
            "notes": dice.pick(words.NOTES) if dice.chance(10) else None,
            "rank": 10_000 * (1 + index - self.plan.bom.of(variant).start),
            **stamps,
            **self.veil(index, stamps),
        }


class Inventory(Seeded):
    """The stock of every variant in every location."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._variants = Variants(plan)

    def __len__(self) -> int:
        return self.plan.all_variants * self.plan.locations

    def created(self, index: int) -> int:
        return self.calendar.created(index - index % self.plan.locations)

    def hidden(self, index: int) -> str | None:
        return self._variants.hidden(index // self.plan.locations)

    def children(self, _link: str, parent: Id) -> Sequence[int]:
        if not isinstance(parent, int):
            return ()
        variant, each = parent - VARIANT_LAYOUT.id(0), self.plan.locations
        if not 0 <= variant < self.plan.all_variants:
            return ()
        return range(variant * each, (variant + 1) * each)

    def make(self, index: int) -> Record:
        dice = self.plan.dice(_STOCK, index)
        variant, location = divmod(index, self.plan.locations)
        stamps = self.calendar.stamps(index, dice)
        stock = dice.below(240) if location == 0 else dice.below(12)
        return {
            "variant_id": VARIANT_LAYOUT.id(variant),
            "location_id": LOCATION_LAYOUT.id(location),
            "average_cost": purchase_price(self.plan, variant),
            "quantity_in_stock": stock,
            "quantity_committed": dice.below(stock + 1),
            "quantity_expected": dice.below(100) if dice.chance(25) else 0,
            "quantity_potential": dice.below(60),
            "reorder_point": dice.pick((0, 0, 5, 20)),
            **stamps,
            **self.veil(index, stamps),
        }


def supplier_of(plan: Plan, index: int) -> int:
    """Return the id of the supplier that the product or material of an index is from."""
    return SUPPLIER_LAYOUT.id(index % plan.suppliers)


def is_graded(material: int) -> bool:
    """Tell whether a material is configured by grade."""
    return material % 6 == 5


def _config(item: int, name: str, values: Sequence[str]) -> Record:
    return {"id": item + 1, "name": name, "values": list(values)}


def _custom_fields(wood: str) -> list[Record]:
    return [{"field_name": "Finish", "field_value": f"{wood} oil"}]
