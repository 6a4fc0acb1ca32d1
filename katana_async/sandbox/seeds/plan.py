"""The numbers of records of the seeded account, and the relations between them."""

from collections.abc import Callable
from functools import cached_property

from .base import (
    LAYOUT,
    NO_LINKS,
    Fields,
    Links,
    RecordRandom,
    Relation,
    SeededTable,
    relate_by_counts,
    relate_by_parent,
    relate_each,
    relate_grandchildren,
    relate_in_turn,
)

# The numbers of ingredients and operations of each manufactured variant.
INGREDIENTS, STEPS = 3, 2
_BATCHES_OF_MATERIAL = 2


class SeedPlan:
    """The counts and relations of the seeded tables.

    Every fifth product is bought, every fifth has three sizes. Every fourth material has two
    batches, every tenth product one.

    Args:
        products: The number of products that are neither archived nor deleted.
        seed: The seed of the pseudo-random numbers.

    Attributes:
        hidden: The number of archived products, and of deleted products.
        made: The number of completed manufacturing orders.
        begun: The number of manufacturing orders with a production, completed or partial.
        tables: The seeded tables by name.
    """

    locations = 2
    suppliers = 8
    bins = 24
    price_lists = 3

    def __init__(self, products: int, seed: int) -> None:
        self.products, self.seed = products, seed
        self.tables: dict[str, SeededTable] = {}
        self.hidden = products // 50
        self.all_products = products + 2 * self.hidden
        self.materials = max(products // 4, 8) if products else 0
        self.services = 4 if products else 0
        self.customers = min(max(products // 20, 10), 1_000)
        self.orders = min(max(products // 4, 12), 5_000) if products else 0
        self.delivered, self.packed = (-(-share * self.orders // 100) for share in (70, 80))
        self.purchases = min(max(products // 10, 6), 2_000) if products else 0
        self.received = -(-75 * self.purchases // 100)
        self.making = min(max(products // 6, 8), 2_000) if products else 0
        self.made, self.begun = self.making * 60 // 100, self.making * 75 // 100
        self.prices = min(products, 60)

        # Variants: first those of products, then of materials, then of services.
        sizes = [3 if self.is_sized(index) else 1 for index in range(self.all_products)]
        made = [not self.is_bought(i) for i, size in enumerate(sizes) for _ in range(size)]
        self.of_product = relate_by_counts(sizes)
        self.first_material = self.of_product.total
        self.of_material = relate_each(self.materials, start=self.first_material)
        self.items = self.first_material + self.materials
        self.of_service = relate_each(self.services, start=self.items)
        self.bom = relate_by_counts(INGREDIENTS * each for each in made)
        self.bom_of_product = relate_grandchildren(self.of_product, self.bom)
        self.bom_materials = relate_in_turn(
            self.materials, self.bom.total, start=self.first_material
        )
        self.operations = relate_by_counts(STEPS * each for each in made)
        self.operations_of_product = relate_grandchildren(self.of_product, self.operations)
        self.stock = relate_each(self.items, self.locations)

        self.order_rows = relate_by_counts(
            RecordRandom(seed, 90, i).randint(1, 4) for i in range(self.orders)
        )
        sold = self.of_product.children_of(products - 1)[-1] + 1 if products else 0
        self.order_variants = relate_in_turn(sold, self.order_rows.total)
        self.purchase_rows = relate_by_counts(
            RecordRandom(seed, 91, i).randint(1, 5) for i in range(self.purchases)
        )
        self.purchase_variants = self.materials_in_turn(self.purchase_rows.total)

    def add(
        self,
        table: str,
        fields: Fields,
        links: Links = NO_LINKS,
        *,
        count: int | None = None,
        owner: SeededTable | None = None,
        after: int = 0,
        hides: Callable[[int], str | None] | None = None,
        place: Callable[[int], int] | None = None,
    ) -> SeededTable:
        """Add a table (see `SeededTable`).

        Args:
            count: The number of records; by default that of the first link's children.
        """
        if count is None:
            [relation, *_] = links.values()
            count = relation.total
        records = (LAYOUT[table], count, fields, links)
        self.tables[table] = seeded = SeededTable(self.seed, *records, owner, after, hides, place)
        return seeded

    def materials_in_turn(self, rows: int) -> Relation:
        """Relate rows to the variants of the materials in turn."""
        return relate_in_turn(self.materials, rows, start=self.first_material)

    @cached_property
    def batches(self) -> Relation:
        """The batches of variants, first those of materials, then those of products."""
        of_materials = _BATCHES_OF_MATERIAL * ((self.materials + 1) // 4)

        def variant(batch: int) -> int:
            if batch < of_materials:
                return self.first_material + 4 * (batch // _BATCHES_OF_MATERIAL) + 2
            return self.of_product.children_of(10 * (batch - of_materials) + 6)[0]

        return relate_by_parent(of_materials + (self.products + 3) // 10, variant)

    def is_bought(self, product: int) -> bool:
        """Return whether a product is bought rather than manufactured."""
        return product % 5 == 3

    def is_sized(self, product: int) -> bool:
        """Return whether a product has three sizes."""
        return product % 5 == 4

    def is_batched(self, variant: int) -> bool:
        """Return whether a variant is tracked by batches."""
        if (material := variant - self.first_material) >= 0:
            return material % 4 == 2
        return (product := self.of_product.parent_of(variant)) % 10 == 6 and product < self.products

    def hidden_field(self, product: int) -> str | None:
        """Return `archived_at` or `deleted_at` for a product that lists hide; otherwise None."""
        if product < self.products:
            return None
        return "archived_at" if product < self.products + self.hidden else "deleted_at"
