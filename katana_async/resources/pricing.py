"""Collections of price lists, their rows and their customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from .. import params
from ..http.pages import Pages
from ..models import PriceList, PriceListCustomer, PriceListRow
from ._base import GetsAndDeletes


class PriceLists(GetsAndDeletes[PriceList], path="/price_lists"):
    """Price lists: special prices for some customers."""

    def list(self, **filters: Unpack[params.PriceListFilters]) -> Pages[PriceList]:
        """List price lists, the newest first."""
        return self._list(filters, params.PriceListFilters)

    async def create(self, **body: Unpack[params.PriceListCreate]) -> PriceList:
        """Create an empty price list. `price_list_rows.create` adds rows."""
        return await self._create(body, params.PriceListCreate)

    async def update(self, id: int, /, **changes: Unpack[params.PriceListUpdate]) -> PriceList:
        """Rename a price list, or activate or deactivate it."""
        return await self._update(id, changes, params.PriceListUpdate)


class PriceListRows(GetsAndDeletes[PriceListRow], path="/price_list_rows"):
    """Rows of price lists: the price of a variant."""

    def list(self, **filters: Unpack[params.PriceListRowFilters]) -> Pages[PriceListRow]:
        """List price list rows, the newest first."""
        return self._list(filters, params.PriceListRowFilters)

    async def create(self, **body: Unpack[params.PriceListRowsCreate]) -> Sequence[PriceListRow]:
        """Add rows to one price list, and return them."""
        return await self._create_many(body, params.PriceListRowsCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.PriceListRowUpdate]
    ) -> PriceListRow:
        """Change a price list row."""
        return await self._update(id, changes, params.PriceListRowUpdate)


class PriceListCustomers(GetsAndDeletes[PriceListCustomer], path="/price_list_customers"):
    """Assignments of customers to price lists. An id is that of the assignment."""

    def list(self, **filters: Unpack[params.PriceListCustomerFilters]) -> Pages[PriceListCustomer]:
        """List the assignments of customers to price lists, the newest first."""
        return self._list(filters, params.PriceListCustomerFilters)

    async def create(
        self, **body: Unpack[params.PriceListCustomersCreate]
    ) -> Sequence[PriceListCustomer]:
        """Add customers to a price list, and return the assignments."""
        return await self._create_many(body, params.PriceListCustomersCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.PriceListCustomerInput]
    ) -> PriceListCustomer:
        """Replace the customer of an assignment."""
        return await self._update(id, changes, params.PriceListCustomerInput)
