"""How an app says who it is: by client_secret_post (RFC 6749 section 2.3.1) and no other way."""

from collections.abc import Mapping

from ..wire import Request
from .clients import Client
from .forms import require
from .refusals import invalid_client, invalid_request


def refuse_other_ways(request: Request) -> None:
    """Refuse credentials in a header, and parameters in the address.

    Raises:
        OAuthRefusal: There are some.
    """
    header = request.header("authorization")
    if header is not None:
        # RFC 6749 section 5.2 asks for a challenge of the scheme that was tried.
        scheme = "Bearer" if header.lower().startswith("bearer") else "Basic"
        challenge = ("WWW-Authenticate", f'{scheme} realm="sandbox"')
        raise invalid_client(
            "Send client_id and client_secret in the body, and no Authorization header.", challenge
        )
    if "?" in request.target:
        # RFC 6749 section 2.3.1: secrets must not be in the address, which ends up in logs.
        raise invalid_request("Parameters belong in the body, not in the address.")


def authenticate(given: dict[str, str], clients: Mapping[str, Client]) -> Client:
    """Return the app that sent these parameters.

    Raises:
        OAuthRefusal: It did not say who it is, or its secret is wrong.
    """
    client = clients.get(require(given, "client_id"))
    if "client_secret" not in given:
        raise invalid_client("The parameter client_secret is missing.")
    if client is None or not client.knows(given["client_secret"]):
        raise invalid_client("The client_id or the client_secret is wrong.")
    return client
