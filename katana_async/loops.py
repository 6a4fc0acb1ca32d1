"""Find out that an object is used in another event loop, or process, than it belongs to."""

import asyncio
import os

from attrs import define

from .errors import ConfigurationError


@define(eq=False)
class OneLoop:
    """The event loop and the process of an object's first use, the only ones it may be used in.

    Attributes:
        name: What the object is called in messages.
        remedy: What to do instead: a sentence.
        loop: The loop; None before the first use.
        pid: The process of the first use.
    """

    name: str
    remedy: str
    loop: asyncio.AbstractEventLoop | None = None
    pid: int = 0

    def check(self) -> None:
        """Bind the object to the running loop at its first use; later, compare.

        Raises:
            ConfigurationError: This is another loop or process.
        """
        # After a fork there may be no running loop to ask for.
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
