"""Expiring tokens, in one process and in several that share a store."""

import asyncio
from typing import Any

import pytest

from katana_async import (
    KatanaClient,
    NotConnected,
    ReauthorizationRequired,
    RowRolledBack,
    Unauthorized,
)
from katana_async.oauth import MemoryTokenStore, Status
from katana_async.sandbox import faults
from tests.oauth.partner import Partner

DAY = 86_400


async def products(katana: KatanaClient) -> int:
    return await katana.products.list().count()


# ---- one process ------------------------------------------------------------------------------


async def test_nothing_is_asked_while_the_token_lives(partner: Partner) -> None:
    class Counting(MemoryTokenStore):
        reads = 0

        async def read(self, key: str) -> Any:
            type(self).reads += 1
            return await super().read(key)

    app = partner.app(store=Counting(clock=partner.server_clock.time))
    auth = app.auth((await partner.connect(app)).id)
    first = await auth.credential()
    reads = Counting.reads
    assert all([await auth.credential() == first for _ in range(100)])
    assert Counting.reads == reads
    assert partner.requests() == 1  # the code


async def test_a_token_is_refreshed_before_it_expires_and_no_caller_waits(partner: Partner) -> None:
    app = partner.app(recheck=DAY)  # the row was read lately
    auth = app.auth((await partner.connect(app)).id)
    before = await auth.credential()
    await partner.pass_time(DAY - 200)
    partner.sandbox.faults.add(faults.Latency(0.05), path="/oauth/token")
    assert await auth.credential() == before  # at once, with the valid token
    await partner.until(lambda: bool(partner.refreshed))
    after = await auth.credential()
    assert after.token != before.token
    assert after.quota == before.quota  # one rate limit, whatever the token
    assert partner.requests() == 2


async def test_many_tasks_share_one_refresh(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    await partner.pass_time(DAY + 1)
    found = await asyncio.gather(*(app.auth(connection.id).credential() for _ in range(200)))
    assert len({each.token.reveal() for each in found}) == 1
    assert partner.oauth.audit.count("refreshed") == 1
    assert [each.id for each in partner.refreshed] == [connection.id]
    assert partner.refreshed[0].refreshed_at is not None


async def test_the_refresh_token_rotates_and_the_next_one_is_stored(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    for _ in range(5):
        await partner.pass_time(DAY)
        await app.auth(connection.id).credential()
        record = await partner.record(app, connection.id)
        assert record.refresh is not None
        assert record.intent is None
        assert next(iter(partner.oauth.grants.values())).accepts(record.refresh.reveal())
    assert partner.oauth.audit.count("refreshed") == 5
    assert partner.oauth.audit.count("reused") == 0


async def test_a_server_that_does_not_rotate_keeps_its_refresh_token(partner: Partner) -> None:
    partner.oauth.settings.rotates = False
    app = partner.app()
    connection = await partner.connect(app)
    before = await partner.record(app, connection.id)
    for _ in range(2):
        await partner.pass_time(DAY)
        await app.auth(connection.id).credential()
    after = await partner.record(app, connection.id)
    assert after.refresh == before.refresh
    assert after.access != before.access


async def test_a_token_that_the_api_refuses_is_refreshed_once_and_the_call_succeeds(
    partner: Partner,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    katana = partner.client().with_auth(app.auth(connection.id))
    assert await products(katana) == 5
    await partner.pass_time(60)
    partner.oauth.expire("grant-1")
    assert await asyncio.gather(*(products(katana) for _ in range(20))) == [5] * 20
    assert partner.oauth.audit.count("refreshed") == 1


async def test_a_token_that_is_refused_though_brand_new_is_not_refreshed_in_a_loop(
    partner: Partner,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    katana = partner.client().with_auth(app.auth(connection.id))
    await products(katana)
    await partner.pass_time(60)
    partner.sandbox.faults.add(faults.Status(401), path="/products", times=None)
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await products(katana)
    assert partner.oauth.audit.count("refreshed") == 1


async def test_the_clocks_of_server_and_process_do_not_matter(partner: Partner) -> None:
    for skew in (-7200.0, 7200.0):
        partner.sandbox.faults.add(faults.ClockSkew(skew), times=None)
        app = partner.app()
        connection = await partner.connect(app)
        auth = app.auth(connection.id)
        before = await auth.credential()
        await partner.pass_time(DAY - 400)
        assert await auth.credential() == before
        await partner.pass_time(401)
        assert (await auth.credential()).token != before.token
        partner.sandbox.faults.clear()


async def test_a_token_of_unknown_lifetime_is_refreshed_when_rejected(
    partner: Partner,
) -> None:
    partner.oauth.settings.sends_expires_in = False
    app = partner.app()
    connection = await partner.connect(app)
    katana = partner.client().with_auth(app.auth(connection.id))
    assert (await app.connection(connection.id)).expires_at is None
    await partner.pass_time(DAY + 1)
    assert await products(katana) == 5
    assert partner.oauth.audit.count("refreshed") == 1


async def test_without_a_refresh_token_the_end_of_the_token_is_the_connections(
    partner: Partner,
) -> None:
    app = partner.app(scopes=())
    connection = await partner.connect(app)
    await partner.pass_time(DAY + 1)
    with pytest.raises(ReauthorizationRequired, match="offline_access"):
        await app.auth(connection.id).credential()
    assert (await app.connection(connection.id)).status is Status.REAUTHORIZE


async def test_a_connection_that_never_was_is_not_connected(partner: Partner) -> None:
    katana = partner.client().with_auth(partner.app().auth("nobody"))
    with pytest.raises(NotConnected, match="nobody") as caught:
        await products(katana)
    assert caught.value.connection_id == "nobody"


async def test_a_cancelled_caller_takes_no_refresh_with_it(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    await partner.pass_time(DAY + 1)
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    impatient = asyncio.ensure_future(app.auth(connection.id).credential())
    patient = asyncio.ensure_future(app.auth(connection.id).credential())
    await partner.until(lambda: partner.requests() == 2)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    credential = await patient
    record = await partner.record(app, connection.id)
    assert record.access == credential.token
    assert partner.oauth.audit.count("refreshed") == 1


async def test_closing_lets_a_refresh_end(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    await partner.pass_time(DAY + 1)
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    going_on = asyncio.ensure_future(app.auth(connection.id).credential())
    await partner.until(lambda: partner.requests() == 2)
    await app.close()
    credential = await going_on
    assert (await partner.record(app, connection.id)).access == credential.token


# ---- the end of a connection ------------------------------------------------------------------


async def test_invalid_grant_ends_one_connection_and_connecting_again_mends_it(
    partner: Partner,
) -> None:
    apps = [partner.app() for _ in range(3)]
    gone, fine = await partner.connect(apps[0], "gone"), await partner.connect(apps[0], "fine")
    partner.oauth.kill("grant-1")
    await partner.pass_time(DAY + 1)
    calls = [app.auth(gone.id).credential() for app in apps for _ in range(20)]
    outcomes = await partner.while_time_passes(asyncio.gather(*calls, return_exceptions=True))
    ended = [each for each in outcomes if isinstance(each, ReauthorizationRequired)]
    assert len(ended) == len(outcomes)
    assert {each.connection_id for each in ended} == {"gone"}
    assert [each.id for each in partner.ended] == ["gone"]  # for all processes
    assert partner.ended[0].status is Status.REAUTHORIZE
    assert partner.oauth.audit.count("refused") == 1  # asked once, too
    # The other connections work on.
    katana = partner.client()
    assert await products(katana.with_auth(apps[1].auth(fine.id))) == 5
    assert (await apps[2].connection("gone")).status is Status.REAUTHORIZE
    # And connecting again mends it, in every process.
    await partner.connect(apps[1], "gone")
    for app in apps:
        assert await products(katana.with_auth(app.auth("gone"))) == 5
    assert (await apps[2].connection("gone")).status is Status.CONNECTED
    assert len(partner.ended) == 1


async def test_callers_all_get_an_error_of_their_own(partner: Partner) -> None:
    app = partner.app()
    outcomes = await asyncio.gather(
        *(app.auth("nobody").credential() for _ in range(5)), return_exceptions=True
    )
    assert len({id(each) for each in outcomes}) == 5


async def test_a_listener_that_fails_changes_nothing(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError("the mail server is down")

    app = partner.app(on_refresh=fail)
    connection = await partner.connect(app)
    await partner.pass_time(DAY + 1)
    await app.auth(connection.id).credential()
    await app.close()
    assert "the mail server is down" in caplog.text


# ---- several processes ------------------------------------------------------------------------


async def test_processes_refresh_once_between_them(partner: Partner) -> None:
    apps = [partner.app() for _ in range(8)]
    connection = await partner.connect(apps[0])
    for _ in range(3):
        await partner.pass_time(DAY + 1)
        calls = [app.auth(connection.id).credential() for app in apps for _ in range(10)]
        found = await partner.while_time_passes(asyncio.gather(*calls))
        assert len({each.token.reveal() for each in found}) == 1
    assert partner.oauth.audit.count("refreshed") == 3
    assert partner.oauth.audit.count("reused") == 0


async def test_tokens_that_another_process_refreshed_are_used(partner: Partner) -> None:
    one, other = partner.app(), partner.app()
    connection = await partner.connect(one)
    await other.auth(connection.id).credential()
    await partner.pass_time(DAY + 1)
    theirs = await one.auth(connection.id).credential()
    assert await other.auth(connection.id).credential() == theirs
    assert partner.oauth.audit.count("refreshed") == 1


@pytest.mark.parametrize(("idle", "calls"), [(59.9, 1), (60.1, 0)], ids=["at work", "idle"])
async def test_a_disconnect_is_noticed_by_other_processes_within_recheck(
    partner: Partner, idle: float, calls: int
) -> None:
    one, other = partner.app(), partner.app(recheck=60)
    connection = await partner.connect(one)
    await other.auth(connection.id).credential()
    await one.disconnect(connection.id)
    await partner.pass_time(idle)
    for _ in range(calls):  # the row is read in the background, or first
        await other.auth(connection.id).credential()
        for _ in range(50):
            await asyncio.sleep(0)
    with pytest.raises(NotConnected):
        await other.auth(connection.id).credential()


async def test_a_row_that_is_older_than_before_is_not_used(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    key = app._sealed_rows.connection_key(connection.id)
    backup = partner.store._rows[key]
    for _ in range(2):
        await partner.pass_time(DAY + 1)
        await app.auth(connection.id).credential()
    partner.store._rows[key] = backup
    await partner.pass_time(DAY + 1)
    with pytest.raises(RowRolledBack, match="a backup was restored"):
        await app.auth(connection.id).credential()
    assert partner.oauth.audit.count("reused") == 0
    assert partner.store._rows[key] == backup
    await partner.connect(app, connection.id)
    await app.auth(connection.id).credential()


async def test_tokens_that_arrive_after_a_disconnect_are_dropped(partner: Partner) -> None:
    one, other = partner.app(), partner.app(timeout=0.05, lease=1, patience=2)
    connection = await partner.connect(one)
    await partner.pass_time(DAY + 1)
    partner.sandbox.faults.add(faults.Latency(0.2), path="/oauth/token")
    late = asyncio.ensure_future(one.auth(connection.id).credential())
    await partner.until(lambda: partner.requests() == 2)
    # It does not wait for the other's refresh for ever.
    await partner.while_time_passes(other.disconnect(connection.id))
    with pytest.raises(NotConnected):
        await late
    # Not revoked: where grants are of a person, that could end another connection of hers.
    assert partner.requests("/oauth/revoke") == 0
    assert [each async for each in one.connections()] == []


async def test_a_connection_made_anew_under_an_old_id_starts_afresh(partner: Partner) -> None:
    one, other = partner.app(), partner.app()
    await partner.connect(one, "tenant")
    for _ in range(3):
        await partner.pass_time(DAY + 1)
        await partner.while_time_passes(other.auth("tenant").credential())
    await one.disconnect("tenant")
    await partner.connect(one, "tenant")
    await partner.pass_time(DAY + 1)
    await partner.while_time_passes(other.auth("tenant").credential())
