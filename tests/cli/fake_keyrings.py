"""Fake OS keyrings: named by PYTHON_KEYRING_BACKEND, or set in this process."""

import json
import os
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

FILE = "FAKE_KEYRING_FILE"


class Good(KeyringBackend):
    """Keeps passwords in the file that FAKE_KEYRING_FILE names."""

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

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class Locked(Good):
    """Is locked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock\nthe collection!")


class Forgetful(Good):
    """Accepts passwords and keeps none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class ReadOnly(Good):
    """Cannot be written to, like the keyrings of package registries."""

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


class PlaintextKeyring(Good):
    """Has the name of the keyrings that keep plain text."""


class Chain(KeyringBackend):
    """Stands for the chain that `keyring` makes of several keyrings."""

    priority = 1

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types there
        self.backends: Any = list(backends)

    get_password = set_password = delete_password = None  # type: ignore[assignment]  # never called
