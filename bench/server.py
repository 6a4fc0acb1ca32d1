"""A server that costs little, in a process of its own, so that the client is the bottleneck.

    python -m bench.server

Prints its port. The first part of a path is the number of products: `/50000/v1/products?page=2`.
Answers have Katana's headers, with a quota that no client exhausts.
"""

import asyncio
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import cache
from typing import cast

from bench.pages import RECORDS, ProductList, to_json, write_pagination

_FACTORY = to_json(RECORDS["factory"])
_PRODUCT = to_json(RECORDS["product"])
_PATH = re.compile(rb"GET /(\d+)/v1/(factory|products)(/\d+)?[? ]")
_PARAMETER = re.compile(rb"[?&](limit|page)=(\d+)")
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: %b\r\n"
    b"X-Ratelimit-Limit: 10000000\r\nX-Ratelimit-Remaining: 9999999\r\nX-Ratelimit-Reset: %d\r\n"
    b"X-Request-Id: 5d0a7e3c-8a06-4a32-9c2b-0f9a2f8f1c11\r\n"
)

list_of = cache(ProductList)


@cache
def head(second: int) -> bytes:
    """Return the status line and the headers that all answers of a second share."""
    reset = (second // 60 + 1) * 60_000  # Katana's windows are fixed; in milliseconds
    return _HEAD % (formatdate(second, usegmt=True).encode(), reset)


def write_answer(body: bytes, pagination: bytes | None = None) -> bytes:
    """Return an answer with a body, and with the X-Pagination header of a list."""
    page = b"" if pagination is None else b"X-Pagination: %b\r\n" % pagination
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"".join((head(int(time.time())), page, length, body))


def answer(request: bytes) -> bytes:
    """Return the answer to a GET."""
    found = _PATH.match(request)
    if found is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    total, collection, record = found.groups()
    if collection == b"factory" or record:
        return write_answer(_PRODUCT if record else _FACTORY)
    line = request[: request.index(b"\r\n")]
    parameters = dict(cast("list[tuple[bytes, bytes]]", _PARAMETER.findall(line)))
    number, limit = int(parameters.get(b"page", 1)), int(parameters.get(b"limit", 50))
    body = list_of(int(total)).page(number, limit)
    return write_answer(body, write_pagination(int(total), number, limit))


class Connection(asyncio.Protocol):
    """A connection of a client, which sends one request at a time.

    Args:
        answer: Returns the answer to a request.
    """

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(b"\r\n\r\n"):
            self._transport.write(self._answer(self._received))
            self._received = b""


async def run_server(answer: Callable[[bytes], bytes]) -> None:
    """Print the port, and serve until the process is stopped."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answer), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run_server(answer))
