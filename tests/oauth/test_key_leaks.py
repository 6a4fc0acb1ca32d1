"""Whatever fails, no key and no token is left in an error, its frames, a log or a warning."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, field, frozen

from katana_async.errors import (
    ConfigurationError,
    KatanaError,
    KeyUnavailable,
    UnknownKey,
    UnsealError,
    WrongKey,
)
from katana_async.oauth.sealing import key_ring
from katana_async.oauth.sealing.cipher import InsecurePlaintext
from katana_async.oauth.sealing.key_ring import KeyRing
from katana_async.oauth.sealing.keys import Key
from tests.client.leaks import Canary, leaks, watching
from tests.oauth.sealing import HERE, KEY, MemoryKms, key_text, repair_header, seal


async def failing(
    work: Callable[[], Awaitable[object]], canaries: list[Canary]
) -> tuple[BaseException, list[str]]:
    """Let something fail; return with what, and where a canary is found after it."""
    with watching() as watch:
        try:
            await work()
        except (KatanaError, asyncio.CancelledError) as error:
            caught: BaseException = error
        else:
            pytest.fail("nothing failed")
    return caught, leaks(canaries, caught, watch)


@frozen
class Scene:
    """A ring whose key, and a row whose data, can be recognised.

    Attributes:
        ring: Has one local key.
        value: That key.
        token: The plaintext of the row.
    """

    ring: KeyRing
    value: bytes = field(repr=False)
    token: bytes = field(repr=False)

    async def seal_cancelled(self, ring: KeyRing) -> bytes:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return await ring.seal(self.token, HERE)

    def bad_source(self) -> str:
        raise RuntimeError(self.value)

    def slow_kms(self) -> MemoryKms:
        class Slow(MemoryKms):
            async def wrap(self, data_key: bytes, context: bytes) -> bytes:
                await asyncio.sleep(60)
                return data_key

        return Slow()


Attempt = Callable[[Scene], Awaitable[object]]


def away(**changes: Any) -> Attempt:
    return lambda scene: scene.ring.open(seal(scene.ring, scene.token), evolve(HERE, **changes))


def open_changed(change: Callable[[bytes], bytes]) -> Attempt:
    return lambda scene: scene.ring.open(change(seal(scene.ring, scene.token)), HERE)


def flip(row: bytes, at: int) -> bytes:
    """Return a row with another byte at a place."""
    at %= len(row)
    return row[:at] + bytes([row[at] ^ 1]) + row[at + 1 :]


FAILURES: dict[str, tuple[Attempt, type[BaseException]]] = {
    "moved": (away(key="elsewhere"), UnsealError),
    "rolled back": (away(version=8), UnsealError),
    "tampered": (
        open_changed(lambda row: repair_header(flip(row, -17))),
        UnsealError,
    ),
    "key tampered": (
        open_changed(lambda row: repair_header(flip(row, 130))),
        UnsealError,
    ),
    "damaged": (open_changed(lambda row: flip(row, -1)), UnsealError),
    "truncated": (open_changed(lambda row: row[:-1]), UnsealError),
    "later format": (open_changed(lambda row: row[:4] + b"\2" + row[5:]), UnsealError),
    "unknown key": (
        lambda scene: KeyRing(KEY).open(seal(scene.ring, scene.token), HERE),
        UnknownKey,
    ),
    "unknown to its owner": (lambda scene: scene.ring.open(seal(KeyRing(KEY)), HERE), UnknownKey),
    "wrong key": (
        lambda scene: scene.ring.open(seal(KeyRing(Key("canary", bytes(32)))), HERE),
        WrongKey,
    ),
    "never sealed": (
        lambda scene: scene.ring.open(seal(InsecurePlaintext(), scene.token), HERE),
        UnsealError,
    ),
    "plain, moved": (
        lambda scene: InsecurePlaintext().open(
            seal(InsecurePlaintext(), scene.token), evolve(HERE, key="x")
        ),
        UnsealError,
    ),
    "kms fails": (
        lambda scene: KeyRing(MemoryKms(fails=OSError("down"))).seal(scene.token, HERE),
        KeyUnavailable,
    ),
    "source fails": (
        lambda scene: KeyRing.from_source(scene.bad_source).seal(scene.token, HERE),
        KeyUnavailable,
    ),
    "cancelled at the kms": (
        lambda scene: scene.seal_cancelled(KeyRing(scene.slow_kms())),
        asyncio.CancelledError,
    ),
    "cancelled at the source": (
        lambda scene: scene.seal_cancelled(KeyRing.from_source(lambda: key_text())),
        asyncio.CancelledError,
    ),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_after_a_failure_no_key_and_no_token_is_to_be_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canaries = [Canary() for _ in range(3)]
    key, token, data_key = (canary.reveal().encode() for canary in canaries)
    # The keys of rows are canaries too.
    fake = SimpleNamespace(urandom=lambda size: data_key[:size])
    monkeypatch.setattr(key_ring, "os", fake)
    scene = Scene(KeyRing(Key("canary", key[:32])), key[:32], token)
    attempt, expected = FAILURES[name]

    async def work() -> object:
        return await attempt(scene)

    error, found = await failing(work, canaries)
    assert isinstance(error, expected)
    assert not found


@pytest.mark.parametrize("size", [31, 33])
async def test_a_value_that_is_no_key_is_not_to_be_found(size: int) -> None:
    canary = Canary()

    async def work() -> object:
        return Key("k", canary.reveal().encode()[:size])

    error, found = await failing(work, [canary])
    assert isinstance(error, ConfigurationError)
    assert not found


def wrong_texts(secret: str) -> dict[str, tuple[str, str]]:
    """Return invalid keys that contain a canary, each with the expected message."""
    value = secret[:32].encode()
    key = base64.b64encode(value).decode()
    return {
        "too short": (f"k:{base64.b64encode(value[:31]).decode()}", "key 1 of 1 in"),
        "too long": (f"k:{base64.b64encode(value + b'x').decode()}", "it has 33 bytes, not 32"),
        "hex": (f"k:{value.hex()}", "it has 48 bytes, not 32"),
        "not base64": (f"k:{secret}!", "it is not name:base64"),
        "not ascii": (f"k:{secret}é", "it is not name:base64"),
        "a name alone": (f"{key_text('a')} k:", "key 2 of 2 in"),
        "a bad name": (f"{secret}/:{key}", "its name is not 1 to 64"),
        "swapped": (f"{key}:k-1", "it has 2 bytes, not 32"),
        "two keys as one": (f"{key.rstrip('=')}:{key}", "its name looks like a key"),
        "one name twice": (f"k:{key} {key_text('k')}", "keys 1 and 2 have the same name"),
        "one key twice": (
            f"a:{key} {key_text('c')} b:{key}",
            "keys 1 and 3 are the same key under",
        ),
        "one key twice without a name": (f"a:{key} {key}", "keys 1 and 2 are the same key under"),
    }


@pytest.mark.parametrize("kind", wrong_texts("x" * 48))
@pytest.mark.parametrize("way", ["env", "file", "source", "parse"])
async def test_a_text_that_is_no_key_is_refused_without_showing_it(
    kind: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = Canary()
    path = tmp_path / "keys"
    # In no variable: a traceback with locals would show those of the test too.
    path.write_text(wrong_texts(canary.reveal())[kind][0])
    path.chmod(0o600)
    monkeypatch.setenv("KEYS", path.read_text())

    async def work() -> object:
        match way:
            case "env":
                return KeyRing.from_env("KEYS")
            case "file":
                return KeyRing.from_file(path)
            case "source":
                await KeyRing.from_source(path.read_text).load()
                return None
            case _:
                return Key.parse(path.read_text())

    error, found = await failing(work, [canary])
    assert isinstance(error, ConfigurationError)
    assert wrong_texts("x" * 48)[kind][1] in str(error)
    assert not found


def in_base64(canary: Canary) -> str:
    return base64.b64encode(canary.reveal()[:32].encode()).decode()


WRITTEN: dict[str, Callable[[Canary], str]] = {
    "with a name": lambda canary: f"k-2026-11-25-ab12:{in_base64(canary)}",
    "without a name": in_base64,
    "two of them": lambda canary: f"{key_text()},k-2:{in_base64(canary)}",
    "as a UUID": lambda canary: str(UUID(hex=canary.reveal()[:32])),
    "in hex": Canary.reveal,
    "like a path": lambda canary: f"/{in_base64(canary)}",
    "like a variable": lambda canary: f"K{canary.reveal().upper()}",
    "that is no text at all": lambda canary: f"{canary.reveal()}\0\ud800",
}

Anything = Callable[[], Any]

WRONG_PLACES: dict[str, Callable[[Anything], object]] = {
    "KeyRing(...)": lambda given: KeyRing(given()),
    "from_env": lambda given: KeyRing.from_env(given()),
    "from_env, as bytes": lambda given: KeyRing.from_env(given().encode("utf-8", "replace")),
    "from_file": lambda given: KeyRing.from_file(given()),
    "from_file, as bytes": lambda given: KeyRing.from_file(given().encode("utf-8", "replace")),
    "from_source": lambda given: KeyRing.from_source(given()),
    "a key's name": lambda given: Key(given(), b"short"),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("place", WRONG_PLACES)
async def test_a_key_in_the_place_of_something_else_is_refused_without_showing_it(
    place: str, written: str
) -> None:
    canary = Canary()

    async def work() -> object:
        return WRONG_PLACES[place](partial(WRITTEN[written], canary))

    error, found = await failing(work, [canary])
    assert isinstance(error, ConfigurationError)
    assert canary.reveal().upper() not in str(error)
    assert not found
