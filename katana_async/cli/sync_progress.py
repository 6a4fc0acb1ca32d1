"""The progress of `sync` on stderr: a line for each collection."""

import math
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

from ..http.limits import Limits
from ..http.limits.limiter import Grant, Limiter, QuotaLimiter
from ..http.limits.registry import shared
from ..http.limits.window import Priority
from .errors import print_error
from .progress import is_verbose

if TYPE_CHECKING:
    from ..etl.source import Progress

_PAGE = 250
_NOTABLE_WAIT = 0.5
"""Seconds from which a call that waits for a slot counts as waiting for the quota."""
_PAUSE = 10.0
"""Seconds between two reports in a pipe."""


@define(eq=False)
class WatchedLimits:
    """The limits of the process, and the calls that wait for them.

    Attributes:
        now: Returns monotonic seconds.
        per_minute: Requests that the newest quota allows in a minute; None before the first call.
    """

    now: Callable[[], float] = time.monotonic
    per_minute: float | None = field(default=None, init=False)
    _waits: dict[object, float] = field(factory=dict[object, float], init=False)

    def limiter(self, server: str, quota: str) -> Limiter:
        """Return the limiter of a quota."""
        inner: Limits = shared
        return _WatchedLimiter(self, inner.limiter(server, quota))

    async def acquire(
        self, limiter: Limiter, priority: Priority, again: Grant | None, patience: float
    ) -> Grant:
        """Wait for a slot of a quota."""
        call = object()
        self._waits[call] = self.now()
        try:
            return await limiter.acquire(priority, again, patience)
        finally:
            del self._waits[call]
            if isinstance(limiter, QuotaLimiter):
                self.per_minute = limiter.window.limit * 60 / limiter.window.window

    @property
    def is_waiting(self) -> bool:
        """Whether a call has waited for some time."""
        waits = list(self._waits.values())  # other threads add and remove calls
        return bool(waits) and min(waits) < self.now() - _NOTABLE_WAIT


@define(eq=False)
class _WatchedLimiter:
    _watch: WatchedLimits
    _inner: Limiter

    async def acquire(
        self, priority: Priority, again: Grant | None = None, patience: float = float("inf")
    ) -> Grant:
        return await self._watch.acquire(self._inner, priority, again, patience)


@define
class _Place:
    """A collection of an account.

    Attributes:
        started: The time of the first report, in monotonic seconds.
    """

    name: str
    tenant: str | None
    started: float
    records: int = 0
    remaining: int | None = None
    caught_up: bool = False

    def describe(self, now: float) -> str:
        """Return the records, their rate, and the records that remain."""
        rate = self.records / max(now - self.started, 1)
        left = f", {self.remaining:,} left" if self.remaining else ""
        return f"{self.records:,} records, {rate:,.0f}/s{left}"


@define
class Overview:
    """The progress of all collections. No I/O.

    Attributes:
        limits: The quotas of the run.
        now: Returns monotonic seconds.
    """

    limits: WatchedLimits
    now: Callable[[], float]
    places: dict[tuple[str | None, str], _Place] = field(
        factory=dict[tuple[str | None, str], _Place], init=False
    )

    def report(self, progress: "Progress") -> _Place:
        """Record a report, and return its collection."""
        key = (progress.tenant, progress.collection)
        if key not in self.places:
            name = " ".join(filter(None, key))
            self.places[key] = _Place(name, progress.tenant, self.now())
        place = self.places[key]
        place.records, place.remaining = progress.records, progress.remaining
        place.caught_up = progress.caught_up
        return place

    def list_unfinished(self) -> list[_Place]:
        """Return the collections that are being read."""
        return [each for each in self.places.values() if not each.caught_up]

    def seconds_left(self) -> float | None:
        """Return an estimate of the time for the records that remain; None if there are none.

        It is the longer one of two: the time for their pages in the quota of their account, and
        the time at the rate so far.
        """
        pages: dict[str | None, int] = {}
        for place in self.list_unfinished():
            count = math.ceil((place.remaining or 0) / _PAGE)
            pages[place.tenant] = pages.get(place.tenant, 0) + count
        most = max(pages.values(), default=0)
        if not most:
            return None
        started = min(each.started for each in self.places.values())
        done = sum(each.records for each in self.places.values()) / _PAGE
        seconds = sum(pages.values()) * (self.now() - started) / max(done, 1)
        if self.limits.per_minute:
            seconds = max(seconds, most * 60 / self.limits.per_minute)
        return seconds

    def summary(self) -> str:
        """Return the time left, and whether the run waits for the quota."""
        seconds, parts = self.seconds_left(), list[str]()
        if seconds is not None:
            shown = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
            parts.append(f"about {shown} left")
        if self.limits.is_waiting:
            parts.append("waiting for the quota")
        return ", ".join(parts)


@contextmanager
def show_sync(limits: WatchedLimits) -> Generator[Callable[["Progress"], None]]:
    """Show the progress of a run: live on a terminal, in a pipe as lines every 10 seconds."""
    overview = Overview(limits, limits.now)
    if is_verbose():
        yield lambda _progress: None
    elif sys.stderr.isatty():
        yield from _show_live(overview)
    else:
        yield _line_writer(overview)


def _line_writer(overview: Overview) -> Callable[["Progress"], None]:
    last = overview.now()

    def show(progress: "Progress") -> None:
        nonlocal last
        overview.report(progress)
        now = overview.now()
        if now - last < _PAUSE:
            return
        last = now
        for place in overview.list_unfinished():
            print_error(f"{place.name}: {place.describe(now)}")
        if summary := overview.summary():
            print_error(summary)

    return show


def _show_live(overview: Overview) -> Generator[Callable[["Progress"], None]]:
    from rich.console import Console
    from rich.progress import Progress as Display, SpinnerColumn, TaskID, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[text]}"),
    )
    display = Display(*columns, console=Console(stderr=True), transient=True)
    total = display.add_task("", text="reading")
    lines: dict[str, TaskID] = {}

    def show(progress: "Progress") -> None:
        place = overview.report(progress)
        if place.name not in lines:
            lines[place.name] = display.add_task(place.name, text="")
        text = place.describe(overview.now())
        display.update(lines[place.name], text=text, visible=not place.caught_up)
        waiting = len(overview.list_unfinished())
        display.update(total, text=overview.summary() or ("reading" if waiting else "loading"))

    with display:
        yield show
