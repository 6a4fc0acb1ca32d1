"""The operations of every store: they finish without their caller, and have a time limit."""

import asyncio
import gc
import time
from functools import partial
from typing import Any

import pytest

from katana_async.errors import TokenStoreError
from katana_async.oauth.concurrency import FailFastQueue
from katana_async.oauth.stores import _operations
from katana_async.oauth.stores._operations import OperationRunner


async def let_operations_start() -> None:
    for _ in range(2):
        await asyncio.sleep(0)


async def test_the_failure_of_an_abandoned_operation_is_not_logged() -> None:
    logged: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: logged.append(context))
    runner = OperationRunner("store")
    proceed = asyncio.Event()

    async def fail() -> None:
        await proceed.wait()
        raise TokenStoreError("away")

    caller = asyncio.ensure_future(runner.run(FailFastQueue(1), fail))
    await let_operations_start()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    (operation,) = runner._tasks._running
    proceed.set()
    await asyncio.wait([operation])
    del operation
    gc.collect()
    assert logged == []


async def test_closing_limits_its_wait_for_operations_and_for_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_operations, "_CLOSING_SECONDS", 0.05)
    runner = OperationRunner("store")
    hanging = asyncio.ensure_future(runner.run(FailFastQueue(1), asyncio.Event().wait))
    await let_operations_start()
    calls: list[str] = []

    async def disconnect() -> None:
        calls.append("disconnect")
        await asyncio.Event().wait()

    began = time.monotonic()
    await runner.close(disconnect)
    assert time.monotonic() - began < 1
    assert calls == ["disconnect"]
    with pytest.raises(TokenStoreError, match=r"^this store was closed before it answered$"):
        await hanging


async def test_cancelling_the_caller_removes_a_queued_operation_but_not_a_running_one() -> None:
    runner, queue = OperationRunner("store"), FailFastQueue(1)
    proceed = asyncio.Event()
    started, finished = list[str](), list[str]()

    async def operation(name: str) -> None:
        started.append(name)
        await proceed.wait()
        finished.append(name)

    callers = [asyncio.ensure_future(runner.run(queue, partial(operation, name))) for name in "abc"]
    await let_operations_start()
    for caller in callers[:2]:
        caller.cancel()
    await asyncio.wait(callers[:2])
    await let_operations_start()
    assert started == ["a"]
    proceed.set()
    await callers[2]
    assert started == finished == ["a", "c"]
