"""The client of a command: an API key or a connection that `login` made, and the proxy."""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from ..auth import ApiKey, Auth
from ..client import KatanaClient
from ..http.limits import Limits
from ..http.session import BASE_URL
from ..http.settings import HTTPSettings, parse_proxy
from .errors import Failed, UsageError

if TYPE_CHECKING:
    from ..oauth import KeyRing

API_KEY_VARIABLE = "KATANA_API_KEY"

Client = AbstractAsyncContextManager[KatanaClient]
Connect = Callable[[], Client]


def make_client(auth: Auth, base_url: str, limits: Limits | None = None) -> KatanaClient:
    """Return a client with the proxy of the environment."""
    http = HTTPSettings(proxy=proxy_for(base_url))
    return KatanaClient(auth, base_url=base_url, http=http, limits=limits)


def client_factory(
    base_url: str | None,
    key_file: Path | None,
    connection: str | None,
    limits: Limits | None = None,
) -> Connect:
    """Return a function that makes the client of a command.

    The first of these that is given decides the account: `key_file` or `connection`,
    KATANA_API_KEY, KATANA_CONNECTION, the connection `default`. Call this function outside of an
    event loop, since it calls `read_token_key`; enter the client inside one.
    """
    if key_file is not None and connection is not None:
        raise UsageError("--key-file and --connection exclude each other")
    if key_file is not None or (connection is None and API_KEY_VARIABLE in os.environ):
        auth = ApiKey.from_env() if key_file is None else ApiKey.from_file(key_file)
        return lambda: make_client(auth, base_url or BASE_URL, limits)
    from .connections import connection_name, database_path
    from .token_key import read_token_key

    name = connection_name(connection)
    if not database_path().exists():
        raise _no_credentials(name)
    cipher = read_token_key()
    return lambda: _connected_client(cipher, base_url, name, limits)


@asynccontextmanager
async def _connected_client(
    cipher: "KeyRing", base_url: str | None, name: str, limits: Limits | None
) -> AsyncGenerator[KatanaClient]:
    """Open a client that calls with a connection's tokens, while the block runs."""
    from .connections import open_profiles

    async with open_profiles(cipher) as profiles:
        if (found := await profiles.find(name)) is None:
            raise _no_credentials(name)
        profile = found[0]
        if base_url is not None and URL(base_url).origin() != URL(profile.api_url).origin():
            raise UsageError(
                f"connection {name} is for {profile.api_url}, and its tokens are not sent to"
                f" {URL(base_url).origin()}: leave out --base-url and KATANA_BASE_URL, or use"
                " another connection"
            )
        async with (
            profiles.make_app(profile) as app,
            make_client(app.auth(name), base_url or profile.api_url, limits) as client,
        ):
            yield client


def _no_credentials(name: str) -> Failed:
    return Failed(
        f"there is no API key and no connection {name!r}: set {API_KEY_VARIABLE}, name a file with"
        f" --key-file, or run: katana-async login --name {name}"
    )


def proxy_for(address: str) -> str | None:
    """Return the proxy for an address by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; None without one.

    aiohttp's `trust_env` is not used: it also reads the netrc file, whose credentials would replace
    the API key. This machine, such as a sandbox, is always reached without a proxy.
    """
    url = URL(address)
    host = url.host or ""
    is_local = host in ("localhost", "::1") or host.startswith("127.")
    proxy = None if is_local or proxy_bypass(host) else getproxies().get(url.scheme)
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    parsed = parse_proxy(proxy)
    if parsed is None or parsed.url is None:
        del proxy, parsed  # it may hold a password
        raise UsageError(
            f"{url.scheme.upper()}_PROXY must be like http://proxy.example:3128 (http or https)"
        )
    return proxy
