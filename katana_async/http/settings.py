"""Settings of HTTP connections, the same for a client and for an OAuth app."""

import ssl as ssl_module
from base64 import b64encode

import aiohttp
from attrs import evolve, field, frozen
from yarl import URL

from ..errors import ConfigurationError
from ..secrets import Secret, kind_of


@frozen
class Proxy:
    """The address of an HTTP proxy, separate from its credentials.

    aiohttp quotes a proxy's whole address in messages and keeps it in its pool.

    Attributes:
        url: The address without user and password; None if the setting is not a proxy's address.
        authorization: The value of the Proxy-Authorization header.
    """

    url: URL | None
    authorization: Secret | None = None
    secrets: tuple[Secret, ...] = ()


def parse_proxy(address: "str | Proxy | None") -> Proxy | None:
    """Parse a proxy's address, `http://user:password@host:port`.

    Raises nothing: a traceback would hold the frame with the password. `Proxy.url` is None instead.
    """
    if address is None or isinstance(address, Proxy):
        return address
    try:
        url = URL(address)
        port = url.port
    except (ValueError, TypeError):
        return Proxy(None)
    if url.scheme not in ("http", "https") or not url.host or not port:
        return Proxy(None)
    bare = URL.build(scheme=url.scheme, host=url.host, port=port)
    if url.user is None and url.password is None:
        return Proxy(bare)
    password = url.password or ""
    basic = b64encode(f"{url.user or ''}:{password}".encode()).decode()
    return Proxy(bare, Secret(f"Basic {basic}"), (Secret(basic), Secret(password)))


@frozen(kw_only=True)
class HTTPSettings:
    """Settings of the HTTP connections that `KatanaClient` and `OAuthApp` open.

    The repr does not show the proxy's password.

    Attributes:
        ssl: An SSL context; True for the default one. False accepts any certificate: never use it
            for Katana.
        proxy: The address of an HTTP proxy, `http://user:password@host:port`.
        trust_env: True takes the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
        keepalive_timeout: Seconds for which an idle connection is kept. The default is short,
            because a write has an unknown outcome if the server closes the connection meanwhile.
        max_connections: The largest number of concurrent connections; 0 for no limit. Further
            requests wait. An app with many tenants needs its number of requests per second, times
            the seconds that an answer takes.
    """

    ssl: ssl_module.SSLContext | bool = True
    proxy: Proxy | None = field(default=None, converter=parse_proxy)
    trust_env: bool = False
    keepalive_timeout: float = 4.0
    max_connections: int = 100


def check_http_settings(
    given: object, session: aiohttp.ClientSession | None
) -> HTTPSettings | ConfigurationError:
    """Return the settings of the argument `http=`, or the error to raise.

    The argument may be a proxy's address with a password, and a traceback would hold this frame.
    """
    settings = HTTPSettings() if given is None else given
    if not isinstance(settings, HTTPSettings):
        return ConfigurationError(f"http= takes an HTTPSettings, not {kind_of(given)}")
    if session is not None and evolve(settings, proxy=None) != HTTPSettings():
        return ConfigurationError(
            "ssl, trust_env, keepalive_timeout and max_connections belong to the session: set them"
            " on the one that is passed in"
        )
    return settings
