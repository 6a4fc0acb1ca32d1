"""A server of Katana's documents in a thread, since the command has an event loop of its own."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

from tests.api.katana import DocumentedKatana, documented_katana


@contextmanager
def running_documented_katana() -> Generator[DocumentedKatana]:
    """Run the server until the end of the block."""
    up = Event()
    running: list[tuple[DocumentedKatana, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        async with documented_katana() as katana:
            end = asyncio.Event()
            running.append((katana, asyncio.get_running_loop(), end))
            up.set()
            await end.wait()

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert up.wait(10), "the server does not start"
    katana, loop, end = running[0]
    try:
        yield katana
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
