"""Stores and ciphers that do not answer: waiting ends, and work goes on when they answer again."""

import asyncio
import time
from typing import Any

import pytest

from katana_async import KeyUnavailable, TokenStoreError
from katana_async.http.clock import SystemClock
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore
from katana_async.oauth.sealing.envelope import Binding
from katana_async.sandbox import faults
from tests.oauth.breakable import Silent
from tests.oauth.partner import DAY, Partner


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katana_async.oauth.sealing.sealed_rows._CALL_SECONDS", 0.05)


class HangingKms(InsecurePlaintext):
    """A cipher whose KMS does not answer while it hangs."""

    hangs = False
    asked = 0

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        if self.hangs:
            self.asked += 1
            await asyncio.Event().wait()
        return await super().open(sealed, binding)


async def test_a_kms_that_never_answers_has_failed(partner: Partner) -> None:
    cipher: Any = HangingKms()
    app, connection_id = await partner.expired(cipher=cipher)
    cipher.hangs = True
    with pytest.raises(KeyUnavailable, match=r"it did not answer within 0\.05 s"):
        await app.auth(connection_id).credential()
    cipher.hangs = False
    await partner.pass_time(5)
    await app.auth(connection_id).credential()


@pytest.mark.parametrize("operation", ["read", "lease", "write", "release"])
async def test_a_store_that_never_answers_has_failed(partner: Partner, operation: str) -> None:
    class Hanging(MemoryTokenStore):
        hangs = False

        async def _answer(self, name: str) -> None:
            if self.hangs and name == operation:
                await asyncio.Event().wait()

        async def read(self, *args: Any) -> Any:
            await self._answer("read")
            return await super().read(*args)

        async def write(self, *args: Any, **kwargs: Any) -> bool:
            await self._answer("write")
            return await super().write(*args, **kwargs)

        async def lease(self, *args: Any) -> bool:
            await self._answer("lease")
            return await super().lease(*args)

        async def release(self, *args: Any) -> bool:
            await self._answer("release")
            return await super().release(*args)

    store: Any = Hanging(clock=partner.server_clock.time)
    partner.store = store
    app, connection_id = await partner.expired()
    store.hangs = True
    if operation == "release":  # its failure concerns no caller
        await app.auth(connection_id).credential()
    else:
        with pytest.raises(TokenStoreError, match=r"it did not answer within 0\.05 s"):
            await app.auth(connection_id).credential()
    store.hangs = False
    await partner.pass_time(5)
    credential = await app.auth(connection_id).credential()
    assert credential.token == (await partner.record(app, connection_id)).access
    assert partner.requests() == 1


async def test_a_store_that_hangs_holds_up_one_call_at_most_while_the_token_lives(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.oauth.sealing.sealed_rows._CALL_SECONDS", 1)
    monkeypatch.setattr("katana_async.oauth.tokens.token_session._LONGEST_RECHECK", 0.5)
    store = partner.store = Silent(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    first = await app.auth(connection.id).credential()
    await partner.pass_time(3600)
    store.silent = "read"
    waited = []
    for _ in range(3):
        began = time.monotonic()
        assert await app.auth(connection.id).credential() == first
        waited.append(time.monotonic() - began)
    assert store.swallowed == 1
    assert waited[0] >= 0.5 > waited[1] + waited[2]


async def test_a_store_that_comes_back_while_an_attempt_hangs_has_the_tokens_in_time(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.oauth.sealing.sealed_rows._CALL_SECONDS", 1.0)
    store = partner.store = Silent()
    times: dict[str, Any] = {"timeout": 0.2, "lease": 2.65, "patience": 2.8}
    one, other = (partner.app(clock=SystemClock(), **times) for _ in range(2))
    partner.oauth.settings.access_token_life = 1
    connection = await partner.connect(one)
    await asyncio.sleep(1)  # the token ends
    partner.oauth.settings.access_token_life = DAY
    partner.sandbox.faults.add(faults.Latency(0.05), path="/oauth/token")
    refreshing = asyncio.ensure_future(one.auth(connection.id).credential())
    await partner.until(lambda: partner.requests() == 2)
    store.silent = "write"
    await asyncio.sleep(times["patience"])
    began = store.swallowed
    while store.swallowed == began:  # noqa: ASYNC110 - the attempt is the other app's
        await asyncio.sleep(0.01)
    store.silent = None  # and that attempt goes on hanging
    held = await other.auth(connection.id).credential()
    assert held.token == (await refreshing).token
    assert partner.oauth.audit.count("reused") == 0


async def test_closing_waits_once_for_a_store_that_hangs_and_not_for_each_connection(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.oauth.sealing.sealed_rows._CALL_SECONDS", 0.3)
    store = partner.store = Silent(clock=partner.server_clock.time)
    app = partner.app()
    names = [f"tenant-{number}" for number in range(8)]
    for name in names:
        await partner.connect(app, name)
    await partner.pass_time(DAY + 1)
    partner.sandbox.journal.clear()
    calls = [asyncio.ensure_future(app.auth(name).credential()) for name in names]
    await partner.until(lambda: partner.requests() == len(names))
    store.silent = "write"
    await partner.while_time_passes(asyncio.gather(*calls), step=0.2)
    began = time.monotonic()
    await app.close()
    assert time.monotonic() - began < 6 * 0.3  # each of them would make it 2.4 s


async def test_an_outage_holds_up_one_call_at_most_while_the_token_lives(partner: Partner) -> None:
    class Failing(MemoryTokenStore):
        fails = False
        asked = 0

        async def read(self, *args: Any) -> Any:
            if self.fails:
                self.asked += 1
                await partner.clock.sleep(2)
                raise ConnectionError
            return await super().read(*args)

    store = partner.store = Failing(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    held = await app.auth(connection.id).credential()
    await partner.pass_time(3600)
    store.fails = True
    assert await partner.while_time_passes(app.auth(connection.id).credential()) == held
    for _ in range(40):  # a minute of the outage
        began = partner.clock.now()
        assert await partner.while_time_passes(app.auth(connection.id).credential()) == held
        assert partner.clock.now() == began
        await partner.pass_time(1.5)
    assert 3 < store.asked < 40


@pytest.mark.parametrize("silent", ["store", "KMS"])
async def test_many_callers_fail_together_when_the_store_does_not_answer(
    partner: Partner, silent: str
) -> None:
    store = partner.store = Silent(clock=partner.server_clock.time)
    kms: Any = HangingKms()
    app = partner.app(cipher=kms)
    names = [f"tenant-{number}" for number in range(40)]
    for name in names:
        await partner.connect(app, name)
    await partner.pass_time(DAY + 1)
    if silent == "store":
        store.silent = "read"
    else:
        kms.hangs = True
    calls = [app.auth(name).credential() for name in names]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    expected = TokenStoreError if silent == "store" else KeyUnavailable
    assert {type(outcome) for outcome in outcomes} == {expected}
    assert 0 < store.swallowed + kms.asked <= 20


async def test_a_store_that_limits_itself_may_have_many_wait_for_one_another(
    partner: Partner,
) -> None:
    class Slow(MemoryTokenStore):
        limits_itself = True
        slow = False

        async def read(self, *args: Any) -> Any:
            if self.slow:
                await asyncio.sleep(0.1)  # longer than any other store may take here
            return await super().read(*args)

    partner.store = Slow(clock=partner.server_clock.time)
    app, connection_id = await partner.expired()
    partner.store.slow = True
    await partner.while_time_passes(app.auth(connection_id).credential(), step=0.001)
