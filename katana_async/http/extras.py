"""Check the headers, query parameters and body fields that a caller adds to requests.

Values are checked and copied once, when the options are set. A header's value may be a token. It
becomes a `Secret` immediately, and errors about it are returned, so that no traceback contains it.
"""

import re
from collections.abc import Mapping
from typing import cast

import msgspec

from ..secrets import Secret, reads_as_words
from .encoding import query_pairs, to_json
from .messages import Header

Fields = dict[str, msgspec.Raw]
"""JSON fields by name, each already encoded."""

# RFC 9110, section 5.1 (names) and 5.5 (values, without the obsolete bytes beyond ASCII).
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

_OWNED = {
    "authorization": "the credentials set it: use with_auth(...)",
    "proxy-authorization": "put user and password into the address of HTTPSettings(proxy=...)",
    "cookie": "Katana needs none, and clients that share a session must not share one; leave it"
    " out",
    "host": "it comes from base_url=: change that",
    "accept": "the SDK reads JSON only; leave it out",
    "accept-encoding": "only encodings that can be decoded are offered; leave it out",
    "content-type": "bodies are JSON; leave it out",
    "content-encoding": "bodies are not compressed; leave it out",
    **dict.fromkeys(
        (
            *("content-length", "transfer-encoding", "connection", "proxy-connection"),
            *("keep-alive", "expect", "te", "trailer", "upgrade"),
        ),
        "it belongs to the connection, which aiohttp manages; leave it out",
    ),
}
PAGING = ("limit", "page")
"""Parameters that the walk over a list or a search sets."""


def parse_headers(headers: object, argument: str) -> tuple[Header, ...] | TypeError | ValueError:
    """Return the headers of an argument, texts by name or None, or the error to raise."""
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):
        kind = type(headers).__name__
        return TypeError(f"{argument} takes a dict of names and texts, not {kind}")
    parsed: dict[str, Header] = {}
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return ValueError(
                f"{argument} has a name that no header can have: letters, digits and '-', such as"
                " 'X-Request-Source'"
            )
        # The name may be a token that was passed by mistake.
        shown = repr(name) if reads_as_words(name) else "a header"
        lower = name.lower()
        if lower in _OWNED:
            return ValueError(f"{argument} cannot set {shown}: {_OWNED[lower]}")
        if lower in parsed:
            return ValueError(f"{argument} names {shown} twice; case does not count")
        if not isinstance(value, str):
            return TypeError(f"{argument}: {shown} takes a text, not {type(value).__name__}")
        if not _VALUE.fullmatch(value):
            return ValueError(
                f"{argument}: {shown} takes one line of ASCII, neither empty nor with white space"
                " around it"
            )
        # The exact name of the SDK's own header, which it replaces.
        sent = "User-Agent" if lower == "user-agent" else name
        # To mask plain words such as `legacy` would garble answers and protect nothing.
        parts = dict.fromkeys((value, *value.split()))
        hidden = tuple(Secret(part) for part in parts if not reads_as_words(part))
        parsed[lower] = Header(sent, Secret(value), hidden)
    return tuple(parsed.values())


def parse_query(query: object) -> tuple[tuple[str, str], ...]:
    """Return the query parameters to send, or raise TypeError or ValueError."""
    values = _mapping(query, "extra_query")
    for name in PAGING:
        if name in values:
            raise ValueError(
                f"extra_query cannot set {name!r}: the walk over a list chooses it, and would lose"
                " records. Read one page with .page(number, limit=...)"
            )
    return query_pairs(values)


def parse_fields(body: object) -> Fields:
    """Return body fields by name, each encoded as JSON, or raise TypeError or ValueError."""
    return msgspec.json.decode(to_json(_mapping(body, "extra_body")), type=Fields)


def _mapping(value: object, argument: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{argument} takes a dict, not {type(value).__name__}")
    for name in cast("Mapping[object, object]", value):
        if not isinstance(name, str) or not name or not name.isprintable():
            raise ValueError(f"{argument} has a name that is not a printable text: {name!r}")
    return cast("Mapping[str, object]", value)


def merge_fields(body: bytes, fields: Fields) -> bytes:
    """Return a JSON body with fields added to its object, or to each object of its array.

    The other fields stay byte for byte; a field of the same name is replaced.
    """
    match body.lstrip()[:1]:
        case b"{":
            return msgspec.json.encode({**msgspec.json.decode(body, type=Fields), **fields})
        case b"[":
            items = msgspec.json.decode(body, type=list[msgspec.Raw])
            merged = [msgspec.Raw(merge_fields(bytes(item), fields)) for item in items]
            return msgspec.json.encode(merged)
        case _:
            return body
