"""A key that is rotated while calls are in flight."""

import asyncio

import pytest

from katana_async import ApiKey, Credential, KatanaClient, Secret, Unauthorized
from katana_async.http.limits import Grant, Priority, ProcessLimits
from katana_async.sandbox import Sandbox, faults
from tests.client.conftest import MakeClient
from tests.clock import ManualClock


class Vault:
    """A secret manager that counts its reads."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.reads = 0

    async def fetch(self) -> str:
        self.reads += 1
        await asyncio.sleep(0.01)
        return self.key


async def test_fifty_calls_in_flight_survive_a_rotation_with_one_read_of_the_source(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    vault = Vault(sandbox.api_key)
    katana = make_client(auth=ApiKey.from_source(vault.fetch))
    await katana.factory.get()
    assert vault.reads == 1
    # Slow enough that all calls are in flight when the key is replaced.
    sandbox.faults.add(faults.Latency(1, processed=False), times=50)
    calls = [asyncio.create_task(katana.products.list().page(1)) for _ in range(50)]
    while sandbox.journal.count(path="/products") < 50:  # noqa: ASYNC110 - no event to wait for
        await asyncio.sleep(0.01)
    vault.key = sandbox.add_key()
    sandbox.revoke_key(sandbox.api_key)
    pages = await asyncio.gather(*calls)
    assert all(page.items for page in pages)
    assert vault.reads == 2
    assert sandbox.journal.count(path="/products", status=401) == 50
    assert sandbox.journal.count(path="/products", status=200) == 50


async def test_a_key_that_is_just_wrong_is_tried_once(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    katana = make_client(auth=ApiKey("not-a-valid-key"))
    with pytest.raises(Unauthorized, match="Settings > API"):
        await katana.factory.get()
    assert len(sandbox.journal) == 1


async def test_a_source_that_changes_again_and_again_is_not_followed_for_ever(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    keys = (f"wrong-key-{number}" for number in range(100))
    katana = make_client(auth=ApiKey.from_source(lambda: next(keys)))
    with pytest.raises(Unauthorized):
        await katana.factory.get()
    assert len(sandbox.journal) == 2


async def test_any_object_with_the_two_methods_authenticates(
    sandbox: Sandbox, make_client: MakeClient
) -> None:
    inner = ApiKey(sandbox.api_key)

    class Borrowed:
        async def credential(self) -> Credential:
            return await inner.credential()

        async def rejected(self, credential: Credential) -> bool:
            return False

    assert (await make_client(auth=Borrowed()).factory.get()).base_currency_code


async def test_two_accounts_share_one_session_and_nothing_else(
    sandbox: Sandbox, katana: KatanaClient
) -> None:
    sandbox.oddities.set_cookie = True
    other_key = sandbox.add_key()
    other = katana.with_auth(ApiKey(other_key))
    for client in (katana, other, katana, other):
        await client.factory.get()
    assert len({seen.connection for seen in sandbox.journal}) == 1
    assert [seen.key_id for seen in sandbox.journal] == [
        sandbox.key_id(sandbox.api_key),
        sandbox.key_id(other_key),
    ] * 2
    assert not any(seen.cookies for seen in sandbox.journal)


class ReplacedKey:
    """Credentials whose key changes from the second request on."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.requests = 0

    async def credential(self) -> Credential:
        key = self.keys[min(self.requests, len(self.keys) - 1)]
        self.requests += 1
        return Credential(Secret(key), "quota")

    async def rejected(self, credential: Credential) -> bool:
        return False


class SlowLimiter:
    """A limiter whose wait for a slot moves the clock of the client."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._limiter = ProcessLimits(clock=clock).limiter("server", "quota")

    def limiter(self, server: str, quota: str) -> "SlowLimiter":
        return self

    async def acquire(
        self, priority: Priority, again: Grant | None = None, patience: float = float("inf")
    ) -> Grant:
        await self._clock.advance(self._seconds)
        return await self._limiter.acquire(priority, again, patience)


@pytest.mark.parametrize(("seconds", "requests"), [(0.0, 1), (0.04, 1), (0.06, 2), (60.0, 2)])
async def test_the_credential_is_requested_again_after_a_wait(
    sandbox: Sandbox, make_client: MakeClient, seconds: float, requests: int
) -> None:
    clock = ManualClock()
    # With a second request, the first key is the wrong one.
    auth = ReplacedKey(*["replaced-meanwhile", sandbox.api_key][-requests:])
    katana = make_client(auth=auth, limits=SlowLimiter(clock, seconds))
    katana._http.clock = clock
    await katana.factory.get()
    assert auth.requests == requests
