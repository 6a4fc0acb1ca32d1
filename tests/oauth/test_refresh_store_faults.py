"""Refreshes while the token store fails: the caller's error, the stored row, and the requests."""

import asyncio
from typing import Any

import pytest

from katana_async import TokenRequestFailed, TokenStoreError
from katana_async.oauth import MemoryTokenStore, RefreshTiming
from katana_async.sandbox import faults
from tests.oauth.breakable import breakable, fail_to_store
from tests.oauth.partner import DAY, Partner

TOKEN = "/oauth/token"


async def test_tokens_that_the_store_does_not_take_are_used_and_stored_later(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    store = breakable(partner)
    app, connection_id = await partner.expired()
    answer = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)  # the intent was stored
    store.broken = "write"
    credential = await partner.while_time_passes(answer, step=0.2)
    assert "fresh tokens are not stored yet" in caplog.text
    assert partner.requests() == 1
    # The row still has the intent for the old token, so that no other process uses it.
    record = await partner.record(app, connection_id)
    assert record.intent is not None
    assert record.access != credential.token
    # They are stored as soon as that is possible, without another refresh.
    store.broken = None
    await partner.pass_time(10)
    assert await app.auth(connection_id).credential() == credential
    for _ in range(50):
        await asyncio.sleep(0)
    assert (await partner.record(app, connection_id)).access == credential.token
    assert partner.requests() == 1


async def test_tokens_that_are_not_stored_yet_are_stored_on_closing(partner: Partner) -> None:
    store = breakable(partner)
    app, connection_id = await partner.expired()
    answer = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    store.broken = "write"
    credential = await partner.while_time_passes(answer, step=0.2)
    store.broken = None
    await app.close()
    assert (await partner.record(app, connection_id)).access == credential.token


async def test_a_store_that_cannot_take_the_intent_stops_the_refresh(partner: Partner) -> None:
    store = breakable(partner)
    app, connection_id = await partner.expired()
    store.broken = "write"
    with pytest.raises(TokenStoreError, match="the database is away"):
        await app.auth(connection_id).credential()
    assert partner.requests() == 0
    store.broken = None
    await partner.pass_time(10)
    await app.auth(connection_id).credential()


async def test_an_outage_of_the_store_disturbs_no_caller_while_the_token_is_valid(
    partner: Partner,
) -> None:
    store = breakable(partner)
    app = partner.app()
    connection = await partner.connect(app)
    auth = app.auth(connection.id)
    before = await auth.credential()
    store.broken = "read"
    for _ in range(20):
        await partner.pass_time(120)
        assert await auth.credential() == before
        for _ in range(20):
            await asyncio.sleep(0)
    await partner.pass_time(DAY)
    with pytest.raises(TokenStoreError):
        await auth.credential()
    store.broken = None
    await partner.pass_time(60)
    await auth.credential()


async def test_a_connection_that_was_mended_meanwhile_is_not_overwritten(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    late = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    other = partner.app()
    await partner.connect(other, connection_id)
    mended = await partner.record(other, connection_id)
    assert (await late).token == mended.access
    assert await partner.record(app, connection_id) == mended


async def test_a_row_that_was_sealed_anew_meanwhile_takes_the_fresh_tokens(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    late = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    before = await partner.record(app, connection_id)
    row = await app._sealed_rows.read_row(connection_id)
    assert row is not None
    record = await app._sealed_rows.open_connection(connection_id, row)
    assert await app._sealed_rows.save_connection(connection_id, row.version + 1, record)
    credential = await late
    assert credential.token != before.access
    assert (await partner.record(app, connection_id)).access == credential.token
    tokens = app._sessions.get(connection_id).refresher.tokens
    assert tokens is not None
    assert tokens.is_usable(partner.clock.now() + DAY / 2, RefreshTiming())


async def test_a_refusal_of_a_token_that_is_no_longer_the_newest_ends_nothing(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.oauth.kill("grant-1")
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    late = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    await partner.connect(partner.app(), connection_id)  # a person was quicker
    mended = await partner.record(app, connection_id)
    assert (await late).token == mended.access
    assert await partner.record(app, connection_id) == mended
    assert partner.oauth.audit.count("refused") == 1
    assert partner.ended == []


async def test_tokens_are_stored_without_callers_when_the_store_is_back(
    partner: Partner,
) -> None:
    app, connection_id, store = await fail_to_store(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(200)  # longer than any process leaves the spent token alone
    store.broken = None
    await partner.pass_time(2)
    record = await partner.record(app, connection_id)
    assert (record.access, record.intent) == (credential.token, None)
    assert len(partner.refreshed) == 1


async def test_a_process_that_takes_over_after_an_outage_lets_the_other_store_first(
    partner: Partner,
) -> None:
    app, connection_id, store = await fail_to_store(partner)
    credential = await app.auth(connection_id).credential()
    await partner.pass_time(200)
    store.broken = None
    # At the same moment, in another process: the row shows no sign of newer tokens.
    other = asyncio.ensure_future(partner.app().auth(connection_id).credential())
    taken = await partner.while_time_passes(other, step=0.1)
    assert taken.token == credential.token
    assert partner.requests() == 1
    assert partner.oauth.audit.count("reused") == 0


async def test_a_late_confirmation_leaves_later_writes(
    partner: Partner,
) -> None:
    class Losing(MemoryTokenStore):
        cut = False
        loses = False

        async def read(self, key: str) -> Any:
            if self.cut:
                raise ConnectionError("the database is away")
            return await super().read(key)

        async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
            if self.cut:
                raise ConnectionError("the database is away")
            written = await super().write(key, *args, **kwargs)
            if self.loses:
                self.cut = True
                raise ConnectionError("the connection was reset")
            return written

    app, connection_id = await partner.expired()
    store: Any = Losing(clock=partner.server_clock.time)
    store._rows = partner.store._rows  # another way to the same rows
    one = partner.app(store=store)
    partner.oauth.settings.access_token_life = 200
    answer = asyncio.ensure_future(one.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    store.loses = True
    await partner.while_time_passes(answer, step=0.2)  # it is in the row, unconfirmed
    refreshed = len(partner.refreshed)
    await partner.pass_time(201)
    partner.sandbox.faults.add(faults.ResetAfterRead(processed=True), path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await partner.while_time_passes(app.auth(connection_id).credential())
    said = await partner.record(app, connection_id)
    assert said.intent is not None
    store.cut = store.loses = False
    await partner.pass_time(5)  # `one` finds its tokens stored
    assert await partner.record(app, connection_id) == said
    assert len(partner.refreshed) == refreshed + 1
    assert partner.requests() == 2
    await partner.while_time_passes(one.close())


async def test_a_lease_that_could_not_be_freed_is_ones_own_the_next_time(partner: Partner) -> None:
    class Sticky(MemoryTokenStore):
        async def release(self, key: str, owner: str) -> bool:
            raise ConnectionError("the database is away")

    partner.store = Sticky(clock=partner.server_clock.time)
    app, connection_id = await partner.expired(lease=20 * DAY, patience=30 * DAY)
    for _ in range(3):
        await app.auth(connection_id).credential()  # at once: no time passes
        await partner.pass_time(DAY + 1)
    assert partner.requests() == 3


async def test_of_thousands_that_have_ended_few_are_refreshed_at_once(partner: Partner) -> None:
    class Counting(MemoryTokenStore):
        leased = most = 0

        async def lease(self, key: str, owner: str, seconds: float) -> bool:
            taken = await super().lease(key, owner, seconds)
            self.leased += taken
            self.most = max(self.most, self.leased)
            return taken

        async def release(self, key: str, owner: str) -> bool:
            self.leased -= 1
            return await super().release(key, owner)

    store: Any = Counting(clock=partner.server_clock.time)
    partner.store = store
    app = partner.app()
    names = [f"tenant-{number}" for number in range(100)]
    for name in names:
        await partner.connect(app, name)
    await partner.pass_time(DAY + 1)
    await asyncio.gather(*[app.auth(name).credential() for name in names])
    assert store.most == 20
    assert len(partner.refreshed) == 100


async def test_no_process_waits_for_a_refused_refresh_although_the_row_has_its_intent(
    partner: Partner,
) -> None:
    store = breakable(partner)
    app, connection_id = await partner.expired()
    unavailable = faults.Status(503, {"error": "temporarily_unavailable"})
    partner.sandbox.faults.add(unavailable, path=TOKEN, times=1)
    answer = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)
    store.broken = "write"
    with pytest.raises(TokenStoreError):
        await partner.while_time_passes(answer)
    store.broken = None
    assert (await partner.record(app, connection_id)).intent is not None
    await partner.pass_time(5)
    began = partner.clock.now()
    await partner.while_time_passes(app.auth(connection_id).credential())
    assert partner.clock.now() - began < 1


async def test_a_lease_whose_answer_was_lost_is_had_anew_and_does_not_have_to_run_out(
    partner: Partner,
) -> None:
    class Losing(MemoryTokenStore):
        loses = True

        async def lease(self, *args: Any) -> bool:
            had = await super().lease(*args)
            if self.loses:
                self.loses = False
                raise ConnectionError("the answer was lost")
            return had

    partner.store = Losing(clock=partner.server_clock.time)
    app, connection_id = await partner.expired()
    with pytest.raises(TokenStoreError):
        await app.auth(connection_id).credential()
    await partner.pass_time(2)
    began = partner.clock.now()
    await partner.while_time_passes(app.auth(connection_id).credential())
    assert partner.clock.now() - began < 1
