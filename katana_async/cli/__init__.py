"""The command `katana-async` (extra: cli). This module alone loads without the extra."""

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Run the command with the process's arguments and end the process with its status."""
    _open_missing_streams()
    _replace_what_stdout_cannot_encode()
    missing = [name for name in ("typer", "rich") if find_spec(name) is None]
    if missing:
        print(
            f"katana-async: {' and '.join(missing)} missing: the command line is an extra. Install"
            " it with: pip install 'katana-async[cli]'",
            file=sys.stderr,
        )
        sys.exit(1)
    try:
        from .app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # before `run` could take it
        status = 130
    sys.exit(status)


def _replace_what_stdout_cannot_encode() -> None:
    """Write `?` for a character that the terminal's encoding does not have, instead of failing."""
    reconfigure: Callable[..., object] | None = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _open_missing_streams() -> None:
    """Have all of stdin, stdout and stderr, also when the process was started without them.

    One that is closed is None here: what is printed to it goes to stdout, and its number to the
    next file that is opened.
    """
    nothing = Path(os.devnull)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, nothing.open(mode, encoding="utf-8"))
