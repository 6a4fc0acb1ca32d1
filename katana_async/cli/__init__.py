"""The command `katana-async` (extra: cli). This module alone loads without the extra."""

import os
import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command with the process's arguments and end the process with its status."""
    _repair_streams()
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
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
    except KeyboardInterrupt:  # before `run` could handle it
        status = 130
    sys.exit(status)


def _repair_streams() -> None:
    """Open the null device for closed streams; let stdout write `?` for unencodable characters.

    A closed stream is None: print() writes to stdout instead, and the next file that is opened gets
    the stream's number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="replace")
