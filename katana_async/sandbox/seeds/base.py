"""What all seeded tables have in common."""

from collections.abc import Sequence

from ..layout import Layout
from ..store import Id, Record
from .plan import Calendar, Plan


class Seeded:
    """Records of one kind, made of a plan.

    Args:
        plan: How many records there are, and which belong to which.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.calendar = Calendar(len(self))

    def __len__(self) -> int:
        raise NotImplementedError

    def created(self, index: int) -> int:
        """Return when a record was created, in milliseconds since the epoch."""
        return self.calendar.created(index)

    def hidden(self, _index: int) -> str | None:
        """Return the field that is set on a record which lists hide."""
        return None

    def children(self, link: str, _parent: Id, /) -> Sequence[int]:
        """Return the indexes of the records that belong to another; these belong to none."""
        raise KeyError(link)

    def veil(self, index: int, stamps: dict[str, str]) -> dict[str, str | None]:
        """Return the field that hides a record, with its time."""
        name = self.hidden(index)
        return {name: stamps["updated_at"]} if name else {}


class NoSeed(Seeded):
    """A table in which there is nothing at first."""

    def __len__(self) -> int:
        return 0

    def children(self, _link: str, _parent: Id) -> Sequence[int]:
        return ()

    def make(self, index: int) -> Record:
        """Make a record, of which there are none."""
        raise IndexError(index)


def each_of(parent: Id, layout: Layout, parents: int, each: int) -> Sequence[int]:
    """Return the indexes of a parent's children, where all have as many and come in one order.

    Args:
        layout: The layout of the parents' table.
        parents: How many parents have children: the first ones.
    """
    index = parent - layout.id(0) if isinstance(parent, int) else -1
    return range(index * each, (index + 1) * each) if 0 <= index < parents else ()


def every_of(parent: Id, layout: Layout, parents: int, children: int) -> Sequence[int]:
    """Return the indexes of a parent's children, where children go to the parents in turn."""
    index = parent - layout.id(0) if isinstance(parent, int) else -1
    return range(index, children, parents) if 0 <= index < parents else ()
