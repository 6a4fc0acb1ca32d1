"""Count the changed decisions that the nearest tests notice: `make mutants`.

    python -m bench.mutate [--json FILE] [SOURCE ...]

For each mutant (`mutants.py`) the nearest tests run until the first one fails. No file is changed:
this process loads all that the tests need but the package, forks for each mutant, and the child
compiles it in the place of the file. Fails where less than 90 % of a file's mutants are killed.
Those that mean the same as the file are left out: `mutants.toml` has them, with the reason.
"""

import argparse
import contextlib
import json
import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase

from bench.mutants import Mutant, mutants_of

ROOT = Path(__file__).parents[1]
EXPLAINED = Path(__file__).with_name("mutants.toml")

_WINDOW = "tests/http/test_limits_window.py"
_SHARES = "tests/http/test_limits_shares.py"
# Without the tests of its cost.
_FEED = [
    "tests/changes/test_ledger.py",
    "tests/changes/test_page_walk.py",
    "tests/changes/test_polls_and_rechecks.py",
    "tests/changes/test_sweeps.py",
    "tests/changes/test_core.py",
    "-k",
    "not of_200000_records",
]
_WALKS = ["tests/http/test_walk.py", "tests/http/test_walk_ties.py"]
NEAREST = {
    "katana_async/http/retry.py": ["tests/http/test_retry.py"],
    # Without its test of ties, which takes three quarters of the time.
    "katana_async/http/walk.py": [*_WALKS, "-k", "not test_few_records_are_lost"],
    "katana_async/http/limits/window.py": [_WINDOW, _SHARES],
    "katana_async/http/limits/queues.py": [_SHARES, "tests/http/test_limits_queue.py"],
    "katana_async/changes/ledger.py": _FEED,
    "katana_async/changes/polls.py": _FEED,
    "katana_async/changes/sweeps.py": _FEED,
    "katana_async/changes/rechecks.py": _FEED,
    "katana_async/changes/page_walk.py": _FEED,
    "katana_async/changes/state.py": [
        "tests/changes/test_cursor.py",
        "tests/changes/test_mistakes.py",
        *_FEED,
    ],
    "katana_async/oauth/tokens/refresh.py": ["tests/oauth/test_refresh_decisions.py"],
    "katana_async/auth/api_key.py": ["tests/auth"],
    "katana_async/auth/secret_sources.py": [
        "tests/auth",
        "tests/oauth/test_key_sources.py",
        "tests/oauth/test_hanging_sources.py",
    ],
}
"""The arguments of pytest for each file. Tests without I/O are quick."""

MOST, SEED = 250, 1
"""Of a file with more mutants, a sample is tried: the same one each time."""

PROCESSES = 2
MEMORY = 4 << 30
"""Bytes of address space of one process: a loop without end may fill a list."""

ENOUGH = 0.9


def run_tests(target: Path, code: CodeType | None, tests: list[str]) -> int:
    """Run tests, with other code in the place of a source file; return pytest's exit code."""
    loader_class: Any = SourceFileLoader
    original = SourceFileLoader.get_code
    used: list[str] = []

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if loader.path != str(target):
            return original(loader, name)
        used.append(name)
        return code or original(loader, name)

    loader_class.get_code = get_code
    quick = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "--timeout=0"]
    status = int(pytest.main([*quick, *tests]))
    if not used:
        print(f"the tests do not load {target}")
    return status if used else 1


def fork(work: Callable[[], int], output: Path, seconds: int) -> int:
    """Begin work in a child, killed after so many seconds of CPU; return its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        signal.alarm(5 * seconds)  # one that waits uses no CPU
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        with output.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        status = work()
    finally:
        os._exit(status)


def measure(target: Path, tests: list[str], folder: Path) -> int:
    """Run the tests of an unchanged file, and import here all that they need but the package.

    Returns:
        How many seconds of CPU a mutant may take.
    """
    output, modules = folder / "output", folder / "modules"

    def work() -> int:
        status = run_tests(target, None, tests)
        modules.write_text("\n".join(sys.modules))
        return status

    _, status, usage = os.wait4(fork(work, output, 600), 0)
    if status:
        sys.exit(f"{output.read_text()}\nThe tests of {target} fail without any change.")
    for name in modules.read_text().splitlines():
        if name.split(".")[0] not in ("katana_async", "tests", "conftest"):
            with contextlib.suppress(ImportError):
                import_module(name)
    return 3 + 3 * math.ceil(usage.ru_utime)


def survivors(
    target: Path, mutants: list[Mutant], tests: list[str], folder: Path
) -> tuple[list[Mutant], int]:
    """Try each mutant; return those that no test noticed, and how many ran out of time."""
    seconds = measure(target, tests, folder)
    waiting, running = mutants[::-1], dict[int, Mutant]()
    survived: list[Mutant] = []
    timeouts = 0
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            mutant = waiting.pop()
            work = partial(run_tests, target, mutant.code, tests)
            running[fork(work, Path(os.devnull), seconds)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        timeouts += os.WIFSIGNALED(status)
        if status == 0:
            survived.append(mutant)
    return sorted(survived, key=mutants.index), timeouts


def report(source: str, explained: dict[str, str], folder: Path) -> dict[str, Any]:
    """Try the mutants of a file, print what became of them, and return it."""
    began = time.monotonic()
    every = mutants_of(ROOT / source)
    count = min(MOST, len(every))
    sample = [every[at] for at in sorted(random.Random(SEED).sample(range(len(every)), count))]
    survived, timeouts = survivors(ROOT / source, sample, NEAREST[source], folder)
    tried = [each for each in sample if each.name not in explained]
    left = [each for each in survived if each.name not in explained]
    share = 1 - len(left) / len(tried)
    print(
        f"{source}: {len(tried) - len(left)} of {len(tried)} killed ({share:.1%}), {timeouts} of"
        f" them by time; {len(sample) - len(tried)} explained; {time.monotonic() - began:.0f} s"
    )
    for each in left:
        print(f"  {source}:{each.line}: {each.name}")
    killed = {each.name for each in sample} - {each.name for each in survived}
    for name in explained.keys() & killed:
        print(f"  {EXPLAINED.name} explains a change that the tests notice: {name}")
    for name in explained.keys() - {each.name for each in every}:
        print(f"  {EXPLAINED.name} explains a change that does not exist: {name}")
    sys.stdout.flush()
    return {
        "source": source,
        "tried": len(tried),
        "killed": len(tried) - len(left),
        "killed by time": timeouts,
        "explained": len(sample) - len(tried),
        "survivors": [{"line": each.line, "change": each.name} for each in left],
    }


def main() -> int:
    """Try the files that the command line names, or all."""
    parser = argparse.ArgumentParser(
        description="Count the changed decisions that the nearest tests notice."
    )
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=f"any of {', '.join(NEAREST)}")
    parser.add_argument("--json", type=Path, help="a file to write the outcome to")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    # Examples that are the same each time, and are not made smaller when one of them fails.
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate]
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    explained = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [
            report(source, explained.get(source, {}), Path(folder))
            for source in arguments.sources or NEAREST
        ]
    if arguments.json:
        arguments.json.write_text(json.dumps(outcomes, indent=2))
    return int(any(each["killed"] < ENOUGH * each["tried"] for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
