"""Files that are complete or absent."""

import os
import stat
from pathlib import Path

import pytest

from katana_async.etl.files import open_replacement


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write_half(path: Path, error: type[BaseException]) -> None:
    with open_replacement(path) as file:
        file.write(b"half")
        raise error


def test_the_path_has_its_former_content_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"before")
    with open_replacement(path) as file:
        file.write(b"after")
        file.flush()
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert names(tmp_path) == ["list.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_an_error_leaves_the_path_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    for path in (tmp_path / "new.csv", tmp_path / "old.csv"):
        if path.name == "old.csv":
            path.write_bytes(b"before")
        with pytest.raises(error):
            write_half(path, error)
    assert names(tmp_path) == ["old.csv"]
    assert (tmp_path / "old.csv").read_bytes() == b"before"


def test_a_new_file_has_the_default_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "old").write_bytes(b"")
    (tmp_path / "old").chmod(0o600)
    for name in ("new", "old"):
        with open_replacement(tmp_path / name) as file:
            file.write(b"1")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["new"] == modes["plain"]
    assert modes["old"] == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with open_replacement(tmp_path / "link") as file:
        file.write(b"1")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"1"


def test_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with open_replacement(fifo) as file:
            file.write(b"through")
        assert os.read(reader, 100) == b"through"
        assert stat.S_ISFIFO(fifo.stat().st_mode)
    finally:
        os.close(reader)


def test_an_error_names_the_path_that_the_caller_gave(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "list.csv"
    with pytest.raises(FileNotFoundError) as caught, open_replacement(path):
        pass
    assert caught.value.filename == str(path)
