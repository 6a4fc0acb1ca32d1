"""Connections that are ended, and apps that are closed while others go on."""

import asyncio
from typing import Any

import pytest
from attrs import evolve

from katana_async import KeyUnavailable, NotConnected
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, Revocation, Status
from katana_async.oauth.sealing.envelope import Binding
from katana_async.sandbox import faults
from tests.oauth.partner import BROWSER, Partner


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
    assert await app.disconnect(connection.id, revoke=True) is Revocation.REVOKED
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
    leaving = asyncio.ensure_future(app.disconnect(connection.id, revoke=True))
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


# ---- revoking ---------------------------------------------------------------------------------


async def test_nothing_is_revoked_unless_that_is_asked_for(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    assert await app.disconnect(connection.id) is Revocation.NOT_ASKED
    assert partner.requests("/oauth/revoke") == 0
    with pytest.raises(NotConnected):
        await app.auth(connection.id).credential()


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"factory_id": 7},
        {"factory_id": 7, "id": 8},
        {"factory_id": 7, "email": "another@nordwall.example"},
        {"factory_id": 7, "id": 8, "email": "MARI.tamm@nordwall.example"},
        None,
    ],
)
async def test_tokens_of_a_user_with_another_connection_are_never_revoked(
    partner: Partner, other: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    app = partner.app()
    await partner.connect(app, "one")
    companies = partner.oauth._state.companies
    companies.append(evolve(companies[0], **(other or {})))
    if other is None:  # one of an unknown user
        partner.sandbox.faults.add(faults.Status(403), path="/user_info")
    url = await app.begin(session=BROWSER, connection_id="two")
    await app.complete(partner.oauth.approve(url, account=companies[-1]), session=BROWSER)
    assert await app.disconnect("one", revoke=True) is Revocation.SHARED
    assert partner.requests("/oauth/revoke") == 0
    assert "its tokens were not revoked (shared)" in caplog.text
    # The last one of the user can be.
    assert await app.disconnect("two", revoke=True) is Revocation.REVOKED


async def test_connections_that_end_together_do_not_keep_each_other(partner: Partner) -> None:
    app = partner.app()
    ids = ["one", "two"]
    for connection_id in ids:
        await partner.connect(app, connection_id)
    with pytest.raises(TypeError, match="several ids"):
        await app.disconnect("one", revoke=True, together_with="two")
    for connection_id in ids:
        outcome = await app.disconnect(connection_id, revoke=True, together_with=ids)
        assert outcome is Revocation.REVOKED


async def test_of_an_unknown_user_nothing_is_revoked_beside_others(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "known")
    partner.sandbox.faults.add(faults.Status(403), path="/user_info")
    await partner.connect(app, "unknown")
    assert await app.disconnect("unknown", revoke=True) is Revocation.SHARED


async def test_tokens_of_another_user_are_no_reason_not_to_revoke(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "one")
    other = partner.oauth.add_account(name="Other Company", email="eve@other.example")
    url = await app.begin(session=BROWSER, connection_id="two")
    await app.complete(partner.oauth.approve(url, account=other), session=BROWSER)
    assert await app.disconnect("one", revoke=True) is Revocation.REVOKED
    assert [grant.alive for grant in partner.oauth.grants.values()] == [False, True]


async def test_a_row_that_does_not_open_may_be_of_the_same_user(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "one")
    key = app._sealed_rows.connection_key("damaged")
    assert await partner.store.write(key, 1, b"damaged")
    assert await app.disconnect("one", revoke=True) is Revocation.SHARED


async def test_where_the_others_cannot_be_read_nothing_is_revoked(partner: Partner) -> None:
    class Unlisted(MemoryTokenStore):
        async def rows(self, prefix: str) -> Any:
            if prefix:
                raise ConnectionError("the database is away")
            yield

    partner.store = Unlisted(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    assert await app.disconnect(connection.id, revoke=True) is Revocation.FAILED
    assert partner.oauth.grants["grant-1"].alive
