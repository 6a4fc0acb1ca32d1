"""The command as a process, with pipes or a terminal for its output."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from typing import IO

from attrs import frozen

COMMAND = (sys.executable, "-m", "katana_async")


@contextlib.contextmanager
def running(
    *arguments: str, environment: Mapping[str, str], stdout: int | IO[bytes] = subprocess.PIPE
) -> Generator[subprocess.Popen[bytes]]:
    """Run the command with pipes for its output while the block runs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in a background job of a shell, whose children would ignore it too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@frozen
class OnTerminal:
    """The exit status of a command, and its output on terminals."""

    status: int
    out: str
    err: str


def on_terminal(
    *arguments: str, environment: Mapping[str, str], out: bool = True, err: bool = True
) -> OnTerminal:
    """Run the command with stdout and stderr each at a terminal, or at a pipe."""
    read_out, write_out = pty.openpty() if out else os.pipe()
    read_err, write_err = pty.openpty() if err else os.pipe()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40", **environment},
        stdin=subprocess.DEVNULL,
        stdout=write_out,
        stderr=write_err,
    )
    os.close(write_out)
    os.close(write_err)
    texts: dict[int, bytes] = {}
    readers = [
        threading.Thread(target=_read_all, args=(end, texts)) for end in (read_out, read_err)
    ]
    for reader in readers:
        reader.start()
    status = process.wait(timeout=60)
    for reader in readers:
        reader.join()
    return OnTerminal(status, texts[read_out].decode(), texts[read_err].decode())


def _read_all(end: int, texts: dict[int, bytes]) -> None:
    parts: list[bytes] = []
    # A terminal whose other side is closed raises an error; a pipe ends.
    with contextlib.suppress(OSError):
        while part := os.read(end, 65_536):
            parts.append(part)
    os.close(end)
    texts[end] = b"".join(parts)
