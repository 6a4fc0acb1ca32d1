"""Rechecks: reads of single records by their keys."""

from collections.abc import Collection, Iterable, Mapping

from attrs import define

from ..http.walk import Window
from .commands import Answer, Have, LookUp, Read, Steps
from .ledger import Ledger
from .state import GONE, Key, Recheck


@define(eq=False, slots=False)
class Rechecks(Ledger):
    """Read records that may have changed or vanished."""

    def add_hints(self, keys: Iterable[Key]) -> None:
        """Read records soon, and repeatedly until `overlap` from now: they may have changed."""
        now = self.now()
        for key in keys:
            self.state.rechecks[key] = Recheck(now, now + self.settings.overlap)

    def reconcile(self, parent: str, listed: Mapping[Key, Collection[Key]]) -> Steps:
        """Recheck the rows that the mirror has and their records no longer contain.

        Args:
            parent: See `LookUp`.
            listed: The rows of each record; none for a deleted record.
        """
        have: Have = yield LookUp(tuple(listed), parent=parent)
        kept = {key for keys in listed.values() for key in keys}
        self.add_hints(key for key in have if key not in kept and not self.is_known_gone(key, have))

    def due_rechecks(self) -> list[Key]:
        """Return the keys to read now, at most as many as one page shows."""
        now = self.now()
        due = [key for key, each in self.state.rechecks.items() if each.due <= now]
        return due[: self.settings.limit]

    def recheck(self) -> Steps:
        """Read the records that are due by their keys: one request."""
        now, due, rechecks = self.now(), self.due_rechecks(), self.state.rechecks
        if not due:
            return
        have: Have | None = None
        if self.has_mirror:
            have = yield LookUp(tuple(due))
        answer: Answer = yield Read(Window(1, self.settings.limit), keys=tuple(due))
        for row in answer.rows:
            self.consider(row, answer, have=have)
        listed = {row.key for row in answer.rows}
        for key in due:
            entry = rechecks.get(key)
            if entry is None:
                continue
            held, until = self.held_version(key, have), entry.until
            if key not in listed and held is not None and held.fingerprint != GONE:
                if self.is_gone(held, answer):
                    self.delete(key, answer.read, "swept" if entry.swept else "vanished")
                    continue
                until = max(until, held.updated + self.settings.overlap)
            if entry.due > now:
                continue  # `consider` has set a new time
            if answer.sent >= until:
                del rechecks[key]
                continue
            # Wait twice as long as since the hint.
            waited = now - (until - self.settings.overlap)
            due_next = min(until, now + max(self.settings.first_wait, 2 * waited))
            rechecks[key] = Recheck(due_next, until, swept=entry.swept)
        yield from self.flush()
