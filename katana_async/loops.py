"""A check that an object is used in one event loop of one process only."""

import asyncio
import os

from attrs import define

from .errors import ConfigurationError


@define(eq=False)
class OneLoop:
    """The event loop and the process of an object's first use. Use in others is refused."""

    name: str  # of the object, in messages
    remedy: str  # the sentence that ends the message
    loop: asyncio.AbstractEventLoop | None = None
    pid: int = 0

    def check(self) -> None:
        """Raise ConfigurationError if the loop or the process is not the one of the first use."""
        # The process is compared first, since a forked child may have no running loop.
        if self.loop is not None and self.pid != os.getpid():
            raise ConfigurationError(
                f"this {self.name} was used before the process forked: its connections belong to"
                " the parent. Make one in the child"
            )
        loop = asyncio.get_running_loop()
        if self.loop is None:
            self.loop, self.pid = loop, os.getpid()
        if loop is not self.loop:
            closed = ", which is closed" if self.loop.is_closed() else ""
            raise ConfigurationError(
                f"this {self.name} belongs to another event loop{closed}. {self.remedy}"
            )
