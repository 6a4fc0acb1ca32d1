"""The async Python SDK for the Katana API.

Public names are imported when they are first used (PEP 562), so `import katana_async` is fast.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from .auth import ApiKey, Auth, Credential
    from .client import KatanaClient
    from .errors import *
    from .http.answers import WithResponse
    from .http.messages import Pagination, RateLimit, Response
    from .http.pages import OnError, Page, Pages
    from .http.settings import HTTPSettings
    from .oauth import OAuthApp
    from .secrets import Secret

_HOME = {
    "ApiKey": "auth",
    "Auth": "auth",
    "Credential": "auth",
    "KatanaClient": "client",
    "WithResponse": "http.answers",
    "Pagination": "http.messages",
    "RateLimit": "http.messages",
    "Response": "http.messages",
    "OnError": "http.pages",
    "Page": "http.pages",
    "Pages": "http.pages",
    "HTTPSettings": "http.settings",
    "OAuthApp": "oauth",
    "Secret": "secrets",
}
"""The module of each public name that is not in `errors`."""

__all__ = [
    "APIError",
    "AccountUnknown",
    "AlreadyConnected",
    "ApiKey",
    "Auth",
    "AuthorizationDenied",
    "AuthorizationFailed",
    "BadRequest",
    "CallbackError",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "Credential",
    "CursorRefused",
    "DecodingError",
    "Detail",
    "Forbidden",
    "HTTPSettings",
    "KatanaClient",
    "KatanaError",
    "KeyUnavailable",
    "ListChanged",
    "MassDeletion",
    "NotConnected",
    "NotFound",
    "OAuthApp",
    "OAuthError",
    "OnError",
    "OtherAccount",
    "OtherBrowser",
    "OtherIssuer",
    "Page",
    "Pages",
    "Pagination",
    "PartialFailure",
    "PreconditionFailed",
    "RateLimit",
    "RateLimited",
    "ReauthorizationRequired",
    "RequestError",
    "Response",
    "RowMoved",
    "RowRolledBack",
    "RowTampered",
    "RowTruncated",
    "Secret",
    "ServerError",
    "StateExpired",
    "StateUnknown",
    "TimedOut",
    "TokenRequestFailed",
    "TokenStoreError",
    "Unauthorized",
    "UnknownKey",
    "UnsealError",
    "ValidationFailed",
    "WithResponse",
    "WrongKey",
    "__version__",
]

_ROOMS = ("models", "params", "oauth", "sandbox", "changes")
"""Packages whose public names users may try to import from here."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("katana-async")
    elif name in __all__:
        value = getattr(import_module(f".{_HOME.get(name, 'errors')}", __name__), name)
    else:
        # After an AttributeError, Python looks for a module: `from katana_async import models`.
        is_known = name.startswith("_") or find_spec(f"{__name__}.{name}") is not None
        hint = "" if is_known else _hint(name)
        if hint and _is_from_import():
            raise ImportError(f"cannot import name {name!r} from {__name__!r}{hint}", name=name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
    globals()[name] = value
    return value


def _is_from_import() -> bool:
    """Return whether the running lookup is for `from katana_async import name`.

    That statement drops the text of an AttributeError, so a hint needs an ImportError. `getattr`
    and `hasattr` need the AttributeError.
    """
    import inspect

    frame = inspect.currentframe()
    names: list[str] = []
    while frame is not None and len(names) < 3:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names == ["_is_from_import", "__getattr__", "_handle_fromlist"]


def _hint(name: str) -> str:
    """Return a hint with the package that exports a name, or with a similar name; "" if none."""
    from difflib import get_close_matches

    for room in _ROOMS:
        if name in import_module(f".{room}", __name__).__all__:
            return f": write `from {__name__}.{room} import {name}`"
    close = get_close_matches(name, __all__, n=1)
    return f". Did you mean {close[0]!r}?" if close else ""


def __dir__() -> list[str]:
    return sorted(__all__)


if "KATANA_LOG" in os.environ:
    from ._logs import set_up_logging

    set_up_logging(os.environ["KATANA_LOG"])
