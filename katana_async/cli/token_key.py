"""The key that encrypts connections: KATANA_TOKEN_KEY, or a key in an OS keyring that encrypts."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ..errors import ConfigurationError
from ..oauth import Key, KeyRing, new_key
from ..secrets import Secret
from .errors import TOKEN_KEY_VARIABLE, Failed, one_line

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_ENTRY = ("katana-async", "token-key")

_ALTERNATIVE = (
    f"Set {TOKEN_KEY_VARIABLE} to a key and keep it safe, for instance in a password manager;"
    " 'katana-async new-key' makes one"
)


def read_token_key(*, create: bool = False) -> KeyRing:
    """Return the key, which `create` makes in the keyring if there is none.

    Call it outside of an event loop: keyrings may ask for a password.
    """
    if TOKEN_KEY_VARIABLE in os.environ:
        return _parse(KeyRing.from_env)
    backend = _safe_backend()
    text = _read(backend)
    if not text and create:
        _write(backend, Secret(new_key()))
        if not (text := _read(backend)):
            raise Failed(f"the keyring {_name(backend)} did not store the key. {_ALTERNATIVE}")
    if not text:
        raise Failed(
            f"the OS keyring has no key for the connections: its entry {_ENTRY} was deleted, or"
            f" they were made with {TOKEN_KEY_VARIABLE}, which is not set now"
        )
    keys = text.reveal().split()  # earlier versions kept several keys in the entry
    return _parse(lambda: KeyRing(*map(Key.parse, keys)))


def _parse(parse: Callable[[], KeyRing]) -> KeyRing:
    try:
        return parse()
    except ConfigurationError as error:
        problem = str(error).partition("make one with")[0].rstrip(":; ")
    raise Failed(f"{problem}. 'katana-async new-key' makes a key")


def _safe_backend() -> "KeyringBackend":
    """Return the preferred one of this system's keyrings that encrypt."""
    import keyring

    try:
        chosen = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - PYTHON_KEYRING_BACKEND names any module to import
        raise _keyring_error("the OS keyring", error) from None
    # A chain of keyrings is taken apart, since it would write to any of them.
    backends = cast("list[KeyringBackend]", getattr(chosen, "backends", [chosen]))
    for backend in backends:
        if not any("plaintext" in kind.__qualname__.lower() for kind in type(backend).__mro__):
            return backend
    names = ", ".join(map(_name, backends)) or _name(chosen)
    raise Failed(f"the keyring {names} stores keys in plain text. {_ALTERNATIVE}")


def _read(backend: "KeyringBackend") -> Secret:
    try:
        return Secret(backend.get_password(*_ENTRY) or "")
    except Exception as error:  # noqa: BLE001 - backends raise any error of D-Bus or the OS
        raise _keyring_error(_name(backend), error) from None


def _write(backend: "KeyringBackend", text: Secret) -> None:
    # keyring wraps the method in a decorator without types.
    write = cast("Callable[[str, str, str], None]", getattr(backend, "set_password"))  # noqa: B009 - for the cast
    try:
        write(*_ENTRY, text.reveal())
    except Exception as error:  # noqa: BLE001 - as in _read
        problem = _keyring_error(_name(backend), error)
    else:
        return
    raise problem  # outside of the block, since the frames of the error hold the key


def _keyring_error(name: str, error: Exception) -> Failed:
    reason = f"{type(error).__name__} {one_line(str(error))[:200]}".strip()
    return Failed(f"{name} fails with {reason}. Unlock it, or: {_ALTERNATIVE}")


def _name(backend: "KeyringBackend") -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
