"""Collections of customers, suppliers and their addresses."""

from __future__ import annotations

from typing import Unpack

from .. import params
from ..http.pages import Pages
from ..models import Customer, CustomerAddress, Supplier, SupplierAddress
from ._base import FindsAndDeletes
from ._search import Searches


class Customers(FindsAndDeletes[Customer], Searches[Customer], path="/customers"):
    """Customers: the companies and people who place sales orders."""

    def list(self, **filters: Unpack[params.CustomerFilters]) -> Pages[Customer]:
        """List customers, the newest first."""
        return self._list(filters, params.CustomerFilters)

    def search(self, **query: Unpack[params.Search[params.CustomerWhere]]) -> Pages[Customer]:
        """Search customers, such as `where={"email": {"ilike": "%@example.com"}}`."""
        return self._search(query, params.CustomerWhere)

    async def create(self, **body: Unpack[params.CustomerCreate]) -> Customer:
        """Create a customer with its addresses."""
        return await self._create(body, params.CustomerCreate)

    async def update(self, id: int, /, **changes: Unpack[params.CustomerUpdate]) -> Customer:
        """Change a customer.

        Katana answers without the addresses, so `addresses` of the returned record is empty.
        """
        return await self._update(id, changes, params.CustomerUpdate)


class Suppliers(FindsAndDeletes[Supplier], path="/suppliers"):
    """Suppliers: the companies that the account buys from."""

    def list(self, **filters: Unpack[params.SupplierFilters]) -> Pages[Supplier]:
        """List suppliers, the newest first."""
        return self._list(filters, params.SupplierFilters)

    async def create(self, **body: Unpack[params.SupplierCreate]) -> Supplier:
        """Create a supplier with its addresses."""
        return await self._create(body, params.SupplierCreate)

    async def update(self, id: int, /, **changes: Unpack[params.SupplierUpdate]) -> Supplier:
        """Change a supplier.

        Katana answers without the addresses, so `addresses` of the returned record is empty.
        """
        return await self._update(id, changes, params.SupplierUpdate)


class SupplierAddresses(FindsAndDeletes[SupplierAddress], path="/supplier_addresses"):
    """Addresses of suppliers."""

    def list(self, **filters: Unpack[params.SupplierAddressFilters]) -> Pages[SupplierAddress]:
        """List addresses of suppliers, the newest first."""
        return self._list(filters, params.SupplierAddressFilters)

    async def create(self, **body: Unpack[params.SupplierAddressCreate]) -> SupplierAddress:
        """Create an address of a supplier."""
        return await self._create(body, params.SupplierAddressCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.SupplierAddressUpdate]
    ) -> SupplierAddress:
        """Change an address of a supplier."""
        return await self._update(id, changes, params.SupplierAddressUpdate)


class CustomerAddresses(FindsAndDeletes[CustomerAddress], path="/customer_addresses"):
    """Billing and shipping addresses of customers."""

    def list(self, **filters: Unpack[params.CustomerAddressFilters]) -> Pages[CustomerAddress]:
        """List addresses of customers, the newest first."""
        return self._list(filters, params.CustomerAddressFilters)

    async def create(self, **body: Unpack[params.CustomerAddressCreate]) -> CustomerAddress:
        """Create an address of a customer."""
        return await self._create(body, params.CustomerAddressCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.CustomerAddressUpdate]
    ) -> CustomerAddress:
        """Change an address of a customer."""
        return await self._update(id, changes, params.CustomerAddressUpdate)
