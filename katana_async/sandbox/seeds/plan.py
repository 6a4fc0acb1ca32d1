"""How many records of each kind there are, which belong to which, and when they were created."""

from attrs import frozen

from ..clock import timestamp
from .dice import Dice, Fan

_BEGIN = 1_609_747_200_000  # 2021-01-04T08:00:00Z
_END = 1_734_681_600_000  # 2024-12-20T08:00:00Z
_DAY = 86_400_000


@frozen(kw_only=True)
class Plan:
    """The shape of the seeded account.

    Attributes:
        seed: The seed.
        products: Products that are neither archived nor deleted.
        hidden: Products that are archived; as many more are deleted.
        variants: Which variants belong to which product.
        materials: Materials, each with one variant.
        order_rows: Which sales order rows belong to which order.
        purchase_rows: Which purchase order rows belong to which order.
    """

    seed: int
    products: int
    hidden: int
    variants: Fan
    bom: Fan
    materials: int
    services: int
    locations: int
    suppliers: int
    bins: int
    customers: int
    orders: int
    order_rows: Fan
    purchases: int
    purchase_rows: Fan
    price_lists: int
    prices: int

    @property
    def all_products(self) -> int:
        """Products, with those that are archived or deleted."""
        return self.products + 2 * self.hidden

    @property
    def all_variants(self) -> int:
        """Variants of products, then those of materials; those of services come behind them."""
        return self.variants.total + self.materials

    @property
    def tracked_materials(self) -> int:
        """How many materials are tracked by batches: every fourth."""
        return (self.materials + 1) // 4

    def tracked_material(self, place: int) -> int:
        """Return one of the materials that are tracked by batches."""
        return 4 * place + 2

    def place_of_material(self, material: int) -> int | None:
        """Return the place of a material among those that are tracked by batches."""
        return material // 4 if material % 4 == 2 else None

    @property
    def tracked_products(self) -> int:
        """How many products are tracked by batches: every tenth."""
        return (self.products + 3) // 10

    def tracked_product(self, place: int) -> int:
        """Return one of the products that are tracked by batches."""
        return 10 * place + 6

    def place_of_product(self, product: int) -> int | None:
        """Return the place of a product among those that are tracked by batches."""
        return product // 10 if product % 10 == 6 and product < self.products else None

    def hides(self, product: int) -> str | None:
        """Return the field that is set on a product which lists hide."""
        if product < self.products:
            return None
        return "archived_at" if product < self.products + self.hidden else "deleted_at"

    def dice(self, kind: int, index: int) -> Dice:
        """Return the dice of one record."""
        return Dice(self.seed, kind, index)


@frozen
class Calendar:
    """When the records of a table were created.

    Every tenth shares its millisecond with the one before, as imported records do.
    """

    count: int

    def created(self, index: int) -> int:
        """Return when a record was created, in milliseconds since the epoch."""
        step = (_END - _BEGIN) // max(self.count, 1)
        return _BEGIN + (index - (index % 10 == 1)) * step

    def stamps(self, index: int, dice: Dice) -> dict[str, str]:
        """Return when a record was created and last changed."""
        moment = self.created(index)
        created = updated = timestamp(moment)
        if dice.chance(60):
            updated = timestamp(moment + dice.below(90 * _DAY))
        return {"created_at": created, "updated_at": updated}


def make_plan(products: int, seed: int) -> Plan:
    """Plan an account around so many products."""
    materials = max(products // 4, 8) if products else 0
    hidden = products // 50
    customers = min(max(products // 20, 10), 1_000)
    orders = min(max(products // 4, 12), 5_000) if products else 0
    purchases = min(max(products // 10, 6), 2_000) if products else 0
    variants = Fan(3 if index % 5 == 4 else 1 for index in range(products + 2 * hidden))
    return Plan(
        seed=seed,
        products=products,
        hidden=hidden,
        variants=variants,
        bom=Fan(0 if variants.parent(v) % 5 == 3 else 3 for v in range(variants.total)),
        materials=materials,
        services=4 if products else 0,
        locations=2,
        suppliers=8,
        bins=24,
        customers=customers,
        orders=orders,
        order_rows=Fan(Dice(seed, 90, index).between(1, 4) for index in range(orders)),
        purchases=purchases,
        purchase_rows=Fan(Dice(seed, 91, index).between(1, 5) for index in range(purchases)),
        price_lists=3,
        prices=min(products, 60),
    )
