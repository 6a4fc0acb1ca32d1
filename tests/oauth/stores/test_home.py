"""What every store's operations share: they end though nobody waits, and not never."""

import asyncio
import gc
import time
from typing import Any

import pytest

from katana_async.errors import TokenStoreError
from katana_async.oauth.concurrency import FailFastQueue
from katana_async.oauth.stores import _home
from katana_async.oauth.stores._home import Home


async def _begin() -> None:
    """Let a caller and then its operation begin."""
    for _ in range(2):
        await asyncio.sleep(0)


async def test_an_operation_that_fails_after_its_caller_left_is_no_complaint() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: complaints.append(said))
    home = Home("store")
    goes_on = asyncio.Event()

    async def fail() -> None:
        await goes_on.wait()
        raise TokenStoreError("away")

    caller = asyncio.ensure_future(home.run(FailFastQueue(1), fail))
    await _begin()
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
    hanging = asyncio.ensure_future(home.run(FailFastQueue(1), asyncio.Event().wait))
    await _begin()
    asked: list[str] = []

    async def disconnect() -> None:
        asked.append("to hang up")
        await asyncio.Event().wait()

    began = time.monotonic()
    await home.close(disconnect)
    assert time.monotonic() - began < 1
    assert asked == ["to hang up"]
    with pytest.raises(TokenStoreError, match=r"^this store was closed before it answered$"):
        await hanging


async def test_who_gives_up_in_line_leaves_it_and_what_was_begun_keeps_its_turn() -> None:
    home, line = Home("store"), FailFastQueue(1)
    goes_on = asyncio.Event()
    began, ended = list[str](), list[str]()

    async def operation(name: str) -> None:
        began.append(name)
        await goes_on.wait()
        ended.append(name)

    callers = [asyncio.ensure_future(home.run(line, operation, name)) for name in "abc"]
    await _begin()
    for caller in callers[:2]:
        caller.cancel()
    await asyncio.wait(callers[:2])
    await _begin()
    assert began == ["a"]  # it is still at its connection
    goes_on.set()
    await callers[2]
    assert began == ended == ["a", "c"]
