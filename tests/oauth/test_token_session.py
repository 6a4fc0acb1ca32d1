"""`TokenSession`: one connection's state in this process, with a refresher that tests control."""

import asyncio
from typing import Any

import pytest
from attrs import define, evolve, field

from katana_async import (
    ConfigurationError,
    KatanaError,
    NotConnected,
    ReauthorizationRequired,
    TokenRequestFailed,
    TokenStoreError,
)
from katana_async.loops import OneLoop
from katana_async.oauth.concurrency import FailFastQueue
from katana_async.oauth.records import ConnectionRecord
from katana_async.oauth.sealing.sealed_rows import StoredRecord
from katana_async.oauth.settings import LONGEST_COOL_DOWN, RefreshTiming
from katana_async.oauth.tokens.refresh import StoredTokens
from katana_async.oauth.tokens.token_session import TokenSession, TokenSessions
from katana_async.secrets import Secret
from tests.clock import ManualClock

LIFE = 3600.0
STORE_TIME = 1_000_000.0  # the store's clock when this process's shows 0


def tokens(number: int, clock: ManualClock, *, unsaved: bool = False) -> StoredTokens:
    """Return tokens that were requested now."""
    now = STORE_TIME + clock.now()
    record = ConnectionRecord(
        birth="birth",
        access=Secret(f"access-{number}"),
        refresh=Secret(f"refresh-{number}"),
        issued_at=now,
        life=LIFE,
        scopes=(),
        account=None,
        connected_at=now,
    )
    spent = f"refresh-{number - 1}" if unsaved else None
    return StoredTokens(record, number, clock.now(), now, clock.now(), spent)


@define(eq=False)
class FakeContext:
    """The parts of an app that its sessions use, with a store that fails."""

    clock: ManualClock = field(factory=ManualClock)
    timing: RefreshTiming = field(factory=RefreshTiming)
    reads: FailFastQueue = field(factory=lambda: FailFastQueue(10))
    saves: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(10))
    is_stopping: bool = False

    @property
    def sealed_rows(self) -> Any:
        return self

    def connection_key(self, connection_id: str) -> str:
        return f"app/connections/{connection_id}"

    async def read_connection(self, connection_id: str) -> StoredRecord[ConnectionRecord]:
        raise TokenStoreError("away")


@define(eq=False)
class FakeRefresher:
    """A refresher that returns, or raises, the next of the outcomes.

    Attributes:
        calls: The tokens before each call, and its argument `rejected`.
        gate: Calls wait until it is set.
        saves: The outcomes of `save`, one after the other.
    """

    context: FakeContext = field(factory=FakeContext)
    tokens: StoredTokens | None = None
    outcomes: list[StoredTokens | KatanaError] = field(factory=list)
    calls: list[tuple[StoredTokens | None, Secret | None]] = field(factory=list)
    gate: asyncio.Event = field(factory=asyncio.Event)
    saves: list[StoredTokens | KatanaError] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.gate.set()

    @property
    def clock(self) -> ManualClock:
        return self.context.clock

    @property
    def timing(self) -> RefreshTiming:
        return self.context.timing

    @property
    def unsaved(self) -> StoredTokens | None:
        return self.tokens if self.tokens and self.tokens.unsaved is not None else None

    async def get_tokens(self, rejected: Secret | None) -> StoredTokens:
        self.calls.append((self.tokens, rejected))
        await self.gate.wait()
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, KatanaError):
            raise outcome
        self.tokens = outcome
        return outcome

    async def save(self, fresh: StoredTokens, *, tries: int) -> StoredTokens:
        outcome = self.saves.pop(0)
        if isinstance(outcome, KatanaError):
            raise outcome
        self.tokens = outcome
        return outcome


@pytest.fixture
def refresher() -> FakeRefresher:
    return FakeRefresher()


@pytest.fixture
def session(refresher: FakeRefresher) -> TokenSession:
    fake: Any = refresher
    return TokenSession(fake.context, "tenant", "quota", fake)


def read_unsaved(session: TokenSession) -> StoredTokens | None:
    return session.refresher.unsaved


async def let_tasks_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def access_token(session: TokenSession) -> str:
    return (await session.get_credential()).token.reveal()


# ---- flights ----------------------------------------------------------------------------------


async def test_concurrent_callers_share_one_flight(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [tokens(1, refresher.clock)]
    credentials = await asyncio.gather(*(access_token(session) for _ in range(50)))
    assert credentials == ["access-1"] * 50
    assert len(refresher.calls) == 1


async def test_a_valid_token_is_returned_without_a_call(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [tokens(1, refresher.clock)]
    await access_token(session)
    await refresher.clock.advance(1)
    assert await access_token(session) == "access-1"
    assert len(refresher.calls) == 1


async def test_a_cancelled_caller_does_not_cancel_the_flight(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.gate.clear()
    refresher.outcomes = [tokens(1, refresher.clock)]
    hurried, patient = (asyncio.ensure_future(access_token(session)) for _ in range(2))
    await let_tasks_run()
    hurried.cancel()
    refresher.gate.set()
    assert await patient == "access-1"
    assert hurried.cancelled()


async def test_callers_go_on_while_the_row_is_read_again_and_wait_after_the_deadline(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    clock, timing = refresher.clock, refresher.timing
    refresher.outcomes = [tokens(1, clock)]
    await access_token(session)
    refresher.gate.clear()
    refresher.outcomes = [tokens(2, clock)]
    await clock.advance(session.recheck_at - clock.now())
    assert await access_token(session) == "access-1"
    await clock.advance(timing.recheck)
    late = asyncio.ensure_future(access_token(session))
    await let_tasks_run()
    assert not late.done()
    refresher.gate.set()
    assert await late == "access-2"


async def test_a_rejected_token_is_replaced_once_for_all_callers(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [tokens(1, refresher.clock)]
    old = await session.get_credential()
    await refresher.clock.advance(40)
    refresher.outcomes = [tokens(2, refresher.clock)]
    replaced = [session.replace_rejected(old) for _ in range(10)]
    assert await asyncio.gather(*replaced) == [True] * 10
    assert [rejected for _, rejected in refresher.calls] == [None, Secret("access-1")]


async def test_a_rejected_token_that_is_brand_new_is_not_replaced(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [tokens(1, refresher.clock)]
    assert await session.replace_rejected(await session.get_credential()) is False
    assert len(refresher.calls) == 1


# ---- failures ---------------------------------------------------------------------------------


async def test_each_caller_gets_an_error_of_its_own(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [TokenStoreError("away")]
    calls = [session.get_credential() for _ in range(3)]
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert {str(error) for error in errors} == {"connection tenant: away"}
    assert len({id(error) for error in errors}) == 3


async def test_a_failure_is_repeated_without_a_call_until_its_time_is_over(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [TokenRequestFailed("busy", retry_after=120), tokens(1, refresher.clock)]
    with pytest.raises(TokenRequestFailed):
        await session.get_credential()
    await refresher.clock.advance(50)
    with pytest.raises(TokenRequestFailed, match="tried again in 70 s") as repeated:
        await session.get_credential()
    assert repeated.value.retry_after == pytest.approx(70)
    assert len(refresher.calls) == 1
    await refresher.clock.advance(70)
    assert await access_token(session) == "access-1"
    assert session.failure is None


async def test_no_server_delays_the_next_attempt_for_long(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [TokenRequestFailed("busy", retry_after=86_400)]
    with pytest.raises(TokenRequestFailed):
        await session.get_credential()
    assert session.failure is not None
    assert session.retry_at == refresher.clock.now() + LONGEST_COOL_DOWN


async def test_a_valid_token_stays_in_use_after_a_failure(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [tokens(1, refresher.clock), TokenStoreError("away")]
    await access_token(session)
    await refresher.clock.advance(2 * refresher.timing.recheck)  # callers wait for the row now
    assert await access_token(session) == "access-1"
    assert session.failure is not None


@pytest.mark.parametrize("kind", [NotConnected, ReauthorizationRequired])
async def test_nothing_is_held_of_a_connection_that_has_ended(
    session: TokenSession, refresher: FakeRefresher, kind: type[NotConnected]
) -> None:
    ended = kind("it has ended", connection_id="tenant")
    refresher.outcomes = [tokens(1, refresher.clock), ended, tokens(2, refresher.clock)]
    await access_token(session)
    await refresher.clock.advance(LIFE)
    with pytest.raises(kind):
        await session.get_credential()
    assert (session.refresher.tokens, session.failure) == (None, None)
    assert await access_token(session) == "access-2"


async def test_an_error_of_the_callers_loop_is_not_remembered(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.outcomes = [ConfigurationError("another loop"), tokens(1, refresher.clock)]
    with pytest.raises(ConfigurationError):
        await session.get_credential()
    assert await access_token(session) == "access-1"


# ---- tokens that the store does not have ---------------------------------------------------------


async def test_unsaved_tokens_are_offered_to_the_store_without_any_caller(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    clock = refresher.clock
    fresh = tokens(1, clock, unsaved=True)
    refresher.outcomes = [fresh, fresh, TokenStoreError("away"), evolve(fresh, unsaved=None)]
    assert await access_token(session) == "access-1"
    assert read_unsaved(session) == fresh
    for _ in range(3):
        await let_tasks_run()
        await clock.advance(refresher.timing.save_interval)
    await let_tasks_run()
    assert [seen for seen, _ in refresher.calls] == [None, fresh, fresh, fresh]
    assert read_unsaved(session) is None
    assert session.saver is None


async def test_tokens_whose_first_save_was_cut_off_are_offered_to_the_store_next(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    fresh = session.refresher.tokens = tokens(1, refresher.clock, unsaved=True)
    refresher.outcomes = [evolve(fresh, unsaved=None)]
    assert await access_token(session) == "access-1"
    assert refresher.calls == [(fresh, None)]
    assert read_unsaved(session) is None


async def test_forgetting_keeps_unsaved_tokens_until_the_row_was_read(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    fresh = tokens(1, refresher.clock, unsaved=True)
    refresher.outcomes = [fresh]
    await access_token(session)
    refresher.outcomes = [NotConnected("disconnected", connection_id="tenant")]
    session.drop_tokens()
    assert read_unsaved(session) == fresh
    await let_tasks_run()
    assert read_unsaved(session) is None
    if session.saver is not None:
        session.saver.cancel()


@pytest.mark.parametrize("arrived", [True, False])
async def test_closing_saves_tokens_once_and_logs_those_that_are_lost(
    session: TokenSession,
    refresher: FakeRefresher,
    caplog: pytest.LogCaptureFixture,
    arrived: bool,
) -> None:
    fresh = tokens(1, refresher.clock, unsaved=True)
    if arrived:  # its first save was cut off
        session.refresher.tokens = fresh
    else:
        refresher.context.is_stopping = True
        refresher.outcomes = [fresh]
        await access_token(session)
    refresher.saves = [fresh]
    await session.save_at_close()
    await session.save_at_close()
    assert caplog.text.count("connection tenant: its fresh tokens are lost") == 1


async def test_forgetting_during_a_flight_drops_the_tokens_of_the_flight(
    session: TokenSession, refresher: FakeRefresher
) -> None:
    refresher.gate.clear()
    refresher.outcomes = [tokens(1, refresher.clock)]
    caller = asyncio.ensure_future(access_token(session))
    await let_tasks_run()
    session.drop_tokens()
    refresher.gate.set()
    assert await caller == "access-1"  # it came before
    await let_tasks_run()
    assert session.refresher.tokens is None


# ---- the sessions of an app -------------------------------------------------------------------


def make_sessions(context: FakeContext) -> TokenSessions:
    fake: Any = context
    return TokenSessions(fake, OneLoop("OAuthApp", "Make one per loop"))


async def test_a_connection_has_one_session_with_a_quota_of_its_own() -> None:
    sessions = make_sessions(FakeContext())
    assert sessions.get("tenant") is sessions.get("tenant")
    assert sessions.get("tenant").quota == "oauth:app/connections/tenant"
    assert sessions.get("other").quota != sessions.get("tenant").quota


async def test_sessions_without_state_are_forgotten_when_there_are_many() -> None:
    sessions = make_sessions(FakeContext())
    used, unused = sessions.get("tenant"), sessions.get("unused")
    with pytest.raises(TokenStoreError):
        await used.get_credential()
    for number in range(998):
        sessions.get(f"made-up-{number}")
    assert sessions.get("unused") is unused
    sessions.get("one too many")
    assert sessions.get("tenant") is used
    assert sessions.get("unused") is not unused


async def test_ids_that_do_not_exist_fill_no_memory() -> None:
    sessions = make_sessions(FakeContext())
    for number in range(5000):
        sessions.get(f"made-up-{number}")
    assert len(sessions._sessions) <= 1001
