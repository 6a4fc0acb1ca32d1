"""The confirmation of a write is lost: later writes of other processes stay."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve

from katana_async import NotConnected
from katana_async.oauth import Completed, MemoryTokenStore, OAuthApp, Revocation
from katana_async.oauth.records import ConnectionRecord, Intent
from tests.oauth.partner import BROWSER, DAY, Partner


class Losing(MemoryTokenStore):
    """A store as one process reaches it. It loses the word on a write, or the write itself."""

    loses = False
    writes = True

    def __init__(self, store: MemoryTokenStore) -> None:
        super().__init__(clock=store.clock)
        self._rows, self._leases = store._rows, store._leases
        self.lost = asyncio.Event()

    async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
        if not self.loses or "/connections/" not in key:
            return await super().write(key, *args, **kwargs)
        self.loses = False
        if self.writes:
            await super().write(key, *args, **kwargs)
        self.lost.set()
        raise ConnectionError("the connection was reset")


async def connect_and_lose(
    partner: Partner, meanwhile: Callable[[OAuthApp], Awaitable[object]], *, writes: bool = True
) -> Completed:
    """Connect an account whose first write is not confirmed, while another process does a thing.

    Only the server's clock may move meanwhile, or the first process goes on.
    """
    store = Losing(partner.store)
    store.loses, store.writes = True, writes
    app, other = partner.app(store=store), partner.app()
    url = await app.begin(session=BROWSER, connection_id="tenant")
    completing = asyncio.ensure_future(app.complete(partner.oauth.approve(url), session=BROWSER))
    await store.lost.wait()
    await meanwhile(other)
    return await partner.while_time_passes(completing, step=0.2)


async def refresh(partner: Partner, app: OAuthApp) -> ConnectionRecord:
    """Refresh the connection, whose access token has expired."""
    before = await partner.record(app, "tenant")
    assert before.refresh is not None
    await app.auth("tenant").credential()
    after = await partner.record(app, "tenant")
    assert after.refresh != before.refresh
    return after


async def works(partner: Partner) -> None:
    """See that the connection works for days, and no refresh token was used twice."""
    app = partner.app()
    for _ in range(2):
        await partner.pass_time(DAY + 1)
        await partner.while_time_passes(app.auth("tenant").credential(), step=0.2)
    assert partner.oauth.audit.count("reused") == 0


async def test_a_refresh_since_then_stays(partner: Partner) -> None:
    rows: list[ConnectionRecord] = []

    async def meanwhile(app: OAuthApp) -> None:
        partner.server_clock.advance(DAY + 1)
        rows.append(await refresh(partner, app))

    connection = await connect_and_lose(partner, meanwhile)
    assert connection.refreshed_at is not None
    assert [await partner.record(partner.app(), "tenant")] == rows
    await works(partner)


async def test_an_intent_that_was_written_since_stays(partner: Partner) -> None:
    async def meanwhile(app: OAuthApp) -> None:
        opened = await app._sealed_rows.read_connection("tenant")
        assert opened is not None
        intent = Intent(
            token=opened.record.refresh_fingerprint or "", attempt="other", at=opened.now
        )
        record = evolve(opened.record, intent=intent)
        assert await app._sealed_rows.save_connection("tenant", opened.version + 1, record)

    await connect_and_lose(partner, meanwhile)
    intent = (await partner.record(partner.app(), "tenant")).intent
    assert intent is not None
    assert intent.attempt == "other"


async def test_a_disconnect_since_then_stays(partner: Partner) -> None:
    async def meanwhile(app: OAuthApp) -> None:
        assert await app.disconnect("tenant") is Revocation.NOT_ASKED

    with pytest.raises(NotConnected, match="disconnected"):
        await connect_and_lose(partner, meanwhile)
    with pytest.raises(NotConnected):
        await partner.app().connection("tenant")


async def test_an_authorization_that_was_written_since_stays(partner: Partner) -> None:
    rows: list[ConnectionRecord] = []

    async def meanwhile(app: OAuthApp) -> None:
        partner.server_clock.advance(1)
        await partner.connect(app, "tenant")
        rows.append(await partner.record(app, "tenant"))

    for _ in range(2):  # made, then mended
        connection = await connect_and_lose(partner, meanwhile)
        assert connection.status == "connected"
        assert await partner.record(partner.app(), "tenant") == rows[-1]
        await partner.pass_time(1)
    await works(partner)


async def test_an_authorization_that_was_not_written_replaces_refreshed_tokens(
    partner: Partner,
) -> None:
    await partner.connect(partner.app(), "tenant")
    await partner.pass_time(DAY + 1)

    async def meanwhile(app: OAuthApp) -> None:
        await refresh(partner, app)

    connection = await connect_and_lose(partner, meanwhile, writes=False)
    assert connection.refreshed_at is None
    await works(partner)


async def test_an_authorization_that_was_not_written_is_written_again(partner: Partner) -> None:
    async def meanwhile(app: OAuthApp) -> None:
        pass

    for writes in (False, True, False):
        await partner.pass_time(1)
        connection = await connect_and_lose(partner, meanwhile, writes=writes)
        assert connection.refreshed_at is None
        await works(partner)


async def test_an_earlier_authorization_of_the_same_moment_is_not_mistaken_for_it(
    partner: Partner,
) -> None:
    async def meanwhile(app: OAuthApp) -> None:
        pass

    await partner.connect(partner.app(), "tenant")
    before = await partner.record(partner.app(), "tenant")
    connection = await connect_and_lose(partner, meanwhile, writes=False)
    after = await partner.record(partner.app(), "tenant")
    assert after.refresh != before.refresh
    assert connection.connected_at is not None
    assert after.connected_at > before.connected_at
