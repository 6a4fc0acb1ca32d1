"""What every store's operations share: they end though nobody waits, and not never."""

import asyncio
import gc
import time
from typing import Any

import pytest

from katana_async.errors import TokenStoreError
from katana_async.oauth.stores import _home
from katana_async.oauth.stores._home import Home


async def test_an_operation_that_fails_after_its_caller_left_is_no_complaint() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: complaints.append(said))
    home = Home("store")
    goes_on = asyncio.Event()

    async def fail() -> None:
        await goes_on.wait()
        raise TokenStoreError("away")

    caller = asyncio.ensure_future(home.run(fail))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    (operation,) = home._running
    goes_on.set()
    await asyncio.wait([operation])
    del operation
    gc.collect()
    assert complaints == []


async def test_closing_waits_for_neither_an_operation_nor_a_server_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_home, "_CLOSING_SECONDS", 0.05)
    home = Home("store")
    hanging = asyncio.ensure_future(home.run(asyncio.Event().wait))
    await asyncio.sleep(0)
    asked: list[str] = []

    async def disconnect() -> None:
        asked.append("to hang up")
        await asyncio.Event().wait()

    began = time.monotonic()
    await home.close(disconnect)
    assert time.monotonic() - began < 1
    assert asked == ["to hang up"]
    with pytest.raises(asyncio.CancelledError):
        await hanging
