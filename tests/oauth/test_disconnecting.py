"""Connections that are ended, and apps that are closed while others go on."""

import asyncio
from typing import Any

import pytest

from katana_async import KeyUnavailable, NotConnected
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, Revocation, Status
from katana_async.oauth.cipher import Binding
from tests.oauth.partner import Partner


class Closing(MemoryTokenStore):
    """A store that can be closed, and fails to free leases."""

    closed = 0

    async def release(self, key: str, owner: str) -> bool:
        raise ConnectionError("the database is away")

    async def close(self) -> None:
        self.closed += 1


async def test_tokens_are_revoked_although_the_lease_cannot_be_freed(partner: Partner) -> None:
    partner.store = Closing(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    assert await app.disconnect(connection.id) is Revocation.REVOKED
    assert not partner.oauth.grants["grant-1"].alive
    with pytest.raises(NotConnected):
        await app.auth(connection.id).credential()


async def test_a_browser_that_goes_away_does_not_stop_the_revocation(partner: Partner) -> None:
    class Slow(MemoryTokenStore):
        forgotten = False

        async def write(self, key: str, version: int, data: bytes, **kwargs: Any) -> bool:
            written = await super().write(key, version, data, **kwargs)
            self.forgotten = b"disconnected" in data
            for _ in range(10):
                await asyncio.sleep(0)
            return written

    store = partner.store = Slow(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    leaving = asyncio.ensure_future(app.disconnect(connection.id))
    await partner.until(lambda: store.forgotten)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await app.close()  # waits for it
    assert not partner.oauth.grants["grant-1"].alive


async def test_a_store_is_closed_with_the_last_app_that_shares_it(partner: Partner) -> None:
    store = partner.store = Closing(clock=partner.server_clock.time)
    one, other = partner.app(), partner.app()
    for _ in range(2):
        await one.close()
    assert store.closed == 0
    for _ in range(2):
        await other.close()
    assert store.closed == 1


async def test_an_app_that_was_dropped_without_closing_keeps_no_store_open(
    partner: Partner,
) -> None:
    import gc

    store = partner.store = Closing(clock=partner.server_clock.time)
    one, other = partner.app(), partner.app()
    partner.stack.pop_all()
    del other
    gc.collect()
    await one.close()
    assert store.closed == 1


async def test_connections_whose_key_cannot_be_had_now_are_listed_all_the_same(
    partner: Partner,
) -> None:
    class Away(InsecurePlaintext):
        away = False

        async def open(self, sealed: bytes, binding: Binding) -> bytes:
            if self.away and binding.key.endswith("/one"):
                raise KeyUnavailable("the KMS is away", key_name="k")
            return await super().open(sealed, binding)

    cipher: Any = Away()
    app = partner.app(cipher=cipher)
    for name in ("one", "two"):
        await partner.connect(app, name)
    cipher.away = True
    found = {each.id: each async for each in app.connections()}
    assert found["one"].status is Status.UNREADABLE
    assert found["one"].reason == "the KMS is away"
    assert found["two"].status is Status.CONNECTED
    with pytest.raises(KeyUnavailable):
        await app.disconnect("one")
    cipher.away = False
    assert (await app.connection("one")).status is Status.CONNECTED
