"""Where keys come from, how they are rotated, and that they stay out of sight."""

import base64
import copy
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from katana_async.errors import (
    ConfigurationError,
    KeyUnavailable,
    RowTampered,
    UnknownKey,
    UnsealError,
)
from katana_async.oauth.sealing.key_ring import KeyRing
from katana_async.oauth.sealing.keys import Key, KeyWrapper, new_key
from tests.oauth.sealing import DATA, HERE, KEY, MemoryKms, key_text, open_error, open_row, seal

OLD, NEW = Key.parse(key_text("old")), Key.parse(key_text("new"))


# Keys


def test_a_new_key_is_unique_and_named_by_the_day() -> None:
    keys = {new_key() for _ in range(20)}
    assert len(keys) == 20
    for key in keys:
        assert re.fullmatch(r"k-\d{4}-\d\d-\d\d-[0-9a-f]{4}:[A-Za-z0-9+/]{43}=", key)
    assert len({Key.parse(key).check for key in keys}) == 20


def test_a_key_hides_its_value() -> None:
    value = os.urandom(32)
    key = Key("k-1", value)
    assert repr(key) == str(key) == "Key('k-1', ***)"
    assert repr(KeyRing(key)) == "<KeyRing of 'k-1' from the call of KeyRing(...)>"
    for holder in (key, KeyRing(key)):
        for leak in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="not pickled or copied"):
                leak(holder)
    assert key.check not in value


BAD_KEYS: list[tuple[Any, Any, str]] = [
    ("k", b"short", "it has 5 bytes, not 32"),
    ("k", bytes(33), "it has 33 bytes, not 32"),
    ("k", "x" * 32, "it is str, not bytes"),
    ("", bytes(32), "its name is not"),
    ("a b", bytes(32), "its name is not"),
    ("x" * 65, bytes(32), "its name is not"),
    ("é", bytes(32), "its name is not"),
    (7, bytes(32), "its name is not"),
    (base64.urlsafe_b64encode(bytes(32)).decode().rstrip("="), bytes(32), "looks like a key"),
]


@pytest.mark.parametrize(("name", "value", "says"), BAD_KEYS)
def test_an_invalid_key_is_refused(name: Any, value: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        Key(name, value)


def test_one_key_is_parsed_and_two_are_not() -> None:
    assert Key.parse(key_text("mine")).name == "mine"
    with pytest.raises(ConfigurationError, match="more than one key"):
        Key.parse(f"{key_text('a')} {key_text('b')}")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ((MemoryKms,), "not the class MemoryKms itself"),
        ((new_key(),), "not str; Key.parse(text) parses one"),
        ((), "a KeyRing needs a key; make one with: python -c"),
        ((OLD, OLD), "keys 1 and 2 have the same name"),
        ((OLD, MemoryKms("old")), "keys 1 and 2 have the same name"),
        ((Key("a", bytes(32)), NEW, Key("b", bytes(32))), "keys 1 and 3 are the same key"),
        (("key",), "takes Key and KeyWrapper objects, not str"),
        ((MemoryKms("a b"),), "its name is not"),
    ],
)
def test_invalid_keys_of_a_ring_are_refused(keys: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        KeyRing(*keys)


def test_a_refused_key_or_ring_has_a_repr() -> None:
    assert repr(Key.__new__(Key)) == "Key('?', ***)"
    assert repr(KeyRing.__new__(KeyRing)) == "<KeyRing of no keys yet from refused arguments>"


# Rotation


def test_a_key_is_rotated_without_losing_a_row() -> None:
    before, during, after = KeyRing(OLD), KeyRing(NEW, OLD), KeyRing(NEW)
    row = seal(before)
    assert before.is_current(row)
    assert open_row(during, row) == DATA
    assert not during.is_current(row)
    again = seal(during, open_row(during, row), evolve(HERE, version=8))
    assert during.is_current(again)
    assert open_row(after, again, evolve(HERE, version=8)) == DATA
    error = open_error(after, row)
    assert isinstance(error, UnknownKey)
    assert error.key_name == "old"


# The environment


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    value = os.urandom(32)
    monkeypatch.setenv("KATANA_TOKEN_KEY", f"{key_text('new')},\n {key_text('old', value)}\t")
    ring = KeyRing.from_env()
    assert repr(ring) == (
        "<KeyRing of 'new', 'old' from the environment variable KATANA_TOKEN_KEY>"
    )
    assert open_row(ring, seal(KeyRing(Key("old", value)))) == DATA
    assert ring.is_current(seal(ring))


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("end", ["", "="])
def test_a_key_without_a_name_gets_a_derived_name(
    encode: Callable[[bytes], bytes], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = b"\xfb\xff" * 16
    monkeypatch.setenv("KEYS", encode(value).decode().rstrip("=") + end)
    ring = KeyRing.from_env("KEYS")
    assert re.search(r"of 'k-[0-9a-f]{8}' from", repr(ring))
    monkeypatch.setenv("KEYS", base64.b64encode(value).decode())
    assert open_row(KeyRing.from_env("KEYS"), seal(ring)) == DATA


def test_the_error_for_a_missing_variable_shows_how_to_make_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KATANA_TOKEN_KEY", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.from_env()
    assert "set KATANA_TOKEN_KEY" in str(caught.value)
    assert 'python -c "from katana_async.oauth import new_key; print(new_key())"' in str(
        caught.value
    )


def test_a_key_instead_of_a_variables_name_is_recognised() -> None:
    with pytest.raises(ConfigurationError, match="takes the NAME of an") as e:
        KeyRing.from_env(new_key())
    assert "such as KATANA_TOKEN_KEY" in str(e.value)
    assert "may be the key itself" in str(e.value)
    with pytest.raises(ConfigurationError, match=r"takes the NAME .*, not None"):
        KeyRing.from_env(os.environ.get("KATANA_NO_SUCH_VARIABLE"))  # type: ignore[arg-type]  # the point


def test_a_variable_that_is_set_may_have_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("token-key.v1", key_text())
    assert "variable token-key.v1>" in repr(KeyRing.from_env("token-key.v1"))


@pytest.mark.parametrize("written", ["", " \n", ",,"])
def test_no_key_is_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATANA_TOKEN_KEY", written)
    with pytest.raises(ConfigurationError, match=r"there is no key in .* make one with"):
        KeyRing.from_env()


# A KMS


async def test_each_row_is_one_call_of_the_kms() -> None:
    kms = MemoryKms()
    assert isinstance(kms, KeyWrapper)
    ring = KeyRing(kms)
    row = await ring.seal(DATA, HERE)
    assert kms.calls == 1
    assert await ring.open(row, HERE) == DATA
    assert kms.calls == 2
    assert ring.is_current(row)
    assert kms.calls == 2


async def test_rows_move_from_a_local_key_to_a_kms_and_back() -> None:
    kms = MemoryKms()
    local, moving, back = KeyRing(KEY), KeyRing(kms, KEY), KeyRing(KEY, kms)
    row = seal(local)
    assert await moving.open(row, HERE) == DATA
    assert not moving.is_current(row)
    moved = seal(moving)
    assert moving.is_current(moved)
    assert await back.open(moved, HERE) == DATA
    assert isinstance(open_error(local, moved), UnknownKey)
    assert back.is_current(seal(back))


async def test_a_failing_kms_is_not_tampering() -> None:
    kms = MemoryKms()
    ring = KeyRing(kms)
    row = await ring.seal(DATA, HERE)
    kms.fails = ConnectionRefusedError("no route")
    for call in (ring.seal(DATA, HERE), ring.open(row, HERE)):
        with pytest.raises(KeyUnavailable, match="failed with ConnectionRefusedError") as caught:
            await call
        assert not isinstance(caught.value, UnsealError)
        assert caught.value.key_name == "kms-1"
        assert "customer-42 (key 'kms-1')" in str(caught.value)
        assert caught.value.__context__ is None


@pytest.mark.parametrize("answer", [b"short", bytes(65_536), "text", 7])
async def test_an_invalid_answer_of_the_kms_is_unavailable(answer: Any) -> None:
    kms = MemoryKms()
    row = await KeyRing(kms).seal(DATA, HERE)

    class Nonsense:
        name = "kms-1"

        async def wrap(self, data_key: bytes, context: bytes) -> bytes:
            result: bytes = bytes(65_536) if isinstance(answer, bytes) else answer
            return result

        async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
            result: bytes = answer
            return result

    ring = KeyRing(Nonsense())
    for call in (ring.seal(DATA, HERE), ring.open(row, HERE)):
        with pytest.raises(KeyUnavailable, match="the KMS failed with ") as caught:
            await call
        assert caught.value.__context__ is None


async def test_a_refusal_of_the_kms_is_tampering() -> None:
    row = await KeyRing(MemoryKms()).seal(DATA, HERE)
    assert type(open_error(KeyRing(MemoryKms()), row)) is RowTampered


async def test_damage_is_detected_without_the_kms() -> None:
    kms = MemoryKms()
    ring = KeyRing(kms)
    row = await ring.seal(DATA, HERE)
    kms.fails = ConnectionRefusedError()
    assert type(open_error(ring, row[:150] + bytes([row[150] ^ 1]) + row[151:])) is RowTampered
    assert kms.calls == 1


def test_cryptography_is_loaded_at_the_first_seal() -> None:
    code = (
        "import sys; from katana_async.oauth import KeyRing, Key, new_key;"
        "KeyRing(Key.parse(new_key())); assert 'cryptography' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
