"""Other processes that tests run."""

import subprocess
import sys


def run_python(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints; its failure is the test's."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
