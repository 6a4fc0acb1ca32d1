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
    key = ("batch_id", "location_id")

    def list(self, **filters: Unpack[BatchStockFilters]) -> Pages[BatchStock]:
        """List stocks of batches.


        Katana: https://developer.katanamrp.com/reference/getbatchstock
        """
        return self._list(filters, BatchStockFilters)

    async def update(self, id: int, /, **changes: Unpack[BatchStockUpdate]) -> BatchStock:
        """Change a batch. What is not given stays, None clears.


        Katana: https://developer.katanamrp.com/reference/updatebatchstock

        Raises:
            NotFound: There is no such batch.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, BatchStockUpdate)


class SerialNumbers(Collection[SerialNumber]):
    """The serial numbers that came in or went out with a record.

    Katana: https://developer.katanamrp.com/reference/the-serial-number-object
    """

    path = "/serial_numbers"
    model = SerialNumber

    def list(self, **filters: Unpack[SerialNumberFilters]) -> Pages[SerialNumber]:
        """List serial numbers.


        Katana: https://developer.katanamrp.com/reference/getserialnumbers
        """
        return self._list(filters, SerialNumberFilters)

    @operation("GET", "/serial_numbers/serial_numbers_stock")
    def stock(self) -> Pages[SerialNumberStock]:
        """List which serial numbers are in stock, at the other address that Katana has for it."""
        return _StockOfSerialNumbers(self._http).list()

    @operation("POST", "/serial_numbers")
    async def create(self, **body: Unpack[SerialNumbersCreate]) -> SerialNumbersCreated:
        """Create serial numbers that come in or go out with a record.

        Katana may create some and refuse others, and answers as if all were well.

        Returns:
            What was created and what was refused: look at `failed`, or take `all()`, which raises
            when something was.

        Katana: https://developer.katanamrp.com/reference/createserialnumbers

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        response = await self._call("POST", self.path, body, SerialNumbersCreate)
        return self._read_one(response, SerialNumbersCreated)

    @operation("DELETE", "/serial_numbers")
    async def delete(self, **body: Unpack[SerialNumbersDelete]) -> None:
        """Take serial numbers off a record.

        After a lost answer it is asked again; an error may then mean that the first had done it.

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
        """List serial numbers.


        Katana: https://developer.katanamrp.com/reference/getserialnumberstock
        """
        return self._list()


class _StockOfSerialNumbers(SerialNumberStocks):
    path = "/serial_numbers/serial_numbers_stock"
