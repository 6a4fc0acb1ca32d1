"""An event loop that stood still is noticed, and one that is only busy is not taken for it."""

import asyncio
import time

import pytest

from katana_async.oauth.stores import _standstill
from katana_async.oauth.stores._standstill import Standstill


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_standstill, "_LATE", 0.05)
    monkeypatch.setattr(_standstill, "_EVERY", 0.001)


async def test_who_waited_while_the_loop_stood_still_knows_when_its_time_is_over() -> None:
    with Standstill() as standstill:
        await asyncio.sleep(0.01)
        try:
            async with asyncio.timeout(0.02):
                await asyncio.sleep(0)
                time.sleep(0.1)  # noqa: ASYNC251 - what is tested
                await asyncio.Event().wait()
        except TimeoutError:
            assert standstill.was
        await asyncio.sleep(0.01)
    assert standstill.was


async def test_a_loop_that_is_a_little_late_did_not_stand_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_standstill, "_LATE", 30.0)
    with Standstill() as standstill:
        time.sleep(0.002)  # noqa: ASYNC251 - what is tested
        await asyncio.sleep(0.01)
    assert not standstill.was
