"""What can be called about customers."""

from __future__ import annotations

from typing import Unpack

from ..http.pages import Pages
from ..models.contacts import Customer
from ..params.contacts import CustomerCreate, CustomerFilters, CustomerUpdate
from ._base import Deletes, operation


class Customers(Deletes[Customer]):
    """Who places sales orders.

    Katana: The customer object, https://developer.katanamrp.com/reference/the-customer-object
    """

    path = "/customers"
    model = Customer

    def list(self, **filters: Unpack[CustomerFilters]) -> Pages[Customer]:
        """List customers, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-customers
        """
        return self._list(filters, CustomerFilters)

    @operation("GET", "/customers")
    async def get(self, id: int, /) -> Customer:
        """Get one customer, through the list: Katana has no call for one.

        Raises:
            NotFound: There is no such customer.
        """
        return await self._find(id, "ids")

    async def create(self, **body: Unpack[CustomerCreate]) -> Customer:
        """Create a customer, with addresses.

        Katana: https://developer.katanamrp.com/reference/create-customer

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, CustomerCreate)

    async def update(self, id: int, /, **changes: Unpack[CustomerUpdate]) -> Customer:
        """Change a customer. What is not given stays, None clears.

        The answer leaves the addresses out, so `addresses` is empty in what this returns.

        Katana: https://developer.katanamrp.com/reference/updatecustomer

        Raises:
            NotFound: There is no such customer.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, CustomerUpdate)
