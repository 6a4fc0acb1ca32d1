"""Seeded products, materials, services, their variants, bills of materials and stock."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from ..amounts import number
from ..clock import timestamp
from ..store import Record
from ..tables.workshop import RANK_STEP
from . import words
from .base import Fields, RecordRandom, Relation, id_of, relate_grandchildren
from .plan import INGREDIENTS, STEPS, SeedPlan


def money(cents: int) -> int | Decimal:
    """Return an amount of money."""
    return number(Decimal(cents) / 100)


class ItemSeeds:
    """The tables of items, and of how they are made and stocked."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan

    def add(self) -> None:
        """Add the tables to the plan."""
        plan, stock = self.plan, self.plan.stock

        def hide_with(relation: Relation) -> Callable[[int], str | None]:
            return lambda index: plan.hidden_field(relation.parent_of(index))

        plan.add("products", self._product, count=plan.all_products, hides=plan.hidden_field)
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
            hides=hide_with(plan.of_product),
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
            hides=hide_with(plan.bom_of_product),
        )
        plan.add(
            "product_operation_rows",
            lambda row, _rng, _at: step(plan, plan.operations.parent_of(row), row % STEPS),
            {"product_id": plan.operations_of_product, "product_variant_id": plan.operations},
            hides=hide_with(plan.operations_of_product),
        )
        hides = hide_with(relate_grandchildren(plan.of_product, plan.stock))
        plan.add("inventory", self._stock, {"variant_id": stock}, hides=hides)
        plan.add("inventory_movements", self._movement, {"variant_id": stock})
        for table, place in (("operations", 0), ("resources", 1)):
            plan.add(table, _names(place), count=len(words.WORK))

    def _product(self, index: int, rng: RecordRandom, _at: int) -> Record:
        plan, bought = self.plan, self.plan.is_bought(index)
        good, wood = words.GOODS[index % len(words.GOODS)][0], rng.choice(words.WOODS)
        return {
            "name": f"{rng.choice(words.LINES)} {good.lower()}, {wood.lower()} {index + 1:05d}",
            "category_name": rng.choice(words.PRODUCT_CATEGORIES),
            "additional_info": rng.maybe(40, rng.choice(words.NOTES)),
            "default_supplier_id": _supplier(plan, index) if bought else None,
            "is_sellable": rng.chance(90),
            "is_producible": not bought,
            "is_purchasable": bought,
            "is_auto_assembly": rng.chance(5),
            "batch_tracked": plan.is_batched(plan.of_product.children_of(index)[0]),
            "operations_in_sequence": rng.chance(30),
            "purchase_uom": "box" if bought else None,
            "purchase_uom_conversion_rate": 4 if bought else None,
            "configs": [_config(index, "Size", words.SIZES)] if plan.is_sized(index) else [],
        }

    def _material(self, index: int, rng: RecordRandom, _at: int) -> Record:
        plan = self.plan
        name, _, _, uom = words.STOCK[index % len(words.STOCK)]
        config = _config(plan.all_products + index, "Grade", words.GRADES)
        return {
            "name": f"{rng.choice(words.WOODS)} {name} {index + 1:05d}",
            "uom": uom,
            "category_name": rng.choice((*words.MATERIAL_CATEGORIES, None)),
            "additional_info": rng.maybe(20, rng.choice(words.NOTES)),
            "default_supplier_id": _supplier(plan, index),
            "is_sellable": rng.chance(10),
            "batch_tracked": plan.is_batched(plan.first_material + index),
            "configs": [config] if _is_graded(index) else [],
        }

    def _variant(self, index: int, rng: RecordRandom, _at: int) -> Record:
        plan = self.plan
        if index >= plan.items:
            return _service_variant(index - plan.items)
        finish = {"field_name": "Finish", "field_value": f"{rng.choice(words.WOODS)} oil"}
        made = index < plan.first_material
        return {
            "purchase_price": purchase_price(plan, index),
            "custom_fields": [finish] if rng.chance(15) else [],
            "internal_barcode": rng.maybe(70, f"4740{index:08d}"),
            "registered_barcode": rng.maybe(40, f"978{index:010d}"),
            "lead_time": rng.maybe(30, rng.randint(1, 21)),
            "minimum_order_quantity": rng.maybe(20, rng.randint(1, 10)),
            "abc_classification": rng.choice(("A", "B", "C", None)),
            **(self._product_variant(index) if made else self._material_variant(index)),
        }

    def _product_variant(self, index: int) -> Record:
        product = self.plan.of_product.parent_of(index)
        size = words.SIZES[index - self.plan.of_product.children_of(product)[0]]
        code = words.GOODS[product % len(words.GOODS)][1]
        sized = self.plan.is_sized(product)
        # As in real accounts, some variants have no SKU, or share one.
        shared = product - 45 if product % 97 == 60 else product
        sku = f"{code}-{shared + 1:05d}" + (f"-{size[0]}" if sized else "")
        return {
            "type": "product",
            "sales_price": sales_price(self.plan, index),
            "config_attributes": [_attribute("Size", size)] if sized else [],
            "sku": None if index % 41 == 7 else sku,
        }

    def _material_variant(self, index: int) -> Record:
        material = index - self.plan.first_material
        code = words.STOCK[material % len(words.STOCK)][1]
        graded = _is_graded(material)
        return {
            "type": "material",
            "config_attributes": [_attribute("Grade", words.GRADES[0])] if graded else [],
            "sku": None if index % 41 == 7 else f"{code}-{material + 1:05d}",
            "supplier_item_codes": [f"S-{material + 1:05d}"] if material % 3 else [],
        }

    def _stock(self, index: int, rng: RecordRandom, _at: int) -> Record:
        variant, location = divmod(index, self.plan.locations)
        stock = rng.randbelow(12 if location else 240)
        return {
            "location_id": id_of("locations", location),
            "average_cost": purchase_price(self.plan, variant),
            "quantity_in_stock": stock,
            "quantity_committed": rng.randbelow(stock + 1),
            "quantity_expected": rng.randbelow(100) if rng.chance(25) else 0,
            "quantity_potential": rng.randbelow(60),
            "reorder_point": rng.choice((0, 0, 5, 20)),
        }

    def _movement(self, index: int, _rng: RecordRandom, at: int) -> Record:
        """Return the movement that added the stock of a row."""
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


def sales_price(plan: SeedPlan, variant: int) -> int | Decimal:
    """Return the sales price of a product's variant."""
    product = plan.of_product.parent_of(variant)
    size = variant - plan.of_product.children_of(product)[0]
    cents = words.GOODS[product % len(words.GOODS)][2]
    return money(cents + product * 37 % 50 * 100 + size * 4_050)


def purchase_price(plan: SeedPlan, variant: int) -> int | Decimal:
    """Return the purchase price of a variant; 0 for a manufactured one."""
    if variant < plan.first_material:
        bought = plan.is_bought(plan.of_product.parent_of(variant))
        return number(Decimal(sales_price(plan, variant)) / 2) if bought else 0
    material = variant - plan.first_material
    return money(words.STOCK[material % len(words.STOCK)][2] + material * 7 % 40)


def step(plan: SeedPlan, variant: int, place: int) -> Record:
    """Return an operation (place 0 or 1) that makes a variant; some have no resource."""
    rng = RecordRandom(plan.seed, 92, STEPS * variant + place)
    half = len(words.WORK) // STEPS
    work = half * place + rng.randbelow(half)
    operation, resource, cost = words.WORK[work]
    rank = (place + 1) * RANK_STEP
    placed = rng.chance(90)
    return {
        "operation_id": id_of("operations", work),
        "operation_name": operation,
        "resource_id": id_of("resources", work) if placed else None,
        "resource_name": resource if placed else None,
        "type": "setup" if place == 0 and rng.chance(20) else "process",
        "cost_parameter": cost,
        "planned_time_parameter": 300 * rng.randint(1, 24),
        "rank": rank,
        "group_boundary": rank,
    }


def _bom_row(index: int, rng: RecordRandom, _at: int) -> Record:
    return {
        "quantity": number(Decimal(rng.randint(1, 48)) / 4),
        "notes": rng.maybe(10, rng.choice(words.NOTES)),
        "rank": RANK_STEP * (1 + index % INGREDIENTS),
    }


def _service(index: int, rng: RecordRandom, _at: int) -> Record:
    name, _, _, uom = words.SERVICES[index]
    info = rng.maybe(20, rng.choice(words.NOTES))
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
    return lambda index, _rng, _at: {"name": words.WORK[index][place]}


def _supplier(plan: SeedPlan, index: int) -> int:
    return id_of("suppliers", index % plan.suppliers)


def _is_graded(material: int) -> bool:
    return material % 6 == 5


def _config(item: int, name: str, values: Sequence[str]) -> Record:
    return {"id": item + 1, "name": name, "values": list(values)}


def _attribute(name: str, value: str) -> Record:
    return {"config_name": name, "config_value": value}
