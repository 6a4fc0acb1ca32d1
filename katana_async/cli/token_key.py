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
    """Return the key. Call it outside of an event loop: keyrings may ask for a password.

    Args:
        create: Make a key in the keyring if there is none.

    Raises:
        Failed: There is no key, it cannot be used, or no keyring is safe for it.
    """
    if TOKEN_KEY_VARIABLE in os.environ:
        return _parse(KeyRing.from_env)
    backends = _safe_backends()
    text = _read(backends)
    if text is None and create:
        _write(backends, Secret(new_key()))
        text = _read(backends)
        if text is None:
            raise Failed(f"the keyring {_names(backends)} did not keep the key. {_ALTERNATIVE}")
    if text is None:
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


def _safe_backends() -> "list[KeyringBackend]":
    """Return the keyrings of this system that encrypt, the preferred one first."""
    import keyring

    try:
        chosen = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - PYTHON_KEYRING_BACKEND names any module to import
        problem = f"the OS keyring cannot be used: {_describe(error)}. {_ALTERNATIVE}"
        raise Failed(problem) from None
    # A chain of keyrings is taken apart, since it would write to any of them.
    backends = cast("list[KeyringBackend]", getattr(chosen, "backends", [chosen]))
    safe = [backend for backend in backends if not _is_plain_text(backend)]
    if not safe:
        names = _names(backends or [chosen])
        raise Failed(f"the keyring {names} keeps keys in plain text. {_ALTERNATIVE}")
    return safe


def _is_plain_text(backend: "KeyringBackend") -> bool:
    return any("plaintext" in kind.__qualname__.lower() for kind in type(backend).__mro__)


def _read(backends: "list[KeyringBackend]") -> Secret | None:
    for backend in backends:
        try:
            text = backend.get_password(*_ENTRY)
        except Exception as error:  # noqa: BLE001 - backends raise any error of D-Bus or the OS
            raise _keyring_fails(backend, error) from None
        if text:
            return Secret(text)
    return None


def _write(backends: "list[KeyringBackend]", text: Secret) -> None:
    for backend in backends:
        # keyring wraps the method in a decorator without types.
        write = cast("Callable[[str, str, str], None]", getattr(backend, "set_password"))  # noqa: B009 - for the cast
        try:
            write(*_ENTRY, text.reveal())
        except NotImplementedError:
            continue  # it only reads, like the keyrings of package registries
        except Exception as error:  # noqa: BLE001 - as in _read
            problem = _keyring_fails(backend, error)
        else:
            return
        raise problem  # outside of the block, since the frames of the error hold the key
    raise Failed(f"the keyring {_names(backends)} cannot be written to. {_ALTERNATIVE}")


def _keyring_fails(backend: "KeyringBackend", error: Exception) -> Failed:
    problem = f"the keyring {_names([backend])} fails: {_describe(error)}"
    return Failed(f"{problem}. Unlock it, or: {_ALTERNATIVE}")


def _names(backends: "list[KeyringBackend]") -> str:
    return ", ".join(f"{type(each).__module__}.{type(each).__qualname__}" for each in backends)


def _describe(error: Exception) -> str:
    text = one_line(str(error))[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
