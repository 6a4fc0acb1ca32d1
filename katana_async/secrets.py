"""Values that must never be seen: `Secret` wraps one, `fingerprint` names one, `redact` removes one from text."""

import hmac
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NoReturn, final

MASK: Final = "***"

_SHORTEST = 6


@final
class Secret:
    """Hold a value that no repr, str, format, log record, pickle or copy gives away.

    `reveal()` is the one way out, so a search for it finds every place where a secret is used.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself. Use it where it is sent, and keep it in no variable that outlives that."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(fingerprint(self, "hash"))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied: pass on where it comes from instead")


def fingerprint(secret: Secret, purpose: str) -> str:
    """Return a short name for a secret that tells nothing about it.

    Args:
        secret: What to name. It must be hard to guess (an API key, a token), since a guess can be checked.
        purpose: At most 16 bytes; the same secret has unrelated names under two purposes.
    """
    digest = blake2b(secret.reveal().encode(), digest_size=12, person=purpose.encode())
    return digest.hexdigest()


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return the text with each secret in it replaced by `***`.

    A value of a few characters is left: it keeps no secret, and taking it out would garble the text.
    """
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST:
            text = text.replace(value, MASK)
    return text
