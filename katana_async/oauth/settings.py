"""What an `OAuthApp` is given, checked before anything is sent. No message shows a secret."""

import re
from collections.abc import Iterable, Mapping

import aiohttp
from yarl import URL

from ..errors import ConfigurationError
from ..http.session import check_base_url
from ..kinds import kind_of
from ..secrets import Secret
from .connect.listeners import Listener
from .sealing.cipher import Cipher
from .server.forms import Registration, Tokens
from .stores.base import TokenStore

AUTHORIZE_URL = "https://login.katanamrp.com/authorize"
TOKEN_URL = "https://login.katanamrp.com/oauth/token"  # noqa: S105 - an address
REVOKE_URL = "https://login.katanamrp.com/oauth/revoke"
AUDIENCE = "https://api.katanamrp.com"

_LIKE = {
    "redirect_uri": "https://app.example.com/katana/callback",
    "authorize_url": AUTHORIZE_URL,
    "token_url": TOKEN_URL,
    "revoke_url": REVOKE_URL,
}

# RFC 6749, section 3.3.
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OURS = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "audience",
        "code_challenge",
        "code_challenge_method",
    }
)


def registration(
    *,
    client_id: str,
    client_secret: Secret | None,
    redirect_uri: str,
    scopes: Iterable[str],
    audience: str | None,
    extra: Mapping[str, str],
    pkce: bool,
) -> Registration:
    """Return how the app is registered, and what it asks for."""
    _check_client(client_id, client_secret, pkce=pkce)
    checked_address(redirect_uri, "redirect_uri")
    return Registration(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,  # to the letter: Katana compares it with the registered one
        scopes=_checked_scopes(scopes),
        audience=_checked_audience(audience),
        extra=_checked_extra(extra),
    )


def misplaced(*, store: object, cipher: object, session: object) -> ConfigurationError | None:
    """Return what is wrong with what cannot keep tokens, seal them, or send requests."""
    # A class has the methods too, and every call of them would fail much later.
    if isinstance(store, type) or not isinstance(store, TokenStore):
        return ConfigurationError(
            f"store= takes an object with the methods of TokenStore, not {kind_of(store)}"
        )
    if isinstance(cipher, type) or not isinstance(cipher, Cipher):
        return ConfigurationError(
            f"cipher= takes an object with the methods of Cipher, not {kind_of(cipher)}:"
            " KeyRing.from_env(), say"
        )
    if not isinstance(session, aiohttp.ClientSession | None):
        return ConfigurationError(
            f"session= takes an aiohttp.ClientSession, or nothing, not {kind_of(session)}"
        )
    return None


def not_a_callback(given: object) -> TypeError | None:
    """Return what is wrong with what neither an address nor parameters can be."""
    if isinstance(given, str | Mapping):
        return None
    return TypeError(
        "the callback is the address as text, or its parameters as a mapping, not"
        f" {kind_of(given)}: pass str(request.url)"
    )


def checked_secret(given: object) -> Secret | None:
    """Return a client's secret; one that cannot be is an empty one, which is refused later."""
    if given is None or isinstance(given, Secret):
        return given
    return Secret(given if isinstance(given, str) else "")


def checked_listener(given: Listener | None, name: str) -> Listener | None:
    """Return who is told of something, if anybody is."""
    if given is not None and not callable(given):
        raise ConfigurationError(f"{name}= takes a function, not {kind_of(given)}")
    return given


def checked_life(seconds: object) -> float:
    """Return how long an authorization that was begun is waited for."""
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(f"state_life must be above 0 seconds, not {seconds!r}")
    return seconds


def checked_environment(name: object) -> str | None:
    """Return the name of the environment, if it has one."""
    if name is not None and not (isinstance(name, str) and _ENVIRONMENT.fullmatch(name)):
        raise ConfigurationError(
            "environment must be a name such as 'staging': 1 to 64 of A-Z, a-z, 0-9 and . _ -"
        )
    return name


def checked_address(address: object, name: str) -> URL:
    """Return an address that secrets may be sent to; `name` is the setting's."""
    if not isinstance(address, str):
        raise ConfigurationError(f"{name} must be text, not {type(address).__name__}")
    check_base_url(address, name, like=_LIKE[name])
    return URL(address)


def checked_browser(session: object) -> Secret:
    """Return what tells one browser from every other.

    Raises:
        TypeError: It is not text.
        ValueError: It is empty.
    """
    if not isinstance(session, str):
        raise TypeError(f"session is text, not {type(session).__name__}")
    if not session:
        raise ValueError("session is empty: it must tell this browser from every other")
    return Secret(session)


def given_tokens(refresh: object, access: object, life: object) -> Tokens | Exception:
    """Return tokens from elsewhere, or what is wrong with them: an error that shows none."""
    texts: list[Secret] = []
    for name, given in (("refresh_token", refresh), ("access_token", access)):
        if given is None and name == "access_token":
            texts.append(Secret(""))
            continue
        text = given.reveal() if isinstance(given, Secret) else given
        if not isinstance(text, str):
            return TypeError(f"{name} is text, not {kind_of(given)}")
        if not (text.isascii() and text.isprintable() and text.strip() == text != ""):
            return ValueError(f"{name} is empty, or has a character that no token has")
        texts.append(Secret(text))
    if life is not None and (isinstance(life, bool) or not isinstance(life, int | float)):
        return TypeError(f"expires_in is a number of seconds, not {kind_of(life)}")
    if life is not None and (access is None or not 0 <= life < 10**9):
        return ValueError("expires_in is the seconds for which access_token still lives, from 0 on")
    # Without an access token: one that has ended, so that the refresh token is used.
    return Tokens(texts[1], texts[0], 0.0 if access is None else life, None)


def _check_client(client_id: object, secret: object, *, pkce: bool) -> None:
    if not isinstance(client_id, str) or not client_id or not client_id.isprintable():
        raise ConfigurationError("client_id must be the text that Katana registered the app under")
    if secret is None:
        if not pkce:
            raise ConfigurationError("a client without a client_secret needs pkce=True")
    elif not isinstance(secret, Secret) or not secret:
        raise ConfigurationError("client_secret must be text, not empty; None for a public client")
    elif secret.reveal() != secret.reveal().strip():
        raise ConfigurationError(
            "client_secret begins or ends with white space, such as the line end of the file it was"
            " read from: strip it"
        )


def _checked_scopes(scopes: Iterable[object]) -> tuple[str, ...]:
    if isinstance(scopes, str) or not hasattr(scopes, "__iter__"):
        raise ConfigurationError("scopes must be several texts, such as ('offline_access',)")
    found: list[str] = []
    for scope in scopes:
        if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
            raise ConfigurationError(f"not a scope: {scope!r}")
        found.append(scope)
    return tuple(found)


def _checked_audience(audience: object) -> str | None:
    if audience is not None and not (isinstance(audience, str) and audience):
        raise ConfigurationError("audience must be text, not empty; None leaves it out")
    return audience


def _checked_extra(extra: Mapping[str, object]) -> dict[str, str]:
    if not hasattr(extra, "items"):
        raise ConfigurationError("extra must be a mapping, such as {'prompt': 'consent'}")
    found: dict[str, str] = {}
    for name, value in extra.items():
        if name in _OURS:
            raise ConfigurationError(f"extra must not hold {name!r}, which is set by itself")
        if not isinstance(value, str):
            raise ConfigurationError(f"extra[{name!r}] must be text, not {type(value).__name__}")
        found[name] = value
    return found
