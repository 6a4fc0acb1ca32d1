"""An authorization request, read and judged (RFC 6749 section 4.1.1). Does no I/O."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from attrs import frozen

from .clients import Client
from .forms import first_repeated
from .refusals import shown

# What can be asked for, in the words of the consent page.
SCOPES = {"offline_access": "Stay connected while you are away, until you remove the app"}

# BASE64URL of a SHA-256 hash (RFC 7636 section 4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@frozen
class AuthorizationRequest:
    """What an app asks a customer for.

    Attributes:
        scope: Separated by spaces; empty for none.
        challenge: The S256 code challenge; None without PKCE.
    """

    client: Client
    redirect_uri: str
    scope: str
    audience: str
    state: str | None
    challenge: str | None

    def callback(self, **parameters: str) -> str:
        """Return where to send the customer, with the parameters and the state."""
        return callback(self.redirect_uri, self.state, **parameters)


class AuthorizationRefused(ValueError):
    """The request is not one that a customer can be asked to decide on.

    Attributes:
        error: The OAuth error.
        description: What is wrong, for people.
        location: Where the customer is sent with the error. None when that must not be, because
            it is not certain whose address it is (RFC 6749 section 4.1.2.1).
    """

    def __init__(self, error: str, description: str, location: str | None = None) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.location = location


def callback(redirect_uri: str, state: str | None, **parameters: str) -> str:
    """Add parameters and state to a redirect URI, which may have a query already."""
    pairs = parameters if state is None else {**parameters, "state": state}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(pairs)}"


def read_authorization(
    pairs: Iterable[tuple[str, str]], clients: Mapping[str, Client], audience: str
) -> AuthorizationRequest:
    """Read an authorization request.

    Parameters that are not known are ignored, and empty ones count as none (RFC 6749 section 3.1).

    Args:
        pairs: The parameters of its query.
        clients: The registered apps by id.
        audience: The audience that must be asked for.

    Raises:
        AuthorizationRefused: It is not valid.
    """
    pairs = list(pairs)
    client, redirect_uri = _whose(pairs, clients)
    given = {name: value for name, value in pairs if value}
    states = [value for name, value in pairs if name == "state" and value]
    state = states[0] if len(states) == 1 else None

    def refused(error: str, description: str) -> AuthorizationRefused:
        location = callback(redirect_uri, state, error=error, error_description=description)
        return AuthorizationRefused(error, description, location)

    twice = first_repeated(pairs)
    if twice is not None:
        raise refused("invalid_request", f"The parameter {shown(twice)} is there more than once.")
    for name in ("response_type", "audience"):
        if name not in given:
            raise refused("invalid_request", f"The parameter {name} is missing.")
    if given["response_type"] != "code":
        raise refused("unsupported_response_type", "The only response_type is code.")
    if given["audience"] != audience:
        raise refused("invalid_request", f"The audience must be {audience}.")
    scopes = given.get("scope", "").split(" ") if "scope" in given else []
    if any(scope not in SCOPES for scope in scopes):
        raise refused("invalid_scope", f"The scopes are {', '.join(SCOPES)}.")
    challenge, method = given.get("code_challenge"), given.get("code_challenge_method")
    if challenge is None and method is not None:
        raise refused("invalid_request", "The parameter code_challenge is missing.")
    if challenge is not None and method != "S256":
        # Without a method it would be plain (RFC 7636 section 4.3).
        raise refused("invalid_request", "The code_challenge_method must be S256.")
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        raise refused("invalid_request", "The code_challenge is no SHA-256 hash in base64url.")
    scope = " ".join(dict.fromkeys(scopes))
    return AuthorizationRequest(client, redirect_uri, scope, audience, state, challenge)


def _whose(pairs: list[tuple[str, str]], clients: Mapping[str, Client]) -> tuple[Client, str]:
    ids = [value for name, value in pairs if name == "client_id" and value]
    uris = [value for name, value in pairs if name == "redirect_uri" and value]
    if len(ids) != 1 or ids[0] not in clients:
        raise AuthorizationRefused("invalid_request", "The client_id is not that of an app.")
    client = clients[ids[0]]
    if len(uris) != 1 or not client.redirects_to(uris[0]):
        raise AuthorizationRefused(
            "invalid_request", "The redirect_uri is not one that the app has registered."
        )
    return client, uris[0]
