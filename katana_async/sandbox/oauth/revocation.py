"""POST /oauth/revoke: an app gives up a token (RFC 7009)."""

from ..wire import Answer, Request
from .authentication import authenticate, refuse_other_ways
from .clients import Client
from .forms import read_form, refuse_others, require
from .grants import Grant
from .refusals import NOT_STORED, OAuthRefusal, invalid_grant
from .state import State

_KNOWN = ("client_id", "client_secret", "token", "token_type_hint")
_HINTS = ("access_token", "refresh_token")


def answer_revocation(state: State, request: Request) -> Answer:
    """Answer a revocation request.

    A refresh token takes its whole grant along, access tokens included; an access token goes alone
    (RFC 7009 section 2.1). A token that nobody knows is none any more: 200 (section 2.2).

    Raises:
        OAuthRefusal: It is refused.
    """
    refuse_other_ways(request)
    given = read_form(request)
    refuse_others(given, _KNOWN)
    client, token = authenticate(given, state.clients), require(given, "token")
    if given.get("token_type_hint", _HINTS[0]) not in _HINTS:
        raise OAuthRefusal("unsupported_token_type", "There are access and refresh tokens.")
    of_refresh, of_access = state.grants.of_refresh(token), state.grants.of_access(token)
    if of_refresh is not None:
        _own(of_refresh, client)
        if of_refresh.alive:
            state.note("revoked", client.client_id, of_refresh.id, "By the app.")
        of_refresh.end(access=True)
    elif of_access is not None:
        _own(of_access, client)
        if of_access.drop(token):
            state.note("revoked", client.client_id, of_access.id, "An access token, by the app.")
    return Answer(200, headers=NOT_STORED)


def _own(grant: Grant, client: Client) -> None:
    if grant.client_id != client.client_id:
        raise invalid_grant("The token was issued to another client.")
