"""Secret managers that do not answer: the last value stays in use, and no calls pile up."""

import asyncio
import contextvars
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from katana_async.auth import secret_sources as sources
from katana_async.errors import KeyUnavailable
from katana_async.oauth.sealing import sealed_rows
from katana_async.oauth.sealing.key_ring import KeyRing
from tests.oauth.sealing import DATA, HERE, Manager, key_text


class Silent(Manager):
    """A secret manager that, while it hangs, does not answer whatever is done to its callers."""

    hangs = False

    def __init__(self, *keys: str) -> None:
        super().__init__(*keys)
        self.answers = asyncio.Event()

    async def fetch(self) -> str:
        await super().fetch()
        if self.hangs:
            # As a client does that hangs once more while it closes.
            with suppress(asyncio.CancelledError):
                await self.answers.wait()
            await self.answers.wait()
        return "\n".join(self.keys)


class Blocking:
    """A secret manager's blocking client. Its calls block until the test ends."""

    def __init__(self) -> None:
        self.key = key_text("one")
        self.hangs = True
        self.asked = 0
        self.over = threading.Event()

    def fetch(self) -> str:
        self.asked += 1
        if self.hangs:
            self.over.wait()
        return self.key


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Use a short time limit. Tests that need an answer undo it: a slow machine takes longer."""
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_FETCH", 0.02)
    return monkeypatch


@pytest.fixture
def blocking(impatient: pytest.MonkeyPatch) -> Iterator[Blocking]:
    manager = Blocking()
    yield manager
    manager.over.set()


def test_a_source_holds_a_row_up_for_less_than_a_vault_waits() -> None:
    assert sources.LONGEST_HOLD_UP * 2 < sealed_rows._CALL_SECONDS


async def test_while_a_source_does_not_answer_its_keys_stay_in_use(
    impatient: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manager = Silent(key_text("one"))
    row = await manager.ring.seal(DATA, HERE)
    manager.hangs, manager.now = True, 60.0
    for _ in range(5):
        assert await manager.ring.open(row, HERE) == DATA
    assert manager.asked == 2
    assert "Silent.fetch did not answer within 0.02 s; keeping" in caplog.text
    impatient.undo()
    manager.hangs, manager.keys, manager.now = False, (key_text("two"), *manager.keys), 70.0
    assert await manager.ring.open(row, HERE) == DATA
    assert manager.asked == 3
    assert not manager.ring.is_current(row)


async def test_a_source_that_is_slow_holds_up_one_row_and_is_listened_to_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_HOLD_UP", 0.1)
    manager = Silent(key_text("one"))
    row = await manager.ring.seal(DATA, HERE)
    manager.hangs, manager.now = True, 60.0
    began = time.monotonic()
    for _ in range(100):
        assert await manager.ring.open(row, HERE) == DATA
    assert time.monotonic() - began < 5
    manager.hangs, manager.keys = False, (key_text("two"), *manager.keys)
    manager.answers.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not manager.ring.is_current(row)
    assert manager.asked == 2


async def test_a_source_that_does_not_answer_at_first_has_no_key_and_is_asked_again(
    impatient: pytest.MonkeyPatch,
) -> None:
    manager = Silent(key_text("one"))
    manager.hangs = True
    for call in (manager.ring.load(), manager.ring.seal(DATA, HERE)):
        with pytest.raises(KeyUnavailable, match=r"fetch did not answer within 0\.02 s: nothing"):
            await call
    impatient.undo()
    manager.hangs = False
    await manager.ring.seal(DATA, HERE)
    assert manager.asked == 3


async def test_a_function_that_blocks_for_ever_does_not_keep_the_next_one_from_answering(
    blocking: Blocking, impatient: pytest.MonkeyPatch
) -> None:
    ring = KeyRing.from_source(blocking.fetch)
    with pytest.raises(KeyUnavailable, match=r"fetch did not answer within 0\.02 s"):
        await ring.load()
    impatient.undo()
    blocking.hangs = False
    await ring.load()


async def test_threads_that_hang_do_not_pile_up_and_do_not_end_a_source(
    blocking: Blocking,
) -> None:
    ring = KeyRing.from_source(blocking.fetch)
    for _ in range(sources.MANY_HANGING):
        with pytest.raises(KeyUnavailable, match="did not answer within"):
            await ring.load()
    with pytest.raises(KeyUnavailable, match=r"is not called: 4 calls of it have not ended"):
        await ring.load()
    assert blocking.asked == sources.MANY_HANGING
    blocking.hangs = False
    loaded = False
    while not loaded:  # soon: the test has a timeout
        with suppress(KeyUnavailable):
            await ring.load()
            loaded = True


async def test_threads_that_end_after_all_are_forgotten(
    blocking: Blocking, impatient: pytest.MonkeyPatch
) -> None:
    ring = KeyRing.from_source(blocking.fetch)
    for _ in range(sources.MANY_HANGING):
        with pytest.raises(KeyUnavailable):
            await ring.load()
    blocking.over.set()
    for thread in threading.enumerate():
        if thread.name == "katana-fetch":
            thread.join()
    impatient.undo()
    blocking.hangs = False
    await ring.load()


def test_a_function_that_blocks_for_ever_does_not_keep_a_program_from_ending() -> None:
    program = (
        "import asyncio, threading\n"
        "from katana_async.auth import secret_sources as sources\n"
        "from katana_async.oauth.sealing.key_ring import KeyRing\n"
        "sources.LONGEST_FETCH = 0.02\n"
        "ring = KeyRing.from_source(threading.Event().wait)\n"
        "try:\n"
        "    asyncio.run(ring.load())\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.stdout, ended.stderr) == ("KeyUnavailable\n", "")


async def test_a_function_in_a_thread_sees_the_context_of_its_caller() -> None:
    request = contextvars.ContextVar("request", default="none")
    request.set("7")
    seen = []

    def fetch() -> str:
        seen.append(request.get())
        return key_text()

    await KeyRing.from_source(fetch).load()
    assert seen == ["7"]


async def test_calls_that_swallow_their_end_do_not_pile_up_either(
    impatient: pytest.MonkeyPatch,
) -> None:
    over = asyncio.Event()
    asked = 0

    async def fetch() -> str:
        nonlocal asked
        asked += 1
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        return key_text()

    ring = KeyRing.from_source(fetch)
    for _ in range(sources.MANY_HANGING):
        with pytest.raises(KeyUnavailable, match="did not answer within"):
            await ring.load()
    with pytest.raises(KeyUnavailable, match=r"is not called: 4 calls of it have not ended"):
        await ring.load()
    assert asked == sources.MANY_HANGING
    over.set()
    impatient.undo()
    await asyncio.sleep(0)
    await ring.load()


async def test_a_function_that_raises_stop_iteration_has_failed_at_once() -> None:
    ring = KeyRing.from_source(lambda: next(iter(())))
    with pytest.raises(KeyUnavailable, match="failed with RuntimeError"):
        await ring.load()
