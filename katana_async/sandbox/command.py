"""The command `python -m katana_async.sandbox`, which runs a sandbox as a process."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Literal

from .limits import RateLimit
from .oauth.authorization import Client
from .oauth.state import Settings
from .server import Sandbox

_JOURNAL_LIMIT = 1_000


async def serve(sandbox: Sandbox, announce: Callable[[Sandbox], None]) -> None:
    """Run a sandbox until SIGINT or SIGTERM, or until cancelled.

    Args:
        sandbox: A sandbox that is not running.
        announce: Called once the sandbox listens.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        # Impossible on Windows, where Ctrl-C cancels the running task, and in other threads.
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


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m katana_async.sandbox",
        description="Run a local Katana API. Prints one line of JSON when it is ready: "
        "base_url, api_key, and oauth (url, authorize_url, token_url, client_id, client_secret). "
        "A key or secret that is taken from the environment is not printed.",
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=int, default=0, help="port, 0 for a free one")
    made.add_argument("--products", type=int, default=2_000, help="the number of products")
    made.add_argument("--seed", type=int, default=1, help="seed of the records")
    made.add_argument(
        "--rate-limit", type=int, default=60, help="requests per window and key, 0 for no limit"
    )
    made.add_argument("--window", type=float, default=60.0, help="length of a window in seconds")
    made.add_argument("--sliding", action="store_true", help="sliding instead of fixed windows")
    made.add_argument(
        "--no-rate-limit",
        dest="rate_limit",
        action="store_const",
        const=0,
        help="the same as --rate-limit 0",
    )
    made.add_argument("--api-key-env", metavar="NAME", help="variable that holds the valid key")
    made.add_argument(
        "--oauth-client-secret-env", metavar="NAME", help="variable that holds the app's secret"
    )
    made.add_argument(
        "--redirect-uri",
        metavar="URI",
        action="append",
        help="a redirect URI of the app, may be repeated; by default /callback and "
        "/katana/callback on any loopback port",
    )
    made.add_argument(
        "--access-token-life",
        metavar="SECONDS",
        type=float,
        default=Settings().access_token_life,
        help="lifetime of access tokens",
    )
    return made


def _secret(variable: str | None) -> str | None:
    """Return the value of an environment variable; None without a name.

    Raises:
        ValueError: The variable is not set.
    """
    if variable is None:
        return None
    if not (value := os.environ.get(variable)):
        raise ValueError(f"The variable {variable} is not set.")
    return value


def make_client(redirect_uris: Sequence[str] | None, secret: str | None = None) -> Client:
    """Return the app to register, with the defaults of `Client`.

    Raises:
        ValueError: A redirect URI is not absolute, or has a fragment.
    """
    args: dict[str, Any] = {}
    if redirect_uris:
        args["redirect_uris"] = tuple(redirect_uris)
    if secret is not None:
        args["client_secret"] = secret
    return Client(**args)


def oauth_details(sandbox: Sandbox) -> dict[str, str]:
    """Return the addresses and credentials for a running sandbox's authorization server."""
    oauth = sandbox.oauth
    return {
        "url": oauth.url,
        "authorize_url": oauth.authorize_url,
        "token_url": oauth.token_url,
        "client_id": oauth.client.client_id,
        "client_secret": oauth.client.client_secret,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    args = make_parser().parse_args(argv)
    try:
        key, secret = _secret(args.api_key_env), _secret(args.oauth_client_secret_env)
        client = make_client(args.redirect_uri, secret)
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    kind: Literal["fixed", "sliding"] = "sliding" if args.sliding else "fixed"
    limit = RateLimit(args.rate_limit, args.window, kind) if args.rate_limit else None
    sandbox = Sandbox(
        products=args.products,
        seed=args.seed,
        rate_limit=limit,
        host=args.host,
        port=args.port,
        api_key=key,
        journal_limit=_JOURNAL_LIMIT,
        oauth_client=client,
    )
    sandbox.oauth.settings.access_token_life = args.access_token_life

    def announce(running: Sandbox) -> None:
        line: dict[str, Any] = {"base_url": running.base_url}
        if key is None:
            line["api_key"] = running.api_key
        line["oauth"] = oauth_details(running)
        if secret is not None:
            del line["oauth"]["client_secret"]
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    try:
        asyncio.run(serve(sandbox, announce))
    except KeyboardInterrupt:  # no signal handler could be set
        return 0
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {args.host}:{args.port}: {error.strerror}\n")
        return 1
    return 0
