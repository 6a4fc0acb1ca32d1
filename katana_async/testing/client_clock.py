"""A clock that shifts the time of day for the Python code of this process, like another host's.

It does not change `time.monotonic`, nor the event loop, nor C code that reads the system's clock
(SQLite, a database server).
"""

import datetime as dt
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import pytest


class ClientClock:
    """A clock that replaces the real one in all modules, and in the attributes of `holders`."""

    def __init__(self, patch: pytest.MonkeyPatch, holders: Iterable[object]) -> None:
        self.offset = 0.0  # seconds
        fakes = self._make_fakes()
        for module in list(sys.modules.values()):
            names = getattr(module, "__dict__", {})
            for name, value in list(names.items()):
                if id(value) in fakes:
                    patch.setitem(names, name, fakes[id(value)])
        for holder in holders:
            slots = [getattr(kind, "__slots__", ()) for kind in type(holder).__mro__]
            for name in {*getattr(holder, "__dict__", ())}.union(*slots):
                fake = fakes.get(id(getattr(holder, name, None)))
                if fake is not None:
                    patch.setattr(holder, name, fake)

    @contextmanager
    def shift(self, seconds: float) -> Generator[None]:
        """Shift the clock within the context, for all threads."""
        self.offset = seconds
        try:
            yield
        finally:
            self.offset = 0.0

    def _make_fakes(self) -> dict[int, Any]:
        """Return the replacements, by the identity of the original."""
        clock, real_time, real_time_ns, real = self, time.time, time.time_ns, dt.datetime

        class DatetimeType(type):
            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, real)

        class Datetime(dt.datetime, metaclass=DatetimeType):
            # The instances are real datetimes, since drivers check the exact type.
            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                return real(*args, **kwargs)

            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                return real.now(tz) + dt.timedelta(seconds=clock.offset)

            @classmethod
            def utcnow(cls) -> Any:
                return cls.now(dt.UTC).replace(tzinfo=None)

        return {
            id(real_time): lambda: real_time() + clock.offset,
            id(real_time_ns): lambda: real_time_ns() + int(clock.offset * 1e9),
            id(real): Datetime,
        }
