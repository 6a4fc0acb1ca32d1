"""A relay to a server that can stop answering while its connections stay open."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Copy bytes between clients and a server.

    Attributes:
        port: The relay's port on loopback.
        accepts: Whether new connections reach the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._silent = set[asyncio.StreamWriter]()
        self._clients = set[asyncio.StreamWriter]()
        self._backs = set[asyncio.StreamWriter]()
        self._tasks = set[asyncio.Task[None]]()
        self.port = 0
        self.accepts = True

    def stop_answering(self) -> None:
        """Drop all data on the connections that are open now, and keep them open."""
        self._silent |= self._clients

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._server)
        self._clients.add(writer)
        self._backs.add(back)
        if not self.accepts:
            self._silent.add(writer)
        directions = [self._copy(reader, back, writer), self._copy(there, writer, writer)]
        for direction in directions:
            self._tasks.add(asyncio.ensure_future(direction))

    async def _copy(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if client not in self._silent:
                    to.write(data)
        if client not in self._silent:
            to.close()

    async def close(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._clients | self._backs:
            writer.transport.abort()


@asynccontextmanager
async def relay(host: str, port: int) -> AsyncGenerator[Relay, None]:
    """Yield a relay to a server."""
    opened = Relay(host, port)
    server = await asyncio.start_server(opened._serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        await opened.close()
