"""What OAuth 2.0 says and hears: addresses, callbacks, forms and tokens. No I/O.

The only module that knows authlib, and none of its traps gets out: it has no types, its parsers
take the last of a repeated parameter and check no state when there is none, and its token class
prints what it holds.
"""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from secrets import token_urlsafe
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from ...errors import AuthorizationDenied, AuthorizationFailed, CallbackError
from ...http.messages import printable
from ...secrets import Secret

OFFLINE_ACCESS = "offline_access"
"""The scope without which Katana gives no refresh token."""

ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,100}")
"""The characters of an error code (RFC 6749, appendix A.7)."""

_LONGEST_CALLBACK = 16_384

# What makes a text an address, or a part of one. Further on, a query may hold all of these as they
# are (RFC 3986, section 3.4).
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://|[?/])", re.IGNORECASE)


@frozen
class Registration:
    """How the app is registered with the authorization server, and what it asks for.

    Attributes:
        client_id: Not secret.
        client_secret: None for a public client, which has PKCE only.
        redirect_uri: Where the callback goes; Katana wants it with every token request too.
        scopes: What is asked for.
        audience: The API that the tokens are for.
        extra: More parameters of the authorization request.
    """

    client_id: str
    client_secret: Secret | None
    redirect_uri: str
    scopes: tuple[str, ...]
    audience: str | None
    extra: Mapping[str, str]


def authorization_url(
    address: str, app: Registration, state: Secret, verifier: Secret | None
) -> str:
    """Return where the browser is sent (RFC 6749, section 4.1.1; PKCE: RFC 7636, section 4.3)."""
    parameters: dict[str, str | None] = {"audience": app.audience, **app.extra}
    if verifier is not None:
        parameters |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
    url: str = _authlib("oauth2.rfc6749.parameters").prepare_grant_uri(
        address,
        client_id=app.client_id,
        response_type="code",
        redirect_uri=app.redirect_uri,
        scope=list(app.scopes) or None,
        state=state.reveal(),
        **parameters,
    )
    return url


def _authlib(module: str) -> Any:
    """Return a module of authlib, which has no types: loaded when used, since it costs 40 ms."""
    return import_module(f"authlib.{module}")


def _challenge(verifier: Secret) -> str:
    challenge: str = _authlib("oauth2.rfc7636").create_s256_code_challenge(verifier.reveal())
    return challenge


def new_secret() -> Secret:
    """Return a fresh state, or a code verifier: 43 characters, 256 bits (RFC 7636, section 4.1)."""
    return Secret(token_urlsafe(32))


@frozen
class Callback:
    """What the browser brought back (RFC 6749, section 4.1.2), before anything is known of it.

    Attributes:
        state: As it was sent along.
        code: None when the server says why not.
        problem: What the server says instead of a code.
        issuer: Who answers, where the server says (RFC 9207).
    """

    state: Secret
    code: Secret | None
    problem: AuthorizationDenied | AuthorizationFailed | None
    issuer: str | None


_Parameters = str | Mapping[str, str] | Mapping[str, Sequence[str]]


def parse_callback(given: _Parameters) -> Callback | CallbackError:
    """Read the address, or the query parameters, of a callback.

    Args:
        given: The whole address, its path and query, its query with or without `?`, or its
            parameters by name.

    Returns:
        What it says, or the error to raise when it says nothing.
    """
    values: dict[str, list[str]] = {}
    pairs = _pairs(given)
    if isinstance(pairs, CallbackError):
        return pairs
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    for name in ("state", "code", "error", "iss"):
        if len(values.get(name, ())) > 1:
            # RFC 6749, section 3.1: no parameter comes twice. Which one would be meant?
            return CallbackError(f"the callback has the parameter {name!r} more than once")
    one = {name: found[0] for name, found in values.items() if found[0]}
    if "state" not in one:
        return CallbackError("the callback has no state: it was not begun here, or was cut")
    problem = _problem(one) if "error" in one else None
    if problem is None and "code" not in one:
        return CallbackError("the callback has neither a code nor an error")
    code = Secret(one["code"]) if problem is None else None
    # RFC 6749, appendix A.11.
    if code is not None and not (code.reveal().isascii() and code.reveal().isprintable()):
        return CallbackError("the callback's code is none that a server sends")
    return Callback(Secret(one["state"]), code, problem, one.get("iss"))


def _pairs(given: _Parameters) -> list[tuple[str, str]] | CallbackError:
    if isinstance(given, str):
        if len(given) > _LONGEST_CALLBACK:
            return CallbackError("the callback is longer than any that a server sends")
        try:
            query = urlsplit(given).query if _ADDRESS.match(given) else given
            return parse_qsl(query, keep_blank_values=True, max_num_fields=100)
        except ValueError:
            return CallbackError("the callback cannot be read as an address")
    found: list[tuple[str, str]] = []
    for name, value in cast("Mapping[object, object]", given).items():
        several = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
        for each in several:
            if not isinstance(name, str) or not isinstance(each, str):
                return CallbackError("the callback's parameters must be text")
            found.append((name, each))
    if sum(len(name) + len(value) for name, value in found) > _LONGEST_CALLBACK:
        return CallbackError("the callback is longer than any that a server sends")
    return found


def _problem(values: Mapping[str, str]) -> AuthorizationDenied | AuthorizationFailed:
    error = values["error"] if ERROR_CODE.fullmatch(values["error"]) else "unreadable"
    says = printable(values.get("error_description", ""), 300)
    reason = f": {says}" if says else ""
    if error == "access_denied":
        return AuthorizationDenied(f"the connection was not allowed{reason}")
    return AuthorizationFailed(f"the authorization server answered {error}{reason}", error=error)


@frozen
class Form:
    """A request to the token or the revocation endpoint. Its secrets come out when it is sent."""

    fields: Mapping[str, str | Secret]
    method: str = field(default="POST", init=False)
    # A server that does not rotate refresh tokens gives back the one it got.
    may_come_back: bool = field(default=True, init=False)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple(value for value in self.fields.values() if isinstance(value, Secret))

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"}

    def body(self) -> bytes:
        plain = [
            (name, value.reveal() if isinstance(value, Secret) else value)
            for name, value in self.fields.items()
        ]
        body: str = _authlib("common.urls").add_params_to_qs("", plain)
        return body.encode()


def code_form(app: Registration, code: Secret, verifier: Secret | None) -> Form:
    """Return the request that turns a code into tokens (RFC 6749, section 4.1.3)."""
    fields: dict[str, str | Secret] = {"grant_type": "authorization_code", "code": code}
    if verifier is not None:
        fields["code_verifier"] = verifier
    return Form(fields | _client(app) | {"redirect_uri": app.redirect_uri})


def refresh_form(app: Registration, refresh_token: Secret) -> Form:
    """Return the request for fresh tokens (RFC 6749, section 6; Katana wants the redirect_uri)."""
    fields: dict[str, str | Secret] = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    }
    return Form(fields | _client(app) | {"redirect_uri": app.redirect_uri})


def revoke_form(app: Registration, token: Secret, hint: str) -> Form:
    """Return the request to revoke a token (RFC 7009, section 2.1)."""
    fields: dict[str, str | Secret] = {"token": token, "token_type_hint": hint}
    return Form(fields | _client(app))


def _client(app: Registration) -> dict[str, str | Secret]:
    # client_secret_post (RFC 6749, section 2.3.1), which is what Katana takes.
    client: dict[str, str | Secret] = {"client_id": app.client_id}
    if app.client_secret is not None:
        client["client_secret"] = app.client_secret
    return client


@frozen
class Tokens:
    """What a token endpoint gave (RFC 6749, section 5.1).

    Attributes:
        access: The access token.
        refresh: The refresh token; None when the server gave none.
        life: Seconds that the access token lives, from before it was asked for. None: not said.
        scopes: What it may do; None when the server left that out, so it is what was asked for.
        odd: What else is not as OAuth has it, without anything of what the answer says.
    """

    access: Secret
    refresh: Secret | None
    life: float | None
    scopes: tuple[str, ...] | None
    odd: tuple[str, ...] = field(default=(), eq=False)
