"""Collections of price lists, their rows and their customers."""

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


class PriceLists(Gets[PriceList], Deletes[PriceList]):
    """Price lists: special prices for some customers.

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
        """Create an empty price list. `price_list_rows.create` adds rows.

        Katana: https://developer.katanamrp.com/reference/createpricelist
        """
        return await self._create(body, PriceListCreate)

    async def update(self, id: int, /, **changes: Unpack[PriceListUpdate]) -> PriceList:
        """Rename a price list, or activate or deactivate it.

        Katana: https://developer.katanamrp.com/reference/updatepricelist
        """
        return await self._update(id, changes, PriceListUpdate)


class PriceListRows(Gets[PriceListRow], Deletes[PriceListRow]):
    """Rows of price lists: the price of a variant.

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
            The created rows.

        Katana: https://developer.katanamrp.com/reference/createpricelistrow
        """
        return await self._many("POST", self.path, body, PriceListRowsCreate, PriceListRow)

    async def update(self, id: int, /, **changes: Unpack[PriceListRowUpdate]) -> PriceListRow:
        """Change a price list row.

        Katana: https://developer.katanamrp.com/reference/updatepricelistrow
        """
        return await self._update(id, changes, PriceListRowUpdate)


class PriceListCustomers(Gets[PriceListCustomer], Deletes[PriceListCustomer]):
    """Assignments of customers to price lists. An id is that of the assignment.

    Katana: https://developer.katanamrp.com/reference/getpricelistcustomer
    """

    path = "/price_list_customers"
    model = PriceListCustomer

    def list(self, **filters: Unpack[PriceListCustomerFilters]) -> Pages[PriceListCustomer]:
        """List the assignments of customers to price lists, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallpricelistcustomers
        """
        return self._list(filters, PriceListCustomerFilters)

    async def create(self, **body: Unpack[PriceListCustomersCreate]) -> Sequence[PriceListCustomer]:
        """Add customers to a price list.

        Returns:
            The created rows.

        Katana: https://developer.katanamrp.com/reference/createpricelistcustomer
        """
        return await self._many(
            "POST", self.path, body, PriceListCustomersCreate, PriceListCustomer
        )

    async def update(
        self, id: int, /, **changes: Unpack[PriceListCustomerUpdate]
    ) -> PriceListCustomer:
        """Replace the customer of an assignment.

        Katana: https://developer.katanamrp.com/reference/updatepricelistcustomer

        Raises:
            NotFound: The assignment does not exist.
        """
        return await self._update(id, changes, PriceListCustomerUpdate)
