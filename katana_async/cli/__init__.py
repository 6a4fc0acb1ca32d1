"""The command `katana-async` (extra: cli). This module alone loads without the extra."""

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command with the process's arguments and end the process with its status."""
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
