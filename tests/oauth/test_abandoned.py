"""Work that goes on after its caller was cancelled: its failure is logged."""

import asyncio
import gc
import logging
import types
from collections.abc import Coroutine
from typing import Any

import pytest

from katana_async import NotConnected, Secret, TokenStoreError
from katana_async.oauth import MemoryTokenStore, OAuthApp
from tests.oauth.partner import BROWSER, Partner


class Failing(MemoryTokenStore):
    """A store with one operation that fails once the caller was cancelled."""

    fails = ""
    error: Exception = ConnectionError("the database is away")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    async def read(self, key: str) -> Any:
        await self._answer("read")
        return await super().read(key)

    async def write(self, key: str, *args: Any, **kwargs: Any) -> bool:
        await self._answer("write")
        return await super().write(key, *args, **kwargs)

    async def _answer(self, operation: str) -> None:
        if self.fails == operation:
            self.asked.set()
            await self.goes_on.wait()
            raise self.error


@pytest.fixture
def store(partner: Partner) -> Failing:
    partner.store = Failing(clock=partner.server_clock.time)
    return partner.store  # type: ignore[no-any-return]  # made just above


@pytest.fixture
async def complaints() -> list[str]:
    """The messages that asyncio passes to its exception handler."""
    heard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, it: heard.append(it["message"]))
    return heard


@pytest.fixture
def error_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR)
    return caplog


async def cancel_caller_of(
    app: OAuthApp, work: Coroutine[Any, Any, object], begun: asyncio.Event, goes_on: asyncio.Event
) -> None:
    """Start some work, cancel its caller, and let it finish."""
    caller = asyncio.create_task(work)
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    goes_on.set()
    await app._context.tasks.wait(60)
    await asyncio.sleep(0)
    gc.collect()


async def test_a_disconnect_that_fails_is_in_the_log(
    partner: Partner, store: Failing, complaints: list[str], error_log: pytest.LogCaptureFixture
) -> None:
    app = partner.app()
    await partner.connect(app, "tenant")
    store.fails = "read"
    await cancel_caller_of(app, app.disconnect("tenant"), store.asked, store.goes_on)
    store.fails = ""
    assert partner.oauth.grants["grant-1"].alive
    (message,) = error_log.messages
    assert message == (
        "connection tenant: disconnecting it failed after the caller left: cannot read the token"
        " store: ConnectionError: the database is away"
    )
    assert not complaints


@pytest.mark.parametrize("name", ["tenant", None])
async def test_a_callback_that_fails_is_in_the_log(
    partner: Partner,
    store: Failing,
    complaints: list[str],
    error_log: pytest.LogCaptureFixture,
    name: str | None,
) -> None:
    app = partner.app()
    callback = partner.oauth.approve(await app.begin(session=BROWSER, connection_id=name))
    store.fails = "write"
    await cancel_caller_of(app, app.complete(callback, session=BROWSER), store.asked, store.goes_on)
    (message,) = error_log.messages
    assert message == (
        f"connection {name or 'without an id yet'}: its callback failed after the browser left:"
        " cannot write to the token store: ConnectionError: the database is away"
    )
    assert not complaints


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TokenStoreError("the token store is away"), "the token store is away"),
        (RuntimeError("canary"), "RuntimeError"),  # its text may be a secret
    ],
)
async def test_an_exchange_that_fails_is_in_the_log(
    partner: Partner,
    complaints: list[str],
    error_log: pytest.LogCaptureFixture,
    error: Exception,
    says: str,
) -> None:
    app = partner.app()
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def failing(*_: object) -> Any:
        asked.set()
        await goes_on.wait()
        raise error

    accounts: Any = types.SimpleNamespace(read=failing)
    app._authorizer.accounts = accounts
    callback = partner.oauth.approve(await app.begin(session=BROWSER, connection_id="tenant"))
    await cancel_caller_of(app, app.complete(callback, session=BROWSER), asked, goes_on)
    assert error_log.messages == [
        f"connection tenant: its callback failed after the browser left: {says}"
    ]
    assert not complaints


async def test_neither_success_nor_an_error_that_the_caller_gets_is_logged(
    partner: Partner, complaints: list[str], error_log: pytest.LogCaptureFixture
) -> None:
    app = partner.app()
    asked, goes_on = asyncio.Event(), asyncio.Event()
    accounts = app._authorizer.accounts

    async def slow(name: str, token: Secret) -> Any:
        asked.set()
        await goes_on.wait()
        return await accounts.read(name, token)

    slow_accounts: Any = types.SimpleNamespace(read=slow, sessions=accounts.sessions)
    app._authorizer.accounts = slow_accounts
    callback = partner.oauth.approve(await app.begin(session=BROWSER, connection_id="tenant"))
    await cancel_caller_of(app, app.complete(callback, session=BROWSER), asked, goes_on)
    await app.disconnect("tenant")
    with pytest.raises(NotConnected):
        await app.disconnect("tenant")
    assert not error_log.messages
    assert not complaints
