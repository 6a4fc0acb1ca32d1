"""What can be called about bills of materials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack
from uuid import UUID

from ..http.pages import Pages
from ..models.manufacturing import BomRow
from ..params.manufacturing import BomRowBatch, BomRowCreate, BomRowFilters, BomRowUpdate
from ._base import Collection, operation


class BomRows(Collection[BomRow]):
    """The ingredients of product variants. Their ids are UUIDs.

    Katana: The BOM row object, https://developer.katanamrp.com/reference/the-bom-row-object
    """

    path = "/bom_rows"
    model = BomRow

    # The addresses of the pages of create and create_many are swapped at Katana.

    def list(self, **filters: Unpack[BomRowFilters]) -> Pages[BomRow]:
        """List BOM rows.

        Katana: https://developer.katanamrp.com/reference/getallbomrows
        """
        return self._list(filters, BomRowFilters)

    @operation("GET", "/bom_rows")
    async def get(self, id: UUID | str, /) -> BomRow:
        """Get one BOM row, through the list: Katana has no call for one.

        Raises:
            NotFound: There is no such row.
            ValueError: The text is not a UUID.
        """
        return await self._find(id, "id")

    async def create(self, **body: Unpack[BomRowCreate]) -> BomRow | None:
        """Add an ingredient to a product variant.

        Returns:
            The new row, or None when Katana answers without one, as it documents.

        Katana: https://developer.katanamrp.com/reference/batchcreatebomrows

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create_maybe(body, BomRowCreate)

    @operation("POST", "/bom_rows/batch/create")
    async def create_many(self, rows: Sequence[BomRowCreate], /) -> None:
        """Add up to 250 ingredients at once. Katana does not say which ids they got.

        Katana: https://developer.katanamrp.com/reference/createbomrow

        Raises:
            ValidationFailed: Katana refuses a row: `.details` say which and why.
        """
        await self._call("POST", "/bom_rows/batch/create", {"data": [*rows]}, BomRowBatch)

    async def update(self, id: UUID | str, /, **changes: Unpack[BomRowUpdate]) -> BomRow:
        """Change a BOM row. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatebomrow

        Raises:
            NotFound: There is no such row.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or the text is not a UUID.
        """
        return await self._update(id, changes, BomRowUpdate)

    async def delete(self, id: UUID | str, /) -> None:
        """Delete a BOM row.

        Katana: https://developer.katanamrp.com/reference/deletebomrow

        Raises:
            NotFound: There is no such row.
            ValueError: The text is not a UUID.
        """
        await self._delete(id)
