"""A store that is restored from a backup: its rows are older than the ones that processes read."""

import asyncio

import pytest

from katana_async.errors import RowRolledBack
from katana_async.oauth import OAuthApp
from tests.oauth.breakable import Breakable, breakable
from tests.oauth.partner import DAY, Partner


async def restore_backup(partner: Partner, store: Breakable) -> tuple[OAuthApp, OAuthApp, str]:
    """Let a store die while an app is refreshing, and come back from a backup.

    Returns:
        That app, another one that was at work before, and the id of the connection.
    """
    app, other = partner.app(), partner.app()
    connection_id = (await partner.connect(app)).id
    backup = store._rows[app._sealed_rows.connection_key(connection_id)]
    await partner.pass_time(DAY + 1)
    await app.auth(connection_id).credential()  # the backup's refresh token is spent
    await other.auth(connection_id).credential()
    await partner.pass_time(DAY + 1)
    partner.sandbox.journal.clear()
    asking = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    store.broken = "write"
    await partner.while_time_passes(asking, step=0.2)
    store._rows[app._sealed_rows.connection_key(connection_id)] = backup
    store.broken = None
    return app, other, connection_id


async def test_unsaved_tokens_mend_a_row_from_a_backup(
    partner: Partner,
) -> None:
    store = breakable(partner)
    app, other, connection_id = await restore_backup(partner, store)
    held = await app.auth(connection_id).credential()
    for _ in range(3):
        await partner.pass_time(1)
        await asyncio.sleep(0)
    assert (await partner.record(app, connection_id)).access == held.token
    # A process that has read a later version, a new process, and both of them a day later.
    for each in (other, partner.app(), app):
        assert (await each.auth(connection_id).credential()).token == held.token
    await partner.pass_time(DAY + 1)
    for each in (other, partner.app(), app):
        await each.auth(connection_id).credential()
    assert partner.oauth.audit.count("reused") == 0
    assert partner.ended == []


async def test_a_row_from_a_backup_is_not_used(
    partner: Partner,
) -> None:
    store = breakable(partner)
    app, other, connection_id = await restore_backup(partner, store)
    row = store._rows[app._sealed_rows.connection_key(connection_id)]
    store.broken = "write"
    with pytest.raises(RowRolledBack):
        await other.auth(connection_id).credential()
    assert store._rows[app._sealed_rows.connection_key(connection_id)] == row
    assert partner.oauth.audit.count("reused") == 0
