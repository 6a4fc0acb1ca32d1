"""`python -m katana_async.sandbox`: the sandbox as a process of its own, until told to end."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from .limits import RateLimit
from .server import Sandbox

_JOURNAL = 1_000


async def serve(sandbox: Sandbox, announce: Callable[[Sandbox], None]) -> None:
    """Run a sandbox until SIGINT or SIGTERM, or until cancelled.

    Args:
        sandbox: A sandbox that is not running.
        announce: Is called once, when it listens.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        # Not on Windows, where Ctrl-C cancels the running task, and only in the main thread.
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(each, ended.set)
            handled.append(each)
    try:
        async with sandbox:
            announce(sandbox)
            await ended.wait()
    finally:
        for each in handled:
            loop.remove_signal_handler(each)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m katana_async.sandbox",
        description="Run a Katana on this machine. Prints one line of JSON when it is ready: "
        "base_url, and api_key unless the key is taken from the environment.",
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=int, default=0, help="port, 0 for a free one")
    made.add_argument("--products", type=int, default=2_000, help="how many products there are")
    made.add_argument("--seed", type=int, default=1, help="seed of the records")
    made.add_argument("--rate-limit", type=int, default=60, help="requests per window and key")
    made.add_argument("--window", type=float, default=60.0, help="seconds a window lasts")
    made.add_argument("--sliding", action="store_true", help="sliding instead of fixed windows")
    made.add_argument("--no-rate-limit", action="store_true", help="set no limit")
    made.add_argument("--api-key-env", metavar="NAME", help="variable that holds the valid key")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    given = parser().parse_args(argv)
    key: str | None = None
    if given.api_key_env is not None and not (key := os.environ.get(given.api_key_env)):
        sys.stderr.write(f"The variable {given.api_key_env} is not set.\n")
        return 2
    kind: Literal["fixed", "sliding"] = "sliding" if given.sliding else "fixed"
    limit = None if given.no_rate_limit else RateLimit(given.rate_limit, given.window, kind)
    sandbox = Sandbox(
        products=given.products,
        seed=given.seed,
        rate_limit=limit,
        host=given.host,
        port=given.port,
        api_key=key,
        journal_limit=_JOURNAL,
    )

    def announce(running: Sandbox) -> None:
        line = {"base_url": running.base_url}
        if key is None:
            line["api_key"] = running.api_key
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    try:
        asyncio.run(serve(sandbox, announce))
    except KeyboardInterrupt:  # where no signal handler could be set
        return 0
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {given.host}:{given.port}: {error.strerror}\n")
        return 1
    return 0
