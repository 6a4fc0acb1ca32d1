"""Tokens as they were found in a row, and when that was."""

from attrs import frozen

from ..records import ConnectionRecord


@frozen
class Moment:
    """One moment by two clocks. The store's was read a little later, so tokens end early, not late.

    Attributes:
        here: This process's clock.
        store: The store's clock.
    """

    here: float
    store: float

    def to_store(self, here: float) -> float:
        """Return what the store's clock says when this process's says so."""
        return self.store + (here - self.here)

    def to_here(self, store: float) -> float:
        """Return what this process's clock says when the store's says so."""
        return self.here + (store - self.store)


@frozen
class Found:
    """A connection's tokens as they are in the row, or will be.

    Attributes:
        record: The record.
        version: The newest version of the row that is known.
        moment: When that was.
        unsaved: The fingerprint of the refresh token that was spent for these tokens, while the
            store does not have them yet.
    """

    record: ConnectionRecord
    version: int
    moment: Moment
    unsaved: str | None = None


def put_back(found: Found, seen: Found) -> bool:
    """Return whether a row is older than one that was seen: a backup was restored, say.

    Not when it was connected anew or refreshed since, on top of the row that was put back: that
    mends it.
    """
    one, other = found.record, seen.record
    return (
        one.birth == other.birth
        and found.version < seen.version
        and one.connected_at <= other.connected_at
        and (one.refreshed_at or 0.0) <= (other.refreshed_at or 0.0)
    )
