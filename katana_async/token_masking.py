"""Mask possible tokens in a text, without a list of secrets.

The first request does not need this module, whose patterns take milliseconds to compile.
"""

import re

from .secrets import MASK, reads_as_words

# The value of a token's field in any document, and the words that follow it.
_NAMED_TOKEN = re.compile(
    r"""(_token["'\s:=>]{1,9})([^\s"'<>&,;}]+)((?:[ ][A-Za-z'-]{1,14}\b)*)""", re.IGNORECASE
)
# A sentence may continue after a token's name: "refresh_token cannot be reused". With the word
# masked it would mean the opposite. No token is one of these words.
_ENGLISH = re.compile(
    r"""a|already|an|and|are|aren|be|been|but|by|can|cannot|could|did|didn|do|does|doesn|expired
    |field|for|from|had|hadn|has|hasn|have|haven|if|in|invalid|is|isn|it|malformed|may|mismatch
    |missing|must|never|no|non|none|not|of|on|only|or|parameter|required|reuse|reused|revoked
    |rotated|rotation|should|shouldn|that|the|this|to|too|unknown|unused|used|value|was|wasn|were
    |weren|when|which|will|with|without|won|would|wrong""",
    re.IGNORECASE | re.VERBOSE,
)
_PROSE = re.compile(r"[A-Z]?[a-z]{1,14}|[A-Z]{1,5}")

_LONG = re.compile(r"[A-Za-z0-9._~+/=%-]{12,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d")

# Ids that a server's support needs. A token is longer than 26 characters or not hexadecimal.
_NAMED_ID = re.compile(
    r"""(?<![A-Za-z0-9._~+/=%-])
    ((?:x-)?(?:amzn-)?
    (?:
        (?:request|trace|tracking|correlation|activity|ray|incident|transaction|event|log|error|span)
        [ _-]?id
        | trace | traceparent | cf-ray | reference
    )
    ["' :=\#(]{1,4}
    (?:Root=)?
    (?: [0-9A-Fa-f]{1,32}(?:-[0-9A-Fa-f]{1,32}){0,4}(?:-[A-Z]{3})? | [A-Za-z0-9_-]{1,26} ))
    (?=[.]?(?![A-Za-z0-9._~+/=%-]))""",
    re.IGNORECASE | re.VERBOSE,
)


def redact_unknown(text: str) -> str:
    """Return the text with `***` in place of everything that could be a token."""
    # For answers of a token endpoint that could not be read, whose tokens never became a `Secret`.
    # It masks too much rather than too little. A request id after its name stays, and so do the
    # words of a sentence, so that it does not change its meaning.
    parts: list[str] = _NAMED_ID.split(text)  # every second part is an id with its name
    for at in range(0, len(parts), 2):
        masked = _NAMED_TOKEN.sub(_mask_named, parts[at])
        parts[at] = _LONG.sub(lambda run: run[0] if _is_plain(run[0]) else MASK, masked)
    return "".join(parts)


def _is_plain(run: str) -> bool:
    """Return whether a run of characters is words or a date, also after a field's name and `=`."""
    name, equals, value = run.partition("=")
    if equals and not ("_" in name and reads_as_words(name)):
        return False
    return all(reads_as_words(part) or _DATE.fullmatch(part) for part in (name, value))


def _mask_named(found: re.Match[str]) -> str:
    """Return a token's name with its value masked, or unchanged if a sentence follows."""
    name, value, rest = found.groups()
    word = value.rstrip(".!?:)")
    if _ENGLISH.fullmatch(word.partition("-")[0]) and reads_as_words(word):
        return found[0]
    if not _PROSE.fullmatch(word):
        return f"{name}{MASK}{rest}"
    # After a blank alone it is a word. After a colon it may be a value that further words explain.
    return found[0] if name[-1].isspace() and not set(name) & set(":=>") else f"{name}{MASK}"
