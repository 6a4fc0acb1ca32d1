"""Forms by RFC 6749, OAuth errors, and the masking of secrets in the journal."""

import re
from collections.abc import Container, Iterable
from urllib.parse import parse_qsl, urlencode

from attrs import define, evolve

from ..wire import Answer, HttpRequest, write_json

FORM = "application/x-www-form-urlencoded"
NOT_STORED = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")
MASK = "***"

_KIND = re.compile(rf'{re.escape(FORM)}(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN_NAME = re.compile(r"[a-z_]{1,40}")
_MOST_FIELDS = 100

# The journal keeps the values of `_SHOWN` and the names of `_NAMED`. Any other name may itself be
# a secret and is masked.
_SHOWN = {
    *("account", "audience", "client_id", "code_challenge", "code_challenge_method", "decision"),
    *("grant_type", "redirect_uri", "response_type", "scope", "token_type_hint"),
}
_NAMED = _SHOWN | {
    *("access_token", "client_secret", "code", "code_verifier", "id_token", "refresh_token"),
    *("state", "ticket", "token"),
}


@define
class OAuthRefusal(Exception):
    """The OAuth error that answers a request (RFC 6749 sections 4.1.2.1 and 5.2).

    Attributes:
        error: The OAuth error code.
        description: The explanation. The audit keeps it, so it must contain nothing of the request
            but names of parameters.
        grant: The id of the grant concerned.
        in_audit: Whether the audit already has an event for it.
    """

    error: str
    description: str
    status: int = 400
    headers: tuple[tuple[str, str], ...] = ()
    grant: str | None = None
    in_audit: bool = False

    @property
    def summary(self) -> str:
        """Error and description, for the audit."""
        return f"{self.error}: {self.description}"

    def answer(self) -> Answer:
        """Return the answer of the token and revocation endpoints."""
        body = {"error": self.error, "error_description": self.description}
        return Answer(self.status, write_json(body), (JSON, *NOT_STORED, *self.headers))


def invalid_request(description: str) -> OAuthRefusal:
    """Return the error for a malformed request."""
    return OAuthRefusal("invalid_request", description)


def invalid_client(description: str, *headers: tuple[str, str]) -> OAuthRefusal:
    """Return the error for a client that did not authenticate."""
    return OAuthRefusal("invalid_client", description, 401, headers)


def invalid_grant(description: str, *, grant: str | None = None) -> OAuthRefusal:
    """Return the error for a code or refresh token that is not valid."""
    return OAuthRefusal("invalid_grant", description, grant=grant)


def printable_name(name: str) -> str:
    """Return a parameter's name for an error's description.

    An unusual name is left out: it may be a secret, or contain characters that RFC 6749 forbids.
    """
    return name if _PLAIN_NAME.fullmatch(name) else "with an unusual name"


def read_form(request: HttpRequest) -> dict[str, str]:
    """Return the parameters in a request's body, without those whose value is empty.

    Raises:
        OAuthRefusal: The body is no form, or a parameter is repeated (RFC 6749 section 3.2).
    """
    if not _is_form(request):
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
    if (twice := find_repeated(pairs)) is not None:
        raise invalid_request(f"The parameter {printable_name(twice)} is repeated.")
    return {name: value for name, value in pairs if value}


def find_repeated(pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of the first parameter that is repeated."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return None


def require(params: dict[str, str], name: str) -> str:
    """Return a required parameter.

    Raises:
        OAuthRefusal: The parameter is missing.
    """
    if name not in params:
        raise invalid_request(f"The parameter {name} is missing.")
    return params[name]


def refuse_others(params: Iterable[str], known: Container[str]) -> None:
    """Refuse unknown parameters, so that tests of a client reveal its mistakes.

    A server would ignore them (RFC 6749 section 3.2).

    Raises:
        OAuthRefusal: A parameter is unknown.
    """
    for name in params:
        if name not in known:
            raise invalid_request(f"The parameter {printable_name(name)} is unknown.")


def mask_query(request: HttpRequest) -> HttpRequest:
    """Return a request with secrets masked in target and query, and without Referer."""
    path, mark, _ = request.target.partition("?")
    query = _mask_pairs(request.query)
    return evolve(
        request,
        target=path + mark + urlencode(query, safe="*"),
        query=query,
        headers=[(name, value) for name, value in request.headers if name != "referer"],
    )


def mask_body(request: HttpRequest) -> list[tuple[str, str]] | bytes | None:
    """Return name and value of each parameter of a form, with secrets masked.

    Returns:
        None without a body; only the mask if the body is no form.
    """
    if not request.body:
        return None
    if not _is_form(request):
        return MASK.encode()
    return _mask_pairs(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))


def _mask_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (name if name in _NAMED else MASK, value if name in _SHOWN else MASK)
        for name, value in pairs
    ]


def _is_form(request: HttpRequest) -> bool:
    """Return whether a body is declared as a form in UTF-8 (RFC 6749 appendix B)."""
    kinds = [value for name, value in request.headers if name == "content-type"]
    return len(kinds) == 1 and _KIND.fullmatch(kinds[0].strip()) is not None
