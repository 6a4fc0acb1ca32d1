"""The line in front of a store. Who stands in it while the store is silent is told."""

import copy
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ..errors import KatanaError, TokenStoreError
from .turns import Turns


class Line:
    """Let so many operations run at once, the others in turn.

    Who waits in line while nobody gets an answer fails with the first that gives up. Otherwise they
    would meet a silent server one after the other, and each wait for it as long as the first.
    """

    def __init__(self, at_once: int) -> None:
        self._free = Turns(at_once)
        self._answered = 0.0
        self._in_vain = 0.0
        self._error: KatanaError = TokenStoreError("the store does not answer")

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Wait for a turn, and have it.

        Raises:
            KatanaError: Another one had no answer meanwhile: its error.
        """
        joined = time.monotonic()
        async with self._free:
            if self._answered < joined < self._in_vain:
                raise copy.copy(self._error)
            yield
            self._answered = time.monotonic()

    def in_vain(self, error: KatanaError) -> None:
        """Say that one waited for an answer and had none, before anybody else has a turn."""
        # A copy, whose traceback is not kept: its frames may have seen tokens.
        self._in_vain, self._error = time.monotonic(), copy.copy(error)
