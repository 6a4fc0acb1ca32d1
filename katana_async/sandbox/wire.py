"""HTTP/1.1 and JSON: parse requests and render answers, without I/O.

It uses no HTTP library, because faults need control of single bytes, and because a client built on
aiohttp should not be tested against aiohttp.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import msgspec
from attrs import evolve, frozen

_MAX_HEAD = 64 * 1024
_MAX_BODY = 64 * 1024 * 1024


@frozen
class HttpRequest:
    """An HTTP request.

    Attributes:
        target: The request target as sent.
        path: The target's path, not decoded.
        query: Name and value of each parameter, decoded, in order.
        headers: Name in lower case and value of each header, in order.
    """

    method: str
    target: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes
    keep_alive: bool

    def header(self, name: str) -> str | None:
        """Return the first header of this (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def segments(self) -> list[str]:
        """The decoded segments of the path."""
        return [unquote(part) for part in self.path.split("/")[1:]]


@frozen
class Answer:
    """An HTTP answer.

    Attributes:
        content_length: The value of Content-Length; None for the body's length.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_length: int | None = None

    def with_headers(self, *headers: tuple[str, str]) -> "Answer":
        """Return this answer with more headers."""
        return evolve(self, headers=self.headers + headers)


def render(answer: Answer) -> bytes:
    """Return an answer as bytes."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {answer.status} {phrase}"]
    lines.extend(f"{name}: {value}" for name, value in answer.headers)
    if answer.status not in (204, 304):
        length = len(answer.body) if answer.content_length is None else answer.content_length
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


class MalformedRequest(Exception):
    """The bytes are not a request.

    Attributes:
        status: The status of the answer, after which the connection is closed.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class RequestParser:
    """An incremental parser of requests."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: HttpRequest | None = None
        self._length: int | None = 0
        self._chunks = bytearray()
        self.expects_continue = False

    @property
    def idle(self) -> bool:
        """Whether no part of another request has arrived."""
        return not self._buffer and self._head is None

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._buffer += data

    def next(self) -> HttpRequest | None:
        """Return the next complete request; None while bytes are missing.

        Raises:
            MalformedRequest: The bytes are not HTTP/1.1; the parser must not be used again.
        """
        if self._head is None and not self._read_head():
            return None
        assert self._head is not None
        body = self._read_body()
        if body is None:
            return None
        request = evolve(self._head, body=body)
        self._head, self.expects_continue = None, False
        return request

    def _read_head(self) -> bool:
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise MalformedRequest(431, "the head is too long")
            return False
        head = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 4]
        self._head = request = _parse_head(head)
        self._length = _body_length(request)
        self.expects_continue = (request.header("expect") or "").lower() == "100-continue"
        return True

    def _read_body(self) -> bytes | None:
        if self._length is None:
            return self._read_chunks()
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return body

    def _read_chunks(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n")) >= 0:
            try:
                size = int(bytes(self._buffer[:end]).split(b";")[0], 16)
            except ValueError:
                raise MalformedRequest(400, "a chunk has no size") from None
            if size + len(self._chunks) > _MAX_BODY:
                raise MalformedRequest(413, "the body is too long")
            if size == 0:
                after = self._buffer.find(b"\r\n\r\n", end)
                if after < 0:
                    return None
                del self._buffer[: after + 4]
                body, self._chunks = bytes(self._chunks), bytearray()
                return body
            begin, stop = end + 2, end + 2 + size
            if len(self._buffer) < stop + 2:
                return None
            self._chunks += self._buffer[begin:stop]
            del self._buffer[: stop + 2]
        return None


def peek_request_line(data: bytes) -> tuple[str, str]:
    """Return method and target from the first bytes of a request; empty if these are too few."""
    parts = data.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def _parse_head(head: str) -> HttpRequest:
    first, *lines = head.split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedRequest(400, "the request line is missing")
    method, target, version = parts
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedRequest(400, "a header has no name")
        headers.append((name.lower(), value.strip()))
    path, _, query = target.partition("?")
    connection = next((value for name, value in headers if name == "connection"), "").lower()
    keep_alive = connection != "close" if version == "HTTP/1.1" else connection == "keep-alive"
    pairs = parse_qsl(query, keep_blank_values=True)
    return HttpRequest(method, target, path, pairs, headers, b"", keep_alive)


def _body_length(request: HttpRequest) -> int | None:
    """Return the length of the body in bytes; None for chunks."""
    if request.header("transfer-encoding"):
        return None
    text = request.header("content-length") or "0"
    if not text.isdigit():
        raise MalformedRequest(400, "the length of the body is not a number")
    if int(text) > _MAX_BODY:
        raise MalformedRequest(413, "the body is too long")
    return int(text)


# -- JSON

_encode = msgspec.json.Encoder(decimal_format="number").encode


def parse_json(data: bytes) -> Any:
    """Parse JSON, with fractions as Decimal.

    Raises:
        ValueError: The data is not JSON.
        RecursionError: The data is nested too deeply.
    """
    return json.loads(data, parse_float=Decimal, parse_constant=_refuse)


def write_json(value: Any) -> bytes:
    """Serialize a value as JSON; lone surrogates are escaped, as by JavaScript."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _write(value).encode()


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _write(value: Any) -> str:
    if isinstance(value, dict):
        fields = cast(Mapping[str, Any], value)
        pairs = (f"{json.dumps(name)}:{_write(each)}" for name, each in fields.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(each) for each in cast(Sequence[Any], value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)
