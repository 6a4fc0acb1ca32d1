"""Pages of products for `bench.etl`, in a process of its own, so that the client is the bottleneck.

    python -m bench.etl_server PRODUCTS

Prints its port. Lists can be filtered by the times of creation and of change, as the change feed
does. The product with the number n was created n seconds after the start of 2026 and never changed.
"""

import asyncio
import re
import sys
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import unquote

from bench.pages import RECORDS, to_json, write_pagination
from bench.server import run_server, write_answer

_START = datetime(2026, 1, 1, tzinfo=UTC)
_PARAMETER = re.compile(r"[?&](\w+)=([^& ]+)")
_FACTORY = to_json(RECORDS["factory"])


def write_time(number: int) -> str:
    """Return the time of creation of a product as Katana writes times."""
    moment = _START + timedelta(seconds=number)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Products:
    """The JSON of products, oldest first, and their times."""

    def __init__(self, count: int) -> None:
        template = to_json(
            RECORDS["product"] | {"id": -1, "created_at": "@", "updated_at": "@", "name": "#"}
        )
        first, rest = template.split(b"-1", 1)
        self.texts: list[bytes] = []
        self.times = [write_time(number) for number in range(count)]
        for number, at in enumerate(self.times):
            text = rest.replace(b'"@"', b'"%b"' % at.encode()).replace(b"#", b"Product %d" % number)
            self.texts.append(b"%b%d%b" % (first, number + 1, text))

    def page(self, parameters: dict[str, str]) -> tuple[bytes, bytes]:
        """Return the body of a page, newest first, and its X-Pagination header."""
        first, last = 0, len(self.times)
        for stamp in ("created_at", "updated_at"):
            first = max(first, bisect_left(self.times, parameters.get(f"{stamp}_min", "")))
            last = min(last, bisect_right(self.times, parameters.get(f"{stamp}_max", "9")))
        limit, number = int(parameters.get("limit", 50)), int(parameters.get("page", 1))
        total = max(0, last - first)
        end = last - (number - 1) * limit
        texts = self.texts[max(end - limit, first) : max(end, first)][::-1]
        return b'{"data":[%b]}' % b",".join(texts), write_pagination(total, number, limit)

    def answer(self, request: bytes) -> bytes:
        """Return the answer to a GET."""
        line = request[: request.index(b"\r\n")].decode()
        if "/products" not in line:
            return write_answer(_FACTORY)
        found = cast("list[tuple[str, str]]", _PARAMETER.findall(line))
        return write_answer(*self.page({name: unquote(value) for name, value in found}))


if __name__ == "__main__":
    asyncio.run(run_server(Products(int(sys.argv[1])).answer))
