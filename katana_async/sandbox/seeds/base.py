"""What all seeded tables have in common."""

from collections.abc import Sequence

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
