"""The aiohttp session: made once, inside the running loop, and checked before each use."""

import asyncio
import os

import aiohttp
from attrs import define, field
from yarl import URL

from ..errors import ConfigurationError
from ..loops import OneLoop
from .settings import HTTPSettings

_UNLIMITED = 1_000_000

_LARGE = 2**21
"""Bytes. The answers of a few pages of a list together."""

BASE_URL = "https://api.katanamrp.com/v1"
_KATANA = URL(BASE_URL)


def check_base_url(
    base_url: str, name: str = "base_url", *, like: str = BASE_URL, allow_http: bool | None = None
) -> URL:
    """Return the base address without a trailing slash; raise ConfigurationError if it is unfit.

    It must be https (http is for loopback only) without a user, a query or a fragment. `name` is
    the name of the setting and `like` an example, for messages. `allow_http` accepts http to other
    machines, except to Katana itself; None if the setting has no such option.
    """
    try:
        url = URL(base_url)
        host, port = url.host, url.port
    except ValueError:
        raise ConfigurationError(f"{name} is not a URL") from None
    if url.scheme not in ("http", "https") or not host or not port:
        raise ConfigurationError(f"{name} must be like {like}")
    if url.user or url.password or url.query_string or url.fragment:
        raise ConfigurationError(f"{name} must hold no user, password, query or fragment")
    if url.scheme == "http" and not _is_loopback(host):
        _check_http(url, name, allow_http)
    if url.host == _KATANA.host and like == BASE_URL and url.path == "/":
        # Every call would be a 404. On other hosts a proxy may map paths.
        raise ConfigurationError(f"{name} lacks the path: Katana's API is at {BASE_URL}")
    return url.with_path(url.path.rstrip("/"))


def _check_http(url: URL, name: str, allow_http: bool | None) -> None:
    """Raise ConfigurationError unless plain http to another machine is allowed."""
    if allow_http and url.host != _KATANA.host:
        return
    remedy = ""
    if allow_http is False and url.host != _KATANA.host:
        remedy = (
            ". In a network of your own, such as between containers, pass"
            " KatanaClient(allow_http=True)"
        )
    raise ConfigurationError(
        f"{name} {url.origin()} is http: what is sent there would travel in the open. Use https"
        f" (http is accepted for this machine only: localhost, 127.0.0.0/8, ::1){remedy}"
    )


def _is_loopback(host: str) -> bool:
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@define(eq=False)
class SessionHolder:
    """The aiohttp session of one event loop of one process: our own, or one that the caller lends.

    Attributes:
        lent: The caller's session, which is never closed.
        owner: The name of the owning class, for messages.
    """

    settings: HTTPSettings
    lent: aiohttp.ClientSession | None = None
    owner: str = "KatanaClient"
    _own: aiohttp.ClientSession | None = None
    _here: OneLoop = field(init=False)
    _closed: bool = False
    _slots: asyncio.Semaphore | None = None

    @property
    def slots(self) -> asyncio.Semaphore:
        """The semaphore with one slot per connection of the pool.

        A call takes a slot before it is sent. aiohttp's own wait for its pool would count towards
        the connect timeout.
        """
        if self._slots is None:
            self._slots = asyncio.Semaphore(self._most_connections())
        return self._slots

    def _most_connections(self) -> int:
        if self.lent is None:
            return self.settings.max_connections or _UNLIMITED
        limits = [getattr(self.lent.connector, name, 0) for name in ("limit", "limit_per_host")]
        return min((limit for limit in limits if limit), default=_UNLIMITED)

    def __attrs_post_init__(self) -> None:
        self._here = OneLoop(self.owner, "Make one per loop (they share the rate limit)")

    def get(self) -> aiohttp.ClientSession:
        """Return the session; raise ConfigurationError if it is closed or of another loop."""
        if self._closed:
            raise ConfigurationError(f"this {self.owner} is closed; make a new one")
        if self.settings.proxy is not None and self.settings.proxy.url is None:
            raise ConfigurationError("proxy must be like http://proxy.example:3128")
        self._here.check()
        if self.lent is not None:
            if self.lent.closed:
                raise ConfigurationError("the aiohttp session that was passed in is closed")
            return self.lent
        if self._own is None:
            self._own = self._make()
        return self._own

    @property
    def closed(self) -> bool:
        """Whether `get` refuses because the client or the lent session was closed."""
        return self._closed or (self.lent is not None and self.lent.closed)

    @property
    def may_add_headers(self) -> bool:
        """Whether the session may send headers of its own, or show ours to trace hooks."""
        lent = self.lent
        if lent is None:
            return self.settings.trust_env
        return bool(
            lent.headers
            or lent.auth
            or lent.trust_env
            or lent.trace_configs
            or not isinstance(lent.cookie_jar, aiohttp.DummyCookieJar)
        )

    def _make(self) -> aiohttp.ClientSession:
        # glibc's malloc returns free memory to the system as soon as it is twice the largest block
        # that was ever freed. The answers of a list would be returned, and allocated again, for
        # each few pages: an eighth of the CPU time of reading it. This block is never written, so
        # it costs no memory.
        bytearray(_LARGE)
        connector = aiohttp.TCPConnector(
            limit=self.settings.max_connections,
            keepalive_timeout=self.settings.keepalive_timeout,
            ssl=self.settings.ssl,
        )
        return aiohttp.ClientSession(
            connector=connector,
            # A jar would carry one tenant's cookie to the next.
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=self.settings.trust_env,
        )

    async def close(self) -> None:
        """Close our own session, in its own loop; a lent one is the caller's to close."""
        self._closed = True
        own, self._own = self._own, None
        if own is None or self._here.pid != os.getpid():
            return
        loop = self._here.loop
        if loop is None or loop is asyncio.get_running_loop() or not loop.is_running():
            await own.close()
        else:  # it runs in another thread, and only there can its sockets be closed
            closing = asyncio.run_coroutine_threadsafe(own.close(), loop)
            await asyncio.wrap_future(closing)


class Disconnected(Exception):
    """The connection broke after the request may have been sent; no exception of aiohttp's."""


async def no_resend(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Stop aiohttp from sending a request again by itself (a middleware).

    aiohttp repeats GET, PUT and DELETE once after a disconnect, unseen by the limiter and by our
    count of attempts. It does so on two exceptions of its own; one of ours ends the matter.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        description = f"{type(error).__name__}: {error}"
    raise Disconnected(description)
