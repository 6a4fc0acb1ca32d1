"""Files that are complete or absent: written under another name, then renamed."""

import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def open_replacement(path: Path) -> Generator[BinaryIO]:
    """Open a file for writing that takes the path's place when the block ends without an error.

    Until then the path has its former content, and after an error too. A device or a pipe, which
    cannot be replaced, is written directly.

    Raises:
        OSError: The file cannot be written.
    """
    # A link stays a link: the file that it points to is replaced.
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
        else:
            yield from _open_replacement(target)
    except OSError as error:
        error.filename = str(path)  # the given name, not that of the partial file
        raise


def _open_replacement(target: Path) -> Generator[BinaryIO]:
    partial = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):  # a new file has the default mode
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
