"""Collections of batches and serial numbers."""

from __future__ import annotations

from typing import Unpack

from ... import params
from ...http.pages import Pages
from ...models import Batch, BatchStock, SerialNumber, SerialNumbersCreated, SerialNumberStock
from .._base import Collection, operation


class Batches(Collection[Batch], path="/batches"):
    """Batches of batch-tracked variants. `batch_stocks` has their stock."""

    async def create(self, **body: Unpack[params.BatchCreate]) -> Batch:
        """Create a batch."""
        return await self._create(body, params.BatchCreate)


class BatchStocks(Collection[BatchStock], path="/batch_stocks"):
    """Stock of batches, by location."""

    key = ("variant_id", "batch_id", "location_id")

    def list(self, **filters: Unpack[params.BatchStockFilters]) -> Pages[BatchStock]:
        """List the stock of batches, without empty batches unless `include_empty` is True.

        The records are sorted by location and variant, and then by batch, the newest first.
        """
        return self._list(filters, params.BatchStockFilters)

    async def update(self, id: int, /, **changes: Unpack[params.BatchStockUpdate]) -> BatchStock:
        """Change a batch, by its `batch_id`."""
        return await self._update(id, changes, params.BatchStockUpdate)


class SerialNumbers(Collection[SerialNumber], path="/serial_numbers"):
    """Serial numbers that are assigned to records, such as manufacturing orders."""

    # A serial number appears once for each record that it was assigned to.
    key = ("id", "transaction_id")

    def list(self, **filters: Unpack[params.SerialNumberFilters]) -> Pages[SerialNumber]:
        """List the serial numbers of one record or of all records, in alphabetical order."""
        return self._list(filters, params.SerialNumberFilters)

    @operation("GET", "/serial_numbers/serial_numbers_stock")
    def stock(self) -> Pages[SerialNumberStock]:
        """List serial numbers with their stock, from the second path of this list."""
        return _StockOfSerialNumbers(self._http).list()

    async def create(self, **body: Unpack[params.SerialNumbersCreate]) -> SerialNumbersCreated:
        """Assign serial numbers to the record that receives them or consumes them.

        Katana may assign some and refuse others, and still answers with a success status.

        Returns:
            The assigned numbers (`successful`) and the refused ones (`failed`). `all()` returns the
            assigned ones and raises `PartialFailure` if any was refused.
        """
        response = await self._call("POST", self.path, body, params.SerialNumbersCreate)
        if response.content.lstrip().startswith(b"["):  # a bare list has no failures
            return SerialNumbersCreated(successful=(*self._read(response, self._codec.many),))
        return self._read_one(response, SerialNumbersCreated)

    @operation("DELETE", "/serial_numbers")
    async def delete(self, **body: Unpack[params.SerialNumbersDelete]) -> None:
        """Remove serial numbers from a record.

        Repeating the call changes nothing, so it is sent again if the answer is lost. An error that
        answers the second attempt, even a 404, leaves open whether all are removed: it is raised
        with `outcome_unknown`. Then check `list`, or call this again with the remaining ids.
        """
        await self._call("DELETE", self.path, body, params.SerialNumbersDelete)


class SerialNumberStocks(Collection[SerialNumberStock], path="/serial_numbers_stock"):
    """Stock of serial numbers, with the records that each was assigned to."""

    def list(self) -> Pages[SerialNumberStock]:
        """List serial numbers with their stock.

        Katana may ignore `limit` here. The list is complete all the same.
        """
        return self._list()


class _StockOfSerialNumbers(SerialNumberStocks, path="/serial_numbers/serial_numbers_stock"):
    """The second path of the list, which Katana documents too."""
