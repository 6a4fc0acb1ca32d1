"""What can be called about batches and serial numbers."""

from __future__ import annotations

from typing import Unpack

from ...http.pages import Pages
from ...models.inventory import (
    Batch,
    BatchStock,
    SerialNumber,
    SerialNumbersCreated,
    SerialNumberStock,
)
from ...params.inventory import (
    BatchCreate,
    BatchStockFilters,
    BatchStockUpdate,
    SerialNumberFilters,
    SerialNumbersCreate,
    SerialNumbersDelete,
)
from .._base import Collection, operation

__all__ = [
    "BatchStocks",
    "Batches",
    "SerialNumberStocks",
    "SerialNumbers",
]


class Batches(Collection[Batch]):
    """The batches of variants that are tracked by batch. Their stock is in `batch_stocks`.

    Katana: https://developer.katanamrp.com/reference/createbatch
    """

    path = "/batches"
    model = Batch

    async def create(self, **body: Unpack[BatchCreate]) -> Batch:
        """Create a batch.

        Katana: https://developer.katanamrp.com/reference/createbatch

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, BatchCreate)


class BatchStocks(Collection[BatchStock]):
    """How much there is of which batch, and where.

    Katana: https://developer.katanamrp.com/reference/getbatchstock
    """

    path = "/batch_stocks"
    model = BatchStock
    key = ("variant_id", "batch_id", "location_id")

    def list(self, **filters: Unpack[BatchStockFilters]) -> Pages[BatchStock]:
        """List how much of which batch is where, without empty ones unless they are asked for.

        They come by location, variant and batch, each descending.

        Katana: https://developer.katanamrp.com/reference/getbatchstock
        """
        return self._list(filters, BatchStockFilters)

    async def update(self, id: int, /, **changes: Unpack[BatchStockUpdate]) -> BatchStock:
        """Change a batch, by its `batch_id`. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatebatchstock

        Raises:
            NotFound: There is no such batch.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or a time has no offset.
        """
        return await self._update(id, changes, BatchStockUpdate)


class SerialNumbers(Collection[SerialNumber]):
    """The serial numbers that are assigned to records, such as manufacturing orders.

    Katana: https://developer.katanamrp.com/reference/the-serial-number-object
    """

    path = "/serial_numbers"
    model = SerialNumber
    # A serial number may come once for each record that it went through.
    key = ("id", "transaction_id")

    def list(self, **filters: Unpack[SerialNumberFilters]) -> Pages[SerialNumber]:
        """List the serial numbers of a record, or of all, in alphabetical order.

        Katana: https://developer.katanamrp.com/reference/getserialnumbers
        """
        return self._list(filters, SerialNumberFilters)

    @operation("GET", "/serial_numbers/serial_numbers_stock")
    def stock(self) -> Pages[SerialNumberStock]:
        """List which serial numbers are in stock, at the other address that Katana has for it.

        Katana: https://developer.katanamrp.com/reference/getserialnumberstock
        """
        return _StockOfSerialNumbers(self._http).list()

    async def create(self, **body: Unpack[SerialNumbersCreate]) -> SerialNumbersCreated:
        """Assign serial numbers to a record, with which they come in or go out.

        Katana may assign some and refuse others, and answers as if all were well.

        Returns:
            What was assigned and what was refused: take `all()`, which raises `PartialFailure`
            when something was, or look at `successful` and `failed`.

        Katana: https://developer.katanamrp.com/reference/createserialnumbers

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        response = await self._call("POST", self.path, body, SerialNumbersCreate)
        if response.content.lstrip().startswith(b"["):  # no word of failures: these are all
            return SerialNumbersCreated(successful=(*self._read(response, self._codec.many),))
        return self._read_one(response, SerialNumbersCreated)

    @operation("DELETE", "/serial_numbers")
    async def delete(self, **body: Unpack[SerialNumbersDelete]) -> None:
        """Take serial numbers off a record.

        To do it twice is to do it once: they are named by their ids, and those that are off stay
        off. So after a lost answer it is asked again. But an error in the second answer, a 404 too,
        does not tell whether all of them are off: it is raised, with `outcome_unknown`. Look at
        `list` then, or call this again with the ids that are left.

        Katana: https://developer.katanamrp.com/reference/deleteserialnumbers

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        await self._call("DELETE", self.path, body, SerialNumbersDelete)


class SerialNumberStocks(Collection[SerialNumberStock]):
    """Which serial numbers are in stock, and where they have been.

    Katana: https://developer.katanamrp.com/reference/the-serial-number-stock-object
    """

    path = "/serial_numbers_stock"
    model = SerialNumberStock

    def list(self) -> Pages[SerialNumberStock]:
        """List serial numbers, and whether they are in stock.

        Katana has been seen to ignore the size of page that is asked for here; the whole list is
        read all the same.

        Katana: https://developer.katanamrp.com/reference/getserialnumberstock
        """
        return self._list()


class _StockOfSerialNumbers(SerialNumberStocks):
    path = "/serial_numbers/serial_numbers_stock"
