"""Replies to the core's commands from plain data, and a list of many records."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from attrs import define, field

from katana_async.changes.commands import Answer, Change, Deliver, LookUp, Read, Row, Steps, Version
from katana_async.changes.core import FeedCore
from katana_async.changes.state import TOP, Key
from katana_async.http.messages import Pagination

NOW = 1_800_000_000_000


def drive(steps: Steps, answer: Callable[[Any], Any]) -> list[Change]:
    """Execute a generator of the core: `answer` replies to reads and look-ups."""
    changes: list[Change] = []
    reply: Any = None
    while True:
        try:
            command: Any = steps.send(reply)
        except StopIteration:
            return changes
        if isinstance(command, Deliver):
            changes += command.changes
            reply = None
        else:
            reply = answer(command)


@define(eq=False)
class LargeList:
    """A list that does not change, with a record for each of the last `size` minutes.

    Attributes:
        reads: The commands that read it.
    """

    size: int
    reads: list[Read] = field(factory=list[Read])

    @property
    def requests(self) -> int:
        return len(self.reads)

    def run(self, core: FeedCore, name: str) -> list[Change]:
        """Execute a method of the core, and return its changes."""
        steps: Steps = getattr(core, name)()
        return drive(
            steps,
            lambda each: self._versions(each) if isinstance(each, LookUp) else self._page(each),
        )

    def _created(self, key: int) -> int:
        return NOW - (self.size - key) * 60_000

    def _row(self, key: int) -> Row:
        at = self._created(key)
        return Row(key, at, at, False, key)

    def _versions(self, command: LookUp) -> dict[Key, Version]:
        first = bisect_right(range(self.size), command.after, key=self._created)
        last = bisect_right(range(self.size), command.until, key=self._created)
        keys = range(first, last) if command.keys is None else command.keys
        times = {int(str(key)): self._created(int(str(key))) for key in keys}
        return {key: Version(key, at, at, key) for key, at in times.items()}

    def _page(self, command: Read) -> Answer:
        self.reads.append(command)
        lowest = max(command.created_min or 0, command.updated_min or 0)
        highest = min(command.created_max or TOP, command.updated_max or TOP)
        first = bisect_left(range(self.size), lowest, key=self._created)
        last = bisect_right(range(self.size), highest, key=self._created)
        window, count = command.window, max(0, last - first)
        top = last - window.offset
        keys = range(top - 1, max(first, top - window.limit) - 1, -1)
        header = Pagination(window.page, -(-count // window.limit), count, window.offset)
        return Answer([self._row(key) for key in keys], NOW, NOW + 1000, window, header)
