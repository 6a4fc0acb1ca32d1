"""TCP connections: read requests, send answers, apply faults."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Protocol, cast

from attrs import define, field

from .fault_rules import FaultPlan, Faults
from .faults import Delivery, End, IdleClose, deliver
from .journal import Seen
from .wire import Answer, HttpRequest, MalformedRequest, RequestParser, peek_request_line

_LINGER_ZERO = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


@define
class Connections:
    """The open connections, and counts of all.

    Attributes:
        opened: The number accepted since the start.
        resets: The number reset before a request was read (see `ResetBeforeRead`).
        closed: The number closed although they were kept alive (see `IdleClose`).
        open: The number open now.
    """

    opened: int = 0
    resets: int = 0
    closed: int = 0
    _open: set["HttpConnection"] = field(factory=set["HttpConnection"], repr=False)

    @property
    def open(self) -> int:
        return len(self._open)

    def all(self) -> list["HttpConnection"]:
        """Return the open connections."""
        return list(self._open)

    def add(self, connection: "HttpConnection") -> int:
        """Add a new connection, and return its number."""
        self.opened += 1
        self._open.add(connection)
        return self.opened

    def discard(self, connection: "HttpConnection") -> None:
        """Remove a closed connection."""
        self._open.discard(connection)


@define
class Exchange:
    """A complete request, its faults and its journal entry.

    Attributes:
        answer: Carries out the request and returns the delivery; must be called once.
    """

    plan: FaultPlan
    answer: Callable[[], Delivery]
    seen: Seen


class Host(Protocol):
    """The server of a connection."""

    faults: Faults
    connections: Connections

    def path_of(self, target: str) -> str:
        """Return the path below the base URL of a request target."""
        ...

    def receive(self, request: HttpRequest, connection: int) -> Exchange:
        """Return the exchange of a complete request."""
        ...


class HttpConnection(asyncio.Protocol):
    """A connection, whose requests are served one after the other."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser = RequestParser()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._number = 0
        self._served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._number = self._host.connections.add(self)
        if self._host.faults.on_connect():
            self._host.connections.resets += 1
            self._reset()

    def connection_lost(self, exc: Exception | None) -> None:
        self._host.connections.discard(self)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._timer is None and self._parser.idle and self._apply_arrival_fault(data):
            return
        self._parser.feed(data)
        self._process_buffer()

    def abort(self) -> None:
        """Close the connection at once, without sending buffered bytes."""
        if self._transport is not None:
            self._transport.abort()

    def _apply_arrival_fault(self, data: bytes) -> bool:
        method, target = peek_request_line(data)
        path = self._host.path_of(target)
        fault = self._host.faults.on_arrival(method, path, kept_alive=self._served > 0)
        if fault is None:
            return False
        if isinstance(fault, IdleClose):
            self._host.connections.closed += 1
            self._close()
        else:
            self._host.connections.resets += 1
            self._reset()
        return True

    def _process_buffer(self) -> None:
        while self._timer is None and self._transport and not self._transport.is_closing():
            try:
                request = self._parser.next()
            except MalformedRequest as problem:
                self._transport.write(deliver(Answer(problem.status)).data)
                self._close()
                return
            if request is None:
                if self._parser.expects_continue:
                    self._parser.expects_continue = False
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self._handle_request(request)

    def _handle_request(self, request: HttpRequest) -> None:
        exchange = self._host.receive(request, self._number)
        plan = exchange.plan
        if not plan.delay:
            self._send(request, exchange, exchange.answer())
            return
        ready = exchange.answer() if plan.processed_at_once else None

        def finish() -> None:
            self._timer = None
            self._send(request, exchange, ready or exchange.answer())
            self._process_buffer()

        self._timer = asyncio.get_running_loop().call_later(plan.delay, finish)

    def _send(self, request: HttpRequest, exchange: Exchange, delivery: Delivery) -> None:
        assert self._transport is not None
        self._served += 1
        exchange.seen.status = delivery.status
        if delivery.end is End.RESET:
            self._reset()
            return
        self._transport.write(delivery.data)
        if exchange.plan.closes:
            self._host.connections.closed += 1
        if exchange.plan.closes or delivery.end is End.CLOSE or not request.keep_alive:
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _reset(self) -> None:
        """Close the connection with RST instead of FIN, without sending buffered bytes."""
        if self._transport is not None:
            sock: socket.socket | None = self._transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            self._transport.abort()
