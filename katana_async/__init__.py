"""The async Python SDK for the Katana API.

Names load when they are first used (PEP 562), so `import katana_async` costs almost nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from .auth import ApiKey, Auth, Credential
    from .client import KatanaClient
    from .errors import (
        APIError,
        BadRequest,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        DecodingError,
        Detail,
        Forbidden,
        KatanaError,
        ListChanged,
        NotFound,
        OAuthError,
        PartialFailure,
        PreconditionFailed,
        RateLimited,
        ReauthorizationRequired,
        RequestError,
        ServerError,
        TimedOut,
        Unauthorized,
        ValidationFailed,
        WebhookError,
    )
    from .http.messages import Pagination, RateLimit, Response
    from .http.pages import Page, Pages
    from .secrets import Secret

_HOME = {
    "ApiKey": "auth",
    "Auth": "auth",
    "Credential": "auth",
    "KatanaClient": "client",
    "APIError": "errors",
    "BadRequest": "errors",
    "ConfigurationError": "errors",
    "Conflict": "errors",
    "ConnectionFailed": "errors",
    "DecodingError": "errors",
    "Detail": "errors",
    "Forbidden": "errors",
    "KatanaError": "errors",
    "ListChanged": "errors",
    "NotFound": "errors",
    "OAuthError": "errors",
    "PartialFailure": "errors",
    "PreconditionFailed": "errors",
    "RateLimited": "errors",
    "ReauthorizationRequired": "errors",
    "RequestError": "errors",
    "ServerError": "errors",
    "TimedOut": "errors",
    "Unauthorized": "errors",
    "ValidationFailed": "errors",
    "WebhookError": "errors",
    "Pagination": "http.messages",
    "RateLimit": "http.messages",
    "Response": "http.messages",
    "Page": "http.pages",
    "Pages": "http.pages",
    "Secret": "secrets",
}

__all__ = [
    "APIError",
    "ApiKey",
    "Auth",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "Credential",
    "DecodingError",
    "Detail",
    "Forbidden",
    "KatanaClient",
    "KatanaError",
    "ListChanged",
    "NotFound",
    "OAuthError",
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
    "Secret",
    "ServerError",
    "TimedOut",
    "Unauthorized",
    "ValidationFailed",
    "WebhookError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("katana-async")
    elif name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
