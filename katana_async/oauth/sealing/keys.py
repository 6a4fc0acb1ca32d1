"""The keys that seal rows, and the text format of keys."""

import base64
import os
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Final, Protocol, final, runtime_checkable

from ...errors import ConfigurationError
from ...secrets import MASK, Secret, fingerprint, kind_of
from .envelope import KEY_NAME, KEY_SIZE, decrypt, encrypt

HOW_TO_MAKE_ONE: Final = (
    'make one with: python -c "from katana_async.oauth import new_key; print(new_key())"'
)

_SALT_SIZE = 32
_CHECK_SIZE = 16
_SEPARATORS = re.compile(r"[\s,]+")


@runtime_checkable
class KeyWrapper(Protocol):
    """A key that encrypts (wraps) and decrypts the data keys of rows: one in a KMS, or a `Key`."""

    @property
    def name(self) -> str:
        """The name in the rows, with the rules of a `Key`'s name."""
        ...

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return a data key of 32 bytes in wrapped form, of at most 65,535 bytes.

        Args:
            data_key: Must not remain in a variable, log or exception after the call.
            context: At most 200 bytes, the same for wrapping and unwrapping: the encryption context
                or additional authenticated data of the KMS.
        """
        ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes | None:
        """Return the data key, or None if the KMS answers that it did not wrap these bytes.

        An exception means that the KMS is not available, and nothing about the row.
        """
        ...


@final
class Key:
    """A named key in this process: a `KeyWrapper` that no repr, pickle or deep copy reveals.

    Args:
        name: The name in the rows: 1 to 64 characters of A-Z, a-z, 0-9 and . _ -. It is not secret,
            and must never be used for another key.
        value: 32 random bytes.

    Raises:
        ConfigurationError: The name or the value is invalid.
    """

    __slots__ = ("_secret", "name")

    def __init__(self, name: str, value: bytes) -> None:
        problem = find_name_problem(name) or _find_value_problem(value)
        secret = None if problem else Secret(base64.b64encode(value).decode())
        del value  # the traceback of the next error keeps this frame
        if secret is None:
            del name  # it may be the key
            raise ConfigurationError(f"a key of the key ring: {problem}")
        self.name, self._secret = name, secret

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Parse one key in the format of `new_key`.

        Raises:
            ConfigurationError: The text is not a key, or has several. The message never shows it.
        """
        parsed = parse_keys(text, "the argument of Key.parse")
        del text  # as above
        if isinstance(parsed, ConfigurationError):
            raise parsed
        if parsed[1:]:
            raise ConfigurationError("the argument of Key.parse holds more than one key")
        return parsed[0]

    @property
    def check(self) -> bytes:
        """The check value, by which a row identifies its key without revealing it."""
        return self._derive(b"", b"katana_async key check 1")[:_CHECK_SIZE]

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        # Each row has its own wrapping key, derived with a random salt. So no AES-GCM key is used
        # with two nonces, and the limit of 2^32 rows per key does not apply.
        salt = os.urandom(_SALT_SIZE)
        return salt + encrypt(self._derive(salt, b"katana_async wrap 1"), data_key, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes | None:
        wrapping_key = self._derive(wrapped[:_SALT_SIZE], b"katana_async wrap 1")
        return decrypt(wrapping_key, wrapped[_SALT_SIZE:], context)

    def _derive(self, salt: bytes, info: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        value = base64.b64decode(self._secret.reveal())
        return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(value)

    def __repr__(self) -> str:
        # A traceback with locals also shows a key whose arguments were refused.
        return f"Key({getattr(self, 'name', '?')!r}, {MASK})"


def new_key() -> str:
    """Return a new key with a new name, as text for `KeyRing`."""
    name = f"k-{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(2)}"
    return f"{name}:{base64.b64encode(os.urandom(KEY_SIZE)).decode()}"


def parse_keys(text: object, description: str) -> tuple[Key, ...] | ConfigurationError:
    """Return the keys in a text, or the error to raise: a traceback would hold the text."""
    if not isinstance(text, str):
        return ConfigurationError(f"the keys from {description} are {kind_of(text)}, not str")
    entries = [entry for entry in _SEPARATORS.split(text) if entry]
    if not entries:
        return ConfigurationError(f"there is no key in {description}: {HOW_TO_MAKE_ONE}")
    keys: list[Key] = []
    for number, entry in enumerate(entries, 1):
        key = _parse_key(entry)
        if isinstance(key, str):  # without names: a key may be in the place of one
            return ConfigurationError(
                f"key {number} of {len(entries)} in {description}: {key}; {HOW_TO_MAKE_ONE}"
            )
        keys.append(key)
    problem = find_duplicate(keys)
    return ConfigurationError(f"{description}: {problem}") if problem else tuple(keys)


def find_duplicate(keys: Sequence[KeyWrapper]) -> str | None:
    """Return a description of two keys with the same name or value, or None."""
    for (number, key), (later, other) in combinations(enumerate(keys, 1), 2):
        if key.name == other.name:
            return f"keys {number} and {later} have the same name"
        if isinstance(key, Key) and isinstance(other, Key) and key.check == other.check:
            return f"keys {number} and {later} are the same key under two names"
    return None


def _parse_key(entry: str) -> Key | str:
    name, colon, encoded = entry.rpartition(":")
    value = _decode(encoded)
    if isinstance(value, str):
        return value
    if not colon:
        secret = Secret(base64.b64encode(value).decode())
        name = f"k-{fingerprint(secret, 'token key')[:8]}"
    return find_name_problem(name) or Key(name, value)


def _decode(encoded: str) -> bytes | str:
    standard = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        value = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        return "it is not name:base64"
    return _find_value_problem(value) or value


def find_name_problem(name: object) -> str | None:
    """Return a description of an invalid key name that does not show it, or None."""
    if not isinstance(name, str) or not KEY_NAME.fullmatch(name):
        return "its name is not 1 to 64 of A-Z, a-z, 0-9 and . _ -"
    # Names are written to rows, logs and errors.
    if len(name) >= 43 and isinstance(_decode(name), bytes):
        return "its name looks like a key: the name comes first, then the key"
    return None


def _find_value_problem(value: object) -> str | None:
    if not isinstance(value, bytes):
        return f"it is {type(value).__name__}, not bytes"
    return None if len(value) == KEY_SIZE else f"it has {len(value)} bytes, not {KEY_SIZE}"
