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
    """Write `?` for characters that the encoding of stdout does not have, instead of failing."""
    reconfigure: Callable[..., object] | None = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _open_missing_streams() -> None:
    """Open the null device for each of stdin, stdout and stderr that the process lacks.

    A closed stream is None: print() writes to stdout instead, and the next file that is opened gets
    the stream's number.
    """
    null_device = Path(os.devnull)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, null_device.open(mode, encoding="utf-8"))
