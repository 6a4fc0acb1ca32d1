"""Pages: which rows one holds, and the X-Pagination header that says so."""

import msgspec
from attrs import frozen


@frozen
class Page:
    """One page of a list.

    Attributes:
        total: Records in the whole list.
        limit: Records per page; 0 makes every page empty.
        number: Which page, from 1.
    """

    total: int
    limit: int
    number: int

    @property
    def offset(self) -> int:
        """How many records come before the page."""
        return (self.number - 1) * self.limit

    @property
    def stop(self) -> int:
        """The place of the first record behind the page."""
        return self.offset + self.limit

    @property
    def header(self) -> tuple[str, str]:
        """The header: a JSON object of strings, its two flags included."""
        pages = -(-self.total // self.limit) if self.limit else 0
        values = {
            "total_records": str(self.total),
            "total_pages": str(pages),
            "offset": str(self.offset),
            "page": str(self.number),
            "first_page": "true" if self.number == 1 else "false",
            "last_page": "true" if self.number >= pages else "false",
        }
        return "X-Pagination", msgspec.json.encode(values).decode()
