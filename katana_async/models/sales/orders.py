"""Sales orders, their rows, addresses and shipping fees."""

from decimal import Decimal

from .. import catalog, contacts
from .._base import CustomizableRecord, Model, OpenEnum, Timestamp
from ..inventory.levels import IngredientAvailability, ProductAvailability
from ..inventory.tracking import BatchTransaction, SerialNumberTransaction, Traceability


class SalesOrderStatus(OpenEnum):
    """The progress of a sales order."""

    PENDING = "PENDING"
    NOT_SHIPPED = "NOT_SHIPPED"
    READY_FOR_FULFILLMENT = "READY_FOR_FULFILLMENT"
    PARTIALLY_PACKED = "PARTIALLY_PACKED"
    PACKED = "PACKED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"


class InvoicingStatus(OpenEnum):
    """The invoicing status of a sales order."""

    NOT_INVOICED = "notInvoiced"
    PARTIALLY_INVOICED = "partiallyInvoiced"
    INVOICED = "invoiced"


class ProductionStatus(OpenEnum):
    """The progress of production for a sales order."""

    NOT_STARTED = "NOT_STARTED"
    NONE = "NONE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    IN_PROGRESS = "IN_PROGRESS"
    BLOCKED = "BLOCKED"
    DONE = "DONE"


class SalesOrderAddress(contacts.PersonalAddress):
    """The billing or shipping address of one sales order."""

    sales_order_id: int


class ShippingFee(Model):
    """The price of shipping a sales order."""

    id: int
    sales_order_id: int
    #: In the order's currency.
    amount: Decimal
    description: str | None = None
    tax_rate_id: int | None = None
    deleted_at: Timestamp | None = None


class RowAttribute(Model):
    """A name and a value that an integration added to a sales order row."""

    key: str
    value: str | None = None


class SalesOrderRow(CustomizableRecord):
    """One line of a sales order."""

    variant_id: int
    quantity: Decimal
    sales_order_id: int | None = None
    location_id: int | None = None
    #: With extend=["variant"].
    variant: catalog.Variant | None = None
    #: Prices and totals without `_in_base_currency` in their name are in the order's currency.
    price_per_unit: Decimal | None = None
    price_per_unit_in_base_currency: Decimal | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    total_discount: Decimal | None = None
    cogs_value: Decimal | None = None
    tax_rate_id: int | None = None
    #: A percentage.
    tax_rate: Decimal | None = None
    #: Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    product_availability: ProductAvailability | None = None
    product_expected_date: Timestamp | None = None
    linked_manufacturing_order_id: int | None = None
    attributes: tuple[RowAttribute, ...] = ()
    batch_transactions: tuple[BatchTransaction, ...] = ()
    serial_numbers: tuple[int, ...] = ()
    serial_number_transactions: tuple[SerialNumberTransaction, ...] = ()
    traceability: tuple[Traceability, ...] = ()


class SalesOrder(CustomizableRecord):
    """An order of a customer.

    The answer to a search has few of the fields, the answer to a write lacks some: these are None.
    """

    order_no: str
    customer_id: int
    status: SalesOrderStatus
    customer_ref: str | None = None
    source: str | None = None
    location_id: int | None = None
    order_created_date: Timestamp | None = None
    delivery_date: Timestamp | None = None
    picked_date: Timestamp | None = None
    #: An ISO 4217 code. Totals without `_in_base_currency` in their name are in this currency.
    currency: str | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    #: Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    invoicing_status: InvoicingStatus | None = None
    production_status: ProductionStatus | None = None
    product_availability: ProductAvailability | None = None
    product_expected_date: Timestamp | None = None
    ingredient_availability: IngredientAvailability | None = None
    ingredient_expected_date: Timestamp | None = None
    linked_manufacturing_order_id: int | None = None
    additional_info: str | None = None
    tracking_number: str | None = None
    tracking_number_url: str | None = None
    #: Can only be set on creation.
    ecommerce_order_type: str | None = None
    ecommerce_store_name: str | None = None
    ecommerce_order_id: str | None = None
    billing_address_id: int | None = None
    shipping_address_id: int | None = None
    addresses: tuple[SalesOrderAddress, ...] = ()
    shipping_fee: ShippingFee | None = None
    sales_order_rows: tuple[SalesOrderRow, ...] = ()
