"""Those who want to hear of what happens to connections, each told in a task of its own."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

from attrs import define, field

from ..records import ConnectionRecord
from .connections import Connection, connection_of

log = logging.getLogger("katana_async")

Listener = Callable[[Connection], Awaitable[None] | None]


@define(eq=False)
class Listeners:
    """Tell of what happens. Whoever waits for tokens does not wait for a listener too.

    Attributes:
        on_refresh: Hears of each refresh that was stored.
        on_reauthorization_required: Hears of each connection that has ended.
        on_refresh_failed: Hears of each connection whose refreshes begin to be refused.
    """

    on_refresh: Listener | None
    on_reauthorization_required: Listener | None
    on_refresh_failed: Listener | None = None
    _telling: set[asyncio.Task[None]] = field(factory=set[asyncio.Task[None]])

    async def refreshed(self, connection_id: str, record: ConnectionRecord) -> None:
        """Tell of a refresh."""
        self._tell(self.on_refresh, connection_id, record)

    async def over(self, connection_id: str, record: ConnectionRecord) -> None:
        """Tell of an end."""
        self._tell(self.on_reauthorization_required, connection_id, record)

    async def refused(self, connection_id: str, record: ConnectionRecord) -> None:
        """Tell of refreshes that fail."""
        self._tell(self.on_refresh_failed, connection_id, record)

    async def close(self, timeout: float) -> None:
        """Let them finish, but the one that is closing."""
        others = self._telling - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=timeout)

    def _tell(
        self, listener: Listener | None, connection_id: str, record: ConnectionRecord
    ) -> None:
        if listener is None:
            return
        telling = asyncio.get_running_loop().create_task(
            _told(listener, connection_of(connection_id, record)), name="katana-oauth-event"
        )
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)


async def _told(listener: Listener, connection: Connection) -> None:
    try:
        outcome = listener(connection)
        if inspect.isawaitable(outcome):
            await outcome
    except Exception:
        log.exception("connection %s: a listener failed", connection.id)
