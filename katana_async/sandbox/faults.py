"""Faults: failures of the network and the server, which tests add to `Sandbox.faults`."""

import zlib
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar, Literal

import msgspec
from attrs import evolve, field, frozen

from .errors import RequestRefused
from .wire import Answer, render


class End(Enum):
    """The state of the connection after an answer: kept open, closed, or reset."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@frozen
class Delivery:
    """The bytes to send, their HTTP status, and the end of the exchange."""

    data: bytes
    status: int | None
    end: End = End.KEEP


def deliver(answer: Answer, end: End = End.KEEP) -> Delivery:
    """Return the delivery of an unchanged answer."""
    return Delivery(render(answer), answer.status, end)


@frozen
class Fault:
    """The base class of faults."""


@frozen
class ResetBeforeRead(Fault):
    """Reset the TCP connection (RST) before a request is read.

    It applies to the next connection that opens, or to the next request on one kept alive; with a
    method or path, to the next connection on which a matching request begins. The request is not
    in the journal; `Sandbox.connections.resets` counts it.
    """


@frozen
class IdleClose(Fault):
    """Close a connection that was kept alive, without `Connection: close`.

    Attributes:
        when: `next_request` closes it when the next request arrives, like a server whose idle
            limit has just passed; that request is lost and not in the journal. `after_answer`
            closes it directly after a complete answer.
    """

    when: Literal["next_request", "after_answer"] = "next_request"


@frozen
class Latency(Fault):
    """Delay the answer by real time. Combines with other faults.

    Attributes:
        processed: Whether the request is carried out at once. If False, it is carried out after the
            delay, if the client is still connected.
    """

    seconds: float
    processed: bool = True


@frozen
class ClockSkew(Fault):
    """Shift `Date` and `X-Ratelimit-Reset` by `seconds`, which may be negative.

    Combines with other faults; usually added with times=None.
    """

    seconds: float


@frozen
class Outcome(Fault):
    """A fault that replaces the answer; at most one of these applies to a request.

    Attributes:
        processed: Whether the request is carried out. If False, there is no true answer, and the
            fault changes an empty answer.
        uses_quota: Whether the request counts towards the rate limit.
    """

    processed: bool = field(default=True, kw_only=True)
    uses_quota: ClassVar[bool] = True

    def refusal(self) -> RequestRefused | None:
        """Return the error to answer in the form of the sandbox's own errors; None without one."""
        return None

    def deliver(self, answer: Answer, /) -> Delivery:
        """Return the delivery in place of an answer.

        Args:
            answer: The answer to `refusal`; without one, the true answer; if the request is not
                processed either, an empty 200 with the headers of every answer.
        """
        raise NotImplementedError


@frozen
class UnprocessedOutcome(Outcome):
    """An outcome whose request is by default not processed."""

    processed: bool = field(default=False, kw_only=True)


@frozen
class ResetAfterRead(UnprocessedOutcome):
    """Reset the TCP connection (RST) after reading the whole request, without an answer."""

    def deliver(self, _answer: Answer) -> Delivery:
        return Delivery(b"", None, End.RESET)


@frozen
class CutBody(Outcome):
    """Close the connection after the head of the true answer and `at` bytes of its body."""

    at: int = 10

    def deliver(self, answer: Answer) -> Delivery:
        cut = evolve(answer, body=answer.body[: self.at], content_length=len(answer.body))
        return deliver(cut, End.CLOSE)


@frozen
class WrongContentLength(Outcome):
    """Send the true answer with a wrong Content-Length.

    Attributes:
        delta: The error in bytes. If positive, bytes are missing, and the connection is closed. If
            negative, surplus bytes stay on a connection that is kept alive.
    """

    delta: int = 7

    def deliver(self, answer: Answer) -> Delivery:
        wrong = evolve(answer, content_length=max(len(answer.body) + self.delta, 0))
        return deliver(wrong, End.CLOSE if self.delta > 0 else End.KEEP)


@frozen
class GzipGarbage(Outcome):
    """Send `Content-Encoding: gzip` with bytes that are not gzip."""

    def deliver(self, answer: Answer) -> Delivery:
        garbage = b"\x1f\x8b" + bytes(range(200, 256)) * 4
        return deliver(evolve(answer, body=garbage).with_headers(("Content-Encoding", "gzip")))


@frozen
class GzipBomb(Outcome):
    """Send valid gzip of at least `decoded_bytes` of valid JSON."""

    decoded_bytes: int = 200_000_000

    def deliver(self, answer: Answer) -> Delivery:
        bomb = evolve(answer, body=gzip_bomb(self.decoded_bytes))
        return deliver(bomb.with_headers(("Content-Encoding", "gzip")))


@frozen
class Html(UnprocessedOutcome):
    """Answer with an HTML page without the API's headers, as by a gateway in front."""

    status: int = 502

    def deliver(self, answer: Answer) -> Delivery:
        page = f"<html><head><title>{self.status}</title></head><body><h1>Sorry</h1></body></html>"
        headers = [header for header in answer.headers if header[0] == "Date"]
        headers.append(("Content-Type", "text/html; charset=utf-8"))
        return deliver(Answer(self.status, page.encode(), tuple(headers)))


@frozen
class Empty(UnprocessedOutcome):
    """Answer with a status and no body."""

    status: int = 200

    def deliver(self, answer: Answer) -> Delivery:
        return deliver(evolve(answer, status=self.status, body=b""))


@frozen
class Status(UnprocessedOutcome):
    """Answer with a status and a JSON body; by default an error body for that status."""

    status: int = 500
    json: Any = None

    def refusal(self) -> RequestRefused | None:
        if self.json is not None:
            return None
        return RequestRefused(self.status, "Error", "A fault of the sandbox.")

    def deliver(self, answer: Answer) -> Delivery:
        if self.json is None:
            return deliver(answer)
        return deliver(evolve(answer, status=self.status, body=msgspec.json.encode(self.json)))


@frozen
class TooMany(UnprocessedOutcome):
    """Answer 429 although the limit is not reached; the rate-limit headers stay true.

    Attributes:
        retry_after: The value of `Retry-After`; None leaves the header out.
    """

    retry_after: float | None = None
    uses_quota: ClassVar[bool] = False

    def refusal(self) -> RequestRefused:
        headers = () if self.retry_after is None else (("Retry-After", f"{self.retry_after:g}"),)
        return RequestRefused(429, "TooManyRequestsError", "Too many requests.", headers=headers)

    def deliver(self, answer: Answer) -> Delivery:
        return deliver(answer)


@frozen
class Redirect(UnprocessedOutcome):
    """Answer with a redirect: 301, 302, 303, 307 or 308."""

    location: str = "/"
    status: int = 307

    def deliver(self, answer: Answer) -> Delivery:
        moved = evolve(answer, status=self.status, body=b"")
        return deliver(moved.with_headers(("Location", self.location)))


@lru_cache(maxsize=2)
def gzip_bomb(decoded_bytes: int) -> bytes:
    """Return gzip of a JSON object of at least `decoded_bytes`.

    A block that ends with a full flush can be repeated, so it is compressed only once.
    """
    start, letters, end = b'{"data":["', b"a" * 2**20, b'"]}'
    times = -(-decoded_bytes // len(letters))
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = press.compress(start) + press.flush(zlib.Z_FULL_FLUSH)
    block = press.compress(letters) + press.flush(zlib.Z_FULL_FLUSH)
    last = press.compress(end) + press.flush()
    checksum = zlib.crc32(start)
    for _ in range(times):
        checksum = zlib.crc32(letters, checksum)
    checksum = zlib.crc32(end, checksum)
    size = len(start) + times * len(letters) + len(end)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    tail = checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")
    return head + first + block * times + last + tail
