"""Where connections are kept on this machine: a directory and files that only their owner reads."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .problems import Failed

DATA_VARIABLE = "KATANA_DATA_DIR"

_DATABASE = "connections.db"
_OURS_ONLY = 0o077  # what group and others may do: nothing


def data_directory() -> Path:
    """Return where connections are kept: KATANA_DATA_DIR, or the user's data directory."""
    given = os.environ.get(DATA_VARIABLE)
    if given:
        try:
            return Path(given).expanduser().absolute()
        except RuntimeError:
            raise Failed(f"{DATA_VARIABLE} is {given!r}, and there is no such user") from None
    import platformdirs

    return platformdirs.user_data_path("katana-async", appauthor=False)


def database(directory: Path) -> Path:
    """Return the file that the connections are in."""
    return directory / _DATABASE


def kept() -> bool:
    """Tell whether there is anything. It makes nothing that stays, and asks no keyring.

    Raises:
        Failed: Nothing can be kept there.
    """
    directory = data_directory()
    try:
        if _found(directory):
            _own(directory, directory.stat())
            return _found(database(directory))
        nearest = directory
        while not os.path.lexists(nearest):
            nearest = nearest.parent
        # Permissions do not tell: as root, or in /sys or on a read-only disk, only trying does.
        Path(tempfile.mkdtemp(prefix=".katana-async-", dir=nearest)).rmdir()
    except OSError as error:
        problem = _refused(directory, error)
    else:
        return False
    raise problem


def _found(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def prepare(directory: Path) -> None:
    """Make the directory and its database, for their owner only; mend what is open to others.

    SQLite gives the files that it puts beside the database (-wal, -shm) the database's mode.

    Raises:
        Failed: It belongs to somebody else, or cannot be made.
    """
    path = directory
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _claim(path, os.O_RDONLY | os.O_DIRECTORY, 0o700)
        for suffix in ("-wal", "-shm"):
            path = database(directory).with_name(_DATABASE + suffix)
            if path.exists():
                _claim(path, os.O_RDONLY, 0o600)
        path = database(directory)
        _claim(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        problem = _refused(path, error)
    else:
        return
    raise problem


def _claim(path: Path, flags: int, mode: int) -> None:
    """Take away from a file or directory what others may do with it."""
    # By the open file and not by its name, so that nobody puts another in its place meanwhile.
    handle = os.open(path, flags | os.O_CLOEXEC, mode)
    try:
        found = os.fstat(handle)
        _own(path, found)
        if stat.S_IMODE(found.st_mode) & _OURS_ONLY:
            os.fchmod(handle, mode)
    finally:
        os.close(handle)


def _own(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise _unusable(path, "it belongs to another user")


def _refused(path: Path, error: OSError) -> Failed:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return _unusable(path, "there is a file where a directory should be")
    return _unusable(path, error.strerror or type(error).__name__)


def _unusable(path: Path, why: str) -> Failed:
    return Failed(
        f"cannot keep connections in {path}: {why}. Set {DATA_VARIABLE} to a directory of your own"
    )


@contextmanager
def in_use(directory: Path) -> Generator["InUse"]:
    """Say to other processes, while the block runs, that the keys in use must stay."""
    handle = _open(directory / "in-use.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield InUse(handle)
    finally:
        os.close(handle)


class InUse:
    """This process's share of the connections, of which there are as many as processes."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def alone(self) -> bool:
        """Try to be the only process that uses the connections, until the end of `in_use`.

        Others that begin wait meanwhile.
        """
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # The share was given up for the attempt.
            fcntl.flock(self._handle, fcntl.LOCK_SH)
            return False
        return True


@contextmanager
def changing_keys(directory: Path) -> Generator[None]:
    """Let one process at a time read the keys and write them back changed."""
    handle = _open(directory / "keys.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = _refused(path, error)
    raise problem
