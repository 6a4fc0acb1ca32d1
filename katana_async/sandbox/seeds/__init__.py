"""The seeded account: a small furniture manufacturer, the same for the same seed and size."""

from ..catalogue import LAYOUTS
from ..clock import Clock
from ..layout import Layout
from ..store import Counting, Numbering, Store, Table, Uuids
from . import partners, settings
from .items import Items
from .manufacturing import Making
from .orders import Purchases, Sales
from .plan import STEPS, Plan
from .stock import SerialTransactions, Stock


def seeded(*, products: int, seed: int, clock: Clock) -> Store:
    """Return the tables of an account with so many products."""
    plan = Plan(products, seed)
    for group in (Items(plan), Stock(plan), Sales(plan), Purchases(plan), Making(plan)):
        group.add()
    partners.add(plan)
    settings.add(plan)
    store = Store()
    for layout in LAYOUTS:
        if (table := plan.tables.get(name := layout.name)) is None:
            table = plan.add(name, lambda _index, _dice, _at: {}, count=0)
        table.custom_fields = settings.custom_fields_of(layout)
        ids, defaults, links = _numbering(layout, seed), layout.defaults, layout.links
        store.add(Table(name, clock, ids, defaults, links, table, store.lock, layout.order))
    _continue_counting(store, plan)
    return store


def _numbering(layout: Layout, seed: int) -> Numbering:
    if layout.name == "custom_field_definitions":
        return settings.DEFINITION_IDS
    if layout.name == "serial_number_transactions":
        return SerialTransactions(~seed * 0x5DEECE66D)
    return Uuids(seed * 0x5DEECE66D) if layout.uuid else Counting(layout.id(0))


def _continue_counting(store: Store, plan: Plan) -> None:
    """Let the numbers of new records go on after those of the seeded ones."""
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
        store.begin(counted, last)
