"""Requests and replies of browsers, independent of a framework; the cookie, and the check of paths.

The cookie identifies the browser that began a connection. Its name begins with `__Host-`, so no
other host, even of the same domain, and no page without TLS can set it (RFC 6265bis, section
4.1.3.2). Otherwise an attacker could make a victim's browser finish a connection that the attacker
began: the victim would then use the attacker's Katana account, or the attacker the victim's.
"""

import re
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Generic, TypeGuard, TypeVar
from urllib.parse import unquote

from attrs import field, frozen

from ...secrets import Secret

R = TypeVar("R")  # the framework's request, which hooks receive

COOKIE = "__Host-katana_connect"

_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

_MAX_ADDRESS_LENGTH = 2_048
_MAX_UNQUOTINGS = 4
# RFC 3986, section 3.3: a quoted path. Browsers remove tabs and line breaks from addresses and read
# a backslash as a slash, so the pattern contains none of them, and no blank.
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_REST = rf"(?:{_CHARACTER}|[/?\[\]])*"
_ADDRESS = re.compile(
    rf"(?P<path>/(?:{_CHARACTER}+/)*{_CHARACTER}*)(?:\?{_REST})?(?:\#{_REST})?", re.ASCII
)


@frozen(kw_only=True)
class BrowserRequest(Generic[R]):
    """A browser's request, without anything that a proxy may change (scheme, host, mount point)."""

    method: str
    route: str  # the path below the mount point, without the first slash
    # Secrets, because the traceback of a hook's exception keeps the frames.
    query: Secret  # raw; a callback's holds a code and a state
    cookie: Secret | None  # None if it is missing or invalid
    native: R = field(repr=False)
    sites: Sequence[str] = ()  # all Sec-Fetch-Site headers: browsers set them, pages cannot


@frozen(kw_only=True)
class BrowserReply:
    """A reply to a browser; the headers are ASCII, the body is UTF-8."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


_COMMON_HEADERS = (
    ("Cache-Control", "no-store"),
    # A callback's address holds a code and a state, which the next page must not receive.
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


def make_page(status: int, html: str, policy: str, *headers: tuple[str, str]) -> BrowserReply:
    all_headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        *_COMMON_HEADERS,
        *headers,
    )
    # An account's name comes from JSON and may contain half of a surrogate pair.
    return BrowserReply(status=status, headers=all_headers, body=html.encode("utf-8", "replace"))


def make_redirect(location: str, *headers: tuple[str, str]) -> BrowserReply:
    return BrowserReply(status=303, headers=(("Location", location), *_COMMON_HEADERS, *headers))


def read_cookie(headers: Iterable[str]) -> Secret | None:
    """Return the cookie's value from all Cookie headers; None if it is missing or invalid."""
    # Not by a framework's parser: they unquote values, choose one of several cookies, and strip
    # more than blanks from names, so that a name without the prefix may pass for this one.
    pairs = [pair.partition("=") for header in headers for pair in header.split(";")]
    values = {value.strip(" \t") for name, _, value in pairs if name.strip(" \t") == COOKIE}
    if len(values) != 1:
        return None  # a browser keeps one cookie of this name; another one was injected
    [value] = values
    return Secret(value) if _COOKIE_VALUE.fullmatch(value) else None


def write_cookie(value: Secret, lifetime: float) -> tuple[str, str]:
    # SameSite=Lax, because the browser comes back from another site.
    attributes = f"Max-Age={ceil(lifetime)}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return ("Set-Cookie", f"{COOKIE}={value.reveal()}; {attributes}")


def is_local(address: object) -> TypeGuard[str]:
    """Return whether an address is a path of the same site for every browser, proxy and server.

    It begins with one `/`, and its path contains no `//`, backslash or control character, however
    often it is unquoted: proxies and servers may unquote it before they redirect.

    Args:
        address: As in a request, with quoted characters outside of ASCII.
    """
    if not isinstance(address, str) or len(address) > _MAX_ADDRESS_LENGTH:
        return False
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return False
    path = found["path"]
    for _ in range(_MAX_UNQUOTINGS):
        if "//" in path or "\\" in path or not path.isprintable():
            return False
        quoted, path = path, unquote(path)
        if quoted == path:
            return True
    return False  # a legitimate path is not quoted this often
