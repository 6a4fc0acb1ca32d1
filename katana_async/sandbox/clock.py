"""The sandbox's clock, which dates answers, rate-limit windows and records."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """The interface of clocks."""

    def time(self) -> float:
        """Return the seconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def time(self) -> float:
        return time.time()


class ManualClock:
    """A clock that stands still until a test moves it.

    Args:
        start: The initial time in seconds since the epoch; by default 2026-01-05T08:00:00Z.
    """

    def __init__(self, start: float = 1_767_600_000.0) -> None:
        self._now = start

    def time(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward, or back when `seconds` is negative."""
        self._now += seconds


def milliseconds(clock: Clock) -> int:
    """Return the present time in whole milliseconds since the epoch."""
    return int(clock.time() * 1000)


def timestamp(moment: int) -> str:
    """Format milliseconds since the epoch as Katana does: 2020-10-23T10:37:05.085Z."""
    day = _EPOCH + timedelta(milliseconds=moment)
    return day.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment(text: str) -> int:
    """Parse an ISO 8601 time with an offset, or a date, into milliseconds since the epoch.

    Raises:
        ValueError: The text is neither.
    """
    day = datetime.fromisoformat(text)
    if day.tzinfo is None:
        if len(text) != len("2020-10-23"):
            raise ValueError("a time needs an offset")
        day = day.replace(tzinfo=UTC)
    return int(day.timestamp() * 1000)
