"""What is the Redis store's own: clients, slots, what it says of settings, commands sent twice."""

import asyncio
import shutil
import socket
import subprocess
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
import redis.exceptions
from redis.crc import key_slot

from katana_async.errors import ConfigurationError, TokenStoreError
from katana_async.oauth.stores import RedisTokenStore, _standstill, redis as redis_module
from tests.processes import run_python
from tests.services import is_missing


@contextmanager
def server(tmp_path: Path, name: str, *settings: str) -> Iterator[Path]:
    """Give the socket of a Redis of the test's own, whose settings it may change."""
    program = shutil.which("redis-server")
    if program is None:
        is_missing("there is no program redis-server")
    path = tmp_path / f"{name}.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(
        [program, *arguments, "--dir", str(tmp_path), *settings], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if "ready to accept connections" in line.lower():
                    break
            yield path
        finally:
            server.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """Give the URL of such a Redis."""
    with server(tmp_path, "redis") as path:
        yield f"unix://{path}"


def free_port() -> int:
    """Return a port that is free, as is the one that a cluster's server adds to it."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as one:
            port: int = one.getsockname()[1]
            with (
                suppress(OSError, OverflowError),
                socket.create_server(("127.0.0.1", port + 10_000)),
            ):
                return port


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[int]:
    """Give the port of one of two servers that are a cluster."""
    async with AsyncExitStack() as running:
        clients: list[Any] = []
        ports = [free_port(), free_port()]
        for port in ports:
            of_cluster = ["--port", str(port), "--cluster-enabled", "yes"]
            of_cluster += ["--cluster-config-file", f"{port}.conf"]
            running.enter_context(server(tmp_path, str(port), *of_cluster))
            client = redis.asyncio.Redis(port=port)
            clients.append(await running.enter_async_context(client))
        for n, client in enumerate(clients):
            await client.execute_command("CLUSTER", "ADDSLOTS", *range(n * 8192, n * 8192 + 8192))
        await clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", ports[1])
        for client in clients:
            while b"cluster_state:ok" not in await client.execute_command("CLUSTER", "INFO"):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        yield ports[0]


def raw(client: Any) -> Any:
    """Return a client whose untyped methods a test may call."""
    return client


async def configure(url: str, *settings: str) -> None:
    async with redis.asyncio.Redis.from_url(url) as client:
        await client.config_set(*settings)


async def said_at_first_use(url: str, caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    store = RedisTokenStore(url)
    await asyncio.gather(store.now(), store.read("a"))
    await store.read("a")
    await store.close()
    assert all(record.name == "katana_async.oauth" for record in caplog.records)
    return caplog.text


async def test_settings_that_lose_tokens_are_told_once(
    own_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    await configure(own_server, "maxmemory-policy", "allkeys-lru")
    said = await said_at_first_use(own_server, caplog)
    assert said.count("maxmemory-policy is allkeys-lru") == 1
    assert said.count("appendonly is no") == 1
    await configure(own_server, "maxmemory-policy", "noeviction")
    await configure(own_server, "appendonly", "yes")
    assert await said_at_first_use(own_server, caplog) == ""


async def test_a_server_that_does_not_tell_its_settings_is_used_in_silence(
    own_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await raw(client).execute_command(
            "ACL", "SETUSER", "app", "on", ">hunter2", "~*", "+@all", "-config"
        )
    url = own_server.replace("unix://", "unix://app:hunter2@")
    assert await said_at_first_use(url, caplog) == ""


async def test_a_restart_of_the_server_is_survived(own_server: str) -> None:
    store = RedisTokenStore(own_server)
    assert await store.write("a", 1, b"x") is True
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await raw(client).execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await client.script_flush()  # as after a restart
    assert await store.write("a", 2, b"y") is True
    await store.close()


async def test_what_was_answered_while_the_process_was_stopped_is_asked_again(
    own_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_module, "ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(redis_module, "_AT_ONCE", 5)
    monkeypatch.setattr(_standstill, "_LATE", 0.1)
    monkeypatch.setattr(_standstill, "_EVERY", 0.01)
    store = RedisTokenStore(own_server)
    await asyncio.gather(*[store.write(f"{n}", 1, b"x") for n in range(5)])
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await raw(client).client_pause(100)
    writing = [asyncio.ensure_future(store.write(f"{n}", 2, b"y")) for n in range(8)]
    await asyncio.sleep(0.02)
    time.sleep(0.4)  # noqa: ASYNC251 - the process is stopped, and the answers arrive
    assert await asyncio.gather(*writing) == [True] * 5 + [False] * 3
    await store.close()


@pytest.mark.parametrize("answers_stale", ["yes", "no"])
async def test_a_primary_that_was_demoted_is_left_for_the_new_one(
    tmp_path: Path, answers_stale: str
) -> None:
    with server(tmp_path, "old") as old, server(tmp_path, "new") as new:
        address = tmp_path / "primary"
        address.symlink_to(old)
        store = RedisTokenStore(f"unix://{address}")
        lent = redis.asyncio.Redis.from_url(f"unix://{address}")
        user = RedisTokenStore(lent)
        await asyncio.gather(*[store.write(f"before/{n}", 1, b"x") for n in range(5)])
        await user.read("a")
        await configure(f"unix://{old}", "replica-serve-stale-data", answers_stale)
        async with redis.asyncio.Redis.from_url(f"unix://{old}") as client:
            await client.replicaof("127.0.0.1", "1")
        with pytest.raises(TokenStoreError, match=r"ReadOnlyError|MasterDownError"):
            await store.write("a", 1, b"x")  # and there is no other yet
        address.unlink()
        address.symlink_to(new)
        done = await asyncio.gather(*[store.write(f"{n}", 1, b"x") for n in range(5)])
        assert done == [True] * 5
        assert await store.lease("a", "x", 60) is True
        with pytest.raises(TokenStoreError, match=r"ReadOnlyError|MasterDownError"):
            await user.write("a", 1, b"x")  # its connections are not the store's to close
        await store.close()
        await lent.aclose()


async def test_a_demoted_redis_6_is_known_by_what_it_says_of_the_script(
    redis_url: str, redis_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    ask = store._client.execute_command
    failed = "ERR Error running script (call to f_12): @user_script:5: "
    said = [
        f"{failed}@user_script: 5: -READONLY You can't write against a read only replica.",
        f"{failed}another mistake",
    ]

    async def execute_command(*args: Any, **options: Any) -> Any:
        if args[0].startswith("EVAL") and said:
            raise redis.exceptions.ResponseError(said.pop(0))
        return await ask(*args, **options)

    monkeypatch.setattr(store._client, "execute_command", execute_command)
    with pytest.raises(TokenStoreError, match="another mistake"):
        await store.write("a", 1, b"x")  # asked twice
    assert await store.write("a", 1, b"x") is True
    await store.close()


async def test_an_error_holds_no_password(own_server: str) -> None:
    await configure(own_server, "requirepass", "another")
    store = RedisTokenStore(own_server.replace("unix://", "unix://:hunter2@"))
    with pytest.raises(TokenStoreError) as raised:
        await store.read("a")
    await store.close()
    error = raised.value
    assert error.__cause__ is error.__context__ is None
    assert "hunter2" not in "".join(traceback.format_exception(error)) + repr(store)


async def test_a_server_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    store = RedisTokenStore(f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(TokenStoreError, match="redis: ConnectionError"):
        await store.now()
    await store.close()


@pytest.mark.parametrize("decode", [True, False])
@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_lent_client_works_however_it_decodes_and_stays_open(
    redis_url: str, redis_prefix: str, decode: bool, protocol: int
) -> None:
    data = bytes(range(256))
    async with redis.asyncio.Redis.from_url(
        redis_url, decode_responses=decode, protocol=protocol
    ) as client:
        store = RedisTokenStore(client, prefix=redis_prefix)
        assert await store.write("a", 1, data) is True
        row = await store.read("a")
        assert row is not None
        assert row.data == data
        assert [key async for key in store.keys("")] == ["a"]
        assert await store.lease("a", "x", 60) is True
        assert await store.release("a", "x") is True
        assert await store.now() >= row.now
        assert await store.delete("a", 1) is True
        await store.close()
        assert await client.ping() is True


async def test_more_at_once_than_a_pool_has_connections_wait_their_turn(
    redis_url: str, redis_prefix: str
) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    done = await asyncio.gather(*[store.write(f"{n}", 1, b"x") for n in range(500)])
    assert all(done)
    await store.close()


async def test_listing_takes_a_turn_for_each_question_however_few_names_are_found(
    own_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_module, "_AT_ONCE", 1)
    monkeypatch.setattr(redis_module, "_KEYS_AT_ONCE", 10)
    store = RedisTokenStore(own_server)
    await store.write("a", 1, b"x")
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await client.mset({f"of others {n}": "x" for n in range(100)})
    ask = store._client.execute_command
    asked: list[str] = []

    async def execute_command(*args: Any, **options: Any) -> Any:
        asked.append(args[0])
        return await ask(*args, **options)

    async def listed() -> list[str]:
        return [key async for key in store.keys("")]

    monkeypatch.setattr(store._client, "execute_command", execute_command)
    assert (await asyncio.gather(listed(), store.now()))[0] == ["a"]
    assert asked[:3] == ["SCAN", "TIME", "SCAN"]
    await store.close()


async def test_a_cluster_is_a_store(cluster: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_KEYS_AT_ONCE", 5)
    async with redis.asyncio.RedisCluster("127.0.0.1", cluster) as client:
        store = RedisTokenStore(client)
        names = [f"k{n}" for n in range(50)]
        assert all([await store.write(name, 1, b"x") for name in names])
        assert await store.delete("k0", 1) is True
        assert await store.lease("k0", "x", 60) is True
        assert await store.release("k0", "x") is True
        row = await store.read("k1")
        assert row is not None
        assert await store.now() >= row.now
        assert sorted([key async for key in store.keys("")]) == sorted(names[1:])


class Twice(redis.asyncio.Redis):
    """Sends each command again, as after an answer that was lost."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        await raw(super()).execute_command(*args, **options)
        return await raw(super()).execute_command(*args, **options)


async def test_a_command_that_is_sent_twice_says_what_the_first_did(
    redis_url: str, redis_prefix: str
) -> None:
    async with Twice.from_url(redis_url) as client:
        store = RedisTokenStore(client, prefix=redis_prefix)
        assert await store.write("a", 1, b"x") is True
        assert await store.write("a", 2, b"y") is True
        assert await store.write("a", 2, b"y") is False
        assert await store.lease("a", "x", 60) is True
        assert await store.delete("a", 1) is False
        assert await store.delete("a", 2) is True
        assert await store.delete("a", 2) is False


async def test_all_that_belongs_to_a_key_is_in_its_slot(redis_url: str, redis_prefix: str) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    await store.write("a/b:c", 1, b"x")
    await store.lease("a/b:c", "x", 60)
    await store.write("gone", 1, b"x")
    await store.delete("gone", 1)
    await store.close()
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        names = [name async for name in client.scan_iter(match=f"{redis_prefix}*")]
    assert {key_slot(name) for name in names} == {key_slot(b"a/b:c"), key_slot(b"gone")}
    assert len(names) == 3


@pytest.mark.parametrize("prefix", ["{", "}", "a{b}:"])
def test_a_prefix_that_would_decide_the_slot_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisTokenStore("redis://127.0.0.1", prefix=prefix)


def test_without_its_package_it_says_what_to_install() -> None:
    said = run_python(
        "import sys\n"
        "sys.modules['redis'] = None\n"
        "from katana_async.errors import ConfigurationError\n"
        "from katana_async.oauth.stores import RedisTokenStore\n"
        "try: RedisTokenStore('redis://127.0.0.1')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    assert "pip install 'katana-async[redis]'" in said
