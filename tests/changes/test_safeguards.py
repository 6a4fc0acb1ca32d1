"""Each safeguard of the core is needed: random histories are wrong without it.

`python -m tests.changes.test_safeguards` searches for the seeds again.
"""

import inspect
from pathlib import Path
from types import ModuleType

import pytest

from katana_async.changes.core import FeedCore
from tests.changes.histories import Wrong, random_scope, run_random

SAFEGUARDS = {
    "deliveries are kept by their reads, not only by updated_at": (
        "if max(each.updated, each.read) >= settled or",
        "if each.updated >= settled or",
        5,
    ),
    "deliveries with a recheck are kept": (
        ">= settled or key in state.rechecks",
        ">= settled",
        13649,
    ),
    "cutting the deliveries raises the common time of reading": (
        "state.read_until = max(state.read_until, state.delivered.pop(key).read)",
        "state.delivered.pop(key)",
        278,
    ),
    "the snapshot raises the common time of reading": (
        "            state.read_until = max(state.read_until, read)\n        else",
        "            pass\n        else",
        537,
    ),
    "the snapshot replaces what is listed": (
        "row.updated < state.settled_until and row.key not in state.delivered",
        "row.updated < state.settled_until",
        116223,
    ),
    "rows at the edge of a slice belong to the next one": (
        "if bottom < row.created <= top:",
        "if True:",
        100001,
    ),
    "a deletion is as new as its read": (
        "Delivery(read + self.settings.skew, read, GONE)",
        "Delivery(read - self.settings.overlap, read - self.settings.overlap, GONE)",
        5,
    ),
    "without dates, an absence counts by the time of reading": (
        " and (self.has_dates or held.read <= horizon)",
        "",
        30,
    ),
    "differences are ordered by reading, not by updated_at": (
        "return held.read <= answer.sent - self.settings.overlap",
        "return held.updated <= answer.sent - self.settings.overlap",
        5,
    ),
    "the settled time is the whole overlap before now": (
        "self.now() - self.settings.overlap\n        query",
        "self.now() - self.settings.overlap // 2\n        query",
        1357,
    ),
    "the settled time is counted from before the walk": (
        "        if walk.done:\n            self.advance(until)",
        "        if walk.done:\n            self.advance(answer.read - self.settings.overlap)",
        101499,
    ),
    "a sweep delivers no deleted rows that are not held": (
        "if have is not None and row.deleted:\n                return",
        "if False:\n                return",
        100619,
    ),
    "a recheck delivers no rows from before the settled time": (
        "if have is None and bound is None and row.updated < self.state.settled_until:\n",
        "if False:\n",
        100003,
    ),
}
"""By the reason: the text in a module of the core, its replacement, and the seed of a history."""


def mutate(old: str, new: str) -> type[FeedCore]:
    """Return the core without a safeguard."""
    sources = {base: Path(inspect.getfile(base)).read_text("utf-8") for base in FeedCore.mro()[:-1]}
    ((base, source),) = [each for each in sources.items() if old in each[1]]
    assert source.count(old) == 1, old
    module = ModuleType("katana_async.changes.mutated")
    module.__package__ = "katana_async.changes"
    exec(compile(source.replace(old, new), module.__name__, "exec"), module.__dict__)
    mutated = vars(module.__dict__[base.__name__])
    methods = {name: each for name, each in mutated.items() if inspect.isfunction(each)}
    methods.pop("__init__")
    return type("MutatedCore", (FeedCore,), methods)


@pytest.mark.parametrize("reason", SAFEGUARDS)
def test_a_history_is_wrong_without_the_safeguard(reason: str) -> None:
    old, new, seed = SAFEGUARDS[reason]
    scope = random_scope(seed)
    with pytest.raises(Wrong):
        run_random(seed, scope, mutate(old, new))
    run_random(seed, scope)


def search() -> None:
    """Print the first seed that is wrong without each safeguard."""
    for reason, (old, new, _) in SAFEGUARDS.items():
        mutated = mutate(old, new)
        for seed in range(20_000):
            try:
                run_random(seed, random_scope(seed), mutated)
            except Wrong as wrong:
                print(seed, reason, str(wrong).splitlines()[-1], flush=True)
                break


if __name__ == "__main__":
    search()
