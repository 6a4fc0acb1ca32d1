"""Misbehaving servers on loopback: they echo requests, refuse, or have invalid certificates."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = Callable[[bytes], bytes]


@define(eq=False)
class Peer:
    """A running server, with the complete requests that it received."""

    port: int
    requests: list[bytes] = field(factory=list, repr=False)
    connections: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _PeerProtocol(asyncio.Protocol):
    """Read a request, send the answer, and close unless the answer has a Content-Length."""

    def __init__(self, peer: Peer, answer: Answer) -> None:
        self._peer = peer
        self._answer = answer
        self._request = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer.connections += 1

    def data_received(self, data: bytes) -> None:
        self._request += data
        head, end, body = self._request.partition(b"\r\n\r\n")
        length = header(head, b"content-length") or b"0"
        if not end or len(body) < int(length):
            return
        request, self._request = self._request, b""
        self._peer.requests.append(request)
        answer = self._answer(request)
        assert self._transport is not None
        self._transport.write(answer)
        if b"content-length" not in answer.lower():
            self._transport.close()


def header(head: bytes, name: bytes) -> bytes | None:
    """Return the value of a request's header."""
    for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


@asynccontextmanager
async def peer(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Run a server that answers each request with `answer(request)`."""
    loop = asyncio.get_running_loop()
    running = Peer(0)
    server = await loop.create_server(
        lambda: _PeerProtocol(running, answer), "127.0.0.1", 0, ssl=tls
    )
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running


def http(
    status: str, body: bytes, *headers: tuple[str, bytes], kind: str = "application/json"
) -> bytes:
    """Return a complete answer that keeps the connection open."""
    lines = [f"HTTP/1.1 {status}".encode(), f"Content-Type: {kind}".encode()]
    lines += [name.encode() + b": " + value for name, value in headers]
    lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = folder / "server.pem"
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
