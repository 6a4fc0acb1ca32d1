"""A way to a server that can fall silent: what is connected stays so, and hears nothing more."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Pass bytes on between a port and a server.

    Attributes:
        port: Where it listens, on loopback.
        accepts: Whether connections that are opened from now on reach the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._silent = set[asyncio.StreamWriter]()
        self._clients = set[asyncio.StreamWriter]()
        self._backs = set[asyncio.StreamWriter]()
        self._tasks = set[asyncio.Task[None]]()
        self.port = 0
        self.accepts = True

    def fall_silent(self) -> None:
        """Answer nothing any more on the connections that are open, and do not close them."""
        self._silent |= self._clients

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._server)
        self._clients.add(writer)
        self._backs.add(back)
        if not self.accepts:
            self._silent.add(writer)
        passing = [self._pass(reader, back, writer), self._pass(there, writer, writer)]
        for direction in passing:
            self._tasks.add(asyncio.ensure_future(direction))

    async def _pass(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if client not in self._silent:
                    to.write(data)
        if client not in self._silent:
            to.close()

    async def leave(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._clients | self._backs:
            writer.transport.abort()


@asynccontextmanager
async def relay(host: str, port: int) -> AsyncGenerator[Relay, None]:
    """Give a relay to a server."""
    made = Relay(host, port)
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.leave()
