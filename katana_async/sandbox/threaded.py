"""The sandbox in a thread of its own: for code that is not asynchronous, or runs on other loops."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from .server import Sandbox


@contextmanager
def threaded(sandbox: Sandbox) -> Generator[Sandbox, None, None]:
    """Run a sandbox in a thread while the block runs.

    The block uses the sandbox's attributes as usual: an answer never sees half a change to the
    store.

    Args:
        sandbox: A sandbox that is not running.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="katana-sandbox", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result()
        try:
            yield sandbox
        finally:
            asyncio.run_coroutine_threadsafe(sandbox.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
