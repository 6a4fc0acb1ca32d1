"""The async Python SDK for the Katana API.

Public names are imported when they are first used (PEP 562), so `import katana_async` is fast.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from .auth import ApiKey as ApiKey, Auth as Auth, Credential as Credential
    from .client import KatanaClient as KatanaClient
    from .errors import *
    from .http.answers import WithResponse as WithResponse
    from .http.messages import (
        Pagination as Pagination,
        RateLimit as RateLimit,
        Response as Response,
    )
    from .http.pages import OnError as OnError, Page as Page, Pages as Pages
    from .http.settings import HTTPSettings as HTTPSettings
    from .oauth import OAuthApp as OAuthApp
    from .secrets import Secret as Secret

_NAMES = {
    "auth": "ApiKey Auth Credential",
    "client": "KatanaClient",
    "errors": """
        APIError AccountUnknown AlreadyConnected AuthorizationDenied AuthorizationFailed BadRequest
        CallbackError ConfigurationError Conflict ConnectionFailed CursorRefused DecodingError
        Detail Forbidden KatanaError KeyUnavailable ListChanged MassDeletion NotConnected NotFound
        OAuthError OtherAccount OtherBrowser OtherIssuer PartialFailure PreconditionFailed
        RateLimited ReauthorizationRequired RequestError RowMoved RowRolledBack RowTampered
        RowTruncated ServerError StateExpired StateUnknown TimedOut TokenRequestFailed
        TokenStoreError Unauthorized UnknownKey UnsealError ValidationFailed WrongKey
    """,
    "http.answers": "WithResponse",
    "http.messages": "Pagination RateLimit Response",
    "http.pages": "OnError Page Pages",
    "http.settings": "HTTPSettings",
    "oauth": "OAuthApp",
    "secrets": "Secret",
}
"""The public names of each module."""

_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

_ROOMS = ("models", "params", "oauth", "sandbox", "changes")
"""Packages whose public names users may try to import from here."""


def _load(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("katana-async")
    elif name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
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
    return names == ["_is_from_import", "_load", "_handle_fromlist"]


def _hint(name: str) -> str:
    """Return a hint with the package that exports a name, or with a similar name; "" if none."""
    from difflib import get_close_matches

    for room in _ROOMS:
        if name in import_module(f".{room}", __name__).__all__:
            return f": write `from {__name__}.{room} import {name}`"
    close = get_close_matches(name, __dir__(), n=1)
    return f". Did you mean {close[0]!r}?" if close else ""


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])


globals()["__all__"] = __dir__()
if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__ = _load

if "KATANA_LOG" in os.environ:
    from ._logs import set_up_logging

    set_up_logging(os.environ["KATANA_LOG"])
