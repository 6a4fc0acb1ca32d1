"""Fixtures of all tests: leak detection, Katana's documents, a patch of aioresponses."""

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
        "bench",
        "changes/test_mirror.py",
        "chaos",
        "cli/test_abandoned_logins.py",
        "cli/test_browser.py",
        "cli/test_interrupts.py",
        "cli/test_process.py",
        "cli/test_sandbox.py",
        "cli/test_sync.py",
        "cli/test_sync_progress.py",
        "client/test_hostile.py",
        "client/test_paging.py",
        "client/test_rate_limit.py",
        "drift/test_documents.py",
        "drift/test_mutations.py",
        "drift/test_searches.py",
        "etl",
        "examples",
        "http/test_walk_ties.py",
        "interop",
        "oauth/browser",
        "oauth/fleet",
        "oauth/stores/test_conformance.py",
        "oauth/stores/test_processes.py",
        "oauth/test_hanging.py",
        "oauth/test_key_leaks.py",
        "oauth/test_oauth_secrets.py",
        "oauth/test_refresh_schedules.py",
        "oauth/web/test_ending.py",
        "oauth/web/test_examples.py",
        "repo/test_installed_wheel.py",
        "repo/test_page_commands.py",
        "repo/test_plugin.py",
        "sandbox/test_schema.py",
    )
)
"""Tests that take minutes: browsers, other servers, processes with terminals, pipes and signals,
fleets of processes, schedules, quotas in real time, property tests, random faults, the built wheel,
each command of the pages. `make test` excludes them, `make test-all` runs them."""
TYPING = _TESTS / "typing"
"""Tests that run mypy and pyright. They are in neither part: the environment `types` runs them,
with the cache of its own run of mypy."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --part, which the tox environments use."""
    parser.addoption("--part", choices=("quick", "slow", "all"), default="all")


def pytest_configure() -> None:
    """Handle Ctrl-C in a shell's background too, and collect tests without garbage collection."""
    gc.disable()  # nearly all that is made until the collection's end stays
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore files outside of the chosen part; None leaves the decision to pytest."""
    part = config.getoption("--part")
    if part != "all" and collection_path == TYPING:
        return True
    if part == "quick" and collection_path in SLOW:
        return True
    if part == "slow" and collection_path.is_file():
        is_slow = any(path in (collection_path, *collection_path.parents) for path in SLOW)
        is_test = collection_path.name.startswith("test_")
        return True if is_test and not is_slow else None
    return None


def pytest_collection_finish() -> None:
    """Exclude modules and collected tests from later garbage collections, to speed these up."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _freeze_earlier_modules() -> None:
    """Exclude the objects of earlier modules from garbage collections, which many tests run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_api() -> Path:
    """Return the folder with Katana's documents of October 2026; they are not in the project."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "katana-api" / "2026-10"
    if not folder.is_dir():
        pytest.skip("Katana's documents are not here (../shared/katana-api/2026-10)")
    return folder


# ---- A test that leaves a session or connector open fails --------------------------------------

_created: weakref.WeakSet[Any] = weakref.WeakSet()


def _track_instances(cls: type[Any]) -> None:
    init = cls.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - replaces the method
        init(self, *args, **kwargs)
        _created.add(self)

    cls.__init__ = __init__


with warnings.catch_warnings():
    # aiohttp warns when an attribute of its session class is set.
    warnings.simplefilter("ignore", DeprecationWarning)
    _track_instances(aiohttp.ClientSession)
_track_instances(aiohttp.BaseConnector)


@pytest.fixture(autouse=True)
def _fail_on_open_sessions() -> Iterator[None]:
    """Fail a test that leaves a session or a connector open.

    This fixture is torn down after the test's own fixtures, which can close theirs. Objects of
    module and session fixtures are older than the test and are ignored.
    """
    before = set(map(id, _created))
    yield
    open_objects = [each for each in _created if id(each) not in before and not each.closed]
    names = sorted(type(each).__name__ for each in open_objects)
    for each in open_objects:
        # Otherwise a later test would fail, at the next garbage collection.
        if isinstance(each, aiohttp.BaseConnector):
            each._close()
        elif each.connector is not None:
            each.detach()
    del open_objects
    if names:
        gc.collect()
        pytest.fail(f"left open: {', '.join(names)}")


# ---- aioresponses 0.7.9 on aiohttp 3.14 -------------------------------------------------------
# It creates a ClientResponse without `stream_writer`, which is required since 3.14, and a
# StreamReader that pauses a connection, which does not exist, once a body exceeds 128 KiB.


class _StreamWriter:
    """The part of a stream writer that a response uses."""

    output_size = 0


class _MockedResponse(aiohttp.ClientResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", _StreamWriter())
        super().__init__(*args, **kwargs)


def _unbounded_reader(loop: Any) -> aiohttp.StreamReader:
    return aiohttp.StreamReader(ResponseHandler(loop=loop), limit=2**31, loop=loop)


vars(aioresponses.core).update(
    ClientResponse=_MockedResponse, stream_reader_factory=_unbounded_reader
)
