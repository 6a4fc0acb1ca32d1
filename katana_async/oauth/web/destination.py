"""Where a person may be sent on to: a path of the same site, and nothing that could be another."""

import re
from typing import TypeGuard
from urllib.parse import unquote

LONGEST = 2_048
"""Characters."""

# RFC 3986, section 3.3: a path as it stands in an address, not unquoted. Browsers drop tabs and
# line ends from addresses and take a backslash for a slash: neither is in here, nor is a blank.
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_REST = rf"(?:{_CHARACTER}|[/?\[\]])*"
_ADDRESS = re.compile(
    rf"(?P<path>/(?:{_CHARACTER}+/)*{_CHARACTER}*)(?:\?{_REST})?(?:\#{_REST})?", re.ASCII
)
_UNQUOTINGS = 4


def is_local(address: object) -> TypeGuard[str]:
    """Tell whether an address is a path of the same site, to whatever reads it.

    It begins with one `/`, and holds neither `//` nor a backslash nor a control character in its
    path, however often that is unquoted: proxies and servers unquote before they redirect.

    Args:
        address: As it stands in a request: what is not ASCII is quoted.
    """
    if not isinstance(address, str) or len(address) > LONGEST:
        return False
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return False
    path = found["path"]
    for _ in range(_UNQUOTINGS):
        if "//" in path or "\\" in path or not path.isprintable():
            return False
        unquoted = unquote(path)
        if unquoted == path:
            return True
        path = unquoted
    return False  # nobody quotes so often without a reason
