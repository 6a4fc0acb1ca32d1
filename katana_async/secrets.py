"""Secrets: a class that hides a value, fingerprints, and the redaction of texts and data."""

import hmac
import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NoReturn, final
from urllib.parse import quote

MASK: Final = "***"
_MASK_IN_DATA = MASK.encode()

_SHORTEST = 6  # a shorter text is not a real secret, and replacing it would garble others
_SHORTEST_IN_DATA = 16  # records must not change by accident

# KEY, token, TokenKey, py311; or a number, as in a date. Random text hardly ever matches.
_WORD = re.compile(
    r"(?:[A-Z]{1,14}|[A-Z]?[a-z]{1,14}|[A-Z]?[a-z]{1,9}(?:[A-Z][a-z]{1,9}){1,2})?[0-9]{0,4}|[0-9]{1,8}"
)
_BETWEEN_WORDS = re.compile(r"[ ._/\\~-]")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_SPELLED_ALIKE = re.compile(r"[A-Za-z0-9._~-]+")  # in HTML, JSON and URLs


@final
class Secret:
    """A value that does not appear in a repr, str, format, log record, pickle or copy.

    Only `reveal()` returns it, and `spellings()` for redaction, so a search for these names finds
    every use of a secret.
    """

    __slots__ = ("_spellings", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._spellings: tuple[tuple[str, bytes], ...] = ()  # filled by the first redaction

    def reveal(self) -> str:
        """Return the value. Call this where it is sent, and keep it in no longer-lived variable."""
        return self._value

    def spellings(self, shortest: int) -> tuple[tuple[str, bytes], ...]:
        """Return the spellings in HTML, JSON and URLs, each as text and as bytes.

        There are none if the value is shorter than `shortest`.
        """
        value = self._value
        if len(value) < shortest:
            return ()
        if self._spellings:
            return self._spellings
        spellings: tuple[str, ...] = (value,)
        if not _SPELLED_ALIKE.fullmatch(value):
            html = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            json = value.replace("\\", "\\\\").replace('"', '\\"')
            spellings = (
                value,
                html,
                html.replace('"', "&quot;").replace("'", "&#x27;"),
                html.replace('"', "&#34;").replace("'", "&#39;"),
                json,
                json.replace("/", "\\/"),
                quote(value, safe="", errors="surrogatepass"),
            )
        self._spellings = tuple((text, _bytes(text)) for text in dict.fromkeys(spellings))
        return self._spellings

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self is other or hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> int:
        return hash(fingerprint(self, "hash"))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied: pass on where it comes from instead")


def fingerprint(secret: Secret, purpose: str) -> str:
    """Return a short name of a secret, another one for each purpose (of at most 16 bytes)."""
    # A guess can be checked with it, so the secret must be hard to guess: an API key, a token.
    return blake2b(_bytes(secret.reveal()), digest_size=12, person=purpose.encode()).hexdigest()


def reads_as_words(text: str) -> bool:
    """Return whether a text consists of words, like names and paths, not of random characters."""
    # Messages show a name only then, since a caller may have passed the secret in its place.
    words = _BETWEEN_WORDS.split(text)
    return _UUID.search(text) is None and all(_WORD.fullmatch(word) for word in words)


def _bytes(value: str) -> bytes:
    # Without surrogatepass, a UnicodeEncodeError would contain the whole value.
    return value.encode("utf-8", "surrogatepass")


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return the text with `***` in place of each secret of 6 characters or more."""
    for secret in secrets:
        for spelling, _ in secret.spellings(_SHORTEST):
            text = text.replace(spelling, MASK)
    return text


def redact_data(content: bytes, secrets: Iterable[Secret]) -> bytes:
    """Return the content with `***` in place of each secret of 16 characters or more."""
    for secret in secrets:
        for _, spelling in secret.spellings(_SHORTEST_IN_DATA):
            content = content.replace(spelling, _MASK_IN_DATA)
    return content


def kind_of(given: object) -> str:
    """Return the name of a value's class, or a phrase for None and for a class itself.

    Error messages have it in place of a value that may be secret.
    """
    if given is None:
        return "None"
    if isinstance(given, type):
        return f"the class {given.__name__} itself"
    return type(given).__name__
