"""Python processes that tests run."""

import subprocess
import sys


def run_python(code: str) -> str:
    """Run code in a new interpreter, assert that it succeeds, and return its output."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
