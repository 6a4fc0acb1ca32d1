"""A connection ends and begins anew under its id, while a process works on the old one."""

import asyncio
from typing import Any

import pytest

from katana_async import (
    AuthorizationFailed,
    KatanaError,
    KeyUnavailable,
    NotConnected,
    OtherAccount,
    TokenRequestFailed,
    TokenStoreError,
    UnknownKey,
)
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, Revocation
from katana_async.oauth.sealing.envelope import Binding
from katana_async.sandbox import faults
from tests.oauth.breakable import breakable
from tests.oauth.partner import BROWSER, DAY, Partner


class Held(MemoryTokenStore):
    """A store as one process reaches it, whose next write waits until it is let go."""

    def __init__(self, store: MemoryTokenStore) -> None:
        super().__init__(clock=store.clock)
        self._rows, self._leases = store._rows, store._leases
        self.holds = False
        self.waits = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
        if self.holds and "/connections/" in key:
            self.holds = False
            self.waits.set()
            await self.goes_on.wait()
        return await super().write(key, *args, **kwargs)


async def test_a_process_stopped_before_a_write_to_the_old_connection_leaves_the_new_one(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    held = Held(partner.store)
    slow = partner.app(store=held)
    held.holds = True
    stopped = asyncio.ensure_future(slow.auth(connection_id).credential())
    await held.waits.wait()
    await partner.while_time_passes(app.disconnect(connection_id), step=0.5)
    await partner.connect(app, connection_id)
    connected = await partner.record(app, connection_id)
    held.goes_on.set()
    credential = await partner.while_time_passes(stopped)
    assert credential.token == connected.access
    assert await partner.record(app, connection_id) == connected


async def test_a_row_that_is_being_sealed_anew_does_not_come_back(partner: Partner) -> None:
    class Slow(InsecurePlaintext):
        sealing: asyncio.Event | None = None

        def is_current(self, sealed: bytes) -> bool:
            return self.sealing is None

        async def seal(self, plain: bytes, binding: Binding) -> bytes:
            if self.sealing is not None:
                waits, self.sealing = self.sealing, None
                await waits.wait()
            return await super().seal(plain, binding)

    cipher: Any = Slow()
    other, app = partner.app(cipher=cipher), partner.app()
    await partner.connect(app, "tenant")
    waits = cipher.sealing = asyncio.Event()

    async def rotate() -> None:
        async for _ in other.rotate_keys():
            pass

    rotating = asyncio.ensure_future(rotate())
    await partner.until(lambda: cipher.sealing is None)
    await app.disconnect("tenant")
    await partner.connect(app, "tenant")
    connected = await partner.record(app, "tenant")
    waits.set()
    await rotating
    assert (await partner.record(app, "tenant")).refresh == connected.refresh


async def test_a_disconnected_row_has_no_token(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    record = await partner.record(app, "tenant")
    await app.disconnect("tenant")
    rows = repr(partner.store._rows)
    assert record.access.reveal() not in rows
    assert record.refresh is not None
    assert record.refresh.reveal() not in rows
    assert [each async for each in app.connections()] == []
    with pytest.raises(NotConnected):
        await app.connection("tenant")
    with pytest.raises(NotConnected):
        await app.disconnect("tenant")
    assert [step async for step in app.rotate_keys()][-1].unreadable == ()


async def test_it_is_forgotten_for_good_after_a_day(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    await app.disconnect("tenant")
    await partner.pass_time(DAY + 1)
    assert [key async for key, _ in partner.store.rows("") if "/connections/" in key] == []


async def test_tokens_are_revoked_although_the_confirmation_of_the_disconnect_is_lost(
    partner: Partner,
) -> None:
    class Losing(MemoryTokenStore):
        loses = False
        away = 0

        async def read(self, key: str) -> Any:
            if self.away:
                self.away -= 1
                raise ConnectionError("the database is away")
            return await super().read(key)

        async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
            written = await super().write(key, *args, **kwargs)
            if self.loses:
                self.away = 2
                raise ConnectionError("the connection was reset")
            return written

    store: Any = Losing(clock=partner.server_clock.time)
    partner.store = store
    app = partner.app()
    await partner.connect(app, "tenant")
    store.loses = True
    done = await partner.while_time_passes(app.disconnect("tenant", revoke=True))
    assert done is Revocation.REVOKED
    assert not partner.oauth.grants["grant-1"].alive


async def test_a_disconnect_that_failed_is_an_error_and_can_be_repeated(
    partner: Partner,
) -> None:
    store = breakable(partner)
    app = partner.app()
    await partner.connect(app, "tenant")
    store.broken = "write"
    with pytest.raises(TokenStoreError):
        await partner.while_time_passes(app.disconnect("tenant"))
    assert partner.oauth.grants["grant-1"].alive
    store.broken = None
    assert await app.disconnect("tenant", revoke=True) is Revocation.REVOKED


async def test_a_failure_of_the_kms_does_not_throw_a_new_connection_away(partner: Partner) -> None:
    class Moody(InsecurePlaintext):
        fails = 0

        async def seal(self, plain: bytes, binding: Binding) -> bytes:
            if self.fails and "/connections/" in binding.key:
                self.fails -= 1
                raise KeyUnavailable("the KMS is away", key_name="k")
            return await super().seal(plain, binding)

    cipher: Any = Moody()
    app = partner.app(cipher=cipher)
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    cipher.fails = 2
    connection = await partner.while_time_passes(app.complete(callback, session=BROWSER))
    assert (await app.connection(connection.id)).status == "connected"
    # One that lasts is the same error when the page is loaded again.
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    cipher.fails = 100
    for _ in range(2):
        with pytest.raises(KeyUnavailable, match="the KMS is away"):
            await partner.while_time_passes(app.complete(callback, session=BROWSER))


@pytest.mark.parametrize(
    "error",
    [
        AuthorizationFailed("refused", error="invalid_scope"),
        TokenRequestFailed("refused", error="invalid_client"),
        OtherAccount("another", connection_id="tenant"),
        UnknownKey("no such key", key_name="k"),
    ],
)
async def test_a_repeated_callback_raises_the_error_of_the_first(
    partner: Partner, error: KatanaError
) -> None:
    class Refusing(InsecurePlaintext):
        async def seal(self, data: bytes, binding: Binding) -> bytes:
            if "/connections/" in binding.key:
                raise error
            return await super().seal(data, binding)

    app = partner.app(cipher=Refusing())
    url = await app.begin(session=BROWSER, connection_id="tenant")
    callback = partner.oauth.approve(url)
    for _ in range(2):
        with pytest.raises(type(error)) as raised:
            await app.complete(callback, session=BROWSER)
        assert str(raised.value) == str(error)
        assert getattr(raised.value, "error", None) == getattr(error, "error", None)
    assert partner.requests() == 1


async def test_new_tokens_are_used_at_once_although_the_browser_went_away(
    partner: Partner,
) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    await app.auth("tenant").credential()
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    url = await app.begin(session=BROWSER, connection_id="tenant")
    completing = asyncio.ensure_future(app.complete(partner.oauth.approve(url), session=BROWSER))
    await partner.until(lambda: partner.requests() == 2)
    completing.cancel()
    await app._context.tasks.wait(60)
    credential = await app.auth("tenant").credential()
    assert credential.token == (await partner.record(app, "tenant")).access
