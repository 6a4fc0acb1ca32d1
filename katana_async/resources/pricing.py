"""What can be called about price lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ..http.pages import Pages
from ..models.pricing import PriceList, PriceListCustomer, PriceListRow
from ..params.pricing import (
    PriceListCreate,
    PriceListCustomerFilters,
    PriceListCustomersCreate,
    PriceListCustomerUpdate,
    PriceListFilters,
    PriceListRowFilters,
    PriceListRowsCreate,
    PriceListRowUpdate,
    PriceListUpdate,
)
from ._base import Deletes, Gets

__all__ = [
    "PriceListCustomers",
    "PriceListRows",
    "PriceLists",
]


class PriceLists(Gets[PriceList], Deletes[PriceList]):
    """Prices of their own for some customers.

    Katana: Price list, https://developer.katanamrp.com/reference/getallpricelists
    """

    path = "/price_lists"
    model = PriceList

    def list(self, **filters: Unpack[PriceListFilters]) -> Pages[PriceList]:
        """List price lists, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpricelists
        """
        return self._list(filters, PriceListFilters)

    async def create(self, **body: Unpack[PriceListCreate]) -> PriceList:
        """Create a price list, without rows: `price_list_rows.create` adds them.

        Katana: https://developer.katanamrp.com/reference/createpricelist

        Raises:
            ValidationFailed: Katana refuses the name.
        """
        return await self._create(body, PriceListCreate)

    async def update(self, id: int, /, **changes: Unpack[PriceListUpdate]) -> PriceList:
        """Rename a price list, or switch it on or off.

        Katana: https://developer.katanamrp.com/reference/updatepricelist

        Raises:
            NotFound: There is no such price list.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, PriceListUpdate)


class PriceListRows(Gets[PriceListRow], Deletes[PriceListRow]):
    """The prices of variants in price lists.

    Katana: Price list row, https://developer.katanamrp.com/reference/getallpricelistrows
    """

    path = "/price_list_rows"
    model = PriceListRow

    def list(self, **filters: Unpack[PriceListRowFilters]) -> Pages[PriceListRow]:
        """List price list rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpricelistrows
        """
        return self._list(filters, PriceListRowFilters)

    async def create(self, **body: Unpack[PriceListRowsCreate]) -> Sequence[PriceListRow]:
        """Add rows to one price list.

        Returns:
            The new rows.

        Katana: https://developer.katanamrp.com/reference/createpricelistrow

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        return await self._many("POST", self.path, body, PriceListRowsCreate, PriceListRow)

    async def update(self, id: int, /, **changes: Unpack[PriceListRowUpdate]) -> PriceListRow:
        """Change a price list row.

        Katana: https://developer.katanamrp.com/reference/updatepricelistrow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, PriceListRowUpdate)


class PriceListCustomers(Gets[PriceListCustomer], Deletes[PriceListCustomer]):
    """Which customers buy at the prices of which price list. The ids are not those of customers.

    Katana: https://developer.katanamrp.com/reference/getpricelistcustomer
    """

    path = "/price_list_customers"
    model = PriceListCustomer

    def list(self, **filters: Unpack[PriceListCustomerFilters]) -> Pages[PriceListCustomer]:
        """List which customers are on which price lists, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpricelistcustomers
        """
        return self._list(filters, PriceListCustomerFilters)

    async def create(self, **body: Unpack[PriceListCustomersCreate]) -> Sequence[PriceListCustomer]:
        """Add customers to a price list.

        Returns:
            The new rows.

        Katana: https://developer.katanamrp.com/reference/createpricelistcustomer

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        return await self._many(
            "POST", self.path, body, PriceListCustomersCreate, PriceListCustomer
        )

    async def update(
        self, id: int, /, **changes: Unpack[PriceListCustomerUpdate]
    ) -> PriceListCustomer:
        """Put another customer in the place of one of a price list.

        Katana: https://developer.katanamrp.com/reference/updatepricelistcustomer

        Raises:
            NotFound: The price list has no such customer.
            ValidationFailed: Katana refuses the customer: `.details` say why.
        """
        return await self._update(id, changes, PriceListCustomerUpdate)
