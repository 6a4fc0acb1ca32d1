"""What every test shares: no leaks, the API's documents, a bridge for aioresponses."""

import gc
import os
import signal
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import aioresponses.core
import hypothesis
import pytest
from aiohttp.client_proto import ResponseHandler

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[]
)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "default")
)


_TESTS = Path(__file__).parent
SLOW = tuple(
    _TESTS / name
    for name in (
        "chaos",
        "cli/test_abandoned_logins.py",
        "cli/test_interrupts.py",
        "client/test_hostile.py",
        "client/test_rate_limit.py",
        "drift/test_mutations.py",
        "interop",
        "oauth/browser",
        "oauth/fleet",
        "oauth/test_key_leaks.py",
        "oauth/test_oauth_secrets.py",
        "oauth/test_refresh_schedules.py",
        "repo/test_installed_wheel.py",
        "repo/test_page_commands.py",
        "sandbox/test_schema.py",
    )
)
"""What takes minutes: browsers, other servers, fleets of processes, orders of steps, quotas in real
time, Ctrl-C at every moment, long searches, faults at random, the built wheel, each command of the
pages. `make test` leaves it out, `make test-all` runs it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --part, which the tox environments use."""
    parser.addoption("--part", choices=("quick", "slow", "all"), default="all")


def pytest_configure() -> None:
    """Heed Ctrl-C though pytest runs in a shell's background, which ignores it, for tests of it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is not of the part that was asked for; None leaves it to pytest."""
    part = config.getoption("--part")
    if part == "quick" and collection_path in SLOW:
        return True
    if part == "slow" and collection_path.is_file():
        is_slow = any(path in (collection_path, *collection_path.parents) for path in SLOW)
        is_test = collection_path.name.startswith("test_")
        return True if is_test and not is_slow else None
    return None


def pytest_collection_finish() -> None:
    """Leave modules and thousands of tests out of every collection that tests ask for."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _forget_the_modules_before() -> None:
    """Leave out what earlier modules left behind, too: hundreds of tests collect all that is."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_api() -> Path:
    """The folder with Katana's documents of October 2026, which are not part of the project."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "katana-api" / "2026-10"
    if not folder.is_dir():
        pytest.skip("Katana's documents are not here (../shared/katana-api/2026-10)")
    return folder


# ---- An unclosed session or connector fails the test that made it -----------------------------

_made: weakref.WeakSet[Any] = weakref.WeakSet()


def _remember(cls: type[Any]) -> None:
    init = cls.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - stands in for it
        init(self, *args, **kwargs)
        _made.add(self)

    cls.__init__ = __init__


with warnings.catch_warnings():
    # aiohttp warns when its session is touched from outside; touching it is the point here.
    warnings.simplefilter("ignore", DeprecationWarning)
    _remember(aiohttp.ClientSession)
_remember(aiohttp.BaseConnector)


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """Fail a test that leaves a session or a connector open.

    Set up before a test's own fixtures and torn down after them, so that what they close counts as
    closed; what a module's or the session's fixtures opened earlier is theirs.
    """
    before = set(map(id, _made))
    yield
    left = [thing for thing in _made if id(thing) not in before and not thing.closed]
    names = sorted(type(thing).__name__ for thing in left)
    for thing in left:
        # Closed here so that only this test fails, and not whichever runs at the next collection.
        if isinstance(thing, aiohttp.BaseConnector):
            thing._close()
        elif thing.connector is not None:
            thing.detach()
    del left
    if names:
        gc.collect()
        pytest.fail(f"left open: {', '.join(names)}")


# ---- aioresponses 0.7.9 on aiohttp 3.14 -------------------------------------------------------
# It builds a ClientResponse without `stream_writer`, which is required since 3.14, and a
# StreamReader that pauses a connection it does not have once a body passes 128 KiB.


class _Sent:
    """A request that has been written: all that a response asks of its writer."""

    output_size = 0


class _MockedResponse(aiohttp.ClientResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", _Sent())
        super().__init__(*args, **kwargs)


def _unbounded_reader(loop: Any) -> aiohttp.StreamReader:
    return aiohttp.StreamReader(ResponseHandler(loop=loop), limit=2**31, loop=loop)


vars(aioresponses.core).update(
    ClientResponse=_MockedResponse, stream_reader_factory=_unbounded_reader
)
