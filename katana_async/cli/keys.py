"""The keys that connections on this machine are encrypted with: where they come from.

KATANA_TOKEN_KEY, or the OS keyring. What keeps passwords in plain text, or not at all, is refused.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..oauth.sealing.key_ring import DEFAULT_VARIABLE, KeyRing
from ..oauth.sealing.keys import Key, new_key
from ..secrets import Secret
from .problems import Failed, one_line
from .storage import DATA_VARIABLE, changing_keys

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "katana-async"
_USER = "token-key"

_HOW_ELSE = (
    f"Set {DEFAULT_VARIABLE} to a key and keep it safe, for instance in a password manager;"
    " 'katana-async new-key' makes one"
)

_PLAIN = "keeps keys in plain text"
_NOTHING = "keeps nothing"
_ELSEWHERE = "keeps keys where other programs write and read them"
_REFUSED = {
    "keyring.backends.fail.Keyring": _NOTHING,
    "keyring.backends.null.Keyring": _NOTHING,
    "keyring.backends.file.PlaintextKeyring": _PLAIN,  # before keyring 9
    "keyrings.alt.file.PlaintextKeyring": _PLAIN,
    "keyrings.alt.pyfs.PlaintextKeyring": _PLAIN,
    # Their key is in the environment or beside the file, or they keep all in a Google document.
    "keyrings.alt.pyfs.EncryptedKeyring": _PLAIN,
    "keyrings.alt.pyfs.KeyczarKeyring": _PLAIN,
    "keyrings.alt.Google.DocsKeyring": _ELSEWHERE,
    "keyrings.alt.Google.KeyczarDocsKeyring": _ELSEWHERE,
}


class KeyringFails(Failed):
    """The keyring cannot be read right now: it is locked, say, and the key may well be in it."""


class KeyPlace(Protocol):
    """Where the keys are."""

    def ring(self, *, create: bool) -> KeyRing:
        """Return the keys, ready for use.

        Args:
            create: Make a key when there is none.

        Raises:
            Failed: There is no key, or no place that may keep one.
        """
        ...


def key_place(directory: Path) -> "InEnvironment | InKeyring":
    """Return where the keys are for what is kept in a directory."""
    if DEFAULT_VARIABLE in os.environ:
        return InEnvironment()
    return InKeyring(directory)


class InEnvironment:
    """Keys in KATANA_TOKEN_KEY, the current one first."""

    def ring(self, *, create: bool) -> KeyRing:
        return KeyRing.from_env()

    def keys(self) -> list[Key]:
        """Return the keys, the current one first."""
        return parse_entries(Secret(os.environ[DEFAULT_VARIABLE]))


class InKeyring:
    """Keys in one entry of the OS keyring.

    A directory that KATANA_DATA_DIR names has an entry of its own, so that keys which one of two
    no longer needs are not taken away from the other.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._user = f"{_USER} {directory}" if os.environ.get(DATA_VARIABLE) else _USER

    def ring(self, *, create: bool) -> KeyRing:
        text = self.read()
        if text is None and create:
            with changing_keys(self._directory):
                text = self.read()  # another login may just have made it
                if text is None:
                    text = Secret(new_key())
                    self.write(text)
        if text is None:
            raise Failed(
                f"the OS keyring has no key for the connections in {self._directory}: its entry"
                f" {_SERVICE!r}, {self._user!r} was deleted, or they were made with"
                f" {DEFAULT_VARIABLE}, which is not set now"
            )
        return KeyRing.from_source(OSKeyring(self, text))

    def read(self) -> Secret | None:
        """Return the entry; None when there is none.

        Raises:
            Failed: The keyring cannot be used, or must not be.
        """
        for backend in _backends():
            found = self._get(backend)
            if found:
                return found
        return None

    def write(self, text: Secret) -> None:
        """Write the entry, and see that it is there. Raises as above."""
        for backend in _backends():
            if not self._set(backend, text):
                continue  # it only reads, as those of package registries do
            if self.read() != text:
                raise Failed(f"the keyring {_name(backend)} did not keep the key. {_HOW_ELSE}")
            return
        raise Failed(f"there is no keyring that keys can be written to. {_HOW_ELSE}")

    def _get(self, backend: "KeyringBackend") -> Secret | None:
        try:
            found = backend.get_password(_SERVICE, self._user)
            return Secret(found) if found else None
        except Exception as error:  # noqa: BLE001 - backends raise whatever D-Bus or an OS does
            problem = _unusable(backend, "read", error)
        raise problem

    def _set(self, backend: "KeyringBackend", text: Secret) -> bool:
        # Typed by hand: keyring wraps it in something that type checkers do not see through.
        setting = cast("Callable[[str, str, str], None]", getattr(backend, "set_password"))  # noqa: B009 - as the cast
        try:
            setting(_SERVICE, self._user, text.reveal())
        except NotImplementedError:
            return False
        except Exception as error:  # noqa: BLE001 - as above
            problem = _unusable(backend, "write to", error)
        else:
            return True
        # Outside of the block: the exception's frames hold the key.
        raise problem


class OSKeyring:
    """What a key ring asks again when a row names a key that it has not heard of."""

    def __init__(self, place: InKeyring, known: Secret) -> None:
        self._place = place
        self._known: Secret | None = known

    def __call__(self) -> str:
        known, self._known = self._known, None
        text = known or self._place.read()
        return text.reveal() if text else ""


def entries(text: Secret) -> list[tuple[Key, Secret]]:
    """Return the keys in a text, each with how it is written there."""
    written = [part for part in re.split(r"[\s,]+", text.reveal()) if part]
    return [(Key.parse(part), Secret(part)) for part in written]


def parse_entries(text: Secret) -> list[Key]:
    """Return the keys in a text, the current one first."""
    return [key for key, _ in entries(text)]


def _backends() -> "list[KeyringBackend]":
    """Return the keyrings that may keep keys, the preferred one first.

    Raises:
        Failed: There is none.
    """
    import keyring

    try:
        chosen = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - it imports what PYTHON_KEYRING_BACKEND names
        chosen, problem = None, _says(error)
    else:
        problem = ""
    if chosen is None:
        raise Failed(f"the OS keyring cannot be used: {problem}. {_HOW_ELSE}")
    every = _chained(chosen)
    usable = [backend for backend in every if _refusal(backend) is None]
    if not usable:
        refused = "; ".join(f"{_name(each)} {_refusal(each)}" for each in every or [chosen])
        raise Failed(f"no OS keyring that may keep the key: {refused}. {_HOW_ELSE}")
    return usable


def _chained(backend: "KeyringBackend") -> "list[KeyringBackend]":
    """Return the keyrings that one consists of: writing to a chain writes to any of them."""
    inside = cast("Any", getattr(backend, "backends", None))
    if _name(backend) == "keyring.backends.chainer.ChainerBackend" and inside is not None:
        return [each for one in cast("list[KeyringBackend]", inside) for each in _chained(one)]
    return [backend]


def _refusal(backend: "KeyringBackend") -> str | None:
    """Say why a keyring must not keep keys, if so. One that derives from a refused one is too."""
    wrapped = getattr(backend, "_keyring", None)  # keyrings.alt.multi wraps another one
    if wrapped is not None and (reason := _refusal(wrapped)) is not None:
        return reason
    for kind in type(backend).__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in _REFUSED:
            return _REFUSED[name]
        if "plaintext" in name.lower():
            return _PLAIN
    return None


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _unusable(backend: "KeyringBackend", what: str, error: Exception) -> KeyringFails:
    return KeyringFails(
        f"cannot {what} the keyring {_name(backend)}: {_says(error)}. Unlock it, or: {_HOW_ELSE}"
    )


def _says(error: Exception) -> str:
    text = one_line(str(error))[:200]
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind
