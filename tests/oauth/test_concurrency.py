"""Who stands in line for a server: each has a turn, unless the server is silent to all."""

import asyncio

from katana_async.errors import TokenStoreError
from katana_async.oauth.concurrency import FailFastQueue


async def test_who_waits_while_others_are_answered_has_a_turn_though_one_was_not() -> None:
    line = FailFastQueue(1)
    had: list[str] = []

    async def in_turn(name: str) -> None:
        async with line.slot():
            await asyncio.sleep(0)
            had.append(name)
            if name == "second":
                line.fail_waiters(TokenStoreError("silent"))

    await asyncio.gather(*[in_turn(name) for name in ("first", "second", "third")])
    assert had == ["first", "second", "third"]


async def test_who_waits_while_nobody_is_answered_fails_and_who_comes_later_has_a_turn() -> None:
    line = FailFastQueue(1)

    async def in_vain() -> None:
        try:
            async with line.slot():
                await asyncio.sleep(0.001)
                raise TimeoutError
        except TimeoutError:
            line.fail_waiters(TokenStoreError("silent"))

    async def waits() -> None:
        async with line.slot():
            raise AssertionError("it had a turn")

    outcomes = await asyncio.gather(in_vain(), waits(), waits(), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["None", "silent", "silent"]
    async with line.slot():
        pass
