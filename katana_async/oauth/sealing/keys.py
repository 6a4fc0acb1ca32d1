"""A key that seals rows, and the text format of keys."""

import base64
import binascii
import os
import re
import secrets
from datetime import UTC, datetime
from typing import Final, NoReturn, final

from ...errors import ConfigurationError
from ...secrets import MASK, Secret, fingerprint
from .envelope import KEY_NAME, KEY_SIZE, decrypt, encrypt

HOW_TO_MAKE_ONE: Final = (
    'make one with: python -c "from katana_async.oauth import new_key; print(new_key())"'
)

_SALT_SIZE = 32
_CHECK_SIZE = 16
_SEPARATORS = re.compile(r"[\s,]+")


@final
class Key:
    """Hold a named key that no repr, pickle or copy reveals.

    Args:
        name: The name in the rows: 1 to 64 characters of A-Z, a-z, 0-9 and . _ -. It is not secret,
            and must never be used for another key.
        value: 32 random bytes.

    Raises:
        ConfigurationError: The name or the value is invalid.
    """

    __slots__ = ("_check", "_secret", "name")

    name: str
    _secret: Secret
    _check: bytes | None

    def __init__(self, name: str, value: bytes) -> None:
        problem = find_name_problem(name) or _find_value_problem(value)
        secret = None if problem else Secret(base64.b64encode(value).decode())
        del value  # the traceback of the next error keeps this frame
        if secret is None:
            del name  # it may be the key
            raise ConfigurationError(f"a key of the key ring: {problem}")
        self.name, self._secret, self._check = name, secret, None

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
        if self._check is None:
            self._check = self._derive(b"", b"katana_async key check 1")[:_CHECK_SIZE]
        return self._check

    def wrap_data_key(self, data_key: bytes, context: bytes) -> bytes:
        """Return a row's data key, encrypted for this key and context."""
        # Each row has its own wrapping key, derived with a random salt. So no AES-GCM key is used
        # with two nonces, and the limit of 2^32 rows per key does not apply.
        salt = os.urandom(_SALT_SIZE)
        return salt + encrypt(self._wrapping_key(salt), data_key, context)

    def unwrap_data_key(self, wrapped: bytes, context: bytes) -> bytes | None:
        """Return a row's data key, or None if the key, the context or any byte differs."""
        wrapping_key = self._wrapping_key(wrapped[:_SALT_SIZE])
        data_key = decrypt(wrapping_key, wrapped[_SALT_SIZE:], context)
        return data_key if data_key is not None and len(data_key) == KEY_SIZE else None

    def has_same_value(self, other: "Key") -> bool:
        """Return whether the other key has the same value, under any name."""
        return self._secret == other._secret  # noqa: SLF001 - of its own class

    def _wrapping_key(self, salt: bytes) -> bytes:
        return self._derive(salt, b"katana_async wrap 1")

    def _derive(self, salt: bytes, info: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        value = base64.b64decode(self._secret.reveal())
        return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(value)

    def __repr__(self) -> str:
        # A traceback with locals also shows a key whose arguments were refused.
        return f"Key({getattr(self, 'name', '?')!r}, {MASK})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Key is not pickled or copied: pass on where it comes from instead")


def new_key() -> str:
    """Return a new key with a new name, as text for `KeyRing`."""
    name = f"k-{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(2)}"
    return f"{name}:{base64.b64encode(os.urandom(KEY_SIZE)).decode()}"


def parse_keys(text: object, description: str) -> tuple[Key, ...] | ConfigurationError:
    """Return the keys in a text, the current one first, or the error to raise.

    The error is returned because the traceback of a raised one would keep this frame and the text.
    It shows no names: in a malformed text, a key may be in the place of a name.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        return ConfigurationError(f"the keys from {description} are {kind}, not str")
    entries = [entry for entry in _SEPARATORS.split(text) if entry]
    if not entries:
        return ConfigurationError(f"there is no key in {description}: {HOW_TO_MAKE_ONE}")
    keys: list[Key] = []
    for number, entry in enumerate(entries, 1):
        key = _parse_key(entry)
        if isinstance(key, str):
            return ConfigurationError(
                f"key {number} of {len(entries)} in {description}: {key}; {HOW_TO_MAKE_ONE}"
            )
        keys.append(key)
    problem = find_duplicate(keys)
    return ConfigurationError(f"{description}: {problem}") if problem else tuple(keys)


def find_duplicate(keys: list[Key]) -> str | None:
    """Return a description of two keys with the same name or value, or None."""
    for number, key in enumerate(keys, 1):
        for earlier, other in enumerate(keys[: number - 1], 1):
            if key.name == other.name:
                return f"keys {earlier} and {number} have the same name"
            if key.has_same_value(other):
                return f"keys {earlier} and {number} are the same key under two names"
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
    """Return a key's value, or a description of the problem."""
    standard = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        value = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
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
    if len(value) != KEY_SIZE:
        return f"it has {len(value)} bytes, not {KEY_SIZE}"
    return None
