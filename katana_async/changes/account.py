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
        """Return the server's time in milliseconds, or a little earlier, but never later."""
        if self._date is None:
            return int(time.time() * 1000)
        return int((self._date + self.clock.now() - self._received) * 1000)

    def update(self, response: Response, started: float) -> tuple[int, int]:
        """Set the clock by an answer, and return the bounds of the time of its read.

        Args:
            response: The answer. Without a Date header, this machine's clock is used.
            started: The time before the call, by `clock`, in seconds.

        Returns:
            The request was sent at the first time or later, and the rows were read at the second
            time or earlier: milliseconds of the server's clock.
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


_accounts: WeakKeyDictionary[SessionHolder, dict[tuple[str, str], asyncio.Task[Account]]] = (
    WeakKeyDictionary()
)
"""By session, and by server and quota: derived clients with the same credential share one."""


async def identify(http: Transport) -> Account:
    """Return the account of a client. It is read once for all feeds of the client."""
    quota = "" if http.auth is None else (await http.auth.credential()).quota
    accounts, key = _accounts.setdefault(http.session, {}), (str(http.base_url), quota)

    def forget_failure(reading: asyncio.Task[Account]) -> None:
        # An error keeps its frames, and they the session: this entry would never be collected.
        if reading.cancelled() or reading.exception():
            del accounts[key]

    if key not in accounts:
        accounts[key] = asyncio.create_task(_read_account(http), name="katana-account")
        accounts[key].add_done_callback(forget_failure)
    return await asyncio.shield(accounts[key])  # a cancelled feed does not cancel the others


async def _read_account(http: Transport) -> Account:
    factory, server_time = load("factory"), ServerTime(http.clock)
    started = http.clock.now()
    response = await http.send(Request("GET", factory.path, repeat=Repeat.READ))
    server_time.update(response, started)
    found = Codec(factory.model, factory.path, http.stats).one(response.content)
    return Account(found.factory_id, server_time)
