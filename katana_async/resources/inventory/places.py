"""Collections of locations, storage bins and bin transfers."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import BinTransfer, BinTransferRow, Location, StorageBin
from .._base import FindsAndDeletes, Gets, GetsAndDeletes, operation


class StorageBins(FindsAndDeletes[StorageBin], path="/bin_locations"):
    """Storage bins: named places within locations."""

    def list(self, **filters: Unpack[params.StorageBinFilters]) -> Pages[StorageBin]:
        """List storage bins, the newest first."""
        return self._list(filters, params.StorageBinFilters)

    async def create(self, **body: Unpack[params.StorageBinCreate]) -> StorageBin:
        """Create a storage bin."""
        return await self._create(body, params.StorageBinCreate)

    async def update(self, id: int, /, **changes: Unpack[params.StorageBinUpdate]) -> StorageBin:
        """Rename a storage bin."""
        return await self._update(id, changes, params.StorageBinUpdate)


class Locations(Gets[Location], path="/locations"):
    """Locations: the places that hold stock. They are created in Katana itself."""

    def list(self, **filters: Unpack[params.LocationFilters]) -> Pages[Location]:
        """List locations, the oldest first."""
        return self._list(filters, params.LocationFilters)


class BinTransfers(GetsAndDeletes[BinTransfer], path="/bin_transfers"):
    """Transfers of stock between the storage bins of a location."""

    def list(self, **filters: Unpack[params.BinTransferFilters]) -> Pages[BinTransfer]:
        """List bin transfers with their rows, the newest first."""
        return self._list(filters, params.BinTransferFilters)

    async def create(self, **body: Unpack[params.BinTransferCreate]) -> BinTransfer:
        """Create a bin transfer with its rows. Its status is CREATED: see `update_status`."""
        return await self._create(body, params.BinTransferCreate)

    async def update(self, id: int, /, **changes: Unpack[params.BinTransferUpdate]) -> BinTransfer:
        """Change a bin transfer.

        `location_id` can change while the status is CREATED and no row has a bin. `departed_at` and
        `arrived_at` can change once they are set; `update_status` clears them.
        """
        return await self._update(id, changes, params.BinTransferUpdate)

    @operation("PATCH", "/bin_transfers/{id}/status")
    async def update_status(
        self, id: int, /, **body: Unpack[params.BinTransferStatusUpdate]
    ) -> BinTransfer:
        """Set the status of a bin transfer: created, in transit or done.

        Any status can follow any other. Katana sets or clears `departed_at` and `arrived_at` to
        match.
        """
        path = f"{self.path}/{self._segment(id)}/status"
        response = await self._call("PATCH", path, body, params.BinTransferStatusUpdate)
        return self._read(response, self._codec.one)


class BinTransferRows(GetsAndDeletes[BinTransferRow], path="/bin_transfer_rows"):
    """Rows of bin transfers: the variants and quantities to move."""

    def list(self, **filters: Unpack[params.BinTransferRowFilters]) -> Pages[BinTransferRow]:
        """List rows of bin transfers, the newest first."""
        return self._list(filters, params.BinTransferRowFilters)

    async def create(self, **body: Unpack[params.BinTransferRowCreate]) -> BinTransferRow:
        """Add a row to a bin transfer that is not done yet."""
        return await self._create(body, params.BinTransferRowCreate)

    async def update(
        self, id: int, /, **changes: Unpack[params.BinTransferRowUpdate]
    ) -> BinTransferRow:
        """Change a row of a bin transfer.

        Once the transfer is DONE, only `traceability` can change. It is replaced as a whole.
        """
        return await self._update(id, changes, params.BinTransferRowUpdate)
