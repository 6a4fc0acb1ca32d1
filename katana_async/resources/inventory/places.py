"""Collections of locations, storage bins and bin transfers."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.inventory import BinTransfer, BinTransferRow, Location, StorageBin
from ...params.inventory import (
    BinTransferCreate,
    BinTransferFilters,
    BinTransferRowCreate,
    BinTransferRowFilters,
    BinTransferRowUpdate,
    BinTransferStatusUpdate,
    BinTransferUpdate,
    LocationFilters,
    StorageBinCreate,
    StorageBinFilters,
    StorageBinUpdate,
)
from .._base import Deletes, Finds, Gets, operation

__all__ = [
    "BinTransferRows",
    "BinTransfers",
    "Locations",
    "StorageBins",
]


class StorageBins(Finds[StorageBin], Deletes[StorageBin]):
    """Storage bins: named places within locations.

    Katana: The storage bin object, https://developer.katanamrp.com/reference/getallstoragebins
    """

    path = "/bin_locations"
    model = StorageBin

    def list(self, **filters: Unpack[StorageBinFilters]) -> Pages[StorageBin]:
        """List storage bins, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallstoragebins
        """
        return self._list(filters, StorageBinFilters)

    async def create(self, **body: Unpack[StorageBinCreate]) -> StorageBin:
        """Create a storage bin.

        Katana: The storage bin object,
        https://developer.katanamrp.com/reference/the-storage-bin-object
        """
        return await self._create(body, StorageBinCreate)

    async def update(self, id: int, /, **changes: Unpack[StorageBinUpdate]) -> StorageBin:
        """Rename a storage bin.

        Katana: https://developer.katanamrp.com/reference/updatedefaultstoragebin
        """
        return await self._update(id, changes, StorageBinUpdate)


class Locations(Gets[Location]):
    """Locations: the places that hold stock. They are created in Katana itself.

    Katana: https://developer.katanamrp.com/reference/the-location-object
    """

    path = "/locations"
    model = Location

    def list(self, **filters: Unpack[LocationFilters]) -> Pages[Location]:
        """List locations, the oldest first.

        Katana: https://developer.katanamrp.com/reference/list-all-locations
        """
        return self._list(filters, LocationFilters)


class BinTransfers(Gets[BinTransfer], Deletes[BinTransfer]):
    """Transfers of stock between the storage bins of a location.

    Katana: https://developer.katanamrp.com/reference/getbintransfer
    """

    path = "/bin_transfers"
    model = BinTransfer

    def list(self, **filters: Unpack[BinTransferFilters]) -> Pages[BinTransfer]:
        """List bin transfers with their rows, the newest first.

        Katana: https://developer.katanamrp.com/reference/findbintransfers
        """
        return self._list(filters, BinTransferFilters)

    async def create(self, **body: Unpack[BinTransferCreate]) -> BinTransfer:
        """Create a bin transfer with its rows and the status CREATED; `update_status` changes that.

        Katana: https://developer.katanamrp.com/reference/bin-transfer
        """
        return await self._create(body, BinTransferCreate)

    async def update(self, id: int, /, **changes: Unpack[BinTransferUpdate]) -> BinTransfer:
        """Change a bin transfer.

        `location_id` can change while the status is CREATED and no row has a bin. `departed_at` and
        `arrived_at` can change once they are set; `update_status` clears them.

        Katana: https://developer.katanamrp.com/reference/updatebintransfer
        """
        return await self._update(id, changes, BinTransferUpdate)

    @operation("PATCH", "/bin_transfers/{id}/status")
    async def update_status(
        self, id: int, /, **body: Unpack[BinTransferStatusUpdate]
    ) -> BinTransfer:
        """Set the status of a bin transfer: created, in transit or done.

        Any status can follow any other. Katana sets or clears `departed_at` and `arrived_at` to
        match.

        Katana: https://developer.katanamrp.com/reference/updatebintransferstatus
        """
        path = f"{self.path}/{self._segment(id)}/status"
        response = await self._call("PATCH", path, body, BinTransferStatusUpdate)
        return self._read(response, self._codec.one)


class BinTransferRows(Gets[BinTransferRow], Deletes[BinTransferRow]):
    """Rows of bin transfers: the variants and quantities to move.

    Katana: https://developer.katanamrp.com/reference/findbintransferrows
    """

    path = "/bin_transfer_rows"
    model = BinTransferRow

    def list(self, **filters: Unpack[BinTransferRowFilters]) -> Pages[BinTransferRow]:
        """List rows of bin transfers, the newest first.

        Katana: https://developer.katanamrp.com/reference/findbintransferrows
        """
        return self._list(filters, BinTransferRowFilters)

    async def create(self, **body: Unpack[BinTransferRowCreate]) -> BinTransferRow:
        """Add a row to a bin transfer that is not done yet.

        Katana: https://developer.katanamrp.com/reference/bin-transfer-row
        """
        return await self._create(body, BinTransferRowCreate)

    async def update(self, id: int, /, **changes: Unpack[BinTransferRowUpdate]) -> BinTransferRow:
        """Change a row of a bin transfer.

        Once the transfer is DONE, only `traceability` can change. It is replaced as a whole.

        Katana: https://developer.katanamrp.com/reference/updatebintransferrow
        """
        return await self._update(id, changes, BinTransferRowUpdate)
