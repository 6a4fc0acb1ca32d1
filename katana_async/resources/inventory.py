"""What can be called about stock levels and storage bins."""

from __future__ import annotations

from typing import Unpack

from ..http.pages import Pages
from ..models.inventory import Inventory, StorageBin
from ..params.inventory import (
    InventoryFilters,
    StorageBinCreate,
    StorageBinFilters,
    StorageBinUpdate,
)
from ._base import Collection, Deletes, operation


class InventoryLevels(Collection[Inventory]):
    """The stock of every variant at every location. It changes by what happens, not by calls.

    Katana: The inventory object, https://developer.katanamrp.com/reference/the-inventory-object
    """

    path = "/inventory"
    model = Inventory
    key = ("variant_id", "location_id")

    def list(self, **filters: Unpack[InventoryFilters]) -> Pages[Inventory]:
        """List the stock of variants at locations, the oldest locations first.

        Katana: https://developer.katanamrp.com/reference/list-current-inventory
        """
        return self._list(filters, InventoryFilters)


class StorageBins(Deletes[StorageBin]):
    """Named places within locations.

    Katana: The storage bin object, https://developer.katanamrp.com/reference/getallstoragebins
    """

    path = "/bin_locations"
    model = StorageBin

    def list(self, **filters: Unpack[StorageBinFilters]) -> Pages[StorageBin]:
        """List storage bins, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallstoragebins
        """
        return self._list(filters, StorageBinFilters)

    @operation("GET", "/bin_locations")
    async def get(self, id: int, /) -> StorageBin:
        """Get one storage bin, through the list: Katana has no call for one.

        Raises:
            NotFound: There is no such storage bin.
        """
        return await self._find(id, "ids")

    async def create(self, **body: Unpack[StorageBinCreate]) -> StorageBin:
        """Create a storage bin.

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, StorageBinCreate)

    async def update(self, id: int, /, **changes: Unpack[StorageBinUpdate]) -> StorageBin:
        """Rename a storage bin.

        Katana: https://developer.katanamrp.com/reference/updatedefaultstoragebin

        Raises:
            NotFound: There is no such storage bin.
            ValidationFailed: Katana refuses the name.
        """
        return await self._update(id, changes, StorageBinUpdate)
