"""Connections over a long time in one process: outages, shut-downs, other loops."""

import asyncio
import logging
from typing import Any

import pytest

from katana_async import (
    ConfigurationError,
    KatanaError,
    KeyUnavailable,
    NotConnected,
    ReauthorizationRequired,
    TokenRequestFailed,
    TokenStoreError,
)
from katana_async.oauth import InsecurePlaintext, MemoryTokenStore, Status
from katana_async.oauth.sealing import sealed_rows
from katana_async.oauth.sealing.envelope import Binding
from katana_async.oauth.server.forms import Form
from katana_async.oauth.settings import RefreshTiming
from katana_async.sandbox import faults
from tests.oauth.breakable import fail_to_store
from tests.oauth.partner import DAY, Partner

TOKEN = "/oauth/token"


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_the_last_call_outlasts_one_attempt_that_hangs() -> None:
    timing = RefreshTiming()
    assert sealed_rows._CALL_SECONDS + 2 * timing.save_interval < timing.last_call


# ---- long outages ----------------------------------------------------------------------


async def test_an_outage_of_days_is_the_same_error_at_its_end(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    unavailable = faults.Status(503, {"error": "temporarily_unavailable"})
    partner.sandbox.faults.add(unavailable, path=TOKEN, times=None)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    session = app._sessions.get(connection_id)
    assert session.failure is not None
    session.failure_count = 5000  # about two days of failures
    await partner.pass_time(60)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    partner.sandbox.faults.clear()
    await partner.pass_time(60)
    await app.auth(connection_id).credential()


async def test_a_caller_before_the_next_attempt_gets_the_time_of_it(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.TooMany(retry_after=120), path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    await partner.pass_time(50)
    with pytest.raises(TokenRequestFailed) as caught:
        await app.auth(connection_id).credential()
    assert "tried again in 70 s" in str(caught.value)
    assert caught.value.retry_after == pytest.approx(70, abs=1)
    assert partner.requests() == 1


async def test_a_server_that_asks_for_a_day_does_not_keep_a_mended_connection_waiting(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.TooMany(retry_after=DAY), path=TOKEN)
    with pytest.raises(TokenRequestFailed):
        await app.auth(connection_id).credential()
    await partner.connect(partner.app(), connection_id)  # by another process
    await partner.pass_time(301)
    credential = await app.auth(connection_id).credential()
    assert credential.token == (await partner.record(app, connection_id)).access


async def test_tokens_that_ended_before_the_store_took_them_are_the_stores_error(
    partner: Partner,
) -> None:
    partner.oauth.settings.access_token_life = 200
    app, connection_id, store = await fail_to_store(partner)
    await partner.pass_time(201)
    with pytest.raises(TokenStoreError, match="does not accept its fresh tokens"):
        await app.auth(connection_id).credential()
    assert partner.requests() == 1
    store.broken = None
    await partner.pass_time(60)
    fresh = await app.auth(connection_id).credential()  # stored, and refreshed: one call does both
    assert (await partner.record(app, connection_id)).access == fresh.token
    assert partner.requests() == 2
    assert partner.oauth.audit.count("reused") == 0


async def test_a_cipher_of_ones_own_may_raise_anything(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    class Moody(InsecurePlaintext):
        broken = False

        async def open(self, sealed: bytes, binding: Binding) -> bytes:
            if self.broken:
                raise ZeroDivisionError(sealed)
            return await super().open(sealed, binding)

        async def seal(self, data: bytes, binding: Binding) -> bytes:
            if self.broken:
                raise ZeroDivisionError(data)
            return await super().seal(data, binding)

    cipher = Moody()
    app, connection_id = await partner.expired(cipher=cipher)
    cipher.broken = True
    with pytest.raises(KeyUnavailable, match="cannot open a row right now") as caught:
        await app.auth(connection_id).credential()
    assert caught.value.__context__ is None
    with pytest.raises(KeyUnavailable, match="cannot seal a row right now"):
        await app.begin(session="s")


# ---- refused tokens ---------------------------------------------------------------------------


async def test_a_refusal_during_a_look_at_the_row_still_leads_to_a_refresh(
    partner: Partner,
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    auth = app.auth(connection.id)
    before = await auth.credential()
    await partner.pass_time(61)
    await auth.credential()  # begins to look, and finds the same token
    assert await asyncio.gather(*(auth.rejected(before) for _ in range(20))) == [True] * 20
    assert partner.oauth.audit.count("refreshed") == 1


async def test_a_refused_token_that_another_process_has_replaced_costs_no_refresh(
    partner: Partner,
) -> None:
    one, other = partner.app(), partner.app()
    connection = await partner.connect(one)
    before = await one.auth(connection.id).credential()
    await other.auth(connection.id).credential()
    await partner.pass_time(40)
    assert await one.auth(connection.id).rejected(before)
    assert await other.auth(connection.id).rejected(before)
    assert partner.oauth.audit.count("refreshed") == 1


# ---- disconnecting, and connecting anew -------------------------------------------------------


async def test_a_disconnect_is_noticed_at_once_by_the_process_that_does_it(
    partner: Partner,
) -> None:
    class Slow(MemoryTokenStore):
        gate: asyncio.Event | None = None

        async def read(self, key: str) -> Any:
            row = await super().read(key)
            if self.gate is not None:
                gate, self.gate = self.gate, None
                await gate.wait()
            return row

    store = partner.store = Slow(clock=partner.server_clock.time)
    app = partner.app()
    connection = await partner.connect(app)
    gate = store.gate = asyncio.Event()
    reading = asyncio.ensure_future(app.auth(connection.id).credential())
    await partner.until(lambda: store.gate is None)
    await app.disconnect(connection.id)
    gate.set()
    await reading  # it came before
    with pytest.raises(NotConnected):
        await app.auth(connection.id).credential()


async def test_a_disconnect_that_fails_keeps_tokens_that_are_not_stored_yet(
    partner: Partner,
) -> None:
    app, connection_id, store = await fail_to_store(partner)
    with pytest.raises(TokenStoreError):
        await partner.while_time_passes(app.disconnect(connection_id))
    store.broken = None
    await partner.pass_time(60)
    credential = await app.auth(connection_id).credential()
    await settle()
    assert (await partner.record(app, connection_id)).access == credential.token
    assert partner.requests() == 1


@pytest.mark.parametrize("revoke", [False, True])
async def test_tokens_that_were_never_stored_are_revoked_if_that_is_asked_for(
    partner: Partner, revoke: bool
) -> None:
    app, connection_id, store = await fail_to_store(partner)
    store.broken = None
    await app.disconnect(connection_id, revoke=revoke)
    await settle()
    assert partner.requests("/oauth/revoke") == revoke
    assert partner.oauth.grants["grant-1"].alive is not revoke
    assert app.stats.unsaved == 0
    with pytest.raises(NotConnected):
        await app.auth(connection_id).credential()


async def test_a_connection_without_refresh_tokens_that_is_mended_just_now_is_not_ended(
    partner: Partner,
) -> None:
    class Meanwhile(MemoryTokenStore):
        happens: Any = None

        async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
            if self.happens is not None:
                happens, self.happens = self.happens, None
                await happens()
            return await super().write(key, *args, **kwargs)

    store = partner.store = Meanwhile(clock=partner.server_clock.time)
    app, connection_id = await partner.expired(scopes=())
    store.happens = lambda: partner.connect(partner.app(scopes=()), connection_id)
    with pytest.raises(ReauthorizationRequired):
        await app.auth(connection_id).credential()  # it had ended when this looked
    assert (await app.connection(connection_id)).status is Status.CONNECTED
    assert partner.ended == []
    await app.auth(connection_id).credential()


# ---- closing ----------------------------------------------------------------------------------


async def test_a_caller_whose_refresh_ends_at_closing_gets_an_error(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired(timeout=0.2, lease=0.5, patience=1)

    class Mute:
        traffic = app._context.endpoint.traffic

        async def request_tokens(self, form: Form, until: float | None = None) -> Any:
            await asyncio.Event().wait()

    endpoint: Any = Mute()
    app._context.endpoint = endpoint
    waiting = asyncio.ensure_future(app.auth(connection_id).credential())
    await settle()
    await app.close()
    with pytest.raises(ConfigurationError, match="closed while it refreshed"):
        await waiting


async def test_a_valid_token_can_be_used_while_the_app_closes(
    partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    before = await app.auth(connection.id).credential()
    await app.close()
    await partner.pass_time(120)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert await app.auth(connection.id).credential() == before
        await settle()
    assert caplog.text == ""


async def test_closing_twice_stores_tokens_once(partner: Partner) -> None:
    app, connection_id, store = await fail_to_store(partner)
    store.broken = None
    await app.close()
    stored = await partner.record(app, connection_id)
    writes: list[str] = []

    async def write(key: str, *_: Any, **__: Any) -> bool:
        writes.append(key)
        return True

    store.write = write  # type: ignore[method-assign]  # is to be left alone
    await app.close()
    assert writes == []
    assert await partner.record(app, connection_id) == stored
    assert len(partner.refreshed) == 1


# ---- another loop -----------------------------------------------------------------------------


async def test_an_app_that_works_in_another_loop_is_an_error(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.Latency(0.5), path=TOKEN)
    working = asyncio.ensure_future(app.auth(connection_id).credential())
    await partner.until(lambda: partner.requests() == 1)

    def elsewhere() -> KatanaError | None:
        async def use() -> None:
            await app.auth(connection_id).credential()

        try:
            asyncio.run(use())
        except KatanaError as error:
            return error
        return None

    error = await asyncio.to_thread(elsewhere)
    assert isinstance(error, ConfigurationError)
    assert "another event loop" in str(error)
    await working


async def test_tokens_of_unused_connections_are_forgotten_when_there_are_many(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, one = await partner.expired()
    await app.auth(one).credential()
    await partner.pass_time(2 * DAY + 1)
    monkeypatch.setattr(app._sessions, "_sweep_from", 1)
    other = (await partner.connect(app)).id
    assert list(app._sessions._sessions) == [other]
    await app.auth(one).credential()
