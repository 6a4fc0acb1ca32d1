"""The endpoints /oauth/token (RFC 6749) and /oauth/revoke (RFC 7009)."""

import base64
import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any

from ..wire import Answer, HttpRequest, write_json
from .authorization import Client
from .forms import (
    JSON,
    NOT_STORED,
    OAuthRefusal,
    invalid_client,
    invalid_grant,
    invalid_request,
    read_form,
    refuse_others,
    require,
)
from .grants import Grant, digest
from .state import Code, State

_ALWAYS = ("grant_type", "client_id", "client_secret", "redirect_uri")
_EXCHANGE = (*_ALWAYS, "code", "code_verifier")
_REFRESH = (*_ALWAYS, "refresh_token", "scope")
_REVOKE = ("client_id", "client_secret", "token", "token_type_hint")
_HINTS = ("access_token", "refresh_token")

# RFC 7636 section 4.1.
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def answer_token(state: State, request: HttpRequest) -> Answer:
    """Answer a token request.

    Raises:
        OAuthRefusal: The request is refused.
    """
    _refuse_other_authentication(request)
    params = read_form(request)
    grant_type = require(params, "grant_type")
    if grant_type == "authorization_code":
        refuse_others(params, _EXCHANGE)
        return _exchange(state, _authenticate(params, state.clients), params)
    if grant_type == "refresh_token":
        refuse_others(params, _REFRESH)
        return _refresh(state, _authenticate(params, state.clients), params)
    raise OAuthRefusal(
        "unsupported_grant_type", "The grant types are authorization_code and refresh_token."
    )


def answer_revocation(state: State, request: HttpRequest) -> Answer:
    """Answer a revocation request.

    A refresh token ends its whole grant, access tokens included; an access token ends alone
    (RFC 7009 section 2.1). An unknown token is a 200 (section 2.2).

    Raises:
        OAuthRefusal: The request is refused.
    """
    _refuse_other_authentication(request)
    params = read_form(request)
    refuse_others(params, _REVOKE)
    client, token = _authenticate(params, state.clients), require(params, "token")
    if params.get("token_type_hint", _HINTS[0]) not in _HINTS:
        raise OAuthRefusal("unsupported_token_type", "There are access and refresh tokens.")
    grant = state.grants.of_token(token)
    if grant is None:
        return Answer(200, headers=NOT_STORED)
    if grant.client_id != client.client_id:
        raise invalid_grant("The token was issued to another client.")
    if digest(token) in grant.refresh_tokens:
        if grant.alive:
            state.add_event("revoked", client.client_id, grant.id, "By the app.")
        grant.end(access=True)
    elif grant.access_tokens.pop(digest(token), None) is not None:
        state.add_event("revoked", client.client_id, grant.id, "An access token, by the app.")
    return Answer(200, headers=NOT_STORED)


def _refuse_other_authentication(request: HttpRequest) -> None:
    """Refuse credentials in a header and parameters in the URL."""
    header = request.header("authorization")
    if header is not None:
        # The challenge must have the scheme of the request (RFC 6749 section 5.2).
        scheme = "Bearer" if header.lower().startswith("bearer") else "Basic"
        challenge = ("WWW-Authenticate", f'{scheme} realm="sandbox"')
        raise invalid_client(
            "Send client_id and client_secret in the body, and no Authorization header.", challenge
        )
    if "?" in request.target:
        # Secrets must not be in the URL, which servers log (RFC 6749 section 2.3.1).
        raise invalid_request("Parameters belong in the body, not in the URL.")


def _authenticate(params: dict[str, str], clients: Mapping[str, Client]) -> Client:
    """Return the app that authenticates by client_secret_post (RFC 6749 section 2.3.1)."""
    client = clients.get(require(params, "client_id"))
    if "client_secret" not in params:
        raise invalid_client("The parameter client_secret is missing.")
    if client is None or not client.has_secret(params["client_secret"]):
        raise invalid_client("The client_id or the client_secret is wrong.")
    return client


def _exchange(state: State, client: Client, params: dict[str, str]) -> Answer:
    """Exchange a code for tokens (RFC 6749 section 4.1.3)."""
    redirect_uri, verifier = require(params, "redirect_uri"), params.get("code_verifier")
    code = state.codes.get(digest(require(params, "code")))
    if verifier is not None and not _VERIFIER.fullmatch(verifier):
        raise invalid_request("The code_verifier must be 43 to 128 letters, digits, or any of -._~")
    if code is None:
        raise invalid_grant("The code is not known.")
    grant = code.grant
    if code.request.client.client_id != client.client_id:
        raise invalid_grant("The code was issued to another client.")
    if code.tried:
        raise _refuse_reuse(state, code)
    # The code is spent even if one of the following checks fails.
    code.tried = True
    if state.now() >= code.expires_at:
        raise invalid_grant("The code is expired.", grant=grant.id)
    if redirect_uri != code.request.redirect_uri:
        raise invalid_grant("The redirect_uri is not that of the authorization.", grant=grant.id)
    _check_verifier(code, verifier)
    state.add_event("exchanged", client.client_id, grant.id)
    return _issue_tokens(state, grant, grant.scope, refresh=grant.offline)


def _refuse_reuse(state: State, code: Code) -> OAuthRefusal:
    """End the grant of a code that was used twice (RFC 6749 section 4.1.2); return the error."""
    grant = code.grant
    refusal = invalid_grant("The code was used before.", grant=grant.id)
    if grant.id in state.grants:
        state.add_event("reused", grant.client_id, grant.id, "An authorization code.")
        state.end_after_reuse(grant, access=True)
        refusal.in_audit = True
    return refusal


def _check_verifier(code: Code, verifier: str | None) -> None:
    challenge = code.request.challenge
    if challenge is None:
        if verifier is not None:
            # Otherwise an attacker could remove PKCE (RFC 9700 section 2.1.1).
            raise invalid_request("There is a code_verifier, but there was no code_challenge.")
        return
    if verifier is None:
        raise invalid_request("The parameter code_verifier is missing.")
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    if hashed.rstrip(b"=").decode() != challenge:
        raise invalid_grant("The code_verifier does not fit the code_challenge.")


def _refresh(state: State, client: Client, params: dict[str, str]) -> Answer:
    """Exchange a refresh token for tokens (RFC 6749 section 6)."""
    redirect_uri, token = require(params, "redirect_uri"), require(params, "refresh_token")
    if not client.redirects_to(redirect_uri):
        raise invalid_request("The redirect_uri is not one that the app has registered.")
    grant = state.grants.of_refresh(token)
    if grant is None:
        raise invalid_grant("The refresh token is not known.")
    if grant.client_id != client.client_id:
        raise invalid_grant("The refresh token was issued to another client.")
    scope = params.get("scope", grant.scope)
    if not set(scope.split(" ")) <= set(grant.scope.split(" ")):
        raise OAuthRefusal("invalid_scope", "The scope exceeds the granted one.", grant=grant.id)
    settings = state.settings
    use = grant.use(
        token, state.now(), overlap=settings.refresh_token_overlap, rotates=settings.rotates
    )
    if use == "dead":
        raise invalid_grant("The grant has ended.", grant=grant.id)
    if use == "reused":
        state.add_event("reused", client.client_id, grant.id, "A refresh token.")
        state.end_after_reuse(grant, access=False)
        refusal = invalid_grant("The refresh token was used before.", grant=grant.id)
        refusal.in_audit = True
        raise refusal
    state.add_event(use, client.client_id, grant.id)
    return _issue_tokens(state, grant, scope, refresh=settings.rotates, parent=token)


def _issue_tokens(
    state: State, grant: Grant, scope: str, *, refresh: bool, parent: str | None = None
) -> Answer:
    """Issue tokens and return the answer with them (RFC 6749 section 5.1)."""

    settings = state.settings
    expires_at = state.now() + settings.access_token_life
    access_token, refresh_token = state.grants.issue(
        grant, expires_at, parent=parent, refresh=refresh
    )
    body: dict[str, Any] = {"access_token": access_token}
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    if scope:
        body["scope"] = scope
    if settings.sends_expires_in:
        body["expires_in"] = math.floor(settings.access_token_life)
    body["token_type"] = "Bearer"  # noqa: S105 - the name of the type
    return Answer(200, write_json(body), (JSON, *NOT_STORED))
