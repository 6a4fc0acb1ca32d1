"""URLs of PostgreSQL as hosts give them out: TLS, certificates, several hosts, a pool between."""

import asyncio
import datetime as dt
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from katana_async.errors import TokenStoreError
from katana_async.oauth import SQLTokenStore
from katana_async.oauth.stores import postgres_urls
from tests.services import is_missing, postgres_database


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """Give the URL of a database for all tests of this module."""
    with postgres_database() as url:
        yield url


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


@frozen
class Front:
    """A PostgreSQL behind TLS.

    Attributes:
        port: Where it listens, as localhost.
        root: The certificate to trust.
        name: The database's.
        seen: Whether each connection was encrypted.
    """

    port: int
    root: Path
    name: str
    seen: list[bool]

    def url(self, parameters: str) -> str:
        return f"postgresql://postgres:hunter2@localhost:{self.port}/{self.name}?{parameters}"


@pytest.fixture
async def front(postgres_url: str, tmp_path: Path) -> AsyncIterator[Front]:
    """Give a PostgreSQL that speaks TLS, as `localhost`."""
    root, key = _certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root, key)
    parts, seen = urlsplit(postgres_url), list[bool]()
    tasks = set[asyncio.Task[Any]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        with suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(8)
            seen.append(first == b"\x00\x00\x00\x08\x04\xd2\x16\x2f")  # SSLRequest
            if seen[-1]:
                writer.write(b"S")
                await writer.start_tls(context)
            else:
                back.write(first)
            await asyncio.gather(_pass(reader, back), _pass(there, writer))
        for each in (writer, back):
            each.transport.abort()

    async def _pass(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            to.write(data)
        to.close()

    def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield Front(port, root, parts.path[1:], seen)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def now(url: str) -> float:
    store = SQLTokenStore(url)
    try:
        return await store.now()
    finally:
        await store.close()


async def row(url: str, sql: str) -> Any:
    """Return what a statement gives on a connection of a store's."""
    store = SQLTokenStore(url)
    try:
        rows: Any = await store._run(sql, {}, writes=False)
        return rows[0][0]
    finally:
        await store.close()


async def refusal(url: str) -> str:
    with pytest.raises(TokenStoreError) as raised:
        await now(url)
    assert "hunter2" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("parameters", ["sslmode=require", "sslmode=prefer", "ssl=require", ""])
async def test_a_certificate_is_not_verified_where_the_mode_does_not_ask(
    front: Front, parameters: str
) -> None:
    assert await now(front.url(parameters)) > 0
    assert front.seen == [True]


async def test_rds_names_the_file_of_its_certificates(front: Front, tmp_path: Path) -> None:
    assert await now(front.url(f"sslmode=verify-full&sslrootcert={front.root}")) > 0
    (tmp_path / "other").mkdir()
    other, _ = _certificate(tmp_path / "other", "localhost")
    said = await refusal(front.url(f"sslmode=verify-full&sslrootcert={other}"))
    assert "sslrootcert= names a file with the certificates to trust" in said


async def test_the_systems_certificates_are_used_where_no_file_is_named(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(front.root.parent))
    for parameters in ("sslmode=verify-full", "sslrootcert=system", "sslmode=verify-ca"):
        assert "CERTIFICATE_VERIFY_FAILED" in await refusal(front.url(parameters))
    monkeypatch.setenv("SSL_CERT_FILE", str(front.root))
    for parameters in ("sslmode=verify-full", "sslrootcert=system", "sslmode=verify-ca"):
        assert await now(front.url(parameters)) > 0


async def test_neons_channel_binding_verifies_the_certificate_in_its_place(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = "sslmode=require&channel_binding=require"
    monkeypatch.setenv("HOME", str(front.root.parent))
    said = await refusal(front.url(parameters))
    assert "channel_binding=require verify the server's" in said
    monkeypatch.setenv("SSL_CERT_FILE", str(front.root))
    assert await now(front.url(parameters)) > 0
    assert await now(front.url(f"{parameters}&sslrootcert={front.root}")) > 0


@pytest.mark.parametrize(
    "parameters",
    [
        "channel_binding=prefer&connect_timeout=10&keepalives=1&keepalives_idle=30",
        "pgbouncer=true&connection_limit=1&pool_timeout=20",
        "supa=base-pooler.x&gssencmode=disable&client_encoding=utf8&sslsni=1",
        "target_session_attrs=read-write&load_balance_hosts=disable&tcp_user_timeout=5000",
    ],
)
async def test_what_hosts_add_besides_is_no_obstacle(postgres_url: str, parameters: str) -> None:
    assert await now(f"{postgres_url}?{parameters}") > 0


async def test_settings_reach_the_server(postgres_url: str) -> None:
    url = f"{postgres_url}?application_name=our%20app&options=-c%20statement_timeout%3D1234"
    assert await row(url, "SHOW application_name") == "our app"
    assert await row(url, "SHOW statement_timeout") == "1234ms"
    url = f"{postgres_url}?fallback_application_name=other"
    assert await row(url, "SHOW application_name") == "other"


async def test_user_and_database_may_stand_in_the_query(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    where = f"host={parts.hostname}&port={parts.port}&dbname={parts.path[1:]}"
    assert await now(f"postgresql:///?user={parts.username}&password=hunter2&{where}") > 0
    gone = f"postgresql:///?user=u&password=hunter2&host={parts.hostname}&port=1"
    store = SQLTokenStore(gone)
    assert store._url.password == "hunter2"  # by it messages are redacted
    await store.close()


async def test_one_of_several_hosts_is_enough(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    here, name = f"{parts.hostname}:{parts.port}", parts.path[1:]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = f"127.0.0.1:{silent.getsockname()[1]}"
        for hosts in (f"127.0.0.1:1,{here}", f"{here},127.0.0.1:1", f"{quiet},{here}"):
            assert await now(f"postgresql://postgres:hunter2@{hosts}/{name}?timeout=1") > 0
    several = f"host=127.0.0.1,{parts.hostname}&port=1,{parts.port}"
    assert await now(f"postgresql://postgres@/{name}?{several}") > 0
    several = f"host=127.0.0.1:1&host={here}"
    assert await now(f"postgresql://postgres@/{name}?{several}") > 0


async def test_a_silent_host_is_met_once(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts = f"127.0.0.1:{silent.getsockname()[1]},{parts.hostname}:{parts.port}"
        store = SQLTokenStore(f"postgresql://postgres@{hosts}{parts.path}?timeout=0.6")
        assert await store.now() > 0
        began = time.monotonic()
        await asyncio.gather(*(store.now() for _ in range(5)))  # on more connections
        assert time.monotonic() - began < 0.3
        await store.close()


async def test_no_host_at_all_is_an_error_without_the_password() -> None:
    said = await refusal("postgresql://postgres:hunter2@127.0.0.1:1,127.0.0.1:2/db")
    assert "postgresql: " in said


async def test_a_replica_among_several_hosts_is_passed_over(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = urlsplit(postgres_url).port or 0, list[Any]()
    connect = asyncpg.connect

    async def connecting(**settings: Any) -> Any:
        asked.append((settings["host"], settings["target_session_attrs"]))
        if settings["host"] == "localhost":
            raise asyncpg.TargetServerAttributeNotMatched("a replica")
        return await connect(**settings)

    monkeypatch.setattr(asyncpg, "connect", connecting)
    first = postgres_urls._FirstOf([("localhost", port), ("127.0.0.1", port)])
    connection = await first(
        timeout=2, user="postgres", database="postgres", target_session_attrs="primary"
    )
    await connection.close()
    assert asked == [("localhost", "primary"), ("127.0.0.1", "primary")]


# ---- a pool of transactions between -------------------------------------------------------------


@pytest.fixture
def pooled(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """Give the URL of the database behind a PgBouncer in transaction mode, with two connections."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        is_missing("no pgbouncer (Debian's package pgbouncer)")
    parts = urlsplit(postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tmp_path.chmod(0o777)
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
    )
    with subprocess.Popen(
        [program, "-q", "-u", "nobody", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.01)
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
        process.terminate()


async def used_by_many(url: str) -> list[BaseException]:
    """Return what goes wrong when two processes' stores are used at once."""
    stores = [SQLTokenStore(url) for _ in range(2)]
    try:
        done = await asyncio.gather(
            *(stores[n % 2].write(f"k{n}", 1, b"x") for n in range(60)), return_exceptions=True
        )
    finally:
        for store in stores:
            await store.close()
    return [each for each in done if isinstance(each, BaseException)]


@pytest.mark.parametrize("parameters", ["pgbouncer=true", "statement_cache_size=0"])
async def test_a_pool_of_transactions_works_with_the_setting(pooled: str, parameters: str) -> None:
    assert await used_by_many(f"{pooled}?{parameters}") == []


async def test_the_error_behind_a_pool_of_transactions_names_the_setting(pooled: str) -> None:
    problems = await used_by_many(pooled)
    assert problems
    assert all("needs ?statement_cache_size=0 in its URL" in str(each) for each in problems)


async def test_the_error_of_a_pool_that_refuses_a_parameter_names_its_setting(pooled: str) -> None:
    said = await refusal(f"{pooled}?pgbouncer=true&options=-c%20work_mem%3D1MB")
    assert "unsupported startup parameter" in said
    assert "ignore_startup_parameters" in said
