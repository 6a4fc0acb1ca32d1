"""Keys that are read again: from a file, and from a secret manager."""

import asyncio
import logging
import os
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest

from katana_async.errors import ConfigurationError, KeyUnavailable, UnknownKey
from katana_async.oauth.sealing.key_ring import KeyRing
from katana_async.oauth.sealing.keys import Key
from tests.oauth.sealing import DATA, HERE, KEY, Manager, key_text, seal

# A file


def write(path: Path, *keys: str) -> None:
    path.write_text("\n".join(keys) + "\n")
    path.chmod(0o600)


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path, old = tmp_path / "keys", key_text("old")
    write(path, old)
    ring = KeyRing.from_file(path)
    row = await ring.seal(DATA, HERE)
    write(path, key_text("new"), old)
    assert await ring.open(row, HERE) == DATA
    assert not ring.is_current(row)
    assert ring.is_current(await ring.seal(DATA, HERE))
    assert repr(ring).startswith("<KeyRing of 'new', 'old' from the file")


async def test_a_file_is_read_again_when_a_row_names_an_unknown_key(tmp_path: Path) -> None:
    path, one, two = tmp_path / "keys", key_text("one"), key_text("two")
    write(path, one)
    ring = KeyRing.from_file(path)
    status = path.stat()
    write(path, two)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # within the clock's grain
    assert await ring.open(seal(KeyRing(Key.parse(two))), HERE) == DATA


async def test_a_mounted_secret_is_followed_through_its_symlinks(tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        write(tmp_path / version / "keys", key_text(version))
    (tmp_path / "current").symlink_to("v1")
    (tmp_path / "keys").symlink_to("current/keys")
    ring = KeyRing.from_file(tmp_path / "keys")
    (tmp_path / "next").symlink_to("v2")
    (tmp_path / "next").replace(tmp_path / "current")
    await ring.seal(DATA, HERE)
    assert repr(ring).startswith("<KeyRing of 'v2'")


async def test_a_moment_without_a_usable_file_keeps_the_old_keys(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys"
    write(path, key_text("old"))
    ring = KeyRing.from_file(path)
    row = await ring.seal(DATA, HERE)
    for break_it in (lambda: path.write_text(""), path.unlink, path.mkdir):
        break_it()
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert await ring.open(row, HERE) == DATA
        assert "keeping the last value" in caplog.text
    with pytest.raises(KeyUnavailable, match=r"'newer', which is not available.*cannot be read"):
        await ring.open(seal(KeyRing(Key.parse(key_text("newer")))), HERE)


def test_a_file_without_keys_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        KeyRing.from_file(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not text"):
        KeyRing.from_file(tmp_path / "binary")


@pytest.mark.parametrize(
    "path",
    ["/run/secrets/token-key", r"C:\Program Files\App\token.key", "keys", "~/MyApp2/key.d/Keys"],
)
def test_a_path_that_is_wrong_is_shown(path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.from_file(path)
    assert str(caught.value) == f"the key file {path} cannot be read: No such file or directory"


def test_a_path_whose_directory_is_there_is_shown_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "x7Kq92mZ").mkdir()
    with pytest.raises(ConfigurationError, match="x7Kq92mZ/B4nn8Ty3P cannot be read"):
        KeyRing.from_file(tmp_path / "x7Kq92mZ" / "B4nn8Ty3P")


def test_what_does_not_look_like_a_path_is_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="from_file takes the PATH of a file") as caught:
        KeyRing.from_file(key_text())
    assert "not shown, since it may be the key itself" in str(caught.value)


@pytest.mark.parametrize("given", [None, 7, b"/run/secrets/key"])
def test_what_is_no_path_is_refused(given: object) -> None:
    with pytest.raises(ConfigurationError, match="takes the PATH of a file, not"):
        KeyRing.from_file(given)  # type: ignore[arg-type]  # the point


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps its permissions elsewhere")
async def test_a_file_that_everyone_can_read_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys"
    write(path, key_text("one"))
    KeyRing.from_file(path)
    assert not caplog.records
    path.chmod(0o644)
    ring = KeyRing.from_file(path)
    write(path, key_text("two"))
    path.chmod(0o644)
    await ring.seal(DATA, HERE)
    (record,) = caplog.records
    assert "can be read by everyone" in record.getMessage()


# A secret manager


async def test_a_source_is_asked_once_until_its_time_is_over() -> None:
    manager = Manager(key_text("one"))
    assert repr(manager.ring) == "<KeyRing of no keys yet from the key source Manager.fetch>"
    assert not manager.ring.is_current(seal(KeyRing(KEY)))
    rows = await asyncio.gather(*(manager.ring.seal(DATA, HERE) for _ in range(50)))
    assert manager.asked == 1
    assert all(manager.ring.is_current(row) for row in rows)
    manager.keys, manager.now = (key_text("two"), *manager.keys), 60.0
    assert await manager.ring.open(rows[0], HERE) == DATA
    assert manager.asked == 2
    assert not manager.ring.is_current(rows[0])


async def test_a_row_of_an_unknown_key_asks_the_source_but_not_for_each_row() -> None:
    manager, new = Manager(key_text("one")), key_text("new")
    await manager.ring.load()
    row = seal(KeyRing(Key.parse(new)))
    manager.keys = (new, *manager.keys)
    manager.now = 10.0
    assert await manager.ring.open(row, HERE) == DATA
    assert manager.asked == 2
    unknown = seal(KeyRing(KEY))
    manager.now = 20.0
    for _ in range(5):
        with pytest.raises(UnknownKey, match=r"Manager\.fetch has only 'new', 'one'"):
            await manager.ring.open(unknown, HERE)
    assert manager.asked == 3
    manager.now = 30.0
    with pytest.raises(UnknownKey):
        await manager.ring.open(unknown, HERE)
    assert manager.asked == 4


async def test_keys_are_read_at_once_when_asked_for(tmp_path: Path) -> None:
    manager, path = Manager(key_text("one")), tmp_path / "keys"
    write(path, key_text("one"))
    for ring in (manager.ring, KeyRing.from_file(path)):
        row = await ring.seal(DATA, HERE)
        assert ring.is_current(row)
        new = key_text("new")
        manager.keys = (new, *manager.keys)
        write(path, new)
        assert ring.is_current(row)
        await ring.load()
        assert not ring.is_current(row)
        assert await ring.open(seal(KeyRing(Key.parse(new))), HERE) == DATA
    manager.fails = True
    with pytest.raises(KeyUnavailable):
        await manager.ring.load()
    path.unlink()
    with pytest.raises(ConfigurationError):
        await ring.load()
    assert ring.is_current(await ring.seal(DATA, HERE))
    assert manager.ring.is_current(await manager.ring.seal(DATA, HERE))


async def test_many_rows_of_a_new_key_at_once_ask_the_source_once() -> None:
    manager, new = Manager(key_text("one")), key_text("new")
    await manager.ring.load()
    row = seal(KeyRing(Key.parse(new)))
    manager.keys = (new, *manager.keys)
    found = await asyncio.gather(*(manager.ring.open(row, HERE) for _ in range(20)))
    assert found == [DATA] * 20
    assert manager.asked == 2


async def test_a_source_that_fails_at_first_has_no_key() -> None:
    manager = Manager(key_text("one"))
    manager.fails = True
    for call in (manager.ring.load(), manager.ring.seal(DATA, HERE)):
        with pytest.raises(KeyUnavailable, match=r"Manager\.fetch failed with OSError") as caught:
            await call
        assert caught.value.__context__ is None
    manager.fails = False
    assert manager.ring.is_current(await manager.ring.seal(DATA, HERE))


async def test_a_source_that_fails_later_keeps_its_keys_and_is_not_pressed() -> None:
    manager = Manager(key_text("one"))
    row = await manager.ring.seal(DATA, HERE)
    manager.fails, manager.now = True, 60.0
    for _ in range(5):
        assert await manager.ring.open(row, HERE) == DATA
    assert manager.asked == 2
    manager.now = 70.0
    assert await manager.ring.open(row, HERE) == DATA
    assert manager.asked == 3


async def test_while_the_source_fails_a_key_that_is_not_at_hand_is_not_called_unknown() -> None:
    manager, new = Manager(key_text("one")), key_text("new")
    await manager.ring.load()
    manager.fails, manager.now = True, 60.0
    row = seal(KeyRing(Key.parse(new)))
    errors = []
    for _ in range(2):  # asked, and too soon to ask again
        with pytest.raises(KeyUnavailable, match="Try again when it answers") as caught:
            await manager.ring.open(row, HERE)
        assert caught.value.key_name == "new"
        assert "customer-42" in str(caught.value)
        errors.append(caught.value)
    assert errors[0] is not errors[1]


async def test_callers_that_fail_together_get_an_error_each() -> None:
    manager = Manager(key_text("one"))
    manager.fails = True
    calls = (manager.ring.seal(DATA, HERE) for _ in range(10))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert manager.asked == 1
    assert len({id(error) for error in errors}) == 10
    assert {type(error) for error in errors} == {KeyUnavailable}


async def test_a_cancelled_caller_does_not_take_the_keys_from_the_others() -> None:
    manager = Manager(key_text("one"))
    first = asyncio.create_task(manager.ring.seal(DATA, HERE))
    second = asyncio.create_task(manager.ring.seal(DATA, HERE))
    await asyncio.sleep(0)
    first.cancel()
    assert manager.ring.is_current(await second)
    assert manager.asked == 1


async def test_a_plain_function_may_block_or_return_something_to_await() -> None:
    written = key_text("one")

    async def later() -> str:
        return written

    for fetch in (lambda: written, later, lambda: later()):
        ring = KeyRing.from_source(fetch)
        assert ring.is_current(await ring.seal(DATA, HERE))


async def test_a_source_must_return_a_text() -> None:
    ring = KeyRing.from_source(lambda: 7)  # type: ignore[arg-type, return-value]  # the point
    with pytest.raises(ConfigurationError, match="are int, not str"):
        await ring.load()


async def test_what_is_no_function_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="takes a function that returns the keys, not str"):
        KeyRing.from_source("x")  # type: ignore[arg-type]  # the point
    called = asyncio.sleep(0, key_text())
    with pytest.raises(ConfigurationError, match="takes the function itself, not a call of it"):
        KeyRing.from_source(called)  # type: ignore[arg-type]  # the point
    called.close()


@pytest.mark.parametrize("fetch", [lambda name: name, Path.read_text])
def test_a_function_that_needs_arguments_is_refused_at_once(fetch: Any) -> None:
    with pytest.raises(ConfigurationError, match="without arguments"):
        KeyRing.from_source(fetch)


async def test_a_function_is_called_as_it_was_decorated() -> None:
    written = key_text()

    def get_text(name: str) -> str:
        return name

    @wraps(get_text)
    def fetch(*_: object) -> str:
        return get_text(written)

    for each in (fetch, partial(get_text, written)):
        await KeyRing.from_source(each).load()


async def test_loops_in_several_threads_fetch_for_themselves() -> None:
    written = key_text("one")

    async def fetch() -> str:
        await asyncio.sleep(0.01)
        return written

    ring = KeyRing.from_source(fetch)
    jobs = (asyncio.to_thread(lambda: asyncio.run(ring.seal(DATA, HERE))) for _ in range(4))
    for row in await asyncio.gather(*jobs):
        assert ring.is_current(row)
