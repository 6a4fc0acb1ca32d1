"""A store whose clock jumps: set by NTP, restored with its machine, or another database's."""

import asyncio

import pytest

from katana_async import RowRolledBack
from katana_async.oauth import MemoryTokenStore, OAuthApp
from katana_async.sandbox import faults
from tests.oauth.partner import Partner

DAY = 86_400


def jumping(partner: Partner) -> list[float]:
    """Give a partner a store, and return by how much its clock is off."""
    off = [0.0]
    partner.store = MemoryTokenStore(clock=lambda: partner.server_clock.time() + off[0])
    return off


async def in_use(app: OAuthApp, partner: Partner) -> str:
    connection = await partner.connect(app)
    await app.auth(connection.id).credential()
    return connection.id


async def look(app: OAuthApp, partner: Partner, connection_id: str) -> None:
    """Have a process look at the row, as it does now and then."""
    await partner.pass_time(61)
    await app.auth(connection_id).credential()
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("fresh", [True, False], ids=["new process", "old process"])
async def test_a_token_that_seems_to_live_longer_is_refreshed_when_it_is_refused(
    partner: Partner, fresh: bool
) -> None:
    off = jumping(partner)
    app = partner.app()
    connection_id = await in_use(app, partner)
    off[0] = -2.0 * DAY
    if fresh:
        app = partner.app()
    await look(app, partner, connection_id)
    await look(app, partner, connection_id)
    await partner.pass_time(DAY)
    await look(app, partner, connection_id)
    katana = partner.client().with_auth(app.auth(connection_id))
    if fresh:
        await partner.pass_time(31)  # until then it may be a token that the API never takes
    assert await katana.products.list().count() == 5
    assert partner.oauth.audit.count("refreshed") == 1
    # And the row goes by the new clock from then on.
    record = await partner.record(app, connection_id)
    assert abs(record.issued_at - partner.store.clock()) < 5
    await partner.pass_time(DAY - 100)
    await partner.while_time_passes(app.auth(connection_id).credential())
    await look(app, partner, connection_id)
    assert partner.oauth.audit.count("refreshed") == 2
    assert partner.oauth.audit.count("reused") == 0


async def test_an_intent_from_the_future_is_waited_for_no_longer_than_patience(
    partner: Partner,
) -> None:
    off = jumping(partner)
    app = partner.app()
    connection_id = await in_use(app, partner)
    await partner.pass_time(DAY + 1)
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=False), path="/oauth/token")
    with pytest.raises(Exception, match="no answer"):
        await app.auth(connection_id).credential()  # its outcome is unknown
    off[0] = -3 * 3600.0
    refreshes = partner.requests()
    other = partner.app()
    # It seems valid again, and the API rejects it.
    held = await other.auth(connection_id).credential()
    await partner.pass_time(31)
    began = partner.clock.now()
    assert await partner.while_time_passes(other.auth(connection_id).rejected(held), step=1.0)
    assert 96 <= partner.clock.now() - began <= 101  # `patience`, and a last call
    assert partner.requests() == refreshes + 1
    assert partner.oauth.audit.count("reused") == 0


async def test_a_clock_that_jumps_ahead_costs_one_refresh_early(partner: Partner) -> None:
    off = jumping(partner)
    apps = [partner.app() for _ in range(4)]
    connection_id = await in_use(apps[0], partner)
    for app in apps:
        await app.auth(connection_id).credential()
    off[0] = 10.0 * DAY
    await partner.pass_time(59)  # otherwise they would wait, and time passes only here
    for _ in range(100):
        await asyncio.gather(*(app.auth(connection_id).credential() for app in apps))
        await partner.pass_time(0.5)
    assert partner.oauth.audit.count("refreshed") == 1
    assert partner.oauth.audit.count("reused") == 0


async def test_connecting_again_mends_a_row_that_was_put_back_for_every_process(
    partner: Partner,
) -> None:
    one, other = partner.app(), partner.app()
    connection_id = await in_use(one, partner)
    key = one._sealed_rows.connection_key(connection_id)
    backup = partner.store._rows[key]
    for _ in range(3):
        await partner.pass_time(DAY + 1)
        await other.auth(connection_id).credential()
    partner.store._rows[key] = backup
    await partner.pass_time(DAY + 1)
    with pytest.raises(RowRolledBack):
        await other.auth(connection_id).credential()
    await partner.connect(one, connection_id)
    await partner.pass_time(60)
    credential = await other.auth(connection_id).credential()
    assert credential.token == (await partner.record(one, connection_id)).access


async def test_the_lease_of_a_dead_process_ends_although_the_stores_clock_was_set_back(
    partner: Partner,
) -> None:
    off = jumping(partner)
    app, connection_id = await partner.expired()
    await partner.pass_time(DAY)
    assert await app._sealed_rows.lease(connection_id, "somebody who was killed", 30)
    off[0] = -6 * 3600.0
    began = partner.clock.now()
    other = partner.app()
    await partner.while_time_passes(other.auth(connection_id).credential(), step=1)
    # The row protects the tokens, and not the lease.
    assert partner.clock.now() - began < 100
    assert partner.requests() == 1
