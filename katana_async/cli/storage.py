"""Where connections are kept on this machine: a directory and files that only their owner reads."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from .problems import Failed

DATA_VARIABLE = "KATANA_DATA_DIR"

_DATABASE = "connections.db"
_IN_USE = "in-use.lock"
_CHANGING = "keys.lock"
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

    with suppress(RuntimeError):
        found = platformdirs.user_data_path("katana-async", appauthor=False)
        if found.is_absolute():  # older versions leave a `~` that is nobody's
            return found
    raise Failed(f"you have no home to keep connections in: set {DATA_VARIABLE} to a directory")


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
            _ours(directory, directory.stat(), directory)
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
    """Make the directory and its database, for their owner only; close what is open to others.

    SQLite gives the files that it puts beside the database (-wal, -shm) the database's mode.

    Raises:
        Failed: It belongs to somebody else or is used for other things too, or cannot be made.
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
        _ours(path, found, handle)
        if stat.S_IMODE(found.st_mode) & _OURS_ONLY:
            os.fchmod(handle, mode)
    finally:
        os.close(handle)


def _ours(path: Path, found: os.stat_result, opened: int | Path) -> None:
    """See that what others may do with a file or directory is ours to take away.

    Args:
        path: What it is called, for messages.
        found: What it is.
        opened: By what its content is found, if it is a directory.
    """
    if found.st_uid != os.geteuid():
        raise _unusable(path, "it belongs to another user")
    if not stat.S_ISDIR(found.st_mode) or not stat.S_IMODE(found.st_mode) & _OURS_ONLY:
        return
    names = os.listdir(opened)  # noqa: PTH208 - of what is open, which has no name
    if not all(name.startswith(_DATABASE) or name in (_IN_USE, _CHANGING) for name in names):
        # A home, a web server's files, /tmp as root: closing it would shut others out.
        raise _unusable(path, "it holds other files and is open to others")


def _refused(path: Path, error: OSError) -> Failed:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return _unusable(path, "there is a file where a directory should be")
    return _unusable(path, error.strerror or type(error).__name__)


def _unusable(path: Path, why: str) -> Failed:
    return Failed(
        f"cannot keep connections in {path}: {why}. Set {DATA_VARIABLE} to a directory of your own"
        " that holds nothing else"
    )


@contextmanager
def in_use(directory: Path) -> Generator["InUse"]:
    """Say to other processes, while the block runs, that the keys in use must stay."""
    handle = _open(directory / _IN_USE)
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
    handle = _open(directory / _CHANGING)
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
