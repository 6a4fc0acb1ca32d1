"""Registered apps, and their authorization requests (RFC 6749 section 4.1.1). Does no I/O."""

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from attrs import field, frozen

from .forms import find_repeated, printable_name

# The scopes with their texts on the consent page.
SCOPES = {"offline_access": "Stay connected while you are away, until you remove the app"}
# A loopback address without a port matches every port.
DEFAULT_REDIRECT_URIS = tuple(
    f"http://{host}{path}"
    for host in ("127.0.0.1", "[::1]", "localhost")
    for path in ("/callback", "/katana/callback")
)

_LOOPBACK = r"http://(?:127\.0\.0\.1|\[::1\]|localhost)"
_WITH_PORT = re.compile(rf"({_LOOPBACK}):(\d{{1,5}})(/.*)", re.ASCII)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
# BASE64URL of a SHA-256 hash (RFC 7636 section 4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@frozen(kw_only=True)
class Client:
    """A registered app.

    Attributes:
        client_id: Random by default.
        client_secret: Random by default; not in the repr.
        redirect_uris: By default loopback addresses with any port.
        name: The app's name on the consent page.
    """

    client_id: str = field(factory=lambda: f"sandbox-app-{secrets.token_hex(8)}")
    client_secret: str = field(
        factory=lambda: f"sandbox-secret-{secrets.token_urlsafe(32)}", repr=False
    )
    redirect_uris: tuple[str, ...] = DEFAULT_REDIRECT_URIS
    name: str = "The Sandbox App"

    def __attrs_post_init__(self) -> None:
        for uri in self.redirect_uris:
            # RFC 6749 section 3.1.2.
            if not _ABSOLUTE.fullmatch(uri) or "#" in uri:
                raise ValueError(f"not an absolute URI without a fragment: {uri!r}")

    def redirects_to(self, uri: str) -> bool:
        """Return whether a redirect URI is registered exactly.

        A loopback address registered without a port matches every port (RFC 8252 section 7.3).
        """
        if uri in self.redirect_uris:
            return True
        parts = _WITH_PORT.fullmatch(uri)
        return (
            parts is not None
            and 0 < int(parts[2]) < 65_536
            and parts[1] + parts[3] in self.redirect_uris
        )

    def has_secret(self, secret: str) -> bool:
        """Return whether a secret is the app's, by comparison in constant time."""
        return hmac.compare_digest(secret.encode(), self.client_secret.encode())


@frozen
class AuthorizationRequest:
    """An authorization request.

    Attributes:
        scope: The scopes, separated by spaces; may be empty.
        challenge: The S256 code challenge; None without PKCE.
    """

    client: Client
    redirect_uri: str
    scope: str
    audience: str
    state: str | None
    challenge: str | None

    def callback(self, **parameters: str) -> str:
        """Return the redirect URI with parameters and the state."""
        return _callback(self.redirect_uri, self.state, **parameters)


class AuthorizationRefused(ValueError):
    """An authorization request is not valid, so no consent page is shown.

    Attributes:
        error: The OAuth error code.
        location: The redirect to the app with the error; None if the app or the redirect URI is
            not valid (RFC 6749 section 4.1.2.1).
    """

    def __init__(self, error: str, description: str, location: str | None = None) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.location = location


def read_authorization(
    pairs: Iterable[tuple[str, str]], clients: Mapping[str, Client], audience: str
) -> AuthorizationRequest:
    """Parse an authorization request.

    Unknown parameters and empty values are ignored (RFC 6749 section 3.1).

    Args:
        pairs: The parameters of the query.
        clients: The registered apps by id.
        audience: The only valid audience.

    Raises:
        AuthorizationRefused: The request is not valid.
    """
    pairs = list(pairs)
    client, redirect_uri = _read_client(pairs, clients)
    params = {name: value for name, value in pairs if value}
    states = [value for name, value in pairs if name == "state" and value]
    state = states[0] if len(states) == 1 else None
    scopes = params["scope"].split(" ") if "scope" in params else []
    if (problem := _find_problem(pairs, params, scopes, audience)) is not None:
        error, description = problem
        location = _callback(redirect_uri, state, error=error, error_description=description)
        raise AuthorizationRefused(error, description, location)
    scope = " ".join(dict.fromkeys(scopes))
    challenge = params.get("code_challenge")
    return AuthorizationRequest(client, redirect_uri, scope, audience, state, challenge)


def _find_problem(
    pairs: list[tuple[str, str]], params: dict[str, str], scopes: list[str], audience: str
) -> tuple[str, str] | None:
    """Return the OAuth error and description of an invalid request; None for a valid one."""
    challenge, method = params.get("code_challenge"), params.get("code_challenge_method")
    if (twice := find_repeated(pairs)) is not None:
        return "invalid_request", f"The parameter {printable_name(twice)} is repeated."
    for name in ("response_type", "audience"):
        if name not in params:
            return "invalid_request", f"The parameter {name} is missing."
    if params["response_type"] != "code":
        return "unsupported_response_type", "The only response_type is code."
    if params["audience"] != audience:
        return "invalid_request", f"The audience must be {audience}."
    if any(scope not in SCOPES for scope in scopes):
        return "invalid_scope", f"The scopes are {', '.join(SCOPES)}."
    if challenge is None:
        missing = "The parameter code_challenge is missing."
        return None if method is None else ("invalid_request", missing)
    if method != "S256":
        # The default method is `plain` (RFC 7636 section 4.3).
        return "invalid_request", "The code_challenge_method must be S256."
    if not _CHALLENGE.fullmatch(challenge):
        return "invalid_request", "The code_challenge is no SHA-256 hash in base64url."
    return None


def _read_client(pairs: list[tuple[str, str]], clients: Mapping[str, Client]) -> tuple[Client, str]:
    ids = [value for name, value in pairs if name == "client_id" and value]
    uris = [value for name, value in pairs if name == "redirect_uri" and value]
    if len(ids) != 1 or ids[0] not in clients:
        raise AuthorizationRefused("invalid_request", "The client_id is not that of an app.")
    client = clients[ids[0]]
    if len(uris) != 1 or not client.redirects_to(uris[0]):
        description = "The redirect_uri is not one that the app has registered."
        raise AuthorizationRefused("invalid_request", description)
    return client, uris[0]


def _callback(redirect_uri: str, state: str | None, **parameters: str) -> str:
    """Add parameters and the state to a redirect URI, which may have a query."""
    pairs = parameters if state is None else {**parameters, "state": state}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(pairs)}"
