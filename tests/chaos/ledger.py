"""What callers were told, what the sandbox did, and where the two contradict each other."""

import asyncio
from collections import Counter, defaultdict, deque
from typing import Any

import msgspec
from attrs import define, field

from katana_async import ConfigurationError, KatanaError
from katana_async.sandbox import Sandbox
from katana_async.sandbox.wire import Answer, Request
from tests.chaos.weather import RESTLESS

GRACE = 0.1
"""Seconds after its deadline within which a call must have ended."""

_NOT_READ = (401, 429)
"""Answers to a POST after which the client may send it again."""

_BEAT = 0.005


@define(eq=False)
class LoopDelay:
    """Measure how late the event loop runs what is due."""

    _late: deque[tuple[float, float]] = field(factory=lambda: deque(maxlen=4000))
    _due: float = float("inf")

    async def measure(self) -> None:
        """Wake every few milliseconds, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._due = loop.time() + _BEAT
            await asyncio.sleep(_BEAT)
            self._late.append((self._due, loop.time()))

    def between(self, start: float, end: float) -> float:
        """Return the seconds of a span in which the loop was held up."""
        held_up = max(0.0, end - max(self._due, start))
        for due, woke in reversed(self._late):
            if woke <= start:
                break
            held_up += max(0.0, min(woke, end) - max(due, start))
        return held_up


@define(eq=False)
class Ledger:
    """Everything that happened, and what of it must not.

    Attributes:
        calls: How many calls were made, each page of a walk included.
        latest: Seconds: the most that a call ended after its deadline.
        alive: The ids of the records of the restless collection that stay, with the time from
            which every read shows them.
        executed: How often the server carried a write out, by what identifies it.
        violations: What must not happen, in words.
    """

    delay: LoopDelay = field(factory=LoopDelay)
    alive: dict[int, float] = field(factory=dict)
    executed: Counter[str] = field(factory=Counter)
    results: Counter[str] = field(factory=Counter)
    errors: Counter[str] = field(factory=Counter)
    cancelled: int = 0
    calls: int = 0
    walks: int = 0
    latest: float = 0.0
    violations: list[str] = field(factory=list)
    _successes: set[str] = field(factory=set)
    _surely_not: dict[str, str] = field(factory=dict)

    # -- what callers were told

    def note_call(self, what: str, deadline: float, end: float) -> None:
        """Note that a call has ended, by the loop's clock."""
        self.calls += 1
        late = end - deadline
        if late > 0:
            late -= self.delay.between(deadline, end)
            self.latest = max(self.latest, late)
            if late > GRACE:
                self.violations.append(f"{what} ended {late:.3f} s after its deadline")

    def note_result(self, kind: str, write: str | None) -> None:
        """Note that an action has succeeded."""
        self.results[kind] += 1
        if write is not None:
            self._successes.add(write)

    def note_error(self, kind: str, write: str | None, error: Exception) -> None:
        """Note that an action has failed."""
        self.errors[type(error).__name__] += 1
        if not isinstance(error, KatanaError) or isinstance(error, ConfigurationError):
            self.violations.append(f"{kind} raised {error!r}")
        elif write is not None and not _may_have_happened(error):
            self._surely_not[write] = repr(error)

    # -- what the sandbox did

    def note_answer(self, request: Request, answer: Answer) -> None:
        """Note what a request did at the server."""
        write = _identify(request.method, request.path, request.body)
        if write is not None and answer.status < 300:
            self.executed[write] += 1

    # -- whether they agree

    def compare(self, sandbox: Sandbox) -> list[str]:
        """Return everything that must not have happened."""
        found = list(self.violations)
        found += [f"{what} was executed {n} times" for what, n in self.executed.items() if n > 1]
        found += [
            f"{what} was executed, and raised {error}"
            for what, error in self._surely_not.items()
            if self.executed[what]
        ]
        found += [
            f"{what} succeeded without being executed"
            for what in self._successes - _lied_to(sandbox)
            if not self.executed[what]
        ]
        table = sandbox.store[RESTLESS[1:]]
        rows = (table.get(each, deleted=True) for each in table.ids(deleted=True))
        names = Counter(row["name"] for row in rows if row is not None)
        found += [f"{n} records are named {name}" for name, n in names.items() if _twice(name, n)]
        return found + _sent_again(sandbox)


def _twice(name: str, n: int) -> bool:
    return n > 1 and name.startswith(("create", "update"))


def _may_have_happened(error: KatanaError) -> bool:
    return bool(getattr(error, "outcome_unknown", False) or getattr(error, "accepted", False))


def _identify(method: str, path: str, body: Any) -> str | None:
    """Return what names a write: each one is made with a name, or of a record, of its own."""
    if f"{RESTLESS}" not in path or method not in ("POST", "PATCH", "DELETE"):
        return None
    if method == "DELETE":
        return "delete " + path.rpartition("/")[2]
    return str((msgspec.json.decode(body) if isinstance(body, bytes) else body)["name"])


def _lied_to(sandbox: Sandbox) -> set[str]:
    """Return the writes that a fault answered with 2xx, whatever the true answer was."""
    lies = [seen for seen in sandbox.journal if seen.fault in ("Html", "Empty", "Status")]
    return {
        write
        for seen in lies
        if seen.status == 200 and (write := _identify(seen.method, seen.path, seen.body))
    }


def _sent_again(sandbox: Sandbox) -> list[str]:
    """Return the creates and updates that were sent again although they may have been executed."""
    sent: defaultdict[str, list[int | None]] = defaultdict(list)
    for seen in sandbox.journal:
        if seen.method in ("POST", "PATCH"):
            write = _identify(seen.method, seen.path, seen.body)
            if write is not None:
                sent[write].append(seen.status)
    return [
        f"{write} was sent again after {statuses}"
        for write, statuses in sent.items()
        if any(status not in _NOT_READ for status in statuses[:-1])
    ]
