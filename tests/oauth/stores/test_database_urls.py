"""URLs of PostgreSQL from hosting services: TLS, certificates, a pooler."""

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

import pytest
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from katana_async.errors import TokenStoreError
from katana_async.oauth import SQLTokenStore
from tests.services import is_missing, postgres_database


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """Yield the URL of a database that the tests of this module share."""
    with postgres_database() as url:
        yield url


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
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
class TlsProxy:
    """A proxy that adds TLS to a PostgreSQL server.

    Attributes:
        port: Its port on localhost.
        root: The file of its certificate.
        name: The database's name.
        encrypted: For each connection, whether the client asked for TLS.
    """

    port: int
    root: Path
    name: str
    encrypted: list[bool]

    def url(self, parameters: str) -> str:
        return f"postgresql://postgres:hunter2@localhost:{self.port}/{self.name}?{parameters}"


@pytest.fixture
async def tls_proxy(postgres_url: str, tmp_path: Path) -> AsyncIterator[TlsProxy]:
    """Yield a PostgreSQL server with TLS on `localhost`."""
    root, key = _certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root, key)
    parts, encrypted = urlsplit(postgres_url), list[bool]()
    tasks = set[asyncio.Task[Any]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        with suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(8)
            encrypted.append(first == b"\x00\x00\x00\x08\x04\xd2\x16\x2f")  # SSLRequest
            if encrypted[-1]:
                writer.write(b"S")
                await writer.start_tls(context)
            else:
                back.write(first)
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        for each in (writer, back):
            each.transport.abort()

    async def _copy(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            to.write(data)
        to.close()

    def start_serving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(start_serving, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield TlsProxy(port, root, parts.path[1:], encrypted)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_clock(url: str) -> float:
    store = SQLTokenStore(url)
    try:
        return await store.now()
    finally:
        await store.close()


async def fetch_value(url: str, sql: str) -> Any:
    """Execute a statement on a connection of a store, and return its value."""
    store = SQLTokenStore(url)
    try:
        rows: Any = await store._fetch(sql, {})
        return rows[0][0]
    finally:
        await store.close()


async def read_error(url: str) -> str:
    """Return the text of the error that a store with this URL raises."""
    with pytest.raises(TokenStoreError) as raised:
        await read_clock(url)
    assert "hunter2" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("parameters", ["sslmode=require", "sslmode=prefer", "ssl=require", ""])
async def test_sslmode_decides_whether_the_certificate_is_verified(
    tls_proxy: TlsProxy, parameters: str
) -> None:
    assert await read_clock(tls_proxy.url(parameters)) > 0
    assert tls_proxy.encrypted == [True]


async def test_sslrootcert_names_the_file_with_the_certificates_of_rds(
    tls_proxy: TlsProxy, tmp_path: Path
) -> None:
    assert await read_clock(tls_proxy.url(f"sslmode=verify-full&sslrootcert={tls_proxy.root}")) > 0
    (tmp_path / "other").mkdir()
    other, _ = _certificate(tmp_path / "other", "localhost")
    message = await read_error(tls_proxy.url(f"sslmode=verify-full&sslrootcert={other}"))
    assert "sslrootcert= names a file with the certificates to trust" in message


async def test_the_systems_certificates_are_trusted_without_sslrootcert(
    tls_proxy: TlsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tls_proxy.root.parent))
    for parameters in ("sslmode=verify-full", "sslrootcert=system", "sslmode=verify-ca"):
        assert "CERTIFICATE_VERIFY_FAILED" in await read_error(tls_proxy.url(parameters))
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_proxy.root))
    for parameters in ("sslmode=verify-full", "sslrootcert=system", "sslmode=verify-ca"):
        assert await read_clock(tls_proxy.url(parameters)) > 0


async def test_channel_binding_of_neon_verifies_the_certificate(
    tls_proxy: TlsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = "sslmode=require&channel_binding=require"
    monkeypatch.setenv("HOME", str(tls_proxy.root.parent))
    message = await read_error(tls_proxy.url(parameters))
    assert "channel_binding=require verify the server's" in message
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_proxy.root))
    assert await read_clock(tls_proxy.url(parameters)) > 0
    assert await read_clock(tls_proxy.url(f"{parameters}&sslrootcert={tls_proxy.root}")) > 0


@pytest.mark.parametrize(
    "parameters",
    [
        "channel_binding=prefer&connect_timeout=10&keepalives=1&keepalives_idle=30",
        "pgbouncer=true&connection_limit=1&pool_timeout=20",
        "supa=base-pooler.x&fallback_application_name=x&gssencmode=disable&client_encoding=utf8&sslsni=1",
        "target_session_attrs=read-write&load_balance_hosts=disable&tcp_user_timeout=5000",
    ],
)
async def test_other_parameters_of_hosting_services_are_accepted(
    postgres_url: str, parameters: str
) -> None:
    assert await read_clock(f"{postgres_url}?{parameters}") > 0


async def test_settings_reach_the_server(postgres_url: str) -> None:
    url = f"{postgres_url}?application_name=our%20app&options=-c%20statement_timeout%3D1234"
    assert await fetch_value(url, "SHOW application_name") == "our app"
    assert await fetch_value(url, "SHOW statement_timeout") == "1234ms"
    assert await fetch_value(f"{postgres_url}?work_mem=1MB", "SHOW work_mem") == "1MB"


async def test_user_host_and_database_may_be_parameters(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    where = f"host={parts.hostname}&port={parts.port}&dbname={parts.path[1:]}"
    assert await read_clock(f"postgresql:///?user={parts.username}&password=hunter2&{where}") > 0
    gone = f"postgresql:///?user=u&password=hunter2&host={parts.hostname}&port=1"
    store = SQLTokenStore(gone)
    assert store._url.password == "hunter2"  # errors are redacted by it
    await store.close()


# ---- PgBouncer in transaction mode ---------------------------------------------------------------


@pytest.fixture
def pgbouncer_url(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a PgBouncer in transaction mode with two server connections."""
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


async def write_with_two_stores(url: str) -> list[BaseException]:
    """Write through two stores concurrently, and return the errors."""
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
async def test_pgbouncer_works_without_named_statements(
    pgbouncer_url: str, parameters: str
) -> None:
    assert await write_with_two_stores(f"{pgbouncer_url}?{parameters}") == []


async def test_the_error_behind_pgbouncer_names_the_missing_setting(pgbouncer_url: str) -> None:
    errors = await write_with_two_stores(pgbouncer_url)
    assert errors
    assert {
        str(each) for each in errors if "needs ?statement_cache_size=0 in its URL" not in str(each)
    } == set()


async def test_the_error_for_a_parameter_that_pgbouncer_refuses_has_its_reason(
    pgbouncer_url: str,
) -> None:
    message = await read_error(f"{pgbouncer_url}?pgbouncer=true&options=-c%20work_mem%3D1MB")
    assert "unsupported startup parameter" in message


# ---- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "setting"),
    [
        ("sslmod=require", "sslmod"),
        ("target_session_attrs=standby", "read-only|standby|attribute"),
        ("sslmode=requir", "sslmode"),
        ("gssencmode=require", "gssencmode"),
    ],
)
async def test_a_wrong_parameter_is_named_by_the_driver_or_the_server(
    postgres_url: str, parameter: str, setting: str
) -> None:
    with pytest.raises(TokenStoreError, match=setting):
        await read_clock(f"{postgres_url}?{parameter}")
