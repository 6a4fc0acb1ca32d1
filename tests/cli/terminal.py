"""The command at a terminal of its own, with real keys and echo."""

import contextlib
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Generator, Mapping
from pathlib import Path

from attrs import define, field

CTRL_C = b"\x03"

# In a session of its own, so that Ctrl-C reaches this program and not the tests.
_TAKES_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.executable, [sys.executable, '-m', 'katana_async', *sys.argv[1:]])"
)


@define
class Terminal:
    """A terminal with a command that runs in it.

    Attributes:
        process: The command.
        shown: The text that the terminal showed so far.
    """

    process: "subprocess.Popen[bytes]"
    _master: int
    shown: str = field(default="")

    def press(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self._master, keys)

    def echoes(self) -> bool:
        """Return whether the terminal shows typed text."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def until(self, text: str, seconds: float = 30.0) -> None:
        """Wait until the terminal shows a text."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            assert self._read(0.1), self.shown

    def until_hidden(self, seconds: float = 30.0) -> None:
        """Wait until the command reads text that the terminal hides, after a prompt for a secret.

        Python loses a Ctrl-C that comes after it checked for signals and before it reads.
        """
        end = time.monotonic() + seconds
        while self.echoes() or not self._sleeps():
            assert time.monotonic() < end, self.shown
            self._read(0.01)

    def wait_for_end(self, seconds: float = 30.0) -> int:
        """Wait for the end of the command, and return its exit status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"the command still runs: {self.shown}"
            self._read(0.05)
        while select.select([self._master], [], [], 0)[0] and self._read(0):
            pass
        return self.process.returncode

    def _sleeps(self) -> bool:
        """Return whether the command waits in a system call; True where Linux's /proc is absent."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8")
        except FileNotFoundError:
            return True
        return text.rpartition(")")[2].split()[0] == "S"

    def _read(self, seconds: float) -> bool:
        """Read for some seconds; return False at the end of the output."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            part = os.read(self._master, 65_536)
        except OSError:  # no process has the other side open
            time.sleep(seconds)
            return False
        self.shown += part.decode("utf-8", "replace")
        return bool(part)


@contextlib.contextmanager
def at_keyboard(*arguments: str, environment: Mapping[str, str]) -> Generator[Terminal]:
    """Run the command at a terminal while the block runs."""
    master, slave = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKES_THE_TERMINAL, *arguments],
        env=variables,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    try:
        with process:
            try:
                # The other side stays open here too: its settings end when no process has it open.
                yield Terminal(process, master)
            finally:
                process.kill()
    finally:
        os.close(slave)
        os.close(master)
