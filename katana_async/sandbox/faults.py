"""Faults: failures of network and server, to be switched on by tests (see `fault_rules`)."""

import zlib
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar, Literal

import msgspec
from attrs import evolve, field, frozen

from .errors import Refusal
from .wire import Answer, render


class End(Enum):
    """The end of an exchange: keep the connection, close it, or reset it."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@frozen
class Delivery:
    """The bytes to send, their status, and the end of the exchange."""

    data: bytes
    status: int | None
    end: End = End.KEEP


def deliver(answer: Answer, end: End = End.KEEP) -> Delivery:
    """Send an answer as it is."""
    return Delivery(render(answer), answer.status, end)


@frozen
class Fault:
    """A failure; one of the classes below."""


@frozen
class ResetBeforeRead(Fault):
    """Abort the TCP connection (RST) before a request is read.

    Strikes the next connection as it opens, or the next request on one kept alive; with a method
    or path, the next connection on which such a request begins. The request is not in the
    journal; `Sandbox.connections.resets` counts it.
    """


@frozen
class IdleClose(Fault):
    """Close a connection that was kept alive, without `Connection: close`.

    Attributes:
        when: `next_request` closes it when the next request arrives, as a server does whose idle
            limit has just passed: that request is lost and not in the journal.
            `after_answer` closes it right behind a whole answer.
    """

    when: Literal["next_request", "after_answer"] = "next_request"


@frozen
class Latency(Fault):
    """Answer late, by real time. Combines with other faults.

    Attributes:
        processed: Whether the request takes effect at once, or only after the delay and only if
            the client is still connected.
    """

    seconds: float
    processed: bool = True


@frozen
class ClockSkew(Fault):
    """Shift `Date` and `X-Ratelimit-Reset`, back if `seconds` is negative.

    Combines with other faults; usually added with times=None.
    """

    seconds: float


@frozen
class Outcome(Fault):
    """A fault that decides what is sent; at most one of these strikes a request.

    Attributes:
        processed: Whether the request takes effect all the same. Otherwise there is no true
            answer, and the fault applies to an empty one.
    """

    processed: bool = field(default=True, kw_only=True)
    spends: ClassVar[bool] = True  # the request counts towards the rate limit

    def refusal(self) -> Refusal | None:
        """Return the error that the sandbox answers, in the form of its own errors, if any."""
        return None

    def deliver(self, answer: Answer, /) -> Delivery:
        """Return what is sent.

        Args:
            answer: The answer to `refusal`; without one, the true answer; if the request is not
                processed either, an empty 200 with the headers of every answer.
        """
        raise NotImplementedError


@frozen
class Refusing(Outcome):
    """An outcome of a request that is not processed by default."""

    processed: bool = field(default=False, kw_only=True)


@frozen
class ResetAfterRead(Refusing):
    """Read the whole request, then abort the TCP connection (RST) without an answer."""

    def deliver(self, _answer: Answer) -> Delivery:
        return Delivery(b"", None, End.RESET)


@frozen
class CutBody(Outcome):
    """Send the head of the true answer and the first `at` bytes of its body, then close."""

    at: int = 10

    def deliver(self, answer: Answer) -> Delivery:
        cut = evolve(answer, body=answer.body[: self.at], content_length=len(answer.body))
        return deliver(cut, End.CLOSE)


@frozen
class WrongContentLength(Outcome):
    """Send the true answer with a wrong Content-Length.

    Attributes:
        delta: The error in bytes. Positive: more are promised than come, and the connection is
            closed. Negative: the rest is left on a connection that is kept alive.
    """

    delta: int = 7

    def deliver(self, answer: Answer) -> Delivery:
        wrong = evolve(answer, content_length=max(len(answer.body) + self.delta, 0))
        return deliver(wrong, End.CLOSE if self.delta > 0 else End.KEEP)


@frozen
class GzipGarbage(Outcome):
    """Send `Content-Encoding: gzip` with bytes that are no gzip."""

    def deliver(self, answer: Answer) -> Delivery:
        garbage = b"\x1f\x8b" + bytes(range(200, 256)) * 4
        return deliver(evolve(answer, body=garbage).having(("Content-Encoding", "gzip")))


@frozen
class GzipBomb(Outcome):
    """Send valid gzip of valid JSON of at least `decoded_bytes`."""

    decoded_bytes: int = 200_000_000

    def deliver(self, answer: Answer) -> Delivery:
        bomb = evolve(answer, body=gzip_bomb(self.decoded_bytes))
        return deliver(bomb.having(("Content-Encoding", "gzip")))


@frozen
class Html(Refusing):
    """Answer with an HTML page, as a gateway in front does, without the API's headers."""

    status: int = 502

    def deliver(self, answer: Answer) -> Delivery:
        page = f"<html><head><title>{self.status}</title></head><body><h1>Sorry</h1></body></html>"
        headers = [header for header in answer.headers if header[0] == "Date"]
        headers.append(("Content-Type", "text/html; charset=utf-8"))
        return deliver(Answer(self.status, page.encode(), tuple(headers)))


@frozen
class Empty(Refusing):
    """Answer with a status and no body."""

    status: int = 200

    def deliver(self, answer: Answer) -> Delivery:
        return deliver(evolve(answer, status=self.status, body=b""))


@frozen
class Status(Refusing):
    """Answer with a status and a JSON body; by default an error body for that status."""

    status: int = 500
    json: Any = None

    def refusal(self) -> Refusal | None:
        if self.json is not None:
            return None
        return Refusal(self.status, "Error", "The sandbox was told to fail.")

    def deliver(self, answer: Answer) -> Delivery:
        if self.json is None:
            return deliver(answer)
        return deliver(evolve(answer, status=self.status, body=msgspec.json.encode(self.json)))


@frozen
class TooMany(Refusing):
    """Answer 429 although the limit is not reached; the rate-limit headers stay true.

    Attributes:
        retry_after: Seconds for `Retry-After`; None sends no such header.
    """

    retry_after: float | None = None
    spends: ClassVar[bool] = False

    def refusal(self) -> Refusal:
        headers = () if self.retry_after is None else (("Retry-After", f"{self.retry_after:g}"),)
        return Refusal(429, "TooManyRequestsError", "Too many requests.", headers=headers)

    def deliver(self, answer: Answer) -> Delivery:
        return deliver(answer)


@frozen
class Redirect(Refusing):
    """Answer with a redirect: 301, 302, 303, 307 or 308."""

    location: str = "/"
    status: int = 307

    def deliver(self, answer: Answer) -> Delivery:
        moved = evolve(answer, status=self.status, body=b"")
        return deliver(moved.having(("Location", self.location)))


@lru_cache(maxsize=2)
def gzip_bomb(decoded_bytes: int) -> bytes:
    """Return gzip of one JSON object of at least so many bytes.

    A full flush behind a compressed block makes it repeatable, so that it is compressed once.
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
