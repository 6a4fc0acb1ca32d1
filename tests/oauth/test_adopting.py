"""`adopt` and `refresh`: tokens of another system, and refreshes on request."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from katana_async import (
    AlreadyConnected,
    NotConnected,
    ReauthorizationRequired,
    Secret,
    TokenRequestFailed,
)
from katana_async.oauth import MemoryTokenStore, OAuthApp, SQLTokenStore, Status
from katana_async.sandbox import faults
from tests.oauth.breakable import fail_to_store
from tests.oauth.partner import DAY, Partner

UNAVAILABLE = faults.Status(503, {"error": "temporarily_unavailable"})


async def elsewhere(partner: Partner) -> tuple[str, str]:
    """Return the refresh and the access token that another system got."""
    app = partner.app(store=MemoryTokenStore(clock=partner.server_clock.time))
    await partner.connect(app, "there")
    record = await partner.record(app, "there")
    assert record.refresh is not None
    partner.sandbox.journal.clear()
    return record.refresh.reveal(), record.access.reveal()


async def test_a_refresh_token_alone_makes_a_connection(partner: Partner) -> None:
    refresh, _ = await elsewhere(partner)
    app = partner.app()
    connection = await app.adopt("tenant", refresh_token=refresh)
    assert (connection.status, connection.name) == (Status.CONNECTED, "Nordwall")
    assert connection == await app.connection("tenant")
    assert partner.requests() == 1
    await partner.pass_time(DAY + 1)
    await app.auth("tenant").credential()
    assert partner.oauth.grants["grant-1"].alive


async def test_an_access_token_that_lives_is_used_first(partner: Partner) -> None:
    refresh, access = await elsewhere(partner)
    app = partner.app()
    connection = await app.adopt(
        "tenant", refresh_token=Secret(refresh), access_token=access, expires_in=3600
    )
    assert partner.requests() == 0
    assert (await app.auth("tenant").credential()).token == Secret(access)
    assert connection.expires_at is not None
    await partner.pass_time(3600)
    assert (await app.auth("tenant").credential()).token != Secret(access)


async def test_an_access_token_that_ended_is_refreshed(partner: Partner) -> None:
    refresh, access = await elsewhere(partner)
    await partner.pass_time(DAY + 1)
    connection = await partner.app().adopt("tenant", refresh_token=refresh, access_token=access)
    assert connection.account is not None
    assert partner.requests() == 1


async def test_no_connection_is_replaced(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    before = await partner.record(app, "tenant")
    refresh, _ = await elsewhere(partner)
    with pytest.raises(AlreadyConnected) as caught:
        await app.adopt("tenant", refresh_token=refresh)
    assert caught.value.connection_id == "tenant"
    assert await partner.record(app, "tenant") == before
    assert partner.requests() == 0


async def test_a_run_that_was_cut_can_be_repeated(partner: Partner) -> None:
    refresh, _ = await elsewhere(partner)
    app = partner.app()
    partner.sandbox.faults.add(UNAVAILABLE, path="/oauth/token")
    with pytest.raises(TokenRequestFailed):
        await app.adopt("tenant", refresh_token=refresh)
    connection = await partner.while_time_passes(app.adopt("tenant", refresh_token=refresh))
    assert connection.name == "Nordwall"


async def test_a_spent_token_is_an_error_and_a_status(partner: Partner) -> None:
    app = partner.app()
    with pytest.raises(ReauthorizationRequired):
        await app.adopt("tenant", refresh_token="spent long ago")
    assert (await app.connection("tenant")).status is Status.REAUTHORIZE


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"refresh_token": ""}, ValueError, "refresh_token"),
        ({"refresh_token": "a-token\n"}, ValueError, "refresh_token"),
        ({"refresh_token": None}, TypeError, "refresh_token is text"),
        ({"refresh_token": "a-token", "access_token": 7}, TypeError, "access_token is text"),
        ({"refresh_token": "a-token", "expires_in": 5}, ValueError, "expires_in"),
        ({"refresh_token": "r", "access_token": "a-token", "expires_in": "5"}, TypeError, "number"),
        (
            {"refresh_token": "r", "access_token": "a-token", "expires_in": -1},
            ValueError,
            "at least 0",
        ),
    ],
)
async def test_a_text_that_cannot_be_a_token_is_refused_and_not_shown(
    partner: Partner, given: Any, kind: type[Exception], says: str
) -> None:
    app = partner.app()
    with pytest.raises(kind, match=says) as caught:
        await app.adopt("tenant", **given)
    assert "a-token" not in str(caught.value)
    frames = [repr(entry.locals) for entry in caught.traceback[1:]]
    assert "a-token" not in "".join(frames)
    assert [each async for each in app.connections()] == []


# ---- refreshing now ---------------------------------------------------------------------------


async def test_a_connection_is_refreshed_although_its_token_lives(partner: Partner) -> None:
    app, other = partner.app(), partner.app()
    await partner.connect(app, "tenant")
    before = await app.auth("tenant").credential()
    await other.refresh("tenant")
    # This process holds older tokens than the row has, and refreshes all the same.
    connection = await app.refresh("tenant")
    assert connection.refreshed_at is not None
    assert partner.oauth.audit.count("refreshed") == 2
    assert (await app.auth("tenant").credential()).token != before.token


async def test_refreshes_that_are_asked_for_at_once_use_no_token_twice(partner: Partner) -> None:
    apps = [partner.app() for _ in range(3)]
    await partner.connect(apps[0], "tenant")
    asked = [app.refresh("tenant") for app in apps * 4]
    await partner.while_time_passes(asyncio.gather(*asked))
    assert partner.oauth.grants["grant-1"].alive
    assert partner.oauth.audit.count("refreshed") >= 1


async def test_a_refresh_that_fails_leaves_the_token_that_lives(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    before = await app.auth("tenant").credential()
    partner.sandbox.faults.add(UNAVAILABLE, path="/oauth/token")
    with pytest.raises(TokenRequestFailed):
        await app.refresh("tenant")
    assert await app.auth("tenant").credential() == before


async def test_without_a_refresh_token_nothing_is_refreshed_and_nothing_ends(
    partner: Partner,
) -> None:
    app = partner.app(scopes=())
    await partner.connect(app, "tenant")
    with pytest.raises(ReauthorizationRequired, match="offline_access"):
        await app.refresh("tenant")
    assert (await app.connection("tenant")).status is Status.CONNECTED
    with pytest.raises(NotConnected):
        await app.refresh("another")


# ---- counters ---------------------------------------------------------------------------------


async def test_refreshes_and_failures_are_counted(partner: Partner) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    await app.refresh("tenant")
    partner.sandbox.faults.add(UNAVAILABLE, path="/oauth/token")
    with pytest.raises(TokenRequestFailed):
        await app.refresh("tenant")
    await partner.pass_time(60)
    partner.sandbox.faults.add(faults.Status(502), path="/oauth/token")
    with pytest.raises(TokenRequestFailed):
        await app.refresh("tenant")
    await partner.pass_time(100)
    partner.oauth.kill("grant-1")
    with pytest.raises(ReauthorizationRequired):
        await partner.while_time_passes(app.refresh("tenant"))
    stats = app.stats
    assert stats.refreshes == 1
    assert stats.failures == {"temporarily_unavailable": 1, "http_502": 1, "invalid_grant": 1}
    assert stats.unsaved == 0


async def test_tokens_that_are_not_stored_yet_are_counted(partner: Partner) -> None:
    app, _, store = await fail_to_store(partner)
    assert app.stats.unsaved == 1
    store.broken = None
    await partner.pass_time(5)
    await partner.until(lambda: app.stats.unsaved == 0)


# ---- all of them ------------------------------------------------------------------------------


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncIterator[SQLTokenStore]:
    store = SQLTokenStore.sqlite(tmp_path / "tokens.db")
    yield store
    await store.close()


async def test_a_hundred_connections_are_listed_by_one_query(
    partner: Partner, sql: SQLTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: OAuthApp = partner.app(store=sql)
    await partner.connect(app, "tenant")
    record = await partner.record(app, "tenant")
    for number in range(99):
        assert await app._sealed_rows.save_connection(f"tenant-{number}", 1, record)
    queries: list[str] = []
    run = SQLTokenStore._execute_once

    async def count(self: SQLTokenStore, statement: str, *args: Any, **kwargs: Any) -> Any:
        queries.append(statement)
        return await run(self, statement, *args, **kwargs)

    monkeypatch.setattr(SQLTokenStore, "_execute_once", count)
    found = [each async for each in app.connections()]
    assert len({each.id for each in found}) == 100
    assert len(queries) == 1


async def test_a_store_needs_the_methods_of_the_interface_only(partner: Partner) -> None:
    class Plain:
        """A store without further methods."""

        def __init__(self, store: MemoryTokenStore) -> None:
            for name in ("read", "write", "rows", "lease", "release", "now", "close"):
                setattr(self, name, getattr(store, name))

    app = partner.app(store=Plain(partner.store))
    await partner.connect(app, "tenant")
    await partner.connect(app, "gone")
    await app.disconnect("gone")
    assert [each.id async for each in app.connections()] == ["tenant"]
