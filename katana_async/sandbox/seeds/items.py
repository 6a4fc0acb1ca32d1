"""Seeded products, materials, services, their variants, bills of materials and stock."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from ..clock import timestamp
from ..schema import number
from ..store import Record
from ..tables.workshop import RANK_STEP
from . import words
from .base import Dice, Fields, Relation, id_of, within
from .plan import INGREDIENTS, STEPS, Plan


def money(cents: int) -> int | Decimal:
    """Return an amount of money."""
    return number(Decimal(cents) / 100)


class Items:
    """The tables of what is made, bought, sold and kept in stock."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def add(self) -> None:
        """Add the tables to the plan."""
        plan, stock = self.plan, self.plan.stock

        def gone(relation: Relation) -> Callable[[int], str | None]:
            return lambda index: plan.hides(relation.parent(index))

        plan.add("products", self._product, count=plan.all_products, hides=plan.hides)
        plan.add("materials", self._material, count=plan.materials)
        plan.add("services", _service, count=plan.services)
        plan.add(
            "variants",
            self._variant,
            {
                "product_id": plan.of_product,
                "material_id": plan.of_material,
                "service_id": plan.of_service,
            },
            count=plan.items + plan.services,
            hides=gone(plan.of_product),
            place=lambda index: index if index < plan.items else (index - plan.items) * 10,
        )
        plan.add(
            "bom_rows",
            _bom_row,
            {
                "product_item_id": plan.bom_of_product,
                "product_variant_id": plan.bom,
                "ingredient_variant_id": plan.bom_materials,
            },
            hides=gone(plan.bom_of_product),
        )
        plan.add(
            "product_operation_rows",
            lambda row, _dice, _at: step(plan, plan.operations.parent(row), row % STEPS),
            {"product_id": plan.operations_of_product, "product_variant_id": plan.operations},
            hides=gone(plan.operations_of_product),
        )
        hides = gone(within(plan.of_product, plan.stock))
        plan.add("inventory", self._stock, {"variant_id": stock}, hides=hides)
        plan.add("inventory_movements", self._movement, {"variant_id": stock})
        for table, place in (("operations", 0), ("resources", 1)):
            plan.add(table, _names(place), count=len(words.WORK))

    def _product(self, index: int, dice: Dice, _at: int) -> Record:
        plan, bought = self.plan, self.plan.is_bought(index)
        good, wood = words.GOODS[index % len(words.GOODS)][0], dice.pick(words.WOODS)
        return {
            "name": f"{dice.pick(words.LINES)} {good.lower()}, {wood.lower()} {index + 1:05d}",
            "category_name": dice.pick(words.PRODUCT_CATEGORIES),
            "additional_info": dice.maybe(40, dice.pick(words.NOTES)),
            "default_supplier_id": _supplier(plan, index) if bought else None,
            "is_sellable": dice.chance(90),
            "is_producible": not bought,
            "is_purchasable": bought,
            "is_auto_assembly": dice.chance(5),
            "batch_tracked": plan.is_batched(plan.of_product.of(index)[0]),
            "operations_in_sequence": dice.chance(30),
            "purchase_uom": "box" if bought else None,
            "purchase_uom_conversion_rate": 4 if bought else None,
            "configs": [_config(index, "Size", words.SIZES)] if plan.is_sized(index) else [],
        }

    def _material(self, index: int, dice: Dice, _at: int) -> Record:
        plan = self.plan
        name, _, _, uom = words.STOCK[index % len(words.STOCK)]
        config = _config(plan.all_products + index, "Grade", words.GRADES)
        return {
            "name": f"{dice.pick(words.WOODS)} {name} {index + 1:05d}",
            "uom": uom,
            "category_name": dice.pick((*words.MATERIAL_CATEGORIES, None)),
            "additional_info": dice.maybe(20, dice.pick(words.NOTES)),
            "default_supplier_id": _supplier(plan, index),
            "is_sellable": dice.chance(10),
            "batch_tracked": plan.is_batched(plan.first_material + index),
            "configs": [config] if _is_graded(index) else [],
        }

    def _variant(self, index: int, dice: Dice, _at: int) -> Record:
        plan = self.plan
        if index >= plan.items:
            return _service_variant(index - plan.items)
        finish = {"field_name": "Finish", "field_value": f"{dice.pick(words.WOODS)} oil"}
        made = index < plan.first_material
        return {
            "purchase_price": purchase_price(plan, index),
            "custom_fields": [finish] if dice.chance(15) else [],
            "internal_barcode": dice.maybe(70, f"4740{index:08d}"),
            "registered_barcode": dice.maybe(40, f"978{index:010d}"),
            "lead_time": dice.maybe(30, dice.between(1, 21)),
            "minimum_order_quantity": dice.maybe(20, dice.between(1, 10)),
            "abc_classification": dice.pick(("A", "B", "C", None)),
            **(self._of_product(index) if made else self._of_material(index)),
        }

    def _of_product(self, index: int) -> Record:
        product = self.plan.of_product.parent(index)
        size = words.SIZES[index - self.plan.of_product.of(product)[0]]
        code = words.GOODS[product % len(words.GOODS)][1]
        sized = self.plan.is_sized(product)
        # As in real accounts, some variants have no SKU, and some the SKU of another.
        shared = product - 45 if product % 97 == 60 else product
        sku = f"{code}-{shared + 1:05d}" + (f"-{size[0]}" if sized else "")
        return {
            "type": "product",
            "sales_price": sales_price(self.plan, index),
            "config_attributes": [_attribute("Size", size)] if sized else [],
            "sku": None if index % 41 == 7 else sku,
        }

    def _of_material(self, index: int) -> Record:
        material = index - self.plan.first_material
        code = words.STOCK[material % len(words.STOCK)][1]
        graded = _is_graded(material)
        return {
            "type": "material",
            "config_attributes": [_attribute("Grade", words.GRADES[0])] if graded else [],
            "sku": None if index % 41 == 7 else f"{code}-{material + 1:05d}",
            "supplier_item_codes": [f"S-{material + 1:05d}"] if material % 3 else [],
        }

    def _stock(self, index: int, dice: Dice, _at: int) -> Record:
        variant, location = divmod(index, self.plan.locations)
        stock = dice.below(12 if location else 240)
        return {
            "location_id": id_of("locations", location),
            "average_cost": purchase_price(self.plan, variant),
            "quantity_in_stock": stock,
            "quantity_committed": dice.below(stock + 1),
            "quantity_expected": dice.below(100) if dice.chance(25) else 0,
            "quantity_potential": dice.below(60),
            "reorder_point": dice.pick((0, 0, 5, 20)),
        }

    def _movement(self, index: int, _dice: Dice, at: int) -> Record:
        """Make the movement by which the stock of a row came in."""
        row = self.plan.tables["inventory"].make(index)
        stock, cost = row["quantity_in_stock"], row["average_cost"]
        return {
            "location_id": row["location_id"],
            "movement_date": timestamp(at),
            "quantity_change": stock,
            "balance_after": stock,
            "value_per_unit": cost,
            "average_cost_after": cost,
            "value_in_stock_after": number(stock * cost),
        }


def sales_price(plan: Plan, variant: int) -> int | Decimal:
    """Return the sales price of a product's variant."""
    product = plan.of_product.parent(variant)
    size = variant - plan.of_product.of(product)[0]
    cents = words.GOODS[product % len(words.GOODS)][2]
    return money(cents + product * 37 % 50 * 100 + size * 4_050)


def purchase_price(plan: Plan, variant: int) -> int | Decimal:
    """Return the purchase price of a variant: 0 for one that is made."""
    if variant < plan.first_material:
        bought = plan.is_bought(plan.of_product.parent(variant))
        return number(Decimal(sales_price(plan, variant)) / 2) if bought else 0
    material = variant - plan.first_material
    return money(words.STOCK[material % len(words.STOCK)][2] + material * 7 % 40)


def step(plan: Plan, variant: int, place: int) -> Record:
    """Return the first or the second operation by which a variant is made.

    Some operations have no resource.
    """
    dice = Dice(plan.seed, 92, STEPS * variant + place)
    half = len(words.WORK) // STEPS
    work = half * place + dice.below(half)
    operation, resource, cost = words.WORK[work]
    rank = (place + 1) * RANK_STEP
    placed = dice.chance(90)
    return {
        "operation_id": id_of("operations", work),
        "operation_name": operation,
        "resource_id": id_of("resources", work) if placed else None,
        "resource_name": resource if placed else None,
        "type": "setup" if place == 0 and dice.chance(20) else "process",
        "cost_parameter": cost,
        "planned_time_parameter": 300 * dice.between(1, 24),
        "rank": rank,
        "group_boundary": rank,
    }


def _bom_row(index: int, dice: Dice, _at: int) -> Record:
    return {
        "quantity": number(Decimal(dice.between(1, 48)) / 4),
        "notes": dice.maybe(10, dice.pick(words.NOTES)),
        "rank": RANK_STEP * (1 + index % INGREDIENTS),
    }


def _service(index: int, dice: Dice, _at: int) -> Record:
    name, _, _, uom = words.SERVICES[index]
    info = dice.maybe(20, dice.pick(words.NOTES))
    return {"name": name, "uom": uom, "category_name": "Services", "additional_info": info}


def _service_variant(service: int) -> Record:
    _, code, cents, _ = words.SERVICES[service]
    return {
        "type": "service",
        "sku": f"S-{code}",
        "sales_price": money(cents),
        "default_cost": money(cents // 2),
        "custom_fields": [{"field_name": "Region", "field_value": "Baltics"}],
    }


def _names(place: int) -> Fields:
    return lambda index, _dice, _at: {"name": words.WORK[index][place]}


def _supplier(plan: Plan, index: int) -> int:
    return id_of("suppliers", index % plan.suppliers)


def _is_graded(material: int) -> bool:
    return material % 6 == 5


def _config(item: int, name: str, values: Sequence[str]) -> Record:
    return {"id": item + 1, "name": name, "values": list(values)}


def _attribute(name: str, value: str) -> Record:
    return {"config_name": name, "config_value": value}
