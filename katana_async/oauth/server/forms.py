"""OAuth 2.0 messages: authorization addresses, callbacks, and forms for the token endpoint. No I/O.

This is the only module that uses authlib, and only to build requests. authlib's parsers accept a
repeated parameter and a missing state, and its token class shows the tokens in its repr. So
callbacks are parsed here, and answers in `answers.py`. authlib has no types.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from secrets import token_urlsafe
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from attrs import field, frozen

from ...errors import AuthorizationDenied, AuthorizationFailed, CallbackError, ConfigurationError
from ...http.messages import printable
from ...http.session import check_base_url
from ...secrets import Secret, kind_of

OFFLINE_ACCESS = "offline_access"  # Katana issues a refresh token only for this scope

# The characters of an error code (RFC 6749, appendix A.7).
ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,100}")
_RESERVED = {
    *("response_type", "client_id", "redirect_uri", "scope", "state", "audience"),
    *("code_challenge", "code_challenge_method"),
}

# The beginning of an address, of its path or of its query. Only the beginning counts: a query may
# contain the same characters (RFC 3986, section 3.4).
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://|[?/])", re.IGNORECASE)


def _check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    if isinstance(scopes, str):
        raise ConfigurationError("scopes must be several texts, such as ('offline_access',)")
    return tuple(scopes)


@frozen(kw_only=True)
class ClientRegistration:
    """The app's registration with the authorization server, and the authorization it requests."""

    client_id: str
    client_secret: Secret | None  # None for a public client, which has PKCE only
    redirect_uri: str  # exactly as registered; Katana requires it in token requests too
    scopes: tuple[str, ...] = field(default=(OFFLINE_ACCESS,), converter=_check_scopes)
    audience: str | None = None
    extra: Mapping[str, str] = field(factory=dict[str, str])  # of the authorization request

    def __attrs_post_init__(self) -> None:
        client_id, secret = cast("object", self.client_id), self.client_secret
        if not (isinstance(client_id, str) and client_id and client_id.isprintable()):
            raise ConfigurationError("client_id must be the text under which the app is registered")
        if secret is not None and not secret.reveal() == secret.reveal().strip() != "":
            raise ConfigurationError(
                "client_secret must be text, not empty, without white space around it such as the"
                " line end of a file; None for a public client"
            )
        like = "https://app.example.com/katana/callback"
        check_base_url(self.redirect_uri, "redirect_uri", like=like)
        if reserved := _RESERVED & self.extra.keys():
            name = min(reserved)
            raise ConfigurationError(f"extra must not contain {name!r}, which the SDK sets")


def make_authorization_url(
    address: str, client: ClientRegistration, state: Secret, verifier: Secret
) -> str:
    """Return the address for the browser (RFC 6749, section 4.1.1; PKCE: RFC 7636, section 4.3)."""
    challenge = _authlib("oauth2.rfc7636").create_s256_code_challenge(verifier.reveal())
    url: str = _authlib("oauth2.rfc6749.parameters").prepare_grant_uri(
        address,
        client_id=client.client_id,
        response_type="code",
        redirect_uri=client.redirect_uri,
        scope=list(client.scopes) or None,
        state=state.reveal(),
        audience=client.audience,
        **client.extra,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    return url


def _authlib(module: str) -> Any:
    """Import a module of authlib when it is used, because that takes 40 ms."""
    return import_module(f"authlib.{module}")


def make_secret() -> Secret:
    """Return a new state or code verifier: 43 characters, 256 bits (RFC 7636, section 4.1)."""
    return Secret(token_urlsafe(32))


@frozen
class AuthorizationCallback:
    """The parameters of a callback (RFC 6749, section 4.1.2), not verified yet."""

    state: Secret
    code: Secret | None  # None if the server sent an error instead
    error: AuthorizationDenied | AuthorizationFailed | None
    issuer: str | None  # the server's identifier, if it sent one (RFC 9207)


def parse_callback(
    given: str | Mapping[str, str] | Mapping[str, Sequence[str]],
) -> AuthorizationCallback | CallbackError | TypeError:
    """Parse a callback, or return the error to raise: a traceback would contain the code."""
    values = _read_parameters(given)
    if isinstance(values, Exception):
        return values
    for name in ("state", "code", "error", "iss"):
        if len(values.get(name, ())) > 1:
            # RFC 6749, section 3.1: no parameter may be repeated.
            return CallbackError(f"the callback has the parameter {name!r} more than once")
    single = {name: found[0] for name, found in values.items() if found[0]}
    if "state" not in single:
        return CallbackError("the callback has no state: this app did not begin it, or it was cut")
    state, issuer = Secret(single["state"]), single.get("iss")
    if "error" in single:
        return AuthorizationCallback(state, None, _make_error(single), issuer)
    if "code" not in single:
        return CallbackError("the callback has neither a code nor an error")
    return AuthorizationCallback(state, Secret(single["code"]), None, issuer)


def _read_parameters(given: object) -> dict[str, list[str]] | CallbackError | TypeError:
    if isinstance(given, Mapping):
        values = cast("Mapping[str, object]", given)
        if not all(isinstance(each, str | list | tuple) for each in values.values()):
            return CallbackError("the callback's parameters must be text")
        given = "?" + urlencode(values, doseq=True, errors="surrogatepass")
    if not isinstance(given, str):
        return TypeError(
            f"a callback is text or a mapping, not {kind_of(given)}: pass str(request.url)"
        )
    try:  # the whole address, its path and query, or its query with or without `?`
        query = urlsplit(given).query if _ADDRESS.match(given) else given
        return parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return CallbackError("the callback cannot be read as an address")


def _make_error(values: Mapping[str, str]) -> AuthorizationDenied | AuthorizationFailed:
    code = values["error"] if ERROR_CODE.fullmatch(values["error"]) else "unreadable"
    description = printable(values.get("error_description", ""), 300)
    reason = f": {description}" if description else ""
    if code == "access_denied":
        return AuthorizationDenied(f"the connection was not allowed{reason}")
    return AuthorizationFailed(f"the authorization server answered {code}{reason}", error=code)


@frozen
class Form:
    """A request to the token or revocation endpoint. Its secrets are revealed when it is sent."""

    fields: Mapping[str, str | Secret]

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple(value for value in self.fields.values() if isinstance(value, Secret))

    def encode(self) -> bytes:
        plain = [
            (name, value.reveal() if isinstance(value, Secret) else value)
            for name, value in self.fields.items()
        ]
        body: str = _authlib("common.urls").add_params_to_qs("", plain)
        return body.encode()


def make_code_form(client: ClientRegistration, code: Secret, verifier: Secret | None) -> Form:
    """Return the request that exchanges a code for tokens (RFC 6749, section 4.1.3)."""
    return _make_grant_form(client, "authorization_code", code=code, code_verifier=verifier)


def make_refresh_form(client: ClientRegistration, refresh_token: Secret) -> Form:
    """Return the request for fresh tokens (RFC 6749, section 6; Katana wants the redirect_uri)."""
    return _make_grant_form(client, "refresh_token", refresh_token=refresh_token)


def make_revoke_form(client: ClientRegistration, token: Secret, hint: str) -> Form:
    """Return the request to revoke a token (RFC 7009, section 2.1)."""
    return _make_form(client, token=token, token_type_hint=hint)


def _make_grant_form(client: ClientRegistration, kind: str, **fields: Secret | None) -> Form:
    return _make_form(client, grant_type=kind, redirect_uri=client.redirect_uri, **fields)


def _make_form(client: ClientRegistration, **fields: str | Secret | None) -> Form:
    # client_secret_post (RFC 6749, section 2.3.1), which Katana accepts.
    fields |= {"client_id": client.client_id, "client_secret": client.client_secret}
    return Form({name: value for name, value in fields.items() if value is not None})
