"""`FailFastQueue`: each operation gets a slot, unless the server answers none of them."""

import asyncio

from katana_async.errors import TokenStoreError
from katana_async.oauth.concurrency import FailFastQueue


async def test_an_operation_gets_its_slot_after_a_failure_if_others_were_answered() -> None:
    queue = FailFastQueue(1)
    done: list[str] = []

    async def run(name: str) -> None:
        async with queue.slot():
            await asyncio.sleep(0)
            done.append(name)
            if name == "second":
                queue.fail_waiters(TokenStoreError("silent"))

    await asyncio.gather(*[run(name) for name in ("first", "second", "third")])
    assert done == ["first", "second", "third"]


async def test_waiting_operations_fail_together_and_later_ones_get_a_slot() -> None:
    queue = FailFastQueue(1)

    async def fail() -> None:
        try:
            async with queue.slot():
                await asyncio.sleep(0.001)
                raise TimeoutError
        except TimeoutError:
            queue.fail_waiters(TokenStoreError("silent"))

    async def wait() -> None:
        async with queue.slot():
            raise AssertionError("it got a slot")

    outcomes = await asyncio.gather(fail(), wait(), wait(), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["None", "silent", "silent"]
    async with queue.slot():
        pass
