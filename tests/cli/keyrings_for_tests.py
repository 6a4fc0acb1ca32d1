"""Keyrings that stand in for an OS's: named by PYTHON_KEYRING_BACKEND, or set in this process."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

FILE = "KEYRING_FOR_TESTS"
KILL = "KEYRING_KILLS_AT"


class Good(KeyringBackend):
    """Keeps passwords in the file that a variable names; may kill the process after a write."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types there
        self.written = 0

    @property
    def _file(self) -> Path:
        return Path(os.environ[FILE])

    def entries(self) -> dict[str, str]:
        return json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(
            json.dumps({**self.entries(), f"{service} {username}": password}), "utf-8"
        )
        self.written += 1
        if os.environ.get(KILL) == str(self.written):
            os.kill(os.getpid(), signal.SIGKILL)

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class Locked(Good):
    """Nobody unlocks it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock\nthe collection!")


class Forgetful(Good):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class ReadOnly(Good):
    """As those of package registries."""

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


class PlaintextKeyring(Good):
    """Called as those that are refused wherever they come from."""


class Chain(KeyringBackend):
    """What keyring makes of several; it is taken apart by its name."""

    priority = 1

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types there
        self.backends: Any = list(backends)

    get_password = set_password = delete_password = None  # type: ignore[assignment]  # never called


Chain.__module__, Chain.__qualname__ = "keyring.backends.chainer", "ChainerBackend"
