"""Purchase orders, their rows, costs and bills."""

from decimal import Decimal

from . import account, contacts
from ._base import CustomizableRecord, DeletableRecord, Model, OpenEnum, Timestamp
from .inventory.levels import IngredientAvailability
from .inventory.tracking import BatchTransaction, Traceability


class CostDistribution(OpenEnum):
    """The distribution of an additional cost over the rows of a purchase order."""

    BY_VALUE = "BY_VALUE"
    NON_DISTRIBUTED = "NON_DISTRIBUTED"


class PurchaseOrderStatus(OpenEnum):
    """The delivery status of a purchase order."""

    DRAFT = "DRAFT"
    NOT_RECEIVED = "NOT_RECEIVED"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED"
    RECEIVED = "RECEIVED"


class PurchaseOrderType(OpenEnum):
    """The kind of a purchase order: OUTSOURCED is work on the account's own materials."""

    REGULAR = "regular"
    OUTSOURCED = "outsourced"


class BillingStatus(OpenEnum):
    """The billing status of a purchase order."""

    NOT_BILLED = "NOT_BILLED"
    PARTIALLY_BILLED = "PARTIALLY_BILLED"
    BILLED = "BILLED"


class DocumentStatus(OpenEnum):
    """The status of the last e-mail that sent the order to the supplier.

    The filter `last_document_status` takes other texts: notSent, sending, sent, failed.
    """

    NOT_SENT = "NOT_SENT"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class PurchaseOrderRow(CustomizableRecord):
    """One line of a purchase order."""

    purchase_order_id: int | None = None
    variant_id: int | None = None
    location_id: int | None = None
    #: In the unit of purchase.
    quantity: Decimal | None = None
    purchase_uom: str | None = None
    #: Units of stock per unit of purchase.
    purchase_uom_conversion_rate: Decimal | None = None
    #: Prices and totals without `_in_base_currency` in their name are in this currency.
    currency: str | None = None
    price_per_unit: Decimal | None = None
    price_per_unit_in_base_currency: Decimal | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    landed_cost: Decimal | None = None
    tax_rate_id: int | None = None
    #: Between the row's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    arrival_date: Timestamp | None = None
    received_date: Timestamp | None = None
    #: Rows of one group share additional costs.
    group_id: int | None = None
    batch_transactions: tuple[BatchTransaction, ...] = ()
    traceability: tuple[Traceability, ...] = ()


class PurchaseOrder(CustomizableRecord):
    """An order to a supplier; `entity_type` OUTSOURCED marks outsourced work."""

    order_no: str | None = None
    entity_type: PurchaseOrderType | None = None
    status: PurchaseOrderStatus | None = None
    billing_status: BillingStatus | None = None
    last_document_status: DocumentStatus | None = None
    supplier_id: int | None = None
    #: With extend=["supplier"].
    supplier: contacts.Supplier | None = None
    location_id: int | None = None
    #: Outsourced orders only: the location of the materials, and whether they suffice or when.
    tracking_location_id: int | None = None
    ingredient_availability: IngredientAvailability | None = None
    ingredient_expected_date: Timestamp | None = None
    #: An ISO 4217 code; `total` is in this currency.
    currency: str | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    order_created_date: Timestamp | None = None
    expected_arrival_date: Timestamp | None = None
    additional_info: str | None = None
    #: Rows of one group share additional costs.
    default_group_id: int | None = None
    #: Left out of the answer to an update, where an empty tuple does not mean "no rows".
    purchase_order_rows: tuple[PurchaseOrderRow, ...] = ()


class AdditionalCost(DeletableRecord):
    """A kind of cost besides the price of the goods, such as freight."""

    name: str


class PurchaseOrderCostRow(DeletableRecord):
    """An additional cost of a purchase order."""

    additional_cost_id: int | None = None
    currency: str | None = None
    currency_conversion_rate: Decimal | None = None
    currency_conversion_rate_fix_date: Timestamp | None = None
    distribution_method: CostDistribution | None = None
    #: The group of received items to which the cost belongs: the order's `default_group_id`.
    group_id: int | None = None
    name: str | None = None
    #: In the row's currency.
    price: Decimal | None = None
    price_in_base: Decimal | None = None
    #: A percentage.
    tax_rate: Decimal | None = None
    tax_rate_id: int | None = None
    reference: str | None = None


class OutsourcedRecipeRow(CustomizableRecord):
    """An ingredient that the subcontractor needs for a row of an outsourced purchase order."""

    ingredient_variant_id: int
    planned_quantity_per_unit: Decimal
    purchase_order_row_id: int
    batch_transactions: tuple[BatchTransaction, ...] = ()
    traceability: tuple[Traceability, ...] = ()
    cost: Decimal | None = None
    ingredient_availability: IngredientAvailability | None = None
    ingredient_expected_date: Timestamp | None = None
    notes: str | None = None
    purchase_order_id: int | None = None


class PurchaseOrderAccountingMetadata(Model):
    """The bill of a purchase order in the accounting software.

    The live service sends `purchase_order_id` and Katana's example has `purchaseOrderId`; the same
    applies to the other fields. The properties return the one that is present.
    """

    id: int
    purchase_order_id: int | None = None
    received_items_group_id: int | None = None
    bill_id: str | None = None
    integration_type: account.AccountingIntegration | None = None
    created_at: Timestamp | None = None
    purchaseOrderId: int | None = None  # noqa: N815 - a name in Katana's JSON, which msgspec reads by
    porReceivedGroupId: int | None = None  # noqa: N815 - as above
    billId: str | None = None  # noqa: N815 - as above
    integrationType: account.AccountingIntegration | None = None  # noqa: N815 - as above
    createdAt: Timestamp | None = None  # noqa: N815 - as above

    @property
    def order(self) -> int | None:
        """The purchase order's id."""
        return self.purchaseOrderId if self.purchase_order_id is None else self.purchase_order_id

    @property
    def bill(self) -> str | None:
        """The bill's id in the accounting software."""
        return self.billId if self.bill_id is None else self.bill_id

    @property
    def integration(self) -> account.AccountingIntegration | None:
        """The accounting software."""
        return self.integrationType if self.integration_type is None else self.integration_type

    @property
    def received_group(self) -> int | None:
        """The id of the group of received items."""
        group = self.received_items_group_id
        return self.porReceivedGroupId if group is None else group
