"""A request and a reply, as every framework can give the one and send the other."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from attrs import field, frozen

from ...secrets import Secret

R = TypeVar("R")
"""The framework's own request, which hooks are given."""


@frozen(kw_only=True)
class Seen:
    """Where a browser seems to have asked. A proxy may have changed it: it is for the log alone.

    Attributes:
        hosts: The values of all Host headers, as they were sent.
        forwarded: Likewise of X-Forwarded-Host.
        path: All of the path, unquoted.
    """

    hosts: Sequence[str] = ()
    forwarded: Sequence[str] = ()
    path: str = ""


@frozen(kw_only=True)
class Request(Generic[R]):
    """What a browser asks for.

    Nothing that a proxy may change is in it but `seen`: neither scheme nor host nor where the
    routes are. What is secret in it is a `Secret`, since the traceback of what a hook raises holds
    the frames that have it.

    Attributes:
        method: In capitals.
        name: The path below the place where the routes are mounted, without the first slash.
        query: As it was sent. That of a callback holds a code and a state.
        browser: What the cookie says; None when there is none.
        native: The framework's own request.
        seen: Where it seems to have been asked for.
        sites: The values of all Sec-Fetch-Site headers. Browsers set it, and no page can.
    """

    method: str
    name: str
    query: Secret
    browser: Secret | None
    native: R = field(repr=False)
    seen: Seen = Seen()
    sites: Sequence[str] = ()


@frozen(kw_only=True)
class Reply:
    """What is sent back.

    Attributes:
        status: The HTTP status.
        headers: Names and values, all of them ASCII.
        body: UTF-8.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


_GUARDS = (
    ("Cache-Control", "no-store"),
    # The address of a callback holds a code and a state: no page that it leads to may see it.
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


def page(status: int, html: str, policy: str, *more: tuple[str, str]) -> Reply:
    """Return a page.

    Args:
        status: The HTTP status.
        html: The page.
        policy: Its Content-Security-Policy.
        more: Further headers.
    """
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        *_GUARDS,
        *more,
    )
    # What a name holds may be half of a surrogate pair, as JSON can say.
    return Reply(status=status, headers=headers, body=html.encode("utf-8", "replace"))


def redirect(location: str, *more: tuple[str, str]) -> Reply:
    """Return a redirect, which is always followed with GET."""
    return Reply(status=303, headers=(("Location", location), *_GUARDS, *more))
