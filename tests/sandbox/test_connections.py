"""Connections: pipelining, 100-continue, malformed requests, and many at once."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator

import pytest

from katana_async.sandbox import Sandbox

from .conftest import Api

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def streams(sandbox: Sandbox) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
    yield reader, writer
    writer.close()
    await writer.wait_closed()


async def test_requests_sent_ahead_are_answered_in_order(
    streams: Streams, sandbox: Sandbox
) -> None:
    reader, writer = streams
    for path in ("one", "two", "three"):
        writer.write(f"GET /v1/{path} HTTP/1.1\r\n\r\n".encode())
    for _ in range(3):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 401 ")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    assert [seen.path for seen in sandbox.journal] == ["/one", "/two", "/three"]
    assert {seen.connection for seen in sandbox.journal} == {1}


async def test_a_malformed_request_is_answered_and_the_connection_closed(streams: Streams) -> None:
    reader, writer = streams
    writer.write(b"nonsense\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")


async def test_a_connection_ends_when_the_client_asks_for_it(streams: Streams) -> None:
    reader, writer = streams
    writer.write(b"GET /v1/factory HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 401 ")


async def test_a_client_that_asks_leave_to_send_its_body_gets_it(api: Api) -> None:
    body = {"name": "A", "variants": [{}]}
    assert (await api.post("/products", body, expect100=True)).status == 200


async def test_connections_are_counted(api: Api) -> None:
    await asyncio.gather(*(api.get("/factory") for _ in range(30)))
    connections = api.sandbox.connections
    used = {seen.connection for seen in api.sandbox.journal}
    assert connections.opened == connections.open == len(used) > 1
    assert (connections.resets, connections.closed) == (0, 0)
    await api.get("/factory")
    assert connections.opened == len(used)
    await api.session.close()
    while connections.open:  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)


async def test_two_hundred_callers_at_once_are_all_answered(sandbox: Sandbox) -> None:
    async def call() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
        writer.write(b"GET /v1/factory HTTP/1.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer[:12]

    answers = await asyncio.gather(*(call() for _ in range(200)))
    assert set(answers) == {b"HTTP/1.1 401"}


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_that_is_being_accepted_ends_when_the_sandbox_stops(turns: int) -> None:
    sandbox = await Sandbox(products=2).start()
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as client:
        for _ in range(turns):
            await asyncio.sleep(0)
        await sandbox.stop()
        gc.collect()  # a forgotten socket is closed here, and fails the test by its warning
        try:
            rest = client.recv(1)
        except ConnectionResetError:
            rest = b""
        assert rest == b""
