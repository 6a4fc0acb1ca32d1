"""Helpers of the encryption tests: keys, rows, a forger, a KMS and a secret manager."""

import asyncio
import base64
import os
import struct
from collections.abc import Coroutine
from typing import Any, TypeVar

from attrs import define, field
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from katana_async.errors import UnsealError
from katana_async.oauth.sealing.cipher import Cipher
from katana_async.oauth.sealing.envelope import Binding, checksum
from katana_async.oauth.sealing.key_ring import KeyRing
from katana_async.oauth.sealing.keys import Key

T = TypeVar("T")

KEY = Key("k-known", bytes(range(32)))
HERE = Binding("client-1", "ab12/connections/customer-42", 7)
DATA = b'{"access":"token"}'


def key_text(name: str = "k-1", value: bytes | None = None) -> str:
    """Return a key in text form: a new one, or one with this value."""
    return f"{name}:{base64.b64encode(value or os.urandom(32)).decode()}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, without a loop."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    work.close()
    raise AssertionError("the coroutine waits")


def seal(cipher: Cipher, data: bytes = DATA, binding: Binding = HERE) -> bytes:
    return run(cipher.seal(data, binding))


def open_row(cipher: Cipher, row: bytes, binding: Binding = HERE) -> bytes:
    return run(cipher.open(row, binding))


def open_error(cipher: Cipher, row: bytes, binding: Binding = HERE) -> UnsealError:
    """Return the error of opening a row."""
    try:
        data = open_row(cipher, row, binding)
    except UnsealError as error:
        return error
    raise AssertionError(f"the row opens: {data!r}")


def repair_header(row: bytes) -> bytes:
    """Return a row with the correct length and checksum, like a forger."""
    repaired = row[:6] + struct.pack(">I", len(row)) + row[10:-16]
    return repaired + checksum(repaired)


@define
class MemoryKms:
    """A KMS in memory that encrypts, and can fail.

    Attributes:
        name: The key's name.
        key: The secret key.
        fails: The exception to raise, if any.
        calls: The number of calls.
    """

    name: str = "kms-1"
    key: bytes = field(factory=lambda: os.urandom(32), repr=False)
    fails: BaseException | None = None
    calls: int = 0

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        self._count_call()
        nonce = os.urandom(12)
        return nonce + AESGCM(self.key).encrypt(nonce, data_key, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes | None:
        self._count_call()
        try:
            return AESGCM(self.key).decrypt(wrapped[:12], wrapped[12:], context)
        except (InvalidTag, ValueError):
            return None

    def _count_call(self) -> None:
        self.calls += 1
        if self.fails is not None:
            raise self.fails


class Manager:
    """A secret manager that counts its calls."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.asked = 0
        self.now = 0.0
        self.fails = False
        self.ring = KeyRing.from_source(self.fetch, ttl=60)
        self.ring._source.clock = lambda: self.now

    async def fetch(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("the manager is sealed")
        return "\n".join(self.keys)
