"""What a connected accounting service has on record. Only read: such a service writes it."""

from ..layout import Layout
from ..operations import Collection, without

SALES_METADATA_LAYOUT = Layout(
    name="sales_order_accounting_metadata",
    first=17_400_001,
    fields={
        "sales_order_id": None,
        "fulfillment_id": None,
        "integration_type": None,
        "invoice_id": None,
    },
    links=("sales_order_id", "fulfillment_id"),
)


SALES_ORDER_ACCOUNTING_METADATA = Collection(
    layout=SALES_METADATA_LAYOUT,
    present=without("updated_at", "deleted_at"),
)
