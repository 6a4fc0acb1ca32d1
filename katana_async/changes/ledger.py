"""The decisions about rows: which are new versions, and which absences are deletions."""

from collections.abc import Callable

from attrs import define, field, frozen

from .commands import LIMIT, Answer, Change, Deliver, Have, Reason, Row, Steps
from .state import GONE, Delivery, FeedState, Key, Recheck


@frozen
class FeedSettings:
    """Durations in milliseconds, and sizes.

    Attributes:
        overlap: The longest time by which reads lag.
        glance: If many changes are not settled, a poll reads only those since this long before the
            last poll. A change that became visible later still is delivered when it is settled.
        step: A poll moves the settled time if it is older than `now - overlap` by this or more.
        slice: The rows above which `settle` divides a time span, and the deliveries above which
            `advance` drops settled ones.
        limit: Rows of a page, and the most keys of a recheck.
        skew: The most by which Date headers are behind `updated_at`. A record that is restored
            within this time after it was found absent is delivered `overlap` later.
        first_wait: The shortest wait between two reads of a record that may have changed.
        sweep_every: The time from the end of a sweep to the next one, at least `overlap`.
        newest: The least number of records in a sweep of only the newest records; 0 for no such
            sweeps.
        newest_every: The time from the end of any sweep to one of the newest, at least `overlap`.
        most_deleted: The number of records that a sweep may always delete.
        share_deleted: The share of the records that a sweep may delete, if that is more.
    """

    overlap: int = 30 * 60_000
    glance: int = 3 * 60_000
    step: int = 5 * 60_000  # at least 1
    slice: int = 1000
    skew: int = 5 * 60_000
    first_wait: int = 2000
    sweep_every: int = 24 * 3_600_000
    newest: int = 0
    newest_every: int = 3_600_000
    limit: int = LIMIT
    most_deleted: float = 20
    share_deleted: float = 0.05


@define(eq=False, slots=False)
class Ledger:
    """Compare rows with the consumer's versions, and collect the changes to deliver.

    Attributes:
        state: The contents of the cursor.
        now: Returns the server's time in milliseconds, or a little earlier, but never later.
        has_dates: Whether the list can be filtered by `updated_at` and `created_at`.
        has_keys: Whether the list can be filtered by keys.
        has_mirror: Whether `LookUp` finds the consumer's records.
        paged: False if the whole list is one answer.
    """

    state: FeedState
    now: Callable[[], int]
    settings: FeedSettings = FeedSettings()
    has_dates: bool = True
    has_keys: bool = True
    has_mirror: bool = True
    paged: bool = True
    _changes: dict[Key, Change] = field(factory=dict[Key, Change], init=False)

    def consider(
        self, row: Row, answer: Answer, *, bound: int | None = None, have: Have | None = None
    ) -> None:
        """Deliver a row if it is newer than the delivered version.

        Args:
            row: A row of `answer`.
            answer: The page.
            bound: The lower bound of `updated_at` of the request. A row below it comes from an
                older state than the filter's.
            have: The mirror's versions, if they were looked up.
        """
        if bound is not None and row.updated < bound:
            return
        held = self.held_version(row.key, have)
        if held is None:
            if have is not None and row.deleted:
                return  # the mirror lacks the record already
            if have is None and bound is None and row.updated < self.state.settled_until:
                return  # delivered before the settled time
            self.deliver(row, answer.read)
        elif row.deleted and held.fingerprint == GONE:
            return
        elif row.updated > held.updated:
            self.deliver(row, answer.read)
        elif row.fingerprint != held.fingerprint:
            # No time stamp orders the two versions, so the order of reading does.
            if self.are_ordered(held, answer):
                self.deliver(row, answer.read)
            else:
                self.postpone(row.key, held)

    def held_version(self, key: Key, have: Have | None) -> Delivery | None:
        """Return the newest version that the consumer has, from the state or from the mirror."""
        delivered = self.state.delivered.get(key)
        version = have.get(key) if have else None
        if version is None or (delivered and delivered.updated >= version.updated_at):
            return delivered
        return Delivery(version.updated_at, self.state.read_until, version.fingerprint)

    def are_ordered(self, held: Delivery, answer: Answer) -> bool:
        """Return whether an answer is certainly not older than a delivered version."""
        return held.read <= answer.sent - self.settings.overlap

    def postpone(self, key: Key, held: Delivery) -> None:
        """Read a record again when the order of reading is certain.

        Without a filter by key, the next sweep or comparison reads it.
        """
        if self.has_keys:
            due = held.read + self.settings.overlap
            self.state.rechecks[key] = Recheck(due, due)

    def deliver(self, row: Row, read: int) -> None:
        """Add a row to the next batch."""
        state = self.state
        is_old = row.updated < state.settled_until and row.key not in state.delivered
        if state.is_first_pass and is_old:
            # The cursor cannot list all rows of the snapshot: one time of reading covers them.
            state.read_until = max(state.read_until, read)
        else:
            state.delivered[row.key] = Delivery(row.updated, read, row.fingerprint)
        state.rechecks.pop(row.key, None)
        self._changes[row.key] = Change(row.key, row, "marked" if row.deleted else None)

    def is_gone(self, held: Delivery | None, answer: Answer) -> bool:
        """Return whether the absence of a record from an answer proves that it is gone.

        A version from before `sent - overlap` is in every state that the answer can show, unless
        the record was deleted since.
        """
        if held is None or held.fingerprint == GONE:
            return False
        horizon = answer.sent - self.settings.overlap
        return held.updated <= horizon and (self.has_dates or held.read <= horizon)

    def is_known_gone(self, key: Key, have: Have | None) -> bool:
        """Return whether the consumer lacks a record, or got its deletion."""
        held = self.held_version(key, have)
        return held is None or held.fingerprint == GONE

    def delete(self, key: Key, read: int, reason: Reason) -> None:
        """Add the deletion of an absent record to the next batch."""
        # This entry prevents an answer from an older state from restoring the record. `read` is by
        # the Date header, which may be behind the clock of `updated_at`.
        self.state.delivered[key] = Delivery(read + self.settings.skew, read, GONE)
        self.state.rechecks.pop(key, None)
        self._changes[key] = Change(key, None, reason)

    def flush(self) -> Steps:
        """Yield the collected changes, if there are any."""
        if self._changes:
            changes, self._changes = tuple(self._changes.values()), {}
            yield Deliver(changes)

    def advance(self, until: int) -> None:
        """Move the settled time forward, and forget the deliveries that it covers."""
        state = self.state
        settled = state.settled_until = max(state.settled_until, until)
        state.delivered = {
            key: each
            for key, each in state.delivered.items()
            if max(each.updated, each.read) >= settled or key in state.rechecks
        }
        if len(state.delivered) <= self.settings.slice:
            return
        # After a long pause there are many deliveries. Those that no poll returns again are
        # dropped, and `read_until` covers them with one time of reading.
        for key, each in list(state.delivered.items()):
            is_listed = each.updated >= settled or each.fingerprint == GONE
            if not is_listed and key not in state.rechecks:
                state.read_until = max(state.read_until, state.delivered.pop(key).read)
