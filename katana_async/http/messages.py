"""Requests, responses, and the parsers of headers and error bodies. No I/O."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from typing import Any, NoReturn, cast
from urllib.parse import quote

import msgspec

from ..errors import Detail, Problem
from ..secrets import Secret

# Each segment is an id or a word. URL parsers, proxies and servers cannot read it as another
# resource, host, query or header.
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.~-]+)+")
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_NUMBER = re.compile(r"\s*-?\d{1,18}(\.\d{1,9})?\s*", re.ASCII)

# Epoch seconds stay below this until the year 5138; Katana sends milliseconds and documents
# seconds.
_MILLISECONDS_FROM = 1e11
_LAST_SECOND = 253402300799  # of the year 9999, after which `datetime` ends


class Repeat(Enum):
    """The effect of sending a request a second time."""

    READ = "read"
    """No effect: GET, and the searches, which are POSTs that read."""

    DELETE = "delete"
    """No further effect: a deleted object stays deleted, and the second answer is 404."""

    REMOVE = "remove"
    """No further effect, but the second answer does not show the outcome of the first.

    A DELETE with a body names several objects. A 404 may mean one of them while the others still
    exist.
    """

    WRITE = "write"
    """Possibly the same write a second time."""


def repeat_of(method: str, body: bytes | None) -> Repeat:
    """Return the effect of sending a request twice, judged by its method and body."""
    if method == "DELETE":
        return Repeat.DELETE if body is None else Repeat.REMOVE
    return Repeat.READ if method == "GET" else Repeat.WRITE


class Header(msgspec.Struct, frozen=True):
    """A header that a caller adds to requests. Its value may be a token."""

    name: str
    value: Secret
    hidden: tuple[Secret, ...] = ()  # the parts of the value to mask if an answer repeats them


class _Message(msgspec.Struct, frozen=True):
    """Base of messages, whose repr omits the body: it may hold personal data."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown = [name for name in self.__struct_fields__ if name not in ("body", "content")]
        return [(name, getattr(self, name)) for name in shown]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"


class Request(_Message, frozen=True):
    """One request, without credentials.

    Attributes:
        path: The path below the base address, checked by `safe_path`.
        query: Encoded parameters in order; arrays repeat the key.
        body: JSON, or None.
        headers: Headers beyond those of every request.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    repeat: Repeat = Repeat.WRITE
    headers: tuple[Header, ...] = ()

    @property
    def target(self) -> str:
        """The path and query as sent."""
        if not self.query:
            return self.path
        pairs = [f"{_quote(name)}={_quote(value)}" for name, value in self.query]
        return f"{self.path}?{'&'.join(pairs)}"


def _quote(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


class Response(_Message, frozen=True):
    """One HTTP answer with its whole body.

    Secrets of the request that the server repeats are replaced by `***` in headers and body.

    Attributes:
        status: The HTTP status.
        headers: The headers, by name in any case. A repeated header has its first value.
        content: The body, decompressed.
        method: The method of the request.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    method: str = ""

    @property
    def request_id(self) -> str | None:
        """The server's id of the request, for questions to Katana's support; None if absent."""
        return self.headers.get("x-request-id") or self.headers.get("x-amzn-requestid")

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse the body as JSON. A number with a fraction becomes an exact `Decimal`.

        Raises:
            ValueError: The body is not JSON.
        """
        return parse_json(self.content)


_parse_fast = msgspec.json.Decoder(float_hook=Decimal).decode


def parse_json(content: bytes) -> Any:
    """Parse JSON: exact decimals, lone surrogates kept, NaN and Infinity refused.

    Raises ValueError (also for a number outside the range of `Decimal`) or RecursionError.
    """
    try:
        return _parse_fast(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        pass  # msgspec refuses a little more than `json`, such as lone surrogates
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant)
    except ArithmeticError:
        pass
    raise ValueError("a number has an exponent that is out of range")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def safe_path(path: str) -> str:
    """Return a path that can only mean one resource below the base address, or raise ValueError."""
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"not a path below the API's address: {path!r}. It begins with one '/', such as"
            " '/products/7', and its parts are letters, digits, '_', '-' and '.';"
            " parameters go in query="
        )
    return path


class RateLimit(msgspec.Struct, frozen=True):
    """The key's quota by the X-Ratelimit headers of an answer.

    Attributes:
        limit: Requests allowed per window.
        remaining: Requests left in the current window.
        reset: End of the window in seconds since the epoch, by the server's clock.
    """

    limit: int
    remaining: int
    reset: float

    @property
    def resets_at(self) -> datetime:
        """The end of the window in UTC."""
        return datetime.fromtimestamp(self.reset, UTC)


def parse_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Read the X-Ratelimit headers; return None if they are absent or implausible."""
    limit = _number(headers.get("x-ratelimit-limit"))
    remaining = _number(headers.get("x-ratelimit-remaining"))
    reset = _number(headers.get("x-ratelimit-reset"))
    if limit is None or remaining is None or reset is None or limit < 1:
        return None
    if reset >= _MILLISECONDS_FROM:
        reset /= 1000
    if not 0 <= reset <= _LAST_SECOND:
        return None
    return RateLimit(limit=int(limit), remaining=max(0, int(remaining)), reset=reset)


@lru_cache(maxsize=256)  # answers repeat the numbers of the same quota and list
def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def parse_date(headers: Mapping[str, str]) -> float | None:
    """Return the Date header in seconds since the epoch (RFC 9110, section 6.6.1)."""
    return _http_date(headers.get("date"))


@lru_cache(maxsize=16)  # the answers of one second have the same Date
def _http_date(text: str | None) -> float | None:
    if not text:
        return None
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait in seconds that Retry-After demands (RFC 9110, section 10.2.3).

    A date is compared with the answer's own Date header, so the local clock does not matter.
    """
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is None:
        until, sent = _http_date(text), parse_date(headers)
        if until is None or sent is None:
            return None
        seconds = until - sent
    return max(0.0, seconds)


class Pagination(msgspec.Struct, frozen=True):
    """The values of a page's X-Pagination header; None for each that is absent.

    Attributes:
        page: The number of this page, from 1.
        total_pages: The number of pages of the list.
        total_records: The number of records of the list.
        offset: The number of records before this page.
    """

    page: int | None
    total_pages: int | None
    total_records: int | None
    offset: int | None


def parse_pagination(headers: Mapping[str, str]) -> Pagination | None:
    """Read the X-Pagination header, a JSON object of strings; return None if it is absent."""
    text = headers.get("x-pagination")
    if text is None:
        return None
    try:
        counts = _decode_counts(text)
    except (ValueError, RecursionError):
        return None
    return Pagination(*(_count(counts.get(name)) for name in Pagination.__struct_fields__))


_decode_counts = msgspec.json.Decoder(dict[str, Any]).decode


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    number = _number(str(value))
    return None if number is None or number < 0 else int(number)


def parse_problem(content: bytes, content_type: str) -> Problem:
    """Read an error body, flat or within `{"error": ...}`; other content becomes a message."""
    try:
        body: object = parse_json(content)
    except (ValueError, RecursionError):
        return Problem(message=_describe_other(content, content_type))
    if isinstance(body, dict):
        outer = cast("dict[str, object]", body)
        inner = outer.get("error", outer)
        if isinstance(inner, str):
            return Problem(name=inner, message=_text(outer.get("message")))
        if isinstance(inner, dict):
            values = cast("dict[str, object]", inner)
            return Problem(
                name=_text(values.get("name")),
                code=_text(values.get("code")),
                message=_text(values.get("message")),
                details=tuple(_details(values.get("details"))),
            )
    return Problem(message=_describe_other(content, content_type))


def _details(value: object) -> Iterable[Detail]:
    if not isinstance(value, list):
        return
    for item in cast("list[object]", value):
        if isinstance(item, dict):
            values = cast("dict[str, object]", item)
            yield Detail(
                path=_text(values.get("path")),
                code=_text(values.get("code")),
                message=_text(values.get("message")),
                info=values.get("info"),
            )
        elif isinstance(item, str):
            yield Detail(message=_text(item))


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return printable(value) or None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return printable(str(value))
    return None


def _describe_other(content: bytes, content_type: str) -> str:
    if not content.strip():
        return "the answer has no body"
    kind = content_type.partition(";")[0].strip().lower()
    text = content[:4096].decode("utf-8", "replace")
    if kind == "text/html" or text.lstrip()[:1] == "<":
        title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
        named = f" titled {printable(title.group(1))!r}" if title else ""
        return f"the answer is an HTML page{named}, so it comes from a gateway or a proxy"
    return f"the answer is not an error as Katana writes them: {printable(text, 200)!r}"


def printable(text: str, limit: int = 500) -> str:
    """Return a text on one line, without control characters, cut to `limit` characters."""
    line = "".join(char if char.isprintable() else " " for char in text[: limit * 2])
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
