"""What every store's operations share: they end though nobody waits, in turn, and not never."""

import asyncio
import gc
import time
from typing import Any

import pytest

from katana_async.errors import TokenStoreError
from katana_async.oauth.stores import _home
from katana_async.oauth.stores._home import Home, Turns


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


async def test_who_waits_while_others_are_answered_has_a_turn_though_one_was_not() -> None:
    turns = Turns(1)
    had: list[str] = []

    async def in_turn(name: str) -> None:
        async with turns.mine():
            await asyncio.sleep(0)
            had.append(name)
            if name == "second":
                turns.in_vain("silent")

    await asyncio.gather(*[in_turn(name) for name in ("first", "second", "third")])
    assert had == ["first", "second", "third"]


async def test_who_waits_while_nobody_is_answered_fails_and_who_comes_later_has_a_turn() -> None:
    turns = Turns(1)

    async def in_vain() -> None:
        try:
            async with turns.mine():
                await asyncio.sleep(0.001)
                raise TimeoutError
        except TimeoutError:
            turns.in_vain("silent")

    async def waits() -> None:
        async with turns.mine():
            raise AssertionError("it had a turn")

    outcomes = await asyncio.gather(in_vain(), waits(), waits(), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["None", "silent", "silent"]
    async with turns.mine():
        pass
