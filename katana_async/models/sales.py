"""What customers ordered: sales orders and their rows."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from . import account, catalog, contacts, inventory
from ._base import JSONValue, Model, OpenEnum, Timestamp

__all__ = [
    "FulfillmentInvoiceStatus",
    "FulfillmentStatus",
    "InvoicingStatus",
    "ProductionStatus",
    "RefundStatus",
    "ReturnableItem",
    "RowAttribute",
    "SalesOrder",
    "SalesOrderAccountingMetadata",
    "SalesOrderAddress",
    "SalesOrderFulfillment",
    "SalesOrderFulfillmentRow",
    "SalesOrderRow",
    "SalesOrderStatus",
    "SalesReturn",
    "SalesReturnReason",
    "SalesReturnRow",
    "SalesReturnStatus",
    "ShippingFee",
    "UnassignedBatchTransaction",
]


class FulfillmentStatus(OpenEnum):
    """How far a fulfillment has got."""

    PACKED = "PACKED"
    DELIVERED = "DELIVERED"


class FulfillmentInvoiceStatus(OpenEnum):
    """How much of a fulfillment has been invoiced."""

    NOT_INVOICED = "NOT_INVOICED"
    INVOICED = "INVOICED"
    PARTIALLY_INVOICED = "PARTIALLY_INVOICED"


class SalesReturnStatus(OpenEnum):
    """How far a sales return has got."""

    NOT_RETURNED = "NOT_RETURNED"
    RETURNED_ALL = "RETURNED_ALL"
    RESTOCKED_ALL = "RESTOCKED_ALL"


class RefundStatus(OpenEnum):
    """How much of a sales return has been refunded."""

    NOT_REFUNDED = "NOT_REFUNDED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class SalesOrderStatus(OpenEnum):
    """How far a sales order has got."""

    PENDING = "PENDING"
    NOT_SHIPPED = "NOT_SHIPPED"
    PARTIALLY_PACKED = "PARTIALLY_PACKED"
    PACKED = "PACKED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"


class InvoicingStatus(OpenEnum):
    """How much of a sales order has been invoiced."""

    NOT_INVOICED = "notInvoiced"
    PARTIALLY_INVOICED = "partiallyInvoiced"
    INVOICED = "invoiced"


class ProductionStatus(OpenEnum):
    """How far the making of what a sales order asks for has got."""

    NOT_STARTED = "NOT_STARTED"
    NONE = "NONE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    IN_PROGRESS = "IN_PROGRESS"
    BLOCKED = "BLOCKED"
    DONE = "DONE"


@frozen(kw_only=True, repr=False)
class SalesOrderAddress(Model):
    """The billing or shipping address of one sales order.

    Katana: The sales order address object,
    https://developer.katanamrp.com/reference/getsalesorderaddresses
    """

    id: int
    sales_order_id: int
    entity_type: contacts.AddressType
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None
    line_1: str | None = None
    line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class ShippingFee(Model):
    """What the shipping of a sales order costs its customer.

    Katana: Sales order shipping fee,
    https://developer.katanamrp.com/reference/getallshippingfees
    """

    id: int
    sales_order_id: int
    # In the order's currency.
    amount: Decimal
    description: str | None = None
    tax_rate_id: int | None = None


@frozen(kw_only=True, repr=False)
class RowAttribute(Model):
    """A name and a value that an integration put on a sales order row."""

    key: str
    value: str | None = None


@frozen(kw_only=True, repr=False)
class SalesOrderRow(Model):
    """One line of a sales order.

    Katana: The sales order row object,
    https://developer.katanamrp.com/reference/the-sales-order-row-object
    """

    id: int
    variant_id: int
    quantity: Decimal
    sales_order_id: int | None = None
    location_id: int | None = None
    # With extend=["variant"].
    variant: catalog.Variant | None = None
    # Prices and totals are in the order's currency where the name does not say otherwise.
    price_per_unit: Decimal | None = None
    price_per_unit_in_base_currency: Decimal | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    total_discount: Decimal | None = None
    cogs_value: Decimal | None = None
    tax_rate_id: int | None = None
    # A percentage.
    tax_rate: Decimal | None = None
    # Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    product_availability: inventory.ProductAvailability | None = None
    product_expected_date: Timestamp | None = None
    linked_manufacturing_order_id: int | None = None
    attributes: tuple[RowAttribute, ...] = ()
    # By the UUID of the field's definition; variants have another form.
    custom_fields: dict[str, JSONValue] | None = None
    batch_transactions: tuple[inventory.BatchTransaction, ...] = ()
    serial_numbers: tuple[int, ...] = ()
    serial_number_transactions: tuple[inventory.SerialNumberTransaction, ...] = ()
    traceability: tuple[inventory.Traceability, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class SalesOrder(Model):
    """What a customer ordered.

    A search answers with few of the fields, a write without some: None is then "not said".

    Katana: The sales order object,
    https://developer.katanamrp.com/reference/the-sales-order-object
    """

    id: int
    order_no: str
    customer_id: int
    status: SalesOrderStatus
    customer_ref: str | None = None
    source: str | None = None
    location_id: int | None = None
    order_created_date: Timestamp | None = None
    delivery_date: Timestamp | None = None
    picked_date: Timestamp | None = None
    # An ISO 4217 code; totals are in this currency where the name does not say otherwise.
    currency: str | None = None
    total: Decimal | None = None
    total_in_base_currency: Decimal | None = None
    # Between the order's currency and the base currency.
    conversion_rate: Decimal | None = None
    conversion_date: Timestamp | None = None
    invoicing_status: InvoicingStatus | None = None
    production_status: ProductionStatus | None = None
    product_availability: inventory.ProductAvailability | None = None
    product_expected_date: Timestamp | None = None
    ingredient_availability: inventory.IngredientAvailability | None = None
    ingredient_expected_date: Timestamp | None = None
    linked_manufacturing_order_id: int | None = None
    additional_info: str | None = None
    tracking_number: str | None = None
    tracking_number_url: str | None = None
    # Set at creation only.
    ecommerce_order_type: str | None = None
    ecommerce_store_name: str | None = None
    ecommerce_order_id: str | None = None
    billing_address_id: int | None = None
    shipping_address_id: int | None = None
    addresses: tuple[SalesOrderAddress, ...] = ()
    shipping_fee: ShippingFee | None = None
    # By the UUID of the field's definition; variants have another form.
    custom_fields: dict[str, JSONValue] | None = None
    sales_order_rows: tuple[SalesOrderRow, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class ReturnableItem(Model):
    """Something delivered on a sales order that its customer could send back.

    Katana: Get returnable items, https://developer.katanamrp.com/reference/getreturnableitems
    """

    fulfillment_row_id: int
    variant_id: int
    location_id: int
    quantity_sold: Decimal
    available_for_return_quantity: Decimal
    net_price_per_unit: Decimal


@frozen(kw_only=True, repr=False)
class SalesOrderFulfillmentRow(Model):
    """How much of a row of a sales order is in a fulfillment."""

    id: int | None = None
    quantity: Decimal
    batch_transactions: tuple[inventory.BatchTransaction, ...] = ()
    sales_order_row_id: int | None = None
    # Their ids.
    serial_numbers: tuple[int, ...] = ()
    traceability: tuple[inventory.Traceability, ...] = ()


@frozen(kw_only=True, repr=False)
class SalesOrderFulfillment(Model):
    """What of a sales order was packed or delivered together.

    Katana: https://developer.katanamrp.com/reference/the-sales-order-fulfillment-object
    """

    id: int
    sales_order_id: int
    conversion_date: Timestamp | None = None
    conversion_rate: Decimal | None = None
    invoice_status: FulfillmentInvoiceStatus | None = None
    packer_id: int | None = None
    picked_date: Timestamp | None = None
    sales_order_fulfillment_rows: tuple[SalesOrderFulfillmentRow, ...] = ()
    status: FulfillmentStatus | None = None
    tracking_carrier: str | None = None
    tracking_method: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class SalesOrderAccountingMetadata(Model):
    """The invoice in the accounting software that belongs to a fulfillment.

    Katana: https://developer.katanamrp.com/reference/getallsalesorderaccountingmetadata
    """

    id: int
    fulfillment_id: int
    integration_type: account.AccountingIntegration
    invoice_id: str
    sales_order_id: int
    created_at: Timestamp


@frozen(kw_only=True, repr=False)
class SalesReturnReason(Model):
    """Why goods come back.

    Katana: https://developer.katanamrp.com/reference/getreturnreasons
    """

    id: int
    name: str


@frozen(kw_only=True, repr=False)
class SalesReturnRow(Model):
    """An item that comes back with a sales return.

    Katana: https://developer.katanamrp.com/reference/the-sales-return-row-object
    """

    id: int
    quantity: Decimal
    sales_return_id: int
    variant_id: int
    batch_transactions: tuple[inventory.BatchTransaction, ...] = ()
    fulfillment_row_id: int | None = None
    net_price_per_unit: Decimal | None = None
    reason_id: int | None = None
    restock_location_id: int | None = None
    sales_order_row_id: int | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class SalesReturn(Model):
    """What a customer sends back.

    Katana: https://developer.katanamrp.com/reference/the-sales-return-object
    """

    id: int
    customer_id: int
    order_no: str
    return_location_id: int
    status: SalesReturnStatus
    additional_info: str | None = None
    currency: str | None = None
    order_created_date: Timestamp | None = None
    refund_status: RefundStatus | None = None
    return_date: Timestamp | None = None
    sales_order_id: int | None = None
    sales_return_rows: tuple[SalesReturnRow, ...] = ()
    tracking_carrier: str | None = None
    tracking_method: str | None = None
    tracking_number: str | None = None
    tracking_number_url: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None


@frozen(kw_only=True, repr=False)
class UnassignedBatchTransaction(Model):
    """How much of a returned quantity is not yet assigned to a batch.

    Katana: https://developer.katanamrp.com/reference/getsalesreturnrowunassignedbatchtransactions
    """

    id: int | None = None
    quantity: Decimal
    batch_id: int | None = None
    status: str | None = None
    barcode: str | None = None
    batch_number: str | None = None
    batch_created_date: Timestamp | None = None
    batch_expiration_date: Timestamp | None = None
