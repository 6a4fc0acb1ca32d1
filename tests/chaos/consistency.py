"""The consistency of the results that callers got with the writes that the sandbox executed."""

import asyncio
from collections import Counter, defaultdict, deque
from typing import Any

import msgspec
from attrs import define, field

from katana_async import ConfigurationError, KatanaError
from katana_async.sandbox import Sandbox
from katana_async.sandbox.wire import Answer, HttpRequest
from tests.chaos.random_faults import CHANGING_COLLECTION

GRACE = 0.1
"""Seconds by which a call may end after its deadline."""

_NOT_READ = (401, 429)
"""Statuses after which the client may send a POST again."""

_INTERVAL = 0.005


@define(eq=False)
class LoopDelay:
    """A measurement of the event loop's delays."""

    _late: deque[tuple[float, float]] = field(factory=lambda: deque(maxlen=4000))
    _due: float = float("inf")

    async def measure(self) -> None:
        """Record the delay of a short sleep again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._due = loop.time() + _INTERVAL
            await asyncio.sleep(_INTERVAL)
            self._late.append((self._due, loop.time()))

    def blocked_seconds(self, start: float, end: float) -> float:
        """Return the seconds between two times in which the event loop was blocked."""
        held_up = max(0.0, end - max(self._due, start))
        for due, woke in reversed(self._late):
            if woke <= start:
                break
            held_up += max(0.0, min(woke, end) - max(due, start))
        return held_up


@define(eq=False)
class ConsistencyChecker:
    """Records results and executed writes, and finds contradictions.

    Attributes:
        alive: The ids of the changing collection's permanent records, with the time from which
            every read must return them.
        executed: The number of executions of each write by the server.
        calls: The number of calls; each page of a walk is one.
        latest: The maximum of seconds by which a call ended after its deadline.
        violations: Descriptions of errors found during the run.
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
    _not_executed: dict[str, str] = field(factory=dict)

    # -- results of calls

    def record_call(self, what: str, deadline: float, end: float) -> None:
        """Record the end of a call; times are of the loop's clock."""
        self.calls += 1
        late = end - deadline
        if late > 0:
            late -= self.delay.blocked_seconds(deadline, end)
            self.latest = max(self.latest, late)
            if late > GRACE:
                self.violations.append(f"{what} ended {late:.3f} s after its deadline")

    def record_result(self, kind: str, write: str | None) -> None:
        """Record that an action has succeeded."""
        self.results[kind] += 1
        if write is not None:
            self._successes.add(write)

    def record_error(self, kind: str, write: str | None, error: Exception) -> None:
        """Record that an action has failed."""
        self.errors[type(error).__name__] += 1
        if not isinstance(error, KatanaError) or isinstance(error, ConfigurationError):
            self.violations.append(f"{kind} raised {error!r}")
        elif write is not None and not _may_have_happened(error):
            self._not_executed[write] = repr(error)

    # -- writes of the sandbox

    def record_answer(self, request: HttpRequest, answer: Answer) -> None:
        """Record a write that the sandbox has executed."""
        write = _identify(request.method, request.path, request.body)
        if write is not None and answer.status < 300:
            self.executed[write] += 1

    # -- contradictions

    def compare(self, sandbox: Sandbox) -> list[str]:
        """Return descriptions of all errors."""
        found = list(self.violations)
        found += [f"{what} was executed {n} times" for what, n in self.executed.items() if n > 1]
        found += [
            f"{what} was executed, and raised {error}"
            for what, error in self._not_executed.items()
            if self.executed[what]
        ]
        found += [
            f"{what} succeeded without being executed"
            for what in self._successes - _falsely_answered(sandbox)
            if not self.executed[what]
        ]
        table = sandbox.store[CHANGING_COLLECTION[1:]]
        rows = (table.get(each, deleted=True) for each in table.ids(deleted=True))
        names = Counter(row["name"] for row in rows if row is not None)
        found += [
            f"{n} records are named {name}" for name, n in names.items() if _is_duplicate(name, n)
        ]
        return found + _sent_again(sandbox)


def _is_duplicate(name: str, n: int) -> bool:
    return n > 1 and name.startswith(("create", "update"))


def _may_have_happened(error: KatanaError) -> bool:
    return bool(getattr(error, "outcome_unknown", False) or getattr(error, "accepted", False))


def _identify(method: str, path: str, body: Any) -> str | None:
    """Return the unique name of a write, or the record that it deletes; None for other requests."""
    if f"{CHANGING_COLLECTION}" not in path or method not in ("POST", "PATCH", "DELETE"):
        return None
    if method == "DELETE":
        return "delete " + path.rpartition("/")[2]
    return str((msgspec.json.decode(body) if isinstance(body, bytes) else body)["name"])


def _falsely_answered(sandbox: Sandbox) -> set[str]:
    """Return the writes for which a fault replaced the true answer by a 200."""
    false_answers = [seen for seen in sandbox.journal if seen.fault in ("Html", "Empty", "Status")]
    return {
        write
        for seen in false_answers
        if seen.status == 200 and (write := _identify(seen.method, seen.path, seen.body))
    }


def _sent_again(sandbox: Sandbox) -> list[str]:
    """Return the creates and updates that were repeated although they may have been executed."""
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
