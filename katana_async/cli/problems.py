"""How the command line says what is wrong: one line on stderr, and an exit status."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from difflib import get_close_matches

import typer

from ..errors import (
    KatanaError,
    NotConnected,
    OtherAccount,
    ReauthorizationRequired,
    UnknownKey,
    WrongKey,
)

FAILED = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as a shell reports it."""
BROKEN_PIPE = 141
"""128 + SIGPIPE, as a shell reports it."""


class UsageProblem(typer.TyperException):
    """The command was not written as it can be carried out. Nothing was sent."""

    exit_code = USAGE


class Failed(typer.TyperException):
    """What was asked for could not be done, and why, in a sentence."""

    exit_code = FAILED


@contextmanager
def checked() -> Generator[None]:
    """Say what the SDK refuses to send: its words are meant for users."""
    try:
        yield
    except (TypeError, ValueError, ArithmeticError) as error:
        raise UsageProblem(str(error)) from None


def unknown(what: str, name: str, known: Iterable[str]) -> UsageProblem:
    """Return the problem of a name that there is not, with the nearest that there is."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
    return UsageProblem(f"{what} {name!r}: {advice}" if names else f"{what} {name!r}")


def advised(error: KatanaError) -> str:
    """Return what an error says, and which command mends it."""
    from ..oauth.sealing.keys import HOW_TO_MAKE_ONE

    said = str(error).replace(HOW_TO_MAKE_ONE, "make one with: katana-async new-key")
    if isinstance(error, ReauthorizationRequired | NotConnected):
        return f"{said}. Run: {command_for('login --name', error.connection_id)}"
    if isinstance(error, OtherAccount):
        return f"{said} with --name; or log out of this one first"
    if isinstance(error, UnknownKey | WrongKey):
        return _without_its_key(error)
    return said


def _without_its_key(error: UnknownKey | WrongKey) -> str:
    """Say it in words of the command line, where rows and rings are not spoken of."""
    from ..oauth.sealing.key_ring import DEFAULT_VARIABLE

    place = DEFAULT_VARIABLE if DEFAULT_VARIABLE in os.environ else "the OS keyring"
    other = "another one of that name" if isinstance(error, WrongKey) else "only others"
    return (
        f"the connection is encrypted with the key {error.key_name!r}, and {place} has {other}."
        " Put that key back, behind the current one"
    )


def command_for(words: str, name: str) -> str:
    """Return the command that does something about a connection."""
    return f"katana-async {words} {name}"


def one_line(text: str) -> str:
    """Return a text on one line, without anything that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def complain(message: str) -> None:
    """Say on stderr what is wrong."""
    print(f"katana-async: {one_line(message)}", file=sys.stderr)
