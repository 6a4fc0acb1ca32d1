"""Collections of customers, suppliers and their addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack
from uuid import UUID

from ..http.pages import Pages
from ..models.contacts import Customer, CustomerAddress, Supplier, SupplierAddress
from ..params.contacts import (
    CustomerAddressCreate,
    CustomerAddressFilters,
    CustomerAddressUpdate,
    CustomerCreate,
    CustomerFilters,
    CustomerUpdate,
    CustomerWhere,
    SupplierAddressCreate,
    SupplierAddressFilters,
    SupplierAddressUpdate,
    SupplierCreate,
    SupplierFilters,
    SupplierUpdate,
)
from ..params.search import CustomFieldCondition
from ._base import Deletes, Finds, operation
from ._search import Searches


class Customers(Finds[Customer], Deletes[Customer], Searches[Customer]):
    """Customers: the companies and people who place sales orders.

    Katana: The customer object, https://developer.katanamrp.com/reference/the-customer-object
    """

    path = "/customers"
    model = Customer

    def list(self, **filters: Unpack[CustomerFilters]) -> Pages[Customer]:
        """List customers, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-customers
        """
        return self._list(filters, CustomerFilters)

    @operation("POST", "/customers/search")
    def search(
        self,
        *,
        where: CustomerWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
    ) -> Pages[Customer]:
        """Search customers, such as `where={"email": {"ilike": "%@example.com"}}`.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._search(CustomerWhere, where, custom_fields, order)

    async def create(self, **body: Unpack[CustomerCreate]) -> Customer:
        """Create a customer with its addresses.

        Katana: https://developer.katanamrp.com/reference/create-customer
        """
        return await self._create(body, CustomerCreate)

    async def update(self, id: int, /, **changes: Unpack[CustomerUpdate]) -> Customer:
        """Change a customer.

        Katana answers without the addresses, so `addresses` of the returned record is empty.

        Katana: https://developer.katanamrp.com/reference/updatecustomer
        """
        return await self._update(id, changes, CustomerUpdate)


class Suppliers(Finds[Supplier], Deletes[Supplier]):
    """Suppliers: the companies that the account buys from.

    Katana: https://developer.katanamrp.com/reference/the-supplier-object
    """

    path = "/suppliers"
    model = Supplier

    def list(self, **filters: Unpack[SupplierFilters]) -> Pages[Supplier]:
        """List suppliers, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-suppliers
        """
        return self._list(filters, SupplierFilters)

    async def create(self, **body: Unpack[SupplierCreate]) -> Supplier:
        """Create a supplier with its addresses.

        Katana: https://developer.katanamrp.com/reference/create-supplier
        """
        return await self._create(body, SupplierCreate)

    async def update(self, id: int, /, **changes: Unpack[SupplierUpdate]) -> Supplier:
        """Change a supplier.

        Katana answers without the addresses, so `addresses` of the returned record is empty.

        Katana: https://developer.katanamrp.com/reference/updatesupplier
        """
        return await self._update(id, changes, SupplierUpdate)


class SupplierAddresses(Finds[SupplierAddress], Deletes[SupplierAddress]):
    """Addresses of suppliers.

    Katana: https://developer.katanamrp.com/reference/getsupplieraddresses
    """

    path = "/supplier_addresses"
    model = SupplierAddress

    def list(self, **filters: Unpack[SupplierAddressFilters]) -> Pages[SupplierAddress]:
        """List addresses of suppliers, the newest first.

        Katana: https://developer.katanamrp.com/reference/getsupplieraddresses
        """
        return self._list(filters, SupplierAddressFilters)

    async def create(self, **body: Unpack[SupplierAddressCreate]) -> SupplierAddress:
        """Create an address of a supplier.

        Katana: https://developer.katanamrp.com/reference/createsupplieraddress
        """
        return await self._create(body, SupplierAddressCreate)

    async def update(self, id: int, /, **changes: Unpack[SupplierAddressUpdate]) -> SupplierAddress:
        """Change an address of a supplier.

        Katana: https://developer.katanamrp.com/reference/updatesupplieraddress
        """
        return await self._update(id, changes, SupplierAddressUpdate)


class CustomerAddresses(Finds[CustomerAddress], Deletes[CustomerAddress]):
    """Billing and shipping addresses of customers.

    Katana: https://developer.katanamrp.com/reference/the-customer-address-object
    """

    path = "/customer_addresses"
    model = CustomerAddress

    def list(self, **filters: Unpack[CustomerAddressFilters]) -> Pages[CustomerAddress]:
        """List addresses of customers, the newest first.

        Katana: https://developer.katanamrp.com/reference/getcustomeraddresses
        """
        return self._list(filters, CustomerAddressFilters)

    async def create(self, **body: Unpack[CustomerAddressCreate]) -> CustomerAddress:
        """Create an address of a customer.

        Katana: https://developer.katanamrp.com/reference/createcustomeraddress
        """
        return await self._create(body, CustomerAddressCreate)

    async def update(self, id: int, /, **changes: Unpack[CustomerAddressUpdate]) -> CustomerAddress:
        """Change an address of a customer.

        Katana: https://developer.katanamrp.com/reference/updatecustomeraddress
        """
        return await self._update(id, changes, CustomerAddressUpdate)
