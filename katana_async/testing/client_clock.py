"""The time of day as Python code of this process sees it, set off as another host's may be.

`time.monotonic` stays as it is, and with it the event loop. What asks the system from C (SQLite, a
database's server) is not deceived.
"""

import datetime as dt
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import define

__all__ = ["ClientClock"]


@define
class ClientClock:
    """A clock that is right until it is set off, once it is in the place of the real one.

    Attributes:
        off: By how many seconds.
    """

    off: float = 0.0

    @contextmanager
    def off_by(self, seconds: float) -> Generator[None]:
        """Set the clock off for as long as the context lasts, for all threads."""
        self.off = seconds
        try:
            yield
        finally:
            self.off = 0.0

    def take_over(self, patch: pytest.MonkeyPatch, holders: Iterable[object]) -> None:
        """Put this clock in the place of the real one, until the patch is undone.

        Args:
            patch: What undoes it.
            holders: Objects which may have kept the real one in an attribute. Besides, it is
                replaced wherever a module knows it, by whatever name.
        """
        fakes = self._fakes()
        for module in list(sys.modules.values()):
            names = getattr(module, "__dict__", {})
            for name, value in list(names.items()):
                if id(value) in fakes:
                    patch.setitem(names, name, fakes[id(value)])
        for holder in holders:
            for name in _attributes(holder):
                fake = fakes.get(id(getattr(holder, name, None)))
                if fake is not None:
                    patch.setattr(holder, name, fake)

    def _fakes(self) -> dict[int, Any]:
        """Return what takes the place of what, which is told by its identity."""
        clock, real_time, real_time_ns, real = self, time.time, time.time_ns, dt.datetime

        class Kind(type):
            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, real)

        class Datetime(dt.datetime, metaclass=Kind):
            # Its instances are real ones, since drivers look at the exact type.
            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                return real(*args, **kwargs)

            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                return real.now(tz) + dt.timedelta(seconds=clock.off)

            @classmethod
            def utcnow(cls) -> Any:
                return cls.now(dt.UTC).replace(tzinfo=None)

        return {
            id(real_time): lambda: real_time() + clock.off,
            id(real_time_ns): lambda: real_time_ns() + int(clock.off * 1e9),
            id(real): Datetime,
        }


def _attributes(holder: object) -> set[str]:
    slots = (getattr(kind, "__slots__", ()) for kind in type(holder).__mro__)
    return {*getattr(holder, "__dict__", ())}.union(*slots)
