"""Stores and ciphers that never answer: nobody waits for ever, and all is well when they do."""

import asyncio
import time
from typing import Any

import pytest

from katana_async import KeyUnavailable, TokenStoreError
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore
from katana_async.oauth.cipher import Binding
from tests.oauth.partner import Partner


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katana_async.oauth.vault._LONGEST_WAIT", 0.05)


async def test_a_kms_that_never_answers_has_failed(partner: Partner) -> None:
    class Hanging(InsecurePlaintext):
        hangs = False

        async def open(self, sealed: bytes, binding: Binding) -> bytes:
            if self.hangs:
                await asyncio.Event().wait()
            return await super().open(sealed, binding)

    cipher: Any = Hanging()
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
    if operation == "release":  # whose failure is nobody's trouble
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
    class Hanging(MemoryTokenStore):
        hangs = False
        asked = 0

        async def read(self, *args: Any) -> Any:
            if self.hangs:
                self.asked += 1
                await asyncio.Event().wait()
            return await super().read(*args)

    monkeypatch.setattr("katana_async.oauth.vault._LONGEST_WAIT", 60)
    monkeypatch.setattr("katana_async.oauth.keeper._LONGEST_LOOK", 0.5)
    partner.store = Hanging()
    app = partner.app()
    connection = await partner.connect(app)
    first = await app.auth(connection.id).credential()
    await partner.pass_time(3600)
    partner.store.hangs = True
    waited = []
    for _ in range(3):
        began = time.monotonic()
        assert await app.auth(connection.id).credential() == first
        waited.append(time.monotonic() - began)
    assert partner.store.asked == 1
    assert waited[0] >= 0.5 > waited[1] + waited[2]
    await app.close()
