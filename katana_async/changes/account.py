"""The account of a client: its id, the server's clock, and the budget of its followed feeds."""

import asyncio
import math
import time
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

from ..http.clock import Clock
from ..http.decoding.codec import Codec
from ..http.messages import Repeat, Request, Response, parse_date
from ..http.session import SessionHolder
from ..http.transport import Transport
from ..resources import load
from .schedule import Budget


@define(eq=False)
class ServerTime:
    """The server's clock, by the Date header of the newest answer."""

    clock: Clock
    _date: float | None = None
    _received: float = 0.0

    def now(self) -> int:
        """Return the server's time in milliseconds, never later than it is."""
        if self._date is None:
            return int(time.time() * 1000)
        return int((self._date + self.clock.now() - self._received) * 1000)

    def learn(self, response: Response, started: float) -> tuple[int, int]:
        """Return the earliest time of sending and the latest time of reading, in milliseconds.

        Args:
            response: The answer. Without a Date header, this machine's clock is used.
            started: The time before the call, by `clock`.
        """
        received = self.clock.now()
        date = parse_date(response.headers)
        if date is None:
            date = math.floor(time.time())
        self._date, self._received = date, received
        return int((date - (received - started)) * 1000), int((date + 1) * 1000)


@frozen
class Account:
    """The account of a client.

    Attributes:
        id: The `factory_id`.
        time: The server's clock as the account's answers show it.
        budget: The requests that the account's followed feeds share.
    """

    id: int
    time: ServerTime
    budget: Budget = field(factory=Budget)


@define(eq=False)
class _Identity:
    """The account of one credential: read once, by the first feed that needs it.

    Attributes:
        account: The account; None until it is read.
    """

    account: Account | None = None
    _reading: asyncio.Task[Account] | None = None

    async def read(self, http: Transport) -> Account:
        """Read the account, or wait for the read of another feed, and raise its error."""
        reading = self._reading
        if reading is None:
            reading = asyncio.create_task(self._read(http), name="katana-account")
            reading.add_done_callback(self._end)
            self._reading = reading
        return await asyncio.shield(reading)  # a cancelled feed does not cancel the others

    async def _read(self, http: Transport) -> Account:
        factory, server_time = load("factory"), ServerTime(http.clock)
        started = http.clock.now()
        response = await http.send(Request("GET", factory.path, repeat=Repeat.READ))
        server_time.learn(response, started)
        found = Codec(factory.model, factory.path, http.stats).one(response.content)
        self.account = Account(found.factory_id, server_time)
        return self.account

    def _end(self, reading: asyncio.Task[Account]) -> None:
        # An error holds frames, and thereby the session, which would keep this entry forever.
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # so that asyncio does not log one for which no feed waits


_identities: WeakKeyDictionary[SessionHolder, dict[tuple[str, str], _Identity]] = (
    WeakKeyDictionary()
)
"""By session, and by server and quota: derived clients with the same credential share one."""


async def identify(http: Transport) -> Account:
    """Return the account of a client. The feeds of a client and its derived clients share it."""
    quota = "" if http.auth is None else (await http.auth.credential()).quota
    identities = _identities.setdefault(http.session, {})
    key = str(http.base_url), quota
    identity = identities.get(key)
    if identity is None:
        identity = identities[key] = _Identity()
    return identity.account or await identity.read(http)
