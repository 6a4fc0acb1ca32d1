"""Forms and queries read strictly: what RFC 6749 says of every parameter, once."""

import re
from collections.abc import Container, Iterable
from urllib.parse import parse_qsl

from ..wire import Request
from .refusals import OAuthRefusal, invalid_request, missing, repeated, shown

FORM = "application/x-www-form-urlencoded"

_KIND = re.compile(rf'{re.escape(FORM)}(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MOST_FIELDS = 100


def is_form(request: Request) -> bool:
    """Tell whether a body is said to be a form in UTF-8 (RFC 6749 appendix B)."""
    kinds = [value for name, value in request.headers if name == "content-type"]
    return len(kinds) == 1 and _KIND.fullmatch(kinds[0].strip()) is not None


def read_form(request: Request) -> dict[str, str]:
    """Return the parameters in a request's body. An empty value counts as none.

    Raises:
        OAuthRefusal: It is no form, or a parameter is repeated (RFC 6749 section 3.2).
    """
    if not is_form(request):
        raise invalid_request(f"The body must be of the type {FORM}.")
    if _BROKEN_ESCAPE.search(request.body):
        raise invalid_request("The body has a broken percent-encoding.")
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(request.body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise invalid_request("The body is no well-formed form.") from None
    twice = first_repeated(pairs)
    if twice is not None:
        raise repeated(twice)
    return {name: value for name, value in pairs if value}


def first_repeated(pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of the first parameter that is there more than once."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return None


def require(given: dict[str, str], name: str) -> str:
    """Return a parameter.

    Raises:
        OAuthRefusal: It is not there.
    """
    if name not in given:
        raise missing(name)
    return given[name]


def refuse_others(given: Iterable[str], known: Container[str]) -> None:
    """Refuse parameters that the endpoint does not know.

    RFC 6749 (section 3.2) has a server ignore them. This one stands in for it in tests, where a
    parameter that nobody knows is a mistake.

    Raises:
        OAuthRefusal: There is one.
    """
    for name in given:
        if name not in known:
            raise _unknown(name)


def _unknown(name: str) -> OAuthRefusal:
    return invalid_request(f"The parameter {shown(name)} is not known here.")
