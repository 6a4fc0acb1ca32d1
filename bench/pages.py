"""The JSON of the records and pages that are read and written. It needs the standard library only.

The records have the fields of Katana's examples, in the order of Katana's documentation.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

RECORDS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("records.json").read_text(encoding="utf-8")
)

PAGE = 250
"""Records on a page, the most that Katana sends."""


def to_json(value: object) -> bytes:
    """Return compact JSON, as Katana sends it."""
    return json.dumps(value, separators=(",", ":")).encode()


@cache
def decoding_page(name: str) -> bytes:
    """Return a page of 250 records to decode: see `_DECODING_PAGES`."""
    record, changes, last = _DECODING_PAGES[name]
    rows = [RECORDS[record] | changes | {"id": number} for number in range(1, PAGE + 1)]
    rows[PAGE // 2] |= last
    return to_json({"data": rows})


_DECODING_PAGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "products": ("product", {}, {}),
    "orders": ("order", {}, {}),
    # Katana sends {} for null, for instance on every order without a shipping fee.
    "orders with {} for null": ("order", {"shipping_fee": {}}, {}),
    "products, one of them bad": ("product", {}, {"id": [1]}),
}
"""The record of each page, changes to all of its rows, and changes to one row."""


def write_pagination(total: int, number: int, limit: int) -> bytes:
    """Return the X-Pagination header of a page. Katana sends all values as text."""
    pages = max(-(-total // limit), 1)
    return to_json(
        {
            "total_records": str(total),
            "total_pages": str(pages),
            "offset": str((number - 1) * limit),
            "page": str(number),
            "first_page": str(number == 1).lower(),
            "last_page": str(number == pages).lower(),
        }
    )


class ProductList:
    """A list of products, newest first, which builds each page by one join of bytes."""

    def __init__(self, total: int) -> None:
        self.total = total
        fields = to_json(RECORDS["product"])
        self._rest = fields.removeprefix(b'{"id":1')
        self._between = self._rest + b',{"id":'

    def page(self, number: int, limit: int) -> bytes:
        """Return the JSON of a page, counted from 1."""
        newest = self.total - (number - 1) * limit
        ids = [b"%d" % each for each in range(newest, max(newest - limit, 0), -1)]
        if not ids:
            return b'{"data":[]}'
        return b'{"data":[{"id":' + self._between.join(ids) + self._rest + b"]}"
