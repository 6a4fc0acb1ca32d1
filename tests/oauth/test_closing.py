"""Closing an app that is working: work in progress is finished, and no new work begins."""

import asyncio

import pytest

from katana_async import ConfigurationError
from katana_async.oauth import Connection
from katana_async.sandbox import faults
from tests.oauth.breakable import Silent, fail_to_store
from tests.oauth.partner import BROWSER, Partner


async def test_calls_on_a_closing_app_are_refused_before_they_begin(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    callback = partner.oauth.approve(await app.begin(session=BROWSER))
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    refreshing = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    closing = asyncio.ensure_future(app.close())
    await asyncio.sleep(0)
    for work in (
        app.begin(session=BROWSER),
        app.complete(callback, session=BROWSER),
        app.disconnect(connection_id),
    ):
        with pytest.raises(ConfigurationError, match="closed"):
            await work
    await closing
    await refreshing  # it was let finish
    # Nothing of it is lost: another process takes the callback, and disconnects.
    other = partner.app()
    await other.complete(callback, session=BROWSER)
    await other.disconnect(connection_id)


async def test_tokens_whose_storing_is_cut_are_stored_at_the_end(partner: Partner) -> None:
    store = partner.store = Silent(clock=partner.server_clock.time)
    app, connection_id = await partner.expired(timeout=0.2, lease=0.5, patience=1)
    refreshing = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    store.silent = "write"
    await partner.until(lambda: app._sessions.get(connection_id).refresher.unsaved is not None)
    closing = asyncio.ensure_future(app.close())
    await asyncio.sleep(0.02)
    store.silent = None
    await closing
    with pytest.raises(ConfigurationError, match="closed"):
        await refreshing
    record = await partner.record(app, connection_id)
    assert record.refresh is not None
    assert partner.oauth.grants["grant-1"].accepts(record.refresh.reveal())


async def test_tokens_that_are_lost_at_the_end_are_named_in_the_log(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    app, connection_id, _ = await fail_to_store(partner)
    await app.close()
    await app.close()
    assert caplog.text.count(f"connection {connection_id}: its fresh tokens are lost") == 1


async def test_a_listener_may_close_the_app(partner: Partner) -> None:
    closed = asyncio.Event()

    async def close(connection: Connection) -> None:
        await app.close()
        closed.set()

    app, connection_id = await partner.expired(on_refresh=close)
    await app.auth(connection_id).credential()
    await asyncio.wait_for(closed.wait(), timeout=5)


async def test_closing_that_was_cut_can_be_done_again_and_loses_no_tokens(partner: Partner) -> None:
    app, connection_id, store = await fail_to_store(partner)
    held = await app.auth(connection_id).credential()
    silent = app._sealed_rows.store = Silent(clock=partner.server_clock.time)
    silent._rows, silent.silent = store._rows, "write"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await app.close()
    silent.silent = None
    await app.close()
    assert (await partner.record(app, connection_id)).access == held.token
