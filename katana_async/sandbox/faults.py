"""Faults: the ways in which a network and a server fail, to be switched on by tests.

Which request meets which fault is decided in `fault_rules`; this module says what each one does.
"""

import zlib
from enum import Enum
from functools import lru_cache
from typing import Any, Literal

import msgspec
from attrs import evolve, field, frozen

from .wire import Answer, render


class End(Enum):
    """What becomes of the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@frozen
class Delivery:
    """The bytes that are sent, the status they say, and what becomes of the connection."""

    data: bytes
    status: int | None
    end: End = End.KEEP


def deliver(answer: Answer, end: End = End.KEEP) -> Delivery:
    """Send an answer as it is."""
    return Delivery(render(answer), answer.status, end)


@frozen
class Fault:
    """Something that goes wrong; one of the classes below."""


@frozen
class ResetBeforeRead(Fault):
    """Abort the TCP connection (RST) before a byte of a request is looked at.

    Strikes the next connection as it opens, or the next request on one kept alive; given a method
    or path, the next connection on which such a request begins. It is not in the journal, but
    counted in `Sandbox.connections.resets`.
    """


@frozen
class IdleClose(Fault):
    """Close a connection that was kept alive, without having said so.

    Attributes:
        when: `next_request` closes it when the next request arrives on it, as a server does whose
            idle limit has just passed: that request is lost and not in the journal.
            `after_answer` closes it right behind a whole answer.
    """

    when: Literal["next_request", "after_answer"] = "next_request"


@frozen
class Latency(Fault):
    """Answer late, by real time (whatever the sandbox's clock says). Goes with other faults.

    Attributes:
        seconds: The delay.
        processed: Whether the request takes effect at once, or only after the delay, and then
            only if the client is still there.
    """

    seconds: float
    processed: bool = True


@frozen
class ClockSkew(Fault):
    """Shift `Date` and `X-Ratelimit-Reset`. Goes with other faults; usually added with times=None.

    Attributes:
        seconds: By how much, negative for a server that is behind.
    """

    seconds: float


@frozen
class Outcome(Fault):
    """A fault that decides what is sent; a request meets at most one of these.

    Attributes:
        processed: Whether the request takes effect all the same. Where it does not, there is no
            true answer, and a fault that spoils it spoils an empty one.
        spends: Whether the request counts towards the rate limit.
    """

    processed: bool = field(default=True, kw_only=True)
    spends: bool = field(default=True, kw_only=True)

    def deliver(self, answer: Answer, /) -> Delivery:
        """Return what is sent.

        Args:
            answer: The true answer; when the request is not processed, an empty 200 that has the
                headers every answer has.
        """
        raise NotImplementedError


@frozen
class ResetAfterRead(Outcome):
    """Read the request wholly, then abort the TCP connection (RST) without an answer."""

    processed: bool = field(default=False, kw_only=True)

    def deliver(self, _answer: Answer) -> Delivery:
        return Delivery(b"", None, End.RESET)


@frozen
class CutBody(Outcome):
    """Send the true answer's whole head and only the first bytes of its body, then close.

    Attributes:
        at: How many bytes of the body are sent.
    """

    at: int = 10

    def deliver(self, answer: Answer) -> Delivery:
        cut = evolve(answer, body=answer.body[: self.at], content_length=len(answer.body))
        return deliver(cut, End.CLOSE)


@frozen
class WrongContentLength(Outcome):
    """Send the true answer with a Content-Length that is off.

    Attributes:
        delta: Bytes by which it is off. Positive: more are promised than come, and the connection
            is closed. Negative: the rest is left on a connection that is kept alive.
    """

    delta: int = 7

    def deliver(self, answer: Answer) -> Delivery:
        wrong = evolve(answer, content_length=max(len(answer.body) + self.delta, 0))
        return deliver(wrong, End.CLOSE if self.delta > 0 else End.KEEP)


@frozen
class GzipGarbage(Outcome):
    """Claim `Content-Encoding: gzip` for bytes that are none."""

    def deliver(self, answer: Answer) -> Delivery:
        garbage = b"\x1f\x8b" + bytes(range(200, 256)) * 4
        return deliver(evolve(answer, body=garbage).having(("Content-Encoding", "gzip")))


@frozen
class GzipBomb(Outcome):
    """Send valid gzip of valid JSON that is enormous once decoded.

    Attributes:
        decoded_bytes: How enormous, at least.
    """

    decoded_bytes: int = 200_000_000

    def deliver(self, answer: Answer) -> Delivery:
        bomb = evolve(answer, body=gzip_bomb(self.decoded_bytes))
        return deliver(bomb.having(("Content-Encoding", "gzip")))


@frozen
class Html(Outcome):
    """Answer with an HTML page, as a gateway in front does, without the API's headers."""

    status: int = 502
    processed: bool = field(default=False, kw_only=True)

    def deliver(self, answer: Answer) -> Delivery:
        page = f"<html><head><title>{self.status}</title></head><body><h1>Sorry</h1></body></html>"
        headers = [header for header in answer.headers if header[0] == "Date"]
        headers.append(("Content-Type", "text/html; charset=utf-8"))
        return deliver(Answer(self.status, page.encode(), tuple(headers)))


@frozen
class Empty(Outcome):
    """Answer with a status and no body."""

    status: int = 200
    processed: bool = field(default=False, kw_only=True)

    def deliver(self, answer: Answer) -> Delivery:
        return deliver(evolve(answer, status=self.status, body=b""))


@frozen
class Status(Outcome):
    """Answer with a status and a JSON body.

    Attributes:
        status: The status.
        json: The body; by default an error body for that status.
    """

    status: int = 500
    json: Any = None
    processed: bool = field(default=False, kw_only=True)

    def deliver(self, answer: Answer) -> Delivery:
        body = self.json
        if body is None:
            message = "The sandbox was told to fail."
            body = {"statusCode": self.status, "name": "Error", "message": message}
        return deliver(evolve(answer, status=self.status, body=msgspec.json.encode(body)))


@frozen
class TooMany(Outcome):
    """Answer 429 though the limit is not reached; the rate-limit headers stay true.

    Attributes:
        retry_after: Seconds for `Retry-After`; None sends no such header.
    """

    retry_after: float | None = None
    processed: bool = field(default=False, kw_only=True)
    spends: bool = field(default=False, kw_only=True)

    def deliver(self, answer: Answer) -> Delivery:
        body = {"statusCode": 429, "name": "TooManyRequestsError", "message": "Too many requests."}
        late = evolve(answer, status=429, body=msgspec.json.encode(body))
        if self.retry_after is not None:
            late = late.having(("Retry-After", f"{self.retry_after:g}"))
        return deliver(late)


@frozen
class Redirect(Outcome):
    """Answer with a redirect.

    Attributes:
        location: Where to.
        status: 301, 302, 303, 307 or 308.
    """

    location: str = "/"
    status: int = 307
    processed: bool = field(default=False, kw_only=True)

    def deliver(self, answer: Answer) -> Delivery:
        moved = evolve(answer, status=self.status, body=b"")
        return deliver(moved.having(("Location", self.location)))


@lru_cache(maxsize=2)
def gzip_bomb(decoded_bytes: int) -> bytes:
    """Return gzip of one JSON object of at least so many bytes.

    A block of letters is compressed once, with a full flush behind it, so that its compressed form
    stands on its own and can be repeated; only the checksum has to see every byte.
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
