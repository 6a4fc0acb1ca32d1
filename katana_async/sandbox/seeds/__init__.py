"""The seeded account: a small furniture manufacturer, the same for the same seed and size."""

from ..catalogue import LAYOUTS
from ..clock import Clock
from ..layout import Layout
from ..store import Counting, NoSeed, Seed, Store, Table, Uuids
from . import catalog
from .plan import make_plan


def seeded(*, products: int, seed: int, clock: Clock) -> Store:
    """Return the tables of an account with so many products."""
    plan = make_plan(products, seed)
    seeds: dict[str, Seed] = {
        "products": catalog.Products(plan),
        "materials": catalog.Materials(plan),
        "variants": catalog.Variants(plan),
        "bom_rows": catalog.BomRows(plan),
        "inventory": catalog.Inventory(plan),
    }
    store = Store()
    for layout in LAYOUTS:
        store.add(_table(layout, seeds.get(layout.name, NoSeed()), clock, seed))
    store.begin("config", plan.all_products)
    return store


def _table(layout: Layout, seed: Seed, clock: Clock, salt: int) -> Table:
    numbering = Uuids(salt * 0x5DEECE66D) if layout.first is None else Counting(layout.first)
    return Table(layout.name, clock, numbering, layout.defaults, layout.links, seed)
