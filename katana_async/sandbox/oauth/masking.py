"""What the journal may keep of a request to the authorization server: nothing that is secret."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from attrs import evolve

from ..wire import Request
from .forms import is_form

MASK = "***"

# Names that are written down, and whether their values are too. What is not here may be anything,
# for instance a secret in the place of a name, and is masked altogether.
_PARAMETERS = {
    "access_token": False,
    "account": True,
    "audience": True,
    "client_id": True,
    "client_secret": False,
    "code": False,
    "code_challenge": True,
    "code_challenge_method": True,
    "code_verifier": False,
    "decision": True,
    "grant_type": True,
    "id_token": False,
    "redirect_uri": True,
    "refresh_token": False,
    "response_type": True,
    "scope": True,
    "state": False,
    "ticket": False,
    "token": False,
    "token_type_hint": True,
}


def masked_query(request: Request) -> Request:
    """Return a request in whose target and query secrets are masked, and that has no Referer."""
    path, mark, _ = request.target.partition("?")
    query = _masked(request.query)
    return evolve(
        request,
        target=path + mark + urlencode(query, safe="*"),
        query=query,
        headers=[(name, value) for name, value in request.headers if name != "referer"],
    )


def masked_body(request: Request) -> list[tuple[str, str]] | bytes | None:
    """Return name and value of each parameter of a form, with secrets masked.

    Returns:
        None for no body, and only the mask for one that is no form.
    """
    if not request.body:
        return None
    if not is_form(request):
        return MASK.encode()
    return _masked(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))


def _masked(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (name if name in _PARAMETERS else MASK, value if _PARAMETERS.get(name) else MASK)
        for name, value in pairs
    ]
