"""A key that seals rows, and the text that keys are written as."""

import base64
import binascii
import os
import re
import secrets
from datetime import UTC, datetime
from typing import Final, NoReturn, final

from ...errors import ConfigurationError
from ...secrets import MASK, Secret, fingerprint
from .envelope import KEY_SIZE, NAME, decrypt, encrypt

HOW_TO_MAKE_ONE: Final = (
    'make one with: python -c "from katana_async.oauth import new_key; print(new_key())"'
)

_SALT = 32
_CHECK = 16
_SEPARATORS = re.compile(r"[\s,]+")


@final
class Key:
    """Hold a named key that no repr, pickle or copy gives away.

    Args:
        name: What rows say that they are sealed with: 1 to 64 of A-Z, a-z, 0-9 and . _ -. Not
            secret, and never used again for another key.
        value: 32 random bytes.

    Raises:
        ConfigurationError: The name or the value cannot be one.
    """

    __slots__ = ("_check", "_secret", "name")

    name: str
    _secret: Secret
    _check: bytes | None

    def __init__(self, name: str, value: bytes) -> None:
        problem = wrong_name(name) or _wrong_value(value)
        secret = None if problem else Secret(base64.b64encode(value).decode())
        del value  # the traceback of what is raised next holds this frame
        if secret is None:
            del name  # it may be the key
            raise ConfigurationError(f"a key of the key ring: {problem}")
        self.name, self._secret, self._check = name, secret, None

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read one key as `new_key` writes it.

        Raises:
            ConfigurationError: It is no key, or more than one. The message never shows it.
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
        """What shows in a row which key sealed it. It tells nothing of the key."""
        if self._check is None:
            self._check = self._derive(b"", b"katana_async key check 1")[:_CHECK]
        return self._check

    def wrap_for_row(self, data_key: bytes, context: bytes) -> bytes:
        """Return a row's data key as only this key, with the same context, unwraps it."""
        # Each row has a wrapping key of its own, derived with a random salt: so however many rows
        # a key seals, no AES-GCM key ever meets two nonces, and the bound of 2^32 goes away.
        salt = os.urandom(_SALT)
        return salt + encrypt(self._wrapping(salt), data_key, context)

    def unwrap_for_row(self, wrapped: bytes, context: bytes) -> bytes | None:
        """Return a row's data key, or None when anything differs."""
        data_key = decrypt(self._wrapping(wrapped[:_SALT]), wrapped[_SALT:], context)
        return data_key if data_key is not None and len(data_key) == KEY_SIZE else None

    def same_value(self, other: "Key") -> bool:
        """Whether it is the same key, by whatever name."""
        return self._secret == other._secret  # noqa: SLF001 - of its own class

    def _wrapping(self, salt: bytes) -> bytes:
        return self._derive(salt, b"katana_async wrap 1")

    def _derive(self, salt: bytes, info: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        value = base64.b64decode(self._secret.reveal())
        return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info).derive(value)

    def __repr__(self) -> str:
        # A traceback with locals shows it when the key was refused and there is no name yet.
        return f"Key({getattr(self, 'name', '?')!r}, {MASK})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Key is not pickled or copied: pass on where it comes from instead")


def new_key() -> str:
    """Return a fresh key with a fresh name, as `KeyRing` reads it."""
    name = f"k-{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(2)}"
    return f"{name}:{base64.b64encode(os.urandom(KEY_SIZE)).decode()}"


def parse_keys(text: object, description: str) -> tuple[Key, ...] | ConfigurationError:
    """Return the keys in a text, the current one first, or what is wrong without showing any.

    The error is returned, for the caller to raise: raised here, its traceback would hold this
    frame, and in it the text. It counts the keys and does not name them: what stands in the place
    of a name may be a key.
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
    problem = clash(keys)
    return ConfigurationError(f"{description}: {problem}") if problem else tuple(keys)


def clash(keys: list[Key]) -> str | None:
    """Say which keys cannot be in one ring, if any."""
    for number, key in enumerate(keys, 1):
        for earlier, other in enumerate(keys[: number - 1], 1):
            if key.name == other.name:
                return f"keys {earlier} and {number} have the same name"
            if key.same_value(other):
                return f"keys {earlier} and {number} are the same key under two names"
    return None


def _parse_key(entry: str) -> Key | str:
    name, colon, written = entry.rpartition(":")
    value = _decoded(written)
    if isinstance(value, str):
        return value
    if not colon:
        secret = Secret(base64.b64encode(value).decode())
        name = f"k-{fingerprint(secret, 'token key')[:8]}"
    problem = wrong_name(name)
    return problem or Key(name, value)


def _decoded(written: str) -> bytes | str:
    plain = written.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        value = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return "it is not name:base64"
    return _wrong_value(value) or value


def wrong_name(name: object) -> str | None:
    """Say what is wrong with the name of a key, if anything, without showing it."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return "its name is not 1 to 64 of A-Z, a-z, 0-9 and . _ -"
    # Names are written in rows, logs and errors.
    if len(name) >= 43 and isinstance(_decoded(name), bytes):
        return "its name looks like a key: the name comes first, then the key"
    return None


def _wrong_value(value: object) -> str | None:
    if not isinstance(value, bytes):
        return f"it is {type(value).__name__}, not bytes"
    if len(value) != KEY_SIZE:
        return f"it has {len(value)} bytes, not {KEY_SIZE}"
    return None
