"""The seeded account of a small furniture manufacturer, determined by a seed and a size."""

from ..clock import Clock
from ..registry import LAYOUTS
from ..store import IdScheme, Layout, SequentialIds, Store, Table, UuidIds
from . import partners, settings
from .items import ItemSeeds
from .manufacturing import ManufacturingSeeds
from .orders import PurchaseSeeds, SalesSeeds
from .plan import STEPS, SeedPlan
from .stock import SerialTransactions, StockSeeds


def seed_store(*, products: int, seed: int, clock: Clock) -> Store:
    """Return the store of an account with the given number of products."""
    plan = SeedPlan(products, seed)
    for group in (
        ItemSeeds(plan),
        StockSeeds(plan),
        SalesSeeds(plan),
        PurchaseSeeds(plan),
        ManufacturingSeeds(plan),
    ):
        group.add()
    partners.add(plan)
    settings.add(plan)
    store = Store()
    for layout in LAYOUTS:
        if (table := plan.tables.get(name := layout.name)) is None:
            table = plan.add(name, lambda _index, _rng, _at: {}, count=0)
        table.custom_fields = settings.custom_fields_of(layout)
        ids, defaults, links = _numbering(layout, seed), layout.defaults, layout.links
        store.add(Table(name, clock, ids, defaults, links, table, store.lock, layout.order))
    _continue_counting(store, plan)
    return store


def _numbering(layout: Layout, seed: int) -> IdScheme:
    if layout.name == "custom_field_definitions":
        return settings.DEFINITION_IDS
    if layout.name == "serial_number_transactions":
        return SerialTransactions(~seed * 0x5DEECE66D)
    return UuidIds(seed * 0x5DEECE66D) if layout.uuid else SequentialIds(layout.id(0))


def _continue_counting(store: Store, plan: SeedPlan) -> None:
    """Let the numbers of new records continue after those of the seeded ones."""
    for counted, last in (
        ("config", plan.all_products + plan.materials),
        ("sales order", plan.orders),
        ("sales return", len(plan.tables["sales_returns"])),
        ("purchase order", plan.purchases),
        ("bin transfer", len(plan.tables["bin_transfers"])),
        ("stock adjustment", len(plan.tables["stock_adjustments"])),
        ("stock transfer", len(plan.tables["stock_transfers"])),
        ("manufacturing order", plan.making),
        ("production operation", STEPS * plan.begun),
        ("group", plan.purchases),
    ):
        store.continue_numbering(counted, last)
