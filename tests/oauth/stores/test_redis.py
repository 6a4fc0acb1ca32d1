"""The Redis store, beyond the shared suite: clients, slots, settings, repeated commands."""

import asyncio
import shutil
import socket
import subprocess
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
from katana_async.oauth import RedisTokenStore
from katana_async.oauth.stores import redis as redis_module
from tests.processes import run_python
from tests.services import is_missing


@contextmanager
def start_redis(tmp_path: Path, name: str, *settings: str) -> Iterator[Path]:
    """Yield the socket of a Redis server for one test, which may change its settings."""
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
    """Yield the URL of such a Redis server."""
    with start_redis(tmp_path, "redis") as path:
        yield f"unix://{path}"


def find_free_port() -> int:
    """Return a free port for a cluster node, which uses the port 10,000 above as well."""
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
    """Yield the port of one node of a cluster with two nodes."""
    async with AsyncExitStack() as running:
        clients: list[Any] = []
        ports = [find_free_port(), find_free_port()]
        for port in ports:
            of_cluster = ["--port", str(port), "--cluster-enabled", "yes"]
            of_cluster += ["--cluster-config-file", f"{port}.conf"]
            running.enter_context(start_redis(tmp_path, str(port), *of_cluster))
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
    """Return the client without its types, to call untyped methods."""
    return client


async def configure(url: str, *settings: str) -> None:
    async with redis.asyncio.Redis.from_url(url) as client:
        await client.config_set(*settings)


async def log_at_first_use(url: str, caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    store = RedisTokenStore(url)
    await asyncio.gather(store.now(), store.read("a"))
    await store.read("a")
    await store.close()
    assert all(record.name == "katana_async.oauth" for record in caplog.records)
    return caplog.text


async def test_settings_that_lose_tokens_are_logged_once(
    own_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    await configure(own_server, "maxmemory-policy", "allkeys-lru")
    text = await log_at_first_use(own_server, caplog)
    assert text.count("maxmemory-policy is allkeys-lru") == 1
    assert text.count("appendonly is no") == 1
    await configure(own_server, "maxmemory-policy", "noeviction")
    await configure(own_server, "appendonly", "yes")
    assert await log_at_first_use(own_server, caplog) == ""


async def test_a_server_that_forbids_config_logs_nothing(
    own_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await raw(client).execute_command(
            "ACL", "SETUSER", "app", "on", ">hunter2", "~*", "+@all", "-config"
        )
    url = own_server.replace("unix://", "unix://app:hunter2@")
    assert await log_at_first_use(url, caplog) == ""


async def test_the_store_works_after_a_restart_of_the_server(own_server: str) -> None:
    store = RedisTokenStore(own_server)
    assert await store.write("a", 1, b"x") is True
    async with redis.asyncio.Redis.from_url(own_server) as client:
        await raw(client).execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await client.script_flush()  # as after a restart
    assert await store.write("a", 2, b"y") is True
    await store.close()


@pytest.mark.parametrize("answers_stale", ["yes", "no"])
async def test_a_demoted_primary_is_replaced_by_the_new_one(
    tmp_path: Path, answers_stale: str
) -> None:
    with start_redis(tmp_path, "old") as old, start_redis(tmp_path, "new") as new:
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
            await store.write("a", 1, b"x")  # there is no new primary yet
        address.unlink()
        address.symlink_to(new)
        done = await asyncio.gather(*[store.write(f"{n}", 1, b"x") for n in range(5)])
        assert done == [True] * 5
        assert await store.lease("a", "x", 60) is True
        with pytest.raises(TokenStoreError, match=r"ReadOnlyError|MasterDownError"):
            await user.write("a", 1, b"x")  # the store does not close its connections
        await store.close()
        await lent.aclose()


async def test_a_demoted_redis_6_is_recognised_by_the_error_of_the_script(
    redis_url: str, redis_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    real_command = store._client.execute_command
    failed = "ERR Error running script (call to f_12): @user_script:5: "
    errors = [
        f"{failed}@user_script: 5: -READONLY You can't write against a read only replica.",
        f"{failed}another mistake",
    ]

    async def execute_command(*args: Any, **options: Any) -> Any:
        if args[0].startswith("EVAL") and errors:
            raise redis.exceptions.ResponseError(errors.pop(0))
        return await real_command(*args, **options)

    monkeypatch.setattr(store._client, "execute_command", execute_command)
    with pytest.raises(TokenStoreError, match="another mistake"):
        await store.write("a", 1, b"x")  # sent twice
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


async def test_an_unreachable_server_is_a_store_error(tmp_path: Path) -> None:
    store = RedisTokenStore(f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(TokenStoreError, match="redis: ConnectionError"):
        await store.now()
    await store.close()


@pytest.mark.parametrize("decode", [True, False])
@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_lent_client_works_with_any_decoding_and_stays_open(
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
        assert [key async for key, _ in store.rows("")] == ["a"]
        assert await store.lease("a", "x", 60) is True
        assert await store.release("a", "x") is True
        assert await store.now() >= row.now
        await store.close()
        assert await client.ping() is True


async def test_more_operations_than_connections_are_queued(
    redis_url: str, redis_prefix: str
) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    done = await asyncio.gather(*[store.write(f"{n}", 1, b"x") for n in range(500)])
    assert all(done)
    await store.close()


async def test_a_cluster_can_be_a_store(cluster: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_KEYS_PER_SCAN", 5)
    async with redis.asyncio.RedisCluster("127.0.0.1", cluster) as client:
        store = RedisTokenStore(client)
        names = [f"k{n}" for n in range(50)]
        assert all([await store.write(name, 1, b"x") for name in names])
        assert await store.lease("k0", "x", 60) is True
        assert await store.release("k0", "x") is True
        row = await store.read("k1")
        assert row is not None
        assert await store.now() >= row.now
        assert sorted([key async for key, _ in store.rows("")]) == sorted(names)


class RepeatingRedis(redis.asyncio.Redis):
    """Send each command twice, like a client that lost the first answer."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        await raw(super()).execute_command(*args, **options)
        return await raw(super()).execute_command(*args, **options)


async def test_a_repeated_command_returns_the_result_of_the_first(
    redis_url: str, redis_prefix: str
) -> None:
    async with RepeatingRedis.from_url(redis_url) as client:
        store = RedisTokenStore(client, prefix=redis_prefix)
        assert await store.write("a", 1, b"x") is True
        assert await store.write("a", 2, b"y") is True
        assert await store.write("a", 2, b"y") is False
        assert await store.lease("a", "x", 60) is True


async def test_everything_of_a_key_is_in_one_slot(redis_url: str, redis_prefix: str) -> None:
    store = RedisTokenStore(redis_url, prefix=redis_prefix)
    await store.write("a/b:c", 1, b"x")
    await store.lease("a/b:c", "x", 60)
    await store.close()
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        names = [name async for name in client.scan_iter(match=f"{redis_prefix}*")]
    assert {key_slot(name) for name in names} == {key_slot(b"a/b:c")}
    assert len(names) == 2


@pytest.mark.parametrize("prefix", ["{", "}", "a{b}:"])
def test_a_prefix_with_braces_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisTokenStore("redis://127.0.0.1", prefix=prefix)


def test_the_error_for_a_missing_package_names_the_extra() -> None:
    output = run_python(
        "import sys\n"
        "sys.modules['redis'] = None\n"
        "from katana_async.errors import ConfigurationError\n"
        "from katana_async.oauth import RedisTokenStore\n"
        "try: RedisTokenStore('redis://127.0.0.1')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    assert "pip install 'katana-async[redis]'" in output
