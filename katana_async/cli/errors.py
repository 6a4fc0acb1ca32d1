"""Errors of the command line: exit statuses, one-line messages on stderr, and their advice.

Any function of this package may raise `UsageError` or `Failed`, and the SDK's errors pass through:
`app.run` prints them.
"""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from difflib import get_close_matches

import click

from .. import errors as sdk

FAILED = 1
USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
BROKEN_PIPE = 141  # 128 + SIGPIPE, as above

TOKEN_KEY_VARIABLE = "KATANA_TOKEN_KEY"  # noqa: S105 - the name of a variable


class UsageError(click.ClickException):
    """The command is invalid as it was written. Nothing was sent."""

    exit_code = USAGE


class Failed(click.ClickException):
    """The command could not be carried out; the message gives the reason."""

    exit_code = FAILED


@contextmanager
def usage_errors() -> Generator[None]:
    """Turn the SDK's errors about arguments into usage errors: their messages suit users."""
    try:
        yield
    except (TypeError, ValueError, ArithmeticError) as error:
        raise UsageError(str(error)) from None


def unknown_name(problem: str, name: str, known: Iterable[str]) -> UsageError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
    return UsageError(f"{problem} {name!r}: {advice}" if names else f"{problem} {name!r}")


def describe(error: sdk.KatanaError) -> str:
    """Return the message of an error of the SDK, with the command that helps."""
    if isinstance(error, sdk.ReauthorizationRequired | sdk.NotConnected):
        return f"{error}. Run: katana-async login --name {error.connection_id}"
    if isinstance(error, sdk.OtherAccount):
        return f"{error} with --name; or log out of this one first"
    if isinstance(error, sdk.TokenStoreError | sdk.UnsealError):
        from .connections import database_path

        remedy = f"disconnect the app in Katana, remove {database_path()} and log in again"
        if isinstance(error, sdk.TokenStoreError):
            return f"{error}. If the file of the connections is damaged, {remedy}"
        place = TOKEN_KEY_VARIABLE if TOKEN_KEY_VARIABLE in os.environ else "the OS keyring"
        return (
            f"the key in {place} does not decrypt the connections: use the key that they were"
            f" encrypted with. If it is lost, or another version made the file, {remedy}"
        )
    return str(error)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters that a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def print_error(message: str) -> None:
    """Write a message on stderr, as one line."""
    print(f"katana-async: {one_line(message)}", file=sys.stderr)


def report_output_error(error: OSError) -> int:
    """Return the exit status of a command whose output cannot be written."""
    # Buffered output is discarded: Python would write it at its exit, and fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # the reader has enough, as in `| head`
        return BROKEN_PIPE
    place = f" {error.filename}" if error.filename else ""
    print_error(f"cannot write{place}: {error.strerror}")
    return FAILED
