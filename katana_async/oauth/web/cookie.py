"""The cookie that tells the browser that began from every other.

Its name begins with `__Host-`, so that no other host, not even one of the same domain, and no page
without TLS can put one into a browser (RFC 6265bis, section 4.1.3.2). Someone who could would have
a victim finish what they began, and so connect their own account to the victim's.
"""

import re
from collections.abc import Iterable
from math import ceil

from ...secrets import Secret

NAME = "__Host-katana_connect"

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def read_cookie(headers: Iterable[str]) -> Secret | None:
    """Return what the cookie says; None when there is none, or none that can be trusted.

    Frameworks' own parsers are not used: they unquote, take the first or the last of several, and
    strip more than blanks from names, which lets a name without the prefix pass for this one.

    Args:
        headers: The values of all Cookie headers.
    """
    found: set[str] = set()
    for header in headers:
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            if name.strip(" \t") == NAME:
                found.add(value.strip(" \t"))
    if len(found) != 1:
        return None  # a browser keeps one of this name: somebody has added to it
    [value] = found
    return Secret(value) if _VALUE.fullmatch(value) else None


def write_cookie(value: Secret, life: float) -> tuple[str, str]:
    """Return the header that sets the cookie.

    Args:
        value: 43 characters of base64url.
        life: Seconds for which the browser keeps it.
    """
    attributes = f"Max-Age={ceil(life)}; Path=/; Secure; HttpOnly; SameSite=Lax"
    # Lax and not Strict: the browser comes back from another site.
    return ("Set-Cookie", f"{NAME}={value.reveal()}; {attributes}")
