"""Checks of the arguments of `OAuthApp`, before anything is sent. No message shows a secret."""

import re
from collections.abc import Callable
from types import NoneType
from typing import Any

import aiohttp

from ..errors import ConfigurationError
from ..kinds import kind_of
from ..secrets import Secret
from .sealing.cipher import Cipher
from .settings import AuthorizationServer, RefreshTiming
from .stores.base import TokenStore

_ENVIRONMENT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TYPES: dict[str, tuple[Any, str]] = {
    "store": (TokenStore, "an object with the methods of TokenStore"),
    "cipher": (Cipher, "an object with the methods of Cipher, such as KeyRing.from_env()"),
    "session": ((aiohttp.ClientSession, NoneType), "an aiohttp.ClientSession"),
    "server": ((AuthorizationServer, NoneType), "an AuthorizationServer"),
    "timing": ((RefreshTiming, NoneType), "a RefreshTiming"),
    "on_refresh": ((Callable, NoneType), "a function"),
    "on_reauthorization_required": ((Callable, NoneType), "a function"),
    "on_refresh_failed": ((Callable, NoneType), "a function"),
}


def check_argument_types(**arguments: object) -> ConfigurationError | None:
    """Return the error for an argument of a wrong type, None if there is none.

    It is returned, because the argument may be a secret, and a traceback would hold this frame.
    """
    for name, value in arguments.items():
        accepted, description = _TYPES[name]
        # A class has the methods of its instances, and each call of them would fail much later.
        if isinstance(value, type) or not isinstance(value, accepted):
            return ConfigurationError(f"{name}= takes {description}, not {kind_of(value)}")
    return None


def hide_client_secret(given: object) -> Secret | None:
    """Return a client secret as a `Secret`; an empty one for any other type, which is refused."""
    if given is None or isinstance(given, Secret):
        return given
    return Secret(given if isinstance(given, str) else "")


def hide_browser_session(session: object) -> Secret:
    """Return the identifier of a browser session as a `Secret`."""
    if not isinstance(session, str):
        raise TypeError(f"session is text, not {kind_of(session)}")
    if not session:
        raise ValueError("session is empty: it must tell this browser from every other")
    return Secret(session)


def check_environment(name: str | None) -> str | None:
    """Return the name of an environment, or raise ConfigurationError."""
    if name is not None and not _ENVIRONMENT.fullmatch(name):
        raise ConfigurationError(
            "environment must be a name such as 'staging': 1 to 64 of A-Z, a-z, 0-9 and . _ -"
        )
    return name
